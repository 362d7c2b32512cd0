//! Text tracks: where their samples lie and when they are shown.

use std::ops::Range;

use bytes::Bytes;
use isobmff::codec::{Codec, describe};
use isobmff::{FourCc, Timescale, Track};

use super::{Origin, used_entry};
use crate::language;
use crate::route::{TrackKind, TrackName};
use crate::set::Labels;
use crate::text::MILLISECONDS;
use crate::timeline::{Media, Sound, Survey, Timeline};
use crate::{Clip, Error, Priming};

/// Most samples of a text track: one for each picture of a film of two hours.
const MAX_SAMPLES: usize = 1 << 18;
/// Largest sample: a TTML document of a whole film.
const MAX_SAMPLE_BYTES: u32 = 4 << 20;
/// Most bytes of all samples of a track.
const MAX_BYTES: u64 = 16 << 20;
/// Most bytes of all tracks: they are in memory together.
pub(super) const MAX_BYTES_OF_ALL: u64 = 32 << 20;
/// Captions follow the edit list as sound does that needs no decoder.
const PLAIN: Sound = Sound { preroll_frames: 0, preroll_millis: 0, silence: None, always_sync: true };

/// A text track whose samples have not been read.
#[derive(Debug)]
pub(crate) struct TextDraft {
    pub(crate) name: TrackName,
    pub(crate) handler: FourCc,
    pub(crate) format: FourCc,
    /// The whole sample entry.
    pub(crate) entry: Bytes,
    pub(crate) labels: Labels,
    pub(crate) is_enabled: bool,
    pub(crate) iso_language: [u8; 3],
    /// What is added to times of the media to get those of the presentation, in milliseconds.
    pub(crate) shift: i64,
    /// In order of time.
    pub(crate) samples: Vec<TextSample>,
}

/// A sample of text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TextSample {
    /// When it is shown, in milliseconds of the presentation.
    pub(crate) start: u64,
    pub(crate) end: u64,
    /// Where it lies in the file.
    pub(crate) bytes: Range<u64>,
}

impl TextDraft {
    /// `origin` is taken from all times, as from those of pictures and sound.
    pub(super) fn new(
        track: &Track,
        movie: (Timescale, Option<Clip>),
        (file_bytes, origin): (u64, Option<Origin>),
    ) -> Result<Self, Error> {
        let number = match track.table.samples().next() {
            Some(sample) => sample?.description,
            None => return Err(Error::Empty),
        };
        let entry = used_entry(track, number)?;
        let Codec::Text(format) = describe(entry)? else { return Err(Error::NotMedia(track.handler)) };
        if !matches!(&format.0, b"tx3g" | b"text" | b"wvtt" | b"stpp" | b"c608") {
            return Err(Error::Text(format));
        }
        let survey = Survey::new(track, Media::Audio(PLAIN), movie, file_bytes);
        let (shift, samples) = match survey {
            // Nobody speaks during the clip; the choice stays.
            Err(Error::NothingShown) if movie.1.is_some() => (0, Vec::new()),
            survey => shown(&survey?, origin, track)?,
        };
        Ok(Self {
            name: TrackName { kind: TrackKind::Text, number: track.id },
            handler: track.handler,
            format,
            entry: entry.bytes().clone(),
            labels: Labels::of_track(track),
            is_enabled: track.is_enabled,
            iso_language: language::iso_letters(&track.language),
            shift,
            samples,
        })
    }
}

/// What is added to times of the media in milliseconds, and the samples.
fn shown(survey: &Survey, origin: Option<Origin>, track: &Track) -> Result<(i64, Vec<TextSample>), Error> {
    let origin = Origin::in_scale(origin, survey.timescale)?;
    let timeline = Timeline::new(survey, origin, 0, Priming::Drop)?;
    let shift = timeline.timescale.rescale(timeline.shift(), MILLISECONDS);
    let shift = shift.ok_or(Error::TooLarge { sample: 0, what: "the start" })?;
    Ok((shift, samples(&timeline, track)?))
}

impl TextDraft {
    /// The same, if its samples have no more bytes than are left, which are then taken away.
    pub(super) fn within(self, left: &mut u64) -> Result<Self, Error> {
        let bytes = self.samples.iter().map(|sample| sample.bytes.end - sample.bytes.start).sum();
        let too_large = Error::TooLarge { sample: 0, what: "the text of all tracks" };
        *left = left.checked_sub(bytes).ok_or(too_large)?;
        Ok(self)
    }
}

fn samples(timeline: &Timeline, track: &Track) -> Result<Vec<TextSample>, Error> {
    let mut out = Vec::new();
    let mut total = 0;
    for (number, sample) in (0u32..).zip(timeline.walk(&track.table)) {
        let sample = sample?;
        let too_large = |what| Error::TooLarge { sample: number, what };
        let time = |ticks: i64| millis(ticks, timeline.timescale).ok_or(too_large("a caption's time"));
        let start = time(sample.presentation_time)?;
        let end = time(sample.presentation_time.saturating_add(sample.duration.into()))?;
        let Some(at) = sample.offset.filter(|_| end > start && sample.size > 0) else { continue };
        total += u64::from(sample.size);
        if sample.size > MAX_SAMPLE_BYTES || total > MAX_BYTES || out.len() == MAX_SAMPLES {
            return Err(too_large("the text"));
        }
        out.push(TextSample { start, end, bytes: at..at + u64::from(sample.size) });
    }
    Ok(out)
}

/// Milliseconds, to the nearest; what comes before the start is at the start.
fn millis(ticks: i64, scale: Timescale) -> Option<u64> {
    let ticks = u128::try_from(ticks.max(0)).ok()?;
    let scale = u128::from(scale.get());
    u64::try_from((ticks * 1000 + scale / 2) / scale).ok()
}
