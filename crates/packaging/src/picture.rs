//! How a video track looks when it is shown: size, shape, rotation, frame rate.

use isobmff::codec::VideoCodec;
use isobmff::{Track, UNITY_MATRIX};
use serde::{Deserialize, Serialize};

use crate::segmentation::Cuts;
use crate::timeline::Survey;

/// The look of a video track.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Picture {
    /// Size in square pixels before rotation, as `tkhd` of the init segment says.
    pub presented: (u16, u16),
    /// Size in square pixels as a viewer sees it.
    pub displayed: (u16, u16),
    /// `tkhd.matrix`; the unity matrix unless the picture is turned or mirrored.
    pub matrix: [i32; 9],
    /// Pictures per second as a fraction in lowest terms; `None` for a single picture.
    pub frame_rate: Option<(u64, u64)>,
}

impl Picture {
    pub(crate) fn new(video: &VideoCodec, track: &Track, survey: &Survey, cuts: &Cuts) -> Self {
        let presented = presented_size(video, track);
        let matrix = rotation(track.matrix);
        let [_, b, _, c, ..] = matrix;
        let is_on_its_side = b != 0 && c != 0;
        Self {
            presented,
            displayed: if is_on_its_side { (presented.1, presented.0) } else { presented },
            matrix,
            frame_rate: frame_rate(survey, cuts),
        }
    }
}

/// The coded size with the pixel aspect ratio applied to its width.
fn presented_size(video: &VideoCodec, track: &Track) -> (u16, u16) {
    let (width, height) = (video.coded_width, video.coded_height);
    let (horizontal, vertical) = video.pixel_aspect;
    if horizontal != vertical {
        let wide =
            (u64::from(width) * u64::from(horizontal) * 2 + u64::from(vertical)) / (u64::from(vertical) * 2);
        return (u16::try_from(wide).unwrap_or(u16::MAX), height);
    }
    // QuickTime writers state another shape by the track's size alone.
    let (stated_width, stated_height) = (u64::from(track.size.0) >> 16, u64::from(track.size.1) >> 16);
    let (one, other) = (stated_width * u64::from(height), stated_height * u64::from(width));
    let differs = one.abs_diff(other) * 50 > other;
    if differs && one > 0 && other > 0 {
        let wide = one / stated_height.max(1);
        return (u16::try_from(wide).unwrap_or(u16::MAX), height);
    }
    (width, height)
}

/// The matrix if it turns or mirrors by quarters; scaling and shifting are not for the packager to keep.
fn rotation(matrix: [i32; 9]) -> [i32; 9] {
    const ONE: u32 = 0x1_0000;
    let [a, b, _, c, d, ..] = matrix.map(i32::unsigned_abs);
    let is_quarter = matches!((a, b, c, d), (ONE, 0, 0, ONE) | (0, ONE, ONE, 0));
    if is_quarter { matrix } else { UNITY_MATRIX }
}

/// The usual frame rate where nine in ten pictures keep it, else the average.
fn frame_rate(survey: &Survey, cuts: &Cuts) -> Option<(u64, u64)> {
    let ticks = u64::from(survey.timescale.get());
    let (usual, percent) = survey.usual_duration;
    if percent >= 90 && usual > 0 {
        return Some(reduced(ticks, usual.into()));
    }
    let duration = cuts.list.iter().map(|cut| cut.ticks).sum::<u64>();
    let is_moving = cuts.samples > 1 && duration > 0;
    is_moving.then(|| reduced(u64::from(cuts.samples).saturating_mul(ticks), duration))
}

/// A fraction in lowest terms.
pub(crate) fn reduced(numerator: u64, denominator: u64) -> (u64, u64) {
    let (mut a, mut b) = (numerator, denominator);
    while b != 0 {
        (a, b) = (b, a % b);
    }
    (numerator / a.max(1), denominator / a.max(1))
}

#[cfg(test)]
mod tests;
