//! Key frames of a video track: what trick play shows.
//!
//! `segmentation` collects them while it walks over all samples; the head of the index keeps when each is
//! shown and how long it is, and a page keeps which of its samples they are.

use isobmff::{FragmentSample, FragmentShape, Timescale, TrackDefaults};

use crate::PackagedTrack;

/// Most key frames of a track: one every 2 s for 18 hours. Of more than these, every other one goes.
pub(crate) const MAX_KEY_FRAMES: usize = 1 << 15;
/// Of the key frames of each such part of a second the first is kept: where all pictures are, half a second
/// apart is all that trick play needs. Segments of whole half seconds then begin with one that is kept.
const PARTS_PER_SECOND: i64 = 2;

/// A picture that decodes alone. Times in ticks of its track.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyFrame {
    /// When it is presented: what URLs name it by.
    pub start: u64,
    /// When the next one of the list is presented; the end of the track for the last.
    pub end: u64,
    /// Bytes of the picture alone.
    pub bytes: u32,
}

impl KeyFrame {
    /// How long it stands for, in ticks.
    pub fn duration(&self) -> u64 {
        self.end.saturating_sub(self.start)
    }

    /// The only sample of its fragment: it is decoded when it is presented, so that fragments follow each
    /// other in both; the track's edit takes `media_time` from the time of composition.
    pub(crate) fn sample(&self, media_time: u32) -> FragmentSample {
        FragmentSample {
            duration: u32::try_from(self.duration()).unwrap_or(u32::MAX),
            size: self.bytes,
            composition_offset: media_time,
            is_sync: true,
        }
    }

    /// Bytes of its fragment in a track with these defaults and this media time.
    pub(crate) fn fragment_bytes(&self, defaults: TrackDefaults, media_time: u32) -> u64 {
        let shape = FragmentShape::of(&[self.sample(media_time)], defaults);
        shape.header_bytes() + u64::from(self.bytes)
    }
}

impl PackagedTrack {
    /// Bytes of a key frame as a fragment of its own.
    pub fn key_frame_bytes(&self, key_frame: &KeyFrame) -> u64 {
        key_frame.fragment_bytes(self.segmentation.defaults, self.media_time)
    }

    /// The key frame that is presented at exactly this time.
    pub fn key_frame_at(&self, start: u64) -> Option<&KeyFrame> {
        let at = self.key_frames.binary_search_by_key(&start, |key_frame| key_frame.start).ok()?;
        self.key_frames.get(at)
    }
}

/// A key frame on the way into the index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct KeySample {
    /// When it is presented, in ticks.
    pub(crate) start: u64,
    pub(crate) bytes: u32,
    /// Number of the sample in the packaged track, from 0.
    pub(crate) sample: u32,
}

/// Collects key frames in decoding order; bounded, however many there are.
#[derive(Debug)]
pub(crate) struct KeyFrameScan {
    timescale: i64,
    /// Parts of a second that are taken for one, as a power of two.
    shift: u32,
    found: Vec<KeySample>,
}

impl KeyFrameScan {
    pub(crate) fn new(timescale: Timescale) -> Self {
        Self { timescale: timescale.get().into(), shift: 0, found: Vec::new() }
    }

    /// A sync sample. What is not presented after the last one, or in the same part of a second, is passed over.
    pub(crate) fn see(&mut self, presentation_time: i64, bytes: u32, sample: u32) {
        let Ok(start) = u64::try_from(presentation_time) else { return };
        let part = self.part(start);
        if self.found.last().is_some_and(|last| self.part(last.start) >= part) {
            return;
        }
        self.found.push(KeySample { start, bytes, sample });
        if self.found.len() > MAX_KEY_FRAMES {
            self.shift += 1;
            self.thin_out();
        }
    }

    /// The key frames that are presented before the track ends.
    pub(crate) fn before(mut self, end: u64) -> Vec<KeySample> {
        self.found.retain(|found| found.start < end);
        self.found
    }

    fn part(&self, start: u64) -> i64 {
        let part = i128::from(start) * i128::from(PARTS_PER_SECOND) / i128::from(self.timescale);
        i64::try_from(part).unwrap_or(i64::MAX) >> self.shift.min(62)
    }

    fn thin_out(&mut self) {
        let mut found = std::mem::take(&mut self.found);
        found.dedup_by_key(|found| self.part(found.start));
        self.found = found;
    }
}

/// The key frames of a track that ends at `end`.
pub(crate) fn key_frames(samples: &[KeySample], end: u64) -> Vec<KeyFrame> {
    let ends = samples.iter().skip(1).map(|next| next.start).chain([end]);
    let made = |(key, end): (&KeySample, u64)| KeyFrame { start: key.start, end, bytes: key.bytes };
    samples.iter().zip(ends).map(made).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scan() -> KeyFrameScan {
        KeyFrameScan::new(Timescale::new(1000).unwrap())
    }

    fn starts(scan: KeyFrameScan, end: u64) -> Vec<u64> {
        scan.before(end).iter().map(|found| found.start).collect()
    }

    /// 25 pictures a second, all of them key frames: the first of each half second, that is, at or after it.
    #[test]
    fn one_each_half_second() {
        let mut scan = scan();
        (0..60).for_each(|i| scan.see(i * 40, 1, 0));
        assert_eq!(starts(scan, 2_400), [0, 520, 1000, 1520, 2000]);
    }

    #[test]
    fn what_is_not_shown_in_order_is_passed_over() {
        let mut scan = scan();
        for time in [-40, 0, 2000, 1000, 4000, 6000] {
            scan.see(time, 1, 0);
        }
        assert_eq!(starts(scan, 6_000), [0, 2000, 4000]);
    }

    /// A year of one picture a second is 31.5 million: thinned to one every 1024 s.
    #[test]
    fn bounded() {
        let mut scan = scan();
        (0..31_536_000).for_each(|second| scan.see(second * 1000, 1, 0));
        let found = starts(scan, u64::MAX);
        assert_eq!(found[..3], [0, 1_024_000, 2_048_000]);
        assert_eq!(found.len(), 31_536_000usize.div_ceil(1024));
    }

    #[test]
    fn each_lasts_until_the_next() {
        let samples = [0, 2000].map(|start| KeySample { start, bytes: 7, sample: 0 });
        let found: Vec<_> = key_frames(&samples, 3500).iter().map(|k| (k.start, k.duration())).collect();
        assert_eq!(found, [(0, 2000), (2000, 1500)]);
    }
}
