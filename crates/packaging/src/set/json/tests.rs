//! Oracle: `docs/sets.md` and nginx-vod-module's README, by hand.

mod mappings;
mod programmes;

use std::num::NonZeroU32;

use super::read;
use crate::route::{TrackKind, TrackName};
use crate::selection::{Selection, StreamOrder};
use crate::set::{
    CaptionChannel, CaptionForm, ClosedCaptions, Labels, Role, Set, SetCaptions, SetSource, SetTrack,
    ThumbnailFiles, Thumbnails, TrackChoice,
};

fn source(key: &str) -> SetSource {
    SetSource { key: key.into(), ..SetSource::default() }
}

fn labels(language: &str, label: &str) -> Labels {
    Labels { language: Some(language.into()), label: Some(label.into()), ..Labels::default() }
}

fn track(choice: TrackChoice, labels: Labels) -> SetTrack {
    SetTrack { choice, labels }
}

fn name(kind: TrackKind, number: u32) -> TrackChoice {
    TrackChoice::Name(TrackName { kind, number })
}

fn number(number: u32) -> NonZeroU32 {
    NonZeroU32::new(number).unwrap()
}

fn refusal(text: &str) -> String {
    read(text.as_bytes(), "films/dune.json").unwrap_err().to_string()
}

const EVERYTHING: &str = r#"{
  "sources": [
    {"path": "film_1080p.mp4"},
    {"path": "film_720.mp4", "tracks": ["v1"]},
    {"path": "../dubs/film_fr.mp4", "language": "fr", "label": "Fran\u00e7ais", "roles": ["dub"], "default": false},
    {"path": "/x.mp4", "tracks": [{"track": "a2", "language": "eng", "label": "Audio description",
      "roles": ["description"]}, "v1", "text"]}
  ],
  "captions": [
    {"path": "film.en.vtt", "language": "en", "label": "English", "roles": ["caption"], "default": true, "forced": false},
    {"path": "film.fr.itt", "language": "fr", "forced": true},
    {"instream": "CC1", "language": "en", "label": "CC", "default": true},
    {"instream": "SERVICE12"}
  ],
  "thumbnails": {"path": "thumbs/", "columns": 5, "rows": 4, "interval": 2.5},
  "segmentSeconds": 3.84,
  "hlsCaptions": "imsc1",
  "dashCaptions": "wvtt",
  "minVideoBitsPerSecond": 0,
  "maxVideoBitsPerSecond": 2147483647,
  "streamOrder": "VIDEO_BITRATE_DESCENDING",
  "audioOnlyVariant": true
}"#;

fn sources_of_everything() -> Vec<SetSource> {
    vec![
        source("films/film_1080p.mp4"),
        SetSource {
            tracks: Some(vec![track(name(TrackKind::Video, 1), Labels::default())]),
            ..source("films/film_720.mp4")
        },
        SetSource {
            labels: Labels { roles: vec![Role::Dub], is_default: Some(false), ..labels("fr", "Français") },
            ..source("dubs/film_fr.mp4")
        },
        SetSource {
            tracks: Some(vec![
                track(
                    name(TrackKind::Audio, 2),
                    Labels { roles: vec![Role::Description], ..labels("en", "Audio description") },
                ),
                track(name(TrackKind::Video, 1), Labels::default()),
                track(TrackChoice::Kind(TrackKind::Text), Labels::default()),
            ]),
            ..source("x.mp4")
        },
    ]
}

#[test]
fn every_field() {
    let expected = Set {
        sources: sources_of_everything(),
        programme: None,
        captions: vec![
            SetCaptions {
                key: "films/film.en.vtt".into(),
                labels: Labels {
                    roles: vec![Role::Caption],
                    is_default: Some(true),
                    is_forced: Some(false),
                    ..labels("en", "English")
                },
            },
            SetCaptions {
                key: "films/film.fr.itt".into(),
                labels: Labels { language: Some("fr".into()), is_forced: Some(true), ..Labels::default() },
            },
        ],
        closed_captions: vec![
            ClosedCaptions {
                channel: CaptionChannel::Cc(1),
                labels: Labels { is_default: Some(true), ..labels("en", "CC") },
            },
            ClosedCaptions { channel: CaptionChannel::Service(12), labels: Labels::default() },
        ],
        thumbnails: Some(Thumbnails {
            files: ThumbnailFiles::Folder("films/thumbs/".into()),
            columns: number(5),
            rows: number(4),
            interval_millis: number(2500),
        }),
        segment_millis: Some(number(3840)),
        hls_captions: Some(CaptionForm::Stpp),
        dash_captions: Some(CaptionForm::Wvtt),
        selection: Selection {
            min_video_bits_per_second: Some(0),
            max_video_bits_per_second: Some(2_147_483_647),
            stream_order: Some(StreamOrder::VideoBitrateDescending),
            audio_only_variant: Some(true),
        },
    };
    assert_eq!(read(EVERYTHING.as_bytes(), "films/dune.json"), Ok(expected.clone()));
    let marked = format!("\u{feff}{EVERYTHING}");
    assert_eq!(read(marked.as_bytes(), "films/dune.json"), Ok(expected));
}

#[test]
fn thumbnails_one_by_one() {
    let text =
        r#"{"sources": [{"path": "a.mp4"}], "thumbnails": {"path": ["b.jpg", "/t/a.JPEG"], "interval": 10}}"#;
    let set = read(text.as_bytes(), "dune.json").unwrap();
    let expected = Thumbnails {
        files: ThumbnailFiles::Keys(vec!["b.jpg".into(), "t/a.JPEG".into()]),
        columns: NonZeroU32::MIN,
        rows: NonZeroU32::MIN,
        interval_millis: number(10_000),
    };
    assert_eq!(set.thumbnails, Some(expected));
}

/// What stands after `"sources":[{"path":"a.mp4"` on line 2, and the refusal.
const FIELDS: &[(&str, &str)] = &[
    (
        r#", "langauge": "en"}]}"#,
        "line 2, column 31: sources[0].langauge: there is no such field here, but path, tracks, language, label, roles, default, forced",
    ),
    (r#", "language": "english"}]}"#, r#"column 43: sources[0].language: "english" is no BCP 47 tag"#),
    (r#", "language": 5}]}"#, "sources[0].language: 5 is found where a string belongs"),
    (r#", "label": " "}]}"#, r#"sources[0].label: " " is no name"#),
    (r#", "label": "a\nb"}]}"#, r#"sources[0].label: "a\nb" is no name"#),
    (r#", "label": "\ud800"}]}"#, r#""\"\\ud800\"" is no Unicode text"#),
    (r#", "default": "yes"}]}"#, r#"sources[0].default: "yes" is found where true or false belongs"#),
    (r#", "default": null}]}"#, "sources[0].default: null is found where true or false belongs"),
    (r#", "roles": ["dub", "dub"]}]}"#, "sources[0].roles[1]: the role dub is there twice"),
    (r#", "roles": ["best"]}]}"#, r#"sources[0].roles[0]: "best" is no role; roles are main, alternate"#),
    (r#", "roles": "dub"}]}"#, r#"sources[0].roles: "dub" is found where a list belongs"#),
    (r#", "tracks": []}]}"#, "sources[0].tracks: there is no track"),
    (r#", "tracks": ["v1", "x1"]}]}"#, r#"sources[0].tracks[1]: "x1" is no track"#),
    (r#", "tracks": ["v0"]}]}"#, r#""v0" is no track"#),
    (r#", "tracks": ["v01"]}]}"#, r#""v01" is no track"#),
    (r#", "tracks": ["a99999999999"]}]}"#, "is no track"),
    (r#", "tracks": ["v1", {"track": "v1"}]}]}"#, "sources[0].tracks[1].track: tracks[0] is the same track"),
    (r#", "tracks": [{"language": "en"}]}]}"#, r#"sources[0].tracks[0]: "track" is missing"#),
    (
        r#", "tracks": [1]}]}"#,
        "sources[0].tracks[0]: 1 is found where a track such as \"a2\", or an object belongs",
    ),
    (r#", "path": "b.mp4"}]}"#, "sources[0].path: the field is there twice"),
    (r#"}, {"path": "./a.mp4"}]}"#, "sources[1].path: sources[0] is the same file"),
    (r#"}, {"path": "../../a.mp4"}]}"#, r#"sources[1].path: "../../a.mp4" climbs above the root"#),
    (r#"}, {"path": "a.mkv"}]}"#, r#"sources[1].path: "a.mkv" does not name an MP4 file"#),
    (r#"}, {"path": "s3://a/b.mp4"}]}"#, "is a URL"),
    (r#"}, {"tracks": ["v1"]}]}"#, r#"sources[1]: "path" is missing"#),
    (r#"}, "b.mp4"]}"#, r#"sources[1]: "b.mp4" is found where an object belongs"#),
    (r#"}], "captions": [{"path": "a.sub"}]}"#, r#"captions[0].path: "a.sub" does not name a caption file"#),
    (r#"}], "captions": [{"language": "en"}]}"#, r#"captions[0]: "path" is missing"#),
    (
        r#"}], "captions": [{"path": "a.vtt"}, {"path": "a.vtt"}]}"#,
        "captions[1].path: the file was named before",
    ),
    (
        r#"}], "captions": [{"path": "a.vtt", "default": true}, {"instream": "CC1", "default": true}, {"path": "b.vtt", "default": true}]}"#,
        "captions[2].default: captions[0] are the default already",
    ),
    (r#"}], "captions": [{"instream": "CC5"}]}"#, r#"captions[0].instream: "CC5" is no channel"#),
    (
        r#"}], "captions": [{"instream": "CC1"}, {"instream": "CC1"}]}"#,
        "captions[1].instream: CC1 was named before",
    ),
    (
        r#"}], "captions": [{"instream": "CC1", "forced": true}]}"#,
        "captions[0].forced: there is no such field here",
    ),
    (
        r#"}], "captions": [{"instream": "CC1", "path": "a.vtt"}]}"#,
        "captions[0].path: there is no such field here",
    ),
    (
        r#"}], "thumbnails": {"path": "t", "interval": 1}}"#,
        r#"thumbnails.path: "t" is no JPEG file, and no folder"#,
    ),
    (r#"}], "thumbnails": {"path": 1, "interval": 1}}"#, "thumbnails.path: 1 is found where a folder"),
    (r#"}], "thumbnails": {"path": [], "interval": 1}}"#, "thumbnails.path: there is no file"),
    (
        r#"}], "thumbnails": {"path": ["a.png"], "interval": 1}}"#,
        r#"thumbnails.path[0]: "a.png" does not name a JPEG"#,
    ),
    (r#"}], "thumbnails": {"path": "t/"}}"#, r#"thumbnails: "interval" is missing"#),
    (
        r#"}], "thumbnails": {"path": "t/", "interval": 0}}"#,
        "thumbnails.interval: 0 is found where a number of seconds",
    ),
    (r#"}], "thumbnails": {"path": "t/", "interval": -1}}"#, "thumbnails.interval: -1 is"),
    (r#"}], "thumbnails": {"path": "t/", "interval": 1e1}}"#, "thumbnails.interval: 1e1 is"),
    (r#"}], "thumbnails": {"path": "t/", "interval": 0.0001}}"#, "thumbnails.interval: 0.0001 is"),
    (
        r#"}], "thumbnails": {"path": "t/", "interval": 1, "columns": 1.5}}"#,
        "thumbnails.columns: 1.5 is found where a whole number",
    ),
    (r#"}], "thumbnails": {"path": "t/", "interval": 1, "rows": 0}}"#, "thumbnails.rows: 0 is"),
    (r#"}], "segmentSeconds": 61}"#, "segmentSeconds: 61 is found where a number of seconds from 0.5 to 60"),
    (r#"}], "segmentSeconds": "4"}"#, r#"segmentSeconds: "4" is found where a number belongs"#),
    (r#"}], "hlsCaptions": "stpp"}"#, r#"hlsCaptions: "stpp" is found where "webvtt" or "imsc1" belongs"#),
    (r#"}], "dashCaptions": "imsc1"}"#, r#"dashCaptions: "imsc1" is found where"#),
    (r#"}], "streamOrder": "ASCENDING"}"#, r#"streamOrder: "ASCENDING" is found where one of ORIGINAL"#),
    (r#"}], "minVideoBitsPerSecond": -1}"#, "minVideoBitsPerSecond: -1 is found where a whole number up to"),
    (r#"}], "maxVideoBitsPerSecond": 2147483648}"#, "maxVideoBitsPerSecond: 2147483648 is"),
    (r#"}], "maxVideoBitsPerSecond": 1.5}"#, "maxVideoBitsPerSecond: 1.5 is"),
    (
        r#"}], "minVideoBitsPerSecond": 2, "maxVideoBitsPerSecond": 1}"#,
        "minVideoBitsPerSecond: it is more than maxVideoBitsPerSecond",
    ),
    (r#"}], "a b": 1}"#, r#""a b": there is no such field here, but sources"#),
    (r#"}], "sources": []}"#, "sources: the field is there twice"),
];

#[test]
fn refusals_name_line_and_field() {
    for (rest, expected) in FIELDS {
        let found = refusal(&format!("{{\n  \"sources\":[{{\"path\":\"a.mp4\"{rest}"));
        assert!(found.starts_with("JSON set, line 2, column "), "{rest}: {found}");
        assert!(found.contains(expected), "{rest}: {found}");
    }
}

#[test]
fn the_example_of_a_line_and_a_field() {
    let text = EVERYTHING.replace("\"language\": \"fr\", \"forced\"", "\"language\": \"french\", \"forced\"");
    let found = refusal(&text);
    assert_eq!(found, r#"JSON set, line 11, column 41: captions[1].language: "french" is no BCP 47 tag"#);
}

#[test]
fn what_is_no_set() {
    let deep = "[".repeat(100_000);
    let nested = format!("{{\"sources\":{}{}}}", "[".repeat(40), "]".repeat(40));
    let many = format!("{{\"sources\":[{}]}}", vec!["0"; 300_000].join(","));
    let too_many = format!("{{\"sources\":[{}]}}", vec![r#"{"path":"a.mp4"}"#; 65].join(","));
    let rows = [
        ("", "line 1, column 0: EOF while parsing a value"),
        ("{\n \"sources\": [,]\n}", "line 2, column 14: expected value"),
        ("{\"sources\": [{\"path\": \"a.mp4\"}],}", "line 1, column 33: key must be a string"),
        ("{} x", "trailing characters"),
        ("[]", "the set: a list is found where an object belongs"),
        ("{}", "the set: \"sources\" is missing"),
        (r#"{"sources": []}"#, "sources: there is no source"),
        (r#"{"sources": {}}"#, "sources: an object is found where a list belongs"),
        (&deep, "EOF while parsing"),
        (&nested, "nested more than 16 deep"),
        (&many, "more than 20000 values"),
        (&too_many, "sources: there are 65 elements; up to 64"),
    ];
    for (text, expected) in rows {
        let found = refusal(text);
        assert!(found.contains(expected), "{text:.40}: {found}");
    }
    let found = read(b"{\n\"a\": \"\xff\"}", "a.json").unwrap_err().to_string();
    assert_eq!(found, "JSON set, line 2, column 7: not UTF-8");
    let long = vec![b' '; (1 << 20) + 1];
    let found = read(&long, "a.json").unwrap_err().to_string();
    assert_eq!(found, "JSON set: the file has 1048577 bytes; up to 1048576 are read");
}
