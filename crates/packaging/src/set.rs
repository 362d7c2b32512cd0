//! Sets: several sources, captions and thumbnails that are one presentation, as their owner describes them.
//!
//! However a set is named, a folder, JSON, SMIL or a list in the URL, the same [`Set`] comes of it. It says
//! what the owner chose and nothing else: what the sources hold is not known here.
//!
//! ```text
//! JSON, ours or nginx-vod-module's --json::read----+
//! SMIL ------------------------------smil::read----+--> Set
//! names of a folder's files ---------folder::read--+
//! a,b,c,.mp4.urlset -----------------urlset::read--+
//! ```

mod channel;
mod error;
pub mod folder;
pub mod jpeg;
pub mod json;
mod key;
mod limits;
mod programme;
mod role;
pub mod smil;
mod sources;
pub(crate) mod tag;
#[cfg(test)]
mod tests;
pub mod thumbnails;
pub mod urlset;

use std::num::NonZeroU32;

pub use error::{Error, Form, Place};
pub use programme::{Cue, SessionData, SetClip, SetProgramme, Splice, SpliceKind, StartAt, Steering};

use crate::route::{TrackKind, TrackName};
use crate::selection::Selection;

/// What belongs together.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Set {
    /// MP4 files, in the owner's order.
    pub sources: Vec<SetSource>,
    /// Caption files.
    pub captions: Vec<SetCaptions>,
    /// Captions inside the pictures.
    pub closed_captions: Vec<ClosedCaptions>,
    /// Preview pictures.
    pub thumbnails: Option<Thumbnails>,
    /// Distance of the grid lines at which segments are cut, in milliseconds, where it is not the usual one.
    pub segment_millis: Option<NonZeroU32>,
    /// What HLS takes captions as, where it is not the usual form.
    pub hls_captions: Option<CaptionForm>,
    /// What DASH takes captions as, where it is not the usual form.
    pub dash_captions: Option<CaptionForm>,
    /// What is offered of the pictures, where it is not what the operator offers of all.
    pub selection: Selection,
    /// What is said beside the media, and clips that play one after the other; then it has no sources itself.
    pub programme: Option<Box<SetProgramme>>,
}

/// An MP4 file of a set.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SetSource {
    /// Key of the object.
    pub key: String,
    /// Which of its tracks are used, with what the owner says of each; `None`: all of them.
    pub tracks: Option<Vec<SetTrack>>,
    /// Said of all its sound and text tracks that nothing is said of alone.
    pub labels: Labels,
}

/// A track of a source of a set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetTrack {
    /// Which one.
    pub choice: TrackChoice,
    /// What the owner says of it.
    pub labels: Labels,
}

/// How a track is chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TrackChoice {
    /// By kind and `track_ID`, as in URLs: `v1`.
    Name(TrackName),
    /// By kind and place among those of its kind, from 1, as nginx-vod-module counts.
    Nth(TrackKind, u32),
    /// All of a kind.
    Kind(TrackKind),
}

/// A caption file of a set.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SetCaptions {
    /// Key of the object: WebVTT, SRT or TTML.
    pub key: String,
    /// What the owner says of it.
    pub labels: Labels,
}

/// What an owner says of a track; where he is silent, what the file says counts.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Labels {
    /// BCP 47 tag.
    pub language: Option<String>,
    /// Name for viewers.
    pub label: Option<String>,
    /// What it is for.
    pub roles: Vec<Role>,
    /// Whether players choose it by themselves.
    pub is_default: Option<bool>,
    /// Whether it is shown to viewers who chose no captions: only what they cannot understand otherwise.
    pub is_forced: Option<bool>,
}

/// What a track is for (ISO/IEC 23009-1 §5.8.5.5, `urn:mpeg:dash:role:2011`, and accessibility).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
pub enum Role {
    /// The one for most viewers.
    Main,
    /// Another choice.
    Alternate,
    /// Beside the main one.
    Supplementary,
    /// A commentary.
    Commentary,
    /// In another language than the original.
    Dub,
    /// Sound that describes the pictures (DVS).
    Description,
    /// Sound with clearer speech.
    EnhancedAudioIntelligibility,
    /// Text of what is said, for those who do not understand the language.
    Subtitle,
    /// Text of all that is heard, for those who do not hear it (SDH).
    Caption,
    /// Text that is always shown.
    ForcedSubtitle,
    /// Text that is easy to read.
    EasyReader,
    /// Pictures with sign language.
    Sign,
}

/// A caption channel inside the pictures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClosedCaptions {
    /// Which one.
    pub channel: CaptionChannel,
    /// What the owner says of it.
    pub labels: Labels,
}

/// A caption channel (RFC 8216bis §4.4.6.1: INSTREAM-ID).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
pub enum CaptionChannel {
    /// CEA-608 `CC1` to `CC4`.
    Cc(u8),
    /// CEA-708 service 1 to 63.
    Service(u8),
}

/// Preview pictures: one sheet of tiles after the other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Thumbnails {
    /// JPEG files: a folder's key with `/` at the end, whose files are taken in the order of the numbers in
    /// their names, or the keys one by one.
    pub files: ThumbnailFiles,
    /// Columns of tiles of a sheet; 1 if every file is one picture.
    pub columns: NonZeroU32,
    /// Rows of tiles of a sheet.
    pub rows: NonZeroU32,
    /// How long each tile is shown, in milliseconds.
    pub interval_millis: NonZeroU32,
}

/// Where preview pictures lie.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ThumbnailFiles {
    /// All JPEG files of a folder; its key ends with `/`.
    Folder(String),
    /// These files, in order.
    Keys(Vec<String>),
}

/// How captions reach players.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CaptionForm {
    /// WebVTT: in segments in HLS, as one file in DASH.
    WebVtt,
    /// WebVTT in fragmented MP4 (`wvtt`, ISO/IEC 14496-30).
    Wvtt,
    /// TTML in fragmented MP4 (`stpp`, IMSC1 text profile).
    Stpp,
}
