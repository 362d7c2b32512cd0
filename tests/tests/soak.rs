//! The origin over an S3 that fails, and over sources that are replaced while they are played.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a panic is how a test fails")]

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use origin::s3::{S3IndexStore, S3Limits, S3Settings, S3Source, connect_with};
use origin::{Body, Config, Service};
use tests::client::header;
use tests::s3_stub::{Fault, Schedule};
use tests::{Client, Download, S3Stub, fixtures};
use tokio::runtime::Runtime;

const SOURCES: &str = "films";
const INDEXES: &str = "indexes";
const KEYS: [&str; 4] = ["two-audio.mp4", "av1.mp4", "late-audio-primed.mp4", "hdr10.mp4"];

type Origin = Service<S3Source, S3IndexStore>;

/// Short enough for a test to wait for.
fn limits() -> S3Limits {
    S3Limits {
        connect: Duration::from_millis(500),
        read: Duration::from_millis(200),
        attempt: Duration::from_millis(800),
        operation: Duration::from_secs(3),
        first_pause: Duration::from_millis(2),
        longest_pause: Duration::from_millis(20),
        ..S3Limits::default()
    }
}

/// A process that has just started.
async fn cold(stub: &S3Stub) -> Origin {
    let settings = S3Settings {
        index_bucket: Some(INDEXES.to_owned()),
        index_prefix: "index/".to_owned(),
        limits: limits(),
        ..S3Settings::new(SOURCES)
    };
    let (source, indexes) = connect_with(stub.endpoint().loader(), settings).await.unwrap();
    Service::with_indexes(source, indexes, Config::default())
}

/// With half the stack that threads have: unoptimized, futures that hold one another overflow it first.
fn runtime() -> Runtime {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    builder.worker_threads(2).thread_stack_size(1 << 20).enable_all().build().unwrap()
}

async fn ask(origin: &Origin, method: Method, path: &str, range: Option<&str>) -> Response<Bytes> {
    let mut request = Request::builder().method(method).uri(path);
    if let Some(range) = range {
        request = request.header("range", range);
    }
    origin.handle(&request.body(()).unwrap()).await.map(Body::into_bytes)
}

async fn get(origin: &Origin, path: &str) -> Response<Bytes> {
    ask(origin, Method::GET, path, None).await
}

/// All paths of a source in S3 with what they must answer. Entity tags of S3 make other versions than those
/// of files, so this walks the manifests of an origin that nothing disturbs.
struct Expected(Vec<(String, Bytes)>);

impl Expected {
    fn of(runtime: &Runtime, stub: &S3Stub, keys: &[&str]) -> Self {
        let mut all = Vec::new();
        for key in keys {
            stub.put(SOURCES, key, fixtures::named(key).bytes());
            let origin = runtime.block_on(cold(stub));
            let loaded = runtime.block_on(origin.load(key)).unwrap();
            let reference = Client::new(fixtures::named(key).source());
            let download = Download::of(&reference, key);
            let old = download.hls[0].init_path.split('/').nth(2).unwrap();
            let version = loaded.edition.version.to_string();
            for rendition in &download.hls {
                let track = rendition.init_path.split('/').nth(3).unwrap();
                let name = track.split('-').next().unwrap();
                let path = loaded.asset.tracks.iter().find(|t| t.name.to_string() == name).unwrap().path();
                let moved =
                    |old_path: &str| old_path.replace(old, &version).replace(track, &path.to_string());
                let playlist = format!("/{key}/{version}/{path}/index.m3u8");
                all.push((playlist, Bytes::from(rendition.playlist.clone())));
                all.push((moved(&rendition.init_path), rendition.init.clone()));
                all.extend(rendition.segments.iter().map(|s| (moved(&s.path), s.bytes.clone())));
            }
            for manifest in ["master.m3u8", "manifest.mpd"] {
                let path = format!("/{key}/{manifest}");
                let answer = runtime.block_on(get(&origin, &path));
                assert_eq!(answer.status(), StatusCode::OK);
                all.push((path, answer.into_body()));
            }
        }
        Self(all)
    }
}

fn all_faults() -> Vec<Fault> {
    let brief = Duration::from_millis(40);
    let long = Duration::from_secs(2);
    vec![
        Fault::SLOW_DOWN,
        Fault::INTERNAL_ERROR,
        Fault::REPLACED,
        Fault::Refuse(429, "TooManyRequests"),
        Fault::Refuse(502, "BadGateway"),
        Fault::TruncatedXml(503),
        Fault::TruncatedXml(500),
        Fault::SlowFirstByte(brief),
        Fault::SlowFirstByte(long),
        Fault::ResetBefore,
        Fault::ResetAfter(1),
        Fault::ResetAfter(5000),
        Fault::CutAfter(0),
        Fault::CutAfter(3000),
        Fault::StallAfter(100, brief),
        Fault::StallAfter(2000, long),
        Fault::LongContentLength,
        Fault::ShortContentLength,
        Fault::OtherRange,
        Fault::ShortRange,
        Fault::WrongEtag,
        Fault::OtherObject,
        Fault::Whole,
        Fault::Empty,
        Fault::Garbage,
    ]
}

/// 10,000 requests, 32 at a time, of which one in twenty that reach S3 goes wrong: every success is exact
/// to the byte, everything else says that it may be tried again, and nothing hangs.
#[test]
fn no_fault_of_s3_makes_a_wrong_answer() {
    const REQUESTS: usize = 10_000;
    const AT_ONCE: usize = 32;
    /// A process lives for so many requests.
    const LIFE: usize = 20;
    let stub = Arc::new(S3Stub::start(&[SOURCES, INDEXES]));
    let runtime = runtime();
    let expected = Arc::new(Expected::of(&runtime, &stub, &KEYS));
    let own = runtime.block_on(cold(&stub));
    runtime.block_on(own.copy_small_tracks(KEYS[0])).unwrap();
    stub.fail_by(Schedule { seed: 7, per_mille: 50, faults: all_faults() });
    let next = Arc::new(AtomicUsize::new(0));
    let tasks: Vec<_> = (0..AT_ONCE)
        .map(|_| {
            let (stub, expected, next) = (Arc::clone(&stub), Arc::clone(&expected), Arc::clone(&next));
            runtime.spawn(async move {
                let mut statuses = HashMap::<u16, usize>::new();
                let mut origin = cold(&stub).await;
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= REQUESTS {
                        return statuses;
                    }
                    if number % LIFE == 0 {
                        origin = cold(&stub).await;
                    }
                    let status = request(&origin, number, &expected).await;
                    *statuses.entry(status.as_u16()).or_default() += 1;
                }
            })
        })
        .collect();
    let mut statuses = HashMap::<u16, usize>::new();
    for task in tasks {
        for (status, count) in runtime.block_on(task).unwrap() {
            *statuses.entry(status).or_default() += count;
        }
    }
    let faults = stub.take_seen().iter().filter(|seen| seen.fault.is_some()).count();
    let good = statuses.get(&200).unwrap_or(&0) + statuses.get(&206).unwrap_or(&0);
    eprintln!("{statuses:?} with {faults} faults");
    assert!(faults > REQUESTS / 40, "{faults} faults are no trial");
    assert!(good >= REQUESTS * 97 / 100, "retries hide what they can: {statuses:?}");
}

/// One request of many kinds; its status, if the answer is as it must be.
async fn request(origin: &Origin, number: usize, expected: &Expected) -> StatusCode {
    let mixed = number.wrapping_mul(2_654_435_761);
    let (path, body) = &expected.0[mixed % expected.0.len()];
    let kind = mixed / 7 % 10;
    let is_media = path.contains(".m4s") || path.contains(".mp4/") && path.contains("init");
    let (method, range) = match kind {
        0 => (Method::HEAD, None),
        1 if is_media && body.len() > 100 => (Method::GET, Some("bytes=10-99")),
        _ => (Method::GET, None),
    };
    let started = Instant::now();
    let answer = ask(origin, method.clone(), path, range).await;
    assert!(started.elapsed() < Duration::from_secs(20), "{path} took {:?}", started.elapsed());
    match answer.status() {
        StatusCode::OK if method == Method::HEAD => {
            assert!(answer.body().is_empty());
            assert_eq!(header(answer.headers(), "content-length"), body.len().to_string());
        }
        StatusCode::OK => assert!(answer.body() == body, "{path} is wrong"),
        StatusCode::PARTIAL_CONTENT => assert!(answer.body() == &body[10..100], "{path} is wrong"),
        StatusCode::BAD_GATEWAY | StatusCode::SERVICE_UNAVAILABLE => {
            assert_eq!(header(answer.headers(), "retry-after"), "1");
            assert_eq!(header(answer.headers(), "cache-control"), "no-store");
        }
        status => {
            assert!(status.is_success(), "{path}: {status} {}", String::from_utf8_lossy(answer.body()));
        }
    }
    answer.status()
}

/// What a player that began before the replacement still has to fetch.
async fn segments(origin: &Origin, key: &str) -> Vec<String> {
    let loaded = origin.load(key).await.unwrap();
    let of = |track: &packaging::PackagedTrack| {
        let folder = format!("/{key}/{}/{}", loaded.edition.version, track.path());
        let starts = track.segmentation.segments.iter().map(|segment| segment.start).collect::<Vec<_>>();
        starts.into_iter().map(move |start| format!("{folder}/{start}.m4s"))
    };
    loaded.asset.tracks.iter().flat_map(of).collect()
}

async fn bodies(origin: &Origin, paths: &[String]) -> Vec<(StatusCode, Bytes)> {
    let mut out = Vec::new();
    for path in paths {
        let answer = get(origin, path).await;
        out.push((answer.status(), answer.into_body()));
    }
    out
}

const KEY: &str = "film.mp4";

/// A bucket with `before` in it, a warm process, its segments' paths and their bytes.
async fn playing(keeps_versions: bool) -> (S3Stub, Origin, Vec<String>, Vec<(StatusCode, Bytes)>) {
    let stub = S3Stub::start(&[SOURCES, INDEXES]);
    if keeps_versions {
        stub.keep_versions(SOURCES);
    }
    stub.put(SOURCES, KEY, fixtures::named("avc-aac.mp4").bytes());
    let warm = cold(&stub).await;
    let paths = segments(&warm, KEY).await;
    let before = bodies(&warm, &paths).await;
    assert!(before.iter().all(|(status, _)| *status == StatusCode::OK));
    (stub, warm, paths, before)
}

#[test]
fn old_urls_go_on_working_where_old_versions_are_kept() {
    runtime().block_on(async {
        let (stub, warm, paths, before) = playing(true).await;
        stub.put(SOURCES, KEY, fixtures::named("two-audio.mp4").bytes());
        for origin in [&warm, &cold(&stub).await] {
            assert_eq!(bodies(origin, &paths).await, before);
        }
        // The next manifest is the new one, from a warm process as well.
        for origin in [&warm, &cold(&stub).await] {
            let now = segments(origin, KEY).await;
            assert!(now.iter().all(|path| !paths.contains(path)));
            assert!(bodies(origin, &now).await.iter().all(|(status, _)| *status == StatusCode::OK));
        }
    });
}

#[test]
fn old_urls_are_gone_where_no_versions_are_kept() {
    runtime().block_on(async {
        let (stub, warm, paths, _) = playing(false).await;
        stub.put(SOURCES, KEY, fixtures::named("two-audio.mp4").bytes());
        for origin in [&warm, &cold(&stub).await] {
            let after = bodies(origin, &paths).await;
            assert!(after.iter().all(|(status, _)| *status == StatusCode::GONE), "{after:?}");
            let now = segments(origin, KEY).await;
            assert!(bodies(origin, &now).await.iter().all(|(status, _)| *status == StatusCode::OK));
        }
    });
}

/// The old version is removed for good, or the same bytes come back: gone, and there again.
#[test]
fn versions_that_go_and_come_back() {
    runtime().block_on(async {
        let stub = S3Stub::start(&[SOURCES, INDEXES]);
        stub.keep_versions(SOURCES);
        let original = fixtures::named("avc-aac.mp4").bytes();
        let first = stub.put(SOURCES, KEY, original.clone()).unwrap();
        let origin = cold(&stub).await;
        let paths = segments(&origin, KEY).await;
        let before = bodies(&origin, &paths).await;
        stub.put(SOURCES, KEY, fixtures::named("two-audio.mp4").bytes());
        stub.delete_version(SOURCES, KEY, &first);
        let gone = bodies(&cold(&stub).await, &paths).await;
        assert!(gone.iter().all(|(status, _)| *status == StatusCode::GONE), "{gone:?}");
        stub.put(SOURCES, KEY, original);
        assert_eq!(bodies(&cold(&stub).await, &paths).await, before);
    });
}
