//! What requests must know of their sources: from memory, from the store of indexes, or made from the source.
//!
//! An index is stored once and never changes but to be repaired, so what is in memory needs no checking.
//! Whoever finds none, or a damaged one, makes it from the source; whoever comes meanwhile waits for that.

mod fragments;
mod key_frames;
mod make;
mod places;
mod repair;

use std::future::Future;
use std::hash::Hash;
use std::ops::Range;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures_util::{StreamExt, TryStreamExt, stream};
use packaging::index::{Head, HeadStep, Index, Page, ReadError};
use packaging::route::{Edition, TrackPath, Version};
use packaging::{Asset, Grid, Policy, SourceObject};
use quick_cache::sync::{Cache, DefaultLifecycle};
use quick_cache::{DefaultHashBuilder, OptionsBuilder, Weighter};
use sha2::{Digest, Sha256};

pub(crate) use self::key_frames::NO_KEY_FRAME;
use crate::error::Error;
use crate::index_store::{Created, IndexStore};
use crate::meter::{IndexUse, Meter};
use crate::source::{Object, Source, SourceError};

/// A source whose index is known.
#[derive(Debug)]
pub struct LoadedAsset {
    /// How it is packaged.
    pub asset: Asset,
    /// The edition that its children's URLs carry.
    pub edition: Edition,
    /// The whole index, if it was made in this process.
    whole: Option<Whole>,
}

/// An index that was made in this process.
#[derive(Debug)]
struct Whole {
    bytes: Bytes,
    /// What came of storing it.
    outcome: Result<Created, SourceError>,
    /// Until when it is read from memory. What is stored may get better: refer to a copy of small tracks.
    until: Option<Instant>,
}

/// How long an index that was made and stored here is read from memory.
const MADE_LASTS: Duration = Duration::from_mins(1);

impl LoadedAsset {
    /// The object that was read.
    pub(crate) fn object(&self, key: &str) -> Object {
        object_of(key, &self.asset.source)
    }
}

/// The object behind a page or a head.
pub(crate) fn object_of(key: &str, source: &SourceObject) -> Object {
    let SourceObject { bytes, etag, revision } = source.clone();
    Object { key: key.to_owned(), bytes, etag, revision }
}

/// Source and store, with what has been read of them in memory.
pub(crate) struct Indexes<S, I> {
    source: Arc<S>,
    store: Arc<I>,
    policy: Policy,
    heads: Cache<HeadKey, Arc<LoadedAsset>, ByBytes>,
    pages: Cache<PageKey, Arc<Page>, ByBytes>,
    /// Why no index could be made, and when: those who waited share it, and a source that cannot be packaged
    /// stays one.
    failures: Cache<HeadKey, (Instant, Error)>,
    /// Held while an index is repaired: who comes next finds it repaired.
    repair: tokio::sync::Mutex<()>,
}

/// Pages that are read at once.
const PARALLEL_PAGES: usize = 16;
/// Failures that are remembered.
const MAX_FAILURES: usize = 1024;

/// Source, version, and how an edition names its grid. A URL that names a wrong one must not tell the others.
type HeadKey = (String, Version, Grid);

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct PageKey {
    key: String,
    version: Version,
    track: TrackPath,
    page: u64,
}

#[derive(Clone)]
struct ByBytes;

impl Weighter<HeadKey, Arc<LoadedAsset>> for ByBytes {
    fn weight(&self, key: &HeadKey, loaded: &Arc<LoadedAsset>) -> u64 {
        let tracks = &loaded.asset.tracks;
        let segments = tracks.iter().map(|track| track.segmentation.segments.len()).sum::<usize>();
        let key_frames = tracks.iter().map(|track| track.key_frames.len()).sum::<usize>();
        let whole = loaded.whole.as_ref().map_or(0, |whole| whole.bytes.len());
        let listed =
            segments * size_of::<packaging::Segment>() + key_frames * size_of::<packaging::KeyFrame>();
        (listed + whole + key.0.len() + 4096) as u64
    }
}

impl Weighter<PageKey, Arc<Page>> for ByBytes {
    fn weight(&self, key: &PageKey, page: &Arc<Page>) -> u64 {
        (page.bytes() + key.key.len()) as u64
    }
}

/// A cache of so many bytes. In one shard: an item must fit into its shard, and an index may be large.
fn cache<K: Hash + Eq, V: Clone>(bytes: u64) -> Cache<K, V, ByBytes>
where
    ByBytes: Weighter<K, V>,
{
    const TYPICAL_BYTES: u64 = 1 << 16;
    let items = usize::try_from(bytes / TYPICAL_BYTES).unwrap_or(0).max(16);
    let options =
        OptionsBuilder::new().estimated_items_capacity(items).weight_capacity(bytes).shards(1).build();
    match options {
        Ok(options) => {
            Cache::with_options(options, ByBytes, DefaultHashBuilder::default(), DefaultLifecycle::default())
        }
        Err(_) => Cache::with_weighter(items, bytes, ByBytes),
    }
}

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

    /// The page of a track with the segment that starts at this time.
    pub(crate) async fn page(
        &self,
        key: &str,
        edition: Edition,
        (track, start): (TrackPath, u64),
        meter: &Meter,
    ) -> Result<Arc<Page>, Error> {
        let version = edition.version;
        let page = PageKey { key: key.to_owned(), version, track, page: track.locator.page(start) };
        meter.used_index(IndexUse::Memory);
        let load = Box::pin(self.read_page(key, edition, (track, start), meter));
        let page = self.pages.get_or_insert_async(&page, load).await?;
        self.check_grid(edition, page.source())?;
        Ok(page)
    }

    /// The last page of a track that ends before this time.
    pub(crate) async fn last_page(
        &self,
        key: &str,
        edition: Edition,
        (track, start): (TrackPath, u64),
        meter: &Meter,
    ) -> Result<Arc<Page>, Error> {
        let loaded = self.version(key, edition, meter).await?;
        let found = loaded.asset.track(track).ok_or(NO_SEGMENT)?;
        let last = found.segmentation.segments.last().filter(|last| last.start < start).ok_or(NO_SEGMENT)?;
        self.page(key, edition, (track, last.start), meter).await
    }

    /// All pages of a track in order: of few tracks, and small ones, for what is made of a track as a whole.
    pub(crate) async fn all_pages(
        &self,
        key: &str,
        edition: Edition,
        track: TrackPath,
        meter: &Meter,
    ) -> Result<Vec<Arc<Page>>, Error> {
        let loaded = self.version(key, edition, meter).await?;
        let found = loaded.asset.track(track).ok_or(NO_SEGMENT)?;
        let mut starts: Vec<_> = found.segmentation.segments.iter().map(|segment| segment.start).collect();
        starts.dedup_by_key(|start| track.locator.page(*start));
        stream::iter(starts)
            .map(|start| Box::pin(self.page(key, edition, (track, start), meter)))
            .buffered(PARALLEL_PAGES)
            .try_collect()
            .await
    }

    /// A whole index, and whether it was stored by this process.
    pub(crate) async fn whole(
        &self,
        key: &str,
        loaded: &LoadedAsset,
        meter: &Meter,
    ) -> Result<(Bytes, Created), Error> {
        if let Some(whole) = &loaded.whole {
            return Ok((whole.bytes.clone(), whole.outcome.clone()?));
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
                return Ok(Arc::new(LoadedAsset::stored(head, Edition { end_millis: None, ..edition })));
            }
            Err(Absence::Missing) => false,
            Err(Absence::Damaged) => true,
            Err(Absence::Failed(error)) => return Err(error.into()),
        };
        // On the heap: it is large and seldom.
        let built = Box::pin(self.build((object.await?, edition.grid), repairs, meter)).await?;
        // Another one was faster: what is stored counts.
        if built.whole.as_ref().is_some_and(|whole| whole.outcome == Ok(Created::Existed))
            && let Ok(head) = self.read_head(key, version, meter).await
        {
            return Ok(Arc::new(LoadedAsset::stored(head, Edition { end_millis: None, ..edition })));
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

    async fn read_page(
        &self,
        key: &str,
        edition: Edition,
        (track, start): (TrackPath, u64),
        meter: &Meter,
    ) -> Result<Arc<Page>, Error> {
        let version = edition.version;
        let locator = track.locator;
        let slot = locator.slot(locator.page(start)).ok_or(NO_SEGMENT)?;
        let mut known = self.heads.get(&(key.to_owned(), version, edition.grid));
        if known.is_none() && (locator.stride > LONG_STRIDE_BYTES || !self.store.keeps()) {
            // Few pages are so long: before one is read, the head says whether it is there.
            known = Some(self.version(key, edition, meter).await?);
        }
        if let Some(loaded) = known {
            if !loaded.has_segment((track, start)) {
                return Err(NO_SEGMENT);
            }
            if let Some(page) = page_of(&loaded, (track, start)) {
                return Ok(page);
            }
        }
        match self.read_store(&self.index_name(key, version), slot, meter).await {
            Ok(bytes) => {
                meter.used_index(IndexUse::Stored);
                if let Ok(page) = Page::read(&bytes, version, track, start) {
                    return Ok(Arc::new(page));
                }
            }
            Err(Absence::Failed(error)) => return Err(error.into()),
            Err(Absence::Missing | Absence::Damaged) => {}
        }
        // Either the URL names no page of this index, or there is damage. The head tells which.
        let loaded = self.version(key, edition, meter).await?;
        if !loaded.has_segment((track, start)) {
            return Err(NO_SEGMENT);
        }
        if let Some(page) = page_of(&loaded, (track, start)) {
            return Ok(page);
        }
        self.repaired(key, edition, (track, start), (meter, &|_| true)).await
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

/// A slot longer than this is read only if the head says that it is one.
const LONG_STRIDE_BYTES: u32 = 64 << 10;
const NO_SEGMENT: Error = Error::NotFound("no segment starts at this time");

/// A page of an index that is in memory as a whole.
fn page_of(loaded: &LoadedAsset, (track, start): (TrackPath, u64)) -> Option<Arc<Page>> {
    let whole =
        loaded.whole.as_ref().filter(|whole| whole.until.is_none_or(|until| Instant::now() < until))?;
    Page::of_index(&whole.bytes, loaded.edition.version, track, start).ok().map(Arc::new)
}

impl LoadedAsset {
    fn stored(head: Head, edition: Edition) -> Self {
        Self { asset: head.asset, edition, whole: None }
    }

    /// `is_kept`: whether the store keeps what it takes.
    fn built(index: Index, grid: Grid, (outcome, is_kept): (Result<Created, SourceError>, bool)) -> Self {
        let Index { head: Head { asset, version }, bytes } = index;
        let edition = Edition { version, grid, end_millis: None };
        let until = (is_kept && outcome.is_ok()).then(|| Instant::now() + MADE_LASTS);
        Self { asset, edition, whole: Some(Whole { bytes, outcome, until }) }
    }

    fn has_segment(&self, (track, start): (TrackPath, u64)) -> bool {
        self.asset.track(track).is_some_and(|track| track.segmentation.starting_at(start).is_some())
    }
}
