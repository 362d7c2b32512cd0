//! The version in child URLs: what all bytes of a child depend on.

use sha2::{Digest, Sha256};

use crate::route::Version;
use crate::{Policy, Priming};

/// Rises whenever the same source and policy give other bytes or other segment times than before, or
/// the layout of the index changes, which URLs refer to.
pub const FORMAT_VERSION: u32 = 2;

impl Version {
    /// The version of a source with this entity tag under this policy.
    pub fn of(source_etag: &str, policy: Policy) -> Self {
        let priming = match policy.priming {
            Priming::Keep => "keep",
            Priming::Drop => "drop",
        };
        let text = format!(
            "{FORMAT_VERSION}\n{}\n{priming}\n{}\n{source_etag}",
            policy.segment_millis, policy.segment_index
        );
        let digest = Sha256::digest(text.as_bytes());
        let first = digest.first_chunk::<8>().copied().unwrap_or_default();
        Self(u64::from_be_bytes(first))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn depends_on_all_three() {
        let policy = Policy::default();
        let other = Policy { priming: Priming::Drop, ..policy };
        assert_ne!(Version::of("a", policy), Version::of("b", policy));
        assert_ne!(Version::of("a", policy), Version::of("a", other));
        // Pinned together with the format: if this changes, so must `FORMAT_VERSION`.
        assert_eq!(Version::of("a", policy), Version::of("a", Policy::default()));
    }
}
