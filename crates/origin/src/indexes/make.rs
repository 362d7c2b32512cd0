//! Makes the index of a source from what the source says of its samples.

use std::ops::Range;

use bytes::Bytes;
use isobmff::Movie;
use isobmff::locate::{MovieLocator, Step};
use packaging::SourceObject;
use packaging::index::Index;

use super::fragments::add_fragments;
use super::{Indexes, LoadedAsset};
use crate::error::Error;
use crate::fetch::read_long;
use crate::index_store::{Created, IndexStore};
use crate::meter::{IndexUse, Meter};
use crate::source::{Object, Source, SourceError};

impl<S: Source, I: IndexStore> Indexes<S, I> {
    /// Makes the index of a source and stores it. That the store is in trouble costs no viewer an answer.
    pub(super) async fn build(
        &self,
        object: Object,
        repairs: bool,
        meter: &Meter,
    ) -> Result<LoadedAsset, Error> {
        meter.used_index(IndexUse::Built);
        let index = self.make(&object, meter).await?;
        let name = self.index_name(&object.key, index.head.version);
        let outcome = if repairs {
            self.store.replace(&name, index.bytes.clone()).await.map(|()| Created::New)
        } else {
            self.store.create(&name, index.bytes.clone()).await
        };
        if outcome.is_err() {
            meter.store_failed();
        }
        Ok(LoadedAsset::built(index, outcome, self.store.keeps()))
    }

    async fn make(&self, object: &Object, meter: &Meter) -> Result<Index, Error> {
        let movie = read_movie(&SourceReader { source: &*self.source, object, meter }).await?;
        let Object { bytes, etag, revision, .. } = object.clone();
        Ok(Index::build(&movie, SourceObject { bytes, etag, revision }, self.policy)?)
    }
}

/// A source to be read, and who pays.
pub(super) struct SourceReader<'a, S> {
    pub(super) source: &'a S,
    pub(super) object: &'a Object,
    pub(super) meter: &'a Meter,
}

impl<S: Source> SourceReader<'_, S> {
    /// One range, however long.
    pub(super) async fn read(&self, range: Range<u64>) -> Result<Bytes, SourceError> {
        read_long(self.source, self.object, range, self.meter).await
    }
}

/// All that a source says of its samples.
async fn read_movie<S: Source>(reader: &SourceReader<'_, S>) -> Result<Movie, Error> {
    let mut locator = MovieLocator::new(reader.object.bytes);
    let mut range = locator.wanted();
    loop {
        let bytes = reader.read(range.clone()).await?;
        match locator.feed(&bytes).map_err(packaging::Error::from)? {
            Step::Fetch(next) => range = next,
            Step::Found { moov, offset } => {
                let movie = Movie::parse(&moov, offset).map_err(packaging::Error::from)?;
                if !movie.is_fragmented {
                    return Ok(movie);
                }
                let end = offset + moov.len() as u64;
                // Boxed: its state is large, and few sources need it.
                return Box::pin(add_fragments(reader, movie, end, (range.start, bytes))).await;
            }
        }
    }
}
