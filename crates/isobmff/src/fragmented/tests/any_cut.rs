//! A film cut into fragments in any way has the samples that it has in progressive tables.
//!
//! Oracle: the list of samples that the fragments were made of, and where the writer below put each.

use super::*;

const CASES: u64 = 3_000;

struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 20) % limit
    }

    fn is(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    fn one_of<T: Copy>(&mut self, list: &[T]) -> T {
        list[usize::try_from(self.below(list.len() as u64)).unwrap()]
    }

    fn count(&mut self, limit: usize) -> usize {
        usize::try_from(self.below(limit as u64)).unwrap()
    }
}

/// What is left to be written of a track, and what is expected of what was.
struct Track {
    id: u32,
    trex: SampleDefaults,
    left: std::collections::VecDeque<SourceSample>,
    clock: u64,
    expected: Vec<Sample>,
}

impl Track {
    fn new(id: u32, random: &mut Random) -> Self {
        let durations = random.one_of(&[&[512][..], &[1024, 1024, 1023], &[1, 0, 90_000]]);
        let sizes = random.one_of(&[&[100][..], &[0, 1, 7, 300]]);
        let offsets = random.one_of(&[&[0][..], &[0, 512, 1024], &[-5, 1 << 20, 0]]);
        let sync = random.one_of(&[100, 0, 50, 5]);
        let trex = SampleDefaults {
            description: 1 + u32::try_from(random.below(2)).unwrap(),
            duration: random.one_of(durations),
            size: random.one_of(sizes),
            flags: random.one_of(&[0, NON_SYNC]),
        };
        let sample = |random: &mut Random| SourceSample {
            duration: random.one_of(durations),
            offset: random.one_of(offsets),
            size: random.one_of(sizes),
            is_sync: random.is(sync),
            description: trex.description,
        };
        let count = random.count(60);
        let left = (0..count).map(|_| sample(random)).collect();
        Self { id, trex, left, clock: 0, expected: Vec::new() }
    }

    /// `tfhd`, and the defaults that hold with it.
    fn header(&self, (base, media_at): (Base, u64), random: &mut Random) -> (Tfhd, SampleDefaults) {
        let own = |random: &mut Random, value| random.is(30).then_some(value);
        let tfhd = Tfhd {
            track: self.id,
            base: (base == Base::Byte).then_some(media_at),
            description: own(random, self.trex.description),
            duration: own(random, 512),
            size: own(random, 100),
            flags: own(random, NON_SYNC),
            is_empty: false,
            is_base_moof: base == Base::Moof,
        };
        let defaults = SampleDefaults {
            description: self.trex.description,
            duration: tfhd.duration.unwrap_or(self.trex.duration),
            size: tfhd.size.unwrap_or(self.trex.size),
            flags: tfhd.flags.unwrap_or(self.trex.flags),
        };
        (tfhd, defaults)
    }

    /// The next samples as a run at this place of the file; what is the same in all is said once, or not at all.
    fn run(
        &mut self,
        count: usize,
        (defaults, at): (SampleDefaults, u64),
        random: &mut Random,
    ) -> (Trun, u64) {
        let taken: Vec<_> = self.left.drain(..count.min(self.left.len())).collect();
        let flags = |sample: &SourceSample| if sample.is_sync { 0 } else { NON_SYNC };
        let needs = |is_default: &dyn Fn(&SourceSample) -> bool, random: &mut Random| {
            random.is(30) || !taken.iter().all(is_default)
        };
        let duration = needs(&|s| s.duration == defaults.duration, random);
        let size = needs(&|s| s.size == defaults.size, random);
        let later_flags = taken.iter().skip(1).any(|s| flags(s) != defaults.flags);
        let first_flags = taken.first().filter(|_| !later_flags && random.is(50)).map(flags);
        let own_flags = first_flags.is_none() && needs(&|s| flags(s) == defaults.flags, random);
        let composition = needs(&|s| s.offset == 0, random);
        let fields = [(0x100, duration), (0x200, size), (0x400, own_flags), (0x800, composition)];
        let row_flags = fields.iter().filter(|(_, is_there)| *is_there).map(|(flag, _)| flag).sum();
        let row = |s: &SourceSample| {
            let values = [s.duration, s.size, flags(s), s.offset.cast_unsigned()];
            values
                .into_iter()
                .zip(fields)
                .filter(|(_, (_, is_there))| *is_there)
                .map(|(value, _)| value)
                .collect()
        };
        let rows = taken.iter().map(row).collect();
        let mut end = at;
        for sample in &taken {
            self.expect(sample, end);
            end += u64::from(sample.size);
        }
        (Trun { version: 1, row_flags, data_offset: None, first_flags, rows }, end)
    }

    fn expect(&mut self, sample: &SourceSample, offset: u64) {
        self.expected.push(Sample {
            index: u32::try_from(self.expected.len()).unwrap(),
            decode_time: self.clock,
            duration: sample.duration,
            composition_offset: sample.offset,
            offset,
            size: sample.size,
            is_sync: sample.is_sync,
            description: sample.description,
        });
        self.clock += u64::from(sample.duration);
    }

    /// Moves the clock, which changes how long the last sample lasts.
    fn leap(&mut self, random: &mut Random) {
        let ahead = random.below(3000);
        let back = self.expected.last().map_or(0, |last| random.below(u64::from(last.duration) + 1));
        self.clock = if random.is(50) { self.clock + ahead } else { self.clock - back };
        let clock = self.clock;
        if let Some(last) = self.expected.last_mut() {
            last.duration = u32::try_from(clock - last.decode_time).unwrap();
        }
    }
}

/// What data offsets of a `traf` count from.
#[derive(Clone, Copy, PartialEq)]
enum Base {
    Byte,
    Moof,
    Neither,
}

/// One fragment at `at`; its `mdat` comes behind or before it.
fn fragment(tracks: &mut [Track], at: u64, random: &mut Random) -> Vec<u8> {
    let is_media_first = random.is(20);
    let media_start = if is_media_first { at + 8 } else { 0 };
    // The places of data follow from the length of the `moof`, which they do not change: laid out twice from
    // the same state.
    let state = random.0;
    let saved: Vec<_> = tracks.iter().map(|t| (t.left.clone(), t.clock, t.expected.clone())).collect();
    let (draft, media) = lay_out(tracks, (0, media_start), random);
    random.0 = state;
    for (track, (left, clock, expected)) in tracks.iter_mut().zip(saved) {
        (track.left, track.clock, track.expected) = (left, clock, expected);
    }
    let mdat = boxed(*b"mdat", &vec![7; usize::try_from(media).unwrap()]);
    let (moof_at, start) =
        if is_media_first { (at + mdat.len() as u64, at + 8) } else { (at, at + draft.len() as u64 + 8) };
    let (moof, _) = lay_out(tracks, (moof_at, start), random);
    assert_eq!(moof.len(), draft.len());
    if is_media_first { [mdat, moof].concat() } else { [moof, mdat].concat() }
}

/// The `moof`, and how many bytes of media it describes.
fn lay_out(tracks: &mut [Track], (moof_at, media_at): (u64, u64), random: &mut Random) -> (Vec<u8>, u64) {
    let mut at = media_at;
    // Where the data before ends; nothing if that is the `moof`.
    let mut data_end = None;
    let mut trafs = Vec::new();
    for track in tracks {
        if random.is(20) {
            continue;
        }
        let base = random.one_of(&[Base::Byte, Base::Moof, Base::Neither]);
        let (tfhd, defaults) = track.header((base, media_at), random);
        let count_from = match base {
            Base::Byte => media_at,
            Base::Moof => moof_at,
            Base::Neither => data_end.unwrap_or(moof_at),
        };
        let mut boxes = vec![tfhd.bytes()];
        let leaps = random.is(30);
        if leaps && !track.left.is_empty() {
            track.leap(random);
        }
        if leaps || random.is(70) {
            boxes.push(tfdt(1, track.clock));
        }
        let mut behind = match base {
            Base::Byte => Some(media_at),
            Base::Moof => None,
            Base::Neither => data_end,
        };
        let no_run = boxes.len();
        let mut is_leap_used = false;
        for _ in 0..random.count(4) {
            at += if random.is(20) { random.below(30) } else { 0 };
            let count = 1 + random.count(8);
            let (mut run, end) = track.run(count, (defaults, at), random);
            is_leap_used |= !run.rows.is_empty();
            let place = i32::try_from(at.cast_signed() - count_from.cast_signed()).unwrap();
            run.data_offset = (Some(at) != behind || random.is(50)).then_some(place);
            boxes.push(run.bytes());
            (at, behind) = (end, Some(end));
        }
        if leaps && !is_leap_used && !track.left.is_empty() {
            // A `tfdt` without samples says nothing: the next one gives the time again.
            let (mut run, end) = track.run(1, (defaults, at), random);
            run.data_offset = Some(i32::try_from(at.cast_signed() - count_from.cast_signed()).unwrap());
            boxes.push(run.bytes());
            (at, behind) = (end, Some(end));
        }
        if boxes.len() > no_run {
            data_end = behind;
        }
        trafs.push(boxed(*b"traf", &boxes.concat()));
    }
    (moof(1, &trafs), at - media_at)
}

fn check(seed: u64) {
    let mut random = Random((seed + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    let mut tracks: Vec<_> =
        (1..2 + u32::try_from(random.below(3)).unwrap()).map(|id| Track::new(id, &mut random)).collect();
    let source = |track: &Track| SourceTrack::new(track.id, *b"soun", 1000, mp4a(48_000, 0x1190));
    let movie = SourceMovie { timescale: 1000, tracks: tracks.iter().map(source).collect() };
    let trex: Vec<_> = tracks.iter().map(|track| (track.id, track.trex)).collect();
    let mut bytes = with_mvex(&movie.moov(), &trex);
    while tracks.iter().any(|track| !track.left.is_empty()) {
        if random.is(30) {
            let kind = random.one_of(&[*b"styp", *b"emsg", *b"prft", *b"free", *b"mdat", *b"sidx"]);
            bytes.extend(boxed(kind, &vec![3; random.count(60)]));
        }
        let at = bytes.len() as u64;
        bytes.extend(fragment(&mut tracks, at, &mut random));
    }
    let file = Bytes::from(bytes);
    for (index, track) in tracks.iter().enumerate() {
        assert_eq!(samples(&file, index).as_ref(), Ok(&track.expected), "seed {seed}, track {}", track.id);
    }
}

#[test]
fn any_cut_of_a_film_has_its_samples() {
    (0..CASES).for_each(check);
}
