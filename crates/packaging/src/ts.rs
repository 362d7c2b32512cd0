//! Segments as MPEG-TS and packed audio, from the samples of pages.
//!
//! Headers lie between the media here, so a plan is no list of pieces: it is the length, what must be read, and
//! a way to make the body of that. All clocks start ten seconds before time 0, so that neither the reordering
//! of pictures nor the priming of sound leads below 0.

mod codec;
mod metadata;
mod muxed;
mod plan;
mod sizes;

pub(crate) use self::codec::codec_of;
pub use self::muxed::Span;
pub use self::plan::TsPlan;
pub(crate) use self::plan::{is_isochronous, segment_packets};
pub(crate) use self::sizes::{muxed_rates, transport_rates, ts_key_frame_bytes};

#[cfg(test)]
mod tests;

/// PTS of what is presented at time 0, in 90 kHz.
pub const TIME_ZERO: i64 = 900_000;
