//! From source samples to packaged samples: edit lists, priming, reorder delay, holes.
//!
//! The form of the output was chosen by measuring players (ARCHITECTURE.md, "Timeline"): the first decode
//! time of every track is 0, composition offsets are never negative, and one edit whose media time is the
//! priming or reorder delay maps composition time to presentation time. There are no empty edits: a late
//! picture is shown from the start, late sound is preceded by silent frames.
//!
//! `edits` reads the edit list, `survey` finds what each edit shows, `walk` streams the packaged
//! samples. Times here are signed 64-bit ticks of the packaged track unless a name says otherwise.

mod edits;
mod survey;
mod walk;

use isobmff::{SampleTable, Timescale, Track};

pub use self::edits::MAX_MEDIA_EDITS;
pub use self::survey::Survey;
pub use self::walk::{PackagedSample, Place, Walk};
use crate::{Error, Priming};

/// What the timeline must know of a track's codec.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Media {
    /// Pictures: reordered, entered at sync samples.
    Video,
    /// Sound.
    Audio(Sound),
}

/// What the timeline must know of an audio codec.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sound {
    /// Frames before the edit that the decoder needs.
    pub preroll_frames: u32,
    /// Time before the edit that the decoder needs, in milliseconds.
    pub preroll_millis: u32,
    /// One silent frame, if this codec has one.
    pub silence: Option<Silence>,
    /// Whether every frame can be decoded on its own, whatever `stss` says.
    pub always_sync: bool,
}

/// A silent frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Silence {
    /// How long it lasts: `frame_samples / sample_rate` seconds.
    pub frame_samples: u32,
    /// See `frame_samples`.
    pub sample_rate: u32,
    /// Its size in bytes.
    pub bytes: u32,
}

/// How the samples of one track are packaged.
#[derive(Debug, Clone)]
pub struct Timeline {
    /// Ticks per second of the packaged track: the source's, or a multiple for coarse video.
    pub timescale: Timescale,
    /// Packaged ticks per source tick.
    factor: i64,
    media: Media,
    /// Composition time that is presented at 0.
    pub media_time: u32,
    spans: Vec<Span>,
    silence: Option<SilentTicks>,
    /// By how much the last picture is shortened, so that a presentation that moved back ends where the
    /// edit ends.
    tail_cut: i64,
}

/// One edit's samples.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Span {
    /// Where the first sample is read.
    at: isobmff::SampleCursor,
    /// Number of the first sample and of the first one behind the last.
    samples: std::ops::Range<u32>,
    /// Presentation time = composition time + this.
    present: i64,
    /// Decoding time of the output = decoding time + this, where that rises.
    decode: i64,
    /// Decoding time of the output's first sample; later spans follow what came before.
    first_decode: i64,
    /// Samples with another presentation time than their own, by rising number.
    moved: Vec<(u32, i64)>,
    /// Silent frames before the first sample.
    silent_frames: u32,
}

/// The length of a silent frame as an exact fraction of ticks.
#[derive(Debug, Clone, Copy)]
struct SilentTicks {
    ticks: i64,
    divisor: i64,
    bytes: u32,
}

impl SilentTicks {
    /// `None` where the codec's frame does not last what the track's frames do: then one of both is
    /// misunderstood, and filling holes would do harm.
    fn new(silence: Silence, survey: &Survey) -> Option<Self> {
        let ticks = i64::from(silence.frame_samples) * i64::from(survey.timescale.get());
        let divisor = i64::from(silence.sample_rate);
        if ticks < divisor || divisor == 0 {
            return None;
        }
        let usual = i64::from(survey.usual_duration.0) * divisor;
        let agrees = (usual - ticks).abs() <= divisor + ticks / 100;
        agrees.then_some(Self { ticks, divisor, bytes: silence.bytes })
    }

    /// `count` frames in whole ticks.
    fn span(self, count: i64) -> i64 {
        count.saturating_mul(self.ticks) / self.divisor
    }

    /// How many whole frames fit into `ticks`.
    fn fit(self, ticks: i64) -> i64 {
        ticks.saturating_mul(self.divisor) / self.ticks
    }
}

/// Video with a coarser time scale is restated in a finer one: held and squeezed pictures, and the
/// offset between tracks, need ticks well below a millisecond.
const FINE_TICKS_PER_SECOND: u32 = 10_000;

/// Most silent frames of a track: six hours of AAC. An edit list of a few bytes could ask for years.
pub const MAX_SILENT_FRAMES: u32 = 1 << 20;

/// Sound that starts later than this is preceded by silence; sound that starts less late is moved.
const LATE_MICROS: i64 = 100;

impl Timeline {
    /// The packaged time scale and the ticks in it for one source tick.
    fn scale(track: &Track, media: Media) -> (Timescale, i64) {
        let source = track.timescale.get();
        let factor = match media {
            Media::Video if source < FINE_TICKS_PER_SECOND => FINE_TICKS_PER_SECOND.div_ceil(source),
            _ => 1,
        };
        let scaled = source.checked_mul(factor).and_then(Timescale::new);
        scaled.map_or((track.timescale, 1), |scale| (scale, factor.into()))
    }

    /// The timeline of a track that has been surveyed.
    ///
    /// `origin` is taken from all presentation times; `least_media_time` is the media time of the sound
    /// that goes with a video track: clients that ignore edit lists keep both in step if they are equal.
    pub fn new(survey: &Survey, origin: i64, least_media_time: u32, priming: Priming) -> Result<Self, Error> {
        let silence = match survey.media {
            Media::Audio(Sound { silence: Some(silence), .. }) => SilentTicks::new(silence, survey),
            _ => None,
        };
        let mut timeline = Self {
            timescale: survey.timescale,
            factor: survey.factor,
            media: survey.media,
            media_time: 0,
            spans: Vec::new(),
            silence,
            tail_cut: if survey.media == Media::Video { (-origin).max(0) } else { 0 },
        };
        for shown in &survey.shown {
            let span = match survey.media {
                Media::Video => video_span(shown, survey, origin, timeline.spans.is_empty()),
                Media::Audio(_) => audio_span(shown, &timeline, (origin, priming))?,
            };
            timeline.spans.push(span);
        }
        timeline.media_time = least_media_time;
        Ok(timeline)
    }

    /// Raises the media time to what keeps every composition offset from being negative.
    ///
    /// `delay` is the largest (decoding - presentation time) of all samples, which a walk finds.
    pub fn allow_delay(&mut self, delay: i64) -> Result<(), Error> {
        let needed = u32::try_from(delay.max(0))
            .map_err(|_| Error::TooLarge { sample: 0, what: "the reorder delay" })?;
        self.media_time = match self.media {
            Media::Video => self.media_time.max(needed),
            // Sound is never delayed for the sake of pictures.
            Media::Audio(_) => needed,
        };
        Ok(())
    }

    /// What is added to a composition time of the first edit to get a presentation time, in ticks.
    pub fn shift(&self) -> i64 {
        self.spans.first().map_or(0, |span| span.present)
    }

    /// Whether the samples are sound.
    pub fn is_sound(&self) -> bool {
        matches!(self.media, Media::Audio(_))
    }

    /// All packaged samples in decoding order.
    pub fn walk<'a>(&'a self, table: &'a SampleTable) -> Walk<'a> {
        Walk::new(self, table, Place::default())
    }

    /// The packaged samples from a place on that a walk of the same timeline passed.
    pub fn walk_from<'a>(&'a self, table: &'a SampleTable, place: Place) -> Walk<'a> {
        Walk::new(self, table, place)
    }
}

/// Pictures: those before the edit get slots of one tick, the first one of the edit follows at once.
fn video_span(shown: &survey::Shown, survey: &Survey, origin: i64, is_first: bool) -> Span {
    let factor = survey.factor;
    let present = shown.present - origin;
    let first_offset = i64::from(shown.first_offset) * factor;
    let natural = shown.first_decode * factor + present + first_offset;
    let hidden = i64::try_from(shown.hidden.len()).unwrap_or(i64::MAX);
    // The presentation starts at 0 in every track, so the first edit's slots do. At a later edit the
    // picture before it gives up a few ticks, so that the edit starts at its exact time.
    let start = match is_first {
        true => 0,
        false if hidden < i64::from(survey.usual_duration.0) => shown.starts_at - origin - hidden,
        false => shown.starts_at - origin,
    };
    let mut moved: Vec<_> = shown.hidden.iter().copied().zip(start..).collect();
    let slot = start + hidden;
    let (first_shown, composed) = shown.earliest;
    if composed * factor + present != slot {
        moved.push((first_shown, slot));
    }
    moved.sort_unstable();
    Span {
        at: shown.at,
        samples: shown.samples.clone(),
        present,
        decode: present + first_offset,
        first_decode: if is_first { 0 } else { natural },
        moved,
        silent_frames: 0,
    }
}

/// Sound: exact times, silence before a late start.
fn audio_span(
    shown: &survey::Shown,
    timeline: &Timeline,
    (origin, priming): (i64, Priming),
) -> Result<Span, Error> {
    let present = shown.present - origin;
    // At a later edit there is no hiding what primes the decoder: it would sound.
    let is_first = timeline.spans.is_empty();
    let keep = match priming {
        Priming::Keep if is_first => &shown.primed,
        Priming::Keep | Priming::Drop => &shown.unprimed,
    };
    let composed = keep.decode + i64::from(keep.offset);
    let starts = composed + present;
    let mut span = Span {
        at: keep.at,
        samples: keep.index..shown.samples.end,
        present,
        decode: 0,
        first_decode: 0,
        moved: Vec::new(),
        silent_frames: 0,
    };
    if let Some(first) = timeline.spans.first() {
        // Later edits go on in the decoding time of the first.
        span.decode = present + (first.decode - first.present);
        span.first_decode = keep.decode + span.decode;
        return Ok(span);
    }
    let late_ticks = i64::from(timeline.timescale.get()) * LATE_MICROS / 1_000_000;
    if starts > late_ticks.max(2) {
        match timeline.silence {
            Some(silence) => {
                let frames = silence.fit(starts - 1) + 1;
                let within_limit = u32::try_from(frames).ok().filter(|&frames| frames <= MAX_SILENT_FRAMES);
                span.silent_frames = within_limit
                    .ok_or(Error::TooLarge { sample: 0, what: "the silence before the start" })?;
                span.first_decode = silence.span(frames);
            }
            // No silent frame: the true time, at the cost that Shaka's HLS mode starts it too early.
            None => span.first_decode = starts,
        }
    } else if starts > 0 {
        span.present -= starts;
    }
    span.decode = span.first_decode - keep.decode;
    Ok(span)
}

#[cfg(test)]
mod tests;
