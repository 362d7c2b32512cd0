//! The origin as a function behind a function URL.

pub mod answer;
pub mod event;

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use futures_util::FutureExt;
use http::header::HeaderName;
use http::{Request, Response, StatusCode};
use lambda_http::{Adapter, RequestExt, StreamAdapter, service_fn};
use origin::{IndexStore, IndexUse, RequestReport, Service, Source};
use packaging::route::Route;
use serde::Serialize;
use tokio::time::timeout;

use crate::deadline::time_left;
use crate::log::{Level, Log};
use crate::metrics::{RequestMetrics, Served};
use crate::unwind::guarded;
use answer::{Buffered, Failure, MAX_BUFFERED_BYTES};
use event::FunctionUrl;

const TRACE_ID: HeaderName = HeaderName::from_static("x-amzn-trace-id");
/// Longest time for an answer: CloudFront waits 30 s, and then tells an error of its own that no page may read.
const LONGEST_ANSWER: Duration = Duration::from_secs(27);
/// What must be left of an invocation to say that its time has run out.
const LAST_WORDS: Duration = Duration::from_millis(1500);
/// What of a path that names nothing is logged.
const LOGGED_PATH_CHARS: usize = 512;

/// How a response leaves the function (`InvokeMode` of the function URL).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// As one JSON document (`BUFFERED`): it has a length, so that CloudFront compresses it; 6 MB at most.
    Buffered,
    /// As bytes, chunked (`RESPONSE_STREAM`).
    Streamed,
}

/// Answers the requests of one execution environment.
pub struct Function<S, I> {
    service: Service<S, I>,
    log: Arc<Log>,
    name: String,
    mode: Mode,
    has_served: AtomicBool,
}

impl<S: Source, I: IndexStore> Function<S, I> {
    /// A function over an origin; `name` is its dimension in metrics.
    pub fn new(service: Service<S, I>, log: Arc<Log>, name: String, mode: Mode) -> Self {
        Self { service, log, name, mode, has_served: AtomicBool::new(false) }
    }

    /// Takes events from Lambda for as long as the environment lives.
    pub async fn run(self) -> Result<(), lambda_runtime::Error> {
        let (mode, log) = (self.mode, Arc::clone(&self.log));
        let this = Arc::new(self);
        let answer = move |request| {
            let this = Arc::clone(&this);
            async move { Ok::<_, Infallible>(this.answer(request).await) }
        };
        match mode {
            Mode::Buffered => {
                let buffered = service_fn(move |request| answer(request).map(|answer| answer.map(Buffered)));
                lambda_runtime::run(FunctionUrl::new(Adapter::from(buffered), log)).await
            }
            Mode::Streamed => {
                let streamed = service_fn(answer);
                lambda_runtime::run(FunctionUrl::new(StreamAdapter::from(streamed), log)).await
            }
        }
    }

    /// Answers one request and writes its line.
    pub async fn answer(&self, request: lambda_http::Request) -> Response<origin::Body> {
        let started = Instant::now();
        let request_id = request.lambda_context_ref().map_or("", |context| context.request_id.as_str());
        let asked = event::to_origin(&request);
        let work = guarded(request_id, self.service.handle(&asked));
        let (response, failure) = match timeout(time_for(&request), work).await {
            Ok(Ok(response)) => self.fit(response),
            Ok(Err(_)) => failed(Failure::Panicked),
            Err(_) => failed(Failure::TimedOut),
        };
        let (response, detail) = with_detail(response);
        let millis = started.elapsed().as_secs_f64() * 1000.0;
        self.write_line(&Answered {
            request_id,
            asked: &asked,
            response: &response,
            failure,
            detail,
            millis,
        });
        response
    }

    /// A response that Lambda would refuse becomes an error: else the client waits for its time-out.
    fn fit(&self, response: Response<origin::Body>) -> (Response<origin::Body>, Option<Failure>) {
        let bytes = response.body().len();
        if self.mode == Mode::Streamed || bytes <= MAX_BUFFERED_BYTES {
            return (response, None);
        }
        let failure = Failure::TooLarge { bytes };
        let mut short = answer::failure(failure);
        short.extensions_mut().extend(response.into_parts().0.extensions);
        (short, Some(failure))
    }

    fn write_line(&self, answered: &Answered<'_>) {
        let report = answered.response.extensions().get::<RequestReport>();
        let unknown = unknown_report(answered.asked);
        let report = report.unwrap_or(&unknown);
        let is_cold = !self.has_served.swap(true, Ordering::Relaxed);
        let status = answered.response.status();
        let served = Served {
            status: status.as_u16(),
            bytes: answered.response.body().len(),
            millis: (answered.millis * 1000.0).round() / 1000.0,
            is_cold,
        };
        let line = RequestLine::new(answered, report, served);
        let metrics = RequestMetrics::new(&self.name, report, served);
        let metadata = metrics.clone();
        self.log.write_with_metrics(
            level_of(status),
            "request",
            &line,
            (metrics, |namespace: &str, time| metadata.metadata(namespace, time)),
        );
    }
}

/// How long the work on a request may take. An invocation that has hardly more than time for last words has
/// half of it for the work.
fn time_for(request: &lambda_http::Request) -> Duration {
    let left = request.lambda_context_ref().and_then(time_left).filter(|left| !left.is_zero());
    left.map_or(LONGEST_ANSWER, |left| left.saturating_sub(LAST_WORDS).max(left / 2).min(LONGEST_ANSWER))
}

fn failed(failure: Failure) -> (Response<origin::Body>, Option<Failure>) {
    (answer::failure(failure), Some(failure))
}

/// What is known of a request when its answer is.
struct Answered<'a> {
    request_id: &'a str,
    asked: &'a Request<()>,
    response: &'a Response<origin::Body>,
    failure: Option<Failure>,
    detail: Option<String>,
    millis: f64,
}

/// A request's line. Queries, cookies and other headers may hold secrets: they have no place in it.
#[derive(Serialize)]
struct RequestLine<'a> {
    request_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    trace_id: Option<&'a str>,
    method: &'a str,
    route: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    asset: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<String>,
    status: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<&'a str>,
    bytes: u64,
    index: &'a str,
    #[serde(skip_serializing_if = "is_false")]
    index_store_failed: bool,
    lookups: u64,
    index_reads: u64,
    index_bytes: u64,
    reads: u64,
    read_bytes: u64,
    ms: f64,
    cold_start: bool,
}

impl<'a> RequestLine<'a> {
    fn new(answered: &'a Answered<'a>, report: &'a RequestReport, served: Served) -> Self {
        let asked = answered.asked;
        let is_unknown = report.asset.is_none();
        Self {
            request_id: answered.request_id,
            trace_id: trace_id(asked),
            method: asked.method().as_str(),
            route: report.route,
            asset: report.asset.as_deref(),
            path: is_unknown.then(|| asked.uri().path().chars().take(LOGGED_PATH_CHARS).collect()),
            status: served.status,
            error: answered.failure.map(Failure::kind).or(report.error),
            detail: answered.detail.as_deref(),
            bytes: served.bytes,
            index: report.index.as_str(),
            index_store_failed: report.index_store_failed,
            lookups: report.lookups,
            index_reads: report.index_reads,
            index_bytes: report.index_bytes,
            reads: report.reads,
            read_bytes: report.bytes,
            ms: served.millis,
            cold_start: served.is_cold,
        }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands references to it")]
fn is_false(value: &bool) -> bool {
    !value
}

/// The trace's identity out of `Root=1-…;Parent=…;Sampled=1`, as X-Ray searches for it.
fn trace_id(asked: &Request<()>) -> Option<&str> {
    let header = asked.headers().get(TRACE_ID)?.to_str().ok()?;
    header.split(';').find_map(|field| field.trim().strip_prefix("Root="))
}

/// An error's response, and the message in its body.
fn with_detail(response: Response<origin::Body>) -> (Response<origin::Body>, Option<String>) {
    if response.status().as_u16() < 400 {
        return (response, None);
    }
    let response = response.map(origin::Body::into_bytes);
    let json: Option<serde_json::Value> = serde_json::from_slice(response.body()).ok();
    let message = json.as_ref().and_then(|json| json.pointer("/error/message")?.as_str());
    let detail = message.map(str::to_owned);
    (response.map(origin::Body::from), detail)
}

fn level_of(status: StatusCode) -> Level {
    if status.is_server_error() {
        Level::Error
    } else if status.is_client_error() {
        Level::Warn
    } else {
        Level::Info
    }
}

/// Work that panicked or ran out of time leaves no report.
fn unknown_report(asked: &Request<()>) -> RequestReport {
    let route = Route::parse(asked.uri().path());
    RequestReport {
        route: route.as_ref().map_or("none", |route| route.target.kind()),
        asset: route.map(|route| route.asset),
        error: None,
        index: IndexUse::None,
        index_store_failed: false,
        lookups: 0,
        index_reads: 0,
        index_bytes: 0,
        reads: 0,
        bytes: 0,
        micros: 0,
    }
}

#[cfg(test)]
mod tests;
