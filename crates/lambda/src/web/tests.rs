//! A function over a source in memory: what it answers and what it writes.

use std::ops::Range;
use std::sync::Mutex;

use bytes::Bytes;
use http::{HeaderValue, Method};
use lambda_runtime::Context;
use origin::Config;
use origin::index_store::NoIndexStore;
use origin::source::{MemorySource, Object, SourceError};
use serde_json::Value;

use super::*;
use crate::deadline::context_with;

const SAMPLE: &[u8] = include_bytes!("../../../fragmint/sample/fragmint.mp4");
const TRACE: &str = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1";

type Lines = Arc<Mutex<Vec<String>>>;

fn log(level: Level) -> (Arc<Log>, Lines) {
    let lines = Lines::default();
    let kept = Arc::clone(&lines);
    let keep = move |line: &str| kept.lock().unwrap().push(line.to_owned());
    (Arc::new(Log::to(level, Some("Fragmint".to_owned()), Box::new(keep))), lines)
}

fn function<S: Source>(source: S, mode: Mode, level: Level) -> (Function<S, NoIndexStore>, Lines) {
    let (log, lines) = log(level);
    (Function::new(Service::new(source, Config::default()), log, "films-manifest".to_owned(), mode), lines)
}

fn sample() -> MemorySource {
    let mut source = MemorySource::default();
    source.insert("a b.mp4", SAMPLE);
    source
}

fn request(method: Method, path: &str) -> lambda_http::Request {
    let mut context = Context::default();
    context.request_id = "r-1".to_owned();
    let mut request =
        Request::new(lambda_http::Body::Empty).with_raw_http_path(path).with_lambda_context(context);
    *request.method_mut() = method;
    *request.uri_mut() = "/?token=secret".parse().unwrap();
    request.headers_mut().insert(TRACE_ID, HeaderValue::from_static(TRACE));
    request
}

/// The one line that was written since the last call.
fn line(lines: &Lines) -> Value {
    let lines = std::mem::take(&mut *lines.lock().unwrap());
    assert_eq!(lines.len(), 1, "{lines:#?}");
    assert!(lines[0].ends_with('\n') && lines[0].matches('\n').count() == 1);
    serde_json::from_str(&lines[0]).unwrap()
}

/// Fails in its own way at every look.
struct Panicking;

impl Source for Panicking {
    async fn head(&self, key: &str) -> Result<Object, SourceError> {
        panic!("{key} is one too many")
    }

    async fn read(&self, _: &Object, _: Range<u64>) -> Result<Bytes, SourceError> {
        Err(SourceError::Busy)
    }

    async fn list(&self, _: &str) -> Result<Vec<Object>, SourceError> {
        Ok(Vec::new())
    }
}

#[tokio::test]
async fn a_request_is_one_line_with_metrics() {
    let (function, lines) = function(sample(), Mode::Buffered, Level::Info);
    let response = function.answer(request(Method::GET, "/a%20b.mp4/master.m3u8")).await;
    assert_eq!(response.status(), 200);
    let line_of_first = line(&lines);
    for (name, value) in [
        ("level", Value::from("info")),
        ("message", "request".into()),
        ("request_id", "r-1".into()),
        ("trace_id", "1-5759e988-bd862e3fe1be46a994272793".into()),
        ("method", "GET".into()),
        ("route", "multivariant".into()),
        ("asset", "a b.mp4".into()),
        ("status", 200.into()),
        ("bytes", response.body().len().into()),
        ("lookups", 1.into()),
        ("cold_start", true.into()),
        ("Function", "films-manifest".into()),
        ("Route", "manifest".into()),
        ("Requests", 1.into()),
        ("Errors4xx", 0.into()),
        ("Errors5xx", 0.into()),
        ("ColdStarts", 1.into()),
        ("BytesServed", response.body().len().into()),
    ] {
        assert_eq!(line_of_first[name], value, "{name}");
    }
    assert!(line_of_first.get("path").is_none() && line_of_first.get("error").is_none());
    assert!(!line_of_first.to_string().contains("secret"), "a query may hold one");
    let reads = ["lookups", "index_reads", "reads"].map(|name| line_of_first[name].as_u64().unwrap());
    assert_eq!(line_of_first["S3Reads"], reads.iter().sum::<u64>());

    function.answer(request(Method::GET, "/a%20b.mp4/master.m3u8")).await;
    let second = line(&lines);
    assert_eq!((&second["cold_start"], &second["ColdStarts"]), (&Value::from(false), &Value::from(0)));
}

/// Each is one more metric that is paid for.
#[tokio::test]
async fn each_kind_of_child_has_its_dimension() {
    let (function, lines) = function(sample(), Mode::Buffered, Level::Info);
    for (path, route, dimension) in [
        ("/a%20b.mp4/0123456789abcdef/v1-2f40-1a00-2bf200/index.m3u8", "playlist", "manifest"),
        ("/a%20b.mp4/0123456789abcdef/v1-2f40-1a00-2bf200/init.mp4", "init", "init"),
        ("/a%20b.mp4/0123456789abcdef/v1-2f40-1a00-2bf200/0.m4s", "segment", "segment"),
        ("/a%20b.mp4/0123456789abcdef/t3-2f40-1a00-2bf200/0.vtt", "captions", "captions"),
        ("/a%20b.mp4/0123456789abcdef/t3-2f40-1a00-2bf200/captions.vtt", "captions", "captions"),
        ("/set.json/0123456789abcdef/images.m3u8", "images", "images"),
        ("/set.json/0123456789abcdef/1.jpg", "images", "images"),
        ("/set.json/0123456789abcdef/1.png", "none", "other"),
    ] {
        function.answer(request(Method::GET, path)).await;
        let line = line(&lines);
        assert_eq!((&line["route"], &line["Route"]), (&route.into(), &dimension.into()), "{path}");
    }
}

#[tokio::test]
async fn an_unknown_path_is_written_and_cut() {
    let (function, lines) = function(sample(), Mode::Buffered, Level::Info);
    let path = format!("/{}\n\"x", "\u{e9}".repeat(5000));
    let response = function.answer(request(Method::GET, &path)).await;
    assert_eq!(response.status(), 404);
    let line = line(&lines);
    assert_eq!(
        (&line["level"], &line["route"], &line["Route"]),
        (&"warn".into(), &"none".into(), &"other".into())
    );
    assert_eq!((&line["error"], &line["Errors4xx"]), (&"not_found".into(), &1.into()));
    assert_eq!(line["detail"], "the path names no manifest or segment");
    assert_eq!(line["path"].as_str().unwrap().len(), LOGGED_PATH_CHARS);
}

#[tokio::test]
async fn a_panic_is_a_clean_500() {
    let (function, lines) = function(Panicking, Mode::Streamed, Level::Error);
    for _ in 0..2 {
        let response = function.answer(request(Method::GET, "/a.mp4/master.m3u8")).await;
        assert_eq!(response.status(), 500);
        let body = response.into_body().into_bytes();
        let json: Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(json["error"]["kind"], "panic");
        assert!(!json.to_string().contains("one too many"), "the message is for the log");
        let line = line(&lines);
        assert_eq!((&line["level"], &line["error"]), (&"error".into(), &"panic".into()));
        assert_eq!((&line["status"], &line["Errors5xx"]), (&500.into(), &1.into()));
    }
}

/// Never answers.
struct Silent;

impl Source for Silent {
    async fn head(&self, _: &str) -> Result<Object, SourceError> {
        std::future::pending().await
    }

    async fn read(&self, _: &Object, _: Range<u64>) -> Result<Bytes, SourceError> {
        std::future::pending().await
    }

    async fn list(&self, _: &str) -> Result<Vec<Object>, SourceError> {
        Ok(Vec::new())
    }
}

fn request_with(left: Duration) -> lambda_http::Request {
    let mut context = context_with(left);
    context.request_id = "r-2".to_owned();
    request(Method::GET, "/a%20b.mp4/master.m3u8").with_lambda_context(context)
}

#[tokio::test]
async fn an_answer_comes_before_the_invocation_ends() {
    let (function, lines) = function(Silent, Mode::Buffered, Level::Error);
    let work = Duration::from_millis(200);
    // The second one finds nothing in its way of what the first one left.
    for _ in 0..2 {
        let started = Instant::now();
        let response = function.answer(request_with(work + LAST_WORDS)).await;
        assert!(started.elapsed() < work + LAST_WORDS / 2, "{:?}", started.elapsed());
        assert_eq!(response.status(), 503);
        for (name, value) in
            [("retry-after", "1"), ("cache-control", "no-store"), ("access-control-allow-origin", "*")]
        {
            assert_eq!(response.headers()[name], value);
        }
        let json: Value = serde_json::from_slice(&response.into_body().into_bytes()).unwrap();
        assert_eq!(
            (&json["error"]["kind"], &json["error"]["status"]),
            (&Value::from("timeout"), &Value::from(503))
        );
        let line = line(&lines);
        assert_eq!((&line["level"], &line["error"]), (&"error".into(), &"timeout".into()));
        assert_eq!((&line["status"], &line["Errors5xx"]), (&503.into(), &1.into()));
        assert_eq!((&line["route"], &line["asset"]), (&"multivariant".into(), &"a b.mp4".into()));
        assert_eq!(line["request_id"], "r-2");
    }
}

#[test]
fn cloudfront_is_answered_before_it_gives_up() {
    let of = |deadline: u64| {
        let mut context = Context::default();
        context.deadline = deadline;
        time_for(&request(Method::GET, "/").with_lambda_context(context))
    };
    // Unset, a duration as `cargo lambda` sends it, in the past, beyond all timeouts of Lambda.
    for deadline in [0, 600_000, 1_600_000_000_000, u64::MAX] {
        assert_eq!(of(deadline), LONGEST_ANSWER, "{deadline}");
    }
    let seconds = |left: u64| time_for(&request_with(Duration::from_secs(left))).as_secs_f64();
    assert!((26.9..=27.0).contains(&seconds(45)), "never longer than CloudFront waits");
    assert!((8.3..=8.5).contains(&seconds(10)), "so long that last words have 1.5 s");
    assert!((0.4..=0.5).contains(&seconds(1)), "half of too little");
    assert!(LONGEST_ANSWER + LAST_WORDS <= Duration::from_secs(30));
}

#[tokio::test]
async fn what_does_not_fit_a_buffered_response_is_a_clean_error() {
    let response = |bytes: u64| Response::new(Bytes::from(vec![0; usize::try_from(bytes).unwrap()]).into());
    let (buffered, _) = function(sample(), Mode::Buffered, Level::Info);
    let (fit, failure) = buffered.fit(response(MAX_BUFFERED_BYTES));
    assert_eq!((fit.status(), failure), (StatusCode::OK, None));
    let bytes = MAX_BUFFERED_BYTES + 1;
    let (short, failure) = buffered.fit(response(bytes));
    assert_eq!((short.status().as_u16(), failure), (500, Some(Failure::TooLarge { bytes })));
    let (streamed, _) = function(sample(), Mode::Streamed, Level::Info);
    assert_eq!(streamed.fit(response(bytes)).0.status(), 200);
}

#[tokio::test]
async fn the_level_chooses_lines() {
    let cases = [("/a%20b.mp4/master.m3u8", Level::Info), ("/nothing", Level::Warn)];
    for (path, matters) in cases {
        for level in [Level::Error, Level::Warn, Level::Info, Level::Debug] {
            let (function, lines) = function(sample(), Mode::Buffered, level);
            function.answer(request(Method::GET, path)).await;
            let line = line(&lines);
            // Metrics are not a matter of level.
            assert_eq!((&line["Requests"], line["_aws"].is_object()), (&1.into(), true));
            let is_told = level >= matters;
            assert_eq!(line["message"], if is_told { "request" } else { "metrics" }, "{path} {level:?}");
            assert_eq!(line.get("status").is_some(), is_told, "{path} {level:?}");
        }
    }
}

#[tokio::test]
async fn without_a_namespace_there_are_no_metrics() {
    let lines = Lines::default();
    let kept = Arc::clone(&lines);
    let keep = move |line: &str| kept.lock().unwrap().push(line.to_owned());
    let log = Arc::new(Log::to(Level::Info, None, Box::new(keep)));
    let service = Service::new(sample(), Config::default());
    let function = Function::new(service, log, "f".to_owned(), Mode::Buffered);
    function.answer(request(Method::GET, "/a%20b.mp4/master.m3u8")).await;
    let line = line(&lines);
    assert_eq!(line["status"], 200);
    assert!(line.get("_aws").is_none() && line.get("Requests").is_none());
}

#[test]
fn the_trace_is_found_in_its_header() {
    let of = |header: &'static str| {
        let mut request = Request::new(());
        request.headers_mut().insert(TRACE_ID, HeaderValue::from_static(header));
        trace_id(&request).map(str::to_owned)
    };
    assert_eq!(of(TRACE).as_deref(), Some("1-5759e988-bd862e3fe1be46a994272793"));
    assert_eq!(of("Self=1-2-3; Root=1-4-5").as_deref(), Some("1-4-5"));
    assert_eq!(of("nothing"), None);
}
