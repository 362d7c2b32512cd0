//! Filters, bounds, order and single renditions in manifests, as other programs read them. Oracles: what
//! `fixtures/make.sh` encodes (pictures of 180, 90 and 46 lines, sound in English and French), and AWS's table of
//! errors.

use std::collections::BTreeSet;

use http::{Response, StatusCode};
use m3u8_rs::AlternativeMediaType;
use origin::Config;
use origin::source::MemorySource;
use packaging::selection::{Selection, StreamOrder};
use serde_json::{Value, json};
use tests::client::header;
use tests::sources::Counting;
use tests::{Client, offer};

use crate::{Shelf, paths};

/// Heights of the variants, and languages of sound and captions.
pub(crate) type Offered = (Vec<u64>, Vec<String>, Vec<String>);

pub(crate) fn in_hls(client: &Client<MemorySource>, path: &str) -> Offered {
    let master = offer::master(client, path);
    let languages = |kind: &AlternativeMediaType| {
        let all = offer::of_kind(&master, kind).into_iter().filter_map(|media| media.language.clone());
        all.collect::<BTreeSet<_>>().into_iter().collect()
    };
    let heights = master.variants.iter().filter(|variant| !variant.is_i_frame);
    let heights = heights.filter_map(|variant| Some(variant.resolution?.height)).collect();
    (heights, languages(&AlternativeMediaType::Audio), languages(&AlternativeMediaType::Subtitles))
}

pub(crate) fn in_dash(client: &Client<MemorySource>, path: &str) -> Offered {
    let text = client.text(path);
    let document = roxmltree::Document::parse(&text).unwrap();
    let (mut heights, mut sound, mut captions) = (Vec::new(), BTreeSet::new(), BTreeSet::new());
    for set in offer::elements(document.root_element(), "AdaptationSet") {
        if offer::elements(set, "EssentialProperty")
            .iter()
            .any(|it| it.attribute("schemeIdUri").unwrap().contains("trickmode"))
        {
            continue;
        }
        let language = set.attribute("lang").unwrap_or_default().to_owned();
        match set.attribute("contentType").unwrap() {
            "video" => heights.extend(
                offer::elements(set, "Representation")
                    .iter()
                    .map(|it| it.attribute("height").unwrap().parse::<u64>().unwrap()),
            ),
            "audio" => drop(sound.insert(language)),
            _ => drop(captions.insert(language)),
        }
    }
    (heights, sound.into_iter().collect(), captions.into_iter().collect())
}

fn is_refused<B: AsRef<[u8]>>(response: &Response<B>, status: u16, kind: &str, message: &str) {
    let json: Value = serde_json::from_slice(response.body().as_ref()).unwrap();
    assert_eq!(response.status().as_u16(), status, "{json}");
    assert_eq!((&json["error"]["kind"], &json["error"]["message"]), (&json!(kind), &json!(message)));
    assert_eq!(header(response.headers(), "cache-control"), "public, max-age=5");
}

/// Languages of all captions of the shelf.
const ALL_TEXT: &[&str] = &["de", "en", "fr", "he", "ja"];

/// A filter, and the heights of pictures, languages of sound and of captions that it leaves.
type Row = (&'static str, &'static [u64], &'static [&'static str], &'static [&'static str]);

#[test]
fn filters_leave_what_meets_them() {
    let client = Shelf::new().client();
    let rows: [Row; 7] = [
        ("video_height:90-180", &[180, 90], &["en", "fr"], ALL_TEXT),
        ("video_height%3A46%2C90%3Baudio_language%3AFR", &[90, 46], &["fr"], ALL_TEXT),
        ("audio_language:dahlia", &[180, 46, 90], &[], ALL_TEXT),
        ("subtitle_language:en,ja;video_codec:h264", &[180, 46, 90], &["en", "fr"], &["en", "ja"]),
        ("video_bitrate:0-1;audio_codec:aacl", &[], &["en", "fr"], ALL_TEXT),
        (
            "video_framerate:25;audio_channels:2;audio_sample_rate:48000",
            &[180, 46, 90],
            &["en", "fr"],
            ALL_TEXT,
        ),
        ("audio_sample_rate:0-1;video_bitrate=0-1", &[], &[], ALL_TEXT),
    ];
    for (filter, heights, sound, captions) in rows {
        let mut expected: Offered = (
            heights.to_vec(),
            sound.iter().map(ToString::to_string).collect(),
            captions.iter().map(ToString::to_string).collect(),
        );
        let query = format!("x=1&aws.manifestfilter={filter}");
        assert_eq!(in_hls(&client, &format!("/feature/master.m3u8?{query}")), expected, "{filter}");
        // Representations stand from the lowest bit rate.
        expected.0.sort_unstable();
        assert_eq!(in_dash(&client, &format!("/feature/manifest.mpd?{query}")), expected, "{filter}");
    }
}

/// What a filtered manifest leads to is what the whole one leads to: both are one object in caches.
#[test]
fn filters_change_no_children() {
    let client = Shelf::new().client();
    let uris = |query: &str| -> BTreeSet<String> {
        let text = client.text(&format!("/feature/master.m3u8{query}"));
        let of_tags = text.lines().filter_map(|line| tests::download::quoted(line, "URI"));
        of_tags.chain(text.lines().filter(|line| !line.starts_with('#'))).map(str::to_owned).collect()
    };
    let (all, some) = (uris(""), uris("?aws.manifestfilter=video_height:180;subtitle_language:he"));
    assert!(some.is_subset(&all) && some.len() < all.len(), "{some:?}");
    let etag = |query: &str| {
        header(client.get(&format!("/feature/manifest.mpd{query}")).headers(), "etag").to_owned()
    };
    assert_ne!(etag(""), etag("?aws.manifestfilter=video_height:180"));
    assert_eq!(etag(""), etag("?aws.manifestfilter=video_height:0-180&y=2"));
    assert_eq!(etag(""), etag("?aws.manifestfilter="));
}

#[test]
fn trick_play_is_filtered() {
    let client = Shelf::new().client();
    let has = |path: &str, filter: &str, what: &str| {
        client.text(&format!("{path}?aws.manifestfilter={filter}")).contains(what)
    };
    let (hls, dash) = ("/presentation/set.json/master.m3u8", "/presentation/set.json/manifest.mpd");
    for (filter, key_frames, previews) in [
        ("video_codec:h264", true, true),
        ("trickplay_type:iframe", true, false),
        ("trickplay_type:image", false, true),
        ("trickplay_type:none", false, false),
        ("trickplay_height:1-2", false, false),
    ] {
        assert_eq!(has(hls, filter, "#EXT-X-I-FRAME-STREAM-INF"), key_frames, "{filter}");
        assert_eq!(has(hls, filter, "#EXT-X-IMAGE-STREAM-INF"), previews, "{filter}");
        assert_eq!(has(dash, filter, "trickmode"), key_frames, "{filter}");
        assert_eq!(has(dash, filter, "thumbnail_tile"), previews, "{filter}");
    }
}

/// AWS's table "Error conditions".
#[test]
fn wrong_filters_are_refused_with_the_reason() {
    let client = Shelf::new().client();
    let long = format!("audio_language:{}", "a".repeat(1010));
    let rows = [
        (
            "audio_sample_rate:0-48000;aws.manifestfilter=audio_sample_rate:0-48000",
            "aws.manifestfilter is there more than once",
        ),
        (
            "audio_sample_rate:0-48000&aws.manifestfilter=video_bitrate:0-1",
            "aws.manifestfilter is there more than once",
        ),
        ("donut_type:rhododendron", "there is no parameter `donut_type`"),
        ("audio_sample_rate:300-0", "audio_sample_rate: the range 300-0 ends before it starts"),
        ("audio_sample_rate:0-2147483648", "audio_sample_rate: 2147483648 is more than 2147483647"),
        (
            "audio_sample_rate:is:0-44100",
            "`audio_sample_rate:is:0-44100` is not a parameter, a colon and its values",
        ),
        (&long, "aws.manifestfilter has more than 1024 characters"),
        ("video_bitrate:0-1;audio_bitrate:0-1;subtitle_language:none", "no rendition meets the filter"),
    ];
    for (filter, message) in rows {
        for manifest in [
            "master.m3u8",
            "manifest.mpd",
            "Manifest",
            "container/demuxed/master.m3u8",
            "tracks/1-v1/manifest.mpd",
        ] {
            let response = client.get(&format!("/feature/{manifest}?aws.manifestfilter={filter}"));
            // Formats that are not served yet read no query.
            if response.status() != StatusCode::NOT_FOUND {
                is_refused(&response, 400, "filter", message);
            }
        }
    }
}

#[test]
fn filters_of_children_are_refused_before_anything_is_read() {
    let shelf = Shelf::new();
    let client = Client::new(Counting::new(shelf.0));
    let master = client.text("/feature/film_180p.mp4/master.m3u8");
    let playlist = master.lines().last().unwrap();
    let list =
        if playlist.starts_with('#') { tests::download::quoted(playlist, "URI").unwrap() } else { playlist };
    let folder = format!("/feature/film_180p.mp4/{}", list.rsplit_once('/').unwrap().0);
    client.service.source().take();
    for child in ["index.m3u8", "iframes.m3u8", "init.mp4", "0.m4s", "0-i.m4s"] {
        for filter in ["video_codec:h264", "", "donut"] {
            let response = client.get(&format!("{folder}/{child}?aws.manifestfilter={filter}"));
            let message = "aws.manifestfilter applies to manifests, not to what they lead to";
            is_refused(&response, 400, "filter", message);
        }
        assert_eq!(client.service.source().take(), (0, 0), "{child}");
        assert_eq!(client.get(&format!("{folder}/{child}?x=aws.manifestfilter")).status(), StatusCode::OK);
        client.service.source().take();
    }
    let download = client.get("/feature/film_180p.mp4/download.mp4?aws.manifestfilter=video_codec:h264");
    assert_eq!(download.status(), StatusCode::BAD_REQUEST);
}

fn heights(shelf: Shelf, config: &Selection) -> Result<(Vec<u64>, Vec<u64>), Value> {
    let client = Client::with_config(shelf.0, Config { selection: *config, ..Config::default() });
    let response = client.get("/feature/x.json/master.m3u8");
    if response.status() != StatusCode::OK {
        let json: Value = serde_json::from_slice(response.body()).unwrap();
        assert_eq!(response.status(), StatusCode::UNPROCESSABLE_ENTITY);
        return Err(json["error"]["message"].clone());
    }
    let hls = in_hls(&client, "/feature/x.json/master.m3u8").0;
    Ok((hls, in_dash(&client, "/feature/x.json/manifest.mpd").0))
}

/// A set of the ladder that says this of its pictures.
fn ladder(fields: &Value) -> Shelf {
    let mut set = json!({ "sources": paths(&["film_90p.mp4", "film_180p.mp4", "film_46p.mp4"]) });
    set.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    Shelf::new().with_json("feature/x.json", &set)
}

#[test]
fn sets_and_settings_choose_order_and_bounds() {
    let none = Selection::default();
    let ordered = |order| Selection { stream_order: Some(order), ..none };
    let of_set = |order: &str| json!({ "streamOrder": order });
    let both = |heights: &[u64]| Ok((heights.to_vec(), heights.to_vec()));
    // Left out: the best below 2 Mbit/s, then upwards.
    assert_eq!(heights(ladder(&json!({})), &none), Ok((vec![180, 46, 90], vec![46, 90, 180])));
    assert_eq!(heights(ladder(&of_set("ORIGINAL")), &none), both(&[90, 180, 46]));
    assert_eq!(heights(ladder(&of_set("VIDEO_BITRATE_ASCENDING")), &none), both(&[46, 90, 180]));
    assert_eq!(heights(ladder(&of_set("VIDEO_BITRATE_DESCENDING")), &none), both(&[180, 90, 46]));
    let descending = ordered(StreamOrder::VideoBitrateDescending);
    assert_eq!(heights(ladder(&json!({})), &descending), both(&[180, 90, 46]));
    assert_eq!(heights(ladder(&of_set("ORIGINAL")), &descending), both(&[90, 180, 46]));
    // 46 lines have some 29 kbit/s, 90 lines 58, 180 lines 110.
    let bounds = json!({ "minVideoBitsPerSecond": 40_000, "maxVideoBitsPerSecond": 80_000 });
    assert_eq!(heights(ladder(&bounds), &none), both(&[90]));
    let least = Selection { min_video_bits_per_second: Some(40_000), ..descending };
    assert_eq!(heights(ladder(&json!({})), &least), both(&[180, 90]));
    assert_eq!(heights(ladder(&json!({ "minVideoBitsPerSecond": 0 })), &least), both(&[180, 90, 46]));
    let above = json!({ "minVideoBitsPerSecond": 1_000_000 });
    assert_eq!(heights(ladder(&above), &none), Err(json!("no pictures have 1000000 to any bits per second")));
}

/// The filter sees what bounds leave, in the order that was chosen.
#[test]
fn filters_come_after_bounds() {
    let shelf =
        ladder(&json!({ "maxVideoBitsPerSecond": 80_000, "streamOrder": "VIDEO_BITRATE_DESCENDING" }));
    let client = shelf.client();
    let path = |filter: &str| format!("/feature/x.json/master.m3u8?aws.manifestfilter={filter}");
    assert_eq!(in_hls(&client, &path("video_height:46-180")).0, [90, 46]);
    assert_eq!(in_hls(&client, &path("video_height:180")).0, [] as [u64; 0]);
}

#[test]
fn single_renditions_by_the_path() {
    let client = Shelf::new().client();
    let (hls, dash) =
        ("/feature/tracks/2-v1,1-v1,5-a1/master.m3u8", "/feature/tracks/2-v1,1-v1,5-a1/manifest.mpd");
    assert_eq!(in_hls(&client, hls), (vec![180, 90], vec!["fr".to_owned()], vec![]));
    assert_eq!(in_dash(&client, dash), (vec![90, 180], vec!["fr".to_owned()], vec![]));
    // The children are those of the whole manifest, however deep the path is.
    let lists = offer::lists(&client, hls);
    let whole: BTreeSet<_> =
        offer::lists(&client, "/feature/master.m3u8").into_iter().map(|list| list.path).collect();
    assert!(!lists.is_empty() && lists.iter().all(|list| whole.contains(&list.path)));
    let filtered = format!("{hls}?aws.manifestfilter=video_height:90");
    assert_eq!(in_hls(&client, &filtered).0, [90]);
    is_refused(
        &client.get("/feature/tracks/1-v1/master.m3u8?aws.manifestfilter=video_height:90"),
        400,
        "filter",
        "no rendition meets the filter",
    );
    for (id, path) in [
        ("9-v1", "/feature/tracks/1-v1,9-v1/master.m3u8"),
        ("v1", "/feature/tracks/v1/manifest.mpd"),
        ("1-a1", "/feature/tracks/1-a1/manifest.mpd"),
    ] {
        is_refused(&client.get(path), 404, "not_found", &format!("there is no rendition {id}"));
    }
}

/// A folder that is too full is a fault of its owner, who is told what to do.
#[test]
fn folders_of_more_than_5000_files() {
    let mut shelf = Shelf::new();
    for number in 0..5001 {
        shelf = shelf.with(&format!("full/{number}.txt"), "");
    }
    let client = shelf.client();
    let message = "the folder holds more than 5000 objects: describe the set in a JSON file";
    is_refused(&client.get("/full/master.m3u8"), 422, "too_many_objects", message);
}
