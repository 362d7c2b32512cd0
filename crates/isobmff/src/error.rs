//! What can be wrong with a file, and where.

use crate::FourCc;

/// A fault of the file, with the box and the byte at which it was found.
///
/// `offset` is always counted from the start of the file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The file ends, or its parent does, inside this box.
    #[error("`{kind}` at byte {offset} is cut short: {missing} bytes missing")]
    Truncated {
        /// The box that is cut.
        kind: FourCc,
        /// Where the box starts.
        offset: u64,
        /// How many bytes it lacks at least.
        missing: u64,
    },
    /// A mandatory box is not there.
    #[error("no `{kind}` in `{parent}` at byte {offset}")]
    Missing {
        /// The box that was looked for.
        kind: FourCc,
        /// The box (or `file`) it should have been in.
        parent: FourCc,
        /// Where the parent starts.
        offset: u64,
    },
    /// A field has a value that the format forbids.
    #[error("`{kind}` at byte {offset}: {reason}")]
    Invalid {
        /// The box with the field.
        kind: FourCc,
        /// Where the box starts.
        offset: u64,
        /// What is wrong, for a person.
        reason: &'static str,
    },
    /// A legal file that goes beyond a limit of this reader.
    #[error("`{kind}` at byte {offset}: {what} exceeds the limit of {limit}")]
    Limit {
        /// The box that is too large.
        kind: FourCc,
        /// Where the box starts.
        offset: u64,
        /// What was counted, with its unit.
        what: &'static str,
        /// The largest accepted value.
        limit: u64,
    },
    /// Something that is legal and not supported.
    #[error("`{kind}` at byte {offset} is not supported: {reason}")]
    Unsupported {
        /// The box in question.
        kind: FourCc,
        /// Where the box starts.
        offset: u64,
        /// What is not supported, for a person.
        reason: &'static str,
    },
}
