//! The way from a key frame's time to the page that has its sample.

use std::sync::Arc;

use packaging::index::Page;

use super::pages::LONG_STRIDE_BYTES;
use super::{Absence, Indexes, TrackAt};
use crate::error::Error;
use crate::index_store::IndexStore;
use crate::meter::{IndexUse, Meter};
use crate::source::Source;

/// No key frame is listed for this time.
pub(crate) const NO_KEY_FRAME: Error = Error::NotFound("no key frame is presented at this time");

impl<S: Source, I: IndexStore> Indexes<S, I> {
    /// The page of a track with the key frame that is presented at this time.
    ///
    /// Nearly always it is the page that a segment with this start would be on. Where leading pictures move the
    /// key frame over the end of a page, and where the URL is wrong, the head tells.
    pub(crate) async fn page_with_key_frame(
        &self,
        at: TrackAt<'_>,
        start: u64,
        meter: &Meter,
    ) -> Result<Arc<Page>, Error> {
        if let Some(page) = self.likely_page(at, start, meter).await?
            && page.has_key_frame(start)
        {
            return Ok(page);
        }
        let loaded = self.version(at.key, at.edition, meter).await?;
        let found = loaded.track(at.path)?;
        found.key_frame_at(start).ok_or(NO_KEY_FRAME)?;
        // The segment that is presented at this time, or one beside it, where an edit moves its pictures.
        let segments = &found.segmentation.segments;
        let own = segments.partition_point(|segment| segment.start <= start);
        for place in [own.checked_sub(1), own.checked_sub(2), Some(own)].into_iter().flatten() {
            let Some(segment) = segments.get(place) else { continue };
            let page = self.page(at, segment.start, meter).await?;
            if page.has_key_frame(start) {
                return Ok(page);
            }
        }
        Err(NO_KEY_FRAME)
    }

    /// The page on which a segment with this start would be, if it is there and cheap to look at.
    async fn likely_page(
        &self,
        at: TrackAt<'_>,
        start: u64,
        meter: &Meter,
    ) -> Result<Option<Arc<Page>>, Error> {
        let TrackAt { key, edition, path } = at;
        let cached = at.page_key(start);
        if let Some(page) = self.pages.get(&cached) {
            meter.used_index(IndexUse::Memory);
            self.check_grid(edition, page.source())?;
            return Ok(Some(page));
        }
        let is_known = self.heads.get(&at.head_key()).is_some();
        if is_known || !self.store.keeps() || path.locator.stride > LONG_STRIDE_BYTES {
            return Ok(None);
        }
        let Some(slot) = path.locator.slot(cached.page) else { return Ok(None) };
        let bytes = match self.read_store(&self.index_name(key, edition.version), slot, meter).await {
            Ok(bytes) => bytes,
            Err(Absence::Failed(error)) => return Err(error.into()),
            Err(Absence::Missing | Absence::Damaged) => return Ok(None),
        };
        meter.used_index(IndexUse::Stored);
        let Ok(page) = Page::read(&bytes, edition.version, path, start).map(Arc::new) else {
            return Ok(None);
        };
        self.check_grid(edition, page.source())?;
        self.pages.insert(cached, Arc::clone(&page));
        Ok(Some(page))
    }
}
