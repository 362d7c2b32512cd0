//! Timed metadata: `emsg` boxes that are laid out here by hand come out in front of the right segments.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a panic is how a test fails")]

use bytes::Bytes;
use isobmff::testing::fragments::sidx;
use origin::source::MemorySource;
use tests::client::header;
use tests::ffprobe::{EditList, streams};
use tests::offer::{elements, resolve};
use tests::{Client, fixtures};

type Origin = Client<MemorySource>;

/// What a player reads from an `emsg` of version 1; times in ticks of the track.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Event {
    start: u64,
    id: u32,
    duration: u32,
    scheme: String,
    value: String,
    message: Vec<u8>,
}

/// A box with a 32-bit size.
fn boxed(kind: [u8; 4], parts: &[&[u8]]) -> Vec<u8> {
    let body = parts.concat();
    [&u32::try_from(body.len() + 8).unwrap().to_be_bytes()[..], &kind, &body].concat()
}

/// ISO/IEC 23009-1 §5.10.3.3.3, version 0: names first, the time counts from the segment's.
fn relative(
    (scheme, value): (&str, &str),
    scale: u32,
    [delta, duration, id]: [u32; 3],
    message: &[u8],
) -> Vec<u8> {
    let numbers: Vec<u8> = [scale, delta, duration, id].into_iter().flat_map(u32::to_be_bytes).collect();
    let zero = [0];
    boxed(*b"emsg", &[&[0; 4], scheme.as_bytes(), &zero, value.as_bytes(), &zero, &numbers, message])
}

/// Version 1: names last, the time is one of the presentation.
fn absolute(
    (scheme, value): (&str, &str),
    scale: u32,
    (time, [duration, id]): (u64, [u32; 2]),
    message: &[u8],
) -> Vec<u8> {
    let numbers: Vec<u8> = [duration, id].into_iter().flat_map(u32::to_be_bytes).collect();
    let (scale, time, zero) = (scale.to_be_bytes(), time.to_be_bytes(), [0]);
    let names = [scheme.as_bytes(), &zero, value.as_bytes(), &zero].concat();
    boxed(*b"emsg", &[&[1, 0, 0, 0], &scale, &time, &numbers, &names, message])
}

/// The boxes of a file or a segment: kind, and where each is.
fn boxes(bytes: &[u8]) -> Vec<([u8; 4], std::ops::Range<usize>)> {
    let mut out = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let size = u32::from_be_bytes(bytes[at..at + 4].try_into().unwrap()) as usize;
        assert!(size >= 8 && at + size <= bytes.len(), "a box of {size} bytes at {at}");
        out.push((bytes[at + 4..at + 8].try_into().unwrap(), at..at + size));
        at += size;
    }
    out
}

/// An `emsg` of version 1, read field by field.
fn read(bytes: &[u8], timescale: u32) -> Event {
    let number = |at: usize| u32::from_be_bytes(bytes[at..at + 4].try_into().unwrap());
    assert_eq!((bytes[8], number(12)), (1, timescale));
    let mut names = bytes[32..].splitn(3, |&byte| byte == 0);
    let mut text = || String::from_utf8(names.next().unwrap().to_vec()).unwrap();
    let (scheme, value) = (text(), text());
    let start = u64::from_be_bytes(bytes[16..24].try_into().unwrap());
    let message = names.next().unwrap().to_vec();
    Event { start, duration: number(24), id: number(28), scheme, value, message }
}

const AD: (&str, &str) = ("urn:scte:scte35:2013:bin", "1001");
const ID3: (&str, &str) = ("https://aomedia.org/emsg/ID3", "");
const UNKNOWN: u32 = u32::MAX;
/// Of the pictures of the fixtures.
const SCALE: u32 = 12_800;
/// Both tracks of the fixtures have whole ticks of this.
const COMMON: i64 = 192_000;

/// What stands in front of each fragment.
fn inserted(fragment: u32) -> Vec<u8> {
    let repeated = absolute(AD, 1000, (500, [2000, 1]), b"repeated");
    let delta = relative(AD, 90_000, [9000 * fragment, 45_000, 10 + fragment], &fragment.to_be_bytes());
    let more = match fragment {
        // Far ahead; at 0; and behind the end.
        0 => [
            absolute(ID3, 90_000, (7 * 90_000, [UNKNOWN, 2]), b"ID3 <&> \0\0"),
            absolute(ID3, SCALE, (0, [0, 3]), b""),
            absolute(("urn:late", "x"), 1, (20, [1, 4]), b"late"),
        ]
        .concat(),
        // A version that nobody knows, no time scale, a message that is too long, and no message at all.
        1 => {
            let mut unknown = absolute(("urn:bad", ""), 1000, (100, [0, 5]), b"");
            unknown[8] = 2;
            let timeless = absolute(("urn:bad", ""), 0, (100, [0, 6]), b"");
            let long = absolute(("urn:bad", ""), 1000, (100, [0, 7]), &vec![7; (64 << 10) + 1]);
            [unknown, timeless, long, boxed(*b"emsg", &[])].concat()
        }
        2 => absolute(("urn:quoted\"<&>", "a 'b'"), 1000, (11_999, [1, 8]), &vec![9; 64 << 10]),
        _ => Vec::new(),
    };
    [repeated, delta, more].concat()
}

/// The file with events in front of its fragments, and an index of all or none; `mfra`, which no longer holds, is
/// left out.
fn with_events(file: &[u8], is_indexed: bool) -> Vec<u8> {
    let all = boxes(file);
    let moofs = all.iter().enumerate().filter(|(_, (kind, _))| kind == b"moof").map(|(at, _)| at);
    let moofs: Vec<_> = moofs.collect();
    let mut fragments = Vec::new();
    for (number, &first) in (0..).zip(&moofs) {
        let end = all[first..].iter().skip(1).position(|(kind, _)| kind == b"moof" || kind == b"mfra");
        let end = end.map_or(file.len(), |count| all[first + 1 + count].1.start);
        fragments.push([inserted(number), file[all[first].1.start..end].to_vec()].concat());
    }
    let mut out = file[..all[moofs[0]].1.start].to_vec();
    if is_indexed {
        let sizes: Vec<_> = fragments.iter().map(|bytes| u32::try_from(bytes.len()).unwrap()).collect();
        out.extend(sidx(1, 0, &sizes));
    }
    out.extend(fragments.concat());
    out
}

/// What players should get, by ffprobe's times of the samples in each fragment.
fn expected(fixture: &fixtures::Fixture, edits: EditList) -> Vec<Event> {
    let event = |start: u32, (scheme, value): (&str, &str), [id, duration]: [u32; 2], message: &[u8]| Event {
        start: start.into(),
        id,
        duration,
        scheme: scheme.to_owned(),
        value: value.to_owned(),
        message: message.to_vec(),
    };
    let mut out = vec![
        event(0, ID3, [3, 0], b""),
        event(SCALE / 2, AD, [1, 2 * SCALE], b"repeated"),
        event(7 * SCALE, ID3, [2, UNKNOWN], b"ID3 <&> \0\0"),
        event(153_587, ("urn:quoted\"<&>", "a 'b'"), [8, 13], &vec![9; 64 << 10]),
    ];
    let file = fixture.bytes();
    let moofs = boxes(&file).into_iter().filter(|(kind, _)| kind == b"moof");
    let mut moofs: Vec<_> = moofs.map(|(_, range)| range.start as u64).collect();
    moofs.push(u64::MAX);
    let streams = streams(&fixture.path(), edits);
    for (number, range) in (0u32..).zip(moofs.windows(2)) {
        let packets = streams.iter().flat_map(|s| s.packets.iter().map(move |packet| (s.timescale, packet)));
        let inside = packets.filter(|(_, packet)| (range[0]..range[1]).contains(&packet.pos));
        let times = inside.map(|(scale, packet)| packet.pts * (COMMON / i64::from(scale)));
        let start = times.min().unwrap() + COMMON / 10 * i64::from(number);
        let ticks = COMMON / i64::from(SCALE);
        // To the nearest tick.
        if let Ok(start) = u32::try_from((start + ticks / 2).div_euclid(ticks)) {
            out.push(event(start, AD, [10 + number, SCALE / 2], &number.to_be_bytes()));
        }
    }
    out.sort();
    out
}

/// The playlist of byte ranges of a kind of tracks.
fn playlist(client: &Origin, kind: &str) -> String {
    let master = "/film.mp4/segments/file/master.m3u8";
    let text = client.text(master);
    let named = text.split(['\n', '"']).find(|word| word.ends_with("/bytes.m3u8") && word.contains(kind));
    resolve(master, named.unwrap())
}

/// The segments of a playlist by number of bytes in it, with their own URLs.
fn segments(client: &Origin, playlist: &str) -> Vec<Bytes> {
    let usual = playlist.replace("/bytes.", "/index.");
    let text = client.text(&usual);
    text.lines()
        .filter(|line| !line.starts_with('#'))
        .map(|name| client.body(&resolve(&usual, name)))
        .collect()
}

fn origin(file: Vec<u8>) -> Origin {
    let mut source = MemorySource::default();
    source.insert("film.mp4", file);
    Client::new(source)
}

/// The events of a segment, and the segment without them.
fn split(segment: &[u8]) -> (Vec<Event>, Vec<u8>) {
    let all = boxes(segment);
    let kinds: Vec<_> = all.iter().map(|(kind, _)| *kind).collect();
    let count = kinds.iter().filter(|kind| *kind == b"emsg").count();
    assert_eq!(kinds[0], *b"styp");
    assert!(kinds[1..=count].iter().all(|kind| kind == b"emsg"), "{kinds:?}");
    let of_kind = |wanted: bool| all.iter().filter(move |(kind, _)| (kind == b"emsg") == wanted);
    let events = of_kind(true).map(|(_, range)| read(&segment[range.clone()], SCALE)).collect();
    (events, of_kind(false).flat_map(|(_, range)| segment[range.clone()].to_vec()).collect())
}

/// In files with and without an edit list, with and without times and an index of the fragments.
#[test]
fn events_come_in_front_of_their_segments() {
    for (name, edits, is_indexed) in [
        ("fragmented.mp4", EditList::Ignore, false),
        ("fragmented.mp4", EditList::Ignore, true),
        ("fragmented-untimed.mp4", EditList::Ignore, false),
        ("fragmented-separate.mp4", EditList::Apply, false),
    ] {
        let fixture = fixtures::named(name);
        let (client, plain) = (origin(with_events(&fixture.bytes(), is_indexed)), origin(fixture.bytes()));
        let (video, plain_video) = (playlist(&client, "/v1-"), playlist(&plain, "/v1-"));
        let (with, without) = (segments(&client, &video), segments(&plain, &plain_video));
        assert_eq!((with.len(), without.len()), (2, 2));
        let mut found = Vec::new();
        for (segment, plain) in with.iter().zip(&without) {
            let (mut events, rest) = split(segment);
            assert!(rest == *plain, "{name}: nothing else is changed");
            assert!(events.is_sorted_by_key(|event| event.start));
            found.append(&mut events);
        }
        // The second segment starts at 6 s.
        let late = split(&with[1]).0;
        assert!(!late.is_empty() && late.iter().all(|event| event.start >= u64::from(6 * SCALE)));
        found.sort();
        assert_eq!(found, expected(fixture, edits), "{name}");
        let (sound, plain_sound) = (playlist(&client, "/a2-"), playlist(&plain, "/a2-"));
        assert!(segments(&client, &sound) == segments(&plain, &plain_sound), "sound carries none");
    }
}

/// Sizes that are known before media is read: of answers, of the whole file, in `sidx` and in byte ranges.
#[test]
fn sizes_include_events() {
    let client = origin(with_events(&fixtures::named("fragmented.mp4").bytes(), false));
    let video = playlist(&client, "/v1-");
    let segments = segments(&client, &video);
    let file = client.get(&video.replace("bytes.m3u8", "file.mp4"));
    assert_eq!(header(file.headers(), "content-length"), file.body().len().to_string());
    assert!(file.body().ends_with(&segments.concat()));
    let (_, index) = boxes(file.body()).into_iter().find(|(kind, _)| kind == b"sidx").unwrap();
    let index = &file.body()[index];
    let sizes: Vec<_> = (0..segments.len())
        .map(|number| u32::from_be_bytes(index[40 + 12 * number..][..4].try_into().unwrap()) as usize)
        .collect();
    assert_eq!(sizes, segments.iter().map(Bytes::len).collect::<Vec<_>>());
    let text = client.text(&video);
    let ranges = text.lines().filter_map(|line| line.strip_prefix("#EXT-X-BYTERANGE:"));
    let ranges: Vec<usize> = ranges.map(|range| range.split('@').next().unwrap().parse().unwrap()).collect();
    assert_eq!(ranges, sizes);
}

#[test]
fn the_manifest_names_schemes() {
    let client = origin(with_events(&fixtures::named("fragmented.mp4").bytes(), false));
    for path in ["/film.mp4/manifest.mpd", "/film.mp4/segments/file/manifest.mpd"] {
        let text = client.text(path);
        let document = roxmltree::Document::parse(&text).unwrap();
        let streams = elements(document.root(), "InbandEventStream");
        let schemes: Vec<_> = streams
            .iter()
            .map(|stream| {
                let set = stream.parent().unwrap();
                assert_eq!(set.attribute("contentType"), Some("video"));
                assert!(!elements(set, "Representation").is_empty());
                // In front of what the schema has behind it.
                let before: Vec<_> = stream.prev_siblings().filter(roxmltree::Node::is_element).collect();
                assert!(before.iter().all(|node| {
                    !["Accessibility", "Role", "Representation"].contains(&node.tag_name().name())
                }));
                (stream.attribute("schemeIdUri").unwrap(), stream.attribute("value").unwrap_or_default())
            })
            .collect();
        assert_eq!(schemes, [ID3, ("urn:quoted\"<&>", "a 'b'"), AD]);
    }
    let plain = origin(fixtures::named("fragmented.mp4").bytes());
    assert!(!plain.text("/film.mp4/manifest.mpd").contains("InbandEventStream"));
}

/// A clip from 5.5 s to 11 s has its own times, and nothing from outside.
#[test]
fn clips_move_events() {
    let fixture = fixtures::named("fragmented.mp4");
    let client = origin(with_events(&fixture.bytes(), false));
    let master = "/film.mp4/segments/file/clipFrom/5500/clipTo/11000/master.m3u8";
    let text = client.text(master);
    let named = text.split(['\n', '"']).find(|word| word.ends_with("/bytes.m3u8") && word.contains("/v1-"));
    let found: Vec<_> = segments(&client, &resolve(master, named.unwrap()))
        .iter()
        .flat_map(|segment| split(segment).0)
        .map(|event| (event.id, event.start))
        .collect();
    // The key frame at or before the begin is presented at 0.
    let pictures = streams(&fixture.path(), EditList::Ignore).swap_remove(0).packets;
    let keys = pictures.iter().filter(|packet| packet.is_key).map(|packet| packet.pts.cast_unsigned());
    let begin = keys.filter(|&pts| pts <= u64::from(SCALE) * 11 / 2).max().unwrap();
    let inside = expected(fixture, EditList::Ignore).into_iter();
    let inside = inside.filter(|event| (begin..u64::from(SCALE) * 11).contains(&event.start));
    let inside: Vec<_> = inside.map(|event| (event.id, event.start - begin)).collect();
    assert!(inside.len() >= 3, "{inside:?}");
    assert_eq!(found, inside);
}
