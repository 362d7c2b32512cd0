//! The version in child URLs: what all bytes of a child depend on.

use sha2::{Digest, Sha256};

use crate::date::Date;
use crate::index::INDEX_FORMAT;
use crate::route::{Edition, TrackName, Version};
use crate::{Policy, Priming};

/// Rises whenever the same source and policy give other bytes or other segment times than before.
pub const FORMAT_VERSION: u32 = 4;

impl Version {
    /// The version of a source with this entity tag and revision under this policy. Where pages lie, which
    /// URLs say, depends on all of them: they are written in the index.
    pub fn of(source_etag: &str, revision: Option<&str>, policy: Policy) -> Self {
        let priming = match policy.priming {
            Priming::Keep => "keep",
            Priming::Drop => "drop",
        };
        let start = policy.start_micros.map(|micros| micros.to_string()).unwrap_or_default();
        let clip = policy.clip.map(|clip| format!("c{}_{}", clip.from_micros, clip.to_micros));
        let clip = clip.unwrap_or_default();
        let text = format!(
            "{FORMAT_VERSION}\n{INDEX_FORMAT}\n{}\n{priming}\n{}\n{start}{clip}\n{source_etag}\n{}",
            policy.segment_millis,
            policy.segment_index,
            revision.unwrap_or_default()
        );
        Self::of_text(&text)
    }

    /// The version of a file that is made of these tracks of editions of sources.
    pub fn of_tracks<'a>(tracks: impl Iterator<Item = (&'a str, Edition, TrackName)>) -> Self {
        let lines = tracks.map(|(key, edition, name)| format!("\n{key}\n{edition}\n{name}"));
        Self::of_text(&format!("{FORMAT_VERSION}\ntracks{}", lines.collect::<String>()))
    }

    /// The version of lists of previews whose sheets have a version, and which end there.
    pub(crate) fn of_previews(sheets: Self, end_millis: u64) -> Self {
        Self::of_text(&format!("{FORMAT_VERSION}\npreviews\n{sheets}\n{end_millis}"))
    }

    /// The version of fragments of Smooth Streaming that are named like this.
    pub(crate) fn of_smooth(names: &str) -> Self {
        Self::of_text(&format!("{FORMAT_VERSION}\nsmooth\n{names}"))
    }

    /// The version of what depends on this version and on the date that it says.
    #[must_use]
    pub fn dated(self, date: Option<Date>) -> Self {
        date.map_or(self, |date| Self::of_text(&format!("{FORMAT_VERSION}\ndate\n{self}\n{date}")))
    }

    /// The version of a programme's playlists, of which this is all that they say.
    pub(crate) fn of_programme(said: &str) -> Self {
        Self::of_text(&format!("{FORMAT_VERSION}\nprogramme\n{said}"))
    }

    fn of_text(text: &str) -> Self {
        let digest = Sha256::digest(text.as_bytes());
        let first = digest.first_chunk::<8>().copied().unwrap_or_default();
        Self(u64::from_be_bytes(first))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::Clip;

    #[test]
    fn depends_on_all_that_bytes_and_places_depend_on() {
        let policy = Policy::default();
        let of = |etag, revision| Version::of(etag, revision, policy);
        let other = Policy { priming: Priming::Drop, ..policy };
        assert_ne!(of("a", None), of("b", None));
        assert_ne!(of("a", None), of("a", Some("1")));
        assert_ne!(of("a", None), Version::of("a", None, other));
        let clipped = |to_micros| Policy { clip: Some(Clip { from_micros: 0, to_micros }), ..policy };
        assert_ne!(of("a", None), Version::of("a", None, clipped(1)));
        assert_ne!(Version::of("a", None, clipped(2)), Version::of("a", None, clipped(1)));
        // First bytes of the SHA-256 of "4\n4\n6000\nkeep\nfalse\n\na\n1", by sha256sum. If this changes, so did a
        // format: URLs of before lead nowhere.
        assert_eq!(of("a", Some("1")).to_string(), "63a3b11c36c7f3b3");
    }
}
