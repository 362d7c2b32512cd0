//! Why captions cannot be read.

/// Why captions cannot be read. Faults of single cues are not errors: such cues are left out, as players do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The bytes are not what they should be.
    #[error("{format}, line {line}: {reason}")]
    Invalid {
        /// `WebVTT`, `SRT`, `TTML`.
        format: &'static str,
        /// Line of the file, from 1.
        line: u64,
        /// What is wrong.
        reason: String,
    },
    /// A sample of a track is not what it should be.
    #[error("{format} sample: {reason}")]
    Sample {
        /// `tx3g`, `wvtt`, `stpp`, `c608`.
        format: &'static str,
        /// What is wrong.
        reason: &'static str,
    },
    /// It exceeds what is accepted of strangers.
    #[error("{format}: more than {limit} {what}")]
    Limit {
        /// As above.
        format: &'static str,
        /// What there is too much of.
        what: &'static str,
        /// The most that is accepted.
        limit: u64,
    },
}
