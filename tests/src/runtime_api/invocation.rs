//! Events and how invocations end.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a panic is how a test fails"
)]

use std::collections::BTreeMap;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use serde_json::{Value, json};

/// How an invocation ended.
#[derive(Debug, Clone, PartialEq)]
pub enum Ending {
    /// With a JSON document.
    Returned(Value),
    /// With a streamed response.
    Answered(Answer),
    /// With an error.
    Failed(Value),
    /// With a response that Lambda refuses, of this length.
    TooLarge(usize),
    /// In the middle of its response.
    Broken(Bytes),
}

/// A response as a client of a function URL gets it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// Its status.
    pub status: u16,
    /// Its headers, in lower case.
    pub headers: BTreeMap<String, String>,
    /// Its body.
    pub body: Bytes,
    /// Whether it was in Base64.
    pub was_base64: bool,
    /// Whether the stream ended with an error in place of its rest.
    pub has_error: bool,
}

impl Ending {
    /// The response of a function behind a function URL.
    pub fn answer(self) -> Answer {
        match self {
            Self::Returned(json) => Answer::of_json(&json),
            Self::Answered(answer) => answer,
            other => panic!("no response: {other:?}"),
        }
    }

    /// What a function returned that is not behind a function URL.
    pub fn returned(self) -> Value {
        match self {
            Self::Returned(json) => json,
            other => panic!("nothing returned: {other:?}"),
        }
    }

    /// The message of an error.
    pub fn error(self) -> String {
        match self {
            Self::Failed(error) => error["errorMessage"].as_str().unwrap().to_owned(),
            other => panic!("no error: {other:?}"),
        }
    }
}

impl Answer {
    /// A header's value; empty if there is none.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    /// Response of payload format 2.0.
    fn of_json(json: &Value) -> Self {
        let was_base64 = json["isBase64Encoded"].as_bool().unwrap();
        let text = json["body"].as_str().unwrap_or_default();
        let body = if was_base64 { BASE64_STANDARD.decode(text).unwrap() } else { text.into() };
        Self { status: status(json), headers: headers(json), body: body.into(), was_base64, has_error: false }
    }

    /// A prelude in JSON, eight zero bytes, and the body.
    pub(super) fn of_stream(stream: &Bytes, has_trailer: bool) -> Self {
        let end = stream.windows(8).position(|bytes| bytes == [0; 8]).expect("there is no prelude");
        let prelude: Value = serde_json::from_slice(&stream[..end]).unwrap();
        let body = stream.slice(end + 8..);
        // The runtime for Rust sends trailers as data.
        let trailer = b"Lambda-Runtime-Function-Error-Type";
        let is_glued = body.windows(trailer.len()).any(|bytes| bytes == trailer);
        Self {
            status: status(&prelude),
            headers: headers(&prelude),
            body,
            was_base64: false,
            has_error: has_trailer || is_glued,
        }
    }
}

fn status(json: &Value) -> u16 {
    json["statusCode"].as_u64().unwrap().try_into().unwrap()
}

fn headers(json: &Value) -> BTreeMap<String, String> {
    let headers = json["headers"].as_object().unwrap();
    headers.iter().map(|(name, value)| (name.to_lowercase(), value.as_str().unwrap().to_owned())).collect()
}

/// An event of a function URL, made of an example in `events/`.
pub fn http_event(method: &str, path: &str, headers: &[(&str, &str)]) -> Value {
    let mut event: Value = serde_json::from_str(include_str!("../../../events/get-manifest.json")).unwrap();
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    event["rawPath"] = json!(path);
    event["rawQueryString"] = json!(query);
    event["requestContext"]["http"]["method"] = json!(method);
    event["requestContext"]["http"]["path"] = json!(path);
    for (name, value) in headers {
        event["headers"][*name] = json!(value);
    }
    event
}
