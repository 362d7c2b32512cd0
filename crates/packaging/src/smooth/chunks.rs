//! When fragments begin: a track's segments in units of 100 ns.

use isobmff::Timescale;

use super::TEN_MEGAHERTZ;
use crate::Segment;
use crate::presentation::Rendition;

/// One fragment of a stream as the client manifest has it; both in units of 100 ns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Chunk {
    /// Start.
    pub start: u64,
    /// Time to the start of the next.
    pub duration: u64,
}

impl Chunk {
    pub(super) fn end(self) -> u64 {
        self.start.saturating_add(self.duration)
    }
}

/// The fragments of a rendition.
pub(super) fn of(rendition: &Rendition<'_>) -> Vec<Chunk> {
    rendition.segments().iter().map(|segment| chunk(rendition, segment)).collect()
}

/// Which fragment of a rendition starts at exactly this time, from 0.
pub(super) fn number(rendition: &Rendition<'_>, start: u64) -> Option<usize> {
    let segments = rendition.segments();
    segments.binary_search_by_key(&start, |segment| chunk(rendition, segment).start).ok()
}

/// A fragment by its number: the start of its segment in the rendition's ticks, and its times.
pub(super) fn numbered(rendition: &Rendition<'_>, number: usize) -> Option<(u64, Chunk)> {
    let segment = *rendition.segments().get(number)?;
    Some((segment.start, chunk(rendition, &segment)))
}

fn chunk(rendition: &Rendition<'_>, segment: &Segment) -> Chunk {
    let restated = |ticks: u64| {
        let ticks = i64::try_from(ticks).unwrap_or(i64::MAX);
        u64::try_from(restated(rendition.track.timescale, ticks)).unwrap_or(0)
    };
    let start = restated(segment.start);
    Chunk { start, duration: restated(segment.end).saturating_sub(start) }
}

/// A time of a track in units of 100 ns, to the nearest.
pub(super) fn restated(scale: Timescale, ticks: i64) -> i64 {
    scale.rescale(ticks, TEN_MEGAHERTZ).unwrap_or(i64::MAX)
}
