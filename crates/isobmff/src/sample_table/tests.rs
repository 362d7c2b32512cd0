//! Tables laid out by hand; the answers come from ISO/IEC 14496-12 §8.6-8.7 and from mental arithmetic.

use proptest::prelude::*;

use super::*;
use crate::read::Boxes;
use crate::testing::{boxed, co64, ctts, stco, stsc, stss, stsz, stsz_constant, stts, stz2};

const STBL_AT: u64 = 500;

fn parse(tables: &[Vec<u8>]) -> Result<SampleTable, Error> {
    let bytes = Bytes::from(boxed(*b"stbl", &tables.concat()));
    let stbl = Boxes::new(FourCc(*b"minf"), &bytes, STBL_AT).next().unwrap()?;
    SampleTable::parse(&stbl, &bytes)
}

fn read(tables: &[Vec<u8>]) -> Result<Vec<Sample>, Error> {
    parse(tables)?.samples().collect()
}

/// What remains to be said of `count` samples of one byte each in one chunk at byte 0.
fn plain(count: u32) -> Vec<Vec<u8>> {
    vec![stsc(&[[1, count, 1]]), stco(&[0]), stsz_constant(1, count)]
}

fn with(tables: Vec<Vec<u8>>, more: Vec<u8>) -> Vec<Vec<u8>> {
    [tables, vec![more]].concat()
}

fn column<T>(samples: &[Sample], field: impl Fn(&Sample) -> T) -> Vec<T> {
    samples.iter().map(field).collect()
}

fn invalid(reason: &'static str) -> Error {
    Error::Invalid { kind: FourCc(*b"stbl"), offset: STBL_AT, reason }
}

/// Everything of one sample, by hand.
#[test]
fn all_fields_of_a_sample() {
    let tables = [
        stts(&[[1, 10], [1, 20]]),
        ctts(0, &[(1, 5), (1, 7)]),
        stsc(&[[1, 2, 3]]),
        stco(&[1000]),
        stsz(&[40, 50]),
        stss(&[1]),
    ];
    let expected = Sample {
        index: 1,
        decode_time: 10,
        duration: 20,
        composition_offset: 7,
        offset: 1040,
        size: 50,
        is_sync: false,
        description: 3,
    };
    assert_eq!(read(&tables).unwrap()[1], expected);
}

/// Runs of 2 × 10, 0 × 99, 1 × 0 and 2 × (2^32 - 1): decoding times 0, 10, 20, 20, 20 + 4294967295.
#[test]
fn decoding_times_are_sums_of_runs() {
    let runs = stts(&[[2, 10], [0, 99], [1, 0], [2, u32::MAX]]);
    let samples = read(&with(plain(5), runs)).unwrap();
    assert_eq!(column(&samples, |s| s.decode_time), [0, 10, 20, 20, 4_294_967_315]);
    assert_eq!(column(&samples, |s| s.duration), [10, 10, 0, u32::MAX, u32::MAX]);
}

#[test]
fn too_few_decoding_times_are_a_fault_where_they_end() {
    let table = parse(&with(plain(3), stts(&[[2, 10]]))).unwrap();
    let found: Vec<_> = table.samples().collect();
    assert_eq!(found.len(), 3);
    assert!(found[1].is_ok());
    assert_eq!(found[2], Err(invalid("`stts` describes fewer samples than `stsz`")));
    assert!(read(&with(plain(1), stts(&[]))).is_err());
}

#[test]
fn more_decoding_times_than_samples_do_not_matter() {
    assert_eq!(read(&with(plain(2), stts(&[[9, 10]]))).unwrap().len(), 2);
}

/// Version 1 is signed by the standard; version 0 is, too, in what QuickTime writes.
#[test]
fn composition_offsets_are_signed_in_both_versions() {
    for version in [0, 1] {
        let offsets = ctts(version, &[(1, -512), (0, 9), (2, 1024)]);
        let tables = with(with(plain(3), stts(&[[3, 512]])), offsets);
        assert_eq!(column(&read(&tables).unwrap(), |s| s.composition_offset), [-512, 1024, 1024]);
    }
}

#[test]
fn composition_offsets_that_end_early_are_zeros() {
    let tables = with(with(plain(4), stts(&[[4, 512]])), ctts(0, &[(2, 1024)]));
    assert_eq!(column(&read(&tables).unwrap(), |s| s.composition_offset), [1024, 1024, 0, 0]);
}

/// Chunks 1 and 2 hold two samples of entry 1, chunk 3 holds one of entry 2, chunk 4 one as well; sizes
/// are 1, 2, 3, 4, 5, 6. Chunk 2 lies before chunk 1 in the file.
#[test]
fn chunks_may_lie_in_any_order() {
    let tables = [
        stts(&[[6, 1]]),
        stsc(&[[1, 2, 1], [3, 1, 2]]),
        stco(&[9000, 100, 200, 300]),
        stsz(&[1, 2, 3, 4, 5, 6]),
    ];
    let samples = read(&tables).unwrap();
    assert_eq!(column(&samples, |s| s.offset), [9000, 9001, 100, 103, 200, 300]);
    assert_eq!(column(&samples, |s| s.description), [1, 1, 1, 1, 2, 2]);
}

/// Chunk 2 is empty: its offset is read and means nothing.
#[test]
fn a_chunk_may_be_empty() {
    let tables =
        [stts(&[[2, 1]]), stsc(&[[1, 1, 1], [2, 0, 1], [3, 1, 1]]), stco(&[10, 20, 30]), stsz_constant(4, 2)];
    assert_eq!(column(&read(&tables).unwrap(), |s| s.offset), [10, 30]);
}

#[test]
fn empty_chunks_alone_hold_no_sample() {
    let tables = [stts(&[[1, 1]]), stsc(&[[1, 0, 1]]), stco(&[10; 50]), stsz_constant(4, 1)];
    assert_eq!(read(&tables), Err(invalid("the chunks hold fewer samples than `stsz` declares")));
}

#[test]
fn chunk_runs_must_begin_at_the_first_chunk() {
    let tables = [stts(&[[1, 1]]), stsc(&[[2, 1, 1]]), stco(&[10, 20]), stsz_constant(4, 1)];
    assert_eq!(read(&tables), Err(invalid("`stsc` does not describe the first chunk")));
    let tables = [stts(&[[1, 1]]), stsc(&[]), stco(&[10, 20]), stsz_constant(4, 1)];
    assert_eq!(read(&tables), Err(invalid("`stsc` does not describe the first chunk")));
}

#[test]
fn too_few_chunks_are_a_fault_where_they_end() {
    let tables = [stts(&[[3, 1]]), stsc(&[[1, 2, 1]]), stco(&[10]), stsz_constant(4, 3)];
    let found: Vec<_> = parse(&tables).unwrap().samples().collect();
    assert!(found[..2].iter().all(Result::is_ok));
    assert_eq!(found[2], Err(invalid("the chunks hold fewer samples than `stsz` declares")));
}

/// 5 GiB is 5368709120; 64-bit offsets win where a file has both.
#[test]
fn chunk_offsets_of_64_bits() {
    let long = [5_368_709_120, 1 << 62];
    let tables = [stts(&[[2, 1]]), stsc(&[[1, 1, 1]]), stco(&[1, 2]), co64(&long), stsz_constant(4, 2)];
    assert_eq!(column(&read(&tables).unwrap(), |s| s.offset), long);
}

#[test]
fn a_sample_beyond_64_bits_is_a_fault() {
    let tables = [stts(&[[2, 1]]), stsc(&[[1, 2, 1]]), co64(&[u64::MAX - 3]), stsz_constant(4, 2)];
    assert_eq!(read(&tables), Err(invalid("a sample ends beyond 2^64 bytes")));
}

/// §8.7.3.3: two 4-bit sizes in a byte, the first in the upper half; an odd count leaves the last half
/// unused. 16-bit sizes are big-endian.
#[test]
fn compact_sizes() {
    let rest = |count| vec![stts(&[[count, 1]]), stsc(&[[1, count, 1]]), stco(&[100])];
    let sizes = |bits, count, packed: &[u8]| {
        read(&with(rest(count), stz2(bits, count, packed))).map(|s| column(&s, |s| s.size))
    };
    assert_eq!(sizes(4, 3, &[0x12, 0xf0]).unwrap(), [1, 2, 15]);
    assert_eq!(sizes(4, 4, &[0x12, 0x34]).unwrap(), [1, 2, 3, 4]);
    assert_eq!(sizes(8, 3, &[7, 0, 255]).unwrap(), [7, 0, 255]);
    assert_eq!(sizes(16, 3, &[1, 0, 0, 2, 0xff, 0xff]).unwrap(), [256, 2, 65_535]);
    assert!(matches!(sizes(4, 3, &[0x12]), Err(Error::Truncated { missing: 1, .. })));
    for bits in [0, 1, 12, 32] {
        assert!(
            matches!(sizes(bits, 1, &[0; 8]), Err(Error::Invalid { kind: FourCc(kind), .. }) if kind == *b"stz2")
        );
    }
}

#[test]
fn sizes_of_zero_and_of_32_bits() {
    let tables = [stts(&[[3, 1]]), stsc(&[[1, 3, 1]]), stco(&[100]), stsz(&[0, u32::MAX, 1])];
    let samples = read(&tables).unwrap();
    assert_eq!(column(&samples, |s| (s.offset, s.size)), [(100, 0), (100, u32::MAX), (4_294_967_395, 1)]);
}

/// §8.6.2: without the box every sample is a sync sample, with an empty one none is.
#[test]
fn sync_samples() {
    let tables = || with(plain(4), stts(&[[4, 1]]));
    let sync = |tables: &[Vec<u8>]| column(&read(tables).unwrap(), |s| s.is_sync);
    assert_eq!(sync(&tables()), [true; 4]);
    assert_eq!(sync(&with(tables(), stss(&[]))), [false; 4]);
    assert_eq!(sync(&with(tables(), stss(&[1, 3]))), [true, false, true, false]);
    assert_eq!(sync(&with(tables(), stss(&[2, 2, 2, 4, 4]))), [false, true, false, true]);
    assert_eq!(sync(&with(tables(), stss(&[0, 3, 99]))), [false, false, true, false]);
    assert!(parse(&with(tables(), stss(&[]))).unwrap().has_no_sync_sample());
    assert!(!parse(&with(tables(), stss(&[3]))).unwrap().has_no_sync_sample());
    assert!(!parse(&tables()).unwrap().has_no_sync_sample());
}

#[test]
fn no_samples_at_all() {
    let table = parse(&[stts(&[]), stsc(&[]), stco(&[]), stsz(&[])]).unwrap();
    assert!(table.is_empty());
    assert_eq!(table.samples().next(), None);
}

#[test]
fn the_limit_of_samples() {
    let at = |count| parse(&[stts(&[]), stsc(&[]), stco(&[]), stsz_constant(1, count)]);
    assert_eq!(at(MAX_CONSTANT_SIZE_SAMPLES).unwrap().len(), 2_097_152);
    let expected =
        Error::Limit { kind: FourCc(*b"stbl"), offset: STBL_AT, what: "number of samples", limit: 2_097_152 };
    assert_eq!(at(MAX_CONSTANT_SIZE_SAMPLES + 1).err(), Some(expected.clone()));
    assert_eq!(at(u32::MAX).err(), Some(expected));
}

#[test]
fn a_table_that_is_not_there_is_named() {
    let all =
        || vec![(*b"stts", stts(&[])), (*b"stsc", stsc(&[])), (*b"stco", stco(&[])), (*b"stsz", stsz(&[]))];
    for (left_out, _) in all() {
        let tables: Vec<_> =
            all().into_iter().filter(|(kind, _)| *kind != left_out).map(|(_, t)| t).collect();
        let expected = Error::Missing { kind: FourCc(left_out), parent: FourCc(*b"stbl"), offset: STBL_AT };
        assert_eq!(parse(&tables).err(), Some(expected));
    }
}

/// A table that declares 2^32 - 1 entries and has `held` bytes of them.
fn boast(kind: [u8; 4], fields_before: &[u8], held: usize) -> Vec<u8> {
    boxed(kind, &[&[0; 4], fields_before, &[0xff; 4], &vec![0; held][..]].concat())
}

/// Declared are 2^32 - 1 entries of 8, 8, 12, 4, 8, 4, 4 and 2 bytes; 24 bytes are there.
#[test]
fn a_declared_count_is_no_promise() {
    let entries = u64::from(u32::MAX);
    let rows: [(_, Vec<u8>, u64); 8] = [
        (*b"stts", vec![], entries * 8),
        (*b"ctts", vec![], entries * 8),
        (*b"stsc", vec![], entries * 12),
        (*b"stco", vec![], entries * 4),
        (*b"co64", vec![], entries * 8),
        (*b"stss", vec![], entries * 4),
        (*b"stsz", vec![0; 4], entries * 4),
        (*b"stz2", vec![0, 0, 0, 16], entries * 2),
    ];
    for (kind, fields, declared) in rows {
        let good =
            [(*b"stts", stts(&[])), (*b"stsc", stsc(&[])), (*b"stco", stco(&[])), (*b"stsz", stsz(&[]))];
        let replaces = |other: &[u8; 4]| *other == kind || (kind == *b"stz2" && other == b"stsz");
        let mut tables: Vec<_> =
            good.into_iter().filter(|(other, _)| !replaces(other)).map(|(_, t)| t).collect();
        tables.push(boast(kind, &fields, 24));
        match parse(&tables) {
            Err(Error::Truncated { kind: FourCc(named), missing, .. }) => {
                assert_eq!((named, missing), (kind, declared - 24));
            }
            other => panic!("{}: {other:?}", FourCc(kind)),
        }
    }
}

/// A table of arbitrary runs; samples may be missing on any side.
fn any_table() -> impl Strategy<Value = Vec<Vec<u8>>> {
    let count = 1u32..40;
    let times = prop::collection::vec((0u32..9, 0u32..5000), 1..9);
    let offsets = prop::collection::vec((0u32..9, -900i32..900), 0..9);
    let chunks = prop::collection::vec((1u32..3, 0u32..6, 1u32..3), 1..6);
    let sync = prop::collection::btree_set(1u32..40, 0..10);
    (count, times, offsets, chunks, sync).prop_map(|(count, times, offsets, chunks, sync)| {
        let mut first = 1;
        let runs: Vec<_> = chunks
            .iter()
            .map(|&(step, samples, description)| {
                let run = [first, samples, description];
                first += step;
                run
            })
            .collect();
        vec![
            stts(&times.iter().map(|&(count, delta)| [count, delta]).collect::<Vec<_>>()),
            ctts(1, &offsets),
            stsc(&runs),
            stco(&(0..20).map(|i| 77_777 * (i % 7) + i).collect::<Vec<_>>()),
            stsz(&(0..count).map(|i| i * 31 % 17).collect::<Vec<_>>()),
            stss(&sync.into_iter().collect::<Vec<_>>()),
        ]
    })
}

proptest! {
    /// The oracle is the walk from the start, which the tests above pin down.
    #[test]
    fn a_walk_goes_on_from_any_place(tables in any_table(), stop in 0usize..40) {
        let table = parse(&tables).unwrap();
        let whole: Vec<_> = table.samples().collect();
        let mut walk = table.samples();
        let before: Vec<_> = walk.by_ref().take(stop).collect();
        prop_assume!(before.iter().all(Result::is_ok));
        let after: Vec<_> = table.samples_from(walk.cursor()).collect();
        prop_assert_eq!([before, after].concat(), whole);
    }

    /// Oracle: decoding times are sums of durations (§8.6.1.2), and samples of a chunk are adjacent.
    #[test]
    fn times_are_sums(tables in any_table()) {
        let table = parse(&tables).unwrap();
        let samples: Vec<_> = table.samples().map_while(Result::ok).collect();
        let mut clock = 0;
        for sample in samples {
            prop_assert_eq!(sample.decode_time, clock);
            clock += u64::from(sample.duration);
        }
    }
}
