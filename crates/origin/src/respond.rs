//! Headers: what caches, players and scripts are told.

use std::io::Write;

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use http::header::{
    ACCEPT_RANGES, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ALLOW, CACHE_CONTROL, CONTENT_ENCODING,
    CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, ETAG, HeaderName, RETRY_AFTER, VARY, X_CONTENT_TYPE_OPTIONS,
};
use http::response::Builder;
use http::{HeaderMap, HeaderValue, Response, StatusCode};

use crate::body::Body;
use crate::conditions::{is_unmodified, takes_gzip};
use crate::error::Error;

/// Children carry the version in their URL and never change.
const IMMUTABLE: &str = "public, max-age=31536000, immutable";
/// Says which tracks a manifest leaves out, and why.
const LEFT_OUT: HeaderName = HeaderName::from_static("fragmint-left-out");
const TIMING_ALLOW_ORIGIN: HeaderName = HeaderName::from_static("timing-allow-origin");
/// Longest value of [`LEFT_OUT`]; CloudFront takes 20 KiB of headers in all.
const LEFT_OUT_BYTES: usize = 1024;

/// What a representation is, before any condition is looked at.
pub(crate) struct Representation<'a> {
    pub(crate) content_type: &'a str,
    pub(crate) etag: &'a str,
    /// Seconds; `None`: for ever.
    pub(crate) max_age_secs: Option<u32>,
}

/// A response with a representation's headers and no length.
pub(crate) fn headers_of(status: StatusCode, what: &Representation<'_>) -> Builder {
    let builder = with_access(Response::builder().status(status)).header(ETAG, what.etag);
    match what.max_age_secs {
        Some(secs) => builder.header(CACHE_CONTROL, format!("public, max-age={secs}")),
        None => builder.header(CACHE_CONTROL, IMMUTABLE),
    }
}

/// Scripts of any site may read every answer, errors too: else players report a network error.
fn with_access(builder: Builder) -> Builder {
    builder
        .header(ACCESS_CONTROL_ALLOW_ORIGIN, "*")
        .header(
            ACCESS_CONTROL_EXPOSE_HEADERS,
            "Content-Length, Content-Range, ETag, Server-Timing, Fragmint-Left-Out",
        )
        .header(TIMING_ALLOW_ORIGIN, "*")
        .header(X_CONTENT_TYPE_OPTIONS, "nosniff")
}

/// A manifest: compressed on request, 304 if the client has it.
pub(crate) fn manifest(
    request: &HeaderMap,
    what: &Representation<'_>,
    left_out: &str,
    text: String,
) -> Response<Body> {
    let packed = takes_gzip(request).then(|| gzip(text.as_bytes())).flatten();
    let etag = match packed {
        Some(_) => format!("{}-gz\"", what.etag.trim_end_matches('"')),
        None => what.etag.to_owned(),
    };
    let what = Representation { etag: &etag, ..*what };
    if is_unmodified(request, &etag) {
        return finish(
            headers_of(StatusCode::NOT_MODIFIED, &what).header(VARY, "Accept-Encoding"),
            Body::empty(),
        );
    }
    let mut builder = headers_of(StatusCode::OK, &what)
        .header(CONTENT_TYPE, what.content_type)
        .header(VARY, "Accept-Encoding");
    if packed.is_some() {
        builder = builder.header(CONTENT_ENCODING, "gzip");
    }
    if let Some(value) = printable(left_out) {
        builder = builder.header(LEFT_OUT, value);
    }
    let bytes = packed.map_or_else(|| Bytes::from(text), Bytes::from);
    finish(builder.header(CONTENT_LENGTH, bytes.len()), bytes.into())
}

fn gzip(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).ok()?;
    encoder.finish().ok()
}

/// A header value of printable ASCII; `None` for an empty text.
fn printable(text: &str) -> Option<HeaderValue> {
    let safe: String =
        text.chars().take(LEFT_OUT_BYTES).map(|c| if matches!(c, ' '..='~') { c } else { '?' }).collect();
    (!safe.is_empty()).then(|| HeaderValue::try_from(safe).ok()).flatten()
}

/// Headers of init and media segments; `part` is the range of a 206 and the whole length.
pub(crate) fn media(what: &Representation<'_>, len: u64, part: Option<(u64, u64, u64)>) -> Builder {
    let status = if part.is_some() { StatusCode::PARTIAL_CONTENT } else { StatusCode::OK };
    let builder = headers_of(status, what)
        .header(CONTENT_TYPE, what.content_type)
        .header(ACCEPT_RANGES, "bytes")
        .header(CONTENT_LENGTH, len);
    match part {
        Some((start, end, whole)) => {
            builder.header(CONTENT_RANGE, format!("bytes {start}-{}/{whole}", end - 1))
        }
        None => builder,
    }
}

/// The answer to a CORS preflight request.
pub(crate) fn preflight() -> Response<Body> {
    let builder = with_access(Response::builder().status(StatusCode::NO_CONTENT))
        .header(ACCESS_CONTROL_ALLOW_METHODS, "GET, HEAD, OPTIONS")
        .header(ACCESS_CONTROL_ALLOW_HEADERS, "Range, If-None-Match, If-Range")
        .header(ACCESS_CONTROL_MAX_AGE, "86400");
    finish(builder, Body::empty())
}

/// An error as a short JSON body. Errors that may pass soon are kept for a moment only.
pub(crate) fn error(error: &Error) -> Response<Body> {
    let status = error.status();
    let json = error.to_json();
    let max_age = if status.is_server_error() { "no-store" } else { "public, max-age=5" };
    let mut builder = with_access(Response::builder().status(status))
        .header(CONTENT_TYPE, "application/json")
        .header(CACHE_CONTROL, max_age)
        .header(CONTENT_LENGTH, json.len());
    if status == StatusCode::SERVICE_UNAVAILABLE || status == StatusCode::BAD_GATEWAY {
        builder = builder.header(RETRY_AFTER, "1");
    }
    match error {
        Error::Range(len) => builder = builder.header(CONTENT_RANGE, format!("bytes */{len}")),
        // Says what to do instead.
        Error::WholeTooLarge { .. } => builder = builder.header(ACCEPT_RANGES, "bytes"),
        Error::Method => builder = builder.header(ALLOW, "GET, HEAD, OPTIONS"),
        _ => {}
    }
    finish(builder, Bytes::from(json).into())
}

/// All header values are made of ASCII above; should one not be, the answer is an empty 500.
pub(crate) fn finish(builder: Builder, body: Body) -> Response<Body> {
    builder.body(body).unwrap_or_else(|_| {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
        response
    })
}
