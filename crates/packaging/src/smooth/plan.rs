//! Fragments: the samples of a segment in units of 100 ns.

use bytes::Bytes;
use isobmff::{SmoothSample, Timescale, write_smooth_header};

use super::chunks::restated;
use super::{Fragment, TEN_MEGAHERTZ};
use crate::Error;
use crate::index::{Page, PagedSample};
use crate::plan::SegmentPlan;
use crate::route::TrackKind;

/// So much of a frame at its end is nothing that is heard, in units of 100 ns.
const ROUNDING: i64 = 1000;

impl Page {
    /// The plan of a fragment of Smooth Streaming; `None` if no segment starts there.
    pub fn smooth_plan(&self, fragment: &Fragment<'_, '_>) -> Result<Option<SegmentPlan>, Error> {
        let kind = fragment.rendition.track.name.kind;
        if kind == TrackKind::Text {
            let end = fragment.rendition.edition().end_millis;
            let document = self.ttml(fragment.segment_start, end)?;
            return document.map(|document| captions(fragment, document)).transpose();
        }
        let Some(page) = self.of_media() else { return Ok(None) };
        let Some((segment, samples)) = page.samples_of(fragment.segment_start) else { return Ok(None) };
        let scale = Timescale::new(page.facts().timescale).unwrap_or(TEN_MEGAHERTZ);
        let mut clock = Clock { scale, media_time: page.facts().media_time.into(), slots: 0 };
        let lasts = samples.iter().map(|paged| i64::from(paged.sample.duration)).sum::<i64>();
        let first = signed(segment.end) - lasts;
        let timed = clock.times(&samples, (first, signed(segment.decode_time)));
        if segment.start == 0 && kind == TrackKind::Video {
            clock.find_slots(&timed);
        }
        let timed: Vec<_> = timed.into_iter().map(|times| clock.restated(times)).collect();
        let hidden = hidden(&timed, fragment);
        let kept = samples.get(hidden..).unwrap_or_default();
        let timed = timed.get(hidden..).unwrap_or_default();
        let end = restated(scale, signed(segment.end));
        let header = write(fragment, (timed, end), kept)?;
        Ok(Some(SegmentPlan::with_header(header, page.facts(), kept, self.media().clone())))
    }
}

/// When a sample is decoded and shown on the presentation timeline.
#[derive(Clone, Copy)]
struct Times {
    decoded: i64,
    shown: i64,
}

/// What ticks of a track mean.
struct Clock {
    scale: Timescale,
    /// Composition time that is presented at 0, in ticks.
    media_time: i64,
    /// Times below this are those of pictures that the edit list hides: they have slots of one tick, whatever a tick
    /// is (see [`crate::timeline`]).
    slots: i64,
}

impl Clock {
    /// Pictures of the first segment that are shown at 0, 1, 2 ticks, and so on.
    fn find_slots(&mut self, timed: &[Times]) {
        let mut shown: Vec<_> = timed.iter().map(|times| times.shown).collect();
        shown.sort_unstable();
        let slots = (0i64..).zip(shown).take_while(|(slot, shown)| slot == shown).count();
        self.slots = i64::try_from(slots).unwrap_or(0);
    }

    /// In units of 100 ns.
    fn restated(&self, times: Times) -> Times {
        let restated =
            |ticks| if (0..self.slots).contains(&ticks) { ticks } else { restated(self.scale, ticks) };
        Times { decoded: restated(times.decoded), shown: restated(times.shown) }
    }

    /// In ticks. `first`: decoding time of the first sample on the presentation timeline and in the track.
    fn times(&self, samples: &[PagedSample], first: (i64, i64)) -> Vec<Times> {
        let (mut decoded, mut in_track) = first;
        let mut out = Vec::with_capacity(samples.len());
        for PagedSample { sample, .. } in samples {
            let shown = in_track + i64::from(sample.composition_offset) - self.media_time;
            out.push(Times { decoded, shown });
            decoded += i64::from(sample.duration);
            in_track += i64::from(sample.duration);
        }
        out
    }
}

/// How many samples only prime the decoder: whole frames before the fragment's start. A frame that the start
/// cuts in two is shown from there on. One is always left.
fn hidden(timed: &[Times], fragment: &Fragment<'_, '_>) -> usize {
    if fragment.rendition.track.name.kind != TrackKind::Audio {
        return 0;
    }
    let start = signed(fragment.place.time);
    timed.iter().skip(1).take_while(|next| next.decoded <= start.saturating_add(ROUNDING)).count()
}

/// The header of a fragment with these samples, the last of which lasts until `end`.
fn write(
    fragment: &Fragment<'_, '_>,
    (timed, end): (&[Times], i64),
    samples: &[PagedSample],
) -> Result<Vec<u8>, Error> {
    let too_large = |what| Error::TooLarge { sample: 0, what };
    let mut at = signed(fragment.place.time);
    let mut rows = Vec::with_capacity(samples.len());
    let next = timed.iter().skip(1).map(|times| times.decoded).chain([end]);
    for ((times, next), paged) in timed.iter().zip(next).zip(samples) {
        let next = next.max(at + 1);
        let offset = times.shown.saturating_sub(at);
        rows.push(SmoothSample {
            duration: u32::try_from(next.saturating_sub(at)).map_err(|_| too_large("the duration"))?,
            size: paged.sample.size,
            composition_offset: i32::try_from(offset).map_err(|_| too_large("the composition offset"))?,
            is_sync: paged.sample.is_sync,
        });
        at = next;
    }
    write_smooth_header(fragment.place, &rows).ok_or(too_large("the size of a fragment"))
}

/// A fragment of captions: one document for all its time.
fn captions(fragment: &Fragment<'_, '_>, document: String) -> Result<SegmentPlan, Error> {
    let too_large = Error::TooLarge { sample: 0, what: "a segment of captions" };
    let sample = SmoothSample {
        duration: u32::try_from(fragment.place.duration).map_err(|_| too_large.clone())?,
        size: u32::try_from(document.len()).map_err(|_| too_large.clone())?,
        composition_offset: 0,
        is_sync: true,
    };
    let mut body = write_smooth_header(fragment.place, &[sample]).ok_or(too_large)?;
    body.extend(document.into_bytes());
    Ok(SegmentPlan::made(Bytes::from(body)))
}

fn signed(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}
