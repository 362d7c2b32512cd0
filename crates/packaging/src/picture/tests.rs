//! Shapes and rotations as a viewer sees them.

use isobmff::testing::{SourceSample, avc1, boxed};

use super::*;
use crate::TrackCodec;
use crate::synthetic::{numbered, package, pictures, reordered, v1, video};

const ONE: i32 = 0x1_0000;
const W: i32 = 0x4000_0000;

/// A coded size, a `pasp`, a `tkhd` size in whole pixels, a matrix.
fn picture(coded: (u16, u16), pasp: Option<[u8; 2]>, stated: (u32, u32), matrix: [i32; 9]) -> Picture {
    let pasp = pasp.map_or_else(Vec::new, |[h, v]| boxed(*b"pasp", &[0, 0, 0, h, 0, 0, 0, v]));
    let mut track = video().with_samples(pictures(5, 5));
    track.entries = vec![avc1(coded, &pasp)];
    track.size = (stated.0 << 16, stated.1 << 16);
    track.matrix = matrix;
    of(vec![track])
}

fn of(tracks: Vec<isobmff::testing::SourceTrack>) -> Picture {
    match &v1(&package(tracks)).codec {
        TrackCodec::Video(_, picture) => picture.clone(),
        TrackCodec::Audio(_) | TrackCodec::Text(_) => panic!("not video"),
    }
}

fn rate(samples: Vec<SourceSample>) -> Option<(u64, u64)> {
    of(vec![video().with_samples(samples)]).frame_rate
}

/// 720 × 64 / 45 = 1024; 720 × 16 / 15 = 768; 720 × 8 / 9 = 640.
#[test]
fn pixels_that_are_not_square() {
    for (pasp, width) in [([64, 45], 1024), ([16, 15], 768), ([8, 9], 640)] {
        let found = picture((720, 576), Some(pasp), (width.into(), 576), UNITY_MATRIX);
        assert_eq!((found.presented, found.displayed), ((width, 576), (width, 576)));
    }
}

/// What `pasp` says goes before the size of the track.
#[test]
fn the_track_size_does_not_undo_a_pixel_aspect() {
    assert_eq!(picture((720, 576), Some([64, 45]), (720, 576), UNITY_MATRIX).presented, (1024, 576));
}

/// Without `pasp`, or with a square one, the size of the track states the shape: 576 × 1024 / 576.
#[test]
fn a_shape_stated_by_the_track_alone() {
    assert_eq!(picture((720, 576), None, (1024, 576), UNITY_MATRIX).presented, (1024, 576));
    assert_eq!(picture((720, 576), Some([1, 1]), (1024, 576), UNITY_MATRIX).presented, (1024, 576));
    // The same shape in another size, shapes that differ by less than 2 %, and none at all.
    for stated in [(360, 288), (1440, 1152), (720, 570), (0, 0), (720, 0), (0, 576)] {
        assert_eq!(picture((720, 576), None, stated, UNITY_MATRIX).presented, (720, 576), "{stated:?}");
    }
}

/// The matrices that phones write (a b u c d v x y w): turned by 90°, 180°, 270°, mirrored.
#[test]
fn rotations_are_kept() {
    let turned = [0, ONE, 0, -ONE, 0, 0, 360 * ONE, 0, W];
    let found = picture((640, 360), None, (640, 360), turned);
    assert_eq!((found.presented, found.displayed, found.matrix), ((640, 360), (360, 640), turned));
    let back = [0, -ONE, 0, ONE, 0, 0, 0, 640 * ONE, W];
    assert_eq!(picture((640, 360), None, (640, 360), back).displayed, (360, 640));
    let upside_down = [-ONE, 0, 0, 0, -ONE, 0, 640 * ONE, 360 * ONE, W];
    let found = picture((640, 360), None, (640, 360), upside_down);
    assert_eq!((found.displayed, found.matrix), ((640, 360), upside_down));
    let mirrored = [-ONE, 0, 0, 0, ONE, 0, 640 * ONE, 0, W];
    assert_eq!(picture((640, 360), None, (640, 360), mirrored).matrix, mirrored);
}

#[test]
fn a_turned_picture_with_wide_pixels() {
    let turned = [0, ONE, 0, -ONE, 0, 0, 0, 0, W];
    let found = picture((720, 576), Some([64, 45]), (1024, 576), turned);
    assert_eq!((found.presented, found.displayed), ((1024, 576), (576, 1024)));
}

#[test]
fn other_matrices_are_not_kept() {
    let halved = [ONE / 2, 0, 0, 0, ONE / 2, 0, 0, 0, W];
    let skewed = [ONE, ONE, 0, 0, ONE, 0, 0, 0, W];
    for matrix in [halved, skewed, [0; 9], [i32::MIN; 9]] {
        let found = picture((640, 360), None, (640, 360), matrix);
        assert_eq!((found.matrix, found.displayed), (UNITY_MATRIX, (640, 360)), "{matrix:?}");
    }
}

/// 12800 / 512 = 25; 19 of 20 pictures suffice; half of them do not: 4 pictures in 3072 ticks are
/// 4 × 12800 / 3072 = 50/3 a second.
#[test]
fn frame_rates() {
    assert_eq!(rate(pictures(10, 5)), Some((25, 1)));
    assert_eq!(rate(reordered(2, &[0, 3, 1, 2], 1024)), Some((25, 1)));
    let mut uneven = pictures(20, 5);
    uneven[7].duration = 5000;
    assert_eq!(rate(uneven), Some((25, 1)));
    assert_eq!(rate(numbered(vec![512, 1024, 512, 1024])), Some((50, 3)));
    let mut track = video().with_samples(numbered(vec![1001; 30]));
    track.timescale = 30_000;
    assert_eq!(of(vec![track]).frame_rate, Some((30_000, 1001)));
}
