//! Samples of text tracks, and what their readers share.

use isobmff::FourCc;
use isobmff::read::Boxes;

/// A sample of a text track.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TextSample<'a> {
    /// When it starts on the presentation's timeline, in milliseconds.
    pub start: u64,
    /// When it ends, in milliseconds.
    pub end: u64,
    /// Its bytes.
    pub data: &'a [u8],
}

/// Whether a sample starts where the one before ended; both were rounded to milliseconds.
pub(crate) fn are_touching(end: u64, start: u64) -> bool {
    end.abs_diff(start) <= 1
}

/// The boxes that lie in a sample, up to the first fault: what was read until then is shown.
pub(crate) fn boxes(format: FourCc, bytes: &[u8]) -> impl Iterator<Item = ([u8; 4], &[u8])> {
    Boxes::new(format, bytes, 0).map_while(Result::ok).map(|item| (item.kind.0, item.payload))
}

#[cfg(test)]
pub(crate) mod testing;
