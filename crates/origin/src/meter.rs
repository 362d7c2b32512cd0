//! What a request costs: counted where it is spent.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use http::HeaderValue;

/// Counts the reads of one request.
#[derive(Debug)]
pub(crate) struct Meter {
    started: Instant,
    reads: AtomicU64,
    bytes: AtomicU64,
}

/// What one request cost; an extension of every response, for logs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RequestReport {
    /// Reads of the source.
    pub reads: u64,
    /// Bytes read from the source.
    pub bytes: u64,
    /// Time until the response was complete, in microseconds.
    pub micros: u64,
}

impl Meter {
    pub(crate) fn new() -> Self {
        Self { started: Instant::now(), reads: AtomicU64::new(0), bytes: AtomicU64::new(0) }
    }

    pub(crate) fn count_read(&self, bytes: u64) {
        self.reads.fetch_add(1, Ordering::Relaxed);
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
    }

    pub(crate) fn report(&self) -> RequestReport {
        RequestReport {
            reads: self.reads.load(Ordering::Relaxed),
            bytes: self.bytes.load(Ordering::Relaxed),
            micros: u64::try_from(self.started.elapsed().as_micros()).unwrap_or(u64::MAX),
        }
    }
}

impl RequestReport {
    /// As a `Server-Timing` header (W3C Server Timing), which browsers hand to scripts.
    pub(crate) fn server_timing(&self) -> Option<HeaderValue> {
        let (whole, part) = (self.micros / 1000, self.micros % 1000);
        let text = format!(
            "total;dur={whole}.{part:03}, reads;desc=\"{}\", bytes;desc=\"{}\"",
            self.reads, self.bytes
        );
        HeaderValue::try_from(text).ok()
    }
}
