//! Sources in S3.

use std::ops::Range;
use std::time::{Duration, SystemTime};

use aws_sdk_s3::operation::head_object::HeadObjectOutput;
use aws_sdk_s3::operation::list_objects_v2::ListObjectsV2Output;
use bytes::Bytes;

use super::bucket::{Bucket, believe};
use super::folder::objects_in;
use super::range_read::{RangeRead, unquoted};
use super::settings::S3Limits;
use super::trouble::Trouble;
use crate::source::{Object, Source, SourceError};

/// Pages of up to a thousand keys that one call of [`S3Source::search`] looks at.
const MAX_LIST_PAGES: usize = 200;

/// The objects of a bucket, below a prefix.
///
/// Tags are kept without their quotes. [`Object::revision`] is the version ID where the bucket keeps versions;
/// reading by it takes `s3:GetObjectVersion`, and falls back to the current version where that is refused.
#[derive(Debug)]
pub struct S3Source {
    bucket: Bucket,
}

/// An object in a [`Listing`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedObject {
    /// Its key, without the prefix.
    pub key: String,
    /// Its length.
    pub bytes: u64,
    /// When it was written.
    pub modified: Option<SystemTime>,
}

/// Objects in order of their keys' bytes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Listing {
    /// The objects.
    pub objects: Vec<ListedObject>,
    /// If there may be more: what to give as `after` to get them.
    pub next: Option<String>,
}

impl S3Source {
    pub(super) fn new(bucket: Bucket) -> Self {
        Self { bucket }
    }

    /// Sets up credentials and a connection, as far as that succeeds in [`super::S3Limits::warm`].
    pub async fn warm(&self) {
        self.bucket.warm().await;
    }

    /// Requests made until now.
    pub fn requests(&self) -> u64 {
        self.bucket.requests()
    }

    /// Up to `limit` objects whose keys `is_wanted` accepts, from behind the key `after` on; `""` for the
    /// first ones. Looks at 200,000 objects at most, and may therefore find fewer although there are more.
    pub async fn search(
        &self,
        is_wanted: impl Fn(&str) -> bool + Send,
        after: &str,
        limit: usize,
    ) -> Result<Listing, SourceError> {
        let mut listing = Listing { objects: Vec::new(), next: Some(after.to_owned()) };
        for _ in 0..MAX_LIST_PAGES {
            let Some(after) = listing.next.take() else { break };
            let page = self.page(&after).await?;
            // A server that begins anew each time would keep us here for all pages.
            let last = page.contents().last().and_then(|object| self.bucket.name_of(object.key()?));
            let next = last.filter(|last| page.is_truncated() == Some(true) && *last > after.as_str());
            let found = page.contents().iter().filter_map(|object| self.listed(object));
            for object in found.filter(|object| is_wanted(&object.key)) {
                if listing.objects.len() == limit {
                    listing.next = listing.objects.last().map(|last| last.key.clone());
                    return Ok(listing);
                }
                listing.objects.push(object);
            }
            listing.next = next.map(str::to_owned);
        }
        Ok(listing)
    }

    async fn page(&self, after: &str) -> Result<ListObjectsV2Output, SourceError> {
        let bucket = &self.bucket;
        let start_after = (!after.is_empty()).then(|| format!("{}{after}", bucket.prefix));
        let request = bucket.client.list_objects_v2().bucket(&bucket.name).prefix(&bucket.prefix);
        let request = request.set_start_after(start_after);
        bucket.ask(bucket.limits, || request.clone().send(), believe).await
    }

    fn listed(&self, object: &aws_sdk_s3::types::Object) -> Option<ListedObject> {
        let key = self.bucket.name_of(object.key()?)?;
        // Consoles make empty objects to stand for folders.
        let bytes = u64::try_from(object.size()?).ok()?;
        let modified = object.last_modified().and_then(|time| u64::try_from(time.secs()).ok());
        let modified =
            modified.and_then(|secs| SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(secs)));
        (!key.is_empty() && !key.ends_with('/')).then(|| ListedObject {
            key: key.to_owned(),
            bytes,
            modified,
        })
    }
}

impl Source for S3Source {
    fn root(&self) -> String {
        format!("{}/{}", self.bucket.name, self.bucket.prefix)
    }

    async fn head(&self, key: &str) -> Result<Object, SourceError> {
        head(&self.bucket, key).await
    }

    async fn read(&self, object: &Object, range: Range<u64>) -> Result<Bytes, SourceError> {
        if range.start > range.end || range.end > object.bytes {
            return Err(SourceError::Failed("the range lies outside the object".to_owned()));
        }
        let key = self.bucket.key(&object.key).ok_or(SourceError::NotFound)?;
        let mut read = RangeRead::exact(key, range, object.bytes, object.etag.clone());
        read.version.clone_from(&object.revision);
        let mut attempts = self.bucket.attempts();
        loop {
            match attempts.bound(read.resume(&self.bucket)).await {
                Ok(()) => return Ok(read.into_bytes()),
                // The old version may be gone, or may not be read, while the current one is the same. This is
                // asked at once, and even if it was the last attempt that told so.
                Err(Trouble::Lasting(SourceError::NotFound | SourceError::Denied))
                    if read.version.take().is_some() => {}
                Err(trouble) => attempts.pause_after(trouble).await?,
            }
        }
    }

    async fn read_whole(&self, key: &str, most: u64) -> Result<(Object, Bytes), SourceError> {
        let full = self.bucket.key(key).ok_or(SourceError::NotFound)?;
        let mut read = RangeRead::clamped(full, 0..most);
        let mut attempts = self.bucket.attempts();
        loop {
            match attempts.bound(read.resume(&self.bucket)).await {
                Ok(()) => return Ok(read.into_object(key)),
                Err(trouble) => attempts.pause_after(trouble).await?,
            }
        }
    }

    async fn list(&self, folder: &str) -> Result<Vec<Object>, SourceError> {
        objects_in(&self.bucket, folder).await
    }
}

/// Describes an object of a bucket.
pub(super) async fn head(bucket: &Bucket, key: &str) -> Result<Object, SourceError> {
    let full = bucket.key(key).ok_or(SourceError::NotFound)?;
    let request = bucket.client.head_object().bucket(&bucket.name).key(full);
    // There is no body to wait for.
    let limits = S3Limits { attempt: bucket.limits.read.min(bucket.limits.attempt), ..bucket.limits };
    let judge = |answer| described(key, &believe(answer)?);
    bucket.ask(limits, || request.clone().send(), judge).await
}

fn described(key: &str, head: &HeadObjectOutput) -> Result<Object, Trouble> {
    let bytes = head.content_length().and_then(|length| u64::try_from(length).ok());
    let etag = unquoted(head.e_tag().unwrap_or_default());
    match bytes {
        Some(bytes) if !etag.is_empty() => Ok(Object {
            key: key.to_owned(),
            bytes,
            etag: etag.to_owned(),
            // "null" is what a bucket without versions calls the only one, and a name for another tomorrow.
            revision: head.version_id().filter(|id| !id.is_empty() && *id != "null").map(str::to_owned),
        }),
        _ => Err(Trouble::malformed("S3 described an object without length or tag")),
    }
}
