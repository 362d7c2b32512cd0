//! Language tags that owners write (BCP 47, RFC 5646).

use isobmff::Language;

use crate::language;

/// Longest tag that is taken, in bytes (RFC 5646 §4.4.1 asks for 35).
const MAX_BYTES: usize = 64;
/// Two-letter codes that were replaced (IANA language subtag registry: Preferred-Value).
const REPLACED: [(&str, &str); 4] = [("iw", "he"), ("in", "id"), ("ji", "yi"), ("jw", "jv")];

/// A tag as RFC 5646 §2.1.1 and §4.5 want it written: the shortest code of the language, `zh-Hant-TW`. `None`
/// if it is none.
pub(crate) fn canonical(text: &str) -> Option<String> {
    let is_tag = !text.is_empty() && text.len() <= MAX_BYTES && text.is_ascii();
    let lower = is_tag.then(|| text.to_ascii_lowercase())?;
    let mut subtags = lower.split('-').peekable();
    let first = subtags.next()?;
    let mut out = if first == "x" { first.to_owned() } else { primary(first)? };
    if first == "x" {
        return take_rest(&mut subtags, 1, &mut out).then_some(out);
    }
    for _ in 0..3 {
        // Extended language subtags (§2.2.2).
        take(&mut subtags, &mut out, |s| s.len() == 3 && is_alpha(s), str::to_owned);
    }
    take(&mut subtags, &mut out, |s| s.len() == 4 && is_alpha(s), capitalized);
    take(&mut subtags, &mut out, is_region, str::to_ascii_uppercase);
    while take(&mut subtags, &mut out, is_variant, str::to_owned) {}
    while take(&mut subtags, &mut out, |s| s.len() == 1 && is_alnum(s), str::to_owned) {
        let shortest = if out.ends_with("-x") { 1 } else { 2 };
        if !take_rest(&mut subtags, shortest, &mut out) {
            return None;
        }
    }
    subtags.next().is_none().then_some(out)
}

/// The shortest code of a language; `None` if no language has it.
fn primary(code: &str) -> Option<String> {
    match code.len() {
        2 => {
            let replaced = REPLACED.iter().find(|(old, _)| *old == code).map(|(_, new)| *new);
            let code = replaced.unwrap_or(code);
            let is_known = language::iso_letters(&Language::Tag(code.to_owned())) != *b"und";
            is_known.then(|| code.to_owned())
        }
        3 if is_alpha(code) => {
            let letters = code.as_bytes().try_into().ok()?;
            // Codes that name no language (`und`, `zxx`, `mul`) are tags all the same.
            Some(language::tag(&Language::Iso(letters)).unwrap_or_else(|| code.to_owned()))
        }
        // Four letters are reserved, and no longer code was ever registered (§2.2.1).
        _ => None,
    }
}

type Subtags<'a> = std::iter::Peekable<std::str::Split<'a, char>>;

/// Takes the next subtag if it is of this kind.
fn take(
    subtags: &mut Subtags<'_>,
    out: &mut String,
    is_kind: impl Fn(&str) -> bool,
    write: impl Fn(&str) -> String,
) -> bool {
    let found = subtags.next_if(|subtag| is_kind(subtag));
    if let Some(subtag) = found {
        out.push('-');
        out.push_str(&write(subtag));
    }
    found.is_some()
}

/// Takes the subtags of an extension or of private use; whether there was one at least.
fn take_rest(subtags: &mut Subtags<'_>, shortest: usize, out: &mut String) -> bool {
    let mut found = false;
    while take(subtags, out, |s| (shortest..=8).contains(&s.len()) && is_alnum(s), str::to_owned) {
        found = true;
    }
    found
}

fn is_alpha(subtag: &str) -> bool {
    subtag.bytes().all(|b| b.is_ascii_alphabetic())
}

fn is_alnum(subtag: &str) -> bool {
    subtag.bytes().all(|b| b.is_ascii_alphanumeric())
}

fn is_region(subtag: &str) -> bool {
    (subtag.len() == 2 && is_alpha(subtag))
        || (subtag.len() == 3 && subtag.bytes().all(|b| b.is_ascii_digit()))
}

fn is_variant(subtag: &str) -> bool {
    let starts_with_digit = subtag.bytes().next().is_some_and(|b| b.is_ascii_digit());
    is_alnum(subtag) && ((5..=8).contains(&subtag.len()) || (subtag.len() == 4 && starts_with_digit))
}

fn capitalized(subtag: &str) -> String {
    let (first, rest) = subtag.split_at_checked(1).unwrap_or((subtag, ""));
    format!("{}{rest}", first.to_ascii_uppercase())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_canonical_stays_so(text in "[a-zA-Z]{2,3}(-[a-zA-Z0-9]{1,8}){0,4}") {
            if let Some(tag) = canonical(&text) {
                prop_assert_eq!(canonical(&tag), Some(tag.clone()));
                prop_assert_eq!(canonical(&text.to_ascii_uppercase()), Some(tag));
            }
        }
    }

    /// Oracle: RFC 5646 appendix A and §2.1.1, and the registry.
    #[test]
    fn tags() {
        let rows = [
            ("en", Some("en")),
            ("ENG", Some("en")),
            ("fre", Some("fr")),
            ("iw", Some("he")),
            ("pt-br", Some("pt-BR")),
            ("eng-US", Some("en-US")),
            ("zh-hant-tw", Some("zh-Hant-TW")),
            ("es-419", Some("es-419")),
            ("fil", Some("fil")),
            ("zh-cmn-Hans-CN", Some("zh-cmn-Hans-CN")),
            ("sl-rozaj-biske", Some("sl-rozaj-biske")),
            ("de-CH-1901", Some("de-CH-1901")),
            ("en-US-u-islamcal", Some("en-US-u-islamcal")),
            ("de-CH-x-phonebk", Some("de-CH-x-phonebk")),
            ("x-whatever", Some("x-whatever")),
            ("und", Some("und")),
            ("english", None),
            ("xx", None),
            ("e", None),
            ("", None),
            ("en_US", None),
            ("en-", None),
            ("-en", None),
            ("en--US", None),
            ("de-419-DE", None),
            ("a-DE", None),
            ("ar-u", None),
            ("x", None),
            ("fr-é", None),
            ("12", None),
        ];
        for (text, expected) in rows {
            assert_eq!(canonical(text).as_deref(), expected, "{text}");
        }
        assert_eq!(canonical(&format!("x-{}", "a-".repeat(60))), None);
    }
}
