//! Whole tracks as one file each, of which any range is answered.

use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::{StreamExt, TryStreamExt, stream};
use http::Response;
use packaging::PackagedTrack;
use packaging::index::{MediaPlace, Page};
use packaging::plan::SegmentPlan;
use packaging::track_file::TrackFile;

use super::children::media_type;
use super::pages::is_gone;
use super::{Asked, Part, Service};
use crate::body::Body;
use crate::error::Error;
use crate::fetch::{few_reads_of, reads_of};
use crate::index_store::IndexStore;
use crate::indexes::{LoadedAsset, TrackAt};
use crate::respond::{self, Representation};
use crate::source::Source;

/// Pages that are read at once.
const PARALLEL_PAGES: usize = 16;

/// A file that is asked for.
struct Wanted<'a> {
    at: TrackAt<'a>,
    loaded: Arc<LoadedAsset>,
}

impl<S: Source, I: IndexStore> Service<S, I> {
    /// A track as one file, or a part of it.
    pub(super) async fn file(&self, at: TrackAt<'_>, asked: &Asked<'_>) -> Result<Response<Body>, Error> {
        let loaded = self.indexes.version(at.key, at.edition, asked.meter).await?;
        let wanted = Wanted { at, loaded };
        let file = TrackFile::new(wanted.track()?)?;
        let etag = format!("\"{}\"", at.edition.version);
        let what = Representation { content_type: media_type(at.path), etag: &etag, max_age_secs: None };
        let (builder, part) = match asked.part(&what, file.len(), self.config.max_segment_bytes)? {
            Part::Done(response) => return Ok(response),
            Part::Body(builder, part) => (builder, part),
        };
        let pieces = match self.file_part(&wanted, &file, (&part, asked)).await {
            // The copy of small tracks is gone, or another one: back to the source.
            Err(error) if is_gone(&error) && self.forget_copy(&wanted, &file, (&part, asked)).await? => {
                self.file_part(&wanted, &file, (&part, asked)).await
            }
            pieces => self.told_apart((at.key, at.edition), pieces, asked.meter).await,
        };
        Ok(respond::finish(builder, pieces?.into()))
    }

    async fn file_part(
        &self,
        wanted: &Wanted<'_>,
        file: &TrackFile,
        (part, asked): (&Range<u64>, &Asked<'_>),
    ) -> Result<Vec<Bytes>, Error> {
        let track = wanted.track()?;
        let touched = file.touched(part);
        let starts = segment_starts(track, &touched);
        let pages = self.segment_pages(wanted, &starts, asked).await?;
        let mut plans = Vec::new();
        let head_bytes = file.index_range().end;
        if part.start < head_bytes {
            let plan = SegmentPlan::made(file.head(track));
            plans.push(plan.slice(part.start..part.end.min(head_bytes)));
        }
        let ranges = file.segment_ranges().skip(touched.start);
        for ((&start, page), range) in starts.iter().zip(&pages).zip(ranges) {
            let plan = page.plan(start)?.filter(|plan| plan.content_length == range.end - range.start);
            let plan = plan.ok_or(Error::NotFound("the pages of the index have other segments"))?;
            let from = part.start.max(range.start) - range.start;
            plans.push(plan.slice(from..part.end.min(range.end) - range.start));
        }
        let mut out = Vec::new();
        for plan in self.readable(plans) {
            let key = (wanted.at.key, wanted.at.edition.version);
            let reads = few_reads_of(&plan, self.config.read_gap_bytes).ok_or(Error::Scattered)?;
            let source = &wanted.loaded.asset.source;
            out.extend(self.fetch(key, (&plan, reads), source, asked.meter).await?);
        }
        Ok(out)
    }

    /// Plans as few as can be read with bounded costs: all at once, or one by one where that takes too many
    /// reads.
    fn readable(&self, plans: Vec<SegmentPlan>) -> Vec<SegmentPlan> {
        let joined = SegmentPlan::joined(plans.iter().cloned());
        let is_readable = |plan: &SegmentPlan| reads_of(plan, self.config.read_gap_bytes).is_some();
        if joined.iter().all(is_readable) { joined } else { plans }
    }

    /// The page of each segment.
    async fn segment_pages(
        &self,
        wanted: &Wanted<'_>,
        starts: &[u64],
        asked: &Asked<'_>,
    ) -> Result<Vec<Arc<Page>>, Error> {
        let locator = wanted.at.path.locator;
        let mut firsts = starts.to_vec();
        firsts.dedup_by_key(|start| locator.page(*start));
        let page = |start| Box::pin(self.indexes.page(wanted.at, start, asked.meter));
        let read: Vec<_> =
            stream::iter(firsts.iter().copied()).map(page).buffered(PARALLEL_PAGES).try_collect().await?;
        let numbers: Vec<_> = firsts.iter().map(|start| locator.page(*start)).collect();
        let page =
            |start: &u64| numbers.binary_search(&locator.page(*start)).ok().and_then(|at| read.get(at));
        Ok(starts.iter().filter_map(page).map(Arc::clone).collect())
    }

    /// Makes pages anew that refer to a copy; whether there was one.
    async fn forget_copy(
        &self,
        wanted: &Wanted<'_>,
        file: &TrackFile,
        (part, asked): (&Range<u64>, &Asked<'_>),
    ) -> Result<bool, Error> {
        let starts = segment_starts(wanted.track()?, &file.touched(part));
        let pages = self.segment_pages(wanted, &starts, asked).await?;
        let copied = starts.iter().zip(&pages).find(|(_, page)| *page.media() != MediaPlace::Source);
        let Some((&start, _)) = copied else { return Ok(false) };
        self.indexes.without_copy(wanted.at, start, asked.meter).await?;
        Ok(true)
    }
}

impl Wanted<'_> {
    fn track(&self) -> Result<&PackagedTrack, Error> {
        self.loaded.track(self.at.path)
    }
}

fn segment_starts(track: &PackagedTrack, touched: &Range<usize>) -> Vec<u64> {
    let touched = track.segmentation.segments.get(touched.clone()).unwrap_or_default();
    touched.iter().map(|segment| segment.start).collect()
}
