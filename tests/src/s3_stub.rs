//! An S3 server in this process that keeps objects in memory, remembers what it was asked, and does wrong
//! when told to. It knows path-style addresses only, and takes every signature for good.
//!
//! Written from the S3 API Reference; what real servers do is for [`crate::seaweed`] to say.
#![expect(clippy::unwrap_used, clippy::missing_panics_doc, reason = "a panic is how a test fails")]

mod answer;
mod connection;
mod fault;
mod objects;
mod request;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};

use crate::s3_endpoint::S3Endpoint;
use fault::Script;
use objects::Objects;

pub use fault::{Fault, Schedule};

/// The server; it ends when this is dropped.
pub struct S3Stub {
    address: SocketAddr,
    state: Arc<State>,
    runtime: Option<Runtime>,
}

/// A request that the server has answered, or was told not to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// In words of the API: `HeadObject`, `GetObject`, `PutObject`, `ListObjectsV2`, ...
    pub operation: &'static str,
    /// The bucket.
    pub bucket: String,
    /// The key, decoded; empty for requests about a bucket.
    pub key: String,
    /// The range that was asked for.
    pub range: Option<Range<u64>>,
    /// `If-Match`, with its quotes.
    pub if_match: Option<String>,
    /// `versionId`.
    pub version: Option<String>,
    /// The status that was sent, if any.
    pub status: Option<u16>,
    /// Bytes of the body that were to be sent.
    pub bytes: u64,
    /// What was done wrong.
    pub fault: Option<Fault>,
}

/// What all connections share.
#[derive(Debug, Default)]
struct State {
    objects: Mutex<Objects>,
    script: Mutex<Script>,
    seen: Mutex<Vec<Seen>>,
}

impl State {
    fn objects(&self) -> MutexGuard<'_, Objects> {
        self.objects.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn script(&self) -> MutexGuard<'_, Script> {
        self.script.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn seen(&self) -> MutexGuard<'_, Vec<Seen>> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl S3Stub {
    /// Starts a server with these buckets on a free port of loopback.
    pub fn start(buckets: &[&str]) -> Self {
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::new(State::default());
        for bucket in buckets {
            state.objects().add_bucket(bucket);
        }
        runtime.spawn(accept(listener, Arc::clone(&state)));
        Self { address, state, runtime: Some(runtime) }
    }

    /// How to reach it.
    pub fn endpoint(&self) -> S3Endpoint {
        S3Endpoint {
            url: format!("http://{}", self.address),
            access_key_id: "stub".to_owned(),
            secret_access_key: "stub-secret".to_owned(),
        }
    }

    /// From now on the bucket keeps old versions.
    pub fn keep_versions(&self, bucket: &str) {
        self.state.objects().keep_versions(bucket);
    }

    /// Writes an object; its version ID if the bucket keeps versions.
    pub fn put(&self, bucket: &str, key: &str, bytes: impl Into<Bytes>) -> Option<String> {
        self.state.objects().put(bucket, key, bytes.into(), false).unwrap().id
    }

    /// Removes an object; where versions are kept, it is hidden.
    pub fn delete(&self, bucket: &str, key: &str) {
        self.state.objects().delete(bucket, key);
    }

    /// Removes one version for good.
    pub fn delete_version(&self, bucket: &str, key: &str, version: &str) {
        self.state.objects().delete_version(bucket, key, version);
    }

    /// The current objects of a bucket.
    pub fn objects(&self, bucket: &str) -> BTreeMap<String, Bytes> {
        self.state.objects().current(bucket)
    }

    /// How many multipart uploads have neither been completed nor given up.
    pub fn open_uploads(&self) -> usize {
        self.state.objects().open_uploads()
    }

    /// Lists are cut into pages of at most this many keys.
    pub fn set_page_size(&self, keys: usize) {
        self.state.objects().page_size = keys;
    }

    /// The next requests that these can be done to suffer them, in this order, one each.
    pub fn fail_next(&self, faults: impl IntoIterator<Item = Fault>) {
        self.state.script().next.extend(faults);
    }

    /// From now on some requests fail.
    pub fn fail_by(&self, schedule: Schedule) {
        self.state.script().schedule = Some(schedule);
    }

    /// From now on no request fails.
    pub fn heal(&self) {
        *self.state.script() = Script::default();
    }

    /// The requests since the last call.
    pub fn take_seen(&self) -> Vec<Seen> {
        std::mem::take(&mut *self.state.seen())
    }
}

impl Drop for S3Stub {
    fn drop(&mut self) {
        // A test may end inside another runtime, where waiting for this one is not allowed.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

async fn accept(listener: std::net::TcpListener, state: Arc<State>) {
    let listener = TcpListener::from_std(listener).unwrap();
    while let Ok((stream, _)) = listener.accept().await {
        tokio::spawn(connection::serve(stream, Arc::clone(&state)));
    }
}

/// How many requests of a kind, and the bytes that they were to be sent.
pub fn count<'a>(seen: impl IntoIterator<Item = &'a Seen>, operation: &str, prefix: &str) -> (usize, u64) {
    let fits = |seen: &&Seen| seen.operation == operation && seen.key.starts_with(prefix);
    seen.into_iter().filter(fits).fold((0, 0), |(requests, bytes), seen| (requests + 1, bytes + seen.bytes))
}
