//! Sources as assets: from the cache, or by reading `moov` once for all who wait for it.

use std::sync::Arc;

use isobmff::Movie;
use isobmff::locate::{MovieLocator, Step};
use packaging::route::Version;
use packaging::{Asset, Policy};
use quick_cache::Weighter;
use quick_cache::sync::Cache;

use crate::error::Error;
use crate::fetch::read_exactly;
use crate::meter::Meter;
use crate::source::{Object, Source};

/// A parsed source.
#[derive(Debug)]
pub struct LoadedAsset {
    /// How it is packaged.
    pub asset: Asset,
    /// The version that its children's URLs carry.
    pub version: Version,
    /// What it weighs in memory, roughly.
    bytes: u64,
}

/// The cache of parsed sources.
pub(crate) struct Assets {
    cache: Cache<(String, Version), Arc<LoadedAsset>, ByBytes>,
    policy: Policy,
}

#[derive(Clone)]
struct ByBytes;

impl Weighter<(String, Version), Arc<LoadedAsset>> for ByBytes {
    fn weight(&self, key: &(String, Version), asset: &Arc<LoadedAsset>) -> u64 {
        asset.bytes + key.0.len() as u64
    }
}

impl Assets {
    pub(crate) fn new(policy: Policy, cache_bytes: u64) -> Self {
        const TYPICAL_BYTES: u64 = 1 << 20;
        let items = usize::try_from(cache_bytes / TYPICAL_BYTES).unwrap_or(0).max(16);
        Self { cache: Cache::with_weighter(items, cache_bytes, ByBytes), policy }
    }

    /// The version of an object under this policy.
    pub(crate) fn version(&self, object: &Object) -> Version {
        Version::of(&object.etag, self.policy)
    }

    /// The asset of an object. Requests that come while it is being read wait for that one reading.
    pub(crate) async fn load<S: Source>(
        &self,
        source: &S,
        object: &Object,
        meter: &Meter,
    ) -> Result<Arc<LoadedAsset>, Error> {
        let version = self.version(object);
        let key = (object.key.clone(), version);
        self.cache.get_or_insert_async(&key, self.read(source, object, version, meter)).await
    }

    async fn read<S: Source>(
        &self,
        source: &S,
        object: &Object,
        version: Version,
        meter: &Meter,
    ) -> Result<Arc<LoadedAsset>, Error> {
        let mut locator = MovieLocator::new(object.bytes);
        let mut range = locator.wanted();
        let (moov, offset) = loop {
            let bytes = read_exactly(source, object, range, meter).await?;
            match locator.feed(&bytes).map_err(packaging::Error::from)? {
                Step::Fetch(next) => range = next,
                Step::Found { moov, offset } => break (moov, offset),
            }
        };
        // The box may be a slice of a much larger read, which would stay in memory with it.
        let moov = bytes::Bytes::copy_from_slice(&moov);
        let movie = Movie::parse(&moov, offset).map_err(packaging::Error::from)?;
        let asset = Asset::new(&movie, object.bytes, self.policy)?;
        let segments: usize = asset.tracks.iter().map(|track| track.segmentation.segments.len()).sum();
        let bytes = moov.len() + segments * size_of::<packaging::Segment>();
        Ok(Arc::new(LoadedAsset { asset, version, bytes: bytes as u64 }))
    }
}
