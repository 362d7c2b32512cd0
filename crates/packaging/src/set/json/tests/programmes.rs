//! Programmes in this packager's own JSON.

use super::read;

/// Oracle: 0xfc3025 is `/DAl` in base64 (RFC 4648 §4); times by hand.
#[test]
fn programmes() {
    let text = r#"{"clips": [{"sources": [{"path": "a.mp4"}], "clipTo": 5}, {"sources": [{"path": "a.mp4"}]}],
        "date": "2024-05-01T12:00:00+02:00", "start": {"offset": -1.5, "precise": true},
        "cues": [{"id": "b", "date": "2024-05-01T10:00:07.25Z", "scte35In": "/DAl"},
                 {"id": "a", "start": 2, "duration": 0.5, "scte35Out": "0xfC3025"}]}"#;
    let set = read(text.as_bytes(), "x/set.json").unwrap();
    let said = set.programme.unwrap();
    assert_eq!(said.clips.iter().map(|clip| clip.reach.to_millis).collect::<Vec<_>>(), [Some(5), None]);
    assert_eq!(said.clips[1].set.sources[0].key, "x/a.mp4");
    let [a, b] = said.cues.as_slice() else { panic!("{:?}", said.cues) };
    assert_eq!((a.id.as_str(), a.start_millis, a.duration_millis), ("a", 2000, Some(500)));
    assert_eq!((b.id.as_str(), b.start_millis, b.duration_millis), ("b", 7250, None));
    let bytes = |cue: &crate::set::Cue| cue.scte35.as_ref().map(|splice| splice.bytes.clone()).unwrap();
    assert_eq!((bytes(a), bytes(b)), (vec![0xfc, 0x30, 0x25], vec![0xfc, 0x30, 0x25]));
    let start = said.start.unwrap();
    assert_eq!((start.offset_millis, start.is_precise), (-1500, true));
}

/// Oracle: RFC 4648 §4 and §10's way of padding, by hand; 0xfc30 is `/DA=`.
#[test]
fn padding_of_splices_may_be_missing() {
    let read_splice = |text: &str| {
        let cue = format!(r#"{{"id": "a", "start": 1, "scte35Cmd": "{text}"}}"#);
        let set =
            read(format!(r#"{{"sources": [{{"path": "a.mp4"}}], "cues": [{cue}]}}"#).as_bytes(), "set.json");
        set.ok().map(|set| set.programme.unwrap().cues[0].scte35.as_ref().unwrap().bytes.clone())
    };
    for text in ["/DA=", "/DA"] {
        assert_eq!(read_splice(text), Some(vec![0xfc, 0x30]), "{text}");
    }
    for text in ["/DA==", "/D", "/DA-", "/DA =", ""] {
        assert_eq!(read_splice(text), None, "{text}");
    }
}

/// What is wrong is named by its field.
#[test]
fn programmes_that_cannot_be() {
    for (text, field) in [
        (r#"{"clips": []}"#, "clips"),
        (r#"{"clips": [{"sources": [{"path": "a.mp4"}]}], "sources": [{"path": "a.mp4"}]}"#, "sources"),
        (r#"{"clips": [{"sources": [{"path": "a.mp4"}], "clipFrom": 5, "clipTo": 5}]}"#, "clips[0].clipTo"),
        (r#"{"clips": [{"sources": [{"path": "a.mp4"}], "clipFrom": -1}]}"#, "clips[0].clipFrom"),
        (r#"{"sources": [{"path": "a.mp4"}], "date": "yesterday"}"#, "date"),
        (r#"{"sources": [{"path": "a.mp4"}], "cues": [{"id": "a"}]}"#, "cues[0]"),
        (r#"{"sources": [{"path": "a.mp4"}], "cues": [{"id": "a\"", "start": 1}]}"#, "cues[0].id"),
        (
            r#"{"sources": [{"path": "a.mp4"}], "cues": [{"id": "a", "start": 1, "scte35Out": "AAAA"}]}"#,
            "cues[0].scte35Out",
        ),
        (r#"{"sources": [{"path": "a.mp4"}], "define": [{"name": "a b", "value": "c"}]}"#, "define[0].name"),
        (
            r#"{"sources": [{"path": "a.mp4"}], "steering": {"server": "https://s", "pathways": [{"id": "a",
            "base": "https://a"}]}}"#,
            "steering.pathways[0].base",
        ),
    ] {
        let error = read(text.as_bytes(), "set.json").unwrap_err().to_string();
        assert!(error.contains(&format!(": {field}: ")), "{field}: {error}");
    }
}
