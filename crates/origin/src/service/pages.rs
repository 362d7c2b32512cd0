//! Answers made of one page: with the copy of small tracks where the page refers to one, else with the source.

use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use http::Response;
use packaging::SourceObject;
use packaging::index::{MediaPlace, Page};
use packaging::plan::SegmentPlan;
use packaging::route::{Edition, Version};

use super::children::media_type;
use super::{Answer, Asked, Service};
use crate::body::Body;
use crate::error::Error;
use crate::fetch::{fetch_plan, read_copy, read_source, reads_of};
use crate::index_store::IndexStore;
use crate::indexes::{TrackAt, object_of};
use crate::meter::Meter;
use crate::respond;
use crate::source::{Object, Source, SourceError};

impl<S: Source, I: IndexStore> Service<S, I> {
    /// Answers with what `plan_of` makes of the page of what starts at this time.
    pub(super) async fn serve_page(
        &self,
        (at, start): (TrackAt<'_>, u64),
        page: Arc<Page>,
        plan_of: &(dyn Fn(&Page) -> Result<SegmentPlan, Error> + Sync),
        asked: &Asked<'_>,
    ) -> Result<Response<Body>, Error> {
        let (key, version) = (at.key, at.edition.version);
        let what = media_type(at.path);
        let plan = plan_of(&page)?;
        match self.serve_plan((key, version), &plan, (what, page.source()), asked).await {
            // The copy of small tracks is gone, or another one: back to the source.
            Err(error) if is_gone(&error) && *page.media() != MediaPlace::Source => {
                let page = self.indexes.without_copy(at, start, asked.meter).await?;
                let plan = plan_of(&page)?;
                self.serve_plan((key, version), &plan, (what, page.source()), asked).await
            }
            answer => self.told_apart((key, at.edition), answer, asked.meter).await,
        }
    }

    /// Answers with what a plan refers to of a source. A longer one than the limit is refused.
    async fn serve_plan(
        &self,
        (key, version): (&str, Version),
        plan: &SegmentPlan,
        (content_type, source): (&str, &SourceObject),
        asked: &Asked<'_>,
    ) -> Result<Response<Body>, Error> {
        let (bytes, limit) = (plan.content_length, self.config.max_segment_bytes);
        if bytes > limit {
            return Err(Error::SegmentTooLarge { bytes, limit });
        }
        let (builder, plan) = match asked.conditions(version, content_type, plan)? {
            Answer::Done(response) => return Ok(response),
            Answer::Body(builder, plan) => (builder, plan),
        };
        let reads = reads_of(&plan, self.config.read_gap_bytes).ok_or(Error::Scattered)?;
        let pieces = self.fetch((key, version), (&plan, reads), source, asked.meter).await?;
        Ok(respond::finish(builder, pieces.into()))
    }

    /// The bytes of a plan, for which these ranges are read.
    pub(super) async fn fetch(
        &self,
        (key, version): (&str, Version),
        (plan, reads): (&SegmentPlan, Vec<Range<u64>>),
        source: &SourceObject,
        meter: &Meter,
    ) -> Result<Vec<Bytes>, Error> {
        Ok(match &plan.media {
            MediaPlace::Source => {
                let object = object_of(key, source);
                fetch_plan(plan, reads, |range| read_source(&*self.source, &object, range, meter)).await?
            }
            MediaPlace::Copy { bytes, etag } => {
                let key = self.indexes.copy_name(key, version);
                let copy = Object { key, bytes: *bytes, etag: etag.clone(), revision: None };
                fetch_plan(plan, reads, |range| read_copy(&*self.store, &copy, range, meter)).await?
            }
        })
    }

    /// If the source was really replaced, what the URL names is gone; else it may be there another time.
    pub(super) async fn told_apart<T>(
        &self,
        (key, edition): (&str, Edition),
        answer: Result<T, Error>,
        meter: &Meter,
    ) -> Result<T, Error> {
        if let Err(Error::Source(SourceError::Changed)) = answer {
            self.indexes.look_up_version(key, edition, meter).await?;
        }
        answer
    }
}

/// Whether an object is not there, or not as it was.
pub(super) fn is_gone(error: &Error) -> bool {
    matches!(error, Error::Source(SourceError::NotFound | SourceError::Denied | SourceError::Changed))
}
