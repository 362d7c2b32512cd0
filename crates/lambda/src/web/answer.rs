//! Answers as Lambda takes them.

use std::future::ready;
use std::pin::Pin;

use bytes::Bytes;
use http::header::{ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderMap, HeaderValue, Response, StatusCode};
use lambda_http::{Body, IntoResponse};
use serde_json::json;

/// Longest body of a buffered response: Lambda takes 6 MB of JSON. Base64 makes four bytes of three, and
/// escapes in text do no worse in manifests; the rest is for headers.
pub const MAX_BUFFERED_BYTES: u64 = 4_700_000;

/// Why there is a response that is not the origin's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// The origin panicked.
    Panicked,
    /// The origin had not answered when the time for it was over.
    TimedOut,
    /// The response is longer than a buffered function may answer.
    TooLarge {
        /// Length of its body.
        bytes: u64,
    },
}

impl Failure {
    /// One word for programs.
    pub fn kind(self) -> &'static str {
        match self {
            Self::Panicked => "panic",
            Self::TimedOut => "timeout",
            Self::TooLarge { .. } => "response_too_large",
        }
    }

    fn status(self) -> StatusCode {
        match self {
            Self::Panicked | Self::TooLarge { .. } => StatusCode::INTERNAL_SERVER_ERROR,
            Self::TimedOut => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    fn message(self) -> String {
        match self {
            Self::Panicked => "internal error; the log says more".to_owned(),
            Self::TimedOut => "the answer was not ready in time; ask again".to_owned(),
            Self::TooLarge { bytes } => format!(
                "the response has {bytes} bytes, a buffered function answers with {MAX_BUFFERED_BYTES} at most: \
                 route this path to the streaming function, or choose a shorter segment duration"
            ),
        }
    }
}

/// An error in the form of the origin's errors.
pub(crate) fn failure(failure: Failure) -> Response<origin::Body> {
    let status = failure.status();
    let error = json!({ "status": status.as_u16(), "kind": failure.kind(), "message": failure.message() });
    let body = Bytes::from(json!({ "error": error }).to_string());
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static("application/json")),
        (CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*")),
        (CONTENT_LENGTH, HeaderValue::from(body.len())),
    ];
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    response.headers_mut().extend(headers);
    if failure == Failure::TimedOut {
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("1"));
    }
    response
}

/// An answer as a JSON document: text where it is text, else Base64.
#[derive(Debug)]
pub struct Buffered(pub Response<origin::Body>);

impl IntoResponse for Buffered {
    fn into_response(self) -> Pin<Box<dyn Future<Output = Response<Body>> + Send>> {
        let (head, body) = self.0.into_parts();
        let body = to_body(&head.headers, body.into_bytes());
        Box::pin(ready(Response::from_parts(head, body)))
    }
}

fn to_body(headers: &HeaderMap, bytes: Bytes) -> Body {
    if bytes.is_empty() {
        return Body::Empty;
    }
    let bytes = Vec::from(bytes);
    if !is_text(headers) {
        return Body::Binary(bytes);
    }
    String::from_utf8(bytes).map_or_else(|error| Body::Binary(error.into_bytes()), Body::Text)
}

/// Manifests, captions and errors. `lambda_http` knows the types of neither HLS nor DASH as text.
fn is_text(headers: &HeaderMap) -> bool {
    let content_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let is_media =
        ["video/", "audio/", "image/", "application/mp4"].iter().any(|kind| content_type.starts_with(kind));
    !is_media && !headers.contains_key(http::header::CONTENT_ENCODING)
}

#[cfg(test)]
mod tests;
