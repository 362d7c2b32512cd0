//! The URL grammar: one table, parsed and printed by the same code.
//!
//! ```text
//! /<asset>/master.m3u8                              HLS multivariant playlist
//! /<asset>/manifest.mpd                             DASH manifest
//! /<source>/<version>/<track>/index.m3u8            HLS media playlist
//! /<source>/<version>/<track>/index-<seconds>.m3u8  the same as one of several with this target duration
//! /<source>/<version>/<track>/init.mp4              init segment
//! /<source>/<version>/<track>/init-hls.mp4          init segment with parameter sets out of band
//! /<source>/<version>/<track>/<start>.m4s           media segment that starts at this time
//! /<source>/<version>/<text>/imsc1.m3u8             HLS media playlist of captions as IMSC1
//! /<source>/<version>/<text>/imsc1-<seconds>.m3u8   the same with this target duration
//! /<source>/<version>/<text>/<start>.vtt            WebVTT segment
//! /<source>/<version>/<text>/captions.vtt           all captions as WebVTT
//! /<source>/<version>/<text>/init-wvtt.mp4          init segment of WebVTT in MP4; init-stpp.mp4: of TTML
//! /<source>/<version>/<text>/<start>-wvtt.m4s       segment of WebVTT in MP4; <start>-stpp.m4s: of TTML
//! /<set>/<version>/images.m3u8                      HLS image playlist; images.vtt: the same for players; their
//!                                                   version is that of the sheets and of the set's end
//! /<set>/<version>/<number>.jpg                     sheet of preview pictures, from 1
//! ```
//!
//! The asset is the path of a source, a set or a folder, each element percent-encoded ([`asset`] says which
//! is which). The version is 16 hexadecimal digits, with the distance of the segments' grid lines in
//! milliseconds where a set wants another than the usual one: `0123456789abcdef-4000`; with the time that is
//! presented at 0 in microseconds where other sources of a set start earlier: `0123456789abcdef-s40000`, or
//! `-sn40000` below 0; and for a file of captions with the end of what it belongs to in milliseconds:
//! `0123456789abcdef-e30000`. The track is a letter,
//! the track's number in the source and where its pages lie in the index, the start a decimal number of the
//! track's ticks. Whatever does not match is refused before anything is read.

pub mod asset;
mod parse;
mod print;

use std::num::NonZeroU32;

use serde::{Deserialize, Serialize};

pub use self::asset::{AssetKind, is_source_name};
pub(crate) use self::print::{encoded, segment_ending};
use crate::Grid;
use crate::index::Locator;
use crate::set::CaptionForm;

/// What a path asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// Decoded path of the asset, without a leading slash.
    pub asset: String,
    /// What is wanted of it.
    pub target: Target,
}

/// What is wanted of an asset.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// The HLS multivariant playlist.
    Multivariant,
    /// The DASH manifest.
    Mpd,
    /// Something immutable of one track of one edition of a source.
    Child(Edition, TrackPath, Child),
    /// Something immutable of the preview pictures of one version of a set.
    Images(Version, Images),
}

/// What is wanted of a track.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Child {
    /// The HLS media playlist.
    Playlist(Playlist),
    /// The init segment.
    Init(InitForm),
    /// The media segment with this start.
    Segment(u64),
    /// The segment of captions with this start.
    Captions(u64, CaptionForm),
    /// All captions of a track as one WebVTT file.
    AllCaptions,
}

/// Which HLS media playlist of a track.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Playlist {
    /// Whether captions are wanted as IMSC1 in MP4 rather than as WebVTT.
    pub is_imsc1: bool,
    /// `EXT-X-TARGETDURATION` in seconds, which all playlists of a presentation share; `None`: that of the
    /// source alone.
    pub target_secs: Option<NonZeroU32>,
}

/// Which sample entry an init segment has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InitForm {
    /// The source's.
    Source,
    /// One that promises parameter sets in the entry (`avc1`, `hvc1`, `dvh1`), as Apple asks of HLS.
    OutOfBand,
    /// Captions as WebVTT.
    Wvtt,
    /// Captions as TTML.
    Stpp,
}

/// What is wanted of preview pictures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Images {
    /// The HLS image playlist.
    Playlist,
    /// The WebVTT file that players read beside any format.
    WebVtt,
    /// A sheet of tiles, from 1.
    Sheet(NonZeroU32),
}

/// Identifies the bytes of all children: the source's, the policy's, and this program's format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Version(pub u64);

/// A version of a source as it is cut for a set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Edition {
    /// What the bytes depend on, the grid included.
    pub version: Version,
    /// Where segments are cut.
    pub grid: Grid,
    /// For a file of captions alone, also an MP4: where what it belongs to ends, in milliseconds. Its segments go
    /// on until then.
    pub end_millis: Option<NonZeroU32>,
}

/// A track of a source, such as `v1` or `a2`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct TrackName {
    /// Video, audio or text.
    pub kind: TrackKind,
    /// `track_ID` in the source.
    pub number: u32,
}

/// A track as URLs name it, such as `v1-2f40-1a00-bb800`: with the way to its pages, so that a segment is
/// found without reading a directory first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TrackPath {
    /// Its kind and number.
    pub name: TrackName,
    /// Where its pages lie.
    pub locator: Locator,
}

/// Kinds of tracks that are packaged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum TrackKind {
    /// Pictures.
    Video,
    /// Sound.
    Audio,
    /// Captions.
    Text,
}

impl Target {
    /// What is wanted, in one word for logs and metrics.
    pub fn kind(self) -> &'static str {
        match self {
            Self::Multivariant => "multivariant",
            Self::Mpd => "mpd",
            Self::Child(_, _, Child::Playlist(_)) => "playlist",
            Self::Child(_, _, Child::Init(_)) => "init",
            Self::Child(_, _, Child::Segment(_)) => "segment",
            Self::Child(_, _, Child::Captions(..) | Child::AllCaptions) => "captions",
            Self::Images(..) => "images",
        }
    }
}

impl Child {
    /// Whether tracks of this kind have such a child.
    fn is_of(self, kind: TrackKind) -> bool {
        let is_text = kind == TrackKind::Text;
        match self {
            Self::Playlist(playlist) => is_text || !playlist.is_imsc1,
            Self::Init(InitForm::Source | InitForm::OutOfBand) | Self::Segment(_) => !is_text,
            Self::Init(InitForm::Wvtt | InitForm::Stpp) | Self::Captions(..) | Self::AllCaptions => is_text,
        }
    }
}

impl From<Version> for Edition {
    fn from(version: Version) -> Self {
        Self { version, grid: Grid::default(), end_millis: None }
    }
}

#[cfg(test)]
mod tests;
