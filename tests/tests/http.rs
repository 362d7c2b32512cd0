//! What caches, players and browsers rely on (RFC 9110, RFC 9111, Fetch). Oracle: the RFCs' rules by hand.
#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::io::Read;

use bytes::Bytes;
use http::{HeaderMap, Method, Response, StatusCode};
use origin::Config;
use origin::source::{DirectorySource, MemorySource};
use tests::client::{asset_path, header, join};
use tests::download::{playlist_uris, quoted};
use tests::sources::{Counting, Fault, Faulty, Interrupted, Recovering};
use tests::{Client, each, fixtures};

const KEY: &str = "avc-aac.mp4";
const MASTER: &str = "/avc-aac.mp4/master.m3u8";
const MPD: &str = "/avc-aac.mp4/manifest.mpd";

/// One of each kind of resource of one asset.
struct Paths {
    playlist: String,
    init: String,
    segment: String,
}

impl Paths {
    fn of<S: origin::Source>(client: &Client<S>) -> Self {
        let playlist = join(MASTER, playlist_uris(&client.text(MASTER)).last().unwrap());
        let text = client.text(&playlist);
        let init = text.lines().find_map(|line| quoted(line, "URI")).unwrap();
        let segment = text.lines().rfind(|line| !line.starts_with('#')).unwrap();
        Self { init: join(&playlist, init), segment: join(&playlist, segment), playlist }
    }

    fn all(&self) -> [&str; 5] {
        [MASTER, MPD, &self.playlist, &self.init, &self.segment]
    }

    fn media(&self) -> [&str; 2] {
        [&self.init, &self.segment]
    }

    fn manifests(&self) -> [&str; 3] {
        [MASTER, MPD, &self.playlist]
    }
}

fn client() -> Client<DirectorySource> {
    Client::new(fixtures::named(KEY).source())
}

/// Headers but for the time that the request took.
fn lasting(headers: &HeaderMap) -> HeaderMap {
    let mut headers = headers.clone();
    headers.remove("server-timing");
    headers
}

fn is_error(response: &Response<Bytes>, status: StatusCode, kind: &str) {
    let body = String::from_utf8_lossy(response.body());
    assert_eq!(response.status(), status, "{body}");
    let headers = response.headers();
    assert_eq!(header(headers, "content-type"), "application/json");
    assert_eq!(header(headers, "content-length"), response.body().len().to_string());
    assert_eq!(header(headers, "access-control-allow-origin"), "*", "scripts may read errors");
    let json: serde_json::Value = serde_json::from_slice(response.body()).unwrap();
    let error = json.get("error").unwrap();
    assert_eq!(error.get("kind").unwrap(), kind);
    assert_eq!(error.get("status").unwrap(), status.as_u16());
    assert!(!error.get("message").unwrap().as_str().unwrap().is_empty());
    // Short enough for a cache to see a repaired source soon.
    let cache = header(headers, "cache-control");
    assert!(cache == "no-store" || cache == "public, max-age=5", "{cache}");
}

#[test]
fn head_is_get_without_a_body() {
    let client = client();
    for path in Paths::of(&client).all() {
        let get = client.get(path);
        let head = client.send(Method::HEAD, path, &[]);
        assert_eq!((get.status(), head.status()), (StatusCode::OK, StatusCode::OK));
        assert_eq!(lasting(get.headers()), lasting(head.headers()), "{path}");
        assert_eq!(header(get.headers(), "content-length"), get.body().len().to_string());
        assert!(head.body().is_empty());
    }
}

#[test]
fn head_of_media_reads_no_media() {
    let client = Client::new(Counting::new(fixtures::named(KEY).source()));
    let paths = Paths::of(&client);
    client.service.source().take();
    client.send(Method::HEAD, &paths.segment, &[]);
    assert_eq!(client.service.source().take(), (0, 0));
}

#[test]
fn types_and_lifetimes() {
    let client = client();
    let paths = Paths::of(&client);
    let immutable = "public, max-age=31536000, immutable";
    let expected = [
        (MASTER, "application/vnd.apple.mpegurl", "public, max-age=60"),
        (MPD, "application/dash+xml", "public, max-age=60"),
        (&paths.playlist, "application/vnd.apple.mpegurl", immutable),
        (&paths.init, "video/mp4", immutable),
        (&paths.segment, "video/mp4", immutable),
    ];
    for (path, content_type, cache) in expected {
        let response = client.get(path);
        assert_eq!(header(response.headers(), "content-type"), content_type, "{path}");
        assert_eq!(header(response.headers(), "cache-control"), cache, "{path}");
        assert!(header(response.headers(), "server-timing").contains("total;dur="), "{path}");
    }
}

#[test]
fn unmodified_is_304() {
    let client = client();
    for path in Paths::of(&client).all() {
        for encoding in ["identity", "gzip"] {
            let first = client.send(Method::GET, path, &[("accept-encoding", encoding)]);
            let etag = header(first.headers(), "etag");
            assert!(etag.starts_with('"') && etag.ends_with('"'), "{path}: {etag} is not strong");
            for known in [etag.to_owned(), format!("W/{etag}"), format!("\"x\", {etag}"), "*".to_owned()] {
                let headers = [("accept-encoding", encoding), ("if-none-match", known.as_str())];
                let again = client.send(Method::GET, path, &headers);
                assert_eq!(again.status(), StatusCode::NOT_MODIFIED, "{path} {known}");
                assert!(again.body().is_empty());
                // RFC 9110 §15.4.5: what the 200 would have said.
                for name in ["etag", "cache-control", "vary", "access-control-allow-origin"] {
                    assert_eq!(header(again.headers(), name), header(first.headers(), name), "{path} {name}");
                }
            }
            let other = [("accept-encoding", encoding), ("if-none-match", "\"other\"")];
            assert_eq!(client.send(Method::GET, path, &other).status(), StatusCode::OK);
        }
    }
}

#[test]
fn manifests_are_compressed_on_request() {
    let client = client();
    let paths = Paths::of(&client);
    for path in paths.manifests() {
        let plain = client.get(path);
        let packed = client.send(Method::GET, path, &[("accept-encoding", "br, gzip;q=0.5")]);
        assert_eq!(header(plain.headers(), "content-encoding"), "");
        assert_eq!(header(packed.headers(), "content-encoding"), "gzip");
        assert_ne!(
            header(plain.headers(), "etag"),
            header(packed.headers(), "etag"),
            "other bytes, other tag"
        );
        for response in [&plain, &packed] {
            assert_eq!(header(response.headers(), "vary").to_ascii_lowercase(), "accept-encoding");
        }
        let mut unpacked = Vec::new();
        flate2::read::GzDecoder::new(&packed.body()[..]).read_to_end(&mut unpacked).unwrap();
        assert_eq!(unpacked, plain.body()[..]);
        let refused = client.send(Method::GET, path, &[("accept-encoding", "gzip;q=0")]);
        assert_eq!(header(refused.headers(), "content-encoding"), "");
    }
    for path in paths.media() {
        let response = client.send(Method::GET, path, &[("accept-encoding", "gzip")]);
        assert_eq!(header(response.headers(), "content-encoding"), "", "media does not shrink");
    }
}

#[test]
fn ranges() {
    let client = client();
    for path in Paths::of(&client).media() {
        let whole = client.body(path);
        let len = whole.len();
        let get = |range: &str| client.send(Method::GET, path, &[("range", range)]);
        let cases = [
            ("bytes=0-0".to_owned(), 0, 1),
            ("bytes=10-99".to_owned(), 10, 100),
            (format!("bytes={}-", len - 7), len - 7, len),
            ("bytes=-7".to_owned(), len - 7, len),
            (format!("bytes=1-{}", len * 2), 1, len),
        ];
        for (range, start, end) in cases {
            let part = get(&range);
            assert_eq!(part.status(), StatusCode::PARTIAL_CONTENT, "{range}");
            assert_eq!(part.body(), &whole.slice(start..end), "{range}");
            assert_eq!(header(part.headers(), "content-range"), format!("bytes {start}-{}/{len}", end - 1));
            assert_eq!(header(part.headers(), "content-length"), (end - start).to_string());
            assert_eq!(header(part.headers(), "accept-ranges"), "bytes");
        }
        let beyond = get(&format!("bytes={len}-"));
        is_error(&beyond, StatusCode::RANGE_NOT_SATISFIABLE, "range");
        assert_eq!(header(beyond.headers(), "content-range"), format!("bytes */{len}"));
        for ignored in ["bytes=9-1", "lines=0-1", "bytes=a-b"] {
            assert_eq!(get(ignored).status(), StatusCode::OK, "{ignored}");
        }
        let head = client.send(Method::HEAD, path, &[("range", "bytes=0-9")]);
        assert!(head.body().is_empty());
    }
}

#[test]
fn a_range_of_another_version_is_the_whole() {
    let client = client();
    let segment = Paths::of(&client).segment;
    let etag = header(client.get(&segment).headers(), "etag").to_owned();
    let ask =
        |tag: &str| client.send(Method::GET, &segment, &[("range", "bytes=0-9"), ("if-range", tag)]).status();
    assert_eq!(ask(&etag), StatusCode::PARTIAL_CONTENT);
    assert_eq!(ask("\"other\""), StatusCode::OK);
    assert_eq!(ask(&format!("W/{etag}")), StatusCode::OK, "weak tags do not match (RFC 9110 §13.1.5)");
}

#[test]
fn scripts_of_any_site_may_read() {
    let client = client();
    for path in Paths::of(&client).all() {
        let response = client.get(path);
        assert_eq!(header(response.headers(), "access-control-allow-origin"), "*");
        let exposed = header(response.headers(), "access-control-expose-headers").to_ascii_lowercase();
        for name in ["content-length", "content-range", "etag", "server-timing"] {
            assert!(exposed.contains(name), "{name}");
        }
    }
    let asked = [("origin", "https://a.example"), ("access-control-request-method", "GET")];
    let preflight = client.send(Method::OPTIONS, MASTER, &asked);
    assert!(preflight.status().is_success());
    let headers = preflight.headers();
    assert_eq!(header(headers, "access-control-allow-origin"), "*");
    assert!(header(headers, "access-control-allow-methods").contains("GET"));
    assert!(header(headers, "access-control-allow-headers").to_ascii_lowercase().contains("range"));
    assert!(preflight.body().is_empty());
}

#[test]
fn what_is_not_there_is_404() {
    let client = client();
    let paths = Paths::of(&client);
    let playlist = paths.playlist.as_str();
    let (track, _) = playlist.rsplit_once('/').unwrap();
    let (version, _) = track.rsplit_once('/').unwrap();
    let missing = [
        "/".to_owned(),
        "/other.mp4/master.m3u8".to_owned(),
        "/avc-aac.mp4".to_owned(),
        "/avc-aac.mp4/other.m3u8".to_owned(),
        "/avc-aac.mp4/../avc-aac.mp4/master.m3u8".to_owned(),
        "/%2e%2e/%2e%2e/etc/passwd.mp4/master.m3u8".to_owned(),
        "/..%2f..%2fetc%2fpasswd.mp4/master.m3u8".to_owned(),
        "/none/master.m3u8".to_owned(),
        format!("{version}/v99/index.m3u8"),
        format!("{version}/a1/index.m3u8"),
        format!("{version}/x1/index.m3u8"),
        format!("{track}/1.m4s"),
        format!("{track}/00.m4s"),
        format!("{track}/-1.m4s"),
        format!("{track}/99999999999999999999999.m4s"),
        format!("{track}/init.m4s"),
    ];
    for path in missing {
        is_error(&client.get(&path), StatusCode::NOT_FOUND, "not_found");
    }
}

#[test]
fn other_methods_are_405() {
    let client = client();
    for method in [Method::POST, Method::PUT, Method::DELETE, Method::PATCH] {
        let response = client.send(method, MASTER, &[]);
        is_error(&response, StatusCode::METHOD_NOT_ALLOWED, "method");
        assert!(header(response.headers(), "allow").contains("GET"));
    }
}

#[test]
fn a_replaced_source_is_410_under_its_old_urls() {
    let memory = |file: &str| {
        let mut memory = MemorySource::default();
        memory.insert(KEY, fixtures::named(file).bytes());
        Client::new(memory)
    };
    let before = memory(KEY);
    let paths = Paths::of(&before);
    // The same film with `moov` in front: other bytes, so another version.
    let after = memory("avc-aac-faststart.mp4");
    for path in [&paths.playlist, &paths.init, &paths.segment] {
        is_error(&after.get(path), StatusCode::GONE, "old_version");
        let part = after.send(Method::GET, path, &[("range", "bytes=0-9")]);
        is_error(&part, StatusCode::GONE, "old_version");
        assert_ne!(path, &Paths::of(&after).segment);
    }
    let current = paths.segment.split('/').nth(2).unwrap();
    let random = paths.segment.replace(current, "0123456789abcdef");
    is_error(&before.get(&random), StatusCode::GONE, "old_version");
}

/// A version names one grid: that another one is named beside it must neither be another URL of the same, nor
/// change what the next manifest says.
#[test]
fn a_version_with_the_grid_of_another_is_410() {
    let client = client();
    let paths = Paths::of(&client);
    let master = client.text(MASTER);
    for path in [&paths.playlist, &paths.init, &paths.segment] {
        let mut elements: Vec<_> = path.split('/').map(str::to_owned).collect();
        let version = elements.len() - 3;
        elements[version] += "-500";
        is_error(&client.get(&elements.join("/")), StatusCode::GONE, "old_version");
    }
    assert_eq!(client.text(MASTER), master);
}

#[test]
fn another_policy_is_another_version() {
    let config = Config {
        policy: packaging::Policy { priming: packaging::Priming::Drop, ..packaging::Policy::default() },
        ..Config::default()
    };
    let other = Client::with_config(fixtures::named(KEY).source(), config);
    is_error(&other.get(&Paths::of(&client()).segment), StatusCode::GONE, "old_version");
}

#[test]
fn what_is_left_out_is_said() {
    let client = Client::new(fixtures::named("empty-stss.mp4").source());
    for path in ["/empty-stss.mp4/master.m3u8", "/empty-stss.mp4/manifest.mpd"] {
        let left_out = client.get(path);
        assert!(
            header(left_out.headers(), "fragmint-left-out").contains("track 1"),
            "{:?}",
            left_out.headers()
        );
    }
    assert_eq!(header(self::client().get(MASTER).headers(), "fragmint-left-out"), "");
}

/// With each good read more, the fault comes one read later: no answer may be a mixture.
#[test]
fn a_failing_source_is_never_a_success_with_wrong_bytes() {
    let cases = [
        (Fault::Replaced, StatusCode::SERVICE_UNAVAILABLE, "source_changed"),
        (Fault::Busy, StatusCode::SERVICE_UNAVAILABLE, "source_busy"),
        (Fault::Short, StatusCode::BAD_GATEWAY, "source_failed"),
    ];
    let fixture = fixtures::named(KEY);
    let good = client();
    let segment = Paths::of(&good).segment;
    let expected = good.body(&segment);
    for (fault, status, kind) in cases {
        let mut failures = 0;
        for good_reads in 0..8 {
            let client = Client::new(Faulty::new(fixture.source(), fault, good_reads));
            let response = client.get(&segment);
            if response.status() == StatusCode::OK {
                assert_eq!(response.body(), &expected);
                continue;
            }
            failures += 1;
            is_error(&response, status, kind);
            assert_eq!(header(response.headers(), "retry-after"), "1");
            assert_eq!(header(response.headers(), "cache-control"), "no-store");
        }
        assert!((2..8).contains(&failures), "{fault:?}: {failures}");
    }
}

/// A file that is replaced on disk by one of the same length between the look-up and the read.
#[test]
fn a_file_replaced_in_mid_request_is_410() {
    let folder = std::env::temp_dir().join(format!("fragmint-replaced-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join(KEY);
    let original = fixtures::named(KEY).bytes();
    std::fs::write(&path, &original).unwrap();
    let other: Vec<_> = original.iter().map(|byte| !byte).collect();
    let replace = {
        let path = path.clone();
        move || std::fs::write(&path, &other).unwrap()
    };
    let client = Client::new(Interrupted::new(DirectorySource::new(&folder), replace));
    let segment = Paths::of(&client).segment;
    client.service.source().arm();
    let response = client.get(&segment);
    std::fs::remove_dir_all(&folder).unwrap();
    is_error(&response, StatusCode::GONE, "old_version");
}

#[test]
fn a_failure_is_not_remembered() {
    let fixture = fixtures::named(KEY);
    let mut memory = MemorySource::default();
    memory.insert(KEY, fixture.bytes());
    let client = Client::new(Recovering::new(memory, 1));
    assert_eq!(client.get(MASTER).status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(client.get(MASTER).status(), StatusCode::OK);
}

/// A cold manifest costs at most three reads for all that says where samples are, and one for a look at the first
/// pictures, which may carry captions.
#[test]
fn a_cold_manifest_takes_four_reads_at_most() {
    each(fixtures::playable(), |fixture| {
        let client = Client::new(Counting::new(fixture.source()));
        client.body(&format!("{}/master.m3u8", asset_path(&fixture.key)));
        let (reads, _) = client.service.source().take();
        assert!((1..=4).contains(&reads), "{reads} reads");
        client.body(&format!("{}/manifest.mpd", asset_path(&fixture.key)));
        assert_eq!(client.service.source().take(), (0, 0), "the second manifest comes from memory");
    });
}
