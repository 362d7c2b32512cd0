//! Streams the packaged samples of a track; any place on the way can be kept and returned to.

use isobmff::{Sample, SampleCursor, SampleTable};

use super::{Media, Sound, Timeline};
use crate::Error;

/// One sample of the output, in decoding order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PackagedSample {
    /// Where its bytes lie in the source; `None`: a silent frame.
    pub offset: Option<u64>,
    /// Bytes.
    pub size: u32,
    /// Decoding time of the output, in ticks; rises from sample to sample.
    pub decode_time: i64,
    /// Presentation time in ticks; before 0 for sound that only primes the decoder.
    pub presentation_time: i64,
    /// Ticks to the next sample's decoding time.
    pub duration: u32,
    /// Whether decoding can start here.
    pub is_sync: bool,
}

/// A place in a walk.
#[derive(Debug, Clone, Copy, Default)]
pub struct Place {
    span: usize,
    source: SampleCursor,
    /// The next sample of the source and its decoding time in the output.
    pending: Option<(Sample, i64)>,
    /// Silent frames still to come before it.
    silent_left: u32,
    is_started: bool,
}

/// Iterator over packaged samples; ends after the first fault.
#[derive(Debug, Clone)]
pub struct Walk<'a> {
    timeline: &'a Timeline,
    table: &'a SampleTable,
    place: Place,
    failed: bool,
}

impl<'a> Walk<'a> {
    pub(super) fn new(timeline: &'a Timeline, table: &'a SampleTable, place: Place) -> Self {
        Self { timeline, table, place, failed: false }
    }

    /// The place of the next sample.
    pub fn place(&mut self) -> Result<Place, Error> {
        if !self.place.is_started {
            self.start()?;
        }
        Ok(self.place)
    }

    fn start(&mut self) -> Result<(), Error> {
        self.place.is_started = true;
        if let Some(span) = self.timeline.spans.first() {
            self.place.source = span.at;
            self.place.silent_left = span.silent_frames;
            self.place.pending = self.read_source()?.map(|sample| (sample, span.first_decode));
        }
        Ok(())
    }

    /// The next sample of the present span.
    fn read_source(&mut self) -> Result<Option<Sample>, Error> {
        let mut samples = self.table.samples_from(self.place.source);
        let sample = samples.next().transpose()?;
        self.place.source = samples.cursor();
        Ok(sample)
    }

    fn advance(&mut self) -> Result<Option<PackagedSample>, Error> {
        if !self.place.is_started {
            self.start()?;
        }
        let Some((sample, decode)) = self.place.pending else { return Ok(None) };
        if self.place.silent_left > 0 {
            return self.silent_frame(decode).map(Some);
        }
        let presentation_time = self.presentation_time(&sample);
        let natural_end = decode + i64::from(sample.duration) * self.timeline.factor;
        let next = self.next_pending(decode)?;
        let last_end = natural_end - self.timeline.tail_cut.min((natural_end - decode) / 2);
        let mut end = next.map_or(last_end, |(_, next)| next);
        self.place.silent_left =
            next.map_or(0, |(_, next)| self.silence_in_hole(natural_end, (decode, next)));
        if let (Some(silence), 1..) = (self.timeline.silence, self.place.silent_left) {
            end -= silence.span(self.place.silent_left.into());
        }
        self.place.pending = next;
        let duration = duration(end - decode, sample.index)?;
        Ok(Some(PackagedSample {
            offset: Some(sample.offset),
            size: sample.size,
            decode_time: decode,
            presentation_time,
            duration,
            is_sync: sample.is_sync || self.is_always_sync(),
        }))
    }

    /// The sample after the pending one and its decoding time: its own, or one tick after `decode` where
    /// the source does not leave that much (squeezed pictures, durations of zero).
    fn next_pending(&mut self, decode: i64) -> Result<Option<(Sample, i64)>, Error> {
        let spans = &self.timeline.spans;
        let Some(span) = spans.get(self.place.span) else { return Ok(None) };
        let at_end = self.place.pending.is_none_or(|(sample, _)| sample.index + 1 >= span.samples.end);
        if !at_end {
            let natural = |sample: &Sample| ticks(sample.decode_time) * self.timeline.factor + span.decode;
            let next = self.read_source()?;
            return Ok(next.map(|sample| (sample, natural(&sample).max(decode + 1))));
        }
        let Some(later) = spans.get(self.place.span + 1) else { return Ok(None) };
        self.place.span += 1;
        self.place.source = later.at;
        let first_decode = later.first_decode.max(decode + 1);
        Ok(self.read_source()?.map(|sample| (sample, first_decode)))
    }

    /// How many silent frames fill the hole between a frame's own end and the next frame.
    fn silence_in_hole(&self, natural_end: i64, (decode, next): (i64, i64)) -> u32 {
        let Some(silence) = self.timeline.silence else { return 0 };
        // `stts` bridges a hole with a long duration; the sound lasts one frame all the same.
        let sound_end = natural_end.min(decode + silence.span(1));
        u32::try_from(silence.fit(next - sound_end)).unwrap_or(0)
    }

    /// The first of the silent frames left before `next`.
    fn silent_frame(&mut self, next: i64) -> Result<PackagedSample, Error> {
        let Some(silence) = self.timeline.silence else { return Err(Error::Empty) };
        let left = i64::from(self.place.silent_left);
        let decode_time = next - silence.span(left);
        self.place.silent_left -= 1;
        Ok(PackagedSample {
            offset: None,
            size: silence.bytes,
            decode_time,
            presentation_time: decode_time - self.audio_delay(),
            duration: duration(next - silence.span(left - 1) - decode_time, 0)?,
            is_sync: true,
        })
    }

    /// Decoding minus presentation time of sound, which has one for the whole track.
    fn audio_delay(&self) -> i64 {
        let pending = self.place.pending.map(|(sample, decode)| decode - self.presentation_time(&sample));
        pending.unwrap_or(0)
    }

    fn presentation_time(&self, sample: &Sample) -> i64 {
        let Some(span) = self.timeline.spans.get(self.place.span) else { return 0 };
        let moved = span.moved.binary_search_by_key(&sample.index, |&(index, _)| index);
        if let Some(&(_, time)) = moved.ok().and_then(|found| span.moved.get(found)) {
            return time;
        }
        let composed = ticks(sample.decode_time) + i64::from(sample.composition_offset);
        composed * self.timeline.factor + span.present
    }

    fn is_always_sync(&self) -> bool {
        matches!(self.timeline.media, Media::Audio(Sound { always_sync: true, .. }))
    }
}

impl Iterator for Walk<'_> {
    type Item = Result<PackagedSample, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.failed {
            return None;
        }
        let item = self.advance().transpose();
        self.failed = matches!(item, Some(Err(_)));
        item
    }
}

fn duration(ticks: i64, sample: u32) -> Result<u32, Error> {
    u32::try_from(ticks).map_err(|_| Error::TooLarge { sample, what: "the duration" })
}

/// The survey has refused decoding times of 2^50 and more.
fn ticks(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(0)
}
