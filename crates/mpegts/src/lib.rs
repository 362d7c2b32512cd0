//! MPEG-2 transport streams (ISO/IEC 13818-1:2022) and packed audio (RFC 8216bis §3.1.3), for HLS.
//!
//! ```text
//! Codec, sizes and times of access units --Segment::plan--> length --Segment::write(media)--> bytes
//! ```
//!
//! A segment's length follows from sizes and times alone, so that it is known before any media is read. Media
//! that turns out shorter (a picture that has a delimiter of its own) leaves stuffing behind, never fewer packets.
//!
//! Segments are made without knowledge of each other, so continuity counters begin at 0 in each. The first
//! packet of every PID therefore carries `discontinuity_indicator` (§2.4.3.4, §2.4.3.5): concatenated segments
//! have no continuity error, for 2 bytes a PID. To pad every PID to a multiple of 16 packets, as nginx-vod does,
//! would cost 1.4 KB a PID.
//!
//! This crate is pure: it reads from memory and writes to memory, and nothing is allocated from a count in a file.

mod annexb;
mod clock;
mod codec;
mod error;
mod packed;
mod packet;
mod pes;
mod psi;
mod segment;

pub use clock::TICKS_PER_SECOND;
pub use codec::{Adts, Codec};
pub use error::Error;
pub use packed::Packed;
pub use packet::PACKET_BYTES;
pub use segment::{AccessUnit, LONGEST_TAG, Segment, Stream};
