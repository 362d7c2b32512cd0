//! Captions and subtitles: what files and tracks carry, as cues; cues, as what players take.
//!
//! ```text
//! WebVTT, SRT, TTML files            --read--> Captions --write--> WebVTT, TTML (IMSC1 text), `wvtt` samples
//! tx3g, wvtt, stpp, c608 samples     --read-->
//! pictures with closed captions      --detect--> the channels they carry
//! ```
//!
//! This crate is pure: it reads from memory and writes to memory. It allocates nothing from a count that a
//! file declares, and it never panics on bytes.

pub mod c608;
mod cea608;
mod cea708;
mod collector;
mod color;
mod entity;
mod error;
pub mod limits;
mod model;
mod read;
mod sample;
pub mod sei;
mod spans;
pub mod srt;
pub mod stpp;
pub mod text_encoding;
pub mod ttml;
pub mod tx3g;
pub mod webvtt;
pub mod wvtt;

pub use error::Error;
pub use model::{
    Alignment, Captions, Color, Cue, LineAlignment, LinePosition, Placement, PositionAlignment, Ruby, Span,
    Style, Writing,
};
pub use read::read;
pub use sample::TextSample;
