//! Indexes in memory, for tests and for one process.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use futures_util::{Stream, TryStreamExt};

use super::{Created, IndexStore};
use crate::source::{Object, SourceError};

/// Objects by name.
#[derive(Debug, Default)]
pub struct MemoryIndexStore {
    objects: Mutex<BTreeMap<String, Bytes>>,
}

impl MemoryIndexStore {
    /// All objects by name.
    pub fn objects(&self) -> BTreeMap<String, Bytes> {
        self.lock().clone()
    }

    /// No thread panics while it holds the lock: what it guards is whole.
    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Bytes>> {
        self.objects.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The tag is a sum over all bytes.
fn described(name: &str, bytes: &Bytes) -> Object {
    let sum = bytes.iter().fold(0u64, |sum, &byte| sum.wrapping_mul(31).wrapping_add(byte.into()));
    Object { key: name.to_owned(), bytes: bytes.len() as u64, etag: format!("{sum:x}"), revision: None }
}

impl IndexStore for MemoryIndexStore {
    async fn read(&self, name: &str, range: Range<u64>) -> Result<Bytes, SourceError> {
        let bytes = self.lock().get(name).cloned().ok_or(SourceError::NotFound)?;
        let within = |at: u64| usize::try_from(at).unwrap_or(usize::MAX).min(bytes.len());
        Ok(bytes.slice(within(range.start)..within(range.end).max(within(range.start))))
    }

    async fn create(&self, name: &str, bytes: Bytes) -> Result<Created, SourceError> {
        let mut objects = self.lock();
        if objects.contains_key(name) {
            return Ok(Created::Existed);
        }
        objects.insert(name.to_owned(), bytes);
        Ok(Created::New)
    }

    async fn replace(&self, name: &str, bytes: Bytes) -> Result<(), SourceError> {
        self.lock().insert(name.to_owned(), bytes);
        Ok(())
    }

    async fn replace_by_parts(
        &self,
        name: &str,
        parts: impl Stream<Item = Result<Bytes, SourceError>> + Send,
    ) -> Result<Object, SourceError> {
        let mut all = Vec::new();
        let mut parts = std::pin::pin!(parts);
        while let Some(part) = parts.try_next().await? {
            all.extend_from_slice(&part);
        }
        let bytes = Bytes::from(all);
        let object = described(name, &bytes);
        self.replace(name, bytes).await?;
        Ok(object)
    }

    async fn read_exactly(&self, object: &Object, range: Range<u64>) -> Result<Bytes, SourceError> {
        let bytes = self.lock().get(&object.key).cloned().ok_or(SourceError::NotFound)?;
        if described(&object.key, &bytes) != *object {
            return Err(SourceError::Changed);
        }
        let at = |position: u64| usize::try_from(position).ok().filter(|&at| at <= bytes.len());
        match (at(range.start), at(range.end)) {
            (Some(start), Some(end)) if start <= end => Ok(bytes.slice(start..end)),
            _ => Err(SourceError::Failed("the range lies outside the object".to_owned())),
        }
    }

    async fn remove(&self, prefix: &str) -> Result<usize, SourceError> {
        let mut objects = self.lock();
        let before = objects.len();
        objects.retain(|name, _| !name.starts_with(prefix));
        Ok(before - objects.len())
    }
}
