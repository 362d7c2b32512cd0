//! nginx-vod-module's mapping. Oracle: its README, by hand.

use super::{labels, number, read, refusal, source, track};
use crate::route::TrackKind;
use crate::set::{CaptionChannel, ClosedCaptions, Labels, Set, SetCaptions, SetSource, TrackChoice};

/// The README's adaptive set, with what else makes no difference to whole files.
#[test]
fn nginx_mappings() {
    let text = r#"{
      "id": "7", "playlistType": "vod", "discontinuity": false, "segmentDuration": 4000,
      "closedCaptions": [{"id": "CC1", "label": "English", "language": "eng"}],
      "sequences": [
        {"id": "1", "language": "eng", "label": "English", "bitrate": {"v": 900000, "a": 64000},
         "clips": [{"type": "source", "path": "/path/to/bitrate1.mp4"}]},
        {"clips": [{"type": "source", "path": "/path/to/bitrate2.mp4", "tracks": "v1"}]},
        {"clips": [{"type": "source", "path": "/path/to/sound.mp4", "tracks": "a1", "clipFrom": 0}],
         "language": "fre", "label": "Français", "default": true},
        {"clips": [{"type": "source", "path": "/path/to/sound.mp4", "tracks": "a2"}], "language": "und"},
        {"clips": [{"type": "source", "path": "/path/to/all.mp4", "tracks": "v-a12"}]},
        {"clips": [{"type": "source", "path": "/path/to/first.mp4", "tracks": ""}]},
        {"language": "eng", "clips": [{"type": "source", "path": "/path/to/film.srt"}]}
      ]
    }"#;
    let choose = |choices: &[(TrackChoice, Labels)]| {
        Some(choices.iter().map(|(choice, labels)| track(*choice, labels.clone())).collect::<Vec<_>>())
    };
    let first = |kind| TrackChoice::Nth(kind, 1);
    let none = Labels::default;
    let expected = Set {
        sources: vec![
            SetSource { labels: labels("en", "English"), ..source("path/to/bitrate1.mp4") },
            SetSource {
                tracks: choose(&[(first(TrackKind::Video), none())]),
                ..source("path/to/bitrate2.mp4")
            },
            SetSource {
                tracks: choose(&[
                    (first(TrackKind::Audio), Labels { is_default: Some(true), ..labels("fr", "Français") }),
                    (TrackChoice::Nth(TrackKind::Audio, 2), none()),
                ]),
                ..source("path/to/sound.mp4")
            },
            SetSource {
                tracks: choose(&[
                    (TrackChoice::Kind(TrackKind::Video), none()),
                    (TrackChoice::Nth(TrackKind::Audio, 12), none()),
                ]),
                ..source("path/to/all.mp4")
            },
            SetSource {
                tracks: choose(&[(first(TrackKind::Video), none()), (first(TrackKind::Audio), none())]),
                ..source("path/to/first.mp4")
            },
        ],
        captions: vec![SetCaptions {
            key: "path/to/film.srt".into(),
            labels: Labels { language: Some("en".into()), ..none() },
        }],
        closed_captions: vec![ClosedCaptions {
            channel: CaptionChannel::Cc(1),
            labels: labels("en", "English"),
        }],
        segment_millis: Some(number(4000)),
        ..Set::default()
    };
    assert_eq!(read(text.as_bytes(), "maps/7.json"), Ok(expected));
}

/// What nginx-vod-module's README calls a playlist: a clip lasts from `clipFrom` for as long as its duration says.
#[test]
fn nginx_mappings_of_several_clips() {
    let text = r#"{
      "discontinuity": true, "durations": [3000, 4500], "segmentDuration": 4000,
      "closedCaptions": [{"id": "CC1", "label": "English", "language": "eng"}],
      "sequences": [
        {"clips": [{"type": "source", "path": "/a_720.mp4"}, {"type": "source", "path": "/b_720.mp4", "clipFrom": 1000}]},
        {"language": "fre", "clips": [{"type": "source", "path": "/a_fr.mp4", "tracks": "a1"},
                                      {"type": "source", "path": "/b_720.mp4", "tracks": "a2", "clipFrom": 1000, "clipTo": 5500}]},
        {"language": "eng", "clips": [{"type": "source", "path": "/a.srt"}, {"type": "source", "path": "/b.srt", "clipFrom": 1000}]}
      ]
    }"#;
    let refused = refusal(text);
    assert!(refused.contains("sequences[1].clips[1].path: another sequence has all tracks"), "{refused}");
    let text = text.replace(r#""/b_720.mp4", "tracks""#, r#""/b_fr.mp4", "tracks""#);
    let set = read(text.as_bytes(), "maps/7.json").unwrap();
    assert_eq!((set.sources.len(), set.segment_millis), (0, Some(number(4000))));
    let said = set.programme.unwrap();
    let reaches: Vec<_> =
        said.clips.iter().map(|clip| (clip.reach.from_millis, clip.reach.to_millis)).collect();
    assert_eq!(reaches, [(None, Some(3000)), (Some(1000), Some(5500))]);
    let [a, b] = said.clips.as_slice() else { panic!("{said:?}") };
    let keys = |set: &Set| set.sources.iter().map(|source| source.key.clone()).collect::<Vec<_>>();
    assert_eq!(
        (keys(&a.set), keys(&b.set)),
        (vec!["a_720.mp4".into(), "a_fr.mp4".into()], vec!["b_720.mp4".into(), "b_fr.mp4".into()])
    );
    for clip in [a, b] {
        let said = &clip.set.sources[1].tracks.as_ref().unwrap()[0];
        assert_eq!(said.labels.language.as_deref(), Some("fr"));
        assert_eq!(clip.set.captions[0].labels.language.as_deref(), Some("en"));
        assert_eq!(clip.set.closed_captions.len(), 1);
    }
}

/// One clip that is a part of its file is a programme of one, as is one whose duration is said: it ends then.
#[test]
fn nginx_mappings_of_a_part() {
    for (clip, durations, expected) in [
        (r#""clipFrom": 5"#, "", (Some(5), None)),
        (r#""clipTo": 5"#, "", (None, Some(5))),
        (r#""clipFrom": 5, "clipTo": 9"#, "", (Some(5), Some(9))),
        (r#""clipFrom": 0"#, r#""durations": [7],"#, (None, Some(7))),
    ] {
        let text = format!(r#"{{{durations} "sequences": [{{"clips": [{{"path": "/a.mp4", {clip}}}]}}]}}"#);
        let clips = read(text.as_bytes(), "a.json").unwrap().programme.unwrap().clips;
        let found: Vec<_> = clips.iter().map(|clip| (clip.reach.from_millis, clip.reach.to_millis)).collect();
        assert_eq!(found, [expected], "{text}");
    }
}

/// Fields of a mapping on line 2, in which `@` is a clip that is a whole file, and the refusal.
const MAPPINGS: &[(&str, &str)] = &[
    (
        r#""sequences": [{"clips": [@, @]}, {"clips": [@]}]"#,
        "sequences[1].clips: it has 1 clips where the first",
    ),
    (
        r#""durations": [1, 2], "sequences": [{"clips": [@]}]"#,
        "sequences[0].clips: it has 1 clips where durations",
    ),
    (r#""durations": [], "sequences": [{"clips": [@]}]"#, "durations: there is no clip"),
    (r#""durations": [0], "sequences": [{"clips": [@]}]"#, "durations[0]: a clip lasts longer"),
    (r#""durations": [1.5], "sequences": [{"clips": [@]}]"#, "durations[0]: 1.5 is found where"),
    (r#""clipTo": 5, "sequences": [{"clips": [@, @]}]"#, "clipTo: this field"),
    (
        r#""clipTimes": [1, 2], "durations": [1, 2], "sequences": [{"clips": [@, @]}]"#,
        "clipTimes: this field",
    ),
    (
        r#""sequences": [{"clips": [@, {"type": "concat", "paths": ["/a.mp4"], "durations": [1]}]}]"#,
        r#"sequences[0].clips[1].type: clips of the type "concat" are not supported"#,
    ),
    (
        r#""sequences": [{"clips": [@, {"path": "/b.mp4", "clipFrom": 5, "clipTo": 5}]}]"#,
        "sequences[0].clips[1].clipTo: the clip ends before it begins",
    ),
    (
        r#""durations": [5], "sequences": [{"clips": [{"path": "/b.mp4", "clipFrom": 5, "clipTo": 9}]}]"#,
        "sequences[0].clips[0].clipTo: the clip's duration",
    ),
    (
        r#""sequences": [{"clips": [@]}, {"clips": [{"path": "/b.mp4", "clipFrom": 5}]}]"#,
        "sequences[1].clips[0].path: another sequence has another part",
    ),
    (r#""sequences": [{"clips": [@, {"path": "/b.srt"}]}]"#, "sequences: there is no source"),
    (r#""playlistType": "live", "sequences": [{"clips": [@]}]"#, r#"playlistType: "live" is not packaged"#),
    (r#""firstClipTime": 1, "sequences": [{"clips": [@]}]"#, "firstClipTime: this field"),
    (r#""notifications": [], "sequences": [{"clips": [@]}]"#, "notifications: this field"),
    (r#""segmentDuration": 4.5, "sequences": [{"clips": [@]}]"#, "segmentDuration: 4.5 is found where"),
    (
        r#""sequences": [{"clips": [@]}, {"clips": [@]}]"#,
        "sequences[1].clips[0].path: another sequence has all tracks",
    ),
    (
        r#""sequences": [{"clips": [{"type": "rateFilter", "rate": 2, "source": {}}]}]"#,
        r#"sequences[0].clips[0].type: clips of the type "rateFilter" are not supported"#,
    ),
    (
        r#""sequences": [{"clips": [{"type": "source", "path": "/a.mp4", "clipFrom": -5}]}]"#,
        "sequences[0].clips[0].clipFrom: -5 is found where",
    ),
    (
        r#""sequences": [{"clips": [{"type": "source", "path": "/a.mp4", "encryptionKey": "x"}]}]"#,
        "sequences[0].clips[0].encryptionKey: this field",
    ),
    (
        r#""sequences": [{"clips": [{"type": "source", "path": "/a.mp4", "sourceType": "http"}]}]"#,
        r#"sourceType: "http" is not supported"#,
    ),
    (
        r#""sequences": [{"clips": [{"type": "source", "path": "/a.mp4", "tracks": "v1-x"}]}]"#,
        r#""v1-x" does not name tracks"#,
    ),
    (
        r#""sequences": [{"clips": [{"type": "source", "path": "/a.mp4", "tracks": "v99999999999"}]}]"#,
        "does not name tracks",
    ),
    (r#""sequences": [{"clips": [{"type": "source", "path": "/../a.mp4"}]}]"#, "climbs above"),
    (r#""sequences": [{"clips": [{"type": "source", "path": "/a.srt"}]}]"#, "sequences: there is no source"),
    (r#""sequences": [{"clips": []}]"#, "sequences[0].clips: there is no clip"),
    (r#""sequences": []"#, "sequences: there is no source"),
    (r#""sequences": [{"clips": [5]}]"#, "sequences[0].clips[0]: 5 is found where an object belongs"),
];

#[test]
fn mappings_that_would_change_the_media() {
    for (fields, expected) in MAPPINGS {
        let fields = fields.replace('@', r#"{"type": "source", "path": "/a.mp4"}"#);
        let found = refusal(&format!("{{\n{fields}\n}}"));
        assert!(found.starts_with("nginx-vod mapping, line 2, column "), "{fields}: {found}");
        assert!(found.contains(expected), "{fields}: {found}");
    }
}
