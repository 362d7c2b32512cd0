//! A panic costs one request, not the environment.
//!
//! The hook writes what happened and where, at once; the guard turns it into an error of the request that
//! it happened in. Both need `panic = "unwind"`.

use std::any::Any;
use std::future::Future;
use std::panic::{AssertUnwindSafe, PanicHookInfo, set_hook};
use std::sync::Arc;

use futures_util::FutureExt;
use serde::Serialize;

use crate::log::{Level, Log};

tokio::task_local! {
    /// The request that a task works on.
    static REQUEST_ID: String;
}

/// Something panicked; the log says what and where.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("internal error; the log says more")]
pub struct Panicked;

#[derive(Serialize)]
struct PanicLine<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<String>,
    panic: &'a str,
    place: Option<String>,
}

/// Has panics written to the log instead of standard error.
pub fn log_panics(log: Arc<Log>) {
    set_hook(Box::new(move |info| log.write(Level::Error, "panic", &line_of(info))));
}

fn line_of<'a>(info: &'a PanicHookInfo<'_>) -> PanicLine<'a> {
    PanicLine {
        request_id: REQUEST_ID.try_with(Clone::clone).ok(),
        panic: text_of(info.payload()),
        place: info.location().map(ToString::to_string),
    }
}

fn text_of(payload: &(dyn Any + Send)) -> &str {
    match (payload.downcast_ref::<&str>(), payload.downcast_ref::<String>()) {
        (Some(text), _) => text,
        (None, Some(text)) => text,
        (None, None) => "a value that is no text",
    }
}

/// Runs a request's work.
///
/// State that outlives the request is behind locks and caches that recover from a panic of their holder.
pub async fn guarded<T>(request_id: &str, work: impl Future<Output = T>) -> Result<T, Panicked> {
    let work = AssertUnwindSafe(REQUEST_ID.scope(request_id.to_owned(), work));
    work.catch_unwind().await.map_err(|_| Panicked)
}

#[cfg(test)]
mod tests;
