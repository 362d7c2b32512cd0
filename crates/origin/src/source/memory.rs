//! Objects in memory: bundled samples and tests.

use std::collections::BTreeMap;
use std::ops::Range;

use bytes::Bytes;
use sha2::{Digest, Sha256};

use super::{MAX_LISTED, Object, Source, SourceError};

/// Objects by key. The tag of each is the hash of its bytes.
#[derive(Debug, Default)]
pub struct MemorySource {
    objects: BTreeMap<String, (Object, Bytes)>,
}

impl MemorySource {
    /// Adds or replaces an object.
    pub fn insert(&mut self, key: &str, bytes: impl Into<Bytes>) {
        let bytes = bytes.into();
        let digest = Sha256::digest(&bytes);
        let first = digest.first_chunk::<16>().copied().unwrap_or_default();
        let etag = format!("{:032x}", u128::from_be_bytes(first));
        let object = Object { key: key.to_owned(), bytes: bytes.len() as u64, etag, revision: None };
        self.objects.insert(key.to_owned(), (object, bytes));
    }
}

impl Source for MemorySource {
    async fn head(&self, key: &str) -> Result<Object, SourceError> {
        self.objects.get(key).map(|(object, _)| object.clone()).ok_or(SourceError::NotFound)
    }

    async fn read(&self, object: &Object, range: Range<u64>) -> Result<Bytes, SourceError> {
        let (current, bytes) = self.objects.get(&object.key).ok_or(SourceError::NotFound)?;
        if current != object {
            return Err(SourceError::Changed);
        }
        let position = |at: u64| usize::try_from(at).ok().filter(|&at| at <= bytes.len());
        match (position(range.start), position(range.end)) {
            (Some(start), Some(end)) if start <= end => Ok(bytes.slice(start..end)),
            _ => Err(SourceError::Failed("the range lies outside the object".to_owned())),
        }
    }

    async fn list(&self, folder: &str) -> Result<Vec<Object>, SourceError> {
        let below = self.objects.values().map(|(object, _)| object);
        let is_in =
            |object: &&Object| object.key.strip_prefix(folder).is_some_and(|name| !name.contains('/'));
        let found: Vec<_> = below.filter(is_in).take(MAX_LISTED + 1).cloned().collect();
        if found.len() > MAX_LISTED { Err(SourceError::TooMany) } else { Ok(found) }
    }
}
