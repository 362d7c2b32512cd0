//! Trick mode (DASH-IF IOP 4.3 §3.2.9): sets that hold the key frames of a set of pictures.

use std::io;

use super::addressing::{Timeline, write_timeline};
use super::pictures::picture_attributes;
use super::xml::{Xml, descriptor, element};
use crate::PackagedTrack;
use crate::manifest::hls::KeyFrameRates;
use crate::presentation::Rendition;
use crate::presentation::video::SwitchingSet;
use crate::route::{Child, InitForm};

const SCHEME: &str = "http://dashif.org/guidelines/trickmode";

/// The trick mode of the switching set with the id `main`.
pub(super) fn write_trick_set(
    xml: &mut Xml,
    members: &[&Rendition<'_>],
    (id, main): (usize, usize),
) -> io::Result<()> {
    let attributes = [
        ("id", id.to_string()),
        ("contentType", "video".to_owned()),
        ("mimeType", "video/mp4".to_owned()),
        ("segmentAlignment", is_aligned(members).to_string()),
        ("startWithSAP", "1".to_owned()),
    ];
    element(xml, "AdaptationSet", &attributes, |xml| {
        descriptor(xml, "EssentialProperty", SCHEME, &main.to_string())?;
        members.iter().try_for_each(|rendition| write_rendition(xml, rendition))
    })
}

/// The renditions of trick play that belong to a switching set. One picture is no faster than another.
pub(super) fn members_of<'r, 'a>(
    trick_play: &'r [Rendition<'a>],
    set: &SwitchingSet<'_, '_>,
) -> Vec<&'r Rendition<'a>> {
    let is_in = |rendition: &&Rendition<'_>| {
        rendition.key_frames().len() > 1 && set.members.iter().any(|member| member.id == rendition.id)
    };
    trick_play.iter().filter(is_in).collect()
}

fn is_aligned(members: &[&Rendition<'_>]) -> bool {
    let same = |a: &Rendition<'_>, b: &Rendition<'_>| {
        let starts = |rendition: &Rendition<'_>| {
            rendition.key_frames().iter().map(|key| key.start).collect::<Vec<_>>()
        };
        a.track.timescale == b.track.timescale && starts(a) == starts(b)
    };
    members.first().is_none_or(|first| members.iter().all(|other| same(first, other)))
}

fn write_rendition(xml: &mut Xml, rendition: &Rendition<'_>) -> io::Result<()> {
    let (Some((video, picture)), Some(rates)) =
        (rendition.video(), KeyFrameRates::of(rendition, PackagedTrack::key_frame_bytes))
    else {
        return Ok(());
    };
    let mut attributes = vec![
        ("id", format!("{}-trick", rendition.id)),
        ("codecs", video.codecs.clone()),
        ("bandwidth", rates.peak.to_string()),
    ];
    picture_attributes(&mut attributes, video, picture);
    attributes.push(("maxPlayoutRate", max_playout_rate(rendition, picture.frame_rate).to_string()));
    attributes.push(("codingDependency", "false".to_owned()));
    element(xml, "Representation", &attributes, |xml| write_template(xml, rendition))
}

/// How many times faster than the main pictures key frames can be shown at the same number of pictures a
/// second, which is what a decoder of the main pictures can do for sure.
fn max_playout_rate(rendition: &Rendition<'_>, frame_rate: Option<(u64, u64)>) -> u64 {
    let all = rendition.key_frames();
    let (Some(first), Some(last)) = (all.first(), all.last()) else { return 1 };
    let (pictures, seconds) = frame_rate.unwrap_or((24, 1));
    let ticks = u128::from(last.end - first.start) * u128::from(pictures);
    let one = u128::from(rendition.track.timescale.get()) * u128::from(seconds) * all.len() as u128;
    u64::try_from(ticks / one.max(1)).unwrap_or(u64::MAX).max(1)
}

fn write_template(xml: &mut Xml, rendition: &Rendition<'_>) -> io::Result<()> {
    // A `$` of the source's path would be read as a part of the template (ISO/IEC 23009-1 §5.3.9.4.4).
    let escaped = rendition.base_url().replace('$', "$$");
    let mut attributes = vec![
        ("timescale", rendition.track.timescale.get().to_string()),
        ("initialization", format!("{escaped}{}", Child::Init(InitForm::Source))),
        ("media", format!("{escaped}$Time$-i.m4s")),
    ];
    if rendition.time_offset() > 0 {
        attributes.push(("presentationTimeOffset", rendition.time_offset().to_string()));
    }
    let times: Timeline = rendition.key_frames().iter().map(|key| (key.start, key.end)).collect();
    element(xml, "SegmentTemplate", &attributes, |xml| {
        element(xml, "SegmentTimeline", &[], |xml| write_timeline(xml, &times))
    })
}
