//! A request and what follows from its conditions.

use std::ops::Range;

use bytes::Bytes;
use http::{HeaderMap, Method, Response, StatusCode};
use packaging::manifest::hls;
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
    /// For a URL without a version.
    pub(super) unversioned: Option<Unversioned>,
    /// For a playlist that is asked for by another path than its own: where its children are, relative to that.
    pub(super) base: Option<&'a str>,
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

/// What follows from a body's length and the request's conditions.
pub(super) enum Part {
    /// The answer, for which no media is needed.
    Done(Response<Body>),
    /// The headers, and the part of the body that goes with them.
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
        let text = match self.base {
            Some(base) => hls::rebased(&text, base),
            None => text,
        };
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
            Part::Body(builder, part) => Answer::Body(builder, plan.slice(part)),
        })
    }

    /// Answers what can be by the length of a body alone: 304, 416, HEAD.
    ///
    /// A longer range than `limit` is answered in part, which clients see by `Content-Range` (RFC 9110 §15.3.7);
    /// a whole body that is longer cannot be.
    pub(super) fn part(&self, what: &Representation<'_>, whole: u64, limit: u64) -> Result<Part, Error> {
        if is_unmodified(self.headers, what.etag) {
            let builder = respond::headers_of(StatusCode::NOT_MODIFIED, what);
            return Ok(Part::Done(respond::finish(builder, Body::empty())));
        }
        let is_head = self.method == Method::HEAD;
        let (part, said) = match range(self.headers, what.etag, whole) {
            RangeRequest::Unsatisfiable => return Err(Error::Range(whole)),
            RangeRequest::Whole if whole > limit && !is_head => {
                return Err(Error::WholeTooLarge { bytes: whole, limit });
            }
            RangeRequest::Whole => (0..whole, None),
            RangeRequest::Part(part) => {
                let end = part.end.min(part.start.saturating_add(limit));
                (part.start..end, Some((part.start, end, whole)))
            }
        };
        let builder = respond::media(what, part.end - part.start, said);
        if is_head {
            return Ok(Part::Done(respond::finish(builder, Body::empty())));
        }
        Ok(Part::Body(builder, part))
    }
}
