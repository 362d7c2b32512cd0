//! Character references of HTML, as far as caption files use them (HTML §13.2.5.72 and §13.5).

/// Appends `text` with its character references replaced. One replacement is one or no character: nothing grows.
pub(crate) fn decode_into(target: &mut String, text: &str) {
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        let (before, reference) = rest.split_at(at);
        target.push_str(before);
        if let Some((character, length)) = decode_one(reference) {
            target.push(character);
            rest = reference.get(length..).unwrap_or_default();
        } else {
            target.push('&');
            rest = reference.get(1..).unwrap_or_default();
        }
    }
    target.push_str(rest);
}

/// `text` with its character references replaced.
pub(crate) fn decode(text: &str) -> String {
    let mut decoded = String::with_capacity(text.len());
    decode_into(&mut decoded, text);
    decoded
}

/// The character that a reference stands for, and the reference's length in bytes.
fn decode_one(text: &str) -> Option<(char, usize)> {
    let body = text.strip_prefix('&')?;
    let window = body.get(..body.floor_char_boundary(LONGEST + 1))?;
    if let Some(name) = window.find(';').and_then(|end| window.get(..end))
        && let Some(character) = resolve(name)
    {
        return Some((character, name.len() + 2));
    }
    UNTERMINATED
        .iter()
        .find(|(name, _)| body.starts_with(name))
        .map(|&(name, character)| (character, name.len() + 1))
}

fn resolve(name: &str) -> Option<char> {
    let Some(number) = name.strip_prefix('#') else {
        return NAMED.iter().find(|(known, _)| *known == name).map(|&(_, character)| character);
    };
    let code = match number.strip_prefix(['x', 'X']) {
        Some(hexadecimal) => parse(hexadecimal, 16)?,
        None => parse(number, 10)?,
    };
    Some(numeric(code))
}

/// Digits alone: `from_str_radix` would take a sign too.
fn parse(digits: &str, radix: u32) -> Option<u32> {
    let well_formed = !digits.is_empty() && digits.chars().all(|digit| digit.is_digit(radix));
    well_formed.then(|| u32::from_str_radix(digits, radix).unwrap_or(u32::MAX))
}

/// Codes of the C1 block mean windows-1252; what is no character becomes U+FFFD (HTML §13.2.5.80).
fn numeric(code: u32) -> char {
    let in_c1 = code.checked_sub(0x80).and_then(|index| WINDOWS_1252.get(usize::try_from(index).ok()?));
    match in_c1 {
        Some(&character) => character,
        None => {
            char::from_u32(code).filter(|&character| character != '\0').unwrap_or(char::REPLACEMENT_CHARACTER)
        }
    }
}

/// Bytes of the longest reference that is looked for, without `&` and `;`.
const LONGEST: usize = 12;

/// Those that files in the wild write without their semicolon.
const UNTERMINATED: [(&str, char); 5] =
    [("amp", '&'), ("lt", '<'), ("gt", '>'), ("nbsp", '\u{a0}'), ("quot", '"')];

#[rustfmt::skip]
const WINDOWS_1252: [char; 32] = [
    '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}', '\u{90}', '‘',
    '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
];

/// The references of XML and WebVTT, those of Latin-1, and punctuation.
#[rustfmt::skip]
const NAMED: [(&str, char); 133] = [
    ("amp", '&'), ("lt", '<'), ("gt", '>'), ("nbsp", '\u{a0}'), ("lrm", '\u{200e}'), ("rlm", '\u{200f}'),
    ("quot", '"'), ("apos", '\''), ("iexcl", '¡'), ("cent", '¢'), ("pound", '£'), ("curren", '¤'), ("yen", '¥'),
    ("brvbar", '¦'), ("sect", '§'), ("uml", '¨'), ("copy", '©'), ("ordf", 'ª'), ("laquo", '«'), ("not", '¬'),
    ("shy", '\u{ad}'), ("reg", '®'), ("macr", '¯'), ("deg", '°'), ("plusmn", '±'), ("sup2", '²'), ("sup3", '³'),
    ("acute", '´'), ("micro", 'µ'), ("para", '¶'), ("middot", '·'), ("cedil", '¸'), ("sup1", '¹'), ("ordm", 'º'),
    ("raquo", '»'), ("frac14", '¼'), ("frac12", '½'), ("frac34", '¾'), ("iquest", '¿'), ("Agrave", 'À'),
    ("Aacute", 'Á'), ("Acirc", 'Â'), ("Atilde", 'Ã'), ("Auml", 'Ä'), ("Aring", 'Å'), ("AElig", 'Æ'),
    ("Ccedil", 'Ç'), ("Egrave", 'È'), ("Eacute", 'É'), ("Ecirc", 'Ê'), ("Euml", 'Ë'), ("Igrave", 'Ì'),
    ("Iacute", 'Í'), ("Icirc", 'Î'), ("Iuml", 'Ï'), ("ETH", 'Ð'), ("Ntilde", 'Ñ'), ("Ograve", 'Ò'),
    ("Oacute", 'Ó'), ("Ocirc", 'Ô'), ("Otilde", 'Õ'), ("Ouml", 'Ö'), ("times", '×'), ("Oslash", 'Ø'),
    ("Ugrave", 'Ù'), ("Uacute", 'Ú'), ("Ucirc", 'Û'), ("Uuml", 'Ü'), ("Yacute", 'Ý'), ("THORN", 'Þ'),
    ("szlig", 'ß'), ("agrave", 'à'), ("aacute", 'á'), ("acirc", 'â'), ("atilde", 'ã'), ("auml", 'ä'),
    ("aring", 'å'), ("aelig", 'æ'), ("ccedil", 'ç'), ("egrave", 'è'), ("eacute", 'é'), ("ecirc", 'ê'),
    ("euml", 'ë'), ("igrave", 'ì'), ("iacute", 'í'), ("icirc", 'î'), ("iuml", 'ï'), ("eth", 'ð'),
    ("ntilde", 'ñ'), ("ograve", 'ò'), ("oacute", 'ó'), ("ocirc", 'ô'), ("otilde", 'õ'), ("ouml", 'ö'),
    ("divide", '÷'), ("oslash", 'ø'), ("ugrave", 'ù'), ("uacute", 'ú'), ("ucirc", 'û'), ("uuml", 'ü'),
    ("yacute", 'ý'), ("thorn", 'þ'), ("yuml", 'ÿ'), ("OElig", 'Œ'), ("oelig", 'œ'), ("Scaron", 'Š'),
    ("scaron", 'š'), ("Yuml", 'Ÿ'), ("fnof", 'ƒ'), ("circ", 'ˆ'), ("tilde", '˜'), ("ensp", '\u{2002}'),
    ("emsp", '\u{2003}'), ("thinsp", '\u{2009}'), ("zwnj", '\u{200c}'), ("zwj", '\u{200d}'), ("ndash", '–'),
    ("mdash", '—'), ("lsquo", '‘'), ("rsquo", '’'), ("sbquo", '‚'), ("ldquo", '“'), ("rdquo", '”'),
    ("bdquo", '„'), ("dagger", '†'), ("Dagger", '‡'), ("bull", '•'), ("hellip", '…'), ("permil", '‰'),
    ("lsaquo", '‹'), ("rsaquo", '›'), ("euro", '€'), ("trade", '™'),
];

#[cfg(test)]
mod tests {
    use super::*;

    /// Oracle: HTML §13.2.5.80 and §13.5, read by hand.
    #[test]
    fn references_mean_what_html_says() {
        for (text, wanted) in [
            ("AT&amp;T &lt;b&gt; &#39;x&#x27;", "AT&T <b> 'x'"),
            ("a&nbsp;b&lrm;c&rlm;", "a\u{a0}b\u{200e}c\u{200f}"),
            ("&hellip;&eacute;&Eacute;&#128512;", "…éÉ😀"),
            ("&#150;&#x80;", "–€"),
            ("&#0;&#xD800;&#x110000;&#99999999999;", "\u{fffd}\u{fffd}\u{fffd}\u{fffd}"),
            ("Q&amp A&ltb", "Q& A<b"),
            ("&amp;lt;", "&lt;"),
            ("R&D & so on; &unknown; &#; &#x; &#+5; &", "R&D & so on; &unknown; &#; &#x; &#+5; &"),
            ("&日本語日本語日本語;", "&日本語日本語日本語;"),
        ] {
            assert_eq!(decode(text), wanted, "{text}");
        }
    }
}
