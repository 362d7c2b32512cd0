//! TTML (W3C Timed Text Markup Language 1 and 2) and its profiles: IMSC1, EBU-TT-D, SDP-US, SMPTE-TT, and DFXP
//! with the namespaces of the drafts of 2006.
//!
//! Reading takes what shows text and leaves the rest: animation, images, audio. Writing makes documents of the
//! IMSC 1 text profile, for files and for `stpp` samples (ISO/IEC 14496-30 §4).

mod attributes;
mod frame;
mod length;
mod paragraph;
mod position;
mod reader;
mod region;
mod style;
mod time;
mod vocabulary;
mod write;

pub use reader::read;
pub use write::write;

/// For errors.
const FORMAT: &str = "TTML";

/// Where a cue without an end ends, in milliseconds: 99:59:59.999, the usual "for ever" of caption files.
pub const OPEN_END: u64 = 359_999_999;
