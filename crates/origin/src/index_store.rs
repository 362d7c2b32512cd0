//! Where indexes are kept between requests and processes.
//!
//! An index is a cache: losing one costs the time to make it anew, nothing else.

mod memory;

use std::future::Future;
use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::Stream;

pub use memory::MemoryIndexStore;

use crate::source::{Object, SourceError};

/// A store of small immutable objects.
pub trait IndexStore: Send + Sync + 'static {
    /// Reads a part of an object; less than asked for where the object ends before the range does.
    /// [`SourceError::NotFound`] if there is none.
    fn read(&self, name: &str, range: Range<u64>) -> impl Future<Output = Result<Bytes, SourceError>> + Send;

    /// Writes an object unless one of this name is there already, atomically.
    fn create(&self, name: &str, bytes: Bytes) -> impl Future<Output = Result<Created, SourceError>> + Send;

    /// Writes an object whether or not one is there, atomically.
    fn replace(&self, name: &str, bytes: Bytes) -> impl Future<Output = Result<(), SourceError>> + Send;

    /// Writes an object that does not fit into memory. Parts come in order, all but the last one of the
    /// same size of at least 8 MiB. Nothing is to be seen of it before it is whole.
    fn replace_by_parts(
        &self,
        name: &str,
        parts: impl Stream<Item = Result<Bytes, SourceError>> + Send,
    ) -> impl Future<Output = Result<Object, SourceError>> + Send;

    /// Reads exactly these bytes of exactly this object, as [`IndexStore::replace_by_parts`] described it.
    fn read_exactly(
        &self,
        object: &Object,
        range: Range<u64>,
    ) -> impl Future<Output = Result<Bytes, SourceError>> + Send;

    /// Whether what is written stays.
    fn keeps(&self) -> bool {
        true
    }

    /// Removes all objects whose names begin with `prefix`; how many there were.
    fn remove(&self, prefix: &str) -> impl Future<Output = Result<usize, SourceError>> + Send;
}

impl<I: IndexStore> IndexStore for Arc<I> {
    async fn read(&self, name: &str, range: Range<u64>) -> Result<Bytes, SourceError> {
        (**self).read(name, range).await
    }

    async fn create(&self, name: &str, bytes: Bytes) -> Result<Created, SourceError> {
        (**self).create(name, bytes).await
    }

    async fn replace(&self, name: &str, bytes: Bytes) -> Result<(), SourceError> {
        (**self).replace(name, bytes).await
    }

    async fn replace_by_parts(
        &self,
        name: &str,
        parts: impl Stream<Item = Result<Bytes, SourceError>> + Send,
    ) -> Result<Object, SourceError> {
        (**self).replace_by_parts(name, parts).await
    }

    async fn read_exactly(&self, object: &Object, range: Range<u64>) -> Result<Bytes, SourceError> {
        (**self).read_exactly(object, range).await
    }

    fn keeps(&self) -> bool {
        (**self).keeps()
    }

    async fn remove(&self, prefix: &str) -> Result<usize, SourceError> {
        (**self).remove(prefix).await
    }
}

/// `None` is as [`NoIndexStore`].
impl<I: IndexStore> IndexStore for Option<I> {
    async fn read(&self, name: &str, range: Range<u64>) -> Result<Bytes, SourceError> {
        match self {
            Some(store) => store.read(name, range).await,
            None => NoIndexStore.read(name, range).await,
        }
    }

    async fn create(&self, name: &str, bytes: Bytes) -> Result<Created, SourceError> {
        match self {
            Some(store) => store.create(name, bytes).await,
            None => NoIndexStore.create(name, bytes).await,
        }
    }

    async fn replace(&self, name: &str, bytes: Bytes) -> Result<(), SourceError> {
        match self {
            Some(store) => store.replace(name, bytes).await,
            None => NoIndexStore.replace(name, bytes).await,
        }
    }

    async fn replace_by_parts(
        &self,
        name: &str,
        parts: impl Stream<Item = Result<Bytes, SourceError>> + Send,
    ) -> Result<Object, SourceError> {
        match self {
            Some(store) => store.replace_by_parts(name, parts).await,
            None => NoIndexStore.replace_by_parts(name, parts).await,
        }
    }

    async fn read_exactly(&self, object: &Object, range: Range<u64>) -> Result<Bytes, SourceError> {
        match self {
            Some(store) => store.read_exactly(object, range).await,
            None => NoIndexStore.read_exactly(object, range).await,
        }
    }

    fn keeps(&self) -> bool {
        self.as_ref().is_some_and(IndexStore::keeps)
    }

    async fn remove(&self, prefix: &str) -> Result<usize, SourceError> {
        match self {
            Some(store) => store.remove(prefix).await,
            None => NoIndexStore.remove(prefix).await,
        }
    }
}

/// What became of a wish to create an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Created {
    /// It is there now.
    New,
    /// Another one was there first and stays.
    Existed,
}

/// No store: every process makes its own indexes.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoIndexStore;

impl IndexStore for NoIndexStore {
    async fn read(&self, _: &str, _: Range<u64>) -> Result<Bytes, SourceError> {
        Err(SourceError::NotFound)
    }

    async fn create(&self, _: &str, _: Bytes) -> Result<Created, SourceError> {
        Ok(Created::New)
    }

    async fn replace(&self, _: &str, _: Bytes) -> Result<(), SourceError> {
        Ok(())
    }

    async fn replace_by_parts(
        &self,
        _: &str,
        _: impl Stream<Item = Result<Bytes, SourceError>> + Send,
    ) -> Result<Object, SourceError> {
        Err(SourceError::NotFound)
    }

    async fn read_exactly(&self, _: &Object, _: Range<u64>) -> Result<Bytes, SourceError> {
        Err(SourceError::NotFound)
    }

    fn keeps(&self) -> bool {
        false
    }

    async fn remove(&self, _: &str) -> Result<usize, SourceError> {
        Ok(0)
    }
}
