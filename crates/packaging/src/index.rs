//! The index: all that requests need to know of a source, in a form from which each reads little.
//!
//! ```text
//! frame { head }                 for manifests, playlists and init segments
//! track 1: slot 0, slot 1, …     each a frame { page }: the samples of about a minute, for segments
//! track 2: slot 0, slot 1, …
//! ```
//!
//! The slots of a track have one size, and a page holds the segments that start within one span of time: so
//! base, stride and span, which URLs carry as a [`Locator`], lead from a segment's start to its page. A page
//! says everything that its segments need. `docs/index-format.md` describes every byte.
//!
//! The index of a source and a policy is always the same bytes, but for the form in which pages refer to
//! media: in the source, or in a copy of the track whose samples lie one after the other. Both forms have the
//! same slots and give the same segments.

mod build;
mod captions_seen;
mod columns;
mod copy;
mod frame;
mod head;
mod head_key_frames;
mod layout;
mod media_page;
mod page;
mod paged_key_frames;
mod text_build;
mod text_page;

pub use build::{Index, IndexDraft};
pub(crate) use columns::PagedSample;
pub use copy::{IndexRewriter, small_tracks};
pub use head::{Head, HeadStep};
pub use layout::Locator;
pub(crate) use media_page::MediaPage;
pub use page::{MediaPlace, Page, PagedSegment};
pub(crate) use page::{Sound, TrackFacts};

/// Layout of heads and pages. Part of the version in URLs.
pub(crate) const INDEX_FORMAT: u16 = 4;

/// Why bytes are not the index that they should be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// The bytes are no index, or not whole, or not what was written.
    #[error("the index is damaged: {0}")]
    Damaged(&'static str),
    /// Another version of this program wrote it.
    #[error("the index has format {0}, not {INDEX_FORMAT}")]
    OtherFormat(u16),
}

#[cfg(test)]
mod key_frame_tests;
#[cfg(test)]
mod tests;
