//! What stands in the way of a transport stream.

/// Why access units cannot be carried.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A frame of sound is longer than the field that says so.
    #[error("frame {unit} of sound has {bytes} bytes, which its header cannot say")]
    LongFrame {
        /// Number of the frame in the segment, from 0.
        unit: usize,
        /// Its bytes.
        bytes: u64,
    },
    /// The lengths in front of NAL units do not add up to the picture.
    #[error("picture {unit} of the segment is damaged: a NAL unit at byte {at} ends outside of it")]
    NalLength {
        /// Number of the picture in the segment, from 0.
        unit: usize,
        /// Where the length stands in the picture.
        at: usize,
    },
    /// The media has another length than was planned.
    #[error("the media has {got} bytes instead of {planned}")]
    MediaLength {
        /// What there is.
        got: u64,
        /// What was planned.
        planned: u64,
    },
}
