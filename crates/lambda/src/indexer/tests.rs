//! The indexer over objects in memory.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use origin::index_store::MemoryIndexStore;
use origin::source::{MemorySource, Object};

use super::*;
use crate::deadline::context_with;

const SAMPLE: &[u8] = include_bytes!("../../../fragmint/sample/fragmint.mp4");

/// The sample with so much behind it that its sound is a small part of it: a `free` box (ISO/IEC 14496-12
/// §8.1.2), its size first.
fn talkie() -> Vec<u8> {
    let size = SAMPLE.len() * 20;
    let mut film = SAMPLE.to_vec();
    film.extend(u32::try_from(size).unwrap().to_be_bytes());
    film.extend(b"free");
    film.resize(SAMPLE.len() + size, 0);
    film
}

/// Has some objects, panics at one key, and does to others what it is told.
struct Moody {
    objects: MemorySource,
    /// What is answered to look-ups of a key.
    heads: Mutex<HashMap<String, SourceError>>,
    /// What is answered to reads of an object.
    reads: Mutex<HashMap<String, SourceError>>,
    /// How many reads are answered at all.
    patience: AtomicUsize,
}

impl Moody {
    fn new() -> Self {
        let mut objects = MemorySource::default();
        objects.insert("a.mp4", SAMPLE);
        objects.insert("talkie.mp4", talkie());
        objects.insert("broken.mp4", &b"no box at all"[..]);
        let heads = Mutex::new(HashMap::from([("busy.mp4".to_owned(), SourceError::Busy)]));
        Self { objects, heads, reads: Mutex::default(), patience: AtomicUsize::new(usize::MAX) }
    }
}

impl Source for Moody {
    async fn head(&self, key: &str) -> Result<Object, SourceError> {
        assert_ne!(key, "panic.mp4");
        let told = self.heads.lock().unwrap().get(key).cloned();
        if let Some(error) = told { Err(error) } else { self.objects.head(key).await }
    }

    async fn read(&self, object: &Object, range: Range<u64>) -> Result<Bytes, SourceError> {
        let told = self.reads.lock().unwrap().get(&object.key).cloned();
        if let Some(error) = told {
            return Err(error);
        }
        let less = |left: usize| left.checked_sub(1);
        if self.patience.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less).is_err() {
            return std::future::pending().await;
        }
        self.objects.read(object, range).await
    }

    async fn list(&self, _: &str) -> Result<Vec<Object>, SourceError> {
        Ok(Vec::new())
    }
}

type Lines = Arc<Mutex<Vec<String>>>;

fn indexer() -> (Indexer<Moody, MemoryIndexStore>, Lines) {
    indexer_over(MemoryIndexStore::default())
}

fn indexer_over<I: IndexStore>(store: I) -> (Indexer<Moody, I>, Lines) {
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
    let lines = Lines::default();
    let kept = Arc::clone(&lines);
    let keep = move |line: &str| kept.lock().unwrap().push(line.to_owned());
    let log = Arc::new(Log::to(Level::Debug, Some("Fragmint".to_owned()), Box::new(keep)));
    let service = Service::with_indexes(Moody::new(), store, settings.config.clone());
    (Indexer::new(service, log, &settings), lines)
}

async fn handle<I: IndexStore>(indexer: &Indexer<Moody, I>, event: Value) -> Result<Value, String> {
    handle_in(indexer, event, Context::default()).await
}

async fn handle_in<I: IndexStore>(
    indexer: &Indexer<Moody, I>,
    event: Value,
    context: Context,
) -> Result<Value, String> {
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
        ("Object Deleted", "films", "in/a.mp4", "ignored", "debug"),
        ("Object Deleted", "films", "in/gone.mp4", "removed", "info"),
        ("Object Created", "films", "in/a.en.vtt", "ignored", "debug"),
        ("Object Deleted", "films", "in/gone.en.vtt", "removed", "info"),
        ("Object Deleted", "films", "in/gone.TTML", "removed", "info"),
        ("Object Deleted", "films", "in/gone.json", "ignored", "debug"),
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

/// As if the source had been removed, or no longer.
fn tell(indexer: &Indexer<Moody, impl IndexStore>, head: Option<SourceError>) {
    let mut heads = indexer.service.source().heads.lock().unwrap();
    match head {
        Some(error) => heads.insert("a.mp4".to_owned(), error),
        None => heads.remove("a.mp4"),
    };
}

#[tokio::test]
async fn an_index_that_was_removed_is_stored_again() {
    let (indexer, _) = indexer();
    for outcome in ["indexed", "existed", "removed", "indexed"] {
        let is_removed = outcome == "removed";
        tell(&indexer, is_removed.then_some(SourceError::NotFound));
        let kind = if is_removed { "Object Deleted" } else { "Object Created" };
        let result = handle(&indexer, event(kind, "films", "in/a.mp4")).await.unwrap();
        assert_eq!(result["results"][0]["outcome"], outcome);
        assert_eq!(indexer.service.index_store().objects().is_empty(), is_removed);
    }
}

#[tokio::test]
async fn nothing_is_left_of_a_removed_source() {
    let (indexer, _) = indexer();
    handle(&indexer, event("Object Created", "films", "in/a.mp4")).await.unwrap();
    let stored = indexer.service.index_store().objects().len();
    tell(&indexer, Some(SourceError::NotFound));
    let result = handle(&indexer, event("Object Deleted", "films", "in/a.mp4")).await.unwrap();
    assert_eq!(result["results"][0]["objects"], stored);
    assert!(indexer.service.index_store().objects().is_empty());
}

/// S3 says "Object Deleted" of an old version, and of a deletion that is taken back, too.
#[tokio::test]
async fn of_a_source_that_is_there_nothing_is_removed() {
    let (indexer, _) = indexer();
    handle(&indexer, event("Object Created", "films", "in/a.mp4")).await.unwrap();
    let stored = indexer.service.index_store().objects();
    let result = handle(&indexer, event("Object Deleted", "films", "in/a.mp4")).await.unwrap();
    let wanted = json!([{ "key": "in/a.mp4", "outcome": "ignored", "reason": "still there" }]);
    assert_eq!(result["results"], wanted);
    // What cannot be looked up may be there, too.
    for (error, reason) in [(SourceError::Busy, "busy"), (SourceError::Denied, SOURCES_DENIED)] {
        tell(&indexer, Some(error));
        let error = handle(&indexer, event("Object Deleted", "films", "in/a.mp4")).await.unwrap_err();
        assert!(error.contains(reason), "{error}");
    }
    assert_eq!(indexer.service.index_store().objects(), stored);
    // An operator means what is said.
    tell(&indexer, None);
    let result = handle(&indexer, json!({ "remove": ["in/a.mp4"] })).await.unwrap();
    assert_eq!(result["results"][0]["outcome"], "removed");
    assert!(indexer.service.index_store().objects().is_empty());
}

/// A store that may not be used.
struct Locked;

impl IndexStore for Locked {
    async fn read(&self, _: &str, _: Range<u64>) -> Result<Bytes, SourceError> {
        Err(SourceError::Denied)
    }

    async fn create(&self, _: &str, _: Bytes) -> Result<Created, SourceError> {
        Err(SourceError::Denied)
    }

    async fn replace(&self, _: &str, _: Bytes) -> Result<(), SourceError> {
        Err(SourceError::Denied)
    }

    async fn replace_by_parts(
        &self,
        _: &str,
        _: impl futures_util::Stream<Item = Result<Bytes, SourceError>> + Send,
    ) -> Result<Object, SourceError> {
        Err(SourceError::Denied)
    }

    async fn read_exactly(&self, _: &Object, _: Range<u64>) -> Result<Bytes, SourceError> {
        Err(SourceError::Denied)
    }

    async fn remove(&self, _: &str) -> Result<usize, SourceError> {
        Err(SourceError::Denied)
    }
}

#[tokio::test]
async fn which_bucket_refuses_is_told() {
    let created = || event("Object Created", "films", "in/a.mp4");
    let (indexer, _) = indexer();
    tell(&indexer, Some(SourceError::Denied));
    let error = handle(&indexer, created()).await.unwrap_err();
    assert!(error.ends_with(SOURCES_DENIED), "{error}");
    // To be looked up is not to be read: the key that encrypts the object may be another's.
    tell(&indexer, None);
    let reads = || indexer.service.source().reads.lock().unwrap();
    reads().insert("a.mp4".to_owned(), SourceError::Denied);
    let error = handle(&indexer, created()).await.unwrap_err();
    assert!(error.ends_with(SOURCES_DENIED), "{error}");
    // Removed between the look-up and the read.
    reads().insert("a.mp4".to_owned(), SourceError::NotFound);
    assert_eq!(handle(&indexer, created()).await.unwrap()["counts"], json!({ "gone": 1 }));

    let (locked, lines) = indexer_over(Locked);
    for kind in ["Object Created", "Object Deleted"] {
        tell(&locked, (kind == "Object Deleted").then_some(SourceError::NotFound));
        let error = handle(&locked, event(kind, "films", "in/a.mp4")).await.unwrap_err();
        assert!(error.ends_with(INDEXES_DENIED), "{error}");
        assert!(lines.lock().unwrap().pop().unwrap().contains(INDEXES_DENIED));
    }
}

#[tokio::test]
async fn a_copy_that_takes_too_long_leaves_the_plain_index() {
    let created = || event("Object Created", "films", "in/talkie.mp4");
    let copying = || {
        let (mut indexer, lines) = indexer();
        indexer.copy_tracks = true;
        (indexer, lines)
    };
    let (indexer, _) = copying();
    for context in [Context::default(), context_with(AFTER_COPY + Duration::from_mins(1))] {
        handle(&indexer, json!({ "remove": ["in/talkie.mp4"] })).await.unwrap();
        let result = handle_in(&indexer, created(), context).await.unwrap();
        assert!(result["results"][0]["copied"].as_u64().unwrap() > 0, "{result}");
        assert!(result["results"][0].get("copy").is_none(), "{result}");
    }
    // One hangs in the middle of the copy, and for the other there is no time to begin it.
    let of_index = {
        let (indexer, _) = self::indexer();
        let patience = &indexer.service.source().patience;
        handle(&indexer, created()).await.unwrap();
        usize::MAX - patience.load(Ordering::Relaxed)
    };
    for left in [AFTER_COPY + Duration::from_millis(300), AFTER_COPY / 2] {
        let (indexer, lines) = copying();
        indexer.service.source().patience.store(of_index, Ordering::Relaxed);
        let started = Instant::now();
        let result = handle_in(&indexer, created(), context_with(left)).await.unwrap();
        assert!(started.elapsed() < Duration::from_secs(5));
        let outcome = &result["results"][0];
        assert_eq!(
            (&outcome["outcome"], &outcome["copied"], &outcome["copy"]),
            (&"indexed".into(), &0.into(), &"no time".into())
        );
        assert_eq!(indexer.service.index_store().objects().len(), 1, "the index alone");
        let line: Value = serde_json::from_str(&lines.lock().unwrap().pop().unwrap()).unwrap();
        assert_eq!((&line["level"], &line["copy"]), (&"warn".into(), &"no time".into()));
        assert_eq!((&line["Indexed"], &line["IndexFailures"]), (&1.into(), &0.into()));
    }
}
