//! The S3 side of the origin: against a server that does wrong, and against one that others wrote.
#![expect(clippy::unwrap_used, reason = "what cannot be set up fails the test")]

mod index_store;
mod reads;
mod seaweed;

use std::time::Duration;

use bytes::Bytes;
use origin::s3::{S3IndexStore, S3Limits, S3Settings, S3Source, connect_with};
use tests::{S3Endpoint, S3Stub};
use tokio::runtime::Runtime;

const SOURCES: &str = "films";
const INDEXES: &str = "indexes";

/// Short enough for a test to wait for.
fn limits() -> S3Limits {
    S3Limits {
        connect: Duration::from_millis(500),
        read: Duration::from_millis(150),
        attempt: Duration::from_millis(600),
        operation: Duration::from_millis(1500),
        first_pause: Duration::from_millis(2),
        longest_pause: Duration::from_millis(10),
        ..S3Limits::default()
    }
}

fn settings() -> S3Settings {
    S3Settings {
        source_prefix: "in".to_owned(),
        index_bucket: Some(INDEXES.to_owned()),
        index_prefix: "v1/".to_owned(),
        limits: limits(),
        ..S3Settings::new(SOURCES)
    }
}

/// Both stores, and the runtime that they need.
struct Stores {
    runtime: Runtime,
    source: S3Source,
    indexes: S3IndexStore,
}

impl Stores {
    fn of(endpoint: &S3Endpoint, settings: S3Settings) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let (source, indexes) = runtime.block_on(connect_with(endpoint.loader(), settings)).unwrap();
        Self { runtime, source, indexes }
    }

    fn run<T>(&self, future: impl Future<Output = T>) -> T {
        self.runtime.block_on(future)
    }
}

/// A server with one object, and stores over it.
struct Setting {
    stub: S3Stub,
    stores: Stores,
}

impl Setting {
    fn new() -> Self {
        let stub = S3Stub::start(&[SOURCES, INDEXES]);
        let stores = Stores::of(&stub.endpoint(), settings());
        Self { stub, stores }
    }

    fn with_film(bytes: &Bytes) -> Self {
        let setting = Self::new();
        setting.stub.put(SOURCES, "in/film.mp4", bytes.clone());
        setting
    }
}

/// Bytes of which no two neighbouring ranges are alike.
fn film(bytes: usize) -> Bytes {
    (0..bytes).map(|at| (at * 31) ^ (at >> 8) ^ (at >> 13)).map(|word| word.to_le_bytes()[0]).collect()
}

/// What a listing is to be filtered by.
fn is_film(key: &str) -> bool {
    key.strip_suffix(".mp4").is_some()
}
