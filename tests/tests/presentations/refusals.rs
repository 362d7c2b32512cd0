//! What cannot be played: who is told what.

use http::StatusCode;
use serde_json::{Value, json};
use tests::client::header;
use tests::{Client, fixtures, offer};

use crate::{CAPTIONS, SOURCES, Shelf, paths};

/// The message of an error.
fn refusal(client: &Client<origin::source::MemorySource>, path: &str) -> (StatusCode, String) {
    let response = client.get(path);
    assert!(response.status().is_client_error(), "{path}: {}", response.status());
    let body: Value = serde_json::from_slice(response.body()).unwrap();
    assert_eq!(body["error"]["status"], response.status().as_u16());
    (response.status(), body["error"]["message"].as_str().unwrap().to_owned())
}

#[test]
fn a_missing_source_is_named() {
    let set = json!({ "sources": paths(&["film_90p.mp4", "film_1080p.mp4"]) });
    let captions = json!({ "sources": paths(&["film_90p.mp4"]), "captions": paths(&["film.xx.vtt"]) });
    let sheets =
        json!({ "sources": paths(&["film_90p.mp4"]), "thumbnails": { "path": ["none.jpg"], "interval": 1 } });
    let none =
        json!({ "sources": paths(&["film_90p.mp4"]), "thumbnails": { "path": "more/", "interval": 1 } });
    let client = Shelf::new()
        .with_json("feature/a.json", &set)
        .with_json("feature/b.json", &captions)
        .with_json("feature/c.json", &sheets)
        .with_json("feature/d.json", &none)
        .client();
    for (name, missing) in [
        ("a", "feature/film_1080p.mp4"),
        ("b", "feature/film.xx.vtt"),
        ("c", "feature/none.jpg"),
        ("d", "thumbnails"),
    ] {
        for manifest in ["master.m3u8", "manifest.mpd"] {
            let (status, message) = refusal(&client, &format!("/feature/{name}.json/{manifest}"));
            assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
            assert!(message.contains(missing), "{message}");
        }
    }
    let (status, message) = refusal(&client, "/feature/film_,90p,1080p,.mp4.urlset/master.m3u8");
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(message.contains("feature/film_1080p.mp4"), "{message}");
}

/// One bad file does not take the others down, whether its owner or its folder named it.
#[test]
fn damaged_sources_are_left_out() {
    let set = json!({ "sources": paths(&SOURCES), "captions": paths(&CAPTIONS) });
    let client = Shelf::new()
        .with("feature/film_90p.mp4", fixtures::named("truncated.mp4").bytes())
        .with("feature/film.he.vtt", "no captions at all")
        .with("feature/film.ja.ttml", "<tt xmlns='http://www.w3.org/ns/ttml'><body><div><p>")
        .with_json("feature/all.json", &set)
        .client();
    let good = Shelf::new().with_json("feature/all.json", &set).client();
    for asset in ["feature", "feature/all.json"] {
        for manifest in ["master.m3u8", "manifest.mpd"] {
            let path = format!("/{asset}/{manifest}");
            let response = client.get(&path);
            assert_eq!(response.status(), StatusCode::OK, "{path}");
            let left_out = header(response.headers(), "fragmint-left-out");
            for name in ["film_90p.mp4", "film.he.vtt", "film.ja.ttml"] {
                assert!(left_out.contains(&format!("feature/{name}")), "{name} in {path}: {left_out}");
            }
            assert_eq!(header(good.get(&path).headers(), "fragmint-left-out"), "");
        }
        let master = offer::master(&client, &format!("/{asset}/master.m3u8"));
        assert_eq!(master.variants.len(), 2);
    }
    let (status, message) = refusal(&client, "/feature/film.he.vtt/manifest.mpd");
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(message.contains("WebVTT"), "{message}");
}

/// The line and the field, for the owner who must find them.
#[test]
fn mistakes_in_descriptions_are_found() {
    let cases = [
        (
            "{\n  \"sources\": [\n    {\"path\": \"a.mp4\"},\n    {\"path\": \"b.avi\"}\n  ]\n}",
            "line 4",
            "sources[1].path",
        ),
        ("{\n \"sources\": [{\"path\": \"a.mp4\"}],\n \"segmentSecond\": 4\n}", "line 3", "segmentSecond"),
        (
            "{\"sources\": [{\"path\": \"a.mp4\"}],\n \"captions\": [\n {\"path\": \"a.vtt\", \"language\": \"french\"}]}",
            "line 3",
            "captions[0].language",
        ),
        ("{\"sources\": [{\"path\": \"a.mp4\",\n\"roles\": [\"hero\"]}]}", "line 2", "sources[0].roles"),
        ("{\"sources\": [{\"path\": \"a.mp4\"}],\n\n \"segmentSeconds\": 0}", "line 3", "segmentSeconds"),
        ("{\"sources\": [{\"path\": \"../../a.mp4\"}]}", "line 1", "sources[0].path"),
        ("{\"sources\": [\n{\"path\": \"a.mp4\"}\n{\"path\": \"b.mp4\"}]}", "line 3", ""),
        ("{\n}", "line 1", "sources"),
    ];
    for (text, line, field) in cases {
        let client = Shelf::new().with("set.json", text).client();
        let (status, message) = refusal(&client, "/set.json/master.m3u8");
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{message}");
        assert!(message.contains(line) && message.contains(field), "{text}\nsays: {message}");
    }
    let smil = "<smil>\n<body>\n<seq>\n<video src='a.mp4'/></seq></body></smil>";
    let entity =
        "<?xml version='1.0'?>\n<!DOCTYPE smil [<!ENTITY a 'b'>]>\n<smil><body><switch/></body></smil>";
    for (text, line) in [(smil, "line 3"), (entity, "line 2")] {
        let client = Shelf::new().with("set.smil", text).client();
        let (status, message) = refusal(&client, "/set.smil/manifest.mpd");
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(message.contains(line), "{message}");
    }
}

#[test]
fn folders_and_limits() {
    let many: Vec<_> = (1..=65).map(|number| format!("film_{number}p.mp4")).collect();
    let names: Vec<_> = many.iter().map(String::as_str).collect();
    let mut shelf = Shelf::new()
        .with("notes/readme.txt", "no film")
        .with("words/film.en.vtt", "WEBVTT\n\n00:01.000 --> 00:02.000\nalone")
        .with_json("many.json", &json!({ "sources": paths(&names) }));
    for name in &names {
        shelf = shelf.with(&format!("many/{name}"), "x");
    }
    let client = shelf.client();
    for manifest in ["master.m3u8", "manifest.mpd"] {
        let (status, _) = refusal(&client, &format!("/nowhere/{manifest}"));
        assert_eq!(status, StatusCode::NOT_FOUND);
        refusal(&client, &format!("/notes/{manifest}"));
        let (status, message) = refusal(&client, &format!("/many.json/{manifest}"));
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(message.contains("64"), "{message}");
        let (_, message) = refusal(&client, &format!("/many/{manifest}"));
        assert!(message.contains("64"), "{message}");
        let list = format!(
            "/many/film_,{},.mp4.urlset/{manifest}",
            names.iter().map(|n| &n[5..n.len() - 4]).collect::<Vec<_>>().join(",")
        );
        let (_, message) = refusal(&client, &list);
        assert!(message.contains("64"), "{message}");
    }
    // Captions alone are no folder of films.
    refusal(&client, "/words/master.m3u8");
    let (status, _) = refusal(&client, "/feature/other.json/master.m3u8");
    assert_eq!(status, StatusCode::NOT_FOUND);
}
