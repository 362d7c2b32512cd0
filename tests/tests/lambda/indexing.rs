//! The indexer, by the events that it is for.

use serde_json::{Value, json};
use tests::emf;
use tests::runtime_api::{RuntimeApi, http_event};

use crate::{INDEXES, Rig, SAMPLE, SOURCES, first_segment, function, playlist_of};

fn indexer(variables: &[(&str, &str)]) -> Rig {
    let mut all = vec![("FRAGMINT_INDEX_BUCKET", INDEXES), ("FRAGMINT_LOG", "debug")];
    all.extend(variables);
    Rig::start("indexer", &all)
}

fn example(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

fn outcomes(result: &Value) -> Vec<(&str, &str)> {
    let results = result["results"].as_array().unwrap();
    results.iter().map(|one| (one["key"].as_str().unwrap(), one["outcome"].as_str().unwrap())).collect()
}

#[test]
fn example_events_are_understood() {
    let mut rig = indexer(&[]);
    rig.stub.put(SOURCES, "a film, with \u{fc}.mp4", SAMPLE);
    let created = rig.api.invoke(&example(include_str!("../../../events/object-created.json"))).returned();
    assert_eq!(outcomes(&created), [("fragmint.mp4", "indexed")]);
    let line = rig.process.line(|line| line["message"] == "index");
    let wanted =
        ["Indexed", "IndexBytes", "IndexFailures", "IndexMs"].map(|name| format!("{name}(Function)"));
    assert_eq!(emf::metrics(&line), wanted.into_iter().collect());
    assert_eq!(
        (&line["Indexed"], &line["IndexFailures"], &line["key"]),
        (&1.into(), &0.into(), &"fragmint.mp4".into())
    );

    let notified = rig.api.invoke(&example(include_str!("../../../events/s3-notification.json"))).returned();
    assert_eq!(outcomes(&notified), [("a film, with \u{fc}.mp4", "indexed")]);
    let queued = rig.api.invoke(&example(include_str!("../../../events/sqs-batch.json"))).returned();
    assert_eq!(queued, json!({ "batchItemFailures": [] }));
    let named = rig.api.invoke(&example(include_str!("../../../events/direct-batch.json"))).returned();
    assert_eq!(outcomes(&named)[2], ("gone.mp4", "removed"));
    let deletion = example(include_str!("../../../events/object-deleted.json"));
    let deleted = rig.api.invoke(&deletion).returned();
    assert_eq!(outcomes(&deleted), [("fragmint.mp4", "ignored")], "it is still there");
    rig.stub.delete(SOURCES, "fragmint.mp4");
    assert_eq!(outcomes(&rig.api.invoke(&deletion).returned()), [("fragmint.mp4", "removed")]);
    assert!(rig.process.is_alive());
}

/// What a new environment spends on a manifest and on a segment of the sample.
fn cold_requests(rig: &Rig) -> [Value; 2] {
    let variables = [("FRAGMINT_INDEX_BUCKET", INDEXES)];
    let of_new_process = |path: &str| {
        let api = RuntimeApi::new();
        let process = function("segment", &rig.stub, &variables).start(&api);
        let answer = api.invoke(&http_event("GET", path, &[])).answer();
        assert_eq!(answer.status, 200, "{path}");
        (answer.body, process.line(|line| line["message"] == "request"))
    };
    let (text, manifest) = of_new_process("/fragmint.mp4/master.m3u8");
    let (path, _) = playlist_of(str::from_utf8(&text).unwrap(), "/fragmint.mp4");
    let (playlist, _) = of_new_process(&path);
    let (_, segment) = of_new_process(&first_segment(str::from_utf8(&playlist).unwrap(), &path));
    [manifest, segment]
}

#[test]
fn after_an_upload_no_viewer_waits_for_an_index() {
    let rig = indexer(&[]);
    let created = example(include_str!("../../../events/object-created.json"));
    let deleted = example(include_str!("../../../events/object-deleted.json"));
    let result = rig.api.invoke(&created).returned();
    let stored = rig.stub.objects(INDEXES);
    assert_eq!(stored.len(), 1, "{:?}", stored.keys());
    let (name, index) = stored.into_iter().next().unwrap();
    assert!(name.starts_with("index/"), "{name}");
    assert_eq!(result["results"][0]["bytes"], index.len());
    assert_eq!(outcomes(&rig.api.invoke(&created).returned()), [("fragmint.mp4", "existed")]);

    let [manifest, segment] = cold_requests(&rig);
    assert_eq!((&manifest["index"], &manifest["reads"]), (&"stored".into(), &0.into()), "{manifest}");
    assert_eq!((&segment["index"], &segment["reads"]), (&"stored".into(), &1.into()), "{segment}");
    assert!(segment["index_bytes"].as_u64().unwrap() <= 32 << 10, "{segment}");

    rig.stub.delete(SOURCES, "fragmint.mp4");
    assert_eq!(outcomes(&rig.api.invoke(&deleted).returned()), [("fragmint.mp4", "removed")]);
    assert!(rig.stub.objects(INDEXES).is_empty());
    rig.stub.put(SOURCES, "fragmint.mp4", SAMPLE);
    let [manifest, _] = cold_requests(&rig);
    assert_eq!(manifest["index"], "built");
    assert!(manifest["reads"].as_u64().unwrap() > 0, "{manifest}");
}

/// Twelve seconds of pictures, and sound that is a small part of the file.
fn talkie() -> Vec<u8> {
    let path = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("talkie.mp4");
    let pictures = "-v error -f lavfi -i testsrc2=size=640x360:rate=25:duration=12";
    let sound = "-f lavfi -i sine=duration=12 -c:v libx264 -preset ultrafast -c:a aac -b:a 64k -y";
    let arguments = pictures.split(' ').chain(sound.split(' '));
    let status = std::process::Command::new("ffmpeg").args(arguments).arg(&path).status().unwrap();
    assert!(status.success());
    std::fs::read(&path).unwrap()
}

#[test]
fn small_tracks_are_copied_if_that_is_wanted() {
    let rig = indexer(&[("FRAGMINT_COPY_TRACKS", "true")]);
    rig.stub.put(SOURCES, "talkie.mp4", talkie());
    let result = rig.api.invoke(&json!({ "keys": ["talkie.mp4"] })).returned();
    let copied = result["results"][0]["copied"].as_u64().unwrap();
    let stored = rig.stub.objects(INDEXES);
    assert!(stored.keys().all(|name| name.starts_with("index/")), "{:?}", stored.keys());
    let sizes: Vec<_> = stored.values().map(|object| object.len() as u64).collect();
    assert!(copied > 0 && sizes.len() == 2 && sizes.contains(&copied), "{copied}: {sizes:?}");
    assert_eq!(rig.stub.open_uploads(), 0);
    let again = rig.api.invoke(&json!({ "keys": ["talkie.mp4"] })).returned();
    assert_eq!((&again["results"][0]["copied"], outcomes(&again)[0].1), (&0.into(), "existed"));
    let removed = rig.api.invoke(&json!({ "remove": ["talkie.mp4"] })).returned();
    assert_eq!(removed["results"][0]["objects"], 2);
    assert!(rig.stub.objects(INDEXES).is_empty());
}

#[test]
fn what_cannot_be_packaged_is_not_tried_again() {
    let rig = indexer(&[]);
    rig.stub.put(SOURCES, "text.mp4", "this is no MP4 file, whatever its name says");
    let keys = json!({ "keys": ["text.mp4", "none.mp4", "text.txt", "../fragmint.mp4"] });
    let result = rig.api.invoke(&keys).returned();
    let wanted = [
        ("text.mp4", "refused"),
        ("none.mp4", "gone"),
        ("text.txt", "ignored"),
        ("../fragmint.mp4", "ignored"),
    ];
    assert_eq!(outcomes(&result), wanted);
    assert_eq!(result["counts"], json!({ "refused": 1, "gone": 1, "ignored": 2 }));
    assert_eq!(rig.process.line(|line| line["key"] == "text.mp4")["level"], "warn");
}

#[test]
fn trouble_of_the_store_is_tried_again() {
    let mut rig = indexer(&[]);
    let slow = tests::s3_stub::Fault::SLOW_DOWN;
    rig.stub.fail_next(std::iter::repeat_n(slow.clone(), 64));
    let created = example(include_str!("../../../events/object-created.json"));
    let error = rig.api.invoke(&created).error();
    assert!(error.contains("fragmint.mp4"), "{error}");
    let line = rig.process.line(|line| line["level"] == "error");
    assert_eq!((&line["IndexFailures"], &line["Indexed"]), (&1.into(), &0.into()));
    rig.stub.heal();
    assert_eq!(outcomes(&rig.api.invoke(&created).returned()), [("fragmint.mp4", "indexed")]);

    rig.stub.fail_next(std::iter::repeat_n(slow, 64));
    let queue = example(include_str!("../../../events/sqs-batch.json"));
    let result = rig.api.invoke(&queue).returned();
    rig.stub.heal();
    let first = &result["batchItemFailures"][0]["itemIdentifier"];
    assert_eq!(first, "059f36b4-87a3-44ab-83d2-661975830a7d");
    assert!(rig.process.is_alive());
}

#[test]
fn a_bucket_of_indexes_that_is_not_there_is_told() {
    let rig = indexer(&[("FRAGMINT_INDEX_BUCKET", "nowhere")]);
    let created = example(include_str!("../../../events/object-created.json"));
    let error = rig.api.invoke(&created).error();
    assert!(error.contains("fragmint.mp4: the bucket of indexes is missing"), "{error}");
    assert_eq!(rig.process.line(|line| line["message"] == "index")["IndexFailures"], 1);
    rig.stub.delete(SOURCES, "fragmint.mp4");
    let error = rig.api.invoke(&example(include_str!("../../../events/object-deleted.json"))).error();
    assert!(error.contains("fragmint.mp4: the bucket of indexes is missing"), "{error}");
}

#[test]
fn a_bucket_of_sources_that_may_not_be_read_is_told() {
    let rig = indexer(&[]);
    let denied = tests::s3_stub::Fault::Refuse(403, "AccessDenied");
    for event in [
        include_str!("../../../events/object-created.json"),
        include_str!("../../../events/object-deleted.json"),
    ] {
        rig.stub.fail_next(std::iter::repeat_n(denied.clone(), 64));
        let error = rig.api.invoke(&example(event)).error();
        assert!(error.contains("fragmint.mp4: the bucket of sources may not be read"), "{error}");
        rig.stub.heal();
    }
}

/// S3 tells the removal of an old version, or of a deletion, as that of the object.
#[test]
fn what_became_of_old_versions_does_not_matter() {
    let rig = indexer(&[]);
    rig.stub.keep_versions(SOURCES);
    let deleted = example(include_str!("../../../events/object-deleted.json"));
    let old = rig.stub.put(SOURCES, "fragmint.mp4", &b"old"[..]).unwrap();
    rig.stub.put(SOURCES, "fragmint.mp4", SAMPLE);
    rig.api.invoke(&example(include_str!("../../../events/object-created.json"))).returned();
    let stored = rig.stub.objects(INDEXES);
    assert_eq!(stored.len(), 1);
    rig.stub.delete_version(SOURCES, "fragmint.mp4", &old);
    let result = rig.api.invoke(&deleted).returned();
    assert_eq!((&result["results"][0]["reason"], outcomes(&result)[0].1), (&"still there".into(), "ignored"));
    assert_eq!(rig.stub.objects(INDEXES), stored);
    // Hidden by a deletion it is gone.
    rig.stub.delete(SOURCES, "fragmint.mp4");
    assert_eq!(outcomes(&rig.api.invoke(&deleted).returned()), [("fragmint.mp4", "removed")]);
    assert!(rig.stub.objects(INDEXES).is_empty());
}

#[test]
fn events_of_others_are_errors() {
    let mut rig = indexer(&[]);
    for event in [json!({}), json!(null), json!({ "rawPath": "/" }), json!({ "keys": 7 })] {
        assert!(rig.api.invoke(&event).error().contains("neither from S3 nor a list of keys"), "{event}");
    }
    assert_eq!(
        rig.api.invoke(&json!({ "Event": "s3:TestEvent" })).returned(),
        json!({ "counts": {}, "results": [] })
    );
    assert!(rig.process.is_alive());
}
