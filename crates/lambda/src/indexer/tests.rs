//! The indexer over objects in memory.

use std::ops::Range;
use std::sync::Mutex;

use bytes::Bytes;
use origin::index_store::MemoryIndexStore;
use origin::source::{MemorySource, Object};

use super::*;

const SAMPLE: &[u8] = include_bytes!("../../../fragmint/sample/fragmint.mp4");

/// Has some objects, is busy for one key, and panics at another.
struct Moody(MemorySource);

impl Source for Moody {
    async fn head(&self, key: &str) -> Result<Object, SourceError> {
        match key {
            "busy.mp4" => Err(SourceError::Busy),
            "panic.mp4" => panic!("at {key}"),
            _ => self.0.head(key).await,
        }
    }

    async fn read(&self, object: &Object, range: Range<u64>) -> Result<Bytes, SourceError> {
        self.0.read(object, range).await
    }
}

type Lines = Arc<Mutex<Vec<String>>>;

fn indexer() -> (Indexer<Moody, MemoryIndexStore>, Lines) {
    let variables = [
        ("AWS_LAMBDA_RUNTIME_API", "127.0.0.1:9001"),
        ("AWS_LAMBDA_FUNCTION_NAME", "films-indexer"),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "512"),
        ("AWS_LAMBDA_FUNCTION_VERSION", "1"),
        ("FRAGMINT_SOURCE_BUCKET", "films"),
        ("FRAGMINT_SOURCE_PREFIX", "in/"),
        ("FRAGMINT_INDEX_BUCKET", "films"),
        ("FRAGMINT_INDEX_PREFIX", "in/index/"),
    ];
    let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let settings = Settings::of_indexer(variables).unwrap();
    let mut source = MemorySource::default();
    source.insert("a.mp4", SAMPLE);
    source.insert("broken.mp4", &b"no box at all"[..]);
    let lines = Lines::default();
    let kept = Arc::clone(&lines);
    let keep = move |line: &str| kept.lock().unwrap().push(line.to_owned());
    let log = Arc::new(Log::to(Level::Debug, Some("Fragmint".to_owned()), Box::new(keep)));
    let service = Service::with_indexes(Moody(source), MemoryIndexStore::default(), settings.config.clone());
    (Indexer::new(service, log, &settings), lines)
}

async fn handle(indexer: &Indexer<Moody, MemoryIndexStore>, event: Value) -> Result<Value, String> {
    let context = Context::default();
    indexer.handle(LambdaEvent::new(event, context)).await.map_err(|error| error.to_string())
}

fn event(kind: &str, bucket: &str, key: &str) -> Value {
    json!({
        "source": "aws.s3",
        "detail-type": kind,
        "detail": { "bucket": { "name": bucket }, "object": { "key": key } },
    })
}

#[tokio::test]
async fn each_key_has_its_outcome() {
    let (indexer, lines) = indexer();
    let cases = [
        ("Object Created", "films", "in/a.mp4", "indexed", "info"),
        ("Object Created", "films", "in/broken.mp4", "refused", "warn"),
        ("Object Created", "films", "in/gone.mp4", "gone", "info"),
        ("Object Created", "films", "in/a.txt", "ignored", "debug"),
        ("Object Created", "films", "in/../a.mp4", "ignored", "debug"),
        ("Object Created", "films", "in//a.mp4", "ignored", "debug"),
        ("Object Created", "films", "out/a.mp4", "ignored", "debug"),
        ("Object Created", "films", "in/index/a.mp4", "ignored", "debug"),
        ("Object Created", "other", "in/a.mp4", "ignored", "warn"),
        ("Object Tags Added", "films", "in/a.mp4", "ignored", "debug"),
        ("Object Deleted", "films", "in/a.mp4", "removed", "info"),
    ];
    for (kind, bucket, key, outcome, level) in cases {
        let result = handle(&indexer, event(kind, bucket, key)).await.unwrap();
        assert_eq!(result["results"][0]["outcome"], outcome, "{kind} {key}: {result}");
        assert_eq!(result["results"][0]["key"], key);
        assert_eq!(result["counts"], json!({ outcome: 1 }));
        let line: Value = serde_json::from_str(&lines.lock().unwrap().pop().unwrap()).unwrap();
        assert_eq!((&line["outcome"], &line["level"]), (&outcome.into(), &level.into()), "{key}");
        assert_eq!(line.get("_aws").is_some(), outcome == "indexed", "{key}");
    }
}

#[tokio::test]
async fn trouble_of_the_store_is_tried_again() {
    let (indexer, lines) = indexer();
    for key in ["in/busy.mp4", "in/panic.mp4"] {
        let error = handle(&indexer, event("Object Created", "films", key)).await.unwrap_err();
        assert!(error.contains(key), "{error}");
        let line: Value = serde_json::from_str(&lines.lock().unwrap().pop().unwrap()).unwrap();
        assert_eq!((&line["level"], &line["IndexFailures"]), (&"error".into(), &1.into()));
    }
    let batch = json!({ "keys": ["in/a.mp4", "in/busy.mp4", "in/broken.mp4"] });
    let error = handle(&indexer, batch).await.unwrap_err();
    assert!(error.starts_with("1 of 3 keys failed; in/busy.mp4"), "{error}");
}

#[tokio::test]
async fn of_a_queue_only_what_failed_comes_back() {
    let (indexer, _) = indexer();
    let message = |id: &str, body: &Value| json!({ "eventSource": "aws:sqs", "messageId": id, "body": body.to_string() });
    let records = json!({ "Records": [
        message("1", &event("Object Created", "films", "in/a.mp4")),
        message("2", &event("Object Created", "films", "in/busy.mp4")),
        message("3", &event("Object Created", "films", "in/broken.mp4")),
        message("4", &json!({ "Event": "s3:TestEvent" })),
        message("5", &json!("who knows")),
    ] });
    let result = handle(&indexer, records).await.unwrap();
    // Lambda developer guide, "Reporting batch item failures".
    assert_eq!(
        result,
        json!({ "batchItemFailures": [{ "itemIdentifier": "2" }, { "itemIdentifier": "5" }] })
    );
}

#[tokio::test]
async fn an_event_that_is_not_understood_is_an_error() {
    let (indexer, lines) = indexer();
    assert!(handle(&indexer, json!({ "rawPath": "/" })).await.is_err());
    assert!(lines.lock().unwrap().pop().unwrap().contains("\"level\":\"error\""));
}

#[tokio::test]
async fn without_time_nothing_is_begun() {
    let (indexer, _) = indexer();
    let mut context = Context::default();
    context.deadline = 1_600_000_000_000;
    let event = LambdaEvent::new(event("Object Created", "films", "in/a.mp4"), context);
    let error = indexer.handle(event).await.unwrap_err().to_string();
    assert!(error.contains("no time is left"), "{error}");
}

#[tokio::test]
async fn an_index_that_was_removed_is_stored_again() {
    let (indexer, _) = indexer();
    for outcome in ["indexed", "existed", "removed", "indexed"] {
        let kind = if outcome == "removed" { "Object Deleted" } else { "Object Created" };
        let result = handle(&indexer, event(kind, "films", "in/a.mp4")).await.unwrap();
        assert_eq!(result["results"][0]["outcome"], outcome);
        assert_eq!(indexer.service.index_store().objects().is_empty(), outcome == "removed");
    }
}

#[tokio::test]
async fn nothing_is_left_of_a_removed_source() {
    let (indexer, _) = indexer();
    handle(&indexer, event("Object Created", "films", "in/a.mp4")).await.unwrap();
    let stored = indexer.service.index_store().objects().len();
    let result = handle(&indexer, event("Object Deleted", "films", "in/a.mp4")).await.unwrap();
    assert_eq!(result["results"][0]["objects"], stored);
    assert!(indexer.service.index_store().objects().is_empty());
}
