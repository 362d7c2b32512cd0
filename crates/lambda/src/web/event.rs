//! Events of function URLs (API Gateway HTTP API, payload format 2.0).
//!
//! `lambda_http` makes a request of an event and panics where that cannot be done: a `Host` that is no
//! host, a query with a space. [`FunctionUrl`] stands before it and lets through only what it can convert.
//! What is not fit for a header, a path or a query is escaped or left out; an event that is no HTTP
//! request at all is one failed invocation.

use std::future::{Ready, ready};
use std::sync::Arc;
use std::task::{Context, Poll};

use futures_util::TryFutureExt;
use futures_util::future::{Either, MapErr};
use http::header::{ACCEPT_ENCODING, HOST, HeaderName};
use http::{HeaderMap, HeaderValue, Method, Request, Uri};
use lambda_http::aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use lambda_http::request::LambdaRequest;
use lambda_http::{LambdaEvent, RequestExt};
use lambda_runtime::{Diagnostic, Service};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use serde::Serialize;
use serde_json::Value;

use crate::log::{Level, Log};

/// Longest path and longest query that are looked at; CloudFront takes URLs of 8192 bytes.
const MAX_URL_BYTES: usize = 8192;

/// How many headers are looked at.
const MAX_HEADERS: usize = 128;

/// What cannot be in a query (RFC 3986 §3.4).
const NOT_IN_QUERY: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'<')
    .add(b'>')
    .add(b'[')
    .add(b'\\')
    .add(b']')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');
/// What cannot be in a path (RFC 3986 §3.3). Function URLs deliver paths as they were sent, API Gateway
/// decodes them. Escapes stay what they are in either case: the route decodes them, once.
const NOT_IN_PATH: &AsciiSet = &NOT_IN_QUERY.add(b'?');

/// Makes events of any kind safe for the adapters of `lambda_http`.
pub struct FunctionUrl<S> {
    adapter: S,
    log: Arc<Log>,
}

impl<S> FunctionUrl<S> {
    /// Stands before an adapter.
    pub fn new(adapter: S, log: Arc<Log>) -> Self {
        Self { adapter, log }
    }
}

/// The event names no method: it is not from a function URL.
#[derive(Debug, thiserror::Error)]
#[error("the event is no HTTP request of a function URL (payload format 2.0)")]
pub struct NotHttp;

#[derive(Serialize)]
struct NotHttpLine<'a> {
    request_id: &'a str,
    error: &'a str,
    detail: String,
}

type IntoDiagnostic<E> = fn(E) -> Diagnostic;

impl<S> Service<LambdaEvent<Value>> for FunctionUrl<S>
where
    S: Service<LambdaEvent<LambdaRequest>>,
    S::Error: Into<Diagnostic>,
{
    type Response = S::Response;
    type Error = Diagnostic;
    type Future = Either<MapErr<S::Future, IntoDiagnostic<S::Error>>, Ready<Result<S::Response, Diagnostic>>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Diagnostic>> {
        self.adapter.poll_ready(context).map_err(Into::into)
    }

    fn call(&mut self, event: LambdaEvent<Value>) -> Self::Future {
        match convertible(&event.payload) {
            Ok(request) => {
                let request = LambdaRequest::ApiGatewayV2(request);
                let answer = self.adapter.call(LambdaEvent::new(request, event.context));
                Either::Left(answer.map_err(Into::into as IntoDiagnostic<S::Error>))
            }
            Err(error) => {
                let request_id = &event.context.request_id;
                let line = NotHttpLine { request_id, error: "event", detail: error.to_string() };
                self.log.write(Level::Error, "event", &line);
                let (error_type, error_message) = ("Fragmint.Event".to_owned(), error.to_string());
                Either::Right(ready(Err(Diagnostic { error_type, error_message })))
            }
        }
    }
}

/// An event that `lambda_http` converts without a panic: there is no host to be parsed, the path begins
/// with a slash, and the query has only characters of queries.
fn convertible(event: &Value) -> Result<ApiGatewayV2httpRequest, NotHttp> {
    let text = |pointer| event.pointer(pointer).and_then(Value::as_str);
    let method =
        text("/requestContext/http/method").and_then(|name| Method::from_bytes(name.as_bytes()).ok());
    let path = text("/rawPath").unwrap_or_default();
    let mut request = ApiGatewayV2httpRequest::default();
    request.request_context.http.method = method.ok_or(NotHttp)?;
    request.raw_path = Some(if path.starts_with('/') { shortened(path) } else { "/" }.to_owned());
    request.raw_query_string = text("/rawQueryString").map(|query| escape(shortened(query), NOT_IN_QUERY));
    request.headers = headers(event.get("headers"));
    Ok(request)
}

/// Headers that are fit to be some. `Host` would be made part of the URL; and without `Accept-Encoding`
/// nothing is compressed here: CloudFront does that, with Brotli too, and Lambda's time is dearer.
fn headers(headers: Option<&Value>) -> HeaderMap {
    let pairs = headers.and_then(Value::as_object).into_iter().flatten().take(MAX_HEADERS);
    let fit = pairs.filter_map(|(name, value)| {
        let name = HeaderName::try_from(name.as_str()).ok()?;
        let value = HeaderValue::try_from(value.as_str()?).ok()?;
        (name != HOST && name != ACCEPT_ENCODING).then_some((name, value))
    });
    fit.collect()
}

/// The request as the origin takes it. Its path is the event's: the adapter's has been normalized, and
/// with it names that the grammar of routes refuses.
pub(crate) fn to_origin(request: &lambda_http::Request) -> Request<()> {
    let path = escape(request.raw_http_path(), NOT_IN_PATH);
    let url = match request.uri().query() {
        Some(query) => format!("{path}?{query}"),
        None => path,
    };
    let mut asked = Request::new(());
    *asked.method_mut() = request.method().clone();
    *asked.uri_mut() = Uri::try_from(url).unwrap_or_default();
    asked.headers_mut().clone_from(request.headers());
    asked
}

fn escape(text: &str, set: &'static AsciiSet) -> String {
    utf8_percent_encode(text, set).to_string()
}

/// The beginning of an overlong text: no route is longer.
fn shortened(text: &str) -> &str {
    text.get(..text.floor_char_boundary(MAX_URL_BYTES)).unwrap_or(text)
}

#[cfg(test)]
mod tests;
