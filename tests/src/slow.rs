//! Stores that take their time, as those behind a network do.

use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use futures_util::Stream;
use origin::index_store::{Created, IndexStore};
use origin::source::{Object, Source, SourceError};

/// A store each of whose answers takes as long, however many are asked for at once.
#[derive(Debug)]
pub struct Slow<T> {
    inner: T,
    latency: Duration,
    calls: AtomicU64,
}

impl<T> Slow<T> {
    /// Each answer of `inner` takes `latency`.
    pub fn new(inner: T, latency: Duration) -> Self {
        Self { inner, latency, calls: AtomicU64::new(0) }
    }

    /// Requests since the last call.
    pub fn take(&self) -> u64 {
        self.calls.swap(0, Ordering::Relaxed)
    }

    async fn wait(&self) {
        self.calls.fetch_add(1, Ordering::Relaxed);
        tokio::time::sleep(self.latency).await;
    }
}

impl<S: Source> Source for Slow<S> {
    async fn head(&self, key: &str) -> Result<Object, SourceError> {
        self.wait().await;
        self.inner.head(key).await
    }

    async fn read(&self, object: &Object, range: Range<u64>) -> Result<Bytes, SourceError> {
        self.wait().await;
        self.inner.read(object, range).await
    }

    /// One request, as in S3.
    async fn read_whole(&self, key: &str, most: u64) -> Result<(Object, Bytes), SourceError> {
        self.wait().await;
        self.inner.read_whole(key, most).await
    }

    async fn list(&self, folder: &str) -> Result<Vec<Object>, SourceError> {
        self.wait().await;
        self.inner.list(folder).await
    }
}

impl<I: IndexStore> IndexStore for Slow<I> {
    async fn read(&self, name: &str, range: Range<u64>) -> Result<Bytes, SourceError> {
        self.wait().await;
        self.inner.read(name, range).await
    }

    async fn create(&self, name: &str, bytes: Bytes) -> Result<Created, SourceError> {
        self.wait().await;
        self.inner.create(name, bytes).await
    }

    async fn replace(&self, name: &str, bytes: Bytes) -> Result<(), SourceError> {
        self.wait().await;
        self.inner.replace(name, bytes).await
    }

    async fn replace_by_parts(
        &self,
        name: &str,
        parts: impl Stream<Item = Result<Bytes, SourceError>> + Send,
    ) -> Result<Object, SourceError> {
        self.wait().await;
        self.inner.replace_by_parts(name, parts).await
    }

    async fn read_exactly(&self, object: &Object, range: Range<u64>) -> Result<Bytes, SourceError> {
        self.wait().await;
        self.inner.read_exactly(object, range).await
    }

    fn keeps(&self) -> bool {
        self.inner.keeps()
    }

    async fn remove(&self, prefix: &str) -> Result<usize, SourceError> {
        self.wait().await;
        self.inner.remove(prefix).await
    }
}
