//! What an operator may choose about packaging.

use std::num::NonZeroU32;

use crate::seconds;

/// Choices that change the bytes of segments; part of every version in a URL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// Distance of the grid lines at which segments are cut, in milliseconds.
    pub segment_millis: NonZeroU32,
    /// What happens to the sound before the start that only primes the decoder.
    pub priming: Priming,
    /// Whether each segment carries a `sidx` with its time and size, for clients that look for one.
    pub segment_index: bool,
    /// What is taken from all presentation times, in microseconds; `None`: the start of the source's earliest
    /// track. Sources that play together have one start.
    pub start_micros: Option<i64>,
    /// What is shown of the source alone; `None`: all of it. With a clip, [`Self::start_micros`] counts from the
    /// clip's begin, and `None` is 0.
    pub clip: Option<Clip>,
}

/// Where segments are cut, where a set wants it otherwise than [`Policy`] has it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Grid {
    /// As [`Policy::segment_millis`]; `None`: the usual one.
    pub segment_millis: Option<NonZeroU32>,
    /// As [`Policy::start_micros`]; `None`: the source's own.
    pub start_micros: Option<i64>,
    /// What is shown of the source alone; `None`: all of it.
    pub clip: Option<Clip>,
}

/// A part of a source, in microseconds of its own timeline, before a start is taken away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Clip {
    /// Where it begins: this is presented at 0.
    pub from_micros: i64,
    /// Where it ends; later than the begin.
    pub to_micros: i64,
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
        Self {
            segment_millis: SIX_SECONDS,
            priming: Priming::Keep,
            segment_index: false,
            start_micros: None,
            clip: None,
        }
    }
}

impl Policy {
    /// Milliseconds of a decimal number of seconds, as people write segment durations: from 0.5 to 60, with
    /// up to three decimals.
    pub fn parse_seconds(text: &str) -> Option<NonZeroU32> {
        let millis = seconds::millis(text).and_then(|millis| u32::try_from(millis).ok());
        millis.and_then(NonZeroU32::new).filter(|&millis| Self::allows_segment_millis(millis))
    }

    /// Whether segments may be cut at this distance, in milliseconds.
    pub fn allows_segment_millis(millis: NonZeroU32) -> bool {
        (500..=60_000).contains(&millis.get())
    }

    /// When the presentation of a clip ends, in milliseconds, to the nearest.
    pub(crate) fn clip_end_millis(&self) -> Option<u64> {
        let clip = self.clip?;
        let begin = clip.from_micros.saturating_add(self.start_micros.unwrap_or(0));
        let micros = u64::try_from(clip.to_micros.saturating_sub(begin)).unwrap_or(0);
        Some(micros.saturating_add(500) / 1000)
    }

    /// The same policy with what an edition of a source wants otherwise.
    #[must_use]
    pub fn with(self, grid: Grid) -> Self {
        let segment_millis = grid.segment_millis.unwrap_or(self.segment_millis);
        Self {
            segment_millis,
            start_micros: grid.start_micros.or(self.start_micros),
            clip: grid.clip.or(self.clip),
            ..self
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds() {
        let millis = |text| Policy::parse_seconds(text).map(NonZeroU32::get);
        assert_eq!(millis("6"), Some(6000));
        assert_eq!(millis("3.84"), Some(3840));
        assert_eq!(millis("0.5"), Some(500));
        for wrong in ["", "0", "-1", "61", "1.2345", "1e1", "a", ".5", "6s", "0.499", "99999999999"] {
            assert_eq!(millis(wrong), None, "{wrong}");
        }
    }
}
