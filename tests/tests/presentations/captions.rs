//! Captions in every form, compared with what other programs read in their sources.

use std::collections::BTreeSet;
use std::path::PathBuf;

use bytes::Bytes;
use http::StatusCode;
use m3u8_rs::AlternativeMediaType;
use origin::source::MemorySource;
use serde_json::json;
use tests::cues::{self, Cue, Shown, assert_same, shown};
use tests::offer::{self, AdaptationSet, List};
use tests::{Client, fixtures};

use crate::{CAPTIONS, END, FILM, Shelf, paths};

/// The captions of the feature, cut at 2 s and packaged in these forms.
fn client(hls: &str, dash: &str) -> Client<MemorySource> {
    let set = json!({
        "sources": paths(&["film_180p.mp4"]),
        "captions": paths(&CAPTIONS),
        "segmentSeconds": 2, "hlsCaptions": hls, "dashCaptions": dash,
    });
    Shelf::new().with_json("feature/forms.json", &set).client()
}

const MASTER: &str = "/feature/forms.json/master.m3u8";
const MPD: &str = "/feature/forms.json/manifest.mpd";

fn path(name: &str) -> PathBuf {
    fixtures::named(FILM).root.join("feature").join(name)
}

/// What the file shows, as ffmpeg or roxmltree read it.
fn expected(name: &str) -> Shown {
    let found = match name.rsplit_once('.').unwrap().1 {
        "ttml" => cues::of_ttml(&std::fs::read_to_string(path(name)).unwrap()),
        "srt" => cues::by_ffmpeg(&path(name), Some("WINDOWS-1252")),
        _ => cues::by_ffmpeg(&path(name), None),
    };
    assert!(!found.is_empty(), "{name}");
    shown(&found, END)
}

/// What a fixture says in several scripts gets through the readers of this test.
#[test]
fn the_oracles_read_what_was_written() {
    let texts =
        |name: &str| expected(name).into_iter().flat_map(|(_, _, texts)| texts).collect::<BTreeSet<_>>();
    assert!(texts("film.de.srt").contains("Größe, Übermut und „Anführung“"));
    assert!(texts("film.ja.ttml").contains("下の字幕\n二行目") && texts("film.ja.ttml").contains("上の字幕"));
    assert!(texts("film.he.vtt").contains("שלום, עולם!"));
    assert!(texts("film.en.vtt").contains("This one is long:\nit crosses two borders"));
    assert!(texts("film.en.vtt").contains("Overlapping & loud"));
}

/// Playlists of captions in the order of the set.
fn caption_lists(client: &Client<MemorySource>, master: &str) -> Vec<List> {
    let found = offer::master(client, master);
    let captions = offer::of_kind(&found, &AlternativeMediaType::Subtitles);
    captions
        .iter()
        .map(|media| offer::list(client, &offer::resolve(master, media.uri.as_ref().unwrap())))
        .collect()
}

fn caption_sets(client: &Client<MemorySource>, mpd: &str) -> Vec<AdaptationSet> {
    offer::sets(client, mpd).into_iter().filter(|set| set.kind == "text").collect()
}

/// All segments from 0 to the end of the presentation, 2 s each.
fn is_whole(list: &List) {
    assert!(list.playlist.end_list);
    let durations: Vec<_> = list.playlist.segments.iter().map(|segment| segment.duration).collect();
    assert_eq!(durations, [2.0; 5], "{}", list.path);
}

fn bodies<'a>(client: &Client<MemorySource>, paths: impl Iterator<Item = &'a String>) -> Vec<Bytes> {
    paths.map(|path| client.body(path)).collect()
}

#[test]
fn hls_segments_of_web_vtt() {
    let client = client("webvtt", "stpp");
    let lists = caption_lists(&client, MASTER);
    assert_eq!(lists.len(), CAPTIONS.len());
    for (name, list) in CAPTIONS.iter().zip(&lists) {
        is_whole(list);
        assert_eq!(list.init, None);
        let mut all = Vec::new();
        for (at, body) in (0..).zip(bodies(&client, list.segments.iter())) {
            let own = cues::of_segment(std::str::from_utf8(&body).unwrap());
            let (start, end) = (at * 2000, (at + 1) * 2000);
            assert!(
                own.iter().all(|cue| cue.start < end && cue.end > start),
                "{name}: not in segment {at}: {own:?}"
            );
            // A cue is in each segment during which it is shown, whole (RFC 8216bis §3.1.4).
            let here = expected(name).into_iter().filter(|piece| piece.0 < end && piece.1 > start).count();
            assert_eq!(own.is_empty(), here == 0, "{name}, segment {at}");
            all.extend(own);
        }
        all.dedup();
        assert_same(&shown(&all, END), &expected(name), name);
        let response = client.get(&list.segments[0]);
        assert!(response.headers()["content-type"].to_str().unwrap().starts_with("text/vtt"));
    }
}

#[test]
fn hls_segments_of_imsc1() {
    let client = client("imsc1", "wvtt");
    for (name, list) in CAPTIONS.iter().zip(&caption_lists(&client, MASTER)) {
        is_whole(list);
        let init = client.body(list.init.as_ref().unwrap());
        let segments = bodies(&client, list.segments.iter());
        let found = cues::of_stpp(&init, segments.iter().map(AsRef::as_ref));
        assert_same(&shown(&found, END), &expected(name), name);
    }
    let found = offer::master(&client, MASTER);
    let codecs = |at: usize| found.variants[at].codecs.clone().unwrap();
    assert!((0..found.variants.len()).all(|at| codecs(at).split(',').any(|codec| codec == "stpp.ttml.im1t")));
}

#[test]
fn dash_segments() {
    for form in ["wvtt", "stpp"] {
        let client = client("webvtt", form);
        let sets = caption_sets(&client, MPD);
        assert_eq!(sets.len(), CAPTIONS.len());
        for (name, set) in CAPTIONS.iter().zip(&sets) {
            let representation = &set.representations[0];
            let times: Vec<_> = representation.segments.iter().map(|(t, d, _)| (*t, *d)).collect();
            assert_eq!(times, [0, 2000, 4000, 6000, 8000].map(|start| (start, 2000)), "{name}");
            assert!(representation.codecs.starts_with(form));
            let init = client.body(representation.init.as_ref().unwrap());
            let segments = bodies(&client, representation.segments.iter().map(|(_, _, path)| path));
            let pieces = segments.iter().map(AsRef::as_ref);
            let found =
                if form == "wvtt" { cues::of_wvtt(&init, pieces) } else { cues::of_stpp(&init, pieces) };
            assert_same(&shown(&found, END), &expected(name), &format!("{name} as {form}"));
            let after = representation.segments[0].2.replace("/0-", "/10000-");
            assert_eq!(client.get(&after).status(), StatusCode::NOT_FOUND, "nothing follows the end");
        }
    }
}

#[test]
fn dash_files_of_web_vtt() {
    let client = client("webvtt", "webvtt");
    for (name, set) in CAPTIONS.iter().zip(&caption_sets(&client, MPD)) {
        let file = client.text(set.representations[0].file.as_ref().unwrap());
        assert_same(&shown(&cues::of_web_vtt(&file), END), &expected(name), name);
    }
}

/// Styles that the targets have are kept: italics, and a direction that needs no mark.
#[test]
fn styles_are_kept() {
    let client = client("webvtt", "stpp");
    let lists = caption_lists(&client, MASTER);
    let texts: Vec<_> = lists
        .iter()
        .map(|list| {
            let all = bodies(&client, list.segments.iter());
            all.iter().map(|body| String::from_utf8(body.to_vec()).unwrap()).collect::<String>()
        })
        .collect();
    let of = |name: &str| &texts[CAPTIONS.iter().position(|other| *other == name).unwrap()];
    assert!(of("film.de.srt").contains("<i>Zwölf</i>"));
    assert!(of("film.ja.ttml").contains("<i>字幕</i>"));
    assert!(of("film.en.vtt").contains("<b>long</b>") && of("film.en.vtt").contains("line:10%"));
    assert!(of("film.en.sdh.vtt").contains("<u>Run</u>"));
    let sets = caption_sets(&client, MPD);
    let german = bodies(&client, sets[0].representations[0].segments.iter().map(|(_, _, path)| path));
    let german = german.iter().map(|body| String::from_utf8_lossy(body).into_owned()).collect::<String>();
    assert!(german.contains("fontStyle=\"italic\""), "{german}");
}

/// tx3g and stpp in MP4s. Media that an edit list cuts off or delays takes its captions with it.
#[test]
fn captions_inside_mp4s_follow_their_pictures() {
    let client = Shelf::new().with("text.mp4", fixtures::named("text.mp4").bytes()).client();
    let whole = cues::by_ffmpeg(&fixtures::named("text.mp4").path(), None);
    let moved = |by: i64| {
        let at = |time: u64| u64::try_from((time.cast_signed() + by).max(0)).unwrap();
        whole
            .iter()
            .map(move |cue| Cue { start: at(cue.start), end: at(cue.end), ..cue.clone() })
            .collect::<Vec<_>>()
    };
    let cases = [
        ("text.mp4", 0, 12_000),
        ("feature/more/stpp.mp4", 0, 12_000),
        ("feature/more/text-cut.mp4", -4000, 8000),
        ("feature/more/text-late.mp4", 1500, 12_000),
        // What starts late as a whole starts at 0.
        ("feature/more/text-origin.mp4", 0, 12_000),
    ];
    for (key, by, end) in cases {
        let expected = shown(&moved(by), end);
        assert!(expected.len() >= 2);
        let lists = caption_lists(&client, &format!("/{key}/master.m3u8"));
        let segments = bodies(&client, lists[0].segments.iter());
        let found: Vec<_> =
            segments.iter().flat_map(|body| cues::of_segment(std::str::from_utf8(body).unwrap())).collect();
        assert_same(&shown(&found, end), &expected, &format!("{key} in HLS"));
        let sets = caption_sets(&client, &format!("/{key}/manifest.mpd"));
        let representation = &sets[0].representations[0];
        let segments = bodies(&client, representation.segments.iter().map(|(_, _, path)| path));
        let init = client.body(representation.init.as_ref().unwrap());
        let found = cues::of_stpp(&init, segments.iter().map(AsRef::as_ref));
        assert_same(&shown(&found, end), &expected, &format!("{key} in DASH"));
        assert_eq!(sets[0].language, "en");
    }
}
