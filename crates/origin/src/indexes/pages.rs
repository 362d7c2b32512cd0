//! Pages of tracks: from memory, from the store, or from an index that was made here.

use std::sync::Arc;

use futures_util::{StreamExt, TryStreamExt, stream};
use packaging::index::Page;
use packaging::route::TrackPath;

use super::{Absence, Indexes, LoadedAsset, TrackAt};
use crate::error::Error;
use crate::index_store::IndexStore;
use crate::meter::{IndexUse, Meter};
use crate::source::Source;

/// Pages that are read at once.
const PARALLEL_PAGES: usize = 16;
/// A slot longer than this is read only if the head says that it is one.
pub(super) const LONG_STRIDE_BYTES: u32 = 64 << 10;
pub(super) const NO_SEGMENT: Error = Error::NotFound("no segment starts at this time");

/// Whether the head knows of what is looked for on a page.
type IsThere = fn(&LoadedAsset, TrackPath, u64) -> bool;

impl<S: Source, I: IndexStore> Indexes<S, I> {
    /// The page of a track with the segment that starts at this time.
    pub(crate) async fn page(&self, at: TrackAt<'_>, start: u64, meter: &Meter) -> Result<Arc<Page>, Error> {
        self.page_if(LoadedAsset::has_segment, (at, start), meter).await
    }

    /// The page of a track on which segments that start about this time are.
    pub(crate) async fn page_around(
        &self,
        at: TrackAt<'_>,
        time: u64,
        meter: &Meter,
    ) -> Result<Arc<Page>, Error> {
        self.page_if(LoadedAsset::has_page, (at, time), meter).await
    }

    async fn page_if(
        &self,
        is_there: IsThere,
        (at, start): (TrackAt<'_>, u64),
        meter: &Meter,
    ) -> Result<Arc<Page>, Error> {
        meter.used_index(IndexUse::Memory);
        let load = Box::pin(self.read_page(is_there, (at, start), meter));
        let page = self.pages.get_or_insert_async(&at.page_key(start), load).await?;
        self.check_grid(at.edition, page.source())?;
        Ok(page)
    }

    /// The page of a text track for this time. Behind the last caption there is silence as far as the edition
    /// says that the presentation lasts: that is known from the last page.
    pub(crate) async fn text_page(
        &self,
        at: TrackAt<'_>,
        start: u64,
        meter: &Meter,
    ) -> Result<Arc<Page>, Error> {
        match self.page(at, start, meter).await {
            Err(Error::NotFound(_)) if at.edition.end_millis.is_some() => {
                let loaded = self.version(at.key, at.edition, meter).await?;
                let last = loaded.track(at.path)?.segmentation.segments.last();
                let last = last.filter(|last| last.start < start).ok_or(NO_SEGMENT)?;
                self.page(at, last.start, meter).await
            }
            page => page,
        }
    }

    /// All pages of a track in order: of few tracks, and small ones, for what is made of a track as a whole.
    pub(crate) async fn all_pages(&self, at: TrackAt<'_>, meter: &Meter) -> Result<Vec<Arc<Page>>, Error> {
        let loaded = self.version(at.key, at.edition, meter).await?;
        let segments = &loaded.track(at.path)?.segmentation.segments;
        let mut starts: Vec<_> = segments.iter().map(|segment| segment.start).collect();
        starts.dedup_by_key(|start| at.path.locator.page(*start));
        stream::iter(starts)
            .map(|start| Box::pin(self.page(at, start, meter)))
            .buffered(PARALLEL_PAGES)
            .try_collect()
            .await
    }

    async fn read_page(
        &self,
        is_there: IsThere,
        (at, start): (TrackAt<'_>, u64),
        meter: &Meter,
    ) -> Result<Arc<Page>, Error> {
        let TrackAt { key, edition, path } = at;
        let slot = path.locator.slot(path.locator.page(start)).ok_or(NO_SEGMENT)?;
        let mut known = self.heads.get(&at.head_key());
        if known.is_none() && (path.locator.stride > LONG_STRIDE_BYTES || !self.store.keeps()) {
            // Few pages are so long: before one is read, the head says whether it is there.
            known = Some(self.version(key, edition, meter).await?);
        }
        if let Some(loaded) = known {
            if !is_there(&loaded, path, start) {
                return Err(NO_SEGMENT);
            }
            if let Some(page) = loaded.page(path, start) {
                return Ok(page);
            }
        }
        match self.read_store(&self.index_name(key, edition.version), slot, meter).await {
            Ok(bytes) => {
                meter.used_index(IndexUse::Stored);
                if let Ok(page) = Page::read(&bytes, edition.version, path, start) {
                    return Ok(Arc::new(page));
                }
            }
            Err(Absence::Failed(error)) => return Err(error.into()),
            Err(Absence::Missing | Absence::Damaged) => {}
        }
        // Either the URL names no page of this index, or there is damage. The head tells which.
        let loaded = self.version(key, edition, meter).await?;
        if !is_there(&loaded, path, start) {
            return Err(NO_SEGMENT);
        }
        if let Some(page) = loaded.page(path, start) {
            return Ok(page);
        }
        self.repaired(at, start, (meter, &|_| true)).await
    }
}
