//! Clips show the source's packets and no others, moved as one. Oracle: ffprobe on the source.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a panic is how a test fails")]

use http::StatusCode;
use sha2::{Digest, Sha256};
use tests::client::asset_path;
use tests::download::{micros, playlist_uris, quoted, track_of};
use tests::ffprobe::{self, EditList, Packet, Stream};
use tests::fixtures::{self, Fixture};
use tests::{Client, cues, each, fmp4};

/// Pictures and sound of many kinds; all start at 0, and ffprobe reads their edit lists exactly.
const SOURCES: [&str; 9] = [
    "avc-aac.mp4",
    "big-offsets.mp4",
    "eac3.mp4",
    "hev1.mp4",
    "long-gop.mp4",
    "negative-ctts.mp4",
    "open-gop-avc.mp4",
    "open-gop-hevc.mp4",
    "text.mp4",
];

/// From and to, in milliseconds: within groups of pictures and between them, within pictures and between them,
/// from the start, to the end and past it.
const REACHES: [(Option<u32>, Option<u32>); 7] = [
    (Some(2000), Some(5000)),
    (Some(3100), Some(6500)),
    (Some(1999), Some(4033)),
    (Some(1), None),
    (None, Some(2500)),
    (Some(4321), Some(900_000_000)),
    (Some(2001), Some(2002)),
];

#[test]
fn clips_are_the_sources_packets_moved_as_one() {
    let wanted = fixtures::made().iter().filter(|fixture| SOURCES.contains(&fixture.key.as_str()));
    each(wanted, |fixture| {
        let client = Client::new(fixture.source());
        let streams = ffprobe::streams(&fixture.path(), EditList::Apply);
        for &reach in &REACHES {
            check(&client, (fixture, &streams), reach);
        }
    });
}

/// A delivered sample.
struct Delivered {
    hash: String,
    /// Presentation time in ticks of the packaged track.
    pts: i64,
    duration: i64,
    is_sync: bool,
}

/// A delivered track.
struct Track {
    scale: i64,
    samples: Vec<Delivered>,
    /// All EXTINF, in microseconds.
    duration: u64,
}

fn options((from, to): (Option<u32>, Option<u32>)) -> String {
    let from = from.map(|from| format!("/clipFrom/{from}")).unwrap_or_default();
    let to = to.map(|to| format!("/clipTo/{to}")).unwrap_or_default();
    format!("{from}{to}")
}

fn check<S: origin::Source>(
    client: &Client<S>,
    (fixture, streams): (&Fixture, &[Stream]),
    reach: (Option<u32>, Option<u32>),
) {
    let path = format!("{}{}/master.m3u8", asset_path(&fixture.key), options(reach));
    let multivariant = client.text(&path);
    let video = &streams[0];
    let scale = i64::from(video.timescale);
    let end = video.packets.iter().map(|packet| packet.pts + packet.duration).max().unwrap();
    let from = i64::from(reach.0.unwrap_or(0)) * scale / 1000;
    let to = reach.1.map_or(end, |to| (i64::from(to) * scale / 1000).min(end));
    let key = (0..video.packets.len())
        .rfind(|&at| video.packets[at].is_key && video.packets[at].pts <= from)
        .unwrap();
    // Sound alone is cut anywhere.
    let start = if multivariant.contains("RESOLUTION") { video.packets[key].pts } else { from };
    for uri in playlist_uris(&multivariant) {
        let name = track_of(&uri);
        if name.starts_with('t') {
            continue;
        }
        let track = load(client, &resolve(&path, &uri));
        let source = streams.iter().find(|s| name[1..] == s.number.to_string()).unwrap();
        if name.starts_with('v') {
            check_video(&track, source, (key, to));
        } else {
            check_audio(&track, source, (start, to, scale));
        }
    }
}

/// From the key frame on in decoding order, at their times from there; open groups' leading pictures, which
/// would need what came before, are hidden in slots of one tick.
fn check_video(track: &Track, source: &Stream, (key, to): (usize, i64)) {
    let factor = track.scale / i64::from(source.timescale);
    let start = source.packets[key].pts;
    let last = source.packets.iter().rposition(|packet| packet.pts >= start && packet.pts < to).unwrap();
    let expected = &source.packets[key..=last];
    let hashes: Vec<_> = track.samples.iter().map(|sample| &sample.hash).collect();
    assert_eq!(hashes, expected.iter().map(|packet| &packet.hash).collect::<Vec<_>>());
    let leading = expected.iter().filter(|packet| packet.pts < start).count();
    for (sample, packet) in track.samples.iter().zip(expected) {
        assert_eq!(sample.is_sync, packet.is_key);
        let moved = (packet.pts - start) * factor;
        if moved < 0 || (moved == 0 && leading > 0) {
            assert!((0..=i64::try_from(leading).unwrap()).contains(&sample.pts), "{}", sample.pts);
        } else {
            assert_eq!(sample.pts, moved);
        }
    }
    assert!(track.samples[0].is_sync);
    same_duration(track);
}

/// What sounds between the ends, and before it what primes the decoder; to half a tick at the pictures' time.
fn check_audio(track: &Track, source: &Stream, (start, to, video_scale): (i64, i64, i64)) {
    let ticks = |video: i64| {
        let doubled = video * i64::from(source.timescale) * 2;
        (doubled + video_scale).div_euclid(2 * video_scale)
    };
    let (start, to) = (ticks(start), ticks(to));
    assert_eq!(track.scale, i64::from(source.timescale));
    let shown: Vec<&Packet> = source.packets.iter().collect();
    let first = shown.iter().position(|packet| packet.pts + packet.duration > start).unwrap();
    // A frame of which less than a sliver would sound is left out, as at the end of an edit list.
    let sliver = i64::from(source.timescale) / 500;
    let last = shown.iter().rposition(|packet| packet.pts < to).unwrap();
    let at = shown.iter().position(|packet| packet.hash == track.samples[0].hash && packet.pts <= start);
    let at = at.unwrap();
    assert!(at <= first && first - at <= 2, "{at} {first}");
    let count = track.samples.len();
    let end = at + count - 1;
    assert!(end == last || (end + 1 == last && to - shown[last].pts <= sliver), "{end} {last}");
    for (sample, packet) in track.samples.iter().zip(&shown[at..]) {
        assert_eq!(sample.hash, packet.hash);
        assert_eq!(sample.pts, packet.pts - start, "{} {at} {first} {start}", packet.pts);
    }
    same_duration(track);
}

/// The playlist lasts what its samples do, the priming included.
fn same_duration(track: &Track) {
    let decoded: i64 = track.samples.iter().map(|sample| sample.duration).sum();
    let printed = i64::try_from(track.duration).unwrap();
    assert!((printed - decoded * 1_000_000 / track.scale).abs() <= 1, "{printed}");
}

fn load<S: origin::Source>(client: &Client<S>, path: &str) -> Track {
    let playlist = client.text(path);
    let map = playlist.lines().find(|line| line.starts_with("#EXT-X-MAP")).unwrap();
    let init = fmp4::init(&client.body(&resolve(path, quoted(map, "URI").unwrap())));
    let (mut samples, mut duration) = (Vec::new(), 0);
    for line in playlist.lines() {
        if let Some(value) = line.strip_prefix("#EXTINF:") {
            duration += micros(value.trim_end_matches(','));
        } else if !line.starts_with('#') {
            let segment = fmp4::segment(&client.body(&resolve(path, line)), &init);
            samples.extend(segment.samples.iter().map(|sample| Delivered {
                hash: hash(&sample.bytes),
                pts: sample.composition_time - init.media_time(),
                duration: sample.duration.into(),
                is_sync: sample.is_sync(),
            }));
        }
    }
    Track { scale: init.timescale.into(), samples, duration }
}

fn hash(bytes: &[u8]) -> String {
    format!("{:x}", Sha256::digest(bytes))
}

/// A relative reference against the path of the document that it is in (RFC 3986 §5.2).
fn resolve(base: &str, relative: &str) -> String {
    let mut folders: Vec<_> = base.split('/').collect();
    folders.pop();
    let mut rest = relative;
    while let Some(after) = rest.strip_prefix("../") {
        folders.pop();
        rest = after;
    }
    format!("{}/{rest}", folders.join("/"))
}

/// Captions are cut to the clip and moved with it; so are those of files beside the source.
#[test]
fn captions_move_with_the_clip() {
    let fixture = fixtures::named("text.mp4");
    let client = Client::new(fixture.source());
    let whole = captions(&client, "/text.mp4/master.m3u8");
    // The clip starts with the key frame at 2 s.
    let clip = captions(&client, "/text.mp4/clipFrom/3100/clipTo/7500/master.m3u8");
    let (begin, length) = (2000, 5500);
    let expected: Vec<_> = whole
        .iter()
        .filter(|(start, end, _)| *end > begin && *start < begin + length)
        .map(|(start, end, text)| (start.saturating_sub(begin), (end - begin).min(length), text.clone()))
        .collect();
    assert!(expected.len() == 2, "{expected:?}");
    assert_eq!(clip, expected);
}

/// Start, end and text of all captions, in milliseconds.
fn captions<S: origin::Source>(client: &Client<S>, path: &str) -> Vec<(u64, u64, String)> {
    let multivariant = client.text(path);
    let uri = playlist_uris(&multivariant).into_iter().find(|uri| track_of(uri).starts_with('t')).unwrap();
    let path = resolve(path, &uri);
    let whole = client.text(&resolve(&path, "captions.vtt"));
    cues::of_web_vtt(&whole).into_iter().map(|cue| (cue.start, cue.end, cue.text)).collect()
}

#[test]
fn what_shows_nothing_is_not_found() {
    let fixture = fixtures::named("avc-aac.mp4");
    let client = Client::new(fixture.source());
    for (path, status) in [
        ("/avc-aac.mp4/clipFrom/20000/master.m3u8", StatusCode::NOT_FOUND),
        ("/avc-aac.mp4/clipFrom/30000/clipTo/40000/manifest.mpd", StatusCode::NOT_FOUND),
        ("/avc-aac.mp4/start/20/master.m3u8", StatusCode::NOT_FOUND),
        ("/avc-aac.mp4/clipFrom/19999/master.m3u8", StatusCode::OK),
        ("/missing.mp4/clipFrom/0/master.m3u8", StatusCode::NOT_FOUND),
    ] {
        let response = client.get(path);
        assert_eq!(response.status(), status, "{path}");
        let body = String::from_utf8_lossy(response.body()).into_owned();
        let is_empty_clip = status == StatusCode::NOT_FOUND && !path.contains("missing");
        assert_eq!(body.contains("the clip is empty"), is_empty_clip, "{body}");
    }
}

/// A set over the made fixtures, which are read where they are.
struct WithSet(origin::source::DirectorySource);

const PROGRAMME: &str = r#"{
  "clips": [
    {"sources": [{"path": "avc-aac.mp4"}], "clipFrom": 3100, "clipTo": 7500},
    {"sources": [{"path": "text.mp4"}], "clipFrom": 2000, "clipTo": 8000},
    {"sources": [{"path": "avc-aac.mp4"}], "clipFrom": 14000}
  ],
  "date": "2024-05-01T12:00:00Z",
  "cues": [{"id": "out", "start": 7, "duration": 2.5, "scte35Out": "0xFC30"}]
}"#;

impl origin::Source for WithSet {
    async fn head(&self, key: &str) -> Result<origin::source::Object, origin::source::SourceError> {
        if key == "programme.json" { Ok(set_object()) } else { self.0.head(key).await }
    }

    async fn read(
        &self,
        object: &origin::source::Object,
        range: std::ops::Range<u64>,
    ) -> Result<bytes::Bytes, origin::source::SourceError> {
        if object.key != "programme.json" {
            return self.0.read(object, range).await;
        }
        let place = |at: u64| usize::try_from(at).unwrap();
        Ok(bytes::Bytes::from_static(&PROGRAMME.as_bytes()[place(range.start)..place(range.end)]))
    }

    async fn list(&self, folder: &str) -> Result<Vec<origin::source::Object>, origin::source::SourceError> {
        self.0.list(folder).await
    }
}

fn set_object() -> origin::source::Object {
    let (key, etag) = ("programme.json".to_owned(), "\"1\"".to_owned());
    origin::source::Object { key, bytes: PROGRAMME.len() as u64, etag, revision: None }
}

/// Each row goes through all clips, as long in each as the DASH period: what a row lacks is a gap.
#[test]
fn programmes_are_discontinuities_and_periods() {
    let client = Client::new(WithSet(fixtures::named("avc-aac.mp4").source()));
    let multivariant = client.text("/programme.json/master.m3u8");
    let mpd = client.text("/programme.json/manifest.mpd");
    let document = roxmltree::Document::parse(&mpd).unwrap();
    let seconds = |text: &str| micros(text.trim_start_matches("PT").trim_end_matches('S'));
    let periods = document.descendants().filter(|node| node.tag_name().name() == "Period");
    let periods: Vec<_> = periods
        .map(|node| (seconds(node.attribute("start").unwrap()), seconds(node.attribute("duration").unwrap())))
        .collect();
    assert_eq!(periods.len(), 3);
    assert!(periods.windows(2).all(|pair| pair[0].0 + pair[0].1 == pair[1].0), "{periods:?}");
    let uris = playlist_uris(&multivariant);
    assert_eq!(uris.len(), 3, "{multivariant}");
    for uri in uris {
        let path = resolve("/programme.json/master.m3u8", &uri);
        let playlist = client.text(&path);
        let m3u8_rs::Playlist::MediaPlaylist(parsed) =
            m3u8_rs::parse_playlist_res(playlist.as_bytes()).unwrap()
        else {
            panic!("{playlist}")
        };
        assert_eq!(parsed.segments.iter().filter(|segment| segment.discontinuity).count(), 2);
        let mut clips = Vec::new();
        for part in playlist.split("#EXT-X-DISCONTINUITY\n") {
            let lengths = part.lines().filter_map(|line| line.strip_prefix("#EXTINF:"));
            clips.push(lengths.map(|value| micros(value.trim_end_matches(','))).sum::<u64>());
        }
        assert_eq!(clips, periods.iter().map(|period| period.1).collect::<Vec<_>>(), "{playlist}");
        let is_text = uri.contains("/t1/");
        assert_eq!(playlist.matches("#EXT-X-GAP\n").count(), if is_text { 2 } else { 0 }, "{playlist}");
        assert!(playlist.contains(
            "#EXT-X-DATERANGE:ID=\"out\",START-DATE=\"2024-05-01T12:00:07.000Z\",DURATION=2.500,SCTE35-OUT=0xFC30\n"
        ));
        for line in playlist.lines().filter(|line| !line.starts_with('#') && *line != "gap") {
            assert!(!client.body(&resolve(&path, line)).is_empty());
        }
    }
    // 0xfc30 in base64; 7 s lie in the second period.
    let event = document.descendants().find(|node| node.tag_name().name() == "Event").unwrap();
    assert_eq!(event.attribute("presentationTime"), Some((7000 - periods[1].0 / 1000).to_string().as_str()));
    assert!(mpd.contains("<Binary>/DA=</Binary>"), "{mpd}");
    assert_eq!(client.get("/programme.json/clipFrom/5/master.m3u8").status(), StatusCode::NOT_FOUND);
    assert_eq!(client.get("/programme.json/0000000000000000/v1/programme.m3u8").status(), StatusCode::GONE);
}
