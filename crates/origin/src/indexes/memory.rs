//! What indexes take in memory, and by what they are found there.

use std::hash::Hash;
use std::sync::Arc;

use packaging::Grid;
use packaging::index::Page;
use packaging::route::{TrackPath, Version};
use quick_cache::sync::{Cache, DefaultLifecycle};
use quick_cache::{DefaultHashBuilder, OptionsBuilder, Weighter};

use super::LoadedAsset;

/// Source, version, and how an edition names its grid. A URL that names a wrong one must not tell the others.
pub(super) type HeadKey = (String, Version, Grid);

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct PageKey {
    pub(super) key: String,
    pub(super) version: Version,
    pub(super) track: TrackPath,
    pub(super) page: u64,
}

/// Heads by their weight.
pub(super) type Heads = Cache<HeadKey, Arc<LoadedAsset>, ByBytes>;
/// Pages by their weight.
pub(super) type Pages = Cache<PageKey, Arc<Page>, ByBytes>;

#[derive(Clone)]
pub(super) struct ByBytes;

impl Weighter<HeadKey, Arc<LoadedAsset>> for ByBytes {
    fn weight(&self, key: &HeadKey, loaded: &Arc<LoadedAsset>) -> u64 {
        let tracks = &loaded.asset.tracks;
        let segments = tracks.iter().map(|track| track.segmentation.segments.len()).sum::<usize>();
        let key_frames = tracks.iter().map(|track| track.key_frames.len()).sum::<usize>();
        let whole = loaded.made().map_or(0, |(bytes, _)| bytes.len());
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
pub(super) fn cache<K: Hash + Eq, V: Clone>(bytes: u64) -> Cache<K, V, ByBytes>
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
