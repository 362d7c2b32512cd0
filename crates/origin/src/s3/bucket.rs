//! One bucket and the part of it that is ours.

use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};

use aws_sdk_s3::Client;
use aws_sdk_s3::config::http::HttpResponse;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use tokio::time::timeout;

use super::attempts::Attempts;
use super::settings::S3Limits;
use super::trouble::Trouble;
use crate::source::SourceError;

/// Longest key (S3 User Guide, "Naming Amazon S3 objects"), in bytes of UTF-8.
const MAX_KEY_BYTES: usize = 1024;

/// A bucket, as far as a prefix reaches.
#[derive(Debug)]
pub(super) struct Bucket {
    pub(super) client: Client,
    pub(super) name: String,
    /// Empty, or ends with `/`.
    pub(super) prefix: String,
    pub(super) limits: S3Limits,
    requests: AtomicU64,
}

impl Bucket {
    pub(super) fn new(client: Client, name: String, prefix: String, limits: S3Limits) -> Self {
        Self { client, name, prefix, limits, requests: AtomicU64::new(0) }
    }

    /// The key behind the prefix. `None` for what no object can be called, and for what a server that
    /// resolves paths could take for a way out of the prefix.
    pub(super) fn key(&self, name: &str) -> Option<String> {
        let is_plain = !name.is_empty() && name.split('/').all(|element| element != "." && element != "..");
        let is_short = self.prefix.len().saturating_add(name.len()) <= MAX_KEY_BYTES;
        (is_plain && is_short).then(|| format!("{}{name}", self.prefix))
    }

    /// The name of a key; `None` for keys outside the prefix.
    pub(super) fn name_of<'a>(&self, key: &'a str) -> Option<&'a str> {
        key.strip_prefix(&self.prefix)
    }

    pub(super) fn attempts(&self) -> Attempts {
        Attempts::new(self.limits)
    }

    /// Makes a request until `judge` is content with what came of it, as often and as long as `limits` allow.
    pub(super) async fn ask<T, E, U, F>(
        &self,
        limits: S3Limits,
        send: impl Fn() -> F,
        judge: impl Fn(Result<T, SdkError<E, HttpResponse>>) -> Result<U, Trouble>,
    ) -> Result<U, SourceError>
    where
        F: Future<Output = Result<T, SdkError<E, HttpResponse>>>,
    {
        let mut attempts = Attempts::new(limits);
        loop {
            let request = self.counted(send());
            match attempts.bound(async { judge(request.await) }).await {
                Ok(answer) => return Ok(answer),
                Err(trouble) => attempts.pause_after(trouble).await?,
            }
        }
    }

    /// A request that counts, on the heap: the SDK's futures are large.
    pub(super) fn counted<F: Future>(&self, request: F) -> Pin<Box<F>> {
        self.requests.fetch_add(1, Ordering::Relaxed);
        Box::pin(request)
    }

    pub(super) fn requests(&self) -> u64 {
        self.requests.load(Ordering::Relaxed)
    }

    /// One signed request that costs little and may fail: after it there are credentials and a connection.
    pub(super) async fn warm(&self) {
        let request = self.counted(self.client.head_bucket().bucket(&self.name).send());
        drop(timeout(self.limits.warm, request).await);
    }
}

/// Believes a success, and judges a failure by what S3 says.
pub(super) fn believe<T, E: ProvideErrorMetadata>(
    answer: Result<T, SdkError<E, HttpResponse>>,
) -> Result<T, Trouble> {
    answer.map_err(|error| Trouble::of(&error))
}
