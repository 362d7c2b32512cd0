//! The way from a key frame's time to the page that has its sample.

use std::sync::Arc;

use packaging::index::Page;
use packaging::route::{Edition, TrackPath};

use super::{Absence, Indexes, LONG_STRIDE_BYTES, PageKey};
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
        key: &str,
        edition: Edition,
        (track, start): (TrackPath, u64),
        meter: &Meter,
    ) -> Result<Arc<Page>, Error> {
        if let Some(page) = self.likely_page(key, edition, (track, start), meter).await?
            && page.has_key_frame(start)
        {
            return Ok(page);
        }
        let loaded = self.version(key, edition, meter).await?;
        let found = loaded.asset.track(track).ok_or(NO_KEY_FRAME)?;
        found.key_frame_at(start).ok_or(NO_KEY_FRAME)?;
        // The segment that is presented at this time, or one beside it, where an edit moves its pictures.
        let segments = &found.segmentation.segments;
        let own = segments.partition_point(|segment| segment.start <= start);
        for place in [own.checked_sub(1), own.checked_sub(2), Some(own)].into_iter().flatten() {
            let Some(segment) = segments.get(place) else { continue };
            let page = self.page(key, edition, (track, segment.start), meter).await?;
            if page.has_key_frame(start) {
                return Ok(page);
            }
        }
        Err(NO_KEY_FRAME)
    }

    /// The page on which a segment with this start would be, if it is there and cheap to look at.
    async fn likely_page(
        &self,
        key: &str,
        edition: Edition,
        (track, start): (TrackPath, u64),
        meter: &Meter,
    ) -> Result<Option<Arc<Page>>, Error> {
        let (version, number) = (edition.version, track.locator.page(start));
        let cached = PageKey { key: key.to_owned(), version, track, page: number };
        if let Some(page) = self.pages.get(&cached) {
            meter.used_index(IndexUse::Memory);
            self.check_grid(edition, page.source())?;
            return Ok(Some(page));
        }
        let is_known = self.heads.get(&(key.to_owned(), version, edition.grid)).is_some();
        if is_known || !self.store.keeps() || track.locator.stride > LONG_STRIDE_BYTES {
            return Ok(None);
        }
        let Some(slot) = track.locator.slot(number) else { return Ok(None) };
        let bytes = match self.read_store(&self.index_name(key, version), slot, meter).await {
            Ok(bytes) => bytes,
            Err(Absence::Failed(error)) => return Err(error.into()),
            Err(Absence::Missing | Absence::Damaged) => return Ok(None),
        };
        meter.used_index(IndexUse::Stored);
        let Ok(page) = Page::read(&bytes, version, track, start).map(Arc::new) else { return Ok(None) };
        self.check_grid(edition, page.source())?;
        self.pages.insert(cached, Arc::clone(&page));
        Ok(Some(page))
    }
}
