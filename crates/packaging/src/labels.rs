//! What a file says of its tracks for viewers: language, name, purpose.

use isobmff::{Kind, Track};

use crate::language;
use crate::set::{Labels, Role, tag};

const DASH_ROLE: &str = "urn:mpeg:dash:role:2011";
const TVA_AUDIO_PURPOSE: &str = "urn:tva:metadata:cs:AudioPurposeCS:2007";

impl Role {
    fn of_kind(kind: &Kind) -> Option<Self> {
        match kind.scheme.as_str() {
            DASH_ROLE => Self::parse(&kind.value),
            // 1: for people who see little; 2: for people who hear little.
            TVA_AUDIO_PURPOSE if kind.value == "1" => Some(Self::Description),
            TVA_AUDIO_PURPOSE if kind.value == "2" => Some(Self::EnhancedAudioIntelligibility),
            _ => None,
        }
    }
}

impl Labels {
    /// What a track's boxes say.
    pub(crate) fn of_track(track: &Track) -> Self {
        let mut roles: Vec<_> = track.user_data.kinds.iter().filter_map(Role::of_kind).collect();
        roles.dedup();
        Self {
            language: language::tag(&track.language).and_then(stated_language),
            label: track.user_data.label.clone().or_else(|| telling_name(&track.name)),
            is_forced: roles.contains(&Role::ForcedSubtitle).then_some(true),
            roles,
            is_default: None,
        }
    }

    /// These, and where they are silent the others.
    #[must_use]
    pub(crate) fn or(&self, others: &Self) -> Self {
        Self {
            language: self.language.clone().or_else(|| others.language.clone()),
            label: self.label.clone().or_else(|| others.label.clone()),
            roles: if self.roles.is_empty() { others.roles.clone() } else { self.roles.clone() },
            is_default: self.is_default.or(others.is_default),
            is_forced: self.is_forced.or(others.is_forced),
        }
    }
}

/// A tag that a file states, as RFC 5646 wants it written: many state a code of three letters where there is a shorter
/// one. `None` if it says nothing.
pub(crate) fn stated_language(stated: String) -> Option<String> {
    let written = tag::canonical(&stated).unwrap_or(stated);
    Some(written).filter(|tag| tag != "und")
}

/// The handler's name (`hdlr`), unless it names the program that wrote the file or a kind of media, as
/// nearly all do.
fn telling_name(name: &str) -> Option<String> {
    const NOT_TELLING: [&str; 14] = [
        "handl",
        "media",
        "google",
        "gpac",
        "bento",
        "mainconcept",
        "lavf",
        "isom",
        "stereo",
        "mono",
        "surround",
        "video",
        "audio",
        "text",
    ];
    let lower = name.to_ascii_lowercase();
    let says_nothing = NOT_TELLING.iter().any(|word| lower.contains(word)) || lower.trim().len() < 2;
    (!says_nothing).then(|| name.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_programs_are_no_labels() {
        for name in [
            "SoundHandler",
            "SoundHandle",
            "GPAC ISO Audio Handler",
            "Core Media Audio",
            "Stereo",
            "",
            "?",
            "L-SMASH Audio Handler",
        ] {
            assert_eq!(telling_name(name), None, "{name}");
        }
        assert_eq!(telling_name("Director's commentary ").as_deref(), Some("Director's commentary"));
    }

    /// RFC 5646 §2.2.1: the shortest code; §2.1.1: the case. What is no tag at all is still something to tell.
    #[test]
    fn languages_that_files_state() {
        for (stated, written) in [
            ("eng", "en"),
            ("ger-DE", "de-DE"),
            ("pt-br", "pt-BR"),
            ("zh-hant", "zh-Hant"),
            ("fil", "fil"),
            ("English", "English"),
        ] {
            assert_eq!(stated_language(stated.to_owned()).as_deref(), Some(written), "{stated}");
        }
        assert_eq!(stated_language("und".to_owned()), None);
    }

    #[test]
    fn kinds() {
        let kind = |scheme: &str, value: &str| Kind { scheme: scheme.to_owned(), value: value.to_owned() };
        assert_eq!(Role::of_kind(&kind(DASH_ROLE, "commentary")), Some(Role::Commentary));
        assert_eq!(Role::of_kind(&kind(TVA_AUDIO_PURPOSE, "1")), Some(Role::Description));
        assert_eq!(Role::of_kind(&kind("about:html-kind", "main")), None);
    }
}
