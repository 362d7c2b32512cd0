//! Where pages lie: how long a page's span is, and the way from a time to a slot.

use std::num::NonZeroU32;
use std::ops::Range;

use isobmff::Timescale;
use serde::{Deserialize, Serialize};

/// What a page is meant to span: long enough that few are read by one viewer, short enough that a segment's
/// share of it is not small.
const SPAN_MILLIS: u32 = 60_000;
/// Samples of a page in tracks that are no exception. A minute of video has fewer; of sound half a minute:
/// its segments are small, so what is read to find them must be smaller.
const USUAL_SAMPLES: u64 = 2048;
/// Slots may have this many times the room that their pages need.
const MOST_WASTE: u64 = 4;
/// Largest slot: one page of 16 million samples.
const MAX_STRIDE: u32 = 1 << 27;

/// The way to the pages of a track.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct Locator {
    /// Where slot 0 begins, in bytes of the index.
    pub base: u64,
    /// Bytes of a slot.
    pub stride: u32,
    /// Ticks of the track that a page spans; never 0.
    pub span: u64,
}

impl Locator {
    /// Whether the numbers can be those of a locator that this program wrote.
    pub(crate) fn is_sound(self) -> bool {
        (1..=MAX_STRIDE).contains(&self.stride) && self.span > 0 && self.base < 1 << 48
    }

    /// Number of the page with the segment that starts at this time.
    pub fn page(self, start: u64) -> u64 {
        start.checked_div(self.span).unwrap_or(0)
    }

    /// The bytes of the index that hold a page; `None` beyond all files.
    pub fn slot(self, page: u64) -> Option<Range<u64>> {
        let start = page.checked_mul(self.stride.into())?.checked_add(self.base)?;
        (start < 1 << 60).then(|| start..start + u64::from(self.stride))
    }
}

/// The span in ticks for segments with these starts and numbers of samples.
///
/// About a minute, in whole distances of grid lines; less where that is too many samples, more where
/// segments are so uneven that slots of the size of the largest page would mostly be empty.
pub(super) fn choose_span(segments: &[(u64, u32)], scale: Timescale, grid_millis: NonZeroU32) -> u64 {
    let grid = grid_millis.get();
    let mut lines = (SPAN_MILLIS / grid).max(1);
    let ticks = |lines: u64| (lines * u64::from(grid) * u64::from(scale.get()) / 1000).max(1);
    while lines > 1 && fullest(segments, ticks(lines.into())).0 > USUAL_SAMPLES {
        lines /= 2;
    }
    let mut lines = u64::from(lines);
    let total = segments.iter().map(|&(_, samples)| u64::from(samples)).sum::<u64>();
    loop {
        let (most, pages) = fullest(segments, ticks(lines));
        if pages <= 1 || most.max(64).saturating_mul(pages) <= (total + USUAL_SAMPLES) * MOST_WASTE {
            return ticks(lines);
        }
        lines *= 2;
    }
}

/// Samples of the fullest page, and the number of pages.
fn fullest(segments: &[(u64, u32)], span: u64) -> (u64, u64) {
    let mut most = 0;
    let mut page = (0, 0);
    for &(start, samples) in segments {
        let number = start / span;
        if number != page.0 {
            page = (number, 0);
        }
        page.1 += u64::from(samples);
        most = most.max(page.1);
    }
    (most, page.0 + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    const GRID: NonZeroU32 = NonZeroU32::new(6000).unwrap();

    fn scale(value: u32) -> Timescale {
        Timescale::new(value).unwrap()
    }

    /// 1500 pictures a minute: ten segments a page.
    #[test]
    fn a_minute_of_ordinary_video() {
        let segments: Vec<_> = (0..1200).map(|i| (i * 76_800, 150)).collect();
        assert_eq!(choose_span(&segments, scale(12_800), GRID), 60 * 12_800);
    }

    /// 60 pictures a second are 3600 a minute: half of it, five segments.
    #[test]
    fn less_of_many_samples() {
        let segments: Vec<_> = (0..100).map(|i| (i * 6 * 90_000, 360)).collect();
        assert_eq!(choose_span(&segments, scale(90_000), GRID), 30 * 90_000);
    }

    /// One segment of an hour and then nothing but short ones: fewer, larger pages, never a desert of slots.
    #[test]
    fn more_where_segments_are_uneven() {
        let mut segments = vec![(0, 200_000)];
        segments.extend((0..10_000).map(|i| (3_600_000 + i * 6000, 1)));
        let span = choose_span(&segments, scale(1000), GRID);
        let (most, pages) = fullest(&segments, span);
        assert!(most * pages <= 4 * (210_000 + USUAL_SAMPLES), "{most} x {pages}");
        // A single segment a year away.
        let far = [(0, 100_000), (31_536_000_000, 1)];
        assert!(fullest(&far, choose_span(&far, scale(1000), GRID)).1 <= 5);
    }

    #[test]
    fn slots() {
        let locator = Locator { base: 1000, stride: 100, span: 600 };
        assert_eq!((locator.page(599), locator.page(600)), (0, 1));
        assert_eq!(locator.slot(2), Some(1200..1300));
        assert_eq!(locator.slot(u64::MAX), None);
        assert!(!Locator { stride: 0, ..locator }.is_sound());
        assert!(!Locator { span: 0, ..locator }.is_sound());
    }
}
