//! Makes the index of a source when it is uploaded, and removes it when the source is, or the captions are.

pub mod event;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::{StreamExt, stream};
use lambda_runtime::{Context, LambdaEvent, service_fn};
use origin::index_store::Created;
use origin::source::SourceError;
use origin::{Error, IndexStore, Service, Source};
use packaging::route::{AssetKind, Options, Route, Target};
use serde::Serialize;
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::deadline::time_left;
use crate::log::{Level, Log};
use crate::metrics::IndexMetrics;
use crate::settings::{Place, Settings};
use crate::unwind::guarded;
use event::{Change, ChangeKind, Message, Work};

/// Sources that are indexed side by side: reading is mostly waiting.
const SIDE_BY_SIDE: usize = 4;
/// With less time left than this, no other source is begun.
const LAST_MOMENT: Duration = Duration::from_secs(3);
/// Copying ends when no more time than this is left, for what else has to be done in the invocation.
const AFTER_COPY: Duration = Duration::from_secs(20);
const NO_TIME: Option<&str> = Some("no time");

const SOURCES_DENIED: &str = "the bucket of sources may not be read";
const INDEXES_DENIED: &str = "the bucket of indexes is missing or may not be used";

/// Follows what happens to the sources of one bucket.
pub struct Indexer<S, I> {
    service: Service<S, I>,
    log: Arc<Log>,
    scope: Scope,
    copy_tracks: bool,
    function: String,
}

/// Which keys are sources.
#[derive(Debug, Clone)]
pub struct Scope {
    source: Place,
    index: Option<Place>,
}

/// What became of one key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "outcome")]
pub enum Outcome {
    /// Its index is stored now.
    Indexed {
        /// Size of the index in bytes.
        bytes: u64,
        /// Size of the copied tracks in bytes.
        copied: u64,
        /// Why nothing was copied although that was wanted.
        #[serde(skip_serializing_if = "Option::is_none")]
        copy: Option<&'static str>,
    },
    /// Its index was stored before.
    Existed {
        /// Size of the index in bytes.
        bytes: u64,
        /// Size of the copied tracks in bytes.
        copied: u64,
        /// Why nothing was copied although that was wanted.
        #[serde(skip_serializing_if = "Option::is_none")]
        copy: Option<&'static str>,
    },
    /// Its indexes are gone.
    Removed {
        /// How many objects there were.
        objects: usize,
    },
    /// It was gone before it could be read.
    Gone,
    /// It is no source of ours.
    Ignored {
        /// Why.
        reason: &'static str,
    },
    /// It cannot be packaged: trying again would not help.
    Refused {
        /// Why.
        reason: String,
    },
    /// The store was in trouble: to be tried again.
    Failed {
        /// Why.
        reason: String,
    },
}

#[derive(Debug, Serialize)]
struct KeyResult<'a> {
    key: &'a str,
    #[serde(flatten)]
    outcome: Outcome,
}

impl Outcome {
    fn failed(reason: &str) -> Self {
        Self::Failed { reason: reason.to_owned() }
    }

    /// Its name in results and logs.
    fn word(&self) -> &'static str {
        match self {
            Self::Indexed { .. } => "indexed",
            Self::Existed { .. } => "existed",
            Self::Removed { .. } => "removed",
            Self::Gone => "gone",
            Self::Ignored { .. } => "ignored",
            Self::Refused { .. } => "refused",
            Self::Failed { .. } => "failed",
        }
    }
}

impl Scope {
    /// The keys that the settings let in.
    pub fn new(settings: &Settings) -> Self {
        Self { source: settings.source.clone(), index: settings.index.clone() }
    }

    /// The path of a source below the prefix, as URLs name it, or why it is none.
    fn asset<'a>(&self, change: &'a Change) -> Result<&'a str, &'static str> {
        if change.bucket.as_ref().is_some_and(|bucket| *bucket != self.source.bucket) {
            return Err("another bucket");
        }
        let asset = change.key.strip_prefix(&self.source.prefix).ok_or("outside the prefix")?;
        // Else writing an index could be the event that asks for the next one.
        let is_index = |place: &Place| {
            place.bucket == self.source.bucket
                && !place.prefix.is_empty()
                && change.key.starts_with(&place.prefix)
        };
        if self.index.as_ref().is_some_and(is_index) {
            return Err("an index");
        }
        match (AssetKind::of(asset), change.kind) {
            // A short file: to index it takes its first request no longer than to read the index.
            (AssetKind::Captions, ChangeKind::Created) => {
                return Err("captions wait for their first request");
            }
            (AssetKind::Source | AssetKind::Captions, _) => {}
            _ => return Err("not the name of a source"),
        }
        let route = Route { asset: asset.to_owned(), target: Target::Mpd(Options::default()) };
        let is_reachable = Route::parse(&route.to_string()).is_some_and(|parsed| parsed == route);
        if is_reachable { Ok(asset) } else { Err("no URL names it") }
    }
}

impl<S: Source, I: IndexStore> Indexer<S, I> {
    /// An indexer over an origin.
    pub fn new(service: Service<S, I>, log: Arc<Log>, settings: &Settings) -> Self {
        Self {
            service,
            log,
            scope: Scope::new(settings),
            copy_tracks: settings.copy_tracks,
            function: settings.function.clone(),
        }
    }

    /// Takes events from Lambda for as long as the environment lives.
    pub async fn run(self) -> Result<(), lambda_runtime::Error> {
        let this = &self;
        lambda_runtime::run(service_fn(|event: LambdaEvent<Value>| this.handle(event))).await
    }

    /// Does what an event asks for. The result says what became of each key, or, for messages of a queue,
    /// which ones are to be tried again. Fails if an event that is not from a queue is to be tried again.
    pub async fn handle(&self, event: LambdaEvent<Value>) -> Result<Value, lambda_runtime::Error> {
        let (event, context) = event.into_parts();
        match event::parse(&event) {
            Some(Work::Whole(changes)) => self.whole(&changes, &context).await,
            Some(Work::Messages(messages)) => Ok(self.messages(&messages, &context).await),
            None => Err(self.not_understood(&context)),
        }
    }

    /// One message after the other; the failed ones in the form that Lambda asks for
    /// (`ReportBatchItemFailures`).
    async fn messages(&self, messages: &[Message], context: &Context) -> Value {
        let mut failures = Vec::new();
        for message in messages {
            let done = match &message.changes {
                Some(changes) => self.whole(changes, context).await,
                None => Err(self.not_understood(context)),
            };
            if done.is_err() {
                failures.push(json!({ "itemIdentifier": message.id }));
            }
        }
        json!({ "batchItemFailures": failures })
    }

    async fn whole(&self, changes: &[Change], context: &Context) -> Result<Value, lambda_runtime::Error> {
        let work = changes.iter().map(|change| self.change(change, context));
        let results: Vec<_> = stream::iter(work).buffered(SIDE_BY_SIDE).collect().await;
        let reason_of = |result: &KeyResult<'_>| match &result.outcome {
            Outcome::Failed { reason } => Some(format!("{}: {reason}", result.key)),
            _ => None,
        };
        let failed: Vec<_> = results.iter().filter_map(reason_of).collect();
        match failed.first() {
            Some(first) => Err(format!("{} of {} keys failed; {first}", failed.len(), results.len()).into()),
            None => Ok(json!({ "counts": counts(&results), "results": results })),
        }
    }

    async fn change<'a>(&self, change: &'a Change, context: &Context) -> KeyResult<'a> {
        let started = Instant::now();
        let work = guarded(&context.request_id, self.outcome(change, context));
        let outcome = work.await.unwrap_or_else(|panicked| Outcome::Failed { reason: panicked.to_string() });
        self.write_line(&change.key, &outcome, started.elapsed(), context);
        KeyResult { key: &change.key, outcome }
    }

    async fn outcome(&self, change: &Change, context: &Context) -> Outcome {
        let asset = match self.scope.asset(change) {
            Ok(asset) => asset,
            Err(reason) => return Outcome::Ignored { reason },
        };
        if !has_time(context) {
            return Outcome::failed("no time is left");
        }
        let done = match change.kind {
            ChangeKind::Created => self.index(asset, context).await,
            ChangeKind::Removed => self.removed(asset).await,
            ChangeKind::Unwanted => self.forget(asset).await,
            ChangeKind::Other => Ok(Outcome::Ignored { reason: "nothing to do" }),
        };
        match done {
            Ok(outcome) => outcome,
            Err(error) if error.status().is_server_error() => Outcome::Failed { reason: error.to_string() },
            Err(error) => Outcome::Refused { reason: error.to_string() },
        }
    }

    async fn index(&self, asset: &str, context: &Context) -> Result<Outcome, Error> {
        match self.index_and_copy(asset, context).await {
            Err(Error::Source(SourceError::NotFound | SourceError::Denied)) => self.not_found(asset).await,
            done => done,
        }
    }

    async fn index_and_copy(&self, asset: &str, context: &Context) -> Result<Outcome, Error> {
        let indexed = self.service.index(asset).await?;
        let (copied, copy) = if self.copy_tracks { self.copy(asset, context).await? } else { (0, None) };
        let bytes = indexed.bytes;
        Ok(match indexed.created {
            Created::New => Outcome::Indexed { bytes, copied, copy },
            Created::Existed => Outcome::Existed { bytes, copied, copy },
        })
    }

    /// Copies small tracks as far as there is time: without the copy the index serves as well.
    async fn copy(&self, asset: &str, context: &Context) -> Result<(u64, Option<&'static str>), Error> {
        let copy = self.service.copy_small_tracks(asset);
        let Some(left) = time_left(context) else { return Ok((copy.await?, None)) };
        let left = left.saturating_sub(AFTER_COPY);
        if left.is_zero() {
            return Ok((0, NO_TIME));
        }
        timeout(left, copy).await.map_or(Ok((0, NO_TIME)), |copied| Ok((copied?, None)))
    }

    /// Events come in any order, and that a version or a deletion has been removed for good is told in the
    /// same words. So what counts is whether the source is there now.
    async fn removed(&self, asset: &str) -> Result<Outcome, Error> {
        match self.service.source().head(asset).await {
            Ok(_) => Ok(Outcome::Ignored { reason: "still there" }),
            Err(SourceError::NotFound) => self.forget(asset).await,
            Err(SourceError::Denied) => Ok(Outcome::failed(SOURCES_DENIED)),
            Err(error) => Err(error.into()),
        }
    }

    /// No source is read here, so it is the bucket of indexes that is not found.
    async fn forget(&self, asset: &str) -> Result<Outcome, Error> {
        match self.service.forget(asset).await {
            Ok(objects) => Ok(Outcome::Removed { objects }),
            Err(Error::Source(SourceError::NotFound | SourceError::Denied)) => {
                Ok(Outcome::failed(INDEXES_DENIED))
            }
            Err(error) => Err(error),
        }
    }

    /// Which of the two buckets did not find something, or refused it: the one of sources is asked once more,
    /// in both ways in which it is used.
    async fn not_found(&self, asset: &str) -> Result<Outcome, Error> {
        let source = self.service.source();
        let read = async {
            let object = source.head(asset).await?;
            source.read(&object, 0..object.bytes.min(1)).await
        };
        match read.await {
            Ok(_) => Ok(Outcome::failed(INDEXES_DENIED)),
            Err(SourceError::NotFound) => Ok(Outcome::Gone),
            Err(SourceError::Denied) => Ok(Outcome::failed(SOURCES_DENIED)),
            Err(error) => Err(error.into()),
        }
    }

    fn not_understood(&self, context: &Context) -> lambda_runtime::Error {
        let error = "the event is neither from S3 nor a list of keys";
        let line = json!({ "request_id": context.request_id, "error": "event", "detail": error });
        self.log.write(Level::Error, "event", &line);
        error.into()
    }

    fn write_line(&self, key: &str, outcome: &Outcome, took: Duration, context: &Context) {
        let ms = (took.as_secs_f64() * 1e6).round() / 1e3;
        let line = IndexLine { request_id: &context.request_id, key, outcome, ms };
        let level = match outcome {
            Outcome::Failed { .. } => Level::Error,
            // Without a copy there is not all that was wanted.
            Outcome::Indexed { copy: Some(_), .. }
            | Outcome::Existed { copy: Some(_), .. }
            | Outcome::Refused { .. }
            | Outcome::Ignored { reason: "another bucket" } => Level::Warn,
            Outcome::Ignored { .. } => Level::Debug,
            _ => Level::Info,
        };
        let (indexed, index_failures, index_bytes) = match outcome {
            Outcome::Indexed { bytes, .. } | Outcome::Existed { bytes, .. } => (1, 0, *bytes),
            Outcome::Failed { .. } => (0, 1, 0),
            _ => return self.log.write(level, "index", &line),
        };
        let metrics =
            IndexMetrics { function: &self.function, indexed, index_failures, index_bytes, index_ms: ms };
        self.log.write_with_metrics(level, "index", &line, (metrics, IndexMetrics::metadata));
    }
}

#[derive(Serialize)]
struct IndexLine<'a> {
    request_id: &'a str,
    key: &'a str,
    #[serde(flatten)]
    outcome: &'a Outcome,
    ms: f64,
}

/// How often there was each outcome.
fn counts(results: &[KeyResult<'_>]) -> BTreeMap<&'static str, usize> {
    let mut counts = BTreeMap::new();
    for result in results {
        *counts.entry(result.outcome.word()).or_insert(0) += 1;
    }
    counts
}

/// Whether a source can be begun.
fn has_time(context: &Context) -> bool {
    time_left(context).is_none_or(|left| left > LAST_MOMENT)
}

#[cfg(test)]
mod tests;
