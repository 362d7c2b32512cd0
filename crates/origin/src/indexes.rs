//! What requests must know of their sources: from memory, from the store of indexes, or made from the source.
//!
//! An index is stored once and never changes but to be repaired, so what is in memory needs no checking.
//! Whoever finds none, or a damaged one, makes it from the source; whoever comes meanwhile waits for that.

mod fragments;
mod key_frames;
mod loaded;
mod make;
mod memory;
mod pages;
mod places;
mod repair;
mod track_at;

use std::future::Future;
use std::ops::Range;
use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use packaging::index::{Head, HeadStep, ReadError};
use packaging::route::{Edition, Version};
use packaging::{Grid, Policy, SourceObject};
use quick_cache::sync::Cache;
use sha2::{Digest, Sha256};

pub(crate) use self::key_frames::NO_KEY_FRAME;
pub use self::loaded::LoadedAsset;
pub(crate) use self::loaded::{NO_TRACK, object_of};
use self::memory::{HeadKey, Heads, Pages, cache};
pub(crate) use self::track_at::TrackAt;
use crate::error::Error;
use crate::index_store::{Created, IndexStore};
use crate::meter::{IndexUse, Meter};
use crate::source::{Object, Source, SourceError};

/// Source and store, with what has been read of them in memory.
pub(crate) struct Indexes<S, I> {
    source: Arc<S>,
    store: Arc<I>,
    policy: Policy,
    heads: Heads,
    pages: Pages,
    /// Why no index could be made, and when: those who waited share it, and a source that cannot be packaged
    /// stays one.
    failures: Cache<HeadKey, (Instant, Error)>,
    /// Held while an index is repaired: who comes next finds it repaired.
    repair: tokio::sync::Mutex<()>,
}

/// Failures that are remembered.
const MAX_FAILURES: usize = 1024;

impl<S: Source, I: IndexStore> Indexes<S, I> {
    pub(crate) fn new(source: Arc<S>, store: Arc<I>, policy: Policy, cache_bytes: u64) -> Self {
        Self {
            source,
            store,
            policy,
            heads: cache(cache_bytes / 2),
            pages: cache(cache_bytes / 2),
            failures: Cache::new(MAX_FAILURES),
            repair: tokio::sync::Mutex::new(()),
        }
    }

    fn version_of(&self, object: &Object, grid: Grid) -> Version {
        Version::of(&object.etag, object.revision.as_deref(), self.policy.with(grid))
    }

    /// Name of the index of a version of a source.
    pub(crate) fn index_name(&self, key: &str, version: Version) -> String {
        format!("{}{version}.fmi", self.names_of(key))
    }

    /// Name of the copy of small tracks that belongs to an index.
    pub(crate) fn copy_name(&self, key: &str, version: Version) -> String {
        format!("{}{version}.fmc", self.names_of(key))
    }

    /// What the names of all objects begin with that belong to a source: a hash, which spreads them in the
    /// store and is short whatever the key is.
    pub(crate) fn names_of(&self, key: &str) -> String {
        let digest = Sha256::new().chain_update(self.source.root()).chain_update(key).finalize();
        let first = digest.first_chunk::<16>().copied().unwrap_or_default();
        format!("{:032x}/", u128::from_be_bytes(first))
    }

    /// A grid as editions have it: nothing where it is the usual one.
    fn own_grid(&self, grid: Grid) -> Grid {
        let segment_millis = grid.segment_millis.filter(|&millis| millis != self.policy.segment_millis);
        Grid { segment_millis, ..grid }
    }

    /// The present state of a source, cut on this grid.
    pub(crate) async fn current(
        &self,
        key: &str,
        grid: Grid,
        meter: &Meter,
    ) -> Result<Arc<LoadedAsset>, Error> {
        let grid = self.own_grid(grid);
        let object = self.look_up(key, meter).await?;
        let edition = Edition { version: self.version_of(&object, grid), grid, end_millis: None };
        self.head(key, edition, meter, async { Ok(object) }).await
    }

    /// The state of a source that was looked up before, cut on another grid.
    pub(crate) async fn regridded(
        &self,
        key: &str,
        (known, grid): (&LoadedAsset, Grid),
        meter: &Meter,
    ) -> Result<Arc<LoadedAsset>, Error> {
        let (object, grid) = (known.object(key), self.own_grid(grid));
        let edition = Edition { version: self.version_of(&object, grid), grid, end_millis: None };
        self.head(key, edition, meter, async { Ok(object) }).await
    }

    /// A version of a source that a URL names: it need not be the present one, as long as its index is there.
    pub(crate) async fn version(
        &self,
        key: &str,
        edition: Edition,
        meter: &Meter,
    ) -> Result<Arc<LoadedAsset>, Error> {
        self.head(key, edition, meter, self.look_up_version(key, edition, meter)).await
    }

    /// A whole index, and whether it was stored by this process.
    pub(crate) async fn whole(
        &self,
        key: &str,
        loaded: &LoadedAsset,
        meter: &Meter,
    ) -> Result<(Bytes, Created), Error> {
        if let Some((bytes, outcome)) = loaded.made() {
            return Ok((bytes.clone(), outcome.clone()?));
        }
        let whole = self.store.read(&self.index_name(key, loaded.edition.version), 0..u64::MAX >> 1).await?;
        meter.count_index_read(whole.len() as u64);
        Ok((whole, Created::Existed))
    }

    /// Forgets what is in memory of a source.
    pub(crate) fn forget_all(&self, key: &str) {
        self.heads.retain(|(head, ..), _| head != key);
        self.pages.retain(|page, _| page.key != key);
    }

    /// Forgets what is in memory of a version.
    pub(crate) fn forget(&self, key: &str, version: Version) {
        self.heads.retain(|(head, other, _), _| head != key || *other != version);
        self.pages.retain(|page, _| page.key != key || page.version != version);
    }

    async fn look_up(&self, key: &str, meter: &Meter) -> Result<Object, Error> {
        meter.count_lookup();
        Ok(self.source.head(key).await?)
    }

    /// The source, if this is still its version.
    pub(crate) async fn look_up_version(
        &self,
        key: &str,
        edition: Edition,
        meter: &Meter,
    ) -> Result<Object, Error> {
        let object = self.look_up(key, meter).await?;
        let version = self.version_of(&object, edition.grid);
        if version == edition.version { Ok(object) } else { Err(Error::OldVersion) }
    }

    /// The head of a version. `object` is asked for only if the index must be made.
    async fn head(
        &self,
        key: &str,
        edition: Edition,
        meter: &Meter,
        object: impl Future<Output = Result<Object, Error>>,
    ) -> Result<Arc<LoadedAsset>, Error> {
        meter.used_index(IndexUse::Memory);
        let cached = (key.to_owned(), edition.version, edition.grid);
        let load = async {
            if let Some((at, error)) = self.failures.get(&cached)
                && (at >= meter.started() || matches!(error, Error::Unpackageable(_)))
            {
                return Err(error);
            }
            let loaded = self.load(key, edition, meter, object).await;
            if let Err(error) = &loaded {
                self.failures.insert(cached.clone(), (Instant::now(), error.clone()));
            }
            loaded
        };
        // On the heap, as a page below: seldom, and whoever asks for something would carry it.
        self.heads.get_or_insert_async(&cached, Box::pin(load)).await
    }

    /// An edition that names its grid names that of its version: any number would be another URL of the same.
    fn check_grid(&self, edition: Edition, source: &SourceObject) -> Result<(), Error> {
        let SourceObject { etag, revision, .. } = source;
        let version = || Version::of(etag, revision.as_deref(), self.policy.with(edition.grid));
        let is_its = edition.grid == Grid::default() || version() == edition.version;
        if is_its { Ok(()) } else { Err(Error::OldVersion) }
    }

    async fn load(
        &self,
        key: &str,
        edition: Edition,
        meter: &Meter,
        object: impl Future<Output = Result<Object, Error>>,
    ) -> Result<Arc<LoadedAsset>, Error> {
        let version = edition.version;
        let repairs = match self.read_head(key, version, meter).await {
            Ok(head) => {
                meter.used_index(IndexUse::Stored);
                self.check_grid(edition, &head.asset.source)?;
                return Ok(Arc::new(LoadedAsset::stored(head, edition)));
            }
            Err(Absence::Missing) => false,
            Err(Absence::Damaged) => true,
            Err(Absence::Failed(error)) => return Err(error.into()),
        };
        // On the heap: it is large and seldom.
        let built = Box::pin(self.build((object.await?, edition.grid), repairs, meter)).await?;
        // Another one was faster: what is stored counts.
        if built.made().is_some_and(|(_, outcome)| *outcome == Ok(Created::Existed))
            && let Ok(head) = self.read_head(key, version, meter).await
        {
            return Ok(Arc::new(LoadedAsset::stored(head, edition)));
        }
        Ok(Arc::new(built))
    }

    async fn read_head(&self, key: &str, version: Version, meter: &Meter) -> Result<Head, Absence> {
        let name = self.index_name(key, version);
        let mut wanted = Head::USUAL_BYTES;
        loop {
            let start = self.read_store(&name, 0..wanted, meter).await?;
            match Head::read(&start, version)? {
                HeadStep::Whole(head) => return Ok(*head),
                HeadStep::Longer(bytes) if (start.len() as u64) < wanted || bytes <= wanted => {
                    return Err(Absence::Damaged);
                }
                HeadStep::Longer(bytes) => wanted = bytes,
            }
        }
    }

    async fn read_store(&self, name: &str, range: Range<u64>, meter: &Meter) -> Result<Bytes, Absence> {
        let bytes = self.store.read(name, range).await?;
        meter.count_index_read(bytes.len() as u64);
        Ok(bytes)
    }
}

/// Why there is no usable index in the store.
enum Absence {
    Missing,
    Damaged,
    Failed(SourceError),
}

impl From<SourceError> for Absence {
    fn from(error: SourceError) -> Self {
        // Without the right to list, S3 refuses what is not there.
        match error {
            SourceError::NotFound | SourceError::Denied => Self::Missing,
            error => Self::Failed(error),
        }
    }
}

impl From<ReadError> for Absence {
    fn from(_: ReadError) -> Self {
        Self::Damaged
    }
}
