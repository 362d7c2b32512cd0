//! The client manifest of Smooth Streaming ([MS-SSTR] §2.2.2): version 2.0 with all times written out, which all
//! clients read alike.

use std::io;

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesStart, Event};

use super::dash::xml::{Xml, element};
use crate::Error;
use crate::presentation::{Presentation, Rendition};
use crate::route::{TrackKind, Version};
use crate::set::Role;
use crate::smooth::{self, SmoothLevel, SmoothStream};

/// Units of 100 ns in a second.
const TIMESCALE: u32 = 10_000_000;
/// What clients of the protocol expect of a frame of compressed sound: two channels of two bytes.
const PACKET_BYTES: u32 = 4;
const BITS_PER_SAMPLE: u32 = 16;

/// The manifest of a presentation; an error if there is nothing that the format can carry.
pub fn client_manifest(presentation: &Presentation<'_>) -> Result<String, Error> {
    let streams = smooth::streams(presentation)?;
    let version = smooth::version(presentation);
    let mut xml = Writer::new_with_indent(Vec::new(), b' ', 1);
    // Writing to memory does not fail.
    let _ = write_manifest(&mut xml, &streams, version);
    Ok(String::from_utf8(xml.into_inner()).unwrap_or_default())
}

fn write_manifest(xml: &mut Xml, streams: &[SmoothStream<'_, '_>], version: Version) -> io::Result<()> {
    xml.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    let is_media = |stream: &&SmoothStream<'_, '_>| stream.kind != TrackKind::Text;
    let ends = streams.iter().filter(is_media).filter_map(|stream| stream.chunks.last());
    let end = ends.map(|last| last.start + last.duration).max().unwrap_or(0);
    let attributes = [
        ("MajorVersion", "2".to_owned()),
        ("MinorVersion", "0".to_owned()),
        ("TimeScale", TIMESCALE.to_string()),
        ("Duration", end.to_string()),
    ];
    element(xml, "SmoothStreamingMedia", &attributes, |xml| {
        streams.iter().try_for_each(|stream| write_stream(xml, stream, version))
    })
}

fn write_stream(xml: &mut Xml, stream: &SmoothStream<'_, '_>, version: Version) -> io::Result<()> {
    let name = stream.name;
    let mut attributes = vec![
        ("Type", kind_word(stream.kind).to_owned()),
        ("Name", name.to_owned()),
        ("TimeScale", TIMESCALE.to_string()),
        ("Chunks", stream.chunks.len().to_string()),
        ("QualityLevels", stream.levels.len().to_string()),
        ("Url", format!("{version}/QualityLevels({{bitrate}})/Fragments({name}={{start time}})")),
    ];
    if let Some(first) = stream.levels.first() {
        attributes.extend(subtype(stream.kind, first.rendition).map(|word| ("Subtype", word.to_owned())));
        attributes.extend(first.rendition.labels.language.clone().map(|tag| ("Language", tag)));
    }
    attributes.extend(largest(stream));
    element(xml, "StreamIndex", &attributes, |xml| {
        for (index, level) in stream.levels.iter().enumerate() {
            write_level(xml, index, level)?;
        }
        write_chunks(xml, stream)
    })
}

/// The size of the largest pictures, as they are coded and as they are displayed.
fn largest(stream: &SmoothStream<'_, '_>) -> Vec<(&'static str, String)> {
    let videos = stream.levels.iter().filter_map(|level| level.rendition.video());
    let Some((codec, picture)) = videos.max_by_key(|(codec, _)| codec.coded_height) else {
        return Vec::new();
    };
    vec![
        ("MaxWidth", codec.coded_width.to_string()),
        ("MaxHeight", codec.coded_height.to_string()),
        ("DisplayWidth", picture.displayed.0.to_string()),
        ("DisplayHeight", picture.displayed.1.to_string()),
    ]
}

fn kind_word(kind: TrackKind) -> &'static str {
    match kind {
        TrackKind::Video => "video",
        TrackKind::Audio => "audio",
        TrackKind::Text => "text",
    }
}

/// `CAPT` is for those who hear little, `SUBT` translates, `DESC` describes pictures.
fn subtype(kind: TrackKind, rendition: &Rendition<'_>) -> Option<&'static str> {
    match kind {
        TrackKind::Text if rendition.has_role(Role::Caption) => Some("CAPT"),
        TrackKind::Text => Some("SUBT"),
        TrackKind::Audio if rendition.has_role(Role::Description) => Some("DESC"),
        TrackKind::Audio | TrackKind::Video => None,
    }
}

/// Width and height of the coded pictures, which clients write into the init segments that they make.
fn size(level: &SmoothLevel<'_, '_>) -> Option<(u32, u32)> {
    level.rendition.video().map(|(codec, _)| (codec.coded_width.into(), codec.coded_height.into()))
}

fn write_level(xml: &mut Xml, index: usize, level: &SmoothLevel<'_, '_>) -> io::Result<()> {
    let mut tag = BytesStart::new("QualityLevel");
    let mut push = |key: &str, value: &str| tag.push_attribute((key, value));
    push("Index", &index.to_string());
    push("Bitrate", &level.bit_rate.to_string());
    push("FourCC", level.codec.four_cc);
    push("CodecPrivateData", &hexadecimal(&level.codec.private_data));
    if let Some((width, height)) = size(level) {
        push("MaxWidth", &width.to_string());
        push("MaxHeight", &height.to_string());
    }
    if let Some((codec, _)) = level.rendition.video() {
        push("NALUnitLengthField", &codec.nal_length_size.unwrap_or(4).to_string());
    }
    if let Some(sound) = level.rendition.audio_codec() {
        push("SamplingRate", &sound.sample_rate.to_string());
        push("Channels", &sound.channels.to_string());
        push("BitsPerSample", &BITS_PER_SAMPLE.to_string());
        push("PacketSize", &PACKET_BYTES.to_string());
    }
    if let Some(audio_tag) = level.codec.audio_tag {
        push("AudioTag", &audio_tag.to_string());
    }
    xml.write_event(Event::Empty(tag))
}

fn hexadecimal(bytes: &[u8]) -> String {
    let digit = |value: u8| char::from_digit(value.into(), 16).unwrap_or('0').to_ascii_uppercase();
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

/// Each with its start and its duration: clients disagree about what is left out, and `r` is of version 2.2.
fn write_chunks(xml: &mut Xml, stream: &SmoothStream<'_, '_>) -> io::Result<()> {
    stream.chunks.iter().try_for_each(|chunk| {
        let mut tag = BytesStart::new("c");
        tag.push_attribute(("t", chunk.start.to_string().as_str()));
        tag.push_attribute(("d", chunk.duration.to_string().as_str()));
        xml.write_event(Event::Empty(tag))
    })
}
