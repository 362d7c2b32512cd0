//! Captions as a track: their segments and what those hold.
//!
//! Captions are cut on the grid exactly: every segment lasts from one grid line to the next, also where
//! nothing is said, and a caption is in all segments during which it is shown. Times are milliseconds.

use std::num::NonZeroU32;

use captions::{Cue, ttml, webvtt, wvtt};
use isobmff::{
    FragmentPlace, FragmentSample, FragmentShape, SYNC_FLAGS, TRACK_ID, Timescale, TrackDefaults,
    write_fragment_header,
};
use serde::{Deserialize, Serialize};

use crate::index::Page;
use crate::set::CaptionForm;
use crate::ts::TIME_ZERO;
use crate::{Error, Segment, Segmentation};

/// Ticks per second of text tracks.
pub(crate) const MILLISECONDS: Timescale = const { Timescale::new(1000).expect("1000 is not zero") };
/// What `trex` says of text tracks.
const DEFAULTS: TrackDefaults = TrackDefaults { duration: 0, flags: SYNC_FLAGS };
/// Most segments of a text track: a week of 500 ms.
const MAX_SEGMENTS: u64 = 1 << 20;

/// Most segments that a playlist lists because a URL says when they end: four days of six seconds.
const MAX_LISTED: u32 = 1 << 16;

/// One segment of captions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct TextSegment {
    /// Its number in the track, from 0.
    pub(crate) number: u32,
    pub(crate) start: u64,
    pub(crate) end: u64,
}

impl TextSegment {
    /// The captions that are shown during it.
    pub(crate) fn shown<'a>(&self, cues: &'a [Cue]) -> impl Iterator<Item = &'a Cue> + use<'a> {
        let (start, end) = (self.start, self.end);
        cues.iter().filter(move |cue| cue.start < end && cue.end > start)
    }
}

/// The segments up to `end`; at least one.
pub(crate) fn segments(end: u64, grid_millis: NonZeroU32) -> Result<Vec<TextSegment>, Error> {
    let grid = u64::from(grid_millis.get());
    let count = end.div_ceil(grid).max(1);
    if count > MAX_SEGMENTS {
        return Err(Error::TooLarge { sample: 0, what: "the end of the captions" });
    }
    let end = end.max(1);
    Ok((0u32..)
        .zip(0..count)
        .map(|(number, line)| TextSegment { number, start: line * grid, end: ((line + 1) * grid).min(end) })
        .collect())
}

/// The segments of captions that belong to what ends at `end`: what follows the last caption is silence, what
/// follows the end is left out. `None` if there would be too many for a playlist.
pub(crate) fn until(own: &[Segment], grid_millis: NonZeroU32, end: NonZeroU32) -> Option<Vec<Segment>> {
    if end.get() / grid_millis > MAX_LISTED {
        return None;
    }
    let all = segments(end.get().into(), grid_millis).ok()?;
    let bytes = all.iter().map(|segment| {
        let known = usize::try_from(segment.number).ok().and_then(|number| own.get(number));
        known.or(own.last()).map_or(0, |known| known.bytes)
    });
    let bytes: Vec<_> = bytes.collect();
    Some(measured(&all, &bytes).segments)
}

/// The segment that starts at this time of captions that belong to what ends at `end`; `None` if there is none.
pub(crate) fn segment_at(start: u64, grid_millis: NonZeroU32, end: NonZeroU32) -> Option<TextSegment> {
    let (grid, end) = (u64::from(grid_millis.get()), u64::from(end.get()));
    let number = u32::try_from(start / grid).ok()?;
    let is_one = start.is_multiple_of(grid) && start < end;
    is_one.then(|| TextSegment { number, start, end: (start + grid).min(end) })
}

/// The segments as manifests know them, given the bytes of each.
pub(crate) fn measured(segments: &[TextSegment], bytes: &[u64]) -> Segmentation {
    let segment = |(segment, &bytes): (&TextSegment, &u64)| Segment {
        samples: 1,
        decode_time: segment.start,
        duration: segment.end - segment.start,
        start: segment.start,
        end: segment.end,
        bytes,
    };
    Segmentation {
        segments: segments.iter().zip(bytes).map(segment).collect(),
        defaults: DEFAULTS,
        has_leading_pictures: false,
        has_index: false,
    }
}

/// Bytes of a segment in its longest form: bit rates hold for all of them.
pub(crate) fn most_bytes(segment: &TextSegment, cues: &[Cue], language: Option<&str>) -> Result<u64, Error> {
    let mut most = 0;
    for form in [CaptionForm::WebVtt, CaptionForm::Wvtt, CaptionForm::Stpp] {
        most = most.max(segment_body(segment, cues, (form, language))?.len() as u64);
    }
    Ok(most)
}

/// A segment that shows these captions.
pub(crate) fn segment_body(
    segment: &TextSegment,
    cues: &[Cue],
    (form, language): (CaptionForm, Option<&str>),
) -> Result<Vec<u8>, Error> {
    match form {
        CaptionForm::WebVtt => Ok(webvtt::write(cues, TIMESTAMP_MAP).into_bytes()),
        CaptionForm::Wvtt => {
            let samples = wvtt::write(cues, segment.start..segment.end)?;
            fragment(segment, samples.into_iter().map(|sample| (sample.duration, sample.data)).collect())
        }
        CaptionForm::Stpp => {
            let document = ttml::write(cues, segment.start..segment.end, language);
            let duration = u32::try_from(segment.end - segment.start).unwrap_or(u32::MAX);
            fragment(segment, vec![(duration, document.into_bytes())])
        }
    }
}

/// A segment of WebVTT beside MPEG-TS, whose clock says [`TIME_ZERO`] at time 0.
pub(crate) fn ts_segment_body(cues: &[Cue]) -> String {
    webvtt::write(cues, &format!("X-TIMESTAMP-MAP=MPEGTS:{TIME_ZERO},LOCAL:00:00:00.000"))
}

/// All captions of a track as one WebVTT file; `pages`: all pages of the track, in order.
pub fn whole_file<'p>(pages: impl Iterator<Item = &'p Page>) -> String {
    let cues: Vec<_> = pages.flat_map(Page::cues).cloned().collect();
    webvtt::write(&cues, "")
}

/// Cue times are presentation times, which start where the media does (RFC 8216bis §3.1.4). Apple's players
/// want it said.
const TIMESTAMP_MAP: &str = "X-TIMESTAMP-MAP=MPEGTS:0,LOCAL:00:00:00.000";

/// Samples with their durations as one fragment.
fn fragment(segment: &TextSegment, samples: Vec<(u32, Vec<u8>)>) -> Result<Vec<u8>, Error> {
    let too_large = Error::TooLarge { sample: 0, what: "a segment of captions" };
    let mut rows = Vec::with_capacity(samples.len());
    for (duration, data) in &samples {
        let size = u32::try_from(data.len()).map_err(|_| too_large.clone())?;
        rows.push(FragmentSample { duration: *duration, size, composition_offset: 0, is_sync: true });
    }
    let place = FragmentPlace {
        sequence_number: segment.number.saturating_add(1),
        track_id: TRACK_ID,
        decode_time: segment.start,
        index: None,
    };
    let shape = FragmentShape::of(&rows, DEFAULTS);
    let mut out = write_fragment_header(place, &shape, &rows).ok_or(too_large)?;
    out.extend(samples.into_iter().flat_map(|(_, data)| data));
    Ok(out)
}
