//! Names for viewers: what the owner says, or else the language, told apart by numbers where need be. A name should
//! be in the language that it names (RFC 8216bis §4.4.6.1).

use std::collections::HashSet;

use super::Rendition;
use super::audio::is_same_group;
use crate::language::autonym;
use crate::set::Role;

/// Names are unique among sound of one codec and layout: that is one choice to a viewer.
pub(super) fn give_audio(renditions: &mut [Rendition<'_>]) {
    let plain: Vec<String> = renditions.iter().map(|r| plain_name(r, "Audio")).collect();
    let is_rival = |a: usize, b: usize| match (renditions.get(a), renditions.get(b)) {
        (Some(a), Some(b)) => is_same_group(a, b) && !a.is_same_choice(b),
        _ => false,
    };
    let names = numbered(&plain, is_rival);
    give(renditions, names);
}

/// Names of captions are unique among all.
pub(super) fn give_text(renditions: &mut [Rendition<'_>]) {
    let plain: Vec<String> = renditions.iter().map(|r| plain_name(r, "Subtitles")).collect();
    give(renditions, numbered(&plain, |_, _| true));
}

fn give(renditions: &mut [Rendition<'_>], names: Vec<String>) {
    for (rendition, name) in renditions.iter_mut().zip(names) {
        rendition.name = name;
    }
}

/// Quotes and line breaks have no place in an attribute of HLS (RFC 8216bis §4.2).
pub(super) fn plain_name(rendition: &Rendition<'_>, otherwise: &str) -> String {
    let label = rendition.labels.label.as_ref().map(|label| attribute_text(label)).filter(|l| !l.is_empty());
    let Some(tag) = &rendition.labels.language else {
        return label.unwrap_or_else(|| otherwise.to_owned());
    };
    let language = || autonym(tag).unwrap_or_else(|| tag.clone());
    label.unwrap_or_else(|| match purpose(rendition) {
        Some(purpose) => format!("{} ({purpose})", language()),
        None => language(),
    })
}

/// Text that may stand between the quotes of an attribute, and in XML (XML 1.0 §2.2).
pub(crate) fn attribute_text(text: &str) -> String {
    let is_text = |c: &char| !c.is_control() && !matches!(c, '"' | '\u{fffe}' | '\u{ffff}');
    text.chars().filter(is_text).collect::<String>().trim().to_owned()
}

fn purpose(rendition: &Rendition<'_>) -> Option<&'static str> {
    if rendition.is_forced() {
        return Some("forced");
    }
    let of = [
        (Role::Description, "description"),
        (Role::Commentary, "commentary"),
        (Role::EnhancedAudioIntelligibility, "clear speech"),
        (Role::Caption, "captions"),
        (Role::EasyReader, "easy"),
    ];
    of.into_iter().find(|(role, _)| rendition.has_role(*role)).map(|(_, name)| name)
}

/// Names for all, each unique among its rivals: those that have a plain name in common are numbered, and pass over
/// what a rival is called already.
pub(crate) fn numbered(plain: &[String], is_rival: impl Fn(usize, usize) -> bool) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for (at, name) in plain.iter().enumerate() {
        let others = || plain.iter().enumerate().filter(|(other, _)| *other != at);
        let is_shared = others().any(|(other, theirs)| theirs == name && is_rival(at, other));
        if !is_shared {
            names.push(name.clone());
            continue;
        }
        let rivals: Vec<_> = others().filter(|(other, _)| is_rival(at, *other)).collect();
        let given = rivals.iter().filter_map(|(other, _)| names.get(*other));
        let taken: HashSet<&String> = rivals.iter().map(|(_, theirs)| *theirs).chain(given).collect();
        let before = rivals.iter().filter(|(other, theirs)| *other < at && *theirs == name).count();
        let mut candidates = (before + 1..).map(|number| format!("{name} {number}"));
        let found = candidates.find(|candidate| !taken.contains(candidate));
        names.push(found.unwrap_or_else(|| name.clone()));
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(plain: &[&str]) -> Vec<String> {
        let plain: Vec<_> = plain.iter().map(ToString::to_string).collect();
        numbered(&plain, |_, _| true)
    }

    /// RFC 8216bis §4.4.6.1.1: members of a group have different names.
    #[test]
    fn numbers_pass_over_names_that_are_taken() {
        assert_eq!(named(&["en", "fr"]), ["en", "fr"]);
        assert_eq!(named(&["en", "fr", "en"]), ["en 1", "fr", "en 2"]);
        assert_eq!(named(&["en", "en", "en 2"]), ["en 1", "en 3", "en 2"]);
        assert_eq!(named(&["en 1", "en", "en", "en 1"]), ["en 1 1", "en 2", "en 3", "en 1 2"]);
    }

    #[test]
    fn what_is_no_rival_keeps_its_name() {
        let plain = ["en", "en", "en"].map(str::to_owned);
        assert_eq!(numbered(&plain, |a, b| a != 1 && b != 1), ["en 1", "en", "en 2"]);
    }

    /// Thousands of names that were made to collide.
    #[test]
    fn many_names() {
        let mut plain = vec!["x".to_owned(); 1500];
        plain.extend((0..1500).map(|number| format!("x {number}")));
        let names: HashSet<_> = numbered(&plain, |_, _| true).into_iter().collect();
        assert_eq!(names.len(), plain.len());
    }
}
