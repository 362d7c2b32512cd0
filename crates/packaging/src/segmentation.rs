//! Where segments begin. Nothing else decides this: manifests and segments both read these lists.
//!
//! Every track is cut on the same grid of `segment_millis`: a segment begins at the first sync sample at
//! or after each grid line (every audio frame is one). Grid lines without a new sync sample merge. So the
//! segments of a track follow from that track and the grid alone.

use isobmff::{FragmentSample, MAX_SAMPLES, SampleTable, Timescale, TrackDefaults};

use crate::key_frames::{KeyFrameScan, KeySample};
use crate::timeline::{MAX_SILENT_FRAMES, PackagedSample, Place, Timeline};
use crate::{Error, Policy};

/// Most samples of one segment: two hours of video without a second sync sample. A segment's samples are
/// in memory at once.
const MAX_SEGMENT_SAMPLES: u32 = 1 << 18;

/// One segment of a track.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Segment {
    /// How many samples it has.
    pub samples: u32,
    /// `tfdt` in ticks.
    pub decode_time: u64,
    /// Sum of its sample durations in ticks.
    pub duration: u64,
    /// Start on the presentation timeline in ticks: what manifests and URLs name it by.
    pub start: u64,
    /// End on the presentation timeline in ticks: the start of the next.
    pub end: u64,
    /// Bytes of the whole segment.
    pub bytes: u64,
}

/// All segments of a track, and what they have in common.
#[derive(Debug)]
pub struct Segmentation {
    /// In order of time; never empty.
    pub segments: Vec<Segment>,
    /// What `trex` says.
    pub defaults: TrackDefaults,
    /// Whether a segment begins with pictures that are shown before its first sync sample, as in open
    /// groups of pictures. Those may need the segment before, so such a track promises less.
    pub has_leading_pictures: bool,
    /// Whether segments carry a `sidx`.
    pub has_index: bool,
}

impl Segmentation {
    /// The segment that starts at exactly this time.
    pub fn starting_at(&self, start: u64) -> Option<&Segment> {
        let index = self.segments.binary_search_by_key(&start, |segment| segment.start).ok()?;
        self.segments.get(index)
    }

    /// Type of the stream access point that every segment starts with at best (ISO/IEC 14496-12 Annex I):
    /// 3 where pictures shown before the sync sample may need the segment before.
    pub fn sap_type(&self) -> u8 {
        sap_type(self.has_leading_pictures)
    }

    /// How many samples all segments have.
    pub fn samples(&self) -> u64 {
        self.segments.iter().map(|segment| u64::from(segment.samples)).sum()
    }

    /// End of the last segment on the presentation timeline, in ticks.
    pub fn end(&self) -> u64 {
        self.segments.last().map_or(0, |segment| segment.end)
    }
}

/// Where segments begin: what one walk over all samples finds. Their sizes take another walk.
#[derive(Debug)]
pub(crate) struct Cuts {
    /// In order of time; never empty.
    pub(crate) list: Vec<Cut>,
    pub(crate) defaults: TrackDefaults,
    /// How many samples the output has.
    pub(crate) samples: u32,
    /// Pictures for trick play; none of sound.
    pub(crate) key_frames: Vec<KeySample>,
    has_leading_pictures: bool,
    pub(crate) has_index: bool,
}

/// One segment before its size is known. All times in ticks.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cut {
    /// Where its first sample is read.
    pub(crate) place: Place,
    pub(crate) samples: u32,
    pub(crate) ticks: u64,
    pub(crate) decode_time: u64,
    pub(crate) start: u64,
    pub(crate) end: u64,
}

impl Cuts {
    /// Cuts a track and settles its media time, which all composition offsets depend on.
    pub(crate) fn new(
        timeline: &mut Timeline,
        table: &SampleTable,
        policy: Policy,
        flags: u32,
    ) -> Result<Self, Error> {
        let mut scan = Scan::new(timeline, policy);
        let mut walk = timeline.walk(table);
        loop {
            let place = walk.place()?;
            let Some(sample) = walk.next() else { break };
            scan.see(&sample?, place)?;
        }
        timeline.allow_delay(scan.delay)?;
        scan.join_tail();
        scan.present();
        if scan.cuts.is_empty() {
            return Err(Error::NothingShown);
        }
        let end = scan.cuts.last().map_or(0, |last| last.end);
        Ok(Self {
            key_frames: scan.key_frames.before(end),
            list: scan.cuts,
            defaults: TrackDefaults { duration: scan.usual_duration.0, flags },
            samples: scan.samples,
            has_leading_pictures: scan.has_leading_pictures,
            has_index: policy.segment_index,
        })
    }

    /// As [`Segmentation::sap_type`].
    pub(crate) fn sap_type(&self) -> u8 {
        sap_type(self.has_leading_pictures)
    }

    /// End of the last segment on the presentation timeline, in ticks.
    pub(crate) fn end(&self) -> u64 {
        self.list.last().map_or(0, |last| last.end)
    }

    /// The segments, given the size of each.
    pub(crate) fn measured(self, bytes: &[u64]) -> Segmentation {
        let segment = |(cut, &bytes): (&Cut, &u64)| Segment {
            samples: cut.samples,
            decode_time: cut.decode_time,
            duration: cut.ticks,
            start: cut.start,
            end: cut.end,
            bytes,
        };
        Segmentation {
            segments: self.list.iter().zip(bytes).map(segment).collect(),
            defaults: self.defaults,
            has_leading_pictures: self.has_leading_pictures,
            has_index: self.has_index,
        }
    }
}

fn sap_type(has_leading_pictures: bool) -> u8 {
    if has_leading_pictures { 3 } else { 1 }
}

/// The first walk: boundaries, delay, and facts about the samples.
struct Scan {
    timescale: Timescale,
    is_sound: bool,
    grid_millis: u32,
    cuts: Vec<Cut>,
    next_line: i64,
    /// Presentation time of the very first sample.
    presented: i64,
    /// Presentation time of the sync sample that the present segment began with, until another comes.
    entry: Option<i64>,
    samples: u32,
    silent_frames: u32,
    delay: i64,
    /// A candidate for the most common duration, and its lead over all others.
    usual_duration: (u32, u32),
    has_leading_pictures: bool,
    key_frames: KeyFrameScan,
}

impl Scan {
    fn new(timeline: &Timeline, policy: Policy) -> Self {
        Self {
            timescale: timeline.timescale,
            is_sound: timeline.is_sound(),
            grid_millis: policy.segment_millis.get(),
            cuts: Vec::new(),
            next_line: 0,
            presented: 0,
            entry: None,
            samples: 0,
            silent_frames: 0,
            delay: 0,
            usual_duration: (0, 0),
            has_leading_pictures: false,
            key_frames: KeyFrameScan::new(timeline.timescale),
        }
    }

    fn see(&mut self, sample: &PackagedSample, place: Place) -> Result<(), Error> {
        if self.cuts.is_empty() || sample.is_sync {
            self.entry = None;
            if self.cuts.is_empty() || self.reaches_line(sample.presentation_time) {
                self.next_line = self.line_after(sample.presentation_time);
                if self.cuts.is_empty() {
                    self.presented = sample.presentation_time;
                }
                let decode_time = u64::try_from(sample.decode_time)
                    .map_err(|_| Error::TooLarge { sample: self.samples, what: "the decoding time" })?;
                self.cuts.push(Cut { place, samples: 0, ticks: 0, decode_time, start: 0, end: 0 });
                self.entry = Some(sample.presentation_time);
            }
        }
        self.has_leading_pictures |= self.entry.is_some_and(|entry| sample.presentation_time < entry);
        if let Some(cut) = self.cuts.last_mut() {
            cut.samples += 1;
            cut.ticks += u64::from(sample.duration);
        }
        if sample.is_sync && !self.is_sound {
            self.key_frames.see(sample.presentation_time, sample.size, self.samples);
        }
        self.samples += 1;
        let in_segment = self.cuts.last().map_or(0, |cut| cut.samples);
        if self.samples > MAX_SAMPLES || in_segment > MAX_SEGMENT_SAMPLES {
            return Err(Error::TooLarge { sample: self.samples, what: "the number of samples" });
        }
        self.silent_frames += u32::from(sample.offset.is_none());
        if self.silent_frames > MAX_SILENT_FRAMES {
            return Err(Error::TooLarge { sample: self.samples, what: "the silence in holes of the sound" });
        }
        self.delay = self.delay.max(sample.decode_time - sample.presentation_time);
        self.vote(sample.duration);
        Ok(())
    }

    /// Number of the first grid line after a time.
    fn line_after(&self, time: i64) -> i64 {
        let grid = i128::from(self.grid_millis) * i128::from(self.timescale.get());
        let line = (i128::from(time.max(0)) * 1000).div_euclid(grid) + 1;
        i64::try_from(line).unwrap_or(i64::MAX)
    }

    fn reaches_line(&self, time: i64) -> bool {
        let grid = i128::from(self.grid_millis) * i128::from(self.timescale.get());
        i128::from(time) * 1000 >= i128::from(self.next_line) * grid
    }

    fn vote(&mut self, duration: u32) {
        self.usual_duration = match self.usual_duration {
            (_, 0) => (duration, 1),
            (value, lead) if value == duration => (value, lead + 1),
            (value, lead) => (value, lead - 1),
        };
    }

    /// A last segment of less than a tenth of a second, or of one picture, becomes part of the one before:
    /// it is not worth a request, and hls.js stalls before its end at higher speeds.
    fn join_tail(&mut self) {
        let [.., before, tail] = self.cuts.as_slice() else { return };
        let is_brief = tail.ticks * 10 < self.timescale.get().into();
        let picture = before.ticks / u64::from(before.samples.max(1));
        let is_short = is_brief || (!self.is_sound && tail.ticks * 2 < picture * 3);
        if !is_short {
            return;
        }
        if let (Some(tail), Some(before)) = (self.cuts.pop(), self.cuts.last_mut()) {
            before.samples += tail.samples;
            before.ticks += tail.ticks;
        }
    }

    /// Gives every segment its place on the presentation timeline, which starts at 0. The first segment of a
    /// sound track is shortened by what the edit list hides; only sound without a silent frame may start
    /// later.
    fn present(&mut self) {
        let presented = if self.is_sound { self.presented } else { 0 };
        let mut start = u64::try_from(presented).unwrap_or(0);
        let mut hidden = u64::try_from(-presented).unwrap_or(0);
        for cut in &mut self.cuts {
            cut.start = start;
            cut.end = (start + cut.ticks).saturating_sub(hidden);
            (start, hidden) = (cut.end, 0);
        }
    }
}

/// A packaged sample as the segment writer takes it.
pub(crate) fn fragment_sample(timeline: &Timeline, sample: &PackagedSample) -> Result<FragmentSample, Error> {
    let composed = sample.presentation_time + i64::from(timeline.media_time);
    let composition_offset = u32::try_from(composed - sample.decode_time)
        .map_err(|_| Error::TooLarge { sample: 0, what: "the composition offset" })?;
    Ok(FragmentSample {
        duration: sample.duration,
        size: sample.size,
        composition_offset,
        is_sync: sample.is_sync,
    })
}

#[cfg(test)]
mod tests;
