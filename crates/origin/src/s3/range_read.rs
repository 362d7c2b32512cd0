//! A range of an object, collected over as many responses as it takes.

use std::ops::Range;
use std::pin::Pin;

use aws_sdk_s3::config::http::HttpResponse;
use aws_sdk_s3::error::SdkError;
use aws_sdk_s3::operation::get_object::{GetObjectError, GetObjectOutput};
use aws_sdk_s3::primitives::ByteStream;
use bytes::Bytes;
use tokio::time::timeout;

use super::bucket::Bucket;
use super::trouble::{Trouble, status};
use crate::source::{Object, SourceError};

type Answer = Result<GetObjectOutput, SdkError<GetObjectError, HttpResponse>>;

/// What is wanted, what is known, and what has come.
#[derive(Debug)]
pub(super) struct RangeRead {
    key: String,
    /// Clamped to the object's length as soon as that is known.
    range: Range<u64>,
    /// The object's length.
    total: Option<u64>,
    /// The object's tag without quotes. The first answer's, if none was known before.
    etag: Option<String>,
    /// The version to read. Without one: the current.
    pub(super) version: Option<String>,
    buffer: Vec<u8>,
}

impl RangeRead {
    /// A range of an object of known length and tag: all of it, or nothing.
    pub(super) fn exact(key: String, range: Range<u64>, total: u64, etag: String) -> Self {
        Self { total: Some(total), etag: Some(etag), ..Self::clamped(key, range) }
    }

    /// As much of a range as the object has.
    pub(super) fn clamped(key: String, range: Range<u64>) -> Self {
        Self { key, range, total: None, etag: None, version: None, buffer: Vec::new() }
    }

    /// The bytes, when [`Self::resume`] has succeeded.
    pub(super) fn into_bytes(self) -> Bytes {
        self.buffer.into()
    }

    /// The object as the answers described it, and the bytes. An empty object has no range: it is described
    /// by nothing.
    pub(super) fn into_object(self, key: &str) -> (Object, Bytes) {
        let object = Object {
            key: key.to_owned(),
            bytes: self.total.unwrap_or(0),
            etag: self.etag.unwrap_or_default(),
            revision: None,
        };
        (object, self.buffer.into())
    }

    /// Asks for what is missing; what comes of it is kept even if the rest does not.
    pub(super) async fn resume(&mut self, bucket: &Bucket) -> Result<(), Trouble> {
        let missing = self.missing();
        if missing.is_empty() {
            return Ok(());
        }
        let response = timeout(bucket.limits.read, self.send(bucket, &missing)).await;
        let response = match response {
            Err(_) => return Err(Trouble::Passing(SourceError::Busy)),
            // The object ends before a range that needed not be whole.
            Ok(Err(error)) if self.total.is_none() && status(&error) == Some(416) => return Ok(()),
            Ok(Err(error)) => return Err(Trouble::of(&error)),
            Ok(Ok(response)) => response,
        };
        self.check(&response, &missing)?;
        self.collect(bucket, response.body).await
    }

    /// On the heap: the SDK's futures are large.
    fn send(&self, bucket: &Bucket, missing: &Range<u64>) -> Pin<Box<impl Future<Output = Answer> + use<>>> {
        let request = bucket
            .client
            .get_object()
            .bucket(&bucket.name)
            .key(&self.key)
            .range(format!("bytes={}-{}", missing.start, missing.end.saturating_sub(1)))
            .set_if_match(self.etag.as_deref().map(quoted))
            .set_version_id(self.version.clone());
        bucket.counted(request.send())
    }

    fn missing(&self) -> Range<u64> {
        self.range.start.saturating_add(self.buffer.len() as u64)..self.range.end
    }

    /// Compares what S3 says that it sends with what was asked for, and learns what was not known.
    fn check(&mut self, response: &GetObjectOutput, missing: &Range<u64>) -> Result<(), Trouble> {
        let length = response.content_length().and_then(|length| u64::try_from(length).ok());
        let length = length.ok_or_else(|| Trouble::malformed("S3 did not say how much it sends"))?;
        // Without the header this is the whole object, whatever was asked for.
        let (sent, total) = match response.content_range() {
            Some(header) => parse_content_range(header)
                .ok_or_else(|| Trouble::malformed("S3 sent a Content-Range that cannot be read"))?,
            None => (0..length, length),
        };
        let etag = unquoted(response.e_tag().unwrap_or_default());
        match &self.etag {
            _ if etag.is_empty() => return Err(Trouble::malformed("S3 did not send the object's tag")),
            Some(known) if known != etag => return Err(Trouble::Lasting(SourceError::Changed)),
            _ => {}
        }
        let end = missing.end.min(total);
        let is_asked = sent == (missing.start..end) && sent.end.checked_sub(sent.start) == Some(length);
        if !is_asked || self.total.is_some_and(|known| known != total) {
            return Err(Trouble::malformed("S3 sent another range than it was asked for"));
        }
        self.range.end = end;
        self.total = Some(total);
        self.etag.get_or_insert_with(|| etag.to_owned());
        self.reserve()
    }

    /// Room for the whole range, once.
    fn reserve(&mut self) -> Result<(), Trouble> {
        let wanted = usize::try_from(self.range.end.saturating_sub(self.range.start)).ok();
        let more = wanted.and_then(|wanted| wanted.checked_sub(self.buffer.len()));
        let reserved = more.map(|more| self.buffer.try_reserve_exact(more));
        match reserved {
            Some(Ok(())) => Ok(()),
            _ => Err(Trouble::Lasting(SourceError::Failed("the range does not fit into memory".to_owned()))),
        }
    }

    async fn collect(&mut self, bucket: &Bucket, mut body: ByteStream) -> Result<(), Trouble> {
        loop {
            let piece = match timeout(bucket.limits.read, body.next()).await {
                Ok(None) if self.missing().is_empty() => return Ok(()),
                // Stalled, broken, or cut.
                Err(_) | Ok(Some(Err(_)) | None) => return Err(Trouble::Passing(SourceError::Busy)),
                Ok(Some(Ok(piece))) => piece,
            };
            let missing = self.missing();
            if piece.len() as u64 > missing.end.saturating_sub(missing.start) {
                return Err(Trouble::malformed("S3 sent more bytes than it said"));
            }
            self.buffer.extend_from_slice(&piece);
        }
    }
}

/// `bytes 0-9/100` as its range and total (RFC 9110 §14.4).
fn parse_content_range(header: &str) -> Option<(Range<u64>, u64)> {
    let (range, total) = header.strip_prefix("bytes ")?.split_once('/')?;
    let (first, last) = range.split_once('-')?;
    let (first, last, total): (u64, u64, u64) =
        (first.parse().ok()?, last.parse().ok()?, total.parse().ok()?);
    (first <= last && last < total).then(|| (first..last + 1, total))
}

/// A tag as `Object` keeps it. Not all servers quote tags, and some only here and there.
pub(super) fn unquoted(etag: &str) -> &str {
    etag.strip_prefix('"').and_then(|etag| etag.strip_suffix('"')).unwrap_or(etag)
}

/// A tag as a header wants it. Weak tags keep their form (RFC 9110 §8.8.3).
fn quoted(etag: &str) -> String {
    if etag.starts_with("W/") { etag.to_owned() } else { format!("\"{etag}\"") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_ranges() {
        assert_eq!(parse_content_range("bytes 0-9/100"), Some((0..10, 100)));
        assert_eq!(parse_content_range("bytes 99-99/100"), Some((99..100, 100)));
        for wrong in ["bytes */100", "bytes 0-100/100", "bytes 9-8/100", "0-9/100", "bytes 0-9/*", ""] {
            assert_eq!(parse_content_range(wrong), None, "{wrong}");
        }
        let longest = format!("bytes 0-{}/{}", u64::MAX, u64::MAX);
        assert_eq!(parse_content_range(&longest), None);
    }

    #[test]
    fn tags_are_kept_without_quotes_and_sent_with_them() {
        for etag in ["\"d41d8cd98f00b204e9800998ecf8427e-2\"", "W/\"weak\""] {
            assert_eq!(quoted(unquoted(etag)), etag);
        }
        assert_eq!(quoted(unquoted("bare")), "\"bare\"");
    }
}
