//! Objects that do not fit into memory: multipart uploads.

use std::pin::pin;
use std::sync::atomic::{AtomicU32, Ordering};

use aws_sdk_s3::error::ProvideErrorMetadata;
use aws_sdk_s3::operation::create_multipart_upload::CreateMultipartUploadOutput;
use aws_sdk_s3::operation::upload_part::UploadPartOutput;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{CompletedMultipartUpload, CompletedPart};
use bytes::Bytes;
use futures_util::{Stream, TryStreamExt};

use super::bucket::{Bucket, believe};
use super::index_store::{CONTENT_TYPE, Condition, key_to_write, put};
use super::trouble::Trouble;
use crate::source::SourceError;

/// Most parts of an upload (S3 User Guide, "Amazon S3 multipart upload limits").
const MAX_PARTS: i32 = 10_000;
/// As many bytes as S3 is given time to receive while it puts an object together.
const COMPLETION_BYTES: usize = 16 << 20;

/// Writes an object part by part; at once if there is only one. If anything fails, what was sent is given up.
/// If this future is dropped half-way it is not: a bucket needs a lifecycle rule for abandoned uploads.
pub(super) async fn upload(
    bucket: &Bucket,
    name: &str,
    parts: impl Stream<Item = Result<Bytes, SourceError>> + Send,
) -> Result<(), SourceError> {
    let mut parts = pin!(parts);
    let first = parts.try_next().await?.unwrap_or_default();
    let Some(second) = parts.try_next().await? else {
        return put(bucket, name, first, Condition::Any).await.map(drop);
    };
    let upload = Upload::begin(bucket, key_to_write(bucket, name)?).await?;
    let done = async {
        let mut bytes = first.len() as u64 + second.len() as u64;
        let mut sent = vec![upload.send(1, first).await?, upload.send(2, second).await?];
        while let Some(part) = parts.try_next().await? {
            let number = number_after(sent.len())?;
            bytes += part.len() as u64;
            sent.push(upload.send(number, part).await?);
        }
        upload.complete(sent, bytes).await
    };
    let done = done.await;
    if done.is_err() {
        upload.give_up().await;
    }
    done
}

/// The number of the part that comes after so many.
fn number_after(parts: usize) -> Result<i32, SourceError> {
    let number = i32::try_from(parts).ok().filter(|parts| *parts < MAX_PARTS);
    let number = number.ok_or_else(|| SourceError::Failed("an upload has too many parts".to_owned()))?;
    Ok(number + 1)
}

/// A multipart upload under way.
struct Upload<'a> {
    bucket: &'a Bucket,
    key: String,
    id: String,
}

impl<'a> Upload<'a> {
    async fn begin(bucket: &'a Bucket, key: String) -> Result<Self, SourceError> {
        let request = bucket.client.create_multipart_upload().bucket(&bucket.name).key(&key);
        let request = request.content_type(CONTENT_TYPE);
        let judge = |answer| {
            let answer: CreateMultipartUploadOutput = believe(answer)?;
            answer
                .upload_id
                .filter(|id| !id.is_empty())
                .ok_or_else(|| Trouble::malformed("S3 did not name the upload"))
        };
        let id = bucket.ask(bucket.limits, || request.clone().send(), judge).await?;
        Ok(Self { bucket, key, id })
    }

    async fn send(&self, number: i32, bytes: Bytes) -> Result<CompletedPart, SourceError> {
        let Self { bucket, key, id } = self;
        let send = || {
            let request = bucket.client.upload_part().bucket(&bucket.name).key(key).upload_id(id);
            request.part_number(number).body(ByteStream::from(bytes.clone())).send()
        };
        let judge = |answer| believe(answer).map(|part| completed(number, part));
        bucket.ask(bucket.limits.for_upload(bytes.len()), send, judge).await
    }

    /// Puts the parts together, `bytes` in all. Once that is done S3 knows the upload no more, so that after
    /// an answer that got lost a second request is told that there is none: then the object has to be there.
    async fn complete(&self, parts: Vec<CompletedPart>, bytes: u64) -> Result<(), SourceError> {
        let Self { bucket, key, id } = self;
        let parts = CompletedMultipartUpload::builder().set_parts(Some(parts)).build();
        let request = bucket.client.complete_multipart_upload().bucket(&bucket.name).key(key);
        let request = request.upload_id(id).multipart_upload(parts);
        let limits = bucket.limits.for_upload(COMPLETION_BYTES);
        let requests = AtomicU32::new(0);
        let send = || {
            requests.fetch_add(1, Ordering::Relaxed);
            request.clone().send()
        };
        let judge = |answer| match answer {
            Err(error) if is_unknown_upload(&error) => Ok(Completion::Unknown),
            answer => believe(answer).map(|_| Completion::Done),
        };
        match bucket.ask(limits, send, judge).await? {
            Completion::Done => Ok(()),
            Completion::Unknown if requests.into_inner() > 1 && self.is_there(bytes).await? => Ok(()),
            Completion::Unknown => {
                Err(SourceError::Failed("S3 does not know the upload any more".to_owned()))
            }
        }
    }

    /// Whether an object of this length is where the upload's is to be.
    async fn is_there(&self, bytes: u64) -> Result<bool, SourceError> {
        let Self { bucket, key, .. } = self;
        let request = bucket.client.head_object().bucket(&bucket.name).key(key);
        let length = bucket.ask(bucket.limits, || request.clone().send(), believe).await;
        match length.map(|head| head.content_length().and_then(|length| u64::try_from(length).ok())) {
            Ok(length) => Ok(length == Some(bytes)),
            Err(SourceError::NotFound) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Whatever comes of it: the failure that led here is the one to tell.
    async fn give_up(&self) {
        let Self { bucket, key, id } = self;
        let request = bucket.client.abort_multipart_upload().bucket(&bucket.name).key(key).upload_id(id);
        drop(bucket.ask(bucket.limits, || request.clone().send(), believe).await);
    }
}

/// What S3 says to a request to complete an upload.
enum Completion {
    Done,
    /// There is no such upload, or there is none any more.
    Unknown,
}

/// `NoSuchUpload` (S3 API Reference, "`CompleteMultipartUpload`").
fn is_unknown_upload(error: &impl ProvideErrorMetadata) -> bool {
    error.code() == Some("NoSuchUpload")
}

/// What completion repeats of a part: its tag, and the checksum that the SDK sent with it.
fn completed(number: i32, part: UploadPartOutput) -> CompletedPart {
    CompletedPart::builder()
        .part_number(number)
        .set_e_tag(part.e_tag)
        .set_checksum_crc32(part.checksum_crc32)
        .build()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_upload_has_ten_thousand_parts_at_most() {
        assert_eq!(number_after(0), Ok(1));
        assert_eq!(number_after(9_999), Ok(10_000));
        assert!(number_after(10_000).is_err());
        assert!(number_after(usize::MAX).is_err());
    }
}
