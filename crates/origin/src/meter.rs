//! What a request costs: counted where it is spent.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use http::HeaderValue;

/// Counts what one request costs.
#[derive(Debug)]
pub(crate) struct Meter {
    started: Instant,
    lookups: AtomicU64,
    index_reads: AtomicU64,
    index_bytes: AtomicU64,
    reads: AtomicU64,
    bytes: AtomicU64,
    index: Mutex<IndexUse>,
    store_failed: AtomicBool,
}

/// What one request was and cost; an extension of every response, for logs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestReport {
    /// What was asked for, in one word: `multivariant`, `mpd`, `playlist`, `init`, `segment`,
    /// `captions`, `images`, `none`.
    pub route: &'static str,
    /// The asset, if the path named one.
    pub asset: Option<String>,
    /// The error's kind, if the answer is one.
    pub error: Option<&'static str>,
    /// How the index was come by.
    pub index: IndexUse,
    /// Whether an index was made and could not be stored: others have to make it again.
    pub index_store_failed: bool,
    /// Times that the source was looked up (S3: `HeadObject`).
    pub lookups: u64,
    /// Reads of stored indexes.
    pub index_reads: u64,
    /// Bytes read of stored indexes.
    pub index_bytes: u64,
    /// Reads of the source.
    pub reads: u64,
    /// Bytes read from the source.
    pub bytes: u64,
    /// Time until the response was complete, in microseconds.
    pub micros: u64,
}

/// How a request came by what it had to know of its source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum IndexUse {
    /// It needed no index.
    #[default]
    None,
    /// It was in memory.
    Memory,
    /// It was read from the store of indexes.
    Stored,
    /// It was made from the source.
    Built,
}

impl IndexUse {
    /// One word for programs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Memory => "memory",
            Self::Stored => "stored",
            Self::Built => "built",
        }
    }
}

impl Meter {
    pub(crate) fn new() -> Self {
        let zero = || AtomicU64::new(0);
        Self {
            started: Instant::now(),
            lookups: zero(),
            index_reads: zero(),
            index_bytes: zero(),
            reads: zero(),
            bytes: zero(),
            index: Mutex::default(),
            store_failed: AtomicBool::new(false),
        }
    }

    pub(crate) fn count_lookup(&self) {
        self.lookups.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn count_index_read(&self, bytes: u64) {
        self.index_reads.fetch_add(1, Ordering::Relaxed);
        self.index_bytes.fetch_add(bytes, Ordering::Relaxed);
    }

    pub(crate) fn count_read(&self, bytes: u64) {
        self.reads.fetch_add(1, Ordering::Relaxed);
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
    }

    /// Notes how the index was come by.
    pub(crate) fn used_index(&self, index: IndexUse) {
        *self.index.lock().unwrap_or_else(PoisonError::into_inner) = index;
    }

    /// Notes that an index could not be stored.
    pub(crate) fn store_failed(&self) {
        self.store_failed.store(true, Ordering::Relaxed);
    }

    /// When the request began.
    pub(crate) fn started(&self) -> Instant {
        self.started
    }

    /// The costs until now, without what was asked for.
    pub(crate) fn report(&self) -> RequestReport {
        let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        RequestReport {
            route: "none",
            asset: None,
            error: None,
            index: *self.index.lock().unwrap_or_else(PoisonError::into_inner),
            index_store_failed: self.store_failed.load(Ordering::Relaxed),
            lookups: count(&self.lookups),
            index_reads: count(&self.index_reads),
            index_bytes: count(&self.index_bytes),
            reads: count(&self.reads),
            bytes: count(&self.bytes),
            micros: u64::try_from(self.started.elapsed().as_micros()).unwrap_or(u64::MAX),
        }
    }
}

impl RequestReport {
    /// As a `Server-Timing` header (W3C Server Timing), which browsers hand to scripts.
    pub(crate) fn server_timing(&self) -> Option<HeaderValue> {
        let (whole, part) = (self.micros / 1000, self.micros % 1000);
        let reads = self.lookups + self.index_reads + self.reads;
        let text = format!(
            "total;dur={whole}.{part:03}, index;desc=\"{}\", reads;desc=\"{reads}\", bytes;desc=\"{}\"",
            self.index.as_str(),
            self.index_bytes + self.bytes
        );
        HeaderValue::try_from(text).ok()
    }
}
