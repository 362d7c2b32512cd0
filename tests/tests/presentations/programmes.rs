//! Programmes with bounds, order, filters and options, in MPEG-TS, and from nginx-vod's mapping. Oracles: what
//! `fixtures/make.sh` encodes, m3u8-rs, roxmltree, and ffprobe on what is served.

use std::collections::BTreeSet;
use std::io::Write;
use std::process::{Command, Stdio};

use http::StatusCode;
use m3u8_rs::{AlternativeMediaType, MediaPlaylist};
use origin::Config;
use origin::source::MemorySource;
use packaging::route::Addressing;
use packaging::selection::{Selection, StreamOrder};
use serde_json::{Value, json};
use tests::offer::{self, resolve};
use tests::{Client, fixtures};

use crate::filters::{in_dash, in_hls};
use crate::{Shelf, paths};

/// A programme of a ladder of three, and of two of them.
fn programme(fields: &Value) -> Shelf {
    let mut set = json!({ "clips": [
        { "sources": paths(&["film_90p.mp4", "film_180p.mp4", "film_46p.mp4", "film_audio_fr.mp4"]), "clipTo": 4000 },
        { "sources": paths(&["film_180p.mp4", "film_46p.mp4"]), "captions": paths(&["film.de.srt"]), "clipFrom": 3000 },
    ] });
    set.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    Shelf::new().with_json("feature/x.json", &set)
}

const HLS: &str = "/feature/x.json/master.m3u8";
const DASH: &str = "/feature/x.json/manifest.mpd";

/// Heights of the variants, and of the representations of each period.
fn heights(client: &Client<MemorySource>, options: &str) -> (Vec<u64>, Vec<Vec<u64>>) {
    let at = |name: &str| format!("/feature/x.json/{name}{options}");
    let text = client.text(&at("manifest.mpd"));
    let document = roxmltree::Document::parse(&text).unwrap();
    let of_period = |period: roxmltree::Node<'_, '_>| {
        let sets = offer::elements(period, "AdaptationSet").into_iter();
        let sets = sets.filter(|set| offer::elements(*set, "EssentialProperty").is_empty());
        let all = sets.flat_map(|set| offer::elements(set, "Representation"));
        all.filter_map(|it| Some(it.attribute("height")?.parse().unwrap())).collect()
    };
    let periods = offer::elements(document.root(), "Period").into_iter().map(of_period).collect();
    (in_hls(client, &at("master.m3u8")).0, periods)
}

/// Rows have the bits of their largest rendition: the lowest is of 46 lines in both clips, the middle one of 90 and 180
/// lines, the highest of 180.
#[test]
fn bounds_and_order_are_those_of_rows() {
    let plain = programme(&json!({})).client();
    assert_eq!(heights(&plain, ""), (vec![180, 46, 180], vec![vec![46, 90, 180], vec![46, 180]]));
    let descending = json!({ "streamOrder": "VIDEO_BITRATE_DESCENDING" });
    let found = heights(&programme(&descending).client(), "");
    assert_eq!(found, (vec![180, 180, 46], vec![vec![180, 90, 46], vec![180, 46]]));
    let most = json!({ "maxVideoBitsPerSecond": 60_000 });
    let client = programme(&most).client();
    assert_eq!(heights(&client, ""), (vec![46], vec![vec![46], vec![46]]));
    // The operator's count where the set says nothing.
    let selection = Selection {
        max_video_bits_per_second: Some(60_000),
        stream_order: Some(StreamOrder::VideoBitrateAscending),
        ..Selection::default()
    };
    let config = || Config { selection, ..Config::default() };
    let client = Client::with_config(programme(&json!({})).0, config());
    assert_eq!(heights(&client, ""), (vec![46], vec![vec![46], vec![46]]));
    let lists = offer::lists(&client, HLS);
    assert_eq!(lists.len(), 5, "pictures, English sound of two qualities, French sound, captions");
    for list in lists {
        assert_eq!(list.playlist.segments.iter().filter(|segment| segment.discontinuity).count(), 1);
    }
    let shelf = programme(&json!({ "maxVideoBitsPerSecond": 1_000_000 }));
    let client = Client::with_config(shelf.0, config());
    assert_eq!(heights(&client, "").0, [46, 180, 180]);
    let none = programme(&json!({ "minVideoBitsPerSecond": 1_000_000 })).client();
    for path in [HLS, DASH] {
        assert_eq!(none.get(path).status(), StatusCode::UNPROCESSABLE_ENTITY);
    }
}

/// What is left leads to the same playlists: their URLs never change.
#[test]
fn filters_and_tracks_choose_rows() {
    let client = programme(&json!({})).client();
    let whole: BTreeSet<_> = offer::lists(&client, HLS).into_iter().map(|list| list.path).collect();
    for (options, filter, count) in [
        ("", "?aws.manifestfilter=video_height:46", 5),
        ("tracks/v3,a1/", "", 2),
        ("tracks/v1,v3,a1/", "?aws.manifestfilter=video_height:46-100", 2),
        ("", "?aws.manifestfilter=video_height:46;audio_language:fr", 3),
    ] {
        let path = format!("/feature/x.json/{options}master.m3u8{filter}");
        let text = client.text(&path);
        let (_, master) = m3u8_rs::parse_master_playlist(text.as_bytes()).unwrap();
        assert_eq!(master.variants.len(), 1, "{text}");
        let base = path.split('?').next().unwrap();
        let uris = master.variants.iter().map(|it| it.uri.clone());
        let uris = uris.chain(master.alternatives.iter().filter_map(|media| media.uri.clone()));
        let uris: BTreeSet<_> = uris.map(|uri| resolve(base, &uri)).collect();
        assert!(uris.is_subset(&whole), "{uris:?}");
        assert_eq!(uris.len(), count, "{text}");
    }
    assert_eq!(heights(&client, "?aws.manifestfilter=video_height:46").1, [[46], [46]]);
    // A period without anything cannot be played: the first clip has no captions.
    for (path, status) in [
        ("/feature/x.json/tracks/v9/master.m3u8", StatusCode::NOT_FOUND),
        ("/feature/x.json/tracks/t1/manifest.mpd", StatusCode::UNPROCESSABLE_ENTITY),
        (
            "/feature/x.json/master.m3u8?aws.manifestfilter=video_height:1;audio_language:x;subtitle_language:x",
            StatusCode::BAD_REQUEST,
        ),
        ("/feature/x.json/segments/file/master.m3u8", StatusCode::NOT_FOUND),
        ("/feature/x.json/start/1/master.m3u8", StatusCode::NOT_FOUND),
        ("/feature/x.json/Manifest", StatusCode::NOT_FOUND),
    ] {
        assert_eq!(client.get(path).status(), status, "{path}");
    }
}

/// How DASH names segments counts in each period.
#[test]
fn segments_by_number() {
    let config = Config { dash_segments: Addressing::Number, ..Config::default() };
    let client = Client::with_config(programme(&json!({})).0, config);
    let default = client.text(DASH);
    assert_eq!(default, client.text("/feature/x.json/segments/number/manifest.mpd").replace("../../", ""));
    assert!(default.contains("n$Number$.m4s") && !default.contains("/$Time$.m4s"), "{default}");
}

/// Numbers of packets of pictures and of sound in what a program of another maker reads.
fn packets(bytes: &[u8]) -> [Option<u64>; 2] {
    let arguments = ["-v", "error", "-count_packets", "-show_entries", "stream=codec_type,nb_read_packets"];
    let mut probe = Command::new("ffprobe")
        .args(arguments)
        .args(["-of", "json", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = probe.stdin.take().unwrap();
    let bytes = bytes.to_vec();
    let writer = std::thread::spawn(move || input.write_all(&bytes));
    let output = probe.wait_with_output().unwrap();
    writer.join().unwrap().unwrap();
    let found: Value = serde_json::from_slice(&output.stdout).unwrap();
    ["video", "audio"].map(|kind| {
        let stream = found["streams"].as_array().unwrap().iter().find(|it| it["codec_type"] == kind)?;
        Some(stream["nb_read_packets"].as_str().unwrap().parse().unwrap())
    })
}

/// What each clip of a playlist holds, as one file.
fn clips(client: &Client<MemorySource>, path: &str, playlist: &MediaPlaylist) -> Vec<Vec<u8>> {
    let mut out: Vec<Vec<u8>> = vec![Vec::new()];
    for segment in &playlist.segments {
        if segment.discontinuity {
            out.push(Vec::new());
        }
        let clip = out.last_mut().unwrap();
        if let Some(map) = &segment.map {
            clip.extend(client.body(&resolve(path, &map.uri)));
        }
        if segment.uri != "gap" {
            clip.extend(client.body(&resolve(path, &segment.uri)));
        }
    }
    out
}

/// Pictures and sound in MPEG-TS are those in MP4, clip by clip, and as long.
#[test]
fn in_transport_streams() {
    let client = programme(&json!({ "date": "2024-05-01T12:00:00Z" })).client();
    let lengths = |playlist: &MediaPlaylist| {
        let all = playlist.segments.iter();
        all.map(|segment| f64::from(segment.duration)).sum::<f64>()
    };
    let in_mp4 = offer::lists(&client, HLS);
    let in_ts = offer::lists(&client, "/feature/x.json/container/demuxed/master.m3u8");
    assert_eq!((in_mp4.len(), in_ts.len()), (7, 7), "three of pictures, three of sound, captions");
    for (mp4, ts) in in_mp4.iter().zip(&in_ts) {
        assert!(ts.path.ends_with("/tsprogramme.m3u8"), "{}", ts.path);
        assert!(ts.playlist.segments.iter().all(|segment| segment.map.is_none()));
        assert!((lengths(&mp4.playlist) - lengths(&ts.playlist)).abs() < 0.001);
        let dates = ts.playlist.segments.iter().filter(|segment| segment.program_date_time.is_some());
        assert_eq!(dates.count(), 2);
        if mp4.path.contains("/t1/") {
            let texts = ts.playlist.segments.iter().filter(|segment| segment.uri != "gap");
            assert!(texts.clone().count() > 0 && texts.clone().all(|it| it.uri.ends_with("-ts.vtt")));
            continue;
        }
        let of = |list: &offer::List| {
            clips(&client, &list.path, &list.playlist).iter().map(|clip| packets(clip)).collect::<Vec<_>>()
        };
        assert_eq!(of(mp4), of(ts), "{}", ts.path);
    }
    let muxed = "/feature/x.json/container/ts/master.m3u8";
    let master = offer::master(&client, muxed);
    assert_eq!(master.variants.len(), 3);
    let sound = offer::of_kind(&master, &AlternativeMediaType::Audio);
    let in_group: Vec<_> = sound.iter().map(|it| (it.language.as_deref(), it.uri.is_some())).collect();
    // French sound is of another file than the pictures, and of none in the second clip.
    assert_eq!(in_group, [(Some("en"), false), (Some("fr"), true), (Some("en"), false), (Some("fr"), true)]);
    let plain = |kind: &str, of: usize| {
        let list = in_mp4.iter().find(|list| list.path.contains(kind)).unwrap();
        clips(&client, &list.path, &list.playlist).iter().map(|clip| packets(clip)[of]).collect::<Vec<_>>()
    };
    for variant in &master.variants {
        let path = resolve(muxed, &variant.uri);
        assert!(path.ends_with("/muxedprogramme.m3u8"), "{path}");
        let playlist = offer::list(&client, &path).playlist;
        for (number, clip) in clips(&client, &path, &playlist).iter().enumerate() {
            let [pictures, sound] = packets(clip);
            let row = path.rsplit('/').nth(2).unwrap();
            assert_eq!(pictures, plain(&format!("/{row}/"), 0)[number]);
            assert!(sound.unwrap().abs_diff(plain("/a1/", 1)[number].unwrap()) <= 1, "{path}");
        }
    }
}

/// Opus has no place in MPEG-TS as it is carried here: neither has a row in which one clip has it.
#[test]
fn rows_that_transport_streams_cannot_carry() {
    let opus = fixtures::named("vp9-opus.mp4").bytes();
    let two = |name: &str| json!({ "clips": [{ "sources": [{ "path": name }] }, { "sources": [{ "path": "film_46p.mp4" }] }] });
    let shelf = Shelf::new().with("feature/vp9.mp4", opus);
    let shelf = shelf.with_json("feature/x.json", &two("vp9.mp4"));
    let client = shelf.with_json("feature/y.json", &two("film_90p.mp4")).client();
    assert_eq!(client.get(HLS).status(), StatusCode::OK);
    for container in ["ts", "demuxed"] {
        let refused = client.get(&format!("/feature/x.json/container/{container}/master.m3u8"));
        assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY);
        assert!(String::from_utf8_lossy(refused.body()).contains("MPEG-TS cannot carry"));
        assert_eq!(
            client.get(&format!("/feature/y.json/container/{container}/master.m3u8")).status(),
            StatusCode::OK
        );
    }
    // Playlists of rows that cannot be carried are not there either.
    let list = offer::lists(&client, HLS).remove(0).path;
    assert_eq!(client.get(&list.replace("/programme", "/tsprogramme")).status(), StatusCode::NOT_FOUND);
}

/// nginx-vod's mapping of clips is the same programme as this packager's own set, and plays below its URLs too.
#[test]
fn mappings_of_clips() {
    let source = |path: &str, from: u32| json!({ "type": "source", "path": format!("/feature/{path}"), "clipFrom": from });
    let mapping = json!({
        "durations": [4000, 3000], "discontinuity": true, "playlistType": "vod",
        "sequences": [
            { "clips": [source("film_180p.mp4", 0), source("film_180p.mp4", 3000)] },
            { "clips": [source("film_46p.mp4", 0), source("film_46p.mp4", 3000)] },
        ],
    });
    let own = json!({ "clips": [
        { "sources": paths(&["film_180p.mp4", "film_46p.mp4"]), "clipTo": 4000 },
        { "sources": paths(&["film_180p.mp4", "film_46p.mp4"]), "clipFrom": 3000, "clipTo": 6000 },
    ] });
    let shelf = Shelf::new().with_json("feature/x.json", &own).with_json("feature/map.json", &mapping);
    let client = Client::with_config(shelf.0, Config { nginx_urls: true, ..Config::default() });
    assert_eq!(in_dash(&client, "/feature/map.json/manifest.mpd"), in_dash(&client, DASH));
    assert_eq!(client.text("/feature/map.json/manifest.mpd"), client.text(DASH));
    let lists = |path: &str| offer::lists(&client, path);
    for container in ["", "container/demuxed/", "container/ts/"] {
        let own = lists(&format!("/feature/x.json/{container}master.m3u8"));
        let mapped = lists(&format!("/feature/map.json/{container}master.m3u8"));
        assert!(!own.is_empty());
        assert_eq!(own.len(), mapped.len());
        for (own, mapped) in own.iter().zip(&mapped) {
            assert_eq!(own.segments, mapped.segments);
        }
    }
    // nginx-vod's own default: pictures and sound in one transport stream.
    let nginx = lists("/hls/feature/map.json/master.m3u8");
    let muxed = lists("/feature/map.json/container/ts/master.m3u8");
    let names = |lists: &[offer::List]| lists.iter().map(|list| list.path.clone()).collect::<Vec<_>>();
    assert_eq!(names(&nginx), names(&muxed).iter().map(|path| format!("/hls{path}")).collect::<Vec<_>>());
    assert!(client.text("/dash/feature/map.json/manifest.mpd").matches("<Period ").count() == 2);
}
