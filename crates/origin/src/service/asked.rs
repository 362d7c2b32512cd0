//! A request and what follows from its conditions.

use std::ops::Range;

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
    pub(super) meter: &'a Meter,
    /// For a URL without a version.
    pub(super) unversioned: Option<Unversioned>,
}

/// What answers to URLs without a version depend on, and how long caches may keep them.
#[derive(Clone, Copy)]
pub(super) struct Unversioned {
    pub(super) version: Version,
    pub(super) max_age_secs: u32,
}

/// What follows from a plan and the request's conditions.
pub(super) enum Answer {
    /// The answer, for which no media is needed.
    Done(Response<Body>),
    /// The headers, and the plan of the body that goes with them.
    Body(http::response::Builder, SegmentPlan),
}

/// As [`Answer`], of something of which only the length is known.
pub(super) enum Part {
    /// The answer, for which no media is needed.
    Done(Response<Body>),
    /// The headers, and the bytes that go with them.
    Body(http::response::Builder, Range<u64>),
}

impl Asked<'_> {
    /// The same request, where its URL says no version.
    pub(super) fn without_version(&self, version: Version, max_age_secs: u32) -> Self {
        Self { unversioned: Some(Unversioned { version, max_age_secs }), ..*self }
    }

    /// The entity tag of what depends on this version, and how long it may be kept.
    fn lasting(&self, version: Version) -> (String, Option<u32>) {
        match self.unversioned {
            Some(found) => (format!("\"{}\"", found.version), Some(found.max_age_secs)),
            None => (format!("\"{version}\""), None),
        }
    }

    /// A text that never changes.
    pub(super) fn text(&self, version: Version, content_type: &str, text: String) -> Response<Body> {
        let (etag, max_age_secs) = self.lasting(version);
        let what = Representation { content_type, etag: &etag, max_age_secs };
        respond::manifest(self.headers, &what, "", text)
    }

    /// A body that was made as a whole.
    pub(super) async fn made(
        &self,
        version: Version,
        content_type: &str,
        body: Bytes,
    ) -> Result<Response<Body>, Error> {
        match self.conditions(version, content_type, &SegmentPlan::made(body))? {
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
        plan: &SegmentPlan,
    ) -> Result<Answer, Error> {
        let (etag, max_age_secs) = self.lasting(version);
        let what = Representation { content_type, etag: &etag, max_age_secs };
        Ok(match self.part(&what, plan.content_length, u64::MAX)? {
            Part::Done(response) => Answer::Done(response),
            Part::Body(builder, range) => Answer::Body(builder, plan.slice(range)),
        })
    }

    /// As [`Self::conditions`], of a representation of `whole` bytes of which no more than `most` are answered at
    /// once: of a longer range its beginning (RFC 9110 §15.3.7 lets a server send less than was asked for).
    pub(super) fn part(&self, what: &Representation<'_>, whole: u64, most: u64) -> Result<Part, Error> {
        if is_unmodified(self.headers, what.etag) {
            let builder = respond::headers_of(StatusCode::NOT_MODIFIED, what);
            return Ok(Part::Done(respond::finish(builder, Body::empty())));
        }
        let is_head = self.method == Method::HEAD;
        let part = match range(self.headers, what.etag, whole) {
            RangeRequest::Unsatisfiable => return Err(Error::Range(whole)),
            RangeRequest::Part(part) => Some(part.start..part.end.min(part.start.saturating_add(most))),
            RangeRequest::Whole if whole > most && !is_head => {
                return Err(Error::NeedsRange { bytes: whole, limit: most });
            }
            RangeRequest::Whole => None,
        };
        let range = part.clone().unwrap_or(0..whole);
        let builder =
            respond::media(what, range.end - range.start, part.map(|part| (part.start, part.end, whole)));
        if is_head {
            return Ok(Part::Done(respond::finish(builder, Body::empty())));
        }
        Ok(Part::Body(builder, range))
    }
}
