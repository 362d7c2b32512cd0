//! Runs a check over many fixtures side by side and reports all that fail, not the first alone.
#![expect(clippy::print_stderr, reason = "this is how a test fails")]

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::Fixture;

/// Fails with the names of all fixtures for which `check` panics.
pub fn each<'a>(fixtures: impl IntoIterator<Item = &'a Fixture>, check: impl Fn(&Fixture) + Sync) {
    let fixtures: Vec<_> = fixtures.into_iter().collect();
    let next = AtomicUsize::new(0);
    let failed = Mutex::new(Vec::new());
    let work = || {
        while let Some(fixture) = fixtures.get(next.fetch_add(1, Ordering::Relaxed)) {
            if catch_unwind(AssertUnwindSafe(|| check(fixture))).is_err() {
                eprintln!("^ {}", fixture.key);
                failed.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push(fixture.key.clone());
            }
        }
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| (0..threads).for_each(|_| drop(scope.spawn(work))));
    let failed = failed.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    assert!(failed.is_empty(), "{} of {} fail: {failed:?}", failed.len(), fixtures.len());
}
