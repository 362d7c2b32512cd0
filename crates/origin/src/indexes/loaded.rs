//! What is known of a source once its index has been read or made.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use packaging::index::{Head, Index, Page};
use packaging::route::{Edition, TrackPath};
use packaging::{Asset, Grid, PackagedTrack, SourceObject};

use crate::error::Error;
use crate::index_store::Created;
use crate::source::{Object, SourceError};

/// How long an index that was made and stored here is read from memory.
const MADE_LASTS: Duration = Duration::from_mins(1);
pub(crate) const NO_TRACK: Error = Error::NotFound("the source has no such track");

/// A source whose index is known.
#[derive(Debug)]
pub struct LoadedAsset {
    /// How it is packaged.
    pub asset: Asset,
    /// The edition that its children's URLs carry.
    pub edition: Edition,
    /// The whole index, if it was made in this process.
    whole: Option<Whole>,
}

/// An index that was made in this process.
#[derive(Debug)]
struct Whole {
    bytes: Bytes,
    /// What came of storing it.
    outcome: Result<Created, SourceError>,
    /// Until when it is read from memory. What is stored may get better: refer to a copy of small tracks.
    until: Option<Instant>,
}

impl LoadedAsset {
    pub(super) fn stored(head: Head, edition: Edition) -> Self {
        Self { asset: head.asset, edition: Edition { end_millis: None, ..edition }, whole: None }
    }

    /// `is_kept`: whether the store keeps what it takes.
    pub(super) fn built(
        index: Index,
        grid: Grid,
        (outcome, is_kept): (Result<Created, SourceError>, bool),
    ) -> Self {
        let Index { head: Head { asset, version }, bytes } = index;
        let edition = Edition { version, grid, end_millis: None };
        let until = (is_kept && outcome.is_ok()).then(|| Instant::now() + MADE_LASTS);
        Self { asset, edition, whole: Some(Whole { bytes, outcome, until }) }
    }

    /// The object that was read.
    pub(crate) fn object(&self, key: &str) -> Object {
        object_of(key, &self.asset.source)
    }

    /// A track as a URL names it.
    pub(crate) fn track(&self, path: TrackPath) -> Result<&PackagedTrack, Error> {
        self.asset.track(path).ok_or(NO_TRACK)
    }

    /// Whether a segment begins at exactly this time.
    pub(super) fn has_segment(&self, path: TrackPath, start: u64) -> bool {
        self.asset.track(path).is_some_and(|track| track.segmentation.starting_at(start).is_some())
    }

    /// Whether any segment begins on the page of this time.
    pub(super) fn has_page(&self, path: TrackPath, time: u64) -> bool {
        let page = path.locator.page(time);
        self.asset.track(path).is_some_and(|track| {
            let segments = &track.segmentation.segments;
            let first = segments.partition_point(|segment| path.locator.page(segment.start) < page);
            segments.get(first).is_some_and(|segment| path.locator.page(segment.start) == page)
        })
    }

    /// The whole index and what came of storing it, if it was made in this process.
    pub(super) fn made(&self) -> Option<(&Bytes, &Result<Created, SourceError>)> {
        self.whole.as_ref().map(|whole| (&whole.bytes, &whole.outcome))
    }

    /// A page, if the index is in memory as a whole.
    pub(super) fn page(&self, path: TrackPath, start: u64) -> Option<Arc<Page>> {
        let is_fresh = |whole: &&Whole| whole.until.is_none_or(|until| Instant::now() < until);
        let whole = self.whole.as_ref().filter(is_fresh)?;
        Page::of_index(&whole.bytes, self.edition.version, path, start).ok().map(Arc::new)
    }
}

/// The object behind a page or a head.
pub(crate) fn object_of(key: &str, source: &SourceObject) -> Object {
    let SourceObject { bytes, etag, revision } = source.clone();
    Object { key: key.to_owned(), bytes, etag, revision }
}
