//! Where objects are, and how long to wait for them.

use std::time::Duration;

/// Where sources and indexes are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct S3Settings {
    /// The bucket of sources.
    pub source_bucket: String,
    /// What comes before every key of a source: empty, or folders. A `/` is added to its end if there is none.
    pub source_prefix: String,
    /// The bucket of indexes; without one, indexes are not kept.
    pub index_bucket: Option<String>,
    /// As `source_prefix`, for indexes.
    pub index_prefix: String,
    /// How long to wait, and how often.
    pub limits: S3Limits,
}

/// Bounds of every call. They add up: a request looks a source up, reads its index, and reads `moov` in up to
/// three steps or media, one call each, so that with the defaults the slowest is far from over when a CDN or
/// Lambda gives it up. Whoever serves requests bounds each as a whole; dropping a call at any time is safe.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct S3Limits {
    /// For a connection, TLS apart; 1 s. Takes effect when the client is made.
    pub connect: Duration,
    /// For the head of a response, and from one piece of its body to the next; 3 s.
    pub read: Duration,
    /// For one request and its response; 5 s. What has arrived by then is kept.
    pub attempt: Duration,
    /// For one call with all its requests; 8 s.
    pub operation: Duration,
    /// Requests that one call may make; 5. At least one is made.
    pub attempts: u32,
    /// Longest pause before the second request, doubled for each further one; 50 ms. Pauses are random
    /// between nothing and this ("full jitter"), so that those who failed together do not return together.
    pub first_pause: Duration,
    /// Bound of that doubling; 1 s.
    pub longest_pause: Duration,
    /// Uploads have `attempt` and `operation` prolonged by the time that their body takes at this speed, in
    /// bytes per second; 512 KiB/s.
    pub slowest_upload: u64,
    /// For the request that warms the connection up; 2 s.
    pub warm: Duration,
}

impl Default for S3Limits {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(1),
            read: Duration::from_secs(3),
            attempt: Duration::from_secs(5),
            operation: Duration::from_secs(8),
            attempts: 5,
            first_pause: Duration::from_millis(50),
            longest_pause: Duration::from_secs(1),
            slowest_upload: 512 << 10,
            warm: Duration::from_secs(2),
        }
    }
}

impl S3Limits {
    /// For a program on a slow line with a person before it: a minute per request, two per call.
    pub fn patient() -> Self {
        Self {
            connect: Duration::from_secs(5),
            read: Duration::from_secs(15),
            attempt: Duration::from_mins(1),
            operation: Duration::from_mins(2),
            slowest_upload: 64 << 10,
            ..Self::default()
        }
    }

    /// With time for the upload of a body.
    pub(super) fn for_upload(self, bytes: usize) -> Self {
        let millis = (bytes as u64).saturating_mul(1000) / self.slowest_upload.max(1);
        let extra = Duration::from_millis(millis);
        let attempt = self.attempt.saturating_add(extra);
        Self { attempt, operation: self.operation.saturating_add(extra), ..self }
    }
}

/// Settings that cannot be worked with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SettingsError {
    /// A bucket's name is empty.
    #[error("the name of a bucket is empty")]
    NoBucket,
    /// Sources would have names of indexes, and be removed with them.
    #[error("indexes need a bucket of their own, or a prefix that holds no sources")]
    IndexesOverSources,
}

impl S3Settings {
    /// Settings with default limits and without indexes.
    pub fn new(source_bucket: impl Into<String>) -> Self {
        Self {
            source_bucket: source_bucket.into(),
            source_prefix: String::new(),
            index_bucket: None,
            index_prefix: String::new(),
            limits: S3Limits::default(),
        }
    }

    /// With whole prefixes, if they make sense.
    pub(super) fn checked(mut self) -> Result<Self, SettingsError> {
        for prefix in [&mut self.source_prefix, &mut self.index_prefix] {
            if !prefix.is_empty() && !prefix.ends_with('/') {
                prefix.push('/');
            }
        }
        if self.source_bucket.is_empty() || self.index_bucket.as_ref().is_some_and(String::is_empty) {
            return Err(SettingsError::NoBucket);
        }
        let is_shared = self.index_bucket.as_ref() == Some(&self.source_bucket);
        if is_shared && self.source_prefix.starts_with(&self.index_prefix) {
            return Err(SettingsError::IndexesOverSources);
        }
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_end_with_a_slash_or_are_empty() {
        let settings = S3Settings { index_prefix: "a/b".to_owned(), ..S3Settings::new("films") };
        let checked = settings.checked().unwrap();
        assert_eq!((checked.source_prefix.as_str(), checked.index_prefix.as_str()), ("", "a/b/"));
        assert_eq!(checked.clone().checked(), Ok(checked));
    }

    #[test]
    fn an_index_may_not_lie_where_sources_do() {
        let settings = |source: &str, index: &str| {
            let settings = S3Settings {
                source_prefix: source.to_owned(),
                index_bucket: Some("films".to_owned()),
                index_prefix: index.to_owned(),
                ..S3Settings::new("films")
            };
            settings.checked().err()
        };
        assert_eq!(settings("", ""), Some(SettingsError::IndexesOverSources));
        assert_eq!(settings("in/films", "in"), Some(SettingsError::IndexesOverSources));
        assert_eq!(settings("", "index"), None);
        assert_eq!(settings("index-of-films", "index"), None, "another folder");
        assert_eq!(S3Settings::new("").checked(), Err(SettingsError::NoBucket));
    }
}
