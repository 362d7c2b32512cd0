//! What clients get: the same as from a folder.

use std::collections::BTreeMap;

use bytes::Bytes;
use origin::source::MemorySource;
use tests::Client;
use tests::client::join;
use tests::download::{playlist_uris, quoted};
use tests::runtime_api::Ending;

use crate::{ODD_NAME, ODD_PATH, Rig, SAMPLE, SOURCES, first_segment, playlist_of};

/// Everything that an asset's playlists name, with versions blanked: they hash the store's tags.
fn everything(asset: &str, get: &dyn Fn(&str) -> Bytes) -> BTreeMap<String, Bytes> {
    let mut out = BTreeMap::new();
    let master = format!("{asset}/master.m3u8");
    let text = String::from_utf8(get(&master).to_vec()).unwrap();
    let (_, version) = playlist_of(&text, asset);
    let blank = |text: &str| text.replace(&version, "VERSION");
    out.insert("master.m3u8".to_owned(), blank(&text).into());
    let mpd = String::from_utf8(get(&format!("{asset}/manifest.mpd")).to_vec()).unwrap();
    out.insert("manifest.mpd".to_owned(), blank(&mpd).into());
    for uri in playlist_uris(&text) {
        let path = join(&master, &uri);
        let playlist = String::from_utf8(get(&path).to_vec()).unwrap();
        for line in playlist.lines() {
            let uri = match line {
                line if line.starts_with("#EXT-X-MAP:") => quoted(line, "URI").unwrap(),
                line if line.starts_with('#') || line.is_empty() => continue,
                line => line,
            };
            let path = join(&path, uri);
            out.insert(blank(&path[asset.len()..]), get(&path));
        }
        out.insert(blank(&path[asset.len()..]), playlist.into());
    }
    out
}

#[test]
fn both_functions_answer_as_the_origin_over_memory_does() {
    let mut source = MemorySource::default();
    source.insert("fragmint.mp4", SAMPLE);
    let client = Client::new(source);
    let wanted = everything("/fragmint.mp4", &|path| client.body(path));
    assert!(wanted.len() > 10, "{:?}", wanted.keys());
    for name in ["manifest", "segment"] {
        let rig = Rig::start(name, &[]);
        assert_eq!(everything("/fragmint.mp4", &|path| rig.body(path)), wanted, "{name}");
    }
}

#[test]
fn names_are_decoded_once() {
    let rig = Rig::start("manifest", &[]);
    let wanted = rig.text("/fragmint.mp4/master.m3u8");
    let (_, version) = playlist_of(&wanted, "/fragmint.mp4");
    let encoded = rig.text(&format!("{ODD_PATH}/master.m3u8"));
    let (playlist, odd_version) = playlist_of(&encoded, ODD_PATH);
    assert_eq!(encoded.replace(&odd_version, &version), wanted);
    assert!(rig.text(&playlist).starts_with("#EXTM3U"));
    // What a host that decodes paths makes of it; a `%` that is followed by digits is lost there.
    rig.stub.put(SOURCES, "a film+1 \u{fc}.mp4", SAMPLE);
    assert!(rig.text("/a film+1 \u{fc}.mp4/master.m3u8").starts_with("#EXTM3U"));
    for wrong in [ODD_PATH.replace("%25", "%"), ODD_PATH.replace("%2B", "%20"), ODD_PATH.replace('%', "%25")]
    {
        assert_eq!(rig.get(&format!("{wrong}/master.m3u8")).status, 404, "{wrong}");
    }
    let line = rig.request_line();
    assert_eq!(line["status"], 200, "the first line is the first request's");
    let seen = rig.stub.take_seen();
    assert!(seen.iter().any(|seen| seen.key == ODD_NAME), "{seen:?}");
}

#[test]
fn answers_without_a_body_end() {
    for name in ["manifest", "segment"] {
        let rig = Rig::start(name, &[]);
        let master = "/fragmint.mp4/master.m3u8";
        let text = rig.text(master);
        let (playlist_path, _) = playlist_of(&text, "/fragmint.mp4");
        let segment = first_segment(&rig.text(&playlist_path), &playlist_path);
        for path in [master, &segment] {
            let whole = rig.get(path);
            let etag = whole.header("etag").to_owned();
            let head = rig.ask("HEAD", path, &[]);
            assert_eq!((head.status, head.body.len()), (200, 0), "{name} {path}");
            assert_eq!(head.header("content-length"), whole.body.len().to_string());
            assert_eq!(head.header("content-type"), whole.header("content-type"));
            let known = rig.ask("GET", path, &[("if-none-match", &etag)]);
            assert_eq!((known.status, known.body.len()), (304, 0), "{name} {path}");
            assert_eq!(known.header("etag"), etag);
        }
        let preflight = rig.ask("OPTIONS", master, &[("origin", "https://example.com")]);
        assert_eq!((preflight.status, preflight.body.len()), (204, 0), "{name}");
        assert_eq!(preflight.header("access-control-allow-origin"), "*");
        let missing = rig.ask("HEAD", "/none.mp4/master.m3u8", &[]);
        assert_eq!((missing.status, missing.body.len()), (404, 0), "{name}");
        assert_eq!(rig.body(master), text, "{name} lives on");
    }
}

#[test]
fn ranges_and_errors_are_those_of_http() {
    for name in ["manifest", "segment"] {
        let rig = Rig::start(name, &[]);
        let text = rig.text("/fragmint.mp4/master.m3u8");
        let (playlist_path, version) = playlist_of(&text, "/fragmint.mp4");
        let segment = first_segment(&rig.text(&playlist_path), &playlist_path);
        let whole = rig.body(&segment);
        let part = rig.ask("GET", &segment, &[("range", "bytes=7-106")]);
        assert_eq!((part.status, &part.body), (206, &whole.slice(7..107)), "{name}");
        assert_eq!(part.header("content-range"), format!("bytes 7-106/{}", whole.len()));
        let beyond = rig.ask("GET", &segment, &[("range", "bytes=99999999-")]);
        assert_eq!(beyond.status, 416, "{name}");
        assert_eq!(beyond.header("content-range"), format!("bytes */{}", whole.len()));
        let old = segment.replace(&version, "0123456789abcdef");
        let cases = [
            ("GET", "/none.mp4/master.m3u8", 404, "not_found"),
            ("GET", "/fragmint.mp4/other.m3u8", 404, "not_found"),
            ("GET", "/", 404, "not_found"),
            ("GET", old.as_str(), 410, "old_version"),
            ("POST", "/fragmint.mp4/master.m3u8", 405, "method"),
            ("BREW", "/fragmint.mp4/master.m3u8", 405, "method"),
        ];
        for (method, path, status, kind) in cases {
            let answer = rig.ask(method, path, &[]);
            assert_eq!(answer.status, status, "{name} {method} {path}");
            assert_eq!(answer.header("content-type"), "application/json");
            let json = answer.json();
            assert_eq!((&json["error"]["kind"], &json["error"]["status"]), (&kind.into(), &status.into()));
        }
    }
}

#[test]
fn nothing_is_compressed_and_text_is_text() {
    let rig = Rig::start("manifest", &[]);
    for path in ["/fragmint.mp4/master.m3u8", "/fragmint.mp4/manifest.mpd", "/none.mp4/manifest.mpd"] {
        let answer = rig.ask("GET", path, &[("accept-encoding", "gzip, br")]);
        assert_eq!(answer.header("content-encoding"), "", "{path}");
        assert_eq!(answer.header("content-length"), answer.body.len().to_string());
        assert!(!answer.was_base64, "{path}");
    }
    let (playlist, _) = playlist_of(&rig.text("/fragmint.mp4/master.m3u8"), "/fragmint.mp4");
    let segment = first_segment(&rig.text(&playlist), &playlist);
    assert!(rig.get(&segment).was_base64);
}

/// Six seconds of noise: one segment of some 7 MB.
fn noise() -> Vec<u8> {
    let path = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("noise.mp4");
    let input = "-v error -f rawvideo -video_size 320x240 -pix_fmt yuv420p -framerate 10 -i /dev/urandom";
    let output = "-frames:v 60 -c:v libx264 -qp 1 -preset ultrafast -y";
    let arguments = input.split(' ').chain(output.split(' '));
    let status = std::process::Command::new("ffmpeg").args(arguments).arg(&path).status().unwrap();
    assert!(status.success());
    std::fs::read(&path).unwrap()
}

#[test]
fn a_segment_too_long_for_a_buffered_answer_is_an_error_and_streams() {
    let noise = noise();
    let mut source = MemorySource::default();
    source.insert("noise.mp4", noise.clone());
    let client = Client::new(source);
    let (playlist, version) = playlist_of(&client.text("/noise.mp4/master.m3u8"), "/noise.mp4");
    let path = first_segment(&client.text(&playlist), &playlist);
    let wanted = client.body(&path);
    assert!(wanted.len() > 6 << 20, "{}", wanted.len());
    for name in ["manifest", "segment"] {
        let rig = Rig::start(name, &[]);
        rig.stub.put(SOURCES, "noise.mp4", noise.clone());
        let (_, own_version) = playlist_of(&rig.text("/noise.mp4/master.m3u8"), "/noise.mp4");
        let answer = rig.get(&path.replace(&version, &own_version));
        if name == "segment" {
            assert_eq!((answer.status, answer.body == wanted, answer.has_error), (200, true, false));
            assert_eq!(answer.header("content-length"), wanted.len().to_string());
            println!("peak of a segment of {} bytes: {} KiB", wanted.len(), rig.process.peak_kib());
        } else {
            assert_eq!(
                (answer.status, answer.json()["error"]["kind"].as_str()),
                (500, Some("response_too_large"))
            );
        }
        assert_eq!(rig.get("/noise.mp4/master.m3u8").status, 200, "{name} lives on");
    }
}

#[test]
fn trouble_of_the_store_is_told_and_passes() {
    let rig = Rig::start("segment", &[]);
    let master = "/fragmint.mp4/master.m3u8";
    let text = rig.text(master);
    let slow = tests::s3_stub::Fault::SLOW_DOWN;
    rig.stub.fail_next(std::iter::repeat_n(slow, 64));
    let answer = rig.get(master);
    assert!(matches!(answer.status, 502 | 503), "{}", answer.status);
    assert_eq!(answer.header("retry-after"), "1");
    rig.stub.heal();
    assert_eq!(rig.body(master), text);
}

/// S3 that takes its time: each look-up and read is in time, all of them together are not.
#[test]
fn an_answer_that_takes_too_long_is_a_clean_503() {
    let mut rig = Rig::start("manifest", &[("FRAGMINT_INDEX_BUCKET", "indexes")]);
    let slow = tests::s3_stub::Fault::SlowFirstByte(std::time::Duration::from_millis(500));
    let master = "/fragmint.mp4/master.m3u8";
    rig.stub.fail_next(std::iter::repeat_n(slow, 64));
    let event = tests::runtime_api::http_event("GET", master, &[]);
    let started = std::time::Instant::now();
    // A second and a half for last words, and half a second less than four requests need.
    let answer = rig.api.invoke_within(&event, std::time::Duration::from_secs(3)).answer();
    assert!(started.elapsed() < std::time::Duration::from_millis(2500), "{:?}", started.elapsed());
    assert_eq!((answer.status, answer.json()["error"]["kind"].as_str()), (503, Some("timeout")));
    assert_eq!(answer.header("retry-after"), "1");
    assert_eq!(answer.header("cache-control"), "no-store");
    assert_eq!(answer.header("access-control-allow-origin"), "*");
    let line = rig.process.line(|line| line["message"] == "request");
    assert_eq!((&line["level"], &line["error"]), (&"error".into(), &"timeout".into()));
    rig.stub.heal();
    assert_eq!(rig.get(master).status, 200);
    assert!(rig.process.is_alive());
}

#[test]
fn several_environments_answer_at_once() {
    let rig = Rig::start("manifest", &[]);
    let mut more: Vec<_> = (0..2).map(|_| rig.function.start(&rig.api)).collect();
    let event = tests::runtime_api::http_event("GET", "/fragmint.mp4/master.m3u8", &[]);
    let endings = rig.api.invoke_all(&vec![event; 12]);
    let bodies: Vec<_> = endings.into_iter().map(Ending::answer).map(|answer| answer.body).collect();
    assert!(bodies.iter().all(|body| *body == bodies[0]), "{bodies:?}");
    assert!(more.iter_mut().all(tests::runtime_api::Process::is_alive));
}
