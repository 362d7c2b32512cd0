//! Pages that somebody found wrong, made anew.

use std::sync::Arc;

use packaging::index::{MediaPlace, Page};

use super::pages::NO_SEGMENT;
use super::{Indexes, TrackAt};
use crate::error::Error;
use crate::index_store::IndexStore;
use crate::meter::Meter;
use crate::source::Source;

impl<S: Source, I: IndexStore> Indexes<S, I> {
    /// The same page of an index that has been made anew, without a reference to a copy.
    pub(crate) async fn without_copy(
        &self,
        at: TrackAt<'_>,
        start: u64,
        meter: &Meter,
    ) -> Result<Arc<Page>, Error> {
        self.forget(at.key, at.edition.version);
        let is_good = |page: &Page| *page.media() == MediaPlace::Source;
        self.repaired(at, start, (meter, &is_good)).await
    }

    /// A page of an index that somebody found wrong: as it is stored now, if it `is_good`; else the index is
    /// made anew. One repair at a time, so that of many who find the same damage one repairs it.
    pub(super) async fn repaired(
        &self,
        at: TrackAt<'_>,
        start: u64,
        (meter, is_good): (&Meter, &(dyn Fn(&Page) -> bool + Sync)),
    ) -> Result<Arc<Page>, Error> {
        let TrackAt { key, edition, path } = at;
        let version = edition.version;
        let _guard = self.repair.lock().await;
        let cached = at.head_key();
        let mut found = self.heads.get(&cached).and_then(|loaded| loaded.page(path, start));
        if found.is_none() {
            let slot = path.locator.slot(path.locator.page(start)).ok_or(NO_SEGMENT)?;
            let bytes = self.read_store(&self.index_name(key, version), slot, meter).await;
            found = bytes.ok().and_then(|bytes| Page::read(&bytes, version, path, start).ok()).map(Arc::new);
        }
        if let Some(page) = found.filter(|page| is_good(page)) {
            return Ok(page);
        }
        let object = self.look_up_version(key, edition, meter).await?;
        let loaded = Arc::new(Box::pin(self.build((object, edition.grid), true, meter)).await?);
        let page = loaded.page(path, start);
        self.forget(key, version);
        self.heads.insert(cached, loaded);
        page.ok_or(NO_SEGMENT)
    }
}
