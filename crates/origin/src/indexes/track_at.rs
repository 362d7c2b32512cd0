//! What URLs of tracks name.

use packaging::route::{Edition, TrackPath};

use super::memory::{HeadKey, PageKey};

/// A track of one edition of a source.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TrackAt<'a> {
    /// The source.
    pub(crate) key: &'a str,
    pub(crate) edition: Edition,
    pub(crate) path: TrackPath,
}

impl TrackAt<'_> {
    pub(super) fn head_key(&self) -> HeadKey {
        (self.key.to_owned(), self.edition.version, self.edition.grid)
    }

    /// The page with what starts at this time.
    pub(super) fn page_key(&self, start: u64) -> PageKey {
        let (version, track) = (self.edition.version, self.path);
        PageKey { key: self.key.to_owned(), version, track, page: track.locator.page(start) }
    }
}
