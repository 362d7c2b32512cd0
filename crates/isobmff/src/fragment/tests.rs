use super::*;

const VIDEO: TrackDefaults = TrackDefaults { duration: 512, flags: NON_SYNC_FLAGS };

fn sample(duration: u32, size: u32, composition_offset: u32, is_sync: bool) -> FragmentSample {
    FragmentSample { duration, size, composition_offset, is_sync }
}

fn written(samples: &[FragmentSample], track: TrackDefaults) -> Vec<u8> {
    let shape = FragmentShape::of(samples, track);
    let place = FragmentPlace { sequence_number: 3, track_id: 1, decode_time: 0x1_0000_0002, index: None };
    let bytes = write_fragment_header(place, &shape, samples).unwrap();
    assert_eq!(bytes.len() as u64, shape.header_bytes());
    bytes
}

/// Oracle: bytes laid out by hand from the syntax tables of §8.8.
#[test]
fn two_video_samples() {
    let bytes = written(&[sample(512, 1000, 1024, true), sample(512, 10, 0, false)], VIDEO);
    #[rustfmt::skip]
    let expected = [
        0, 0, 0, 24, b's', b't', b'y', b'p', b'm', b's', b'd', b'h', 0, 0, 0, 0,
        b'm', b's', b'd', b'h', b'c', b'm', b'f', b's',
        0, 0, 0, 108, b'm', b'o', b'o', b'f',
        0, 0, 0, 16, b'm', b'f', b'h', b'd', 0, 0, 0, 0, 0, 0, 0, 3,
        0, 0, 0, 84, b't', b'r', b'a', b'f',
        0, 0, 0, 16, b't', b'f', b'h', b'd', 0, 2, 0, 0, 0, 0, 0, 1,
        0, 0, 0, 20, b't', b'f', b'd', b't', 1, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 2,
        0, 0, 0, 40, b't', b'r', b'u', b'n', 0, 0, 0x0a, 0x05, 0, 0, 0, 2, 0, 0, 0, 116,
        2, 0, 0, 0,
        0, 0, 3, 0xe8, 0, 0, 4, 0,
        0, 0, 0, 10, 0, 0, 0, 0,
        0, 0, 3, 0xfa, b'm', b'd', b'a', b't',
    ];
    assert_eq!(bytes, expected);
}

/// 6 s of 25 pictures a second with a sync sample every 2 s: 150 × 8 bytes, three runs.
#[test]
fn overhead_of_video() {
    let samples: Vec<_> = (0..150).map(|i| sample(512, 5000 + i, 1024, i % 50 == 0)).collect();
    assert_eq!(written(&samples, VIDEO).len(), 24 + 52 + 16 + 3 * 24 + 1200 + 8);
}

/// 6 s of AAC: 282 × 4 bytes of sizes, nothing else for each sample.
#[test]
fn overhead_of_audio() {
    let samples: Vec<_> = (0..282).map(|i| sample(1024, 300 + i, 0, true)).collect();
    let bytes = written(&samples, TrackDefaults { duration: 1024, flags: SYNC_FLAGS });
    assert_eq!(bytes.len(), 24 + 52 + 16 + 20 + 282 * 4 + 8);
}

#[test]
fn constant_sizes_and_odd_durations_go_to_defaults() {
    let samples = vec![sample(999, 64, 0, true); 5];
    // Duration and size and flags in `tfhd`, nothing for each sample.
    assert_eq!(written(&samples, VIDEO).len(), 24 + 52 + 16 + 12 + 20 + 8);
}

#[test]
fn many_sync_samples_are_flagged_one_by_one() {
    let samples: Vec<_> = (0..20).map(|i| sample(512, i, 0, i % 2 == 0)).collect();
    // One run; size and flags for each sample.
    assert_eq!(written(&samples, VIDEO).len(), 24 + 52 + 16 + 20 + 20 * 8 + 8);
}

/// One odd duration at the end costs a run of its own (20 + 4 + 4 bytes), not 4 bytes a sample.
#[test]
fn an_odd_last_duration_is_cheap() {
    let mut samples: Vec<_> = (0..282).map(|i| sample(1024, 300 + i, 0, true)).collect();
    samples[281].duration = 512;
    let bytes = written(&samples, TrackDefaults { duration: 1024, flags: SYNC_FLAGS });
    assert_eq!(bytes.len(), 24 + 52 + 16 + 20 + 281 * 4 + (20 + 8) + 8);
}

#[test]
fn four_gigabytes_are_refused() {
    let samples = vec![sample(1, u32::MAX, 0, true); 2];
    let shape = FragmentShape::of(&samples, VIDEO);
    let place = FragmentPlace { sequence_number: 1, track_id: 1, decode_time: 0, index: None };
    assert_eq!(write_fragment_header(place, &shape, &samples), None);
}
