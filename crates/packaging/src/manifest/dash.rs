//! The DASH manifest (ISO/IEC 23009-1): one period, `SegmentTimeline` in each track's own time scale.
//!
//! There is no `presentationTimeOffset`: the edit list in each init segment maps media time to a
//! presentation that starts at 0, and `S@t` says presentation times.

use std::io;

use isobmff::codec::{AudioCodec, Colour, VideoCodec};
use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event};

use super::decimal::{Seconds, micros_up};
use super::{audio_groups, audio_names};
use crate::picture::{Picture, reduced};
use crate::route::{InitForm, Version};
use crate::segmentation::Segment;
use crate::{Asset, PackagedTrack, TrackCodec};

const PROFILES: &str = "urn:mpeg:dash:profile:isoff-live:2011,urn:mpeg:dash:profile:cmaf:2019";
const ROLE: &str = "urn:mpeg:dash:role:2011";

type Xml = Writer<Vec<u8>>;

/// The manifest of an asset.
pub fn mpd(asset: &Asset, version: Version) -> String {
    let mut xml = Writer::new_with_indent(Vec::new(), b' ', 1);
    // Writing to memory does not fail.
    let _ = write_mpd(&mut xml, asset, version);
    String::from_utf8(xml.into_inner()).unwrap_or_default()
}

fn write_mpd(xml: &mut Xml, asset: &Asset, version: Version) -> io::Result<()> {
    xml.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    let (end, scale) = asset.end();
    let longest = asset.target_duration_secs();
    let duration = format!("PT{}S", Seconds(micros_up(end, scale)));
    let attributes = [
        ("xmlns", "urn:mpeg:dash:schema:mpd:2011".to_owned()),
        ("xmlns:scte214", "urn:scte:dash:scte214-extensions".to_owned()),
        ("profiles", PROFILES.to_owned()),
        ("type", "static".to_owned()),
        ("mediaPresentationDuration", duration),
        ("maxSegmentDuration", format!("PT{}S", longest + 1)),
        ("minBufferTime", "PT2S".to_owned()),
    ];
    element(xml, "MPD", &attributes, |xml| {
        element(xml, "Period", &[("id", "0".to_owned()), ("start", "PT0S".to_owned())], |xml| {
            write_sets(xml, asset, version)
        })
    })
}

fn write_sets(xml: &mut Xml, asset: &Asset, version: Version) -> io::Result<()> {
    let target = asset.target_duration_secs();
    let mut id = 0;
    for members in video_sets(asset) {
        write_video_set(xml, &members, (id, id == 0), version, target)?;
        id += 1;
    }
    let audio: Vec<_> = asset.audio().collect();
    let names = audio_names(&audio);
    let codecs = audio_groups(&audio);
    for (index, (track, name)) in audio.iter().zip(&names).enumerate() {
        let codec = codecs
            .iter()
            .find(|(_, members)| members.iter().any(|m| m.name == track.name))
            .map(|(codec, _)| *codec);
        if let Some(codec) = codec {
            write_audio_set(xml, (track, codec), (id, index == 0, name), version, target)?;
            id += 1;
        }
    }
    Ok(())
}

/// Video tracks that a player may switch between: same codec, colours, shape and segment times.
fn video_sets(asset: &Asset) -> Vec<Vec<&PackagedTrack>> {
    let mut sets: Vec<Vec<&PackagedTrack>> = Vec::new();
    for track in asset.video() {
        match sets.iter_mut().find(|set| set.first().is_some_and(|other| is_switchable(other, track))) {
            Some(set) => set.push(track),
            None => sets.push(vec![track]),
        }
    }
    sets
}

fn is_switchable(one: &PackagedTrack, other: &PackagedTrack) -> bool {
    let (TrackCodec::Video(a, _), TrackCodec::Video(b, _)) = (&one.codec, &other.codec) else { return false };
    let starts = |track: &PackagedTrack| {
        let scale = u128::from(track.timescale.get());
        track.segmentation.segments.iter().map(move |s| (u128::from(s.start), scale)).collect::<Vec<_>>()
    };
    let (first, second) = (starts(one), starts(other));
    let is_aligned = first.len() == second.len()
        && first.iter().zip(&second).all(|((a, from), (b, to))| a * to == b * from);
    a.family == b.family
        && a.video_range() == b.video_range()
        && one.format(InitForm::Source) == other.format(InitForm::Source)
        && is_aligned
}

fn write_video_set(
    xml: &mut Xml,
    members: &[&PackagedTrack],
    (id, is_main): (usize, bool),
    version: Version,
    target: u64,
) -> io::Result<()> {
    let Some(TrackCodec::Video(video, picture)) = members.first().map(|track| &track.codec) else {
        return Ok(());
    };
    let mut attributes = set_attributes(id, "video", members);
    attributes.push(("par", ratio(reduced(picture.presented.0.into(), picture.presented.1.into()))));
    if let Some(language) = members.first().and_then(|track| track.language.clone()) {
        attributes.push(("lang", language));
    }
    element(xml, "AdaptationSet", &attributes, |xml| {
        // The schema wants properties before roles.
        write_colours(xml, video.colour)?;
        descriptor(xml, "Role", ROLE, if is_main { "main" } else { "alternate" })?;
        for track in members {
            if let TrackCodec::Video(video, picture) = &track.codec {
                write_video(xml, track, (video, picture), version, target)?;
            }
        }
        Ok(())
    })
}

fn set_attributes(id: usize, content_type: &str, members: &[&PackagedTrack]) -> Vec<(&'static str, String)> {
    let sap = members.iter().map(|track| track.segmentation.sap_type()).max().unwrap_or(1);
    vec![
        ("id", id.to_string()),
        ("contentType", content_type.to_owned()),
        ("mimeType", format!("{content_type}/mp4")),
        ("segmentAlignment", "true".to_owned()),
        ("startWithSAP", sap.to_string()),
    ]
}

/// Colours by the code points of ISO/IEC 23091-2. Supplemental: a player that does not know them may
/// play on.
fn write_colours(xml: &mut Xml, colour: Option<Colour>) -> io::Result<()> {
    let Some(colour) = colour else { return Ok(()) };
    let points = [
        ("urn:mpeg:mpegB:cicp:ColourPrimaries", u32::from(colour.primaries)),
        ("urn:mpeg:mpegB:cicp:TransferCharacteristics", u32::from(colour.transfer)),
        ("urn:mpeg:mpegB:cicp:MatrixCoefficients", u32::from(colour.matrix)),
    ];
    // 2 is "unspecified".
    for (scheme, value) in points.iter().filter(|(_, value)| *value != 2) {
        descriptor(xml, "SupplementalProperty", scheme, &value.to_string())?;
    }
    Ok(())
}

fn write_video(
    xml: &mut Xml,
    track: &PackagedTrack,
    (video, picture): (&VideoCodec, &Picture),
    version: Version,
    target: u64,
) -> io::Result<()> {
    let mut attributes = representation_attributes(track, video.codecs.clone(), target);
    if let Some(supplemental) = &video.supplemental {
        attributes.push(("scte214:supplementalCodecs", supplemental.codecs.clone()));
        attributes.push(("scte214:supplementalProfiles", supplemental.brand.to_string()));
    }
    attributes.push(("width", video.coded_width.to_string()));
    attributes.push(("height", video.coded_height.to_string()));
    attributes.push(("sar", ratio(sample_aspect(video, picture))));
    match picture.frame_rate {
        Some((rate, 1)) => attributes.push(("frameRate", rate.to_string())),
        Some((numerator, denominator)) => {
            attributes.push(("frameRate", format!("{numerator}/{denominator}")));
        }
        None => {}
    }
    element(xml, "Representation", &attributes, |xml| write_template(xml, track, version))
}

/// The shape of a pixel, from what is presented: it may be stated by the track's size alone.
fn sample_aspect(video: &VideoCodec, picture: &Picture) -> (u64, u64) {
    let (horizontal, vertical) = video.pixel_aspect;
    if horizontal != vertical || video.coded_width == picture.presented.0 {
        return (horizontal.into(), vertical.into());
    }
    reduced(picture.presented.0.into(), video.coded_width.into())
}

fn write_audio_set(
    xml: &mut Xml,
    (track, codec): (&PackagedTrack, &AudioCodec),
    (id, is_main, name): (usize, bool, &str),
    version: Version,
    target: u64,
) -> io::Result<()> {
    let mut attributes = set_attributes(id, "audio", &[track]);
    attributes.push(("lang", track.language.clone().unwrap_or_else(|| "und".to_owned())));
    element(xml, "AdaptationSet", &attributes, |xml| {
        element(xml, "Label", &[], |xml| xml.write_event(Event::Text(BytesText::new(name))))?;
        descriptor(xml, "Role", ROLE, if is_main { "main" } else { "alternate" })?;
        let mut attributes = representation_attributes(track, codec.codecs.clone(), target);
        attributes.push(("audioSamplingRate", codec.sample_rate.to_string()));
        element(xml, "Representation", &attributes, |xml| {
            descriptor(xml, "AudioChannelConfiguration", codec.dash_channels.0, &codec.dash_channels.1)?;
            write_audio_extensions(xml, codec)?;
            write_template(xml, track, version)
        })
    })
}

/// Dolby Atmos (ETSI TS 103 420 §D.2) and immersive stereo of AC-4.
fn write_audio_extensions(xml: &mut Xml, codec: &AudioCodec) -> io::Result<()> {
    if let Some(complexity) = codec.joc_complexity {
        descriptor(xml, "SupplementalProperty", "tag:dolby.com,2018:dash:EC3_ExtensionType:2018", "JOC")?;
        let index = "tag:dolby.com,2018:dash:EC3_ExtensionComplexityIndex:2018";
        descriptor(xml, "SupplementalProperty", index, &complexity.to_string())?;
    }
    if codec.ac4_ims {
        descriptor(xml, "SupplementalProperty", "tag:dolby.com,2016:dash:virtualized_content:2016", "1")?;
    }
    Ok(())
}

fn representation_attributes(
    track: &PackagedTrack,
    codecs: String,
    target: u64,
) -> Vec<(&'static str, String)> {
    vec![
        ("id", track.name.to_string()),
        ("codecs", codecs),
        ("bandwidth", track.bit_rates(target).sustained.max(1).to_string()),
    ]
}

/// The same URLs as in HLS.
fn write_template(xml: &mut Xml, track: &PackagedTrack, version: Version) -> io::Result<()> {
    let attributes = [
        ("timescale", track.timescale.get().to_string()),
        ("initialization", format!("{version}/{}/init.mp4", track.path())),
        ("media", format!("{version}/{}/$Time$.m4s", track.path())),
    ];
    element(xml, "SegmentTemplate", &attributes, |xml| {
        element(xml, "SegmentTimeline", &[], |xml| write_timeline(xml, &track.segmentation.segments))
    })
}

/// Runs of equal durations as one `S` each.
fn write_timeline(xml: &mut Xml, segments: &[Segment]) -> io::Result<()> {
    let mut rest = segments;
    while let Some(first) = rest.first() {
        let length = first.end - first.start;
        let run = rest.iter().take_while(|s| s.end - s.start == length).count();
        let mut tag = BytesStart::new("S");
        if rest.len() == segments.len() {
            tag.push_attribute(("t", first.start.to_string().as_str()));
        }
        tag.push_attribute(("d", length.to_string().as_str()));
        if run > 1 {
            tag.push_attribute(("r", (run - 1).to_string().as_str()));
        }
        xml.write_event(Event::Empty(tag))?;
        rest = rest.get(run..).unwrap_or_default();
    }
    Ok(())
}

fn descriptor(xml: &mut Xml, name: &str, scheme: &str, value: &str) -> io::Result<()> {
    let mut tag = BytesStart::new(name);
    tag.push_attribute(("schemeIdUri", scheme));
    tag.push_attribute(("value", value));
    xml.write_event(Event::Empty(tag))
}

fn element(
    xml: &mut Xml,
    name: &str,
    attributes: &[(&'static str, String)],
    fill: impl FnOnce(&mut Xml) -> io::Result<()>,
) -> io::Result<()> {
    let mut tag = BytesStart::new(name);
    for (key, value) in attributes {
        tag.push_attribute((*key, value.as_str()));
    }
    xml.write_event(Event::Start(tag))?;
    fill(xml)?;
    xml.write_event(Event::End(BytesEnd::new(name)))
}

fn ratio((horizontal, vertical): (u64, u64)) -> String {
    format!("{horizontal}:{vertical}")
}
