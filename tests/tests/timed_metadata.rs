//! Timed metadata of fragmented sources (`emsg`) reaches players: every event once, at its time.
//!
//! The sources are ffmpeg's; the boxes are laid out here from ISO/IEC 23009-1 §5.10.3.3 and put in front of its
//! fragments. Segments are read here byte by byte, or by `mpeg2ts`.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a panic is how a test fails")]

use std::process::Command;

use mpeg2ts::es::StreamType;
use mpeg2ts::pes::{PesPacketReader, ReadPesPacket};
use mpeg2ts::ts::{ReadTsPacket, TsPacketReader, TsPayload};
use origin::source::MemorySource;
use tests::download::playlist_uris;
use tests::offer::resolve;
use tests::{Client, Download, fixtures, fmp4};

const ID3: &str = "https://aomedia.org/emsg/ID3";
const SPLICE: &str = "urn:scte:scte35:2013:bin";
const KEY: &str = "events.mp4";

/// An event as a segment has it; the time in seconds.
#[derive(Debug, Clone, PartialEq)]
struct Event {
    scheme: String,
    id: u32,
    time: f64,
    message: Vec<u8>,
}

/// Where each top-level box begins, and its kind.
fn top_level(bytes: &[u8]) -> Vec<(usize, String)> {
    let (mut at, mut out) = (0, Vec::new());
    while at < bytes.len() {
        let size = u32::from_be_bytes(bytes[at..at + 4].try_into().unwrap()) as usize;
        out.push((at, String::from_utf8_lossy(&bytes[at + 4..at + 8]).into_owned()));
        at += size;
    }
    out
}

fn boxed(version: u8, fields: &[&[u8]]) -> Vec<u8> {
    let body = fields.concat();
    let size = u32::try_from(body.len() + 12).unwrap().to_be_bytes();
    [&size[..], b"emsg", &[version, 0, 0, 0], &body].concat()
}

/// Version 0: so many milliseconds behind the earliest presentation time of its segment.
fn relative(scheme: &str, id: u32, millis: u32, message: &[u8]) -> Vec<u8> {
    let numbers = [1000, millis, 500, id].map(u32::to_be_bytes).concat();
    boxed(0, &[scheme.as_bytes(), &[0], b"1\0", &numbers, message])
}

/// Version 1: at so many milliseconds of the presentation.
fn absolute(scheme: &str, id: u32, millis: u64, message: &[u8]) -> Vec<u8> {
    let (length, id) = (u32::MAX.to_be_bytes(), id.to_be_bytes());
    let numbers = [&1000u32.to_be_bytes()[..], &millis.to_be_bytes(), &length, &id].concat();
    boxed(1, &[&numbers, scheme.as_bytes(), &[0], b"1\0", message])
}

/// An ID3v2.4 tag with one text frame.
fn tag(text: &str) -> Vec<u8> {
    let frame = [&[3][..], b"\0", text.as_bytes(), b"\0"].concat();
    let size = u8::try_from(frame.len()).unwrap();
    let whole = [&b"TXXX\0\0\0"[..], &[size, 0, 0], &frame].concat();
    [&b"ID3\x04\0\0\0\0\0"[..], &[u8::try_from(whole.len()).unwrap()], &whole].concat()
}

/// ffprobe's presentation times of all packets, with the place of each in the file.
fn packets(name: &str) -> Vec<(usize, f64)> {
    let path = fixtures::named(name).path();
    let entries = ["-v", "error", "-show_entries", "packet=pts_time,pos", "-of", "csv=p=0"];
    let output = Command::new("ffprobe").args(entries).arg(path).output().unwrap();
    assert!(output.status.success());
    let text = String::from_utf8(output.stdout).unwrap();
    let packet = |line: &str| {
        let mut fields = line.trim_end_matches(',').split(',');
        let time = fields.next().unwrap().parse().unwrap();
        (fields.next().unwrap().parse().unwrap(), time)
    };
    text.lines().filter(|line| !line.is_empty()).map(packet).collect()
}

/// The fixture with events in front of its fragments, and what they are, in order of time.
fn source(name: &str) -> (MemorySource, Vec<Event>) {
    let file = fixtures::named(name).bytes();
    let packets = packets(name);
    // What comes before 0 primes decoders and is hidden.
    let shown = packets.iter().map(|packet| packet.1).filter(|&time| time >= 0.0);
    let start = shown.fold(f64::MAX, f64::min);
    let moofs: Vec<_> = top_level(&file).into_iter().filter(|(_, kind)| kind == "moof").collect();
    let (mut out, mut events) = (file[..moofs[0].0].to_vec(), Vec::new());
    for (number, (at, _)) in moofs.iter().enumerate() {
        let end = moofs.get(number + 1).map_or(file.len(), |next| next.0);
        let id = u32::try_from(number).unwrap();
        let within = packets.iter().filter(|packet| (*at..end).contains(&packet.0));
        let earliest = within.map(|packet| packet.1).fold(f64::MAX, f64::min);
        let message = tag(&format!("cue {number}"));
        out.extend(relative(ID3, id, 240, &message));
        // Damage: no end of a string, a time scale of zero, a version that is not known.
        out.extend(boxed(0, &[b"urn:cut"]));
        out.extend(boxed(0, &[b"urn:x\0\0", &[0; 16]]));
        out.extend(boxed(7, &[&[1; 40]]));
        events.push(Event { scheme: ID3.to_owned(), id, time: earliest - start + 0.24, message });
        // Every fragment repeats what comes at 1.5 s.
        out.extend(absolute(SPLICE, 900, 1500, b"\xfc0"));
        out.extend(&file[*at..end]);
    }
    if start < 1.5 {
        let (scheme, message) = (SPLICE.to_owned(), b"\xfc0".to_vec());
        events.push(Event { scheme, id: 900, time: 1.5 - start, message });
    }
    events.sort_by(|a, b| a.time.total_cmp(&b.time));
    let mut source = MemorySource::default();
    source.insert(KEY, out);
    (source, events)
}

/// The events of a segment (version 1), which stand in front of its `moof`.
fn events_of(segment: &[u8], timescale: u32) -> Vec<Event> {
    let boxes = top_level(segment);
    let moof = boxes.iter().position(|(_, kind)| kind == "moof").unwrap();
    assert!(boxes[moof..].iter().all(|(_, kind)| kind != "emsg"));
    let emsg = boxes.iter().zip(&boxes[1..]).filter(|((_, kind), _)| kind == "emsg");
    let event = |((at, _), (end, _)): (&(usize, String), &(usize, String))| {
        let body = &segment[at + 8..*end];
        let u32_at = |at: usize| u32::from_be_bytes(body[at..at + 4].try_into().unwrap());
        assert_eq!((u32_at(0), u32_at(4)), (0x0100_0000, timescale));
        let time = u64::from_be_bytes(body[8..16].try_into().unwrap());
        let mut rest = body[24..].splitn(3, |&byte| byte == 0);
        let scheme = String::from_utf8(rest.next().unwrap().to_vec()).unwrap();
        assert_eq!(rest.next(), Some(&b"1"[..]));
        let seconds = f64::from(u32::try_from(time).unwrap()) / f64::from(timescale);
        Event { scheme, id: u32_at(20), time: seconds, message: rest.next().unwrap().to_vec() }
    };
    emsg.map(event).collect()
}

/// The same events, each within a tick of the coarser clock.
fn assert_same(found: &[Event], expected: &[Event]) {
    assert_eq!(found.len(), expected.len(), "{found:?}\nand not\n{expected:?}");
    for (one, other) in found.iter().zip(expected) {
        assert!((one.time - other.time).abs() < 0.000_1, "{one:?}\nand not\n{other:?}");
        assert_eq!(Event { time: 0.0, ..one.clone() }, Event { time: 0.0, ..other.clone() });
    }
}

#[test]
fn segments_carry_each_event_once() {
    for name in ["fragmented.mp4", "fragmented-small.mp4", "fragmented-recording.mp4"] {
        let (source, mut expected) = source(name);
        let client = Client::new(source);
        let download = Download::of(&client, KEY);
        // Pictures carry events, and none behind their end.
        let pictures = download.dash.iter().find(|rendition| rendition.is_video()).unwrap();
        let end = pictures.segments.last().map(|last| last.start + last.duration).unwrap();
        let scaled = |event: &Event| event.time * f64::from(u32::try_from(pictures.timescale).unwrap());
        expected.retain(|event| scaled(event) < f64::from(u32::try_from(end).unwrap()));
        for rendition in download.hls.iter().chain(&download.dash) {
            let timescale = fmp4::init(&rendition.init).timescale;
            let segments = rendition.segments.iter();
            let found: Vec<_> = segments.flat_map(|part| events_of(&part.bytes, timescale)).collect();
            assert_same(&found, if rendition.is_video() { &expected } else { &[] });
        }
        for scheme in [ID3, SPLICE] {
            let is_there = expected.iter().any(|event| event.scheme == scheme);
            let stream = format!("<InbandEventStream schemeIdUri=\"{scheme}\" value=\"1\">");
            let found = download.mpd.matches(&stream).count();
            assert_eq!(found, usize::from(is_there), "{}", download.mpd);
        }
        let video = download.hls.iter().find(|rendition| rendition.is_video()).unwrap();
        let path = &video.segments[0].path;
        let file = client.body(&format!("{}/file.mp4", path.rsplit_once('/').unwrap().0));
        let parts: Vec<u8> = video.segments.iter().flat_map(|part| part.bytes.to_vec()).collect();
        assert!(file.ends_with(&parts) && top_level(&file).len() > 4, "{name}: the virtual file");
    }
}

/// Every segment names the stream; each tag is a PES packet at its time.
#[test]
fn transport_streams_carry_the_tags() {
    let (source, expected) = source("fragmented.mp4");
    let tags: Vec<_> = expected.into_iter().filter(|event| event.scheme == ID3).collect();
    let client = Client::new(source);
    for container in ["ts", "demuxed"] {
        let master = format!("/{KEY}/container/{container}/master.m3u8");
        let (mut found, mut segments) = (Vec::new(), 0);
        for uri in playlist_uris(&client.text(&master)) {
            let playlist = resolve(&master, &uri);
            let text = client.text(&playlist);
            for part in text.lines().filter(|line| line.rsplit('.').next() == Some("ts")) {
                let body = client.body(&resolve(&playlist, part));
                let (has_pictures, has_metadata) = streams_of(&body);
                assert_eq!(has_metadata, has_pictures, "{playlist}: {part}");
                found.extend(tags_of(&body));
                segments += u32::from(has_pictures);
            }
        }
        assert!(segments > 0, "{container}");
        assert_same(&found, &tags);
    }
}

/// Whether the program map has pictures; and timed metadata with Apple's descriptors of it.
fn streams_of(segment: &[u8]) -> (bool, bool) {
    let mut reader = TsPacketReader::new(segment);
    while let Some(packet) = reader.read_ts_packet().unwrap() {
        let Some(TsPayload::Pmt(map)) = packet.payload else { continue };
        let has_pictures = map.es_info.iter().any(|es| es.stream_type == StreamType::H264);
        let pointer = map.program_info.iter().any(|info| info.tag == 0x25);
        let metadata = map.es_info.iter().filter(|es| es.stream_type == StreamType::PacketizedMetadata);
        let described: Vec<_> =
            metadata.map(|es| es.descriptors.iter().any(|info| info.tag == 0x26)).collect();
        assert_eq!(pointer, !described.is_empty());
        return (has_pictures, described == [true]);
    }
    (false, false)
}

/// The private PES packets, with times counted from 10 s.
fn tags_of(segment: &[u8]) -> Vec<Event> {
    let mut reader = PesPacketReader::new(TsPacketReader::new(segment));
    let mut out = Vec::new();
    while let Some(packet) = reader.read_pes_packet().unwrap() {
        if packet.header.stream_id.as_u8() == 0xbd {
            assert!(packet.header.data_alignment_indicator);
            let time = i64::try_from(packet.header.pts.unwrap().as_u64()).unwrap() - 900_000;
            let number = packet.data.len();
            let text = String::from_utf8_lossy(&packet.data[22..number - 1]).into_owned();
            let id = text.trim_start_matches(|c: char| !c.is_ascii_digit()).parse().unwrap();
            let time = f64::from(i32::try_from(time).unwrap()) / 90_000.0;
            out.push(Event { scheme: ID3.to_owned(), id, time, message: packet.data });
        }
    }
    out
}
