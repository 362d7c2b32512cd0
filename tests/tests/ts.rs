//! HLS in MPEG-TS of every fixture: packets, times, lengths. Oracles: ffprobe on the source and on what is served,
//! `m3u8-rs`, and `mpeg2ts`.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a panic is how a test fails")]

use std::collections::{HashMap, HashSet};
use std::io::Write;
use std::process::{Command, Stdio};

use http::{Method, StatusCode};
use isobmff::testing::{SourceMovie, SourceSample, SourceTrack, mp4a};
use origin::source::MemorySource;
use sha2::{Digest, Sha256};
use tests::client::{asset_path, header};
use tests::download::quoted;
use tests::ffprobe::{self, EditList, Packet, Stream};
use tests::offer::{self, List};
use tests::transport::{self, Pes};
use tests::{Client, Fixture, each, fixtures};

/// Edit lists with several entries: their packets come in another order or twice; what is served is judged, not when.
const UNTIMED: [&str; 3] = ["two-edits.mp4", "two-edits-gap.mp4", "cut-inside-gop.mp4"];
/// Ticks of 90 kHz of what is presented at time 0.
const TIME_ZERO: f64 = 900_000.0;
/// Bytes of the header of a frame of AAC, and of the tag before packed audio.
const ADTS: usize = 7;
const TAG: usize = 73;

/// A sample as it was served: the source's packet it is, and its times in ticks of 90 kHz.
struct Served<'a> {
    packet: &'a Packet,
    pts: f64,
    dts: f64,
}

/// What a rendition has, sample by sample, of a track of the source.
struct Found<'a> {
    source: &'a Stream,
    samples: Vec<Served<'a>>,
}

/// What follows the last dot of a path.
fn ending(path: &str) -> &str {
    path.rsplit('.').next().unwrap()
}

fn hash(bytes: &[u8]) -> String {
    format!("{:x}", Sha256::digest(bytes))
}

/// A segment, after a look at its length and at a range of it.
fn load(client: &Client<impl origin::Source>, path: &str, is_looked_at: bool) -> Vec<u8> {
    let whole = client.get(path);
    assert_eq!(whole.status(), StatusCode::OK, "{path}");
    let body = whole.body().to_vec();
    assert_eq!(header(whole.headers(), "content-length"), body.len().to_string());
    if is_looked_at {
        let head = client.send(Method::HEAD, path, &[]);
        assert_eq!(header(head.headers(), "content-length"), body.len().to_string());
        let (from, to) = (body.len() / 3, body.len() / 2);
        let part = client.send(Method::GET, path, &[("range", &format!("bytes={from}-{to}"))]);
        assert_eq!((part.status(), &part.body()[..]), (StatusCode::PARTIAL_CONTENT, &body[from..=to]));
    }
    body
}

/// The pictures of a stream of PES packets in the source: lengths before NAL units instead of start codes, without the
/// delimiter and the parameter sets that were put before them.
fn pictures<'a>(all: &[Pes], source: &'a [Stream]) -> Found<'a> {
    let last = transport::nal_units(&all.last().unwrap().data);
    let has_it = |stream: &&Stream| stream.packets.iter().any(|packet| is_picture(&last, packet));
    let source = source.iter().find(has_it).unwrap();
    let mut rest = source.packets.iter();
    let found = |pes: &Pes| {
        let units = transport::nal_units(&pes.data);
        let is_delimiter = matches!(units[0], [9, _] | [0x46, 1, _]);
        assert!(is_delimiter && pes.data.starts_with(&[0, 0, 0, 1]), "a delimiter is first");
        let packet = rest.find(|packet| is_picture(&units, packet)).unwrap();
        Served { packet, pts: ticks(pes.pts), dts: ticks(pes.dts) }
    };
    Found { source, samples: all.iter().map(found).collect() }
}

/// Whether these NAL units, but for some at the start, are a packet of the source.
fn is_picture(units: &[&[u8]], packet: &Packet) -> bool {
    (0..units.len()).map(|skipped| &units[skipped..]).any(|units| {
        let with_length =
            |unit: &&[u8]| [&u32::try_from(unit.len()).unwrap().to_be_bytes()[..], unit].concat();
        units.iter().map(|unit| 4 + unit.len()).sum::<usize>() == packet.size
            && hash(&units.iter().flat_map(with_length).collect::<Vec<_>>()) == packet.hash
    })
}

#[expect(clippy::cast_precision_loss, reason = "hours fit")]
fn ticks(time: i64) -> f64 {
    time as f64
}

/// The frames of a track of sound, one behind the other. `marks`: where in the bytes which time is said; others
/// follow. Frames that the source has not are silence.
fn frames<'a>(bytes: &[u8], marks: &[(usize, i64)], source: &'a Stream, is_aac: bool) -> Option<Found<'a>> {
    let mut durations: Vec<_> = source.packets.iter().map(|packet| packet.duration).collect();
    durations.sort_unstable();
    // What a decoder counts for each frame, whatever the file says.
    let frame = ticks(durations[durations.len() / 2]) * 90_000.0 / f64::from(source.timescale);
    let (mut at, mut clock, mut samples) = (0, 0.0, Vec::new());
    let mut rest = source.packets.iter().peekable();
    while at < bytes.len() {
        if let Ok(mark) = marks.binary_search_by_key(&at, |mark| mark.0) {
            clock = ticks(marks[mark].1);
        }
        let header = if is_aac { ADTS } else { 0 };
        let says = bytes.get(at + 3..at + 6).filter(|_| is_aac);
        let said =
            says.map(|b| usize::from(b[0] & 3) << 11 | usize::from(b[1]) << 3 | usize::from(b[2] >> 5));
        let own = |packet: &&Packet| {
            let end = at + header + packet.size;
            said.is_none_or(|said| said == header + packet.size)
                && bytes.get(at + header..end).is_some_and(|frame| hash(frame) == packet.hash)
        };
        let before = rest.clone();
        let Some(packet) = rest.find(own) else {
            (rest, at, clock) = (before, at + said?, clock + frame);
            continue;
        };
        samples.push(Served { packet, pts: clock, dts: clock });
        clock += frame;
        at += header + packet.size;
    }
    // Silence alone is no match.
    (samples.len() * 2 > source.packets.len().min(8)).then_some(Found { source, samples })
}

/// Sound in PES packets or behind tags.
fn sound<'a>(segments: &[(i64, Vec<u8>)], source: &'a [Stream]) -> Found<'a> {
    let (mut bytes, mut marks) = (Vec::new(), Vec::new());
    for (pts, data) in segments {
        marks.push((bytes.len(), *pts));
        bytes.extend_from_slice(data);
    }
    let is_aac = bytes.starts_with(&[0xff, 0xf1]);
    source.iter().find_map(|stream| frames(&bytes, &marks, stream, is_aac)).unwrap()
}

/// The time that a tag says, and what is behind it (RFC 8216bis §3.1.3.1).
fn untagged(segment: &[u8]) -> (i64, Vec<u8>) {
    assert_eq!(segment[20..64], *b"com.apple.streaming.transportStreamTimestamp");
    let pts = u64::from_be_bytes(segment[65..TAG].try_into().unwrap());
    (pts.try_into().unwrap(), segment[TAG..].to_vec())
}

/// How much later than the source's tables say samples are presented and decoded, in ticks of 90 kHz: the same for all
/// but those that an edit list holds or squeezes at the start.
fn shifts(found: &Found<'_>) -> (f64, f64) {
    let rate = f64::from(found.source.timescale) / 90_000.0;
    let of = |time: fn(&Served<'_>) -> f64, due: fn(&Packet) -> i64| {
        let all = found.samples.iter().map(|s| (time(s) - ticks(due(s.packet)) / rate, s.pts));
        let all: Vec<_> = all.collect();
        let mut sorted: Vec<_> = all.iter().map(|(shift, _)| *shift).collect();
        sorted.sort_by(f64::total_cmp);
        let median = sorted[sorted.len() / 2];
        let off: Vec<_> = all.iter().filter(|(shift, _)| (shift - median).abs() > 2.0).collect();
        assert!(off.iter().all(|(_, pts)| *pts < TIME_ZERO + 9_000.0), "{off:?} against {median}");
        median
    };
    (of(|s| s.pts, |packet| packet.pts), of(|s| s.dts, |packet| packet.dts))
}

/// What a media playlist leads to, after ffprobe has said the same of it as `mpeg2ts`.
fn served<'a>(client: &Client<impl origin::Source>, list: &List, source: &'a [Stream]) -> Vec<Found<'a>> {
    let mut bodies = Vec::new();
    for (number, path) in list.segments.iter().enumerate() {
        bodies.push(load(client, path, number == 0));
    }
    if ending(&list.segments[0]) != "ts" {
        let segments: Vec<_> = bodies.iter().map(|body| untagged(body)).collect();
        return vec![sound(&segments, source)];
    }
    assert!(list.segments.iter().all(|path| ending(path) == "ts"), "one form for a rendition");
    let all: Vec<_> = bodies.iter().flat_map(|body| transport::segment(body)).collect();
    let (shown, heard): (Vec<_>, Vec<_>) =
        all.into_iter().partition(|pes| pes.stream_id == transport::PICTURES);
    let mut out = Vec::new();
    if !shown.is_empty() {
        let own: Vec<_> = shown.iter().map(|pes| (pes.pts, pes.dts)).collect();
        assert_eq!(probe(&bodies.concat()), own, "{}", list.path);
        out.push(pictures(&shown, source));
    }
    if !heard.is_empty() {
        let heard: Vec<_> = heard.into_iter().map(|pes| (pes.pts, pes.data)).collect();
        out.push(sound(&heard, source));
    }
    out
}

/// PTS and DTS that ffprobe finds in pictures; nothing is wrong with the stream.
fn probe(stream: &[u8]) -> Vec<(i64, i64)> {
    let arguments =
        ["-v", "error", "-select_streams", "v", "-show_entries", "packet=pts,dts", "-of", "csv=p=0", "-"];
    let mut child = Command::new("ffprobe")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let output = std::thread::scope(|scope| {
        scope.spawn(move || stdin.write_all(stream).unwrap());
        child.wait_with_output().unwrap()
    });
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    let lines = text.lines().filter(|line| !line.is_empty());
    let times = lines.map(|line| line.split(',').map(|time| time.parse::<i64>().ok()).collect::<Vec<_>>());
    times.map(|times| (times[0].unwrap(), times[1].unwrap())).collect()
}

/// The median of how much later than ffprobe with the edit list says they are presented.
fn offset(found: &Found<'_>, presented: &[Stream]) -> f64 {
    let stream = presented.iter().find(|stream| stream.number == found.source.number).unwrap();
    let rate = f64::from(stream.timescale) / 90_000.0;
    let due: HashMap<_, _> = stream.packets.iter().map(|packet| (&packet.hash, packet.pts)).collect();
    let offset = |served: &Served<'_>| Some(served.pts - ticks(*due.get(&served.packet.hash)?) / rate);
    let mut all: Vec<_> = found.samples.iter().filter_map(offset).collect();
    all.sort_by(f64::total_cmp);
    all[all.len() / 2]
}

/// When the first of all tracks of media is presented, in ticks of 90 kHz.
fn start(presented: &[Stream], found: &[Found<'_>]) -> f64 {
    let is_found = |stream: &&Stream| found.iter().any(|found| found.source.number == stream.number);
    let first = |stream: &Stream| {
        let shown = stream
            .packets
            .iter()
            .filter(|packet| !packet.is_hidden && packet.pts + packet.duration.max(1) > 0);
        ticks(shown.map(|packet| packet.pts.max(0)).min().unwrap()) * 90_000.0 / f64::from(stream.timescale)
    };
    presented.iter().filter(is_found).map(first).fold(f64::INFINITY, f64::min)
}

/// When those packets are presented that the edit list shows and that were not served, in ticks of the source.
fn missing(found: &Found<'_>, presented: &[Stream]) -> Vec<i64> {
    let stream = presented.iter().find(|stream| stream.number == found.source.number).unwrap();
    let served: HashSet<_> = found.samples.iter().map(|served| &served.packet.hash).collect();
    let shown = stream
        .packets
        .iter()
        .filter(|packet| !packet.is_hidden && packet.pts.saturating_add(packet.duration) > 0);
    shown.filter(|packet| !served.contains(&packet.hash)).map(|packet| packet.pts).collect()
}

fn check(fixture: &Fixture) {
    let client = Client::new(fixture.source());
    let master = |container| format!("{}/container/{container}/master.m3u8", asset_path(&fixture.key));
    let answer = client.get(&master("ts"));
    if answer.status() == StatusCode::UNPROCESSABLE_ENTITY {
        let said = String::from_utf8_lossy(answer.body()).into_owned();
        assert!(said.contains("MPEG-TS"), "{said}");
        return;
    }
    let source = ffprobe::streams(&fixture.path(), EditList::Ignore);
    let presented = ffprobe::streams(&fixture.path(), EditList::Apply);
    let mut seen = HashSet::new();
    for container in ["ts", "demuxed"] {
        let mut lists = offer::lists(&client, &master(container));
        lists.retain(|list| ending(&list.segments[0]) != "vtt" && seen.insert(list.path.clone()));
        let found: Vec<_> = lists.iter().flat_map(|list| served(&client, list, &source)).collect();
        if UNTIMED.contains(&fixture.key.as_str()) {
            continue;
        }
        for rendition in &found {
            // The last packet of a recording that broke off is not whole.
            if !fixture.is("fragmented-cut") {
                let missing = missing(rendition, &presented);
                assert!(missing.is_empty(), "{}: {missing:?} of {container}", fixture.key);
            }
            shifts(rendition);
            let due = TIME_ZERO - start(&presented, &found);
            let offset = offset(rendition, &presented);
            // Edit lists count in milliseconds.
            assert!((offset - due).abs() < 10.0, "{offset} instead of {due} in {container}");
        }
    }
    assert!(!seen.is_empty());
}

#[test]
fn every_fixture() {
    each(fixtures::playable().filter(|fixture| !fixture.is("huge/")), check);
}

/// Each entry is one key frame of the source at its time, with tables before it.
#[test]
fn key_frames_alone() {
    let chosen = ["avc-aac.mp4", "open-gop-hevc.mp4", "negative-ctts.mp4"];
    each(chosen.map(fixtures::named), |fixture| {
        let client = Client::new(fixture.source());
        let master = format!("{}/container/demuxed/master.m3u8", asset_path(&fixture.key));
        let text = client.text(&master);
        let tag = text.lines().find(|line| line.starts_with("#EXT-X-I-FRAME-STREAM-INF:")).unwrap();
        let list = offer::list(&client, &offer::resolve(&master, quoted(tag, "URI").unwrap()));
        assert!(list.playlist.i_frames_only && list.init.is_none());
        let entry = |(number, path): (usize, &String)| {
            let mut pictures = transport::segment(&load(&client, path, number == 0));
            assert_eq!(pictures.len(), 1, "{path}");
            pictures.remove(0)
        };
        let all: Vec<_> = list.segments.iter().enumerate().map(entry).collect();
        let source = ffprobe::streams(&fixture.path(), EditList::Ignore);
        let found = pictures(&all, &source);
        assert!(found.samples.len() > 2 && found.samples.iter().all(|served| served.packet.is_key));
        let presented = ffprobe::streams(&fixture.path(), EditList::Apply);
        assert!((offset(&found, &presented) - TIME_ZERO).abs() < 2.0);
    });
}

/// RFC 8216bis §3.1.4: cues count from what the clock of the transport streams says at time 0.
#[test]
fn captions_say_the_clock() {
    let client = Client::new(fixtures::named("text.mp4").source());
    let lists = offer::lists(&client, "/text.mp4/container/demuxed/master.m3u8");
    let all = lists.iter().flat_map(|list| &list.segments);
    let segments: Vec<_> = all.filter(|path| ending(path) == "vtt").collect();
    assert!(!segments.is_empty());
    for path in segments {
        let text = client.text(path);
        assert!(text.starts_with("WEBVTT\nX-TIMESTAMP-MAP=MPEGTS:900000,LOCAL:00:00:00.000\n"), "{text}");
        assert!(path.ends_with("-ts.vtt"), "{path}");
    }
}

/// Sound with gaps too short for a frame of silence is MPEG-TS, in which each frame has its time.
#[test]
fn sound_with_gaps() {
    let frame_ticks = |number: u32| if number % 100 == 99 { 1574 } else { 1024 };
    let samples = (0..1000).map(|number| SourceSample::sync(frame_ticks(number), 200));
    let track = SourceTrack::new(1, *b"soun", 48_000, mp4a(48_000, 0x1190)).with_samples(samples);
    let movie = SourceMovie { timescale: 1000, tracks: vec![track] };
    let mut file = movie.moov().to_vec();
    let media = usize::try_from(movie.tracks[0].first_byte()).unwrap();
    let room = u32::try_from(media - 8 - file.len()).unwrap();
    file.extend([&room.to_be_bytes()[..], b"free"].concat());
    file.resize(usize::try_from(movie.file_bytes()).unwrap(), 0);
    file[media - 8..media].copy_from_slice(&[0, 0, 0, 0, b'm', b'd', b'a', b't']);
    let mut source = MemorySource::default();
    source.insert("sound.mp4", file);
    let client = Client::new(source);
    let lists = offer::lists(&client, "/sound.mp4/container/demuxed/master.m3u8");
    assert_eq!(lists.len(), 1);
    let mut expected = (0..1000).scan(TIME_ZERO, |clock, number| {
        let own = *clock;
        *clock += f64::from(frame_ticks(number)) * 90_000.0 / 48_000.0;
        Some(own)
    });
    for path in &lists[0].segments {
        assert!(ending(path) == "ts", "{path}");
        for pes in transport::segment(&load(&client, path, true)) {
            assert_eq!(pes.data.len() % (ADTS + 200), 0);
            let mut said = ticks(pes.pts);
            for due in expected.by_ref().take(pes.data.len() / (ADTS + 200)) {
                assert!((said - due).abs() <= 4.0, "{said} instead of {due}");
                // A decoder's own count: 1024 of 48,000 in a second.
                said += 1920.0;
            }
        }
    }
    assert_eq!(expected.next(), None);
}
