//! What an operator may choose about packaging.

use std::num::NonZeroU32;

/// Choices that change the bytes of segments; part of every version in a URL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// Distance of the grid lines at which segments are cut, in milliseconds.
    pub segment_millis: NonZeroU32,
    /// What happens to the sound before the start that only primes the decoder.
    pub priming: Priming,
    /// Whether each segment carries a `sidx` with its time and size, for clients that look for one.
    pub segment_index: bool,
}

/// What becomes of audio frames that the edit list hides and the decoder needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Priming {
    /// They are delivered and hidden again by an edit list: nothing is lost, and every client that
    /// honours edit lists is exact.
    Keep,
    /// They are left out, for clients that ignore edit lists: those are exact then, and the first
    /// frame fades in everywhere.
    Drop,
}

impl Default for Policy {
    /// Six seconds, as Apple's authoring specification recommends, and nothing lost.
    fn default() -> Self {
        const SIX_SECONDS: NonZeroU32 = NonZeroU32::new(6000).expect("6000 is not zero");
        Self { segment_millis: SIX_SECONDS, priming: Priming::Keep, segment_index: false }
    }
}
