//! What an operator may choose about the origin.

use packaging::Policy;
use packaging::route::Addressing;
use packaging::selection::Selection;

/// Settings of a [`crate::Service`]. All limits have defaults that suit one machine.
#[derive(Debug, Clone)]
pub struct Config {
    /// How sources are packaged.
    pub policy: Policy,
    /// `max-age` of manifests in seconds: how long a replaced source may go unnoticed by caches.
    pub manifest_max_age_secs: u32,
    /// Two source ranges that lie no further apart than this are read at once.
    pub read_gap_bytes: u64,
    /// Largest segment that is packaged; a source with larger ones needs shorter segments.
    pub max_segment_bytes: u64,
    /// How segments are named in DASH where the path does not say it.
    pub dash_segments: Addressing,
    /// How many bytes of parsed sources are kept in memory.
    pub cache_bytes: u64,
    /// Whether `/hls/`, `/dash/` and `/mss/` are prefixes below which nginx-vod's URL layout is understood
    /// ([`packaging::route::compat`]).
    pub nginx_urls: bool,
    /// Whether HLS media playlists say dates where a set says none.
    pub program_date_time: ProgramDateTime,
    /// What is offered of the pictures, where a set says nothing else.
    pub selection: Selection,
}

/// Where the dates of HLS media playlists come from (`EXT-X-PROGRAM-DATE-TIME`) if no set says one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ProgramDateTime {
    /// There are none.
    #[default]
    Off,
    /// Of a presentation of one source, its creation time; not said where the source says none, or nonsense.
    Source,
}

impl ProgramDateTime {
    /// All, with the words that settings say them with.
    pub const WORDS: [(&'static str, Self); 2] = [("off", Self::Off), ("source", Self::Source)];

    /// Reads the word that settings say it with.
    pub fn parse(word: &str) -> Option<Self> {
        Self::WORDS.into_iter().find(|(known, _)| *known == word).map(|(_, meaning)| meaning)
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            policy: Policy::default(),
            manifest_max_age_secs: 60,
            read_gap_bytes: 64 << 10,
            max_segment_bytes: 256 << 20,
            dash_segments: Addressing::Time,
            cache_bytes: 256 << 20,
            nginx_urls: false,
            program_date_time: ProgramDateTime::Off,
            selection: Selection::default(),
        }
    }
}
