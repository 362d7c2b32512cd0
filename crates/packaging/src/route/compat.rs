//! The URL layout of nginx-vod-module (its README, "URL structure"), for those who come from there.
//!
//! ```text
//! /hls/<asset>[/<parameters>]/master<tracks>.m3u8      all variants; index<tracks>.m3u8: one, by default the first
//!                                                      picture and sound; iframes<tracks>.m3u8: its key frames
//! /hls/<asset>[/<parameters>]/seg-<number><tracks>.ts  its segments, from 1; seg-<number><tracks>.m4s
//! /hls/<asset>[/<parameters>]/init<tracks>.mp4         init segment of one track
//! /dash/<asset>[/<parameters>]/manifest<tracks>.mpd    init<tracks>.mp4, fragment-<number><tracks>.m4s
//! /mss/<asset>[/<parameters>]/manifest<tracks>         Smooth Streaming
//!
//! parameters  clipFrom/<ms>, clipTo/<ms>, tracks/v1-a1
//! tracks      [-f<file>]-v<number>, -a<number>, several of them; 0: all; -l<language>: sound of this language
//! ```
//!
//! Whatever else stands below a prefix is a path of this program's own: manifests name their children by relative
//! paths, which stay below the prefix.

mod select;

use std::num::NonZeroU32;

pub use self::select::{Choice, Selection};
use super::parse::{parse_asset, parse_count, parse_number};
use super::{Container, Extent, Options, Reach, RenditionId, Route, Target};

/// What a path of nginx-vod's layout asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Compat {
    /// The same as a path of this program's own.
    Own(Route),
    /// Something that has another name here.
    Nginx(NginxRoute),
}

/// Something that nginx-vod-module names otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NginxRoute {
    /// Decoded path of the asset, without a leading slash.
    pub asset: String,
    /// The part of it that is wanted.
    pub extent: Extent,
    /// How many path elements stand between the asset and the file's name.
    pub below: usize,
    /// The tracks that are wanted.
    pub selection: Selection,
    /// What is wanted.
    pub target: NginxTarget,
}

/// What is wanted of an asset, in nginx-vod's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NginxTarget {
    /// The HLS multivariant playlist.
    Master,
    /// The DASH manifest.
    Mpd,
    /// The Smooth Streaming manifest.
    Smooth,
    /// An HLS media playlist.
    Index,
    /// An HLS I-frame playlist.
    IFrames,
    /// The init segment of a track, for HLS or for DASH.
    Init(Format),
    /// A segment in MPEG-TS.
    Ts(NonZeroU32),
    /// A segment in fragmented MP4.
    Fragment(NonZeroU32),
}

/// The format that a prefix stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// `/hls/`
    Hls,
    /// `/dash/`
    Dash,
    /// `/mss/`
    Smooth,
}

const PREFIXES: [(&str, Format); 3] =
    [("/hls/", Format::Hls), ("/dash/", Format::Dash), ("/mss/", Format::Smooth)];
const CLIP_FROM: &str = "clipFrom";
const CLIP_TO: &str = "clipTo";
const TRACKS: &str = "tracks";
/// Longest path that is looked at, as in [`Route::parse`].
const MAX_PATH_BYTES: usize = 4096;

impl Compat {
    /// Reads the path of a URL, still percent-encoded; `None` if it stands below no prefix, or names nothing there.
    pub fn parse(path: &str) -> Option<Self> {
        if path.len() > MAX_PATH_BYTES {
            return None;
        }
        let below = |(prefix, format): (&str, Format)| path.strip_prefix(prefix).map(|rest| (rest, format));
        let (rest, format) = PREFIXES.into_iter().find_map(below)?;
        // Only manifests have the same names in both layouts.
        let own = Route::parse(&format!("/{rest}"));
        let is_child = |own: &Route| !matches!(own.target, Target::Multivariant(_) | Target::Mpd(_));
        match own {
            Some(own) if is_child(&own) => Some(Self::Own(own)),
            own => NginxRoute::parse(rest, format).map(Self::Nginx).or(own.map(Self::Own)),
        }
    }
}

impl NginxRoute {
    /// What is wanted, in one word for logs and metrics.
    pub fn kind(&self) -> &'static str {
        match self.target {
            NginxTarget::Master => "multivariant",
            NginxTarget::Mpd => "mpd",
            NginxTarget::Smooth => "smooth",
            NginxTarget::Index | NginxTarget::IFrames => "playlist",
            NginxTarget::Init(_) => "init",
            NginxTarget::Ts(_) | NginxTarget::Fragment(_) => "segment",
        }
    }

    fn parse(rest: &str, format: Format) -> Option<Self> {
        let (rest, file) = rest.rsplit_once('/')?;
        let (target, tracks) = NginxTarget::parse(file, format)?;
        let mut selection = Selection::parse(tracks)?;
        let (mut rest, mut reach, mut below) = (rest, Reach::default(), 0);
        while let Some((before, name, value)) = last_pair(rest) {
            let millis = || parse_number(value).and_then(|millis| u32::try_from(millis).ok());
            match name {
                CLIP_FROM if reach.from_millis.is_none() => reach.from_millis = Some(millis()?),
                CLIP_TO if reach.to_millis.is_none() => reach.to_millis = Some(millis()?),
                TRACKS => selection = selection.and(&Selection::parse(&format!("-{value}"))?)?,
                _ => break,
            }
            (rest, below) = (before, below + 2);
        }
        // Options of this program's own make it a path of its own.
        if Options::split(rest).1 != Options::default() {
            return None;
        }
        let is_some = reach.from_millis.unwrap_or(0) < reach.to_millis.unwrap_or(u32::MAX);
        let extent = if reach == Reach::default() { Extent::Whole } else { Extent::Clip(reach) };
        let asset = parse_asset(rest).filter(|_| is_some)?;
        Some(Self { asset, extent, below, selection, target })
    }

    /// Whether no part and no files or tracks are chosen.
    pub fn wants_all(&self) -> bool {
        self.extent == Extent::Whole && self.selection.is_empty()
    }

    /// The manifest that is wanted, with the options that say the same, of these renditions; `None`: it is none.
    pub fn manifest(&self, tracks: Vec<RenditionId>) -> Option<Target> {
        let below = Some(self.below);
        let options = Options { extent: self.extent, tracks, below, ..Options::default() };
        match self.target {
            // nginx-vod's own default.
            NginxTarget::Master => {
                Some(Target::Multivariant(Options { container: Container::Ts, ..options }))
            }
            NginxTarget::Mpd => Some(Target::Mpd(options)),
            NginxTarget::Smooth => Some(Target::Smooth(options)),
            _ => None,
        }
    }
}

/// The last two elements of a path behind at least one more.
fn last_pair(path: &str) -> Option<(&str, &str, &str)> {
    let (rest, value) = path.rsplit_once('/')?;
    let (rest, name) = rest.rsplit_once('/')?;
    Some((rest, name, value))
}

impl NginxTarget {
    /// A file's name as what it is and the tracks that it says, with their hyphens.
    fn parse(file: &str, format: Format) -> Option<(Self, &str)> {
        let (name, ending) = file.rsplit_once('.').unwrap_or((file, ""));
        let (word, tracks) = name.find('-').map_or((name, ""), |at| name.split_at(at));
        let numbered = || {
            let rest = tracks.strip_prefix('-')?;
            let (number, tracks) = rest.find('-').map_or((rest, ""), |at| rest.split_at(at));
            Some((parse_count(number)?, tracks))
        };
        let found = match (format, word, ending) {
            (Format::Hls, "master", "m3u8") => (Self::Master, tracks),
            (Format::Hls, "index", "m3u8") => (Self::Index, tracks),
            (Format::Hls, "iframes", "m3u8") => (Self::IFrames, tracks),
            (Format::Hls, "seg", "ts") => numbered().map(|(number, tracks)| (Self::Ts(number), tracks))?,
            (Format::Hls, "seg", "m4s") | (Format::Dash, "fragment", "m4s") => {
                numbered().map(|(number, tracks)| (Self::Fragment(number), tracks))?
            }
            (Format::Hls | Format::Dash, "init", "mp4") if !tracks.is_empty() => (Self::Init(format), tracks),
            (Format::Dash, "manifest", "mpd") => (Self::Mpd, tracks),
            (Format::Smooth, "manifest", "") => (Self::Smooth, tracks),
            _ => return None,
        };
        Some(found)
    }
}

#[cfg(test)]
mod tests;
