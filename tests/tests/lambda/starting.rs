//! The init phase: mistakes in settings, time, size.

use std::io::Write;
use std::sync::PoisonError;

use flate2::Compression;
use flate2::write::DeflateEncoder;
use tests::runtime_api::{Function, RuntimeApi};

use crate::{QUIET, Rig, SOURCES, binary, function, stub};

const FUNCTIONS: [&str; 3] = ["manifest", "segment", "indexer"];

#[test]
fn all_mistakes_are_told_in_one_line() {
    let _quiet = QUIET.read().unwrap_or_else(PoisonError::into_inner);
    let api = RuntimeApi::new();
    for name in FUNCTIONS {
        let variables =
            [("FRAGMINT_SEGMENT_SECONDS", "0"), ("FRAGMINT_LOG", "loud"), ("FRAGMINT_SOURCEBUCKET", SOURCES)];
        let (status, lines) = Function::new(&binary(name), &variables).run(&api);
        assert_eq!(status.code(), Some(1), "{name}");
        assert_eq!(lines.len(), 1, "{name}: {lines:#?}");
        assert_eq!((&lines[0]["level"], &lines[0]["message"]), (&"error".into(), &"configuration".into()));
        let mistakes: Vec<_> =
            lines[0]["mistakes"].as_array().unwrap().iter().map(|text| text.as_str().unwrap()).collect();
        for wanted in [
            "FRAGMINT_SOURCEBUCKET is not a setting",
            "FRAGMINT_SOURCE_BUCKET is not set",
            "FRAGMINT_SEGMENT_SECONDS is `0`",
            "FRAGMINT_LOG is `loud`",
        ] {
            assert!(mistakes.iter().any(|mistake| mistake.starts_with(wanted)), "{name}: {mistakes:#?}");
        }
        let index_is_missing = mistakes.iter().any(|mistake| mistake.starts_with("FRAGMINT_INDEX_BUCKET"));
        assert_eq!(index_is_missing, name == "indexer", "{mistakes:#?}");
    }
    assert!(api.polls().is_empty(), "no event is asked for");
}

#[test]
fn a_store_that_does_not_answer_delays_no_event() {
    let _quiet = QUIET.read().unwrap_or_else(PoisonError::into_inner);
    // A port that takes connections and never answers.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", silent.local_addr().unwrap());
    let variables = [("FRAGMINT_SOURCE_BUCKET", SOURCES), ("AWS_ENDPOINT_URL_S3", url.as_str())];
    let api = RuntimeApi::new();
    let process = Function::new(&binary("manifest"), &variables).start(&api);
    let millis = process.start_to_poll.as_millis();
    assert!((400..1500).contains(&millis), "the warm-up is bounded by 500 ms: {millis}");
}

#[test]
fn from_start_to_the_first_event_it_takes_30_ms() {
    let functions = FUNCTIONS.map(|name| (name, binary(name)));
    let _alone = QUIET.write().unwrap_or_else(PoisonError::into_inner);
    let stub = stub();
    for (name, _) in functions {
        let api = RuntimeApi::new();
        let function = function(name, &stub, &[("FRAGMINT_INDEX_BUCKET", "indexes")]);
        let mut millis: Vec<_> =
            (0..5).map(|_| function.start(&api).start_to_poll.as_secs_f64() * 1000.0).collect();
        millis.sort_by(f64::total_cmp);
        println!("{name}: start to first poll, five times, in ms: {millis:.1?}");
        assert!(millis[2] <= 30.0, "{name}: {millis:?}");
    }
}

#[test]
fn programs_are_small() {
    for name in FUNCTIONS {
        let program = std::fs::read(binary(name)).unwrap();
        let mut zip = DeflateEncoder::new(Vec::new(), Compression::best());
        zip.write_all(&program).unwrap();
        let zipped = zip.finish().unwrap().len();
        println!("{name}: {} bytes, {zipped} deflated", program.len());
        assert!(zipped <= 6 << 20, "{name}: {zipped}");
    }
}

#[test]
fn memory_is_bounded() {
    let rig = Rig::start("manifest", &[]);
    for _ in 0..50 {
        assert_eq!(rig.get("/fragmint.mp4/master.m3u8").status, 200);
    }
    let peak = rig.process.peak_kib();
    println!("manifest: {peak} KiB after 50 requests");
    assert!(peak < 64 << 10, "{peak}");
}
