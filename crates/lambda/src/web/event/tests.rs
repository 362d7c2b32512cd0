//! Events of function URLs, well-formed and not; `lambda_http` itself converts them here.

use serde_json::json;

use super::*;

fn asked(event: &Value) -> Request<()> {
    let event = LambdaRequest::ApiGatewayV2(convertible(event).unwrap());
    to_origin(&event.into())
}

fn get(path: &str) -> Value {
    json!({ "rawPath": path, "requestContext": { "http": { "method": "GET" } } })
}

#[test]
fn a_path_is_what_was_sent() {
    // What function URLs deliver, and what the path of the request is.
    let cases = [
        ("/a.mp4/master.m3u8", "/a.mp4/master.m3u8"),
        ("/a%20b%2Bc+d.mp4/master.m3u8", "/a%20b%2Bc+d.mp4/master.m3u8"),
        ("/a/../b.mp4/manifest.mpd", "/a/../b.mp4/manifest.mpd"),
        ("/a%2F..%2fb.mp4/manifest.mpd", "/a%2F..%2fb.mp4/manifest.mpd"),
        ("//a.mp4/manifest.mpd", "//a.mp4/manifest.mpd"),
        ("/a:b@c.mp4/manifest.mpd", "/a:b@c.mp4/manifest.mpd"),
        // A host that decodes: what cannot be in a path is escaped, once.
        ("/a b.mp4/master.m3u8", "/a%20b.mp4/master.m3u8"),
        ("/\u{e9}?#.mp4/master.m3u8", "/%C3%A9%3F%23.mp4/master.m3u8"),
        ("/a\\b\"<>^`{|}[].mp4", "/a%5Cb%22%3C%3E%5E%60%7B%7C%7D%5B%5D.mp4"),
        ("/a\nb\0.mp4", "/a%0Ab%00.mp4"),
        // No path at all.
        ("", "/"),
        ("a.mp4", "/"),
        (":80", "/"),
    ];
    for (path, wanted) in cases {
        assert_eq!(asked(&get(path)).uri().path(), wanted, "{path:?}");
    }
}

#[test]
fn what_made_lambda_http_panic_is_a_request_like_any_other() {
    let hosts = ["", " ", "a b", "[", "a:b:c", "\u{e9}", "x/y?z#", "%", "exa\u{7f}mple"];
    let queries = ["a b", "<>", "\u{e9}", "#", "\"", "\0", "a=b&c=d e%", "{}[]|\\^`"];
    for (host, query) in hosts.iter().flat_map(|host| queries.map(|query| (host, query))) {
        let event = json!({
            "rawPath": "/a.mp4/master.m3u8",
            "rawQueryString": query,
            "headers": { "host": host, "x-forwarded-proto": host, "range": "bytes=0-1" },
            "requestContext": { "domainName": host, "stage": "other", "http": { "method": "GET" } },
        });
        let asked = asked(&event);
        assert_eq!(asked.uri().path(), "/a.mp4/master.m3u8", "{host:?} {query:?}");
        assert_eq!(asked.headers().get("range").unwrap(), "bytes=0-1");
        assert!(!asked.headers().contains_key("host"));
    }
}

#[test]
fn a_query_is_passed_on() {
    let mut event = get("/a.mp4/master.m3u8");
    event["rawQueryString"] = json!("aws.manifestfilter=video_height%3A1-720&x=a b");
    assert_eq!(asked(&event).uri().query(), Some("aws.manifestfilter=video_height%3A1-720&x=a%20b"));
}

#[test]
fn nothing_is_compressed_here() {
    let mut event = get("/a.mp4/master.m3u8");
    event["headers"] = json!({ "accept-encoding": "gzip, br", "if-none-match": "\"1\"" });
    let asked = asked(&event);
    assert!(!asked.headers().contains_key("accept-encoding"));
    assert_eq!(asked.headers().get("if-none-match").unwrap(), "\"1\"");
}

#[test]
fn headers_that_are_none_are_left_out() {
    let mut event = get("/");
    event["headers"] =
        json!({ "a b": "1", "": "2", "x": "line\nfeed", "y": 7, "z": null, "range": "bytes=1-" });
    let asked = asked(&event);
    assert_eq!(asked.headers().len(), 1);
    event["headers"] = json!("none");
    assert_eq!(asked_headers(&event), 0);
    let many: serde_json::Map<_, _> = (0..100_000).map(|i| (format!("h{i}"), json!("v"))).collect();
    event["headers"] = Value::Object(many);
    assert_eq!(asked_headers(&event), MAX_HEADERS);
}

fn asked_headers(event: &Value) -> usize {
    asked(event).headers().len()
}

#[test]
fn overlong_urls_are_cut_and_match_nothing() {
    for letter in ["a", "\u{20ac}", " "] {
        let mut event = get(&format!("/{}.mp4/master.m3u8", letter.repeat(1 << 20)));
        event["rawQueryString"] = json!(letter.repeat(1 << 20));
        let asked = asked(&event);
        assert!(packaging::route::Route::parse(asked.uri().path()).is_none());
    }
}

#[test]
fn what_is_no_http_request_is_refused() {
    let events = [
        json!(null),
        json!([]),
        json!("GET /"),
        json!({}),
        json!({ "rawPath": "/a.mp4/master.m3u8" }),
        json!({ "rawPath": "/", "requestContext": { "http": {} } }),
        json!({ "rawPath": "/", "requestContext": { "http": { "method": "GET /" } } }),
        json!({ "rawPath": "/", "requestContext": { "http": { "method": 1 } } }),
        json!({ "source": "aws.s3", "detail-type": "Object Created" }),
    ];
    for event in events {
        assert!(convertible(&event).is_err(), "{event}");
    }
}
