//! Dates in HLS media playlists. Oracles: m3u8-rs and quick-m3u8 read them, ffprobe says where clips begin, and the
//! durations of whole playlists say when segments do.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a panic is how a test fails")]

use http::StatusCode;
use m3u8_rs::MediaPlaylist;
use origin::source::MemorySource;
use origin::{Config, ProgramDateTime};
use quick_m3u8::{HlsLine, Reader, config::ParsingOptionsBuilder, tag::KnownTag, tag::hls::Tag};
use tests::client::header;
use tests::download::{playlist_uris, quoted};
use tests::ffprobe::{self, EditList};
use tests::offer::resolve;
use tests::{Client, fixtures};

const FILM: &str = "avc-aac.mp4";
/// 2024-05-01T10:00:00Z, by `date -u -d TEXT +%s`, in milliseconds; and in seconds since 1904, which is
/// 2,082,844,800 s before 1970 (`date -u -d 1904-01-01 +%s`).
const CREATED_MILLIS: i64 = 1_714_557_600_000;
const CREATED_SECS: u32 = 3_797_402_400;
/// What a path may say before `master.m3u8`.
const OPTIONS: [&str; 5] = ["", "container/demuxed/", "container/ts/", "segments/file/", "tracks/v1/"];

/// The film, whose movie header says that it was made then.
fn film(creation_secs: u32) -> Vec<u8> {
    let mut bytes = std::fs::read(fixtures::named(FILM).path()).unwrap();
    let at = bytes.windows(4).position(|kind| kind == b"mvhd").unwrap() + 4;
    assert_eq!(bytes[at], 0, "a header of version 0");
    bytes[at + 4..at + 8].copy_from_slice(&creation_secs.to_be_bytes());
    bytes
}

fn client(program_date_time: ProgramDateTime) -> Client<MemorySource> {
    let mut source = MemorySource::default();
    source.insert("film.mp4", film(CREATED_SECS));
    source.insert("undated.mp4", film(0));
    source.insert("two/film_1.mp4", film(CREATED_SECS));
    source.insert("two/film_2.mp4", std::fs::read(fixtures::named("hev1.mp4").path()).unwrap());
    let set = r#"{"sources": [{"path": "film.mp4"}], "date": "2030-01-01T00:00:00.250Z"}"#;
    source.insert("dated.json", set);
    Client::with_config(source, Config { program_date_time, nginx_urls: true, ..Config::default() })
}

/// Paths of all media playlists that a multivariant playlist names, those of key frames too.
fn media(client: &Client<MemorySource>, path: &str) -> Vec<String> {
    let text = client.text(path);
    let key_frames = text.lines().filter(|line| line.starts_with("#EXT-X-I-FRAME-STREAM-INF:"));
    let key_frames = key_frames.map(|line| quoted(line, "URI").unwrap().to_owned());
    let uris: Vec<_> = playlist_uris(&text).into_iter().chain(key_frames).collect();
    uris.iter().map(|uri| resolve(path, uri)).collect()
}

fn parsed(text: &str) -> MediaPlaylist {
    let (_, playlist) = m3u8_rs::parse_media_playlist(text.as_bytes()).unwrap();
    playlist
}

/// The date of the first segment, in milliseconds after 1970; no other has one.
fn date(text: &str) -> Option<i64> {
    let playlist = parsed(text);
    let rest = &playlist.segments[1..];
    assert!(rest.iter().all(|segment| segment.program_date_time.is_none()), "{text}");
    let options = ParsingOptionsBuilder::new().with_parsing_for_all_tags().build();
    let (mut reader, mut dates) = (Reader::from_str(text, options), 0);
    while let Some(line) = reader.read_line().unwrap() {
        dates += usize::from(matches!(line, HlsLine::KnownTag(KnownTag::Hls(Tag::ProgramDateTime(_)))));
    }
    let date = playlist.segments[0].program_date_time.map(|date| date.timestamp_millis());
    assert_eq!(dates, usize::from(date.is_some()), "{text}");
    date
}

/// Milliseconds from the film's creation to a playlist's date.
fn since(text: &str) -> f64 {
    f64::from(i32::try_from(date(text).unwrap() - CREATED_MILLIS).unwrap())
}

#[test]
fn none_unless_wanted() {
    let client = client(ProgramDateTime::Off);
    for path in OPTIONS.map(|options| format!("/film.mp4/{options}master.m3u8")) {
        for playlist in media(&client, &path) {
            assert_eq!(date(&client.text(&playlist)), None, "{playlist}");
        }
    }
}

#[test]
fn a_source_s_own() {
    let client = client(ProgramDateTime::Source);
    for path in OPTIONS.map(|options| format!("/film.mp4/{options}master.m3u8")) {
        let playlists = media(&client, &path);
        assert!(!playlists.is_empty());
        for playlist in playlists {
            assert_eq!(date(&client.text(&playlist)), Some(CREATED_MILLIS), "{playlist}");
        }
    }
    for path in ["/undated.mp4/master.m3u8", "/two/master.m3u8"] {
        for playlist in media(&client, path) {
            assert_eq!(date(&client.text(&playlist)), None, "{playlist}");
        }
    }
}

/// The same URL gives the same text whatever is configured, or caches would keep the wrong one for a year.
#[test]
fn the_name_says_the_date() {
    let (with, without) = (client(ProgramDateTime::Source), client(ProgramDateTime::Off));
    for options in OPTIONS {
        let path = format!("/film.mp4/{options}master.m3u8");
        let (dated, undated) = (media(&with, &path), media(&without, &path));
        assert!(dated.iter().all(|playlist| !undated.contains(playlist)), "{dated:?}");
        for playlist in dated.iter().chain(&undated) {
            assert_eq!(with.text(playlist), without.text(playlist));
            let answer = with.get(playlist);
            assert!(header(answer.headers(), "cache-control").contains("immutable"));
        }
    }
}

/// Where a window begins later, so does the date. Oracle: the whole playlist's durations until that segment; those of
/// sound count a frame of 1024 samples at 48 kHz that is decoded and not heard (ARCHITECTURE.md, "Timeline", 5).
#[test]
fn a_window_s_start() {
    let client = client(ProgramDateTime::Source);
    for form in ["", "container/demuxed/", "container/ts/"] {
        let whole = media(&client, &format!("/film.mp4/{form}master.m3u8"));
        let part = media(&client, &format!("/film.mp4/{form}start/7/master.m3u8"));
        assert_eq!(whole.len(), part.len());
        for (whole, part) in whole.iter().zip(&part) {
            let (all, text) = (parsed(&client.text(whole)), client.text(part));
            let first = &parsed(&text).segments[0].uri;
            let before = all.segments.iter().take_while(|segment| segment.uri != *first);
            let before: f64 = before.map(|segment| f64::from(segment.duration)).sum();
            let unheard =
                if tests::download::track_of(part).starts_with('a') { 1024.0 / 48_000.0 } else { 0.0 };
            let before = before - if part.contains("muxed") { 0.0 } else { unheard };
            assert!(before > 3.0 && before < 8.0, "{before}");
            let off = since(&text) - before * 1000.0;
            assert!(off.abs() < 1.5, "{part}: {off} ms");
        }
    }
}

/// A clip begins with a key frame. Oracle: ffprobe.
#[test]
fn a_clip_s_start() {
    let client = client(ProgramDateTime::Source);
    let streams = ffprobe::streams(&fixtures::named(FILM).path(), EditList::Apply);
    let pictures = streams.iter().find(|stream| stream.packets.iter().any(|packet| !packet.is_key)).unwrap();
    let millis = |pts: i64| f64::from(i32::try_from(pts).unwrap()) * 1000.0 / f64::from(pictures.timescale);
    let keys = pictures.packets.iter().filter(|packet| packet.is_key).map(|packet| millis(packet.pts));
    let begin = keys.filter(|&key| key <= 7100.0).fold(0.0, f64::max);
    assert!(begin > 0.0);
    for form in ["", "container/demuxed/", "container/ts/", "segments/file/"] {
        for playlist in media(&client, &format!("/film.mp4/{form}clipFrom/7100/clipTo/9000/master.m3u8")) {
            let off = since(&client.text(&playlist)) - begin;
            assert!(off.abs() < 1.5, "{playlist}: {off} ms");
        }
    }
}

/// What a set says counts, also where its playlists are those of its source.
#[test]
fn a_set_s_date_wins() {
    let said = 1_893_456_000_250;
    for dates in [ProgramDateTime::Off, ProgramDateTime::Source] {
        let client = client(dates);
        for options in OPTIONS {
            for playlist in media(&client, &format!("/dated.json/{options}master.m3u8")) {
                assert_eq!(date(&client.text(&playlist)), Some(said), "{playlist}");
            }
        }
    }
}

/// Playlists without a version in their URL have an entity tag that says the date too.
#[test]
fn in_nginx_s_layout() {
    let (with, without) = (client(ProgramDateTime::Source), client(ProgramDateTime::Off));
    let path = "/hls/film.mp4/index-v1-a1.m3u8";
    assert_eq!(date(&with.text(path)), Some(CREATED_MILLIS));
    assert_eq!(date(&without.text(path)), None);
    let tag = |client: &Client<MemorySource>| header(client.get(path).headers(), "etag").to_owned();
    assert_ne!(tag(&with), tag(&without));
    let stale = with.send(http::Method::GET, path, &[("if-none-match", &tag(&without))]);
    assert_eq!(stale.status(), StatusCode::OK);
    assert_eq!(date(&with.text("/hls/dated.json/index-v1.m3u8")), Some(1_893_456_000_250));
}
