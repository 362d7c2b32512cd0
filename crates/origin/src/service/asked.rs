//! A request and what follows from its conditions.

use bytes::Bytes;
use http::{HeaderMap, Method, Response, StatusCode};
use packaging::plan::SegmentPlan;
use packaging::route::Version;

use crate::body::Body;
use crate::conditions::{RangeRequest, is_unmodified, range};
use crate::error::Error;
use crate::fetch::fetch_plan;
use crate::meter::Meter;
use crate::respond::{self, Representation};
use crate::source::SourceError;

/// A request whose path has been understood.
pub(super) struct Asked<'a> {
    pub(super) method: &'a Method,
    pub(super) headers: &'a HeaderMap,
    /// Still percent-encoded.
    pub(super) query: &'a str,
    pub(super) meter: &'a Meter,
}

/// What follows from a plan and the request's conditions.
pub(super) enum Answer {
    /// The answer, for which no media is needed.
    Done(Response<Body>),
    /// The headers, and the plan of the body that goes with them.
    Body(http::response::Builder, SegmentPlan),
}

impl Asked<'_> {
    /// A text that never changes.
    pub(super) fn text(&self, version: Version, content_type: &str, text: String) -> Response<Body> {
        let etag = format!("\"{version}\"");
        let what = Representation { content_type, etag: &etag, max_age_secs: None };
        respond::manifest(self.headers, &what, "", text)
    }

    /// A body that was made as a whole.
    pub(super) async fn made(
        &self,
        version: Version,
        content_type: &str,
        body: Bytes,
    ) -> Result<Response<Body>, Error> {
        match self.conditions(version, content_type, SegmentPlan::made(body))? {
            Answer::Done(response) => Ok(response),
            Answer::Body(builder, plan) => {
                let no_read = |_| async { Err(SourceError::NotFound) };
                let pieces = fetch_plan(&plan, Vec::new(), no_read).await?;
                Ok(respond::finish(builder, pieces.into()))
            }
        }
    }

    /// Answers from the plan what can be: 304, 416, HEAD. No media has been read yet.
    pub(super) fn conditions(
        &self,
        version: Version,
        content_type: &str,
        plan: SegmentPlan,
    ) -> Result<Answer, Error> {
        let etag = format!("\"{version}\"");
        let what = Representation { content_type, etag: &etag, max_age_secs: None };
        if is_unmodified(self.headers, what.etag) {
            let builder = respond::headers_of(StatusCode::NOT_MODIFIED, &what);
            return Ok(Answer::Done(respond::finish(builder, Body::empty())));
        }
        let whole = plan.content_length;
        let (plan, part) = match range(self.headers, what.etag, whole) {
            RangeRequest::Unsatisfiable => return Err(Error::Range(whole)),
            RangeRequest::Part(part) => (plan.slice(part.clone()), Some((part.start, part.end, whole))),
            RangeRequest::Whole => (plan, None),
        };
        let builder = respond::media(&what, plan.content_length, part);
        if self.method == Method::HEAD {
            return Ok(Answer::Done(respond::finish(builder, Body::empty())));
        }
        Ok(Answer::Body(builder, plan))
    }
}
