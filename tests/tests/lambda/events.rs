//! Events as they should not be: each is one answer or one error, and the process lives on.

use bytes::Bytes;
use serde_json::{Value, json};
use tests::runtime_api::{Ending, http_event};

use crate::Rig;

const MASTER: &str = "/fragmint.mp4/master.m3u8";

#[test]
fn odd_requests_are_answered() {
    for name in ["manifest", "segment"] {
        let mut rig = Rig::start(name, &[]);
        let whole = rig.body(MASTER);
        for event in odd_requests() {
            let answer = rig.api.invoke(&event).answer();
            assert_eq!((answer.status, &answer.body), (200, &whole), "{name}: {event}");
        }
        let long = format!("/{}/master.m3u8", "a/".repeat(100_000));
        let paths =
            ["", "/", "//", "a.mp4", "/../fragmint.mp4/master.m3u8", "/%2e%2e/fragmint.mp4/manifest.mpd"];
        for path in paths.into_iter().chain([long.as_str(), "/\u{0}", "/%", "/%00.mp4/manifest.mpd", "\\"]) {
            assert_eq!(rig.get(path).status, 404, "{name}: {path:.80}");
        }
        assert!(rig.process.is_alive());
    }
}

/// Requests for [`MASTER`] with something odd that has nothing to do with it.
fn odd_requests() -> Vec<Value> {
    let get = http_event("GET", MASTER, &[]);
    let with = |pointer: &str, value: Value| {
        let mut event = get.clone();
        *event.pointer_mut(pointer).unwrap() = value;
        event
    };
    let mut out = Vec::new();
    for host in ["", " ", "a b", "a:b:c", "[", "\u{e9}", "exa\u{7f}mple", "h/../x?y#z", "\r\nx: y"] {
        out.push(with("/headers/host", json!(host)));
        out.push(with("/requestContext/domainName", json!(host)));
        out.push(with("/headers/x-forwarded-proto", json!(host)));
        out.push(with("/requestContext/stage", json!(host)));
    }
    for query in
        ["a b", "a=<b>", "\u{e9}=1", "%", "%zz", "#", "\"", "\0\n", "{}[]|\\^`", &"x".repeat(1 << 20)]
    {
        out.push(with("/rawQueryString", json!(query)));
    }
    for pointer in ["/headers", "/rawQueryString", "/requestContext/stage", "/version", "/routeKey"] {
        out.push(with(pointer, Value::Null));
    }
    out.push(with("/headers", json!({ "a b": "c", "x": "\n", "": "", "n": 1 })));
    out.push(with("/isBase64Encoded", json!("perhaps")));
    out.push(http_event(
        "GET",
        MASTER,
        &[("range", "bytes=a-"), ("if-none-match", "\u{fffd}"), ("cookie", "\u{1}")],
    ));
    let mut with_body = get.clone();
    with_body["body"] = json!("not base64!");
    with_body["isBase64Encoded"] = json!(true);
    with_body["cookies"] = json!([1, "a=\n"]);
    out.push(with_body);
    out.push(json!({ "rawPath": MASTER, "requestContext": { "http": { "method": "GET" } } }));
    out
}

#[test]
fn what_is_no_request_is_a_failed_invocation() {
    for name in ["manifest", "segment"] {
        let mut rig = Rig::start(name, &[]);
        let created: Value =
            serde_json::from_str(include_str!("../../../events/object-created.json")).unwrap();
        let events = [json!(null), json!([]), json!({}), json!({ "rawPath": MASTER }), created];
        for event in events {
            let error = rig.api.invoke(&event).error();
            assert!(error.contains("no HTTP request of a function URL"), "{name}: {error}");
        }
        for bytes in ["", "{", "\u{0}", "[[[[[[[[", "{\"rawPath\":"] {
            assert!(
                matches!(rig.api.invoke_bytes(Bytes::from_static(bytes.as_bytes())), Ending::Failed(_)),
                "{bytes}"
            );
        }
        let deep = "[".repeat(100_000);
        assert!(matches!(rig.api.invoke_bytes(deep.into()), Ending::Failed(_)));
        assert_eq!(rig.get(MASTER).status, 200);
        assert!(rig.process.is_alive());
    }
}

#[test]
fn example_requests_are_answered() {
    let rig = Rig::start("segment", &[]);
    let get: Value = serde_json::from_str(include_str!("../../../events/get-manifest.json")).unwrap();
    let head: Value = serde_json::from_str(include_str!("../../../events/head-manifest.json")).unwrap();
    let segment = include_str!("../../../events/get-segment.json");
    let manifest = rig.api.invoke(&get).answer();
    assert_eq!((manifest.status, &manifest.body[..7]), (200, &b"#EXTM3U"[..]));
    let answer = rig.api.invoke(&head).answer();
    assert_eq!((answer.status, answer.body.len()), (200, 0));
    let text = String::from_utf8(manifest.body.to_vec()).unwrap();
    let (playlist, _) = crate::playlist_of(&text, "/fragmint.mp4");
    let elements: Vec<_> = playlist.split('/').collect();
    let segment = segment.replace("VERSION", elements[2]).replace("TRACK", elements[3]);
    let segment: Value = serde_json::from_str(&segment).unwrap();
    let answer = rig.api.invoke(&segment).answer();
    assert_eq!(answer.status, 200);
    assert!(answer.header("content-type").ends_with("/mp4"));
    assert!(answer.header("cache-control").contains("immutable"));
}
