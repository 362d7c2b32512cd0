//! Indexes in S3.

use std::ops::Range;

use aws_sdk_s3::operation::delete_objects::DeleteObjectsOutput;
use aws_sdk_s3::operation::list_objects_v2::ListObjectsV2Output;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{Delete, ObjectIdentifier};
use bytes::Bytes;
use futures_util::Stream;

use super::bucket::{Bucket, believe};
use super::range_read::RangeRead;
use super::source::head;
use super::trouble::{Trouble, status};
use super::upload::upload;
use crate::index_store::{Created, IndexStore, NoIndexStore};
use crate::source::{Object, SourceError};

/// What indexes say that they are.
pub(super) const CONTENT_TYPE: &str = "application/octet-stream";
/// Pages of up to a thousand objects that one removal takes away.
const MAX_REMOVED_PAGES: usize = 1000;

/// Indexes below a prefix of a bucket; without a bucket, none are kept.
#[derive(Debug)]
pub struct S3IndexStore {
    bucket: Option<Bucket>,
}

impl S3IndexStore {
    pub(super) fn new(bucket: Option<Bucket>) -> Self {
        Self { bucket }
    }

    /// Sets up credentials and a connection, as far as that succeeds in [`super::S3Limits::warm`].
    pub async fn warm(&self) {
        if let Some(bucket) = &self.bucket {
            bucket.warm().await;
        }
    }

    /// Requests made until now.
    pub fn requests(&self) -> u64 {
        self.bucket.as_ref().map_or(0, Bucket::requests)
    }
}

impl IndexStore for S3IndexStore {
    async fn read(&self, name: &str, range: Range<u64>) -> Result<Bytes, SourceError> {
        let Some(bucket) = &self.bucket else { return NoIndexStore.read(name, range).await };
        if range.is_empty() {
            return Ok(Bytes::new());
        }
        let key = bucket.key(name).ok_or(SourceError::NotFound)?;
        collect(bucket, RangeRead::clamped(key, range)).await
    }

    async fn create(&self, name: &str, bytes: Bytes) -> Result<Created, SourceError> {
        let Some(bucket) = &self.bucket else { return NoIndexStore.create(name, bytes).await };
        put(bucket, name, bytes, Condition::Absent).await
    }

    async fn replace(&self, name: &str, bytes: Bytes) -> Result<(), SourceError> {
        let Some(bucket) = &self.bucket else { return NoIndexStore.replace(name, bytes).await };
        put(bucket, name, bytes, Condition::Any).await.map(drop)
    }

    async fn replace_by_parts(
        &self,
        name: &str,
        parts: impl Stream<Item = Result<Bytes, SourceError>> + Send,
    ) -> Result<Object, SourceError> {
        let Some(bucket) = &self.bucket else { return NoIndexStore.replace_by_parts(name, parts).await };
        upload(bucket, name, parts).await?;
        let object = head(bucket, name).await?;
        // Its own tag is enough: what is read must be what is there now.
        Ok(Object { revision: None, ..object })
    }

    async fn read_exactly(&self, object: &Object, range: Range<u64>) -> Result<Bytes, SourceError> {
        let Some(bucket) = &self.bucket else { return NoIndexStore.read_exactly(object, range).await };
        let key = bucket.key(&object.key).ok_or(SourceError::NotFound)?;
        collect(bucket, RangeRead::exact(key, range, object.bytes, object.etag.clone())).await
    }

    fn keeps(&self) -> bool {
        self.bucket.is_some()
    }

    async fn remove(&self, prefix: &str) -> Result<usize, SourceError> {
        let Some(bucket) = &self.bucket else { return NoIndexStore.remove(prefix).await };
        let prefix = format!("{}{prefix}", bucket.prefix);
        if prefix.is_empty() {
            return Err(SourceError::Failed("a whole bucket is not removed".to_owned()));
        }
        let mut removed = 0;
        for _ in 0..MAX_REMOVED_PAGES {
            // What is removed is gone from the list: each page is the first one.
            let page = list(bucket, &prefix).await?;
            let keys = page.contents().iter().filter_map(|object| object.key());
            let keys: Vec<_> = keys.filter(|key| key.starts_with(&prefix)).map(str::to_owned).collect();
            if keys.is_empty() {
                return Ok(removed);
            }
            removed += keys.len();
            delete(bucket, &keys).await?;
            if page.is_truncated() != Some(true) {
                return Ok(removed);
            }
        }
        Err(SourceError::Failed("there are too many indexes to remove at once".to_owned()))
    }
}

/// Reads until all is there, as often and as long as the limits allow.
async fn collect(bucket: &Bucket, mut read: RangeRead) -> Result<Bytes, SourceError> {
    let mut attempts = bucket.attempts();
    loop {
        match attempts.bound(read.resume(bucket)).await {
            Ok(()) => return Ok(read.into_bytes()),
            Err(trouble) => attempts.pause_after(trouble).await?,
        }
    }
}

/// When an object may be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Condition {
    Any,
    Absent,
}

/// Writes an object at once. Where a request seems to have failed and has not, the next one finds its object:
/// that counts as `Existed`.
pub(super) async fn put(
    bucket: &Bucket,
    name: &str,
    bytes: Bytes,
    condition: Condition,
) -> Result<Created, SourceError> {
    let key = key_to_write(bucket, name)?;
    let is_new_only = condition == Condition::Absent;
    let send = || {
        let request = bucket.client.put_object().bucket(&bucket.name).key(&key).content_type(CONTENT_TYPE);
        let request = request.set_if_none_match(is_new_only.then(|| "*".to_owned()));
        request.body(ByteStream::from(bytes.clone())).send()
    };
    let judge = |answer| match answer {
        Ok(_) => Ok(Created::New),
        // 409: another one is being written right now.
        Err(error) if is_new_only && matches!(status(&error), Some(409 | 412)) => Ok(Created::Existed),
        Err(error) => Err(Trouble::of(&error)),
    };
    bucket.ask(bucket.limits.for_upload(bytes.len()), send, judge).await
}

pub(super) fn key_to_write(bucket: &Bucket, name: &str) -> Result<String, SourceError> {
    bucket.key(name).ok_or_else(|| SourceError::Failed("no object in S3 can have this name".to_owned()))
}

async fn list(bucket: &Bucket, prefix: &str) -> Result<ListObjectsV2Output, SourceError> {
    let request = bucket.client.list_objects_v2().bucket(&bucket.name).prefix(prefix);
    bucket.ask(bucket.limits, || request.clone().send(), believe).await
}

async fn delete(bucket: &Bucket, keys: &[String]) -> Result<(), SourceError> {
    let identifiers = keys.iter().map(|key| ObjectIdentifier::builder().key(key).build());
    let identifiers: Result<Vec<_>, _> = identifiers.collect();
    let delete = identifiers.and_then(|keys| Delete::builder().set_objects(Some(keys)).quiet(true).build());
    let delete = delete.map_err(|_| SourceError::Failed("an object to remove has no name".to_owned()))?;
    let request = bucket.client.delete_objects().bucket(&bucket.name).delete(delete);
    let judge = |answer| are_deleted(&believe(answer)?);
    bucket.ask(bucket.limits, || request.clone().send(), judge).await
}

/// Single objects may fail in an answer that is a success.
fn are_deleted(answer: &DeleteObjectsOutput) -> Result<(), Trouble> {
    if answer.errors().is_empty() {
        return Ok(());
    }
    Err(Trouble::malformed("S3 did not remove all objects"))
}
