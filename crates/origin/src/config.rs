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
    /// What is offered of the pictures, where a set says nothing else.
    pub selection: Selection,
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
            selection: Selection::default(),
        }
    }
}
