//! Words for roles (ISO/IEC 23009-1 §5.8.5.5, `urn:mpeg:dash:role:2011`).

use super::Role;

const WORDS: [(Role, &str); 12] = [
    (Role::Main, "main"),
    (Role::Alternate, "alternate"),
    (Role::Supplementary, "supplementary"),
    (Role::Commentary, "commentary"),
    (Role::Dub, "dub"),
    (Role::Description, "description"),
    (Role::EnhancedAudioIntelligibility, "enhanced-audio-intelligibility"),
    (Role::Subtitle, "subtitle"),
    (Role::Caption, "caption"),
    (Role::ForcedSubtitle, "forced-subtitle"),
    (Role::EasyReader, "easyreader"),
    (Role::Sign, "sign"),
];

impl Role {
    /// Its word in the scheme.
    pub fn word(self) -> &'static str {
        WORDS.iter().find(|(role, _)| *role == self).map_or("main", |(_, word)| word)
    }

    /// The role with this word.
    pub fn parse(word: &str) -> Option<Self> {
        WORDS.iter().find(|(_, known)| *known == word).map(|(role, _)| *role)
    }

    /// All words, for messages.
    pub(super) fn words() -> String {
        WORDS.map(|(_, word)| word).join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_role_has_its_own_word() {
        for (role, word) in WORDS {
            assert_eq!(role.word(), word);
            assert_eq!(Role::parse(word), Some(role));
        }
        assert_eq!(Role::parse("Main"), None);
    }
}
