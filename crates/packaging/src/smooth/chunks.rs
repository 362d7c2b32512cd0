//! When fragments begin: a track's segments in units of 100 ns.

use isobmff::Timescale;

use super::TEN_MEGAHERTZ;
use crate::Segment;
use crate::presentation::Rendition;
use crate::route::TrackKind;

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
    let clock = Clock::of(rendition);
    rendition.segments().iter().map(|segment| clock.chunk(segment)).collect()
}

/// Which fragment of a rendition starts at exactly this time, from 0.
pub(super) fn number(rendition: &Rendition<'_>, start: u64) -> Option<usize> {
    let clock = Clock::of(rendition);
    let segments = rendition.segments();
    segments.binary_search_by_key(&start, |segment| clock.chunk(segment).start).ok()
}

/// A fragment by its number: the start of its segment in the rendition's ticks, and its times.
pub(super) fn numbered(rendition: &Rendition<'_>, number: usize) -> Option<(u64, Chunk)> {
    let segment = *rendition.segments().get(number)?;
    Some((segment.start, Clock::of(rendition).chunk(&segment)))
}

/// A time of a track in units of 100 ns, to the nearest.
pub(super) fn restated(scale: Timescale, ticks: i64) -> i64 {
    scale.rescale(ticks, TEN_MEGAHERTZ).unwrap_or(i64::MAX)
}

/// What the times of a rendition's segments mean.
struct Clock {
    scale: Timescale,
    is_sound: bool,
    /// The most common duration of a sample, in ticks.
    frame: u64,
}

impl Clock {
    fn of(rendition: &Rendition<'_>) -> Self {
        let track = rendition.track;
        Self {
            scale: track.timescale,
            is_sound: track.name.kind == TrackKind::Audio,
            frame: track.segmentation.defaults.duration.into(),
        }
    }

    fn chunk(&self, segment: &Segment) -> Chunk {
        let restated = |ticks: u64| {
            let ticks = i64::try_from(ticks).unwrap_or(i64::MAX);
            u64::try_from(restated(self.scale, ticks)).unwrap_or(0)
        };
        let start = restated(self.first_heard(segment));
        Chunk { start, duration: restated(segment.end).saturating_sub(start) }
    }

    /// Sound begins with the first frame that is heard as a whole: the ones before it prime the decoder, and
    /// there is no edit list to hide them.
    fn first_heard(&self, segment: &Segment) -> u64 {
        let hidden = (segment.start + segment.duration).saturating_sub(segment.end);
        if !self.is_sound || hidden == 0 || self.frame == 0 {
            return segment.start;
        }
        let first = segment.start + (hidden.div_ceil(self.frame) * self.frame - hidden);
        if first < segment.end { first } else { segment.start }
    }
}
