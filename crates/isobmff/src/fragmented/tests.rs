//! Fragments laid out by hand; the answers come from ISO/IEC 14496-12 §8.8 and from mental arithmetic.

mod any_cut;
mod walking;

use bytes::Bytes;

use super::hints;
use crate::read::Boxes;
use crate::testing::fragments::{Tfhd, Trun, mfra, moof, movie_of, sidx, tfdt, tfxd, with_mvex};
use crate::testing::{SourceMovie, SourceSample, SourceTrack, boxed, mp4a};
use crate::{Error, FourCc, Sample, SampleDefaults, TrackFault};

const NON_SYNC: u32 = 0x1_0000;
const DEFAULTS: SampleDefaults = SampleDefaults { description: 1, duration: 10, size: 4, flags: 0 };

/// `moov` of a movie whose tracks 1 and 2 have these samples before any fragment; each `trex` is the same.
fn head(samples: &[SourceSample], trex: SampleDefaults) -> Vec<u8> {
    let track =
        |id| SourceTrack::new(id, *b"soun", 1000, mp4a(48_000, 0x1190)).with_samples(samples.iter().copied());
    let movie = SourceMovie { timescale: 1000, tracks: vec![track(1), track(2)] };
    with_mvex(&movie.moov(), &[(1, trex), (2, trex)])
}

fn file(boxes: &[Vec<u8>]) -> Bytes {
    boxes.concat().into()
}

/// A file of a `moov` without samples, one fragment, and an `mdat` of so many bytes.
fn one_fragment(trex: SampleDefaults, trafs: &[Vec<u8>], media: usize) -> (Bytes, u64) {
    let head = head(&[], trex);
    let at = head.len() as u64;
    (file(&[head, moof(1, trafs), boxed(*b"mdat", &vec![7; media])]), at)
}

fn traf(tfhd: Tfhd, rest: &[Vec<u8>]) -> Vec<u8> {
    boxed(*b"traf", &[tfhd.bytes(), rest.concat()].concat())
}

fn tfhd(track: u32) -> Tfhd {
    Tfhd { track, is_base_moof: true, ..Tfhd::default() }
}

/// A run of samples of the default size at this place.
fn plain(count: usize, data_offset: Option<i32>) -> Vec<u8> {
    Trun { data_offset, rows: vec![vec![]; count], ..Trun::default() }.bytes()
}

fn samples(file: &Bytes, track: usize) -> Result<Vec<Sample>, TrackFault> {
    let movie = movie_of(file).unwrap();
    assert!(!movie.is_fragmented);
    let track = movie.tracks.into_iter().nth(track).unwrap()?;
    let found = track.table.samples().collect::<Result<Vec<_>, _>>().unwrap();
    assert_eq!(found.len(), track.table.len() as usize);
    Ok(found)
}

fn fault(file: &Bytes) -> Error {
    samples(file, 0).unwrap_err().error
}

fn column<T>(samples: &[Sample], field: impl Fn(&Sample) -> T) -> Vec<T> {
    samples.iter().map(field).collect()
}

/// Everything of one sample, by hand: all fields from the run, then from `tfhd`, then from `trex`.
#[test]
fn fields_come_from_the_run_then_the_fragment_then_the_movie() {
    let run = Trun {
        version: 1,
        row_flags: 0xf00,
        data_offset: Some(500),
        first_flags: None,
        rows: vec![vec![30, 5, 0, (-7i32).cast_unsigned()], vec![31, 6, NON_SYNC, 9]],
    };
    let own =
        Tfhd { duration: Some(20), size: Some(9), flags: Some(NON_SYNC), description: Some(3), ..tfhd(2) };
    let trex = SampleDefaults { description: 2, duration: 11, size: 3, flags: 0 };
    let trafs = [traf(tfhd(1), &[run.bytes(), plain(1, Some(600))]), traf(own, &[plain(1, Some(700))])];
    let (file, at) = one_fragment(trex, &trafs, 900);
    let expected = Sample {
        index: 1,
        decode_time: 30,
        duration: 31,
        composition_offset: 9,
        offset: at + 505,
        size: 6,
        is_sync: false,
        description: 2,
    };
    let first = samples(&file, 0).unwrap();
    assert_eq!(first[1], expected);
    assert_eq!((first[0].composition_offset, first[0].is_sync), (-7, true));
    let third = Sample {
        index: 2,
        decode_time: 61,
        duration: 11,
        composition_offset: 0,
        offset: at + 600,
        size: 3,
        is_sync: true,
        description: 2,
    };
    assert_eq!(first[2], third);
    let other = samples(&file, 1).unwrap()[0];
    assert_eq!((other.duration, other.size, other.is_sync, other.description), (20, 9, false, 3));
}

/// §8.8.8: the first sample's own flags go before those of its row. Bits 24 and 25 say that a sample depends
/// on others, or does not.
#[test]
fn sync_samples_are_told_by_their_flags() {
    let rows = [0, NON_SYNC, 0x0200_0000, 0x0100_0000, 0x0101_0000].map(|flags| vec![flags]).to_vec();
    let run =
        Trun { row_flags: 0x400, first_flags: Some(NON_SYNC), data_offset: Some(0), rows, ..Trun::default() };
    let (file, _) = one_fragment(DEFAULTS, &[traf(tfhd(1), &[run.bytes()])], 0);
    assert_eq!(column(&samples(&file, 0).unwrap(), |s| s.is_sync), [false, false, true, false, false]);
    let run = Trun { first_flags: Some(0), data_offset: Some(0), rows: vec![vec![]; 2], ..Trun::default() };
    let own = Tfhd { flags: Some(NON_SYNC), ..tfhd(1) };
    let (file, _) = one_fragment(DEFAULTS, &[traf(own, &[run.bytes()])], 0);
    assert_eq!(column(&samples(&file, 0).unwrap(), |s| s.is_sync), [true, false]);
}

/// §8.8.7.1 and §8.8.8.2: samples of 4 bytes; a run without an offset follows the one before.
#[test]
fn data_offsets_count_from_four_bases() {
    let offsets = |own: Tfhd, next: Tfhd| {
        let trafs = [
            traf(own, &[plain(2, Some(300)), plain(1, None), plain(1, Some(330))]),
            traf(next, &[plain(1, Some(5)), plain(1, None)]),
        ];
        let (file, at) = one_fragment(DEFAULTS, &trafs, 1000);
        let places = |track| {
            let found = samples(&file, track).unwrap();
            column(&found, |s| s.offset.cast_signed() - at.cast_signed())
        };
        (places(0), places(1))
    };
    let first = vec![300, 304, 308, 330];
    let none = |track| Tfhd { is_base_moof: false, ..tfhd(track) };
    assert_eq!(offsets(tfhd(1), tfhd(2)), (first.clone(), vec![5, 9]), "from the `moof`");
    assert_eq!(offsets(none(1), none(2)), (first.clone(), vec![339, 343]), "behind the data before");
    let explicit = Tfhd { base: Some(50), is_base_moof: false, ..tfhd(2) };
    let at = i64::try_from(head(&[], DEFAULTS).len()).unwrap();
    assert_eq!(offsets(none(1), explicit), (first, vec![55 - at, 59 - at]), "from a byte of the file");
}

/// Early Shaka Packager counts from the `moof` and does not say so: the second track then lies right behind
/// the first.
#[test]
fn offsets_that_can_only_count_from_the_moof_do() {
    let none = |track| Tfhd { is_base_moof: false, ..tfhd(track) };
    let trafs = [traf(none(1), &[plain(3, Some(300))]), traf(none(2), &[plain(2, Some(312))])];
    let (file, at) = one_fragment(DEFAULTS, &trafs, 1000);
    assert_eq!(column(&samples(&file, 1).unwrap(), |s| s.offset), [at + 312, at + 316]);
}

/// Fragments of two samples of 10 ticks each: one after the other where no `tfdt` says otherwise; a later one
/// makes the sample before it longer, an earlier one shorter.
#[test]
fn decoding_times_lead_from_fragment_to_fragment() {
    let part = |number, time: Option<u64>| {
        let time = time.map(|time| tfdt(u8::from(time > u32::MAX.into()), time));
        let run = plain(2, Some(0));
        moof(number, &[traf(tfhd(1), &[time.unwrap_or_default(), run])])
    };
    let read = |times: &[Option<u64>]| {
        let parts = (1..).zip(times).map(|(number, &time)| part(number, time));
        file(&[vec![head(&[], DEFAULTS)], parts.collect()].concat())
    };
    let times = |list: &[Option<u64>]| column(&samples(&read(list), 0).unwrap(), |s| s.decode_time);
    let lengths = |list: &[Option<u64>]| column(&samples(&read(list), 0).unwrap(), |s| s.duration);
    assert_eq!(times(&[None, None]), [0, 10, 20, 30]);
    assert_eq!(times(&[Some(1 << 39), None]), [0, 10, 20, 30].map(|t| t + (1 << 39)));
    assert_eq!(lengths(&[Some(5), Some(100)]), [10, 85, 10, 10]);
    assert_eq!(times(&[Some(5), Some(100)]), [5, 15, 100, 110]);
    assert_eq!(lengths(&[None, Some(13)]), [10, 3, 10, 10]);
    assert_eq!(lengths(&[None, Some(10)]), [10, 0, 10, 10]);
    let moof_bytes = part(1, None).len() as u64;
    // `moof`, `mfhd`, `traf`, `tfhd`, `tfdt`.
    let offset = head(&[], DEFAULTS).len() as u64 + moof_bytes + 8 + 16 + 8 + 16;
    let reason = "the fragment starts before the last sample of the one before";
    let kind = FourCc(*b"tfdt");
    assert_eq!(fault(&read(&[None, Some(9)])), Error::Invalid { kind, offset, reason });
    assert!(matches!(fault(&read(&[None, Some(1 << 33)])), Error::Invalid { .. }));
    assert_eq!(samples(&read(&[None, Some(9)]), 1), Ok(vec![]), "the other track is none the worse");
}

/// Times of Smooth Streaming; those before 0 are stated modulo 2^64.
#[test]
fn a_track_may_begin_before_0() {
    let part = |number, time: i64| {
        let time = tfxd(time.cast_unsigned(), 20);
        moof(number, &[traf(tfhd(1), &[time, plain(2, Some(0))])])
    };
    let file = file(&[head(&[], DEFAULTS), part(1, -15), part(2, 7)]);
    let found = samples(&file, 0).unwrap();
    // Composition times: -15, -5, 7, 17.
    let composed = |s: &Sample| s.decode_time.cast_signed() + i64::from(s.composition_offset);
    assert_eq!(column(&found, composed), [-15, -5, 7, 17]);
    assert_eq!(column(&found, |s| s.decode_time), [0, 10, 22, 32]);
    assert!(matches!(fault(&self::file(&[head(&[], DEFAULTS), part(1, i64::MIN)])), Error::Invalid { .. }));
}

/// Seconds since 1970 in both tracks: 50,000,000,000 s and 0.25 s more for the second. An edit from 3 s on keeps
/// what it hides.
#[test]
fn far_times_come_near() {
    let start = 50_000_000_000_000;
    let read = |edits: &[(u64, Option<u64>)]| {
        let track = |id| SourceTrack::new(id, *b"soun", 1000, mp4a(48_000, 0x1190)).with_edits(edits);
        let movie = SourceMovie { timescale: 1000, tracks: vec![track(1), track(2)] };
        let head = with_mvex(&movie.moov(), &[(1, DEFAULTS), (2, DEFAULTS)]);
        let part = |track, time| traf(tfhd(track), &[tfdt(1, time), plain(2, Some(0))]);
        let file = file(&[head, moof(1, &[part(1, start + 100), part(2, start + 350)])]);
        [0, 1].map(|track| column(&samples(&file, track).unwrap(), |s| s.decode_time))
    };
    assert_eq!(read(&[]), [[100, 110], [350, 360]]);
    assert_eq!(read(&[(0, Some(3000))]), [[4100, 4110], [4350, 4360]]);
}

/// A `traf` without samples lasts its default duration (§8.8.7).
#[test]
fn an_empty_fragment_lasts() {
    let pause = Tfhd { is_empty: true, duration: Some(70), ..tfhd(1) };
    let run = |number| moof(number, &[traf(tfhd(1), &[plain(1, Some(0))])]);
    let pause = |number| moof(number, &[traf(pause, &[])]);
    let file = file(&[head(&[], DEFAULTS), pause(1), run(2), pause(3), run(4)]);
    assert_eq!(column(&samples(&file, 0).unwrap(), |s| (s.decode_time, s.duration)), [(70, 80), (150, 10)]);
}

/// Samples in `moov` come first; track 1 lies at 16 MiB, so the file is said to reach there by an `mdat`.
#[test]
fn a_hybrid_goes_on_where_moov_ends() {
    let first =
        [SourceSample::sync(10, 5), SourceSample { offset: 3, is_sync: false, ..SourceSample::sync(12, 6) }];
    let head = head(&first, DEFAULTS);
    let at = head.len() as u64;
    let run = moof(1, &[traf(tfhd(1), &[tfdt(0, 25), plain(1, Some(100))])]);
    let file = file(&[head, run, boxed(*b"mdat", &vec![0; 40 << 20])]);
    let found = samples(&file, 0).unwrap();
    assert_eq!(column(&found, |s| (s.decode_time, s.duration)), [(0, 10), (10, 15), (25, 10)]);
    assert_eq!(column(&found, |s| s.offset), [1 << 24, (1 << 24) + 5, at + 100]);
    assert_eq!(column(&found, |s| (s.composition_offset, s.is_sync)), [(0, true), (3, false), (0, true)]);
    assert_eq!(samples(&file, 1).unwrap().len(), 2, "the track without fragments keeps its tables");
}

/// A recording that broke off: what is there of the last fragment is kept, sample by sample.
#[test]
fn the_last_fragment_may_be_cut() {
    let trafs =
        [traf(tfhd(1), &[plain(3, Some(500)), plain(1, None)]), traf(tfhd(2), &[plain(1, Some(450))])];
    let (whole, at) = one_fragment(DEFAULTS, &trafs, 600);
    let count = |len: u64| {
        let cut = whole.slice(..usize::try_from(at + len).unwrap());
        [0, 1].map(|track| samples(&cut, track).unwrap().len())
    };
    assert_eq!(count(516), [4, 1]);
    assert_eq!(count(511), [2, 1]);
    assert_eq!(count(503), [0, 1]);
    assert_eq!(count(453), [0, 0]);
    assert_eq!(count(30), [0, 0], "in the `moof`");
    assert_eq!(count(3), [0, 0]);
}

/// Samples beyond the end in the middle of a file are no cut.
#[test]
fn samples_beyond_the_end_are_a_fault_if_fragments_follow() {
    let run = |at| moof(1, &[traf(tfhd(1), &[plain(1, Some(at))])]);
    let file = file(&[head(&[], DEFAULTS), run(5000), run(0)]);
    assert!(matches!(fault(&file), Error::Invalid { kind: FourCc([b't', b'r', b'u', b'n']), .. }));
}

/// Nothing is allocated from a count, and nothing read that the box does not have.
#[test]
fn counts_are_bounded() {
    let counted = |row_flags, count: u32| {
        let mut run = Trun { row_flags, data_offset: Some(0), ..Trun::default() }.bytes();
        run[12..16].copy_from_slice(&count.to_be_bytes());
        one_fragment(SampleDefaults { size: 0, ..DEFAULTS }, &[traf(tfhd(1), &[run])], 8).0
    };
    assert!(matches!(movie_of(&counted(0x200, 1000)), Err(Error::Truncated { missing: 4000, .. })));
    assert!(matches!(fault(&counted(0, u32::MAX)), Error::Limit { .. }));
    assert!(matches!(fault(&counted(0, (1 << 21) + 1)), Error::Limit { .. }));
    assert_eq!(samples(&counted(0, 1 << 21), 0).unwrap().len(), 1 << 21);
}

#[test]
fn tracks_that_are_not_in_the_movie_are_passed_over() {
    let none = |track| Tfhd { is_base_moof: false, ..tfhd(track) };
    let trafs = [traf(none(9), &[plain(3, Some(300))]), traf(none(1), &[plain(1, Some(0))])];
    let trafs = [trafs[0].clone(), trafs[1].clone()];
    // No `trex` either, so its samples have no size of their own.
    let (file, at) = one_fragment(DEFAULTS, &trafs, 1000);
    assert_eq!(column(&samples(&file, 0).unwrap(), |s| s.offset), [at + 300]);
}

/// Oracle: §8.16.3 and §8.8.10, in both versions.
#[test]
fn hints_are_where_the_indexes_say() {
    for version in [0, 1] {
        let bytes = [boxed(*b"free", &[0; 92]), sidx(version, 7, &[100, 0x8000_0064, 300])].concat();
        let sidx = Boxes::new(FourCc(*b"file"), &bytes, 0).nth(1).unwrap().unwrap();
        let mut found = Vec::new();
        hints::of_sidx(&sidx, &mut found).unwrap();
        let end = bytes.len() as u64;
        assert_eq!(found, [7, 107, 207].map(|at| end + at));
        let bytes = mfra(version, &[11, 22, 33]);
        let tail = [&[9; 40][..], &bytes].concat();
        assert_eq!(hints::mfra_bytes(&tail), Some(bytes.len() as u64));
        let mut found = Vec::new();
        hints::of_mfra(&bytes, &mut found).unwrap();
        assert_eq!(found, [11, 22, 33]);
    }
    let bytes = [vec![9; 31], moof(1, &[]), vec![9; 5]].concat();
    assert_eq!((hints::fragment_in(&bytes), hints::fragment_in(&bytes[32..])), (Some(31), None));
    assert_eq!(hints::mfra_bytes(&[0; 40]), None);
    assert_eq!(hints::mfra_bytes(b"mfro"), None);
    assert_eq!(hints::thinned(vec![50, 10, 12, 31, 20, 5], 10, 10), [10, 20, 31, 50]);
}
