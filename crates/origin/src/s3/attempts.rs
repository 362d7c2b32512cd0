//! The one loop that retries: how often, until when, and with what pauses.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::time::Duration;

use tokio::time::{Instant, sleep, timeout_at};

use super::settings::S3Limits;
use super::trouble::Trouble;
use crate::source::SourceError;

/// The requests of one call.
///
/// ```text
/// let mut attempts = Attempts::new(limits);
/// loop {
///     match attempts.bound(request()).await {
///         Ok(answer) => return Ok(answer),
///         Err(trouble) => attempts.pause_after(trouble).await?,
///     }
/// }
/// ```
#[derive(Debug)]
pub(super) struct Attempts {
    limits: S3Limits,
    deadline: Instant,
    left: u32,
    made: u32,
}

impl Attempts {
    pub(super) fn new(limits: S3Limits) -> Self {
        let deadline = Instant::now() + limits.operation;
        Self { limits, deadline, left: limits.attempts.max(1), made: 0 }
    }

    /// Runs one request within the time for it.
    pub(super) async fn bound<T>(
        &mut self,
        request: impl Future<Output = Result<T, Trouble>>,
    ) -> Result<T, Trouble> {
        self.left = self.left.saturating_sub(1);
        self.made = self.made.saturating_add(1);
        let until = self.deadline.min(Instant::now() + self.limits.attempt);
        // On the heap, here for every call: a request of S3's client has tens of kilobytes, and the futures of
        // all who wait for one would carry them.
        timeout_at(until, Box::pin(request)).await.unwrap_or(Err(Trouble::Passing(SourceError::Busy)))
    }

    /// Waits until the next request may be made; fails if none may.
    pub(super) async fn pause_after(&mut self, trouble: Trouble) -> Result<(), SourceError> {
        let error = match trouble {
            Trouble::Lasting(error) => return Err(error),
            Trouble::Passing(error) => error,
        };
        let pause = self.pause();
        if self.left == 0 || Instant::now() + pause >= self.deadline {
            return Err(error);
        }
        sleep(pause).await;
        Ok(())
    }

    fn pause(&self) -> Duration {
        let doublings = self.made.saturating_sub(1).min(16);
        let longest = self.limits.first_pause.saturating_mul(1 << doublings).min(self.limits.longest_pause);
        let micros = u64::try_from(longest.as_micros()).unwrap_or(u64::MAX);
        Duration::from_micros(random() % micros.saturating_add(1).max(1))
    }
}

/// A number that another process does not draw at the same time: the standard library seeds its hash maps
/// from the system.
fn random() -> u64 {
    RandomState::new().build_hasher().finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_are_random_and_bounded() {
        let mut attempts = Attempts::new(S3Limits::default());
        for (made, longest_millis) in [(1, 50), (2, 100), (3, 200), (40, 1000)] {
            attempts.made = made;
            let pauses: Vec<_> = (0..200).map(|_| attempts.pause()).collect();
            let longest = Duration::from_millis(longest_millis);
            assert!(pauses.iter().all(|pause| *pause <= longest), "{made}");
            assert!(pauses.iter().any(|pause| *pause < longest / 4), "{made}");
            assert!(pauses.iter().any(|pause| *pause > longest / 2), "{made}");
        }
    }
}
