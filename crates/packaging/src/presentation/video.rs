//! Pictures: what a player may switch between without a seam, and in which order variants stand.

use isobmff::FourCc;
use isobmff::codec::{VideoCodec, VideoFamily, VideoRange};

use super::Rendition;
use crate::TrackCodec;
use crate::picture::Picture;
use crate::route::InitForm;
use crate::set::Role;

/// The average bit rate that Apple asks the first variant to come near to (HLS authoring specification,
/// "Multivariant playlist": 2000 kbit/s by default).
const START_BITS_PER_SECOND: u64 = 2_000_000;

/// Renditions that a player may switch between at any segment: one codec, dynamic range and family of frame
/// rates, and segments that start at the same times.
#[derive(Debug)]
pub struct SwitchingSet<'r, 'a> {
    /// From the lowest bit rate, or in the order that the operator chose; never empty.
    pub members: Vec<&'r Rendition<'a>>,
}

/// Why two renditions are not in one switching set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Difference {
    /// Another codec or form of it.
    Codec,
    /// Another dynamic range.
    Range,
    /// Frame rates that are not multiples of each other by a power of two.
    FrameRate,
    /// Other roles.
    Role,
    /// A segment of one starts where none of the other does, in microseconds from the start.
    Cut {
        /// Number of the first segment that differs, from 0.
        segment: usize,
        /// Its start in the first and in the second rendition; `None`: there is none.
        starts: (Option<u64>, Option<u64>),
    },
}

impl Rendition<'_> {
    /// The codec and the picture, if these are pictures.
    pub fn video(&self) -> Option<(&VideoCodec, &Picture)> {
        match &self.track.codec {
            TrackCodec::Video(codec, picture) => Some((codec, picture)),
            TrackCodec::Audio(_) | TrackCodec::Text(_) => None,
        }
    }
}

/// The switching sets of all pictures, in the order of their first members.
pub fn sets<'r, 'a>(all: &'r [Rendition<'a>]) -> Vec<SwitchingSet<'r, 'a>> {
    let mut out: Vec<SwitchingSet<'r, 'a>> = Vec::new();
    for rendition in all {
        let belongs = |set: &&mut SwitchingSet<'r, 'a>| {
            set.members.first().is_some_and(|first| difference(first, rendition).is_none())
        };
        match out.iter_mut().find(belongs) {
            Some(set) => set.members.push(rendition),
            None => out.push(SwitchingSet { members: vec![rendition] }),
        }
    }
    for set in &mut out {
        set.members.sort_by_key(|rendition| (rendition.place, rendition.average));
    }
    out
}

/// The first reason why a player may not switch between two renditions; `None` if it may.
pub fn difference(one: &Rendition<'_>, other: &Rendition<'_>) -> Option<Difference> {
    let (Some((a, first)), Some((b, second))) = (one.video(), other.video()) else {
        return Some(Difference::Codec);
    };
    let format = |rendition: &Rendition<'_>| -> Option<FourCc> { rendition.track.format(InitForm::Source) };
    let dolby = |codec: &VideoCodec| codec.dolby_vision.as_ref().map(|dolby| dolby.profile);
    if a.family != b.family || format(one) != format(other) || dolby(a) != dolby(b) {
        return Some(Difference::Codec);
    }
    if a.video_range() != b.video_range() {
        return Some(Difference::Range);
    }
    if !is_same_rate_family(first.frame_rate, second.frame_rate) {
        return Some(Difference::FrameRate);
    }
    if one.labels.roles != other.labels.roles {
        return Some(Difference::Role);
    }
    first_other_cut(one, other)
}

/// 25 and 50 are one family, 24 and 25 are none. Where a rate is not known nothing speaks against it.
fn is_same_rate_family(a: Option<(u64, u64)>, b: Option<(u64, u64)>) -> bool {
    let (Some(a), Some(b)) = (a, b) else { return true };
    let (a, b) = (u128::from(a.0) * u128::from(b.1), u128::from(b.0) * u128::from(a.1));
    let (low, high) = (a.min(b), a.max(b));
    // Rates are measured: one in two hundred is no difference.
    (0..4).any(|power| (low << power).abs_diff(high) * 200 <= high)
}

fn first_other_cut(one: &Rendition<'_>, other: &Rendition<'_>) -> Option<Difference> {
    let scale = |rendition: &Rendition<'_>| u128::from(rendition.track.timescale.get());
    let (first, second) = (&one.track.segmentation.segments, &other.track.segmentation.segments);
    let start = |rendition: &Rendition<'_>, ticks: u64| u128::from(ticks) * 1_000_000 / scale(rendition);
    for segment in 0..first.len().max(second.len()) {
        let (a, b) = (first.get(segment).map(|s| s.start), second.get(segment).map(|s| s.start));
        let is_same = a.zip(b).is_some_and(|(a, b)| {
            u128::from(a) * scale(other) == u128::from(b) * scale(one)
                // Time scales that cannot say the same time say it to within a microsecond or a tick.
                || start(one, a).abs_diff(start(other, b)) <= rounding(one).max(rounding(other))
        });
        if !is_same {
            let micros = |rendition: &Rendition<'_>, ticks: Option<u64>| {
                ticks.and_then(|ticks| u64::try_from(start(rendition, ticks)).ok())
            };
            return Some(Difference::Cut { segment, starts: (micros(one, a), micros(other, b)) });
        }
    }
    None
}

/// A tick in microseconds, where that is less than a millisecond and a half.
fn rounding(rendition: &Rendition<'_>) -> u128 {
    Some(1_000_000u128.div_ceil(u128::from(rendition.track.timescale.get())))
        .filter(|&t| t < 1500)
        .unwrap_or(1)
}

/// Pictures in the order in which variants stand: first the one to start with, then the others from the
/// lowest bit rate; or in the order that the operator chose. Pictures with another purpose than the main ones are no
/// variants of them.
pub(crate) fn variants<'r, 'a>(all: &'r [Rendition<'a>]) -> Vec<&'r Rendition<'a>> {
    let is_extra = |rendition: &&Rendition<'_>| {
        [Role::Alternate, Role::Supplementary, Role::Sign].into_iter().any(|role| rendition.has_role(role))
    };
    let mut out: Vec<_> = all.iter().filter(|rendition| !is_extra(rendition)).collect();
    if out.is_empty() {
        out = all.iter().collect();
    }
    out.sort_by_key(|rendition| (rendition.place, rendition.average));
    if out.iter().any(|rendition| rendition.place.is_some()) {
        return out;
    }
    // Every player can show plain AVC.
    let is_plain = |rendition: &&Rendition<'_>| {
        rendition.video().is_some_and(|(codec, _)| {
            codec.family == VideoFamily::Avc && codec.video_range() == VideoRange::Sdr
        })
    };
    let any_is_plain = out.iter().any(is_plain);
    let may_start = |rendition: &&Rendition<'_>| !any_is_plain || is_plain(rendition);
    let start = out
        .iter()
        .rposition(|r| may_start(r) && r.average <= START_BITS_PER_SECOND)
        .or_else(|| out.iter().position(may_start));
    if let Some(start) = start {
        let first = out.remove(start);
        out.insert(0, first);
    }
    out
}

/// Scores of variants (RFC 8216bis §4.4.6.2), where bit rates alone would mislead: several codecs or dynamic
/// ranges. More pixels are better, then a wider range, then more bits, each bit of a younger codec counting
/// for more. `None` where bit rates say it all.
pub(crate) fn scores(variants: &[&Rendition<'_>]) -> Option<Vec<u32>> {
    let kind = |rendition: &Rendition<'_>| {
        rendition.video().map(|(codec, _)| (codec.family, codec.video_range() == VideoRange::Sdr))
    };
    let first = variants.first().map(|rendition| kind(rendition))?;
    if variants.iter().all(|rendition| kind(rendition) == first) {
        return None;
    }
    let worth = |rendition: &Rendition<'_>| {
        let Some((codec, picture)) = rendition.video() else { return (0, 0, 0) };
        let pixels = u64::from(picture.displayed.0) * u64::from(picture.displayed.1);
        let efficiency = match codec.family {
            VideoFamily::Avc => 10,
            VideoFamily::Vp9 => 14,
            VideoFamily::Hevc => 16,
            VideoFamily::Av1 => 18,
            VideoFamily::Vvc => 22,
        };
        let range = u64::from(codec.video_range() != VideoRange::Sdr);
        (pixels, range, rendition.average * efficiency)
    };
    let mut order: Vec<_> = variants.iter().map(|rendition| worth(rendition)).collect();
    order.sort_unstable();
    order.dedup();
    let place = |rendition: &&Rendition<'_>| order.binary_search(&worth(rendition)).unwrap_or(0) + 1;
    Some(variants.iter().map(|rendition| u32::try_from(place(rendition)).unwrap_or(u32::MAX)).collect())
}
