//! A download is a plain MP4 with the packets of the segments at their times. Oracle: ffprobe on it, and on the
//! source where nothing of that is hidden or made up.
#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

use http::{Method, StatusCode};
use origin::Config;
use origin::source::DirectorySource;
use sha2::{Digest, Sha256};
use tests::client::{asset_path, header};
use tests::ffprobe::{self, EditList, Packet};
use tests::random::Random;
use tests::sources::Counting;
use tests::{Client, Download, Fixture, Rendition, each, fixtures, fmp4};

/// Fixtures of which a player is shown every packet at the source's time, and nothing else.
const PLAIN: [&str; 5] = ["avc-aac-faststart.mp4", "avc-aac.mp4", "all-intra.mp4", "eac3.mp4", "av1.mp4"];

#[test]
fn every_packet_is_there() {
    each(fixtures::playable(), |fixture| {
        let client = Client::new(fixture.source());
        let response = client.get(&path_of(fixture));
        if response.status() == StatusCode::NOT_FOUND {
            assert!(fixture.is("text") || fixture.is("presentation"), "{}: only text", fixture.key);
            return;
        }
        assert_eq!(response.status(), StatusCode::OK, "{}", fixture.key);
        let packets = packets_of(response.body(), &fixture.key);
        let offered = Download::of(&client, &fixture.key);
        let mut expected = [true, false]
            .into_iter()
            .filter_map(|is_video| offered.hls.iter().find(|rendition| rendition.is_video() == is_video))
            .map(delivered);
        for found in packets {
            assert_eq!(found, expected.next().unwrap(), "{}", fixture.key);
        }
        assert!(expected.next().is_none(), "{}: a stream is missing", fixture.key);
    });
}

#[test]
fn plain_files_come_back() {
    for key in PLAIN {
        let fixture = fixtures::named(key);
        let body = Client::new(fixture.source()).body(&path_of(fixture));
        let of_source = ffprobe::streams(&fixture.path(), EditList::Apply);
        let of_download = written(&body, &format!("plain-{key}"));
        assert_eq!(of_source.len(), of_download.len(), "{key}");
        for (source, download) in of_source.iter().zip(&of_download) {
            let in_micros = |packet: &Packet, scale: u32| packet.pts * 1_000_000 / i64::from(scale);
            assert_eq!(source.packets.len(), download.packets.len(), "{key}");
            for (a, b) in source.packets.iter().zip(&download.packets) {
                assert_eq!((&a.hash, a.is_key), (&b.hash, b.is_key), "{key}");
                assert_eq!(in_micros(a, source.timescale), in_micros(b, download.timescale), "{key}");
            }
        }
    }
}

#[test]
fn the_header_stands_in_front() {
    let body = Client::new(fixtures::named("avc-aac.mp4").source()).body("/avc-aac.mp4/download.mp4");
    let kinds: Vec<_> = isobmff::read::Boxes::new(isobmff::FourCc(*b"file"), &body, 0)
        .map(|found| found.unwrap().kind.to_string())
        .collect();
    assert_eq!(kinds, ["ftyp", "moov", "mdat"]);
}

#[test]
fn any_range_is_that_of_the_whole() {
    let path = "/avc-aac.mp4/download.mp4";
    let source =
        || Counting::new(DirectorySource::new(fixtures::named("avc-aac.mp4").path().parent().unwrap()));
    let whole = Client::new(source()).body(path);
    let mut random = Random::new(5);
    for _ in 0..24 {
        let client = Client::new(source());
        let start = random.below(whole.len());
        let end = (start + random.below(64 << 10) + 1).min(whole.len());
        let part = client.send(Method::GET, path, &[("range", &format!("bytes={start}-{}", end - 1))]);
        assert_eq!(part.status(), StatusCode::PARTIAL_CONTENT);
        assert_eq!(
            header(part.headers(), "content-range"),
            format!("bytes {start}-{}/{}", end - 1, whole.len())
        );
        assert_eq!(part.body(), &whole.slice(start..end));
    }
}

#[test]
fn what_is_too_long_is_answered_in_parts() {
    let config = Config { max_segment_bytes: 100_000, ..Config::default() };
    let client = Client::with_config(fixtures::named("avc-aac.mp4").source(), config);
    let path = "/avc-aac.mp4/download.mp4";
    let head = client.send(Method::HEAD, path, &[]);
    let whole: u64 = header(head.headers(), "content-length").parse().unwrap();
    assert!(whole > 100_000);
    assert_eq!(client.get(path).status(), StatusCode::UNPROCESSABLE_ENTITY);
    let part = client.send(Method::GET, path, &[("range", "bytes=10-")]);
    assert_eq!(part.status(), StatusCode::PARTIAL_CONTENT);
    assert_eq!(header(part.headers(), "content-range"), format!("bytes 10-100009/{whole}"));
    assert_eq!(part.body().len(), 100_000);
    let name = header(part.headers(), "content-disposition");
    assert_eq!(name, "attachment; filename*=UTF-8''avc%2Daac.mp4");
}

#[test]
fn tracks_are_chosen() {
    let client = Client::new(fixtures::named("two-audio.mp4").source());
    let inspected = ffprobe::streams(&fixtures::named("two-audio.mp4").path(), EditList::Apply);
    let last = inspected.last().unwrap();
    let body = client.body(&format!("/two-audio.mp4/tracks/a{}/download.mp4", last.number));
    let found = written(&body, "two-audio-last");
    let [only] = found.as_slice() else { panic!("{} streams", found.len()) };
    assert_eq!(only.packets.first().unwrap().hash, last.packets.first().unwrap().hash);
    assert_eq!(client.get("/two-audio.mp4/tracks/a99/download.mp4").status(), StatusCode::NOT_FOUND);
}

fn path_of(fixture: &Fixture) -> String {
    format!("{}/download.mp4", asset_path(&fixture.key))
}

/// Time in ticks and hash of each packet that is presented from 0 on.
type Shown = Vec<(i64, String)>;

fn packets_of(body: &[u8], name: &str) -> Vec<Shown> {
    let shown = |packet: Packet| (packet.pts >= 0).then_some((packet.pts, packet.hash));
    written(body, name)
        .into_iter()
        .map(|stream| stream.packets.into_iter().filter_map(shown).collect())
        .collect()
}

/// What ffprobe finds in a file of these bytes.
fn written(body: &[u8], name: &str) -> Vec<ffprobe::Stream> {
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("downloads");
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join(format!("{}.mp4", name.replace(['/', '.'], "-")));
    std::fs::write(&path, body).unwrap();
    ffprobe::streams(&path, EditList::Apply)
}

/// The same of the segments of a rendition.
fn delivered(rendition: &Rendition) -> Shown {
    let init = fmp4::init(&rendition.init);
    let mut out = Vec::new();
    for segment in &rendition.segments {
        for sample in fmp4::segment(&segment.bytes, &init).samples {
            let pts = sample.composition_time - init.media_time();
            if pts >= 0 {
                out.push((pts, format!("{:x}", Sha256::digest(&sample.bytes))));
            }
        }
    }
    out
}
