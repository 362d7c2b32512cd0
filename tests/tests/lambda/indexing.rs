//! The indexer, by the events that it is for.

use serde_json::{Value, json};
use tests::emf;

use crate::{INDEXES, Rig, SAMPLE, SOURCES};

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
    let deleted = rig.api.invoke(&example(include_str!("../../../events/object-deleted.json"))).returned();
    assert_eq!(outcomes(&deleted), [("fragmint.mp4", "removed")]);
    assert!(rig.process.is_alive());
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
