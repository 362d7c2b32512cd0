//! The ISO base media file format (ISO/IEC 14496-12): bytes to boxes and back.
//!
//! This crate is pure: it reads from memory and writes to memory. It allocates nothing from a count
//! that a file declares, and it never panics on bytes.

mod bits;
pub mod codec;
mod error;
mod event;
mod fourcc;
mod fragment;
pub mod fragmented;
mod init;
pub mod locate;
mod movie;
mod progressive;
pub mod read;
pub mod sample_entry;
mod sample_table;
mod segment_index;
mod smooth;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
mod time;
mod trak;
pub mod write;

pub use bits::without_emulation_prevention;
pub use error::Error;
pub use event::{
    EventBody, EventMessage, EventStart, MAX_MESSAGE_BYTES, MAX_NAME_BYTES, MovieEvent, TimedEvent,
};
pub use fourcc::FourCc;
pub use fragment::{
    FragmentIndex, FragmentPlace, FragmentSample, FragmentShape, NON_SYNC_FLAGS, SYNC_FLAGS, TrackDefaults,
    write_fragment_header, write_fragment_header_with_events,
};
pub use fragmented::SampleDefaults;
pub use init::{InitKind, InitTrack, TRACK_ID, UNITY_MATRIX, write_init};
pub use movie::{Edit, Kind, Language, Movie, Track, TrackFault, UserData};
pub use progressive::{ProgressiveTables, ProgressiveTrack, write_progressive};
pub use sample_entry::SampleEntry;
pub use sample_table::{MAX_SAMPLES, Sample, SampleCursor, SampleTable, Samples};
pub use segment_index::{SubsegmentReference, sidx_bytes, write_sidx};
pub use smooth::{SmoothPlace, SmoothSample, write_smooth_header};
pub use time::Timescale;
