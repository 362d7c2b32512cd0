//! The URL grammar: one table, parsed and printed by the same code.
//!
//! ```text
//! /<asset>[/<options>]/master.m3u8                  HLS multivariant playlist
//! /<asset>[/<options>]/manifest.mpd                 DASH manifest
//! /<asset>[.ism][/<options>]/Manifest               Smooth Streaming client manifest
//! /<asset>[.ism][/<options>]/[<version>/]QualityLevels(<bit rate>)/Fragments(<stream>=<time>)  its fragments
//! /<asset>[/<options>]/download.mp4                 progressive MP4
//! /<source>/<version>/<track>/index.m3u8            HLS media playlist
//! /<source>/<version>/<track>/index-<seconds>.m3u8  the same as one of several with this target duration;
//!                                                   index-w<from>-<to>.m3u8: of this window in milliseconds;
//!                                                   index-d<date>.m3u8: with dates, its time 0 being so many
//!                                                   milliseconds after 1970
//! /<source>/<version>/<track>/init.mp4              init segment
//! /<source>/<version>/<track>/init-hls.mp4          init segment with parameter sets out of band
//! /<source>/<version>/<track>/<start>.m4s           media segment that starts at this time
//! /<source>/<version>/<track>/n<number>.m4s         media segment with this number, from 1
//! /<source>/<version>/<track>/bytes.m3u8            HLS media playlist of byte ranges of file.mp4
//! /<source>/<version>/<track>/file.mp4              the whole track as one fragmented MP4
//! /<source>/<version>/<video>/iframes.m3u8          HLS I-frame playlist; tsiframes.m3u8: in MPEG-TS
//! /<source>/<version>/<video>/<start>-i.m4s         key frame that is shown at this time; <start>-i.ts: in MPEG-TS
//! /<source>/<version>/<track>/ts.m3u8               HLS media playlist of MPEG-TS and packed audio
//! /<source>/<version>/<track>/<start>.ts            media segment as MPEG-TS; packed audio: .aac, .ac3, .eac3, .mp3
//! /<source>/<version>/<video>/<audio>/muxed.m3u8    HLS media playlist of pictures and sound in one MPEG-TS
//! /<source>/<version>/<video>/<audio>/<start>.ts    segment of it
//! /<source>/<version>/<text>/imsc1.m3u8             HLS media playlist of captions as IMSC1
//! /<source>/<version>/<text>/<start>.vtt            WebVTT segment; <start>-ts.vtt: beside MPEG-TS
//! /<source>/<version>/<text>/captions.vtt           all captions as WebVTT
//! /<source>/<version>/<text>/init-wvtt.mp4          init segment of WebVTT in MP4; init-stpp.mp4: of TTML
//! /<source>/<version>/<text>/<start>-wvtt.m4s       segment of WebVTT in MP4; <start>-stpp.m4s: of TTML;
//!                                                   n<number>-wvtt.m4s, n<number>-stpp.m4s: by number
//! /<set>/<version>/<row>/programme.m3u8             HLS media playlist of several clips; programme-<seconds>.m3u8;
//!                                                   tsprogramme.m3u8: in MPEG-TS
//! /<set>/<version>/<row>/<row>/muxedprogramme.m3u8  of pictures and sound of several clips in one MPEG-TS
//! /<set>/<version>/images.m3u8                      HLS image playlist; images.vtt: the same for players; their
//!                                                   version is that of the sheets and of the set's end
//! /<set>/<version>/<number>.jpg                     sheet of preview pictures, from 1
//! ```
//!
//! The asset is the path of a source, a set or a folder, each element percent-encoded ([`asset`] says which
//! is which); [`Options`] lists the options. The version is 16 hexadecimal digits, with the distance of the
//! segments' grid lines in milliseconds where a set wants another than the usual one: `0123456789abcdef-4000`;
//! with the time that is presented at 0 in microseconds where other sources of a set start earlier:
//! `0123456789abcdef-s40000`, or `-sn40000` below 0; with the clip that is shown, in microseconds of the
//! source: `0123456789abcdef-c0_2000000`; and for a file of captions with the end of what it belongs to in
//! milliseconds: `0123456789abcdef-e30000`. The track is a letter, the track's number in the source and where
//! its pages lie in the index, the start a decimal number of the track's ticks. Whatever does not match is
//! refused before anything is read.

pub mod asset;
mod child;
pub mod compat;
mod options;
mod parse;
mod print;

use std::num::NonZeroU32;

use serde::{Deserialize, Serialize};

pub use self::asset::{
    AssetKind, CAPTION_ENDINGS_IN_WORDS, SOURCE_ENDINGS_IN_WORDS, is_captions_name, is_source_name,
};
pub use self::child::{Child, InitForm, PackedForm, Playlist, PlaylistForm, Window};
pub use self::options::{Addressing, Container, Extent, Options, Reach};
pub(crate) use self::print::{encoded, segment_ending};
use crate::Grid;
use crate::index::Locator;

/// What a path asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// Decoded path of the asset, without a leading slash.
    pub asset: String,
    /// What is wanted of it.
    pub target: Target,
}

impl Route {
    /// The folder that a client of Smooth Streaming may mean, `film` by `film.ism`, unless there is a server manifest
    /// of this name.
    pub fn folder_before_ism(&self) -> Option<&str> {
        let is_smooth = matches!(self.target, Target::Smooth(_) | Target::SmoothFragment(..));
        let folder = self.asset.strip_suffix(asset::ISM).filter(|_| is_smooth)?;
        (AssetKind::of(folder) == AssetKind::Folder).then_some(folder)
    }
}

/// What is wanted of an asset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// The HLS multivariant playlist.
    Multivariant(Options),
    /// The DASH manifest.
    Mpd(Options),
    /// The Smooth Streaming client manifest.
    Smooth(Options),
    /// A fragment of Smooth Streaming; with a version it never changes.
    SmoothFragment(Options, Option<Version>, SmoothFragment),
    /// A progressive MP4.
    Download(Options),
    /// An HLS media playlist of a programme of several clips, with this target duration in seconds.
    Programme(Version, ProgrammeList, Option<NonZeroU32>),
    /// Pictures and sound of a source in one MPEG-TS.
    Muxed(Edition, [TrackPath; 2], Muxed),
    /// Something immutable of one track of one edition of a source.
    Child(Edition, TrackPath, Child),
    /// Something immutable of the preview pictures of one version of a set.
    Images(Version, Images),
}

/// What is wanted of pictures and sound in one MPEG-TS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Muxed {
    /// The HLS media playlist; its form is not looked at.
    Playlist(Playlist),
    /// The segment whose pictures start at this time.
    Segment(u64),
}

/// A fragment as Smooth Streaming names it ([MS-SSTR] §2.2.3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SmoothFragment {
    /// Bit rate of the track, in bits per second.
    pub bit_rate: u32,
    /// Name of the stream.
    pub stream: String,
    /// Start in the stream's ticks.
    pub start: u64,
}

/// A rendition of a presentation, such as `v1`, or `2-v1` in a set of several sources.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RenditionId {
    /// Place of its source in the set, from 1; `None`: there is only one.
    pub member: Option<NonZeroU32>,
    /// The track.
    pub name: TrackName,
}

/// What an HLS media playlist of a programme goes through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProgrammeList {
    /// A row, in fragmented MP4; of captions in the form of the set.
    Row(RenditionId),
    /// A row, in MPEG-TS, packed audio, and WebVTT beside them.
    Ts(RenditionId),
    /// A row of pictures and one of sound, in one MPEG-TS.
    Muxed([RenditionId; 2]),
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
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Multivariant(_) => "multivariant",
            Self::Mpd(_) => "mpd",
            Self::Smooth(_) => "smooth",
            Self::Download(_) => "download",
            Self::SmoothFragment(..) | Self::Muxed(_, _, Muxed::Segment(_)) => "segment",
            Self::Programme(..) | Self::Muxed(_, _, Muxed::Playlist(_)) => "playlist",
            Self::Child(_, _, child) => child.kind(),
            Self::Images(..) => "images",
        }
    }

    /// The options that stand before it.
    pub fn options(&self) -> Option<&Options> {
        match self {
            Self::Multivariant(options)
            | Self::Mpd(options)
            | Self::Smooth(options)
            | Self::SmoothFragment(options, ..)
            | Self::Download(options) => Some(options),
            Self::Child(..) | Self::Muxed(..) | Self::Programme(..) | Self::Images(..) => None,
        }
    }

    /// Whether each of its options means something here: paths that say the same are one path.
    fn takes_its_options(&self) -> bool {
        let Some(options) = self.options() else { return true };
        let is_window = matches!(options.extent, Extent::Window(_));
        let is_plain = options.container == Container::Fmp4 && !options.is_hbbtv;
        match self {
            Self::Multivariant(_) => {
                let is_file = options.segments == Some(Addressing::File);
                !options.is_hbbtv
                    && (options.segments.is_none() || (is_file && options.container == Container::Fmp4))
            }
            Self::Mpd(_) => options.container == Container::Fmp4,
            _ => is_plain && !is_window && options.segments.is_none(),
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
