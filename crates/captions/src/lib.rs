//! Captions and subtitles: what files and tracks carry, as cues; cues, as what players take.
//!
//! ```text
//! WebVTT, SRT, TTML files            --read--> Captions --write--> WebVTT, TTML (IMSC1 text), `wvtt` samples
//! tx3g, wvtt, stpp, c608 samples     --read-->
//! ```
//!
//! This crate is pure: it reads from memory and writes to memory. It allocates nothing from a count that a
//! file declares, and it never panics on bytes.

pub mod c608;
mod cea608;
mod cea708;
mod error;
mod model;
mod sample;
pub mod sei;
pub mod tx3g;

pub use error::Error;
pub use model::{
    Alignment, Captions, Color, Cue, LineAlignment, LinePosition, Placement, PositionAlignment, Ruby, Span,
    Style, Writing,
};
pub use sample::TextSample;
mod stub;
pub use stub::*;
