//! Routes as paths.

use std::fmt;

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

use super::{
    Child, Edition, Images, InitForm, Playlist, Route, Target, TrackKind, TrackName, TrackPath, Version,
};
use crate::index::Locator;
use crate::set::CaptionForm;

pub(super) const MULTIVARIANT: &str = "master.m3u8";
pub(super) const MPD: &str = "manifest.mpd";
pub(super) const INDEX: &str = "index";
pub(super) const IMSC1: &str = "imsc1";
pub(super) const PLAYLIST_ENDING: &str = ".m3u8";
pub(super) const INIT: &str = "init.mp4";
pub(super) const INIT_OUT_OF_BAND: &str = "init-hls.mp4";
pub(super) const INIT_WVTT: &str = "init-wvtt.mp4";
pub(super) const INIT_STPP: &str = "init-stpp.mp4";
pub(super) const SEGMENT_ENDING: &str = ".m4s";
pub(super) const VTT_ENDING: &str = ".vtt";
pub(super) const WVTT_ENDING: &str = "-wvtt.m4s";
pub(super) const STPP_ENDING: &str = "-stpp.m4s";
pub(super) const ALL_CAPTIONS: &str = "captions.vtt";
pub(super) const IMAGES_PLAYLIST: &str = "images.m3u8";
pub(super) const IMAGES_VTT: &str = "images.vtt";
pub(super) const SHEET_ENDING: &str = ".jpg";

/// Everything but the unreserved characters of RFC 3986 §2.3 and those sub-delimiters that file names use
/// and no proxy touches.
const ESCAPED: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'%')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'[')
    .add(b'\\')
    .add(b']')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}')
    .add(b'+')
    .add(b'&')
    .add(b'\'')
    .add(b';');

/// A path with each element percent-encoded in the one way that this program prints.
pub(crate) fn encoded(path: &str) -> String {
    let elements = path.split('/').map(|element| utf8_percent_encode(element, ESCAPED).to_string());
    elements.collect::<Vec<_>>().join("/")
}

impl fmt::Display for Route {
    /// The path, with a leading slash.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "/{}/{}", encoded(&self.asset), self.target)
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Multivariant => f.write_str(MULTIVARIANT),
            Self::Mpd => f.write_str(MPD),
            Self::Child(edition, track, child) => write!(f, "{edition}/{track}/{child}"),
            Self::Images(version, images) => write!(f, "{version}/{images}"),
        }
    }
}

impl fmt::Display for Child {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Playlist(playlist) => playlist.fmt(f),
            Self::Init(InitForm::Source) => f.write_str(INIT),
            Self::Init(InitForm::OutOfBand) => f.write_str(INIT_OUT_OF_BAND),
            Self::Init(InitForm::Wvtt) => f.write_str(INIT_WVTT),
            Self::Init(InitForm::Stpp) => f.write_str(INIT_STPP),
            Self::Segment(start) => write!(f, "{start}{SEGMENT_ENDING}"),
            Self::Captions(start, form) => write!(f, "{start}{}", segment_ending(*form)),
            Self::AllCaptions => f.write_str(ALL_CAPTIONS),
        }
    }
}

/// What the name of a segment of captions ends with.
pub(crate) fn segment_ending(form: CaptionForm) -> &'static str {
    match form {
        CaptionForm::WebVtt => VTT_ENDING,
        CaptionForm::Wvtt => WVTT_ENDING,
        CaptionForm::Stpp => STPP_ENDING,
    }
}

impl fmt::Display for Playlist {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_imsc1 { IMSC1 } else { INDEX })?;
        match self.target_secs {
            Some(seconds) => write!(f, "-{seconds}{PLAYLIST_ENDING}"),
            None => f.write_str(PLAYLIST_ENDING),
        }
    }
}

impl fmt::Display for Images {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Playlist => f.write_str(IMAGES_PLAYLIST),
            Self::WebVtt => f.write_str(IMAGES_VTT),
            Self::Sheet(number) => write!(f, "{number}{SHEET_ENDING}"),
        }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl fmt::Display for Edition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.version.fmt(f)?;
        self.grid.segment_millis.map_or(Ok(()), |millis| write!(f, "-{millis}"))?;
        match self.grid.start_micros {
            Some(start @ ..0) => write!(f, "-sn{}", start.unsigned_abs())?,
            Some(start) => write!(f, "-s{start}")?,
            None => {}
        }
        self.end_millis.map_or(Ok(()), |millis| write!(f, "-e{millis}"))
    }
}

impl fmt::Display for TrackName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let letter = match self.kind {
            TrackKind::Video => 'v',
            TrackKind::Audio => 'a',
            TrackKind::Text => 't',
        };
        write!(f, "{letter}{}", self.number)
    }
}

impl fmt::Display for TrackPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Locator { base, stride, span } = self.locator;
        write!(f, "{}-{base:x}-{stride:x}-{span:x}", self.name)
    }
}
