//! The whole without Amazon: an upload to an S3 server that others wrote, the functions' programs, players in
//! a browser. And what the programs ask of S3, counted by a server of our own.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a panic is how a test fails")]

use std::sync::Arc;

use origin::Source;
use serde_json::{Value, json};
use tests::film::{Film, MoovPlace};
use tests::runtime_api::{Function, Process, RuntimeApi, binary, http_event};
use tests::s3_stub::count;
use tests::{Edge, S3Endpoint, S3Stub, SeaweedFs, fixtures, play};

const KEY: &str = "film.mp4";

fn function(name: &str, endpoint: &S3Endpoint, prefix: &str) -> Function {
    let function = Function::new(&binary(name), &[("FRAGMINT_SOURCE_BUCKET", "films")]);
    let function = function
        .with("FRAGMINT_INDEX_BUCKET", "indexes")
        .with("FRAGMINT_SOURCE_PREFIX", prefix)
        .with("FRAGMINT_INDEX_PREFIX", prefix);
    endpoint.environment().iter().fold(function, |function, (name, value)| function.with(name, value))
}

/// A function with some processes that share its events.
fn running(function: &Function, processes: usize) -> (Arc<RuntimeApi>, Vec<Process>) {
    let api = RuntimeApi::new();
    let processes = (0..processes).map(|_| function.start(&api)).collect();
    (Arc::new(api), processes)
}

/// The event that EventBridge makes of an upload.
fn uploaded(key: &str) -> Value {
    let mut event: Value = serde_json::from_str(include_str!("../../events/object-created.json")).unwrap();
    event["detail"]["bucket"]["name"] = json!("films");
    event["detail"]["object"]["key"] = json!(key);
    event
}

/// From a PUT to pictures: nothing is done between, and then once more with the indexer's help.
#[test]
fn an_upload_plays_at_once() {
    const PREFIX: &str = "an-upload-plays/";
    let seaweed = SeaweedFs::shared();
    let endpoint = seaweed.endpoint();
    let (manifest, _manifests) = running(&function("manifest", endpoint, PREFIX), 2);
    let (segment, _segments) = running(&function("segment", endpoint, PREFIX), 3);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let address = runtime.block_on(Edge { manifest, segment }.serve());
    let upload = |key: &str, fixture: &str| {
        let body = fixtures::named(fixture).bytes();
        runtime.block_on(async {
            let request = seaweed.client().await.put_object().bucket("films").key(format!("{PREFIX}{key}"));
            request.body(body.clone().into()).send().await.unwrap();
        });
    };
    let case = |key: &str, player: &str, manifest: &str| {
        json!({
            "player": player, "url": format!("http://{address}/{key}/{manifest}"),
            "expect": "av", "seek": 2.5, "rate": 4, "switch": false,
        })
    };
    upload("plain.mp4", "avc-aac.mp4");
    upload("a film+1.mp4", "two-audio.mp4");
    let indexer = function("indexer", endpoint, PREFIX);
    let (indexing, _indexers) = running(&indexer, 1);
    indexing.invoke(&uploaded(&format!("{PREFIX}a film+1.mp4"))).returned();
    let cases = [
        case("plain.mp4", "hlsjs", "master.m3u8"),
        case("plain.mp4", "dashjs", "manifest.mpd"),
        case("a%20film%2B1.mp4", "shaka", "master.m3u8"),
        case("a%20film%2B1.mp4", "videojs", "master.m3u8"),
    ];
    let faults = play::batch(&cases);
    assert!(faults.is_empty(), "{faults:#?}");
}

/// Paths of a segment of pictures and one of sound in the middle of a film, from its playlists.
fn middle(text: impl Fn(&str) -> String) -> [String; 2] {
    let master = text(&format!("/{KEY}/master.m3u8"));
    ["/v1-", "/a2-"].map(|track| {
        let playlist = master.split(['\n', '"']).find(|part| part.contains(track)).unwrap();
        let playlist = format!("/{KEY}/{playlist}");
        let text = text(&playlist);
        let segments: Vec<_> = text.lines().filter(|line| line.contains(".m4s")).collect();
        playlist.replace("index.m3u8", segments[segments.len() / 2])
    })
}

fn text(api: &RuntimeApi, path: &str) -> String {
    let answer = api.invoke(&http_event("GET", path, &[])).answer();
    String::from_utf8(answer.body.to_vec()).unwrap()
}

/// A server with a film and its index.
fn with_film(film: &Film) -> S3Stub {
    let stub = S3Stub::start(&["films", "indexes"]);
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let bytes = runtime.block_on(async {
        let object = film.head(&film.key).await.unwrap();
        film.read(&object, 0..object.bytes).await.unwrap()
    });
    stub.put("films", &format!("in/{KEY}"), bytes);
    let (indexer, _process) = running(&function("indexer", &stub.endpoint(), "in/"), 1);
    let result = indexer.invoke(&uploaded(&format!("in/{KEY}"))).returned();
    assert_eq!(result["counts"]["indexed"], 1, "{result}");
    stub
}

/// A cold segment is two reads of S3, a warm one is one; a cold playlist one, a cold manifest two. (What warms
/// the connection up in the init phase comes before.)
#[test]
fn what_the_programs_ask_of_s3() {
    let stub = with_film(&Film::new(120, MoovPlace::End));
    let endpoint = stub.endpoint();
    let (api, _process) = running(&function("manifest", &endpoint, "in/"), 1);
    let [video, sound] = middle(|path| text(&api, path));
    let asked = |name: &str, paths: &[&str]| {
        let (api, _process) = running(&function(name, &endpoint, "in/"), 1);
        let answers = paths.iter().map(|path| {
            stub.take_seen();
            let answer = api.invoke(&http_event("GET", path, &[])).answer();
            assert_eq!(answer.status, 200);
            let seen = stub.take_seen();
            (count(&seen, "HeadObject", "in/film").0, count(&seen, "GetObject", "in/").0)
        });
        answers.collect::<Vec<_>>()
    };
    let segments = asked("segment", &[&video, &video]);
    assert_eq!(segments[0], (0, 2), "a cold segment of pictures");
    assert_eq!(segments[1], (0, 1), "a warm one");
    let sounds = asked("segment", &[&sound]);
    assert_eq!(sounds[0].0, 0, "a cold segment of sound");
    for manifest in ["master.m3u8", "manifest.mpd"] {
        let counts = asked("manifest", &[&format!("/{KEY}/{manifest}")]);
        assert_eq!(counts[0], (1, 1), "{manifest}");
    }
}

/// A segment of 20 MB, and no more memory than four of it.
#[test]
fn a_large_segment_takes_little_memory() {
    const MOST_KIB: u64 = 80 << 10;
    let film = Film::with_rate(18, MoovPlace::Front, 11);
    let stub = with_film(&film);
    let (api, processes) = running(&function("segment", &stub.endpoint(), "in/"), 1);
    let [video, _] = middle(|path| text(&api, path));
    let mut bytes = 0;
    for _ in 0..3 {
        let answer = api.invoke(&http_event("GET", &video, &[])).answer();
        assert_eq!((answer.status, answer.has_error), (200, false));
        bytes = answer.body.len();
    }
    let peak = processes[0].peak_kib();
    eprintln!("a segment of {bytes} bytes: {peak} KiB at the peak");
    assert!((20_000_000..40_000_000).contains(&bytes), "{bytes}");
    assert!(peak <= MOST_KIB, "{peak} KiB for a segment of {bytes} bytes");
}

/// What the programs send is what the library makes of the film elsewhere: other entity tags make other URLs,
/// but the same segments.
#[test]
fn programs_and_library_agree() {
    let film = Film::new(30, MoovPlace::End);
    let stub = with_film(&film);
    let (api, _process) = running(&function("segment", &stub.endpoint(), "in/"), 1);
    let client = tests::Client::new(film);
    let sent = middle(|path| text(&api, path));
    let own = middle(|path| client.text(path));
    for (sent, own) in sent.iter().zip(&own) {
        let body = api.invoke(&http_event("GET", sent, &[])).answer().body;
        assert!(body == client.body(own), "{sent}");
    }
}
