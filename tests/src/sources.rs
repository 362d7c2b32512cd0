//! Sources that count, and sources that do wrong.

use std::ops::Range;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use bytes::Bytes;
use origin::Source;
use origin::source::{Object, SourceError};

/// A source that counts what is asked of it.
#[derive(Debug)]
pub struct Counting<S> {
    inner: S,
    reads: AtomicU64,
    bytes: AtomicU64,
}

impl<S> Counting<S> {
    /// Counts what is asked of `inner`.
    pub fn new(inner: S) -> Self {
        Self { inner, reads: AtomicU64::new(0), bytes: AtomicU64::new(0) }
    }

    /// Reads since the last call, and their bytes.
    pub fn take(&self) -> (u64, u64) {
        (self.reads.swap(0, Ordering::Relaxed), self.bytes.swap(0, Ordering::Relaxed))
    }
}

impl<S: Source> Source for Counting<S> {
    async fn head(&self, key: &str) -> Result<Object, SourceError> {
        self.inner.head(key).await
    }

    async fn read(&self, object: &Object, range: Range<u64>) -> Result<Bytes, SourceError> {
        self.reads.fetch_add(1, Ordering::Relaxed);
        self.bytes.fetch_add(range.end - range.start, Ordering::Relaxed);
        self.inner.read(object, range).await
    }

    async fn list(&self, folder: &str) -> Result<Vec<Object>, SourceError> {
        self.inner.list(folder).await
    }
}

/// What a [`Faulty`] source does wrong from a certain read on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// It says that the object has been replaced.
    Replaced,
    /// It sends a byte less than asked for.
    Short,
    /// It asks to come back later.
    Busy,
}

/// A source that works for some reads and then fails.
#[derive(Debug)]
pub struct Faulty<S> {
    inner: S,
    fault: Fault,
    good_reads: AtomicU64,
}

impl<S> Faulty<S> {
    /// Fails after `good_reads` reads.
    pub fn new(inner: S, fault: Fault, good_reads: u64) -> Self {
        Self { inner, fault, good_reads: AtomicU64::new(good_reads) }
    }
}

impl<S: Source> Source for Faulty<S> {
    async fn head(&self, key: &str) -> Result<Object, SourceError> {
        self.inner.head(key).await
    }

    async fn read(&self, object: &Object, range: Range<u64>) -> Result<Bytes, SourceError> {
        let left =
            self.good_reads.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1));
        if left.is_ok() {
            return self.inner.read(object, range).await;
        }
        match self.fault {
            Fault::Replaced => Err(SourceError::Changed),
            Fault::Busy => Err(SourceError::Busy),
            Fault::Short => {
                let end = range.end.saturating_sub(1).max(range.start);
                self.inner.read(object, range.start..end).await
            }
        }
    }

    async fn list(&self, folder: &str) -> Result<Vec<Object>, SourceError> {
        self.inner.list(folder).await
    }
}

/// A source that is busy for some reads and works from then on.
#[derive(Debug)]
pub struct Recovering<S> {
    inner: S,
    bad_reads: AtomicU64,
}

impl<S> Recovering<S> {
    /// Fails `bad_reads` times.
    pub fn new(inner: S, bad_reads: u64) -> Self {
        Self { inner, bad_reads: AtomicU64::new(bad_reads) }
    }
}

impl<S: Source> Source for Recovering<S> {
    async fn head(&self, key: &str) -> Result<Object, SourceError> {
        self.inner.head(key).await
    }

    async fn read(&self, object: &Object, range: Range<u64>) -> Result<Bytes, SourceError> {
        let left =
            self.bad_reads.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1));
        if left.is_ok() {
            return Err(SourceError::Busy);
        }
        self.inner.read(object, range).await
    }

    async fn list(&self, folder: &str) -> Result<Vec<Object>, SourceError> {
        self.inner.list(folder).await
    }
}

/// A source that something happens to before the next read.
pub struct Interrupted<S> {
    inner: S,
    event: Box<dyn Fn() + Send + Sync>,
    is_armed: AtomicBool,
}

impl<S> Interrupted<S> {
    /// Does nothing until it is armed.
    pub fn new(inner: S, event: impl Fn() + Send + Sync + 'static) -> Self {
        Self { inner, event: Box::new(event), is_armed: AtomicBool::new(false) }
    }

    /// From now on `event` comes before the next read.
    pub fn arm(&self) {
        self.is_armed.store(true, Ordering::Relaxed);
    }
}

impl<S: Source> Source for Interrupted<S> {
    async fn head(&self, key: &str) -> Result<Object, SourceError> {
        self.inner.head(key).await
    }

    async fn read(&self, object: &Object, range: Range<u64>) -> Result<Bytes, SourceError> {
        if self.is_armed.swap(false, Ordering::Relaxed) {
            (self.event)();
        }
        self.inner.read(object, range).await
    }

    async fn list(&self, folder: &str) -> Result<Vec<Object>, SourceError> {
        self.inner.list(folder).await
    }
}
