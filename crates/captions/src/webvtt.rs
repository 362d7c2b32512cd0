//! WebVTT (W3C WebVTT: The Web Video Text Tracks Format).
//!
//! Reading follows the parser of §6, which never refuses a file that begins with `WEBVTT`. Writing makes what
//! §4 allows, with what many players understand.

mod document;
mod markup;
mod payload;
mod placement;
mod region;
mod style_sheet;
mod timestamp;
mod write;

pub(crate) use document::is_signature;
pub use document::read;
pub use markup::payload;
pub use payload::read_payload;
pub use placement::{read_settings, settings};
pub use write::write;

use crate::Color;

/// For errors.
const FORMAT: &str = "WebVTT";

/// The colors that have a class of their own (§7.4, default CSS); for backgrounds it is prefixed by `bg_`.
const CLASS_COLORS: [(&str, Color); 8] = [
    ("white", Color([255, 255, 255, 255])),
    ("lime", Color([0, 255, 0, 255])),
    ("cyan", Color([0, 255, 255, 255])),
    ("red", Color([255, 0, 0, 255])),
    ("yellow", Color([255, 255, 0, 255])),
    ("magenta", Color([255, 0, 255, 255])),
    ("blue", Color([0, 0, 255, 255])),
    ("black", Color([0, 0, 0, 255])),
];
