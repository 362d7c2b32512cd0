//! Where segments begin, worked out by hand.

use isobmff::testing::SourceSample;

use super::*;
use crate::synthetic::{
    Made, MadeTrack, a2, aac, every, numbered, package, package_with, pictures, reordered, samples, v1, video,
};

fn starts(track: &MadeTrack) -> Vec<u64> {
    track.segmentation.segments.iter().map(|s| s.start).collect()
}

fn counts(track: &MadeTrack) -> Vec<u32> {
    track.segmentation.segments.iter().map(|s| s.samples).collect()
}

/// Pictures of 25 a second with these samples, cut every `millis`.
fn cut_video(millis: u32, samples: Vec<SourceSample>) -> Made {
    package_with(every(millis), 1000, vec![video().with_samples(samples)]).unwrap()
}

/// AAC at 48 kHz with one frame of priming.
fn cut_sound(millis: u32, frames: usize) -> Made {
    package_with(every(millis), 1000, vec![aac(frames).with_edits(&[(0, Some(1024))])]).unwrap()
}

/// What holds for every track: a segment begins where the one before ends, lasts what its samples last,
/// and is as long as its plan says.
fn assert_consistent(track: &MadeTrack) {
    let walked = samples(track);
    let mut rest = walked.as_slice();
    let mut end = track.segmentation.segments[0].start;
    for segment in &track.segmentation.segments {
        let (own, later) = rest.split_at(segment.samples as usize);
        rest = later;
        assert!(own[0].is_sync);
        assert_eq!(i128::from(segment.decode_time), own[0].decode_time.into());
        assert_eq!(segment.duration, own.iter().map(|s| u64::from(s.duration)).sum::<u64>());
        let media_bytes = own.iter().map(|s| u64::from(s.size)).sum::<u64>();
        assert_eq!(segment.start, end);
        end = segment.end;
        let plan = track.plan(segment.start);
        assert_eq!(plan.content_length, segment.bytes);
        assert_eq!(plan.pieces[0].len() + media_bytes, segment.bytes);
    }
    assert!(rest.is_empty());
    assert_eq!((track.segmentation.end(), track.segmentation.samples()), (end, walked.len() as u64));
}

/// 14 s in groups of 2 s: lines at 6 s (76800) and 12 s (153600), with a sync sample on each.
#[test]
fn pictures_on_the_grid() {
    let asset = cut_video(6000, pictures(350, 50));
    assert_eq!(starts(v1(&asset)), [0, 76_800, 153_600]);
    assert_eq!(counts(v1(&asset)), [150, 150, 50]);
    assert_eq!(v1(&asset).segmentation.end(), 179_200);
    assert_consistent(v1(&asset));
    let asset = cut_video(2000, pictures(350, 50));
    assert_eq!(starts(v1(&asset)), [0, 25_600, 51_200, 76_800, 102_400, 128_000, 153_600]);
    assert_consistent(v1(&asset));
}

/// Groups of 60 pictures are 2.4 s: the first sync samples at or after 6 and 12 s come at 7.2 and 12 s.
#[test]
fn pictures_beside_the_grid() {
    let asset = cut_video(6000, pictures(400, 60));
    assert_eq!(starts(v1(&asset)), [0, 92_160, 153_600]);
    assert_consistent(v1(&asset));
}

/// Groups of 5 s on a grid of 2 s: lines 2 and 4 merge, line 6 is reached at 10 s with line 8.
#[test]
fn lines_without_a_new_sync_sample_merge() {
    let asset = cut_video(2000, pictures(375, 125));
    assert_eq!(starts(v1(&asset)), [0, 64_000, 128_000]);
    assert_eq!(counts(v1(&asset)), [125, 125, 125]);
    // Groups of 4 s on a grid of 6 s: 8 s for line 6, 12 s for line 12.
    let asset = cut_video(6000, pictures(400, 100));
    assert_eq!(starts(v1(&asset)), [0, 102_400, 153_600]);
    assert_eq!(counts(v1(&asset)), [200, 100, 100]);
}

#[test]
fn one_sync_sample_is_one_segment() {
    let asset = cut_video(2000, pictures(500, 500));
    assert_eq!((starts(v1(&asset)), counts(v1(&asset))), (vec![0], vec![500]));
}

/// 30000/1001 pictures a second, groups of 60 (2.002 s): sync samples at 6.006, 12.012 and 18.018 s are the
/// first after their lines.
#[test]
fn groups_that_drift_from_the_grid() {
    let mut track = video();
    track.timescale = 30_000;
    track.samples = pictures(600, 60).into_iter().map(|s| SourceSample { duration: 1001, ..s }).collect();
    let asset = package(vec![track]);
    assert_eq!(starts(v1(&asset)), [0, 180_180, 360_360, 540_540]);
    assert_consistent(v1(&asset));
}

/// Frame k is heard at 1024 k. 288000 / 1024 = 281.25: frame 282 at 288768; 576000 / 1024 = 562.5: frame
/// 563 at 576512. The first segment has the priming frame as well.
#[test]
fn sound_on_the_grid_of_6_s() {
    let asset = cut_sound(6000, 700);
    let track = a2(&asset);
    assert_eq!(starts(track), [0, 288_768, 576_512]);
    assert_eq!(counts(track), [283, 281, 136]);
    let first = track.segmentation.segments[0];
    assert_eq!((first.decode_time, first.duration, first.end), (0, 283 * 1024, 288_768));
    // The second decodes at its start plus the media time.
    assert_eq!(track.segmentation.segments[1].decode_time, 288_768 + 1024);
    assert_eq!(track.segmentation.end(), 699 * 1024);
    assert_consistent(track);
}

/// 96000 / 1024 = 93.75: frame 94; 192000 / 1024 = 187.5: frame 188; 288000: frame 282.
#[test]
fn sound_on_the_grid_of_2_s() {
    let asset = cut_sound(2000, 350);
    assert_eq!(starts(a2(&asset)), [0, 96_256, 192_512, 288_768]);
    assert_eq!(counts(a2(&asset)), [95, 94, 94, 67]);
    assert_consistent(a2(&asset));
}

/// A tenth of a second is 4800 samples: four frames (4096) join, five (5120) do not.
#[test]
fn a_short_tail_of_sound_joins() {
    let asset = cut_sound(6000, 283 + 4);
    assert_eq!((starts(a2(&asset)), counts(a2(&asset))), (vec![0], vec![287]));
    assert_consistent(a2(&asset));
    let asset = cut_sound(6000, 283 + 5);
    assert_eq!((starts(a2(&asset)), counts(a2(&asset))), (vec![0, 288_768], vec![283, 5]));
}

/// A tenth of a second is 1280 ticks of 12800 a second.
#[test]
fn a_brief_tail_of_pictures_joins() {
    let with_last = |duration| {
        let mut samples = pictures(151, 50);
        samples[150].duration = duration;
        cut_video(6000, samples)
    };
    assert_eq!(counts(v1(&with_last(1279))), [151]);
    assert_eq!(counts(v1(&with_last(1280))), [150, 1]);
    assert_consistent(v1(&with_last(1279)));
}

/// Pictures last 2560 ticks, a fifth of a second: 3839 ticks are less than one and a half, 3840 are not.
#[test]
fn a_tail_of_one_picture_joins() {
    let with_last = |duration| {
        let mut samples = pictures(31, 10);
        for sample in &mut samples {
            sample.duration = 2560;
        }
        samples[30].duration = duration;
        cut_video(6000, samples)
    };
    assert_eq!(counts(v1(&with_last(3839))), [31]);
    assert_eq!(counts(v1(&with_last(3840))), [30, 1]);
}

#[test]
fn a_tail_has_nothing_to_join_in_a_single_segment() {
    assert_eq!(counts(a2(&cut_sound(6000, 2))), [2]);
}

#[test]
fn segments_are_found_by_their_exact_start() {
    let asset = cut_sound(6000, 700);
    let found = |start| a2(&asset).segmentation.starting_at(start).map(|s| s.start);
    assert_eq!(found(0), Some(0));
    assert_eq!(found(288_768), Some(288_768));
    for start in [1, 288_000, 288_767, 288_769, 716_800, u64::MAX] {
        assert_eq!(found(start), None);
    }
}

/// Pictures and sound are cut on one grid: late sound begins with 46 silent frames, 160 samples before 0,
/// so frame k is heard at 1024 k - 160: the first at or after 288000 is 282 (288608).
#[test]
fn silence_counts_as_sound() {
    let track = aac(600).with_edits(&[(978, None), (0, Some(0))]);
    let asset = package(vec![video().with_samples(pictures(300, 50)), track]);
    assert_eq!(starts(a2(&asset))[..2], [0, 288_608]);
    assert_consistent(a2(&asset));
    assert_consistent(v1(&asset));
}

/// A picture that is held from 0 to 1 s (12800) belongs to the first segment; the grid counts from 0.
#[test]
fn a_held_picture_counts() {
    let track = video().with_samples(pictures(250, 25)).with_edits(&[(1000, None), (0, Some(0))]);
    let asset = package(vec![track, aac(600)]);
    // Sync samples come at 0 (held), 2, 3, … 10 s.
    assert_eq!(starts(v1(&asset)), [0, 76_800]);
    assert_eq!(counts(v1(&asset)), [125, 125]);
    assert_consistent(v1(&asset));
}

/// The last picture of each group but the first is shown before its sync sample.
#[test]
fn leading_pictures_are_noticed() {
    let closed = cut_video(2000, reordered(20, &[0, 3, 1, 2], 1024));
    assert!(!v1(&closed).segmentation.has_leading_pictures);
    assert_eq!(v1(&closed).segmentation.sap_type(), 1);
    let mut open = pictures(150, 50);
    for sync in [50, 100] {
        open[sync].offset = 512;
        open[sync + 1].offset = -512;
    }
    let open = cut_video(2000, open);
    assert!(v1(&open).segmentation.has_leading_pictures);
    assert_eq!(v1(&open).segmentation.sap_type(), 3);
    assert_consistent(v1(&open));
}

#[test]
fn the_usual_duration_is_the_default() {
    let mut samples = numbered(vec![512; 9]);
    samples[4].duration = 700;
    let asset = cut_video(6000, samples);
    assert_eq!(v1(&asset).segmentation.defaults.duration, 512);
}

/// Two samples of 2^30 bytes: more than a signed 32-bit data offset reaches.
#[test]
fn a_segment_of_two_gigabytes_is_refused() {
    let mut track = video().with_samples(pictures(2, 2));
    track.samples.iter_mut().for_each(|sample| sample.size = 1 << 30);
    let asset = package(vec![track, aac(9)]);
    let expected = Error::TooLarge { sample: 0, what: "the size of a segment" };
    assert_eq!(asset.left_out[0].reason, expected.to_string());
}

/// A file of a few hundred bytes can declare millions of samples without a sync sample among them; a
/// segment's samples are in memory at once.
#[test]
fn a_segment_of_too_many_samples_is_refused() {
    let count = MAX_SEGMENT_SAMPLES as usize + 1;
    let found = package_with(every(6000), 1000, vec![video().with_samples(pictures(count, count))]);
    assert!(found.unwrap_err().to_string().contains("the number of samples does not fit"));
    let asset = cut_video(60_000, pictures(2000, 1000));
    assert_consistent(v1(&asset));
}
