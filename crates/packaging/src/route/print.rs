//! Routes as paths.

use std::fmt;

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

use super::asset::ISM;
use super::{
    Child, Edition, Images, InitForm, Muxed, PackedForm, Playlist, PlaylistForm, ProgrammeList, Route,
    SmoothFragment, Target, TrackKind, TrackName, TrackPath, Version,
};
use crate::date::Date;
use crate::index::Locator;
use crate::set::CaptionForm;

pub(super) const MULTIVARIANT: &str = "master.m3u8";
pub(super) const MPD: &str = "manifest.mpd";
pub(super) const SMOOTH: &str = "Manifest";
pub(super) const DOWNLOAD: &str = "download.mp4";
pub(super) const PROGRAMME: &str = "programme";
pub(super) const TS_PROGRAMME: &str = "tsprogramme";
pub(super) const MUXED_PROGRAMME: &str = "muxedprogramme";
pub(super) const MUXED: &str = "muxed";
pub(super) const PLAYLIST_ENDING: &str = ".m3u8";
pub(super) const INIT: &str = "init.mp4";
pub(super) const INIT_OUT_OF_BAND: &str = "init-hls.mp4";
pub(super) const INIT_WVTT: &str = "init-wvtt.mp4";
pub(super) const INIT_STPP: &str = "init-stpp.mp4";
pub(super) const SEGMENT_ENDING: &str = ".m4s";
pub(super) const VTT_ENDING: &str = ".vtt";
pub(super) const WVTT_ENDING: &str = "-wvtt.m4s";
pub(super) const STPP_ENDING: &str = "-stpp.m4s";
pub(super) const TS_ENDING: &str = ".ts";
pub(super) const TS_CAPTIONS_ENDING: &str = "-ts.vtt";
pub(super) const KEY_FRAME_ENDING: &str = "-i.m4s";
pub(super) const TS_KEY_FRAME_ENDING: &str = "-i.ts";
pub(super) const FILE: &str = "file.mp4";
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
        let options = self.target.options();
        let ism = if options.is_some_and(|options| options.is_ism) { ISM } else { "" };
        write!(f, "/{}{ism}/", encoded(&self.asset))?;
        options.map_or(Ok(()), |options| options.fmt(f))?;
        self.target.fmt(f)
    }
}

impl fmt::Display for Target {
    /// Without its options, which stand before what they apply to.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Multivariant(_) => f.write_str(MULTIVARIANT),
            Self::Mpd(_) => f.write_str(MPD),
            Self::Smooth(_) => f.write_str(SMOOTH),
            Self::Download(_) => f.write_str(DOWNLOAD),
            Self::SmoothFragment(_, version, fragment) => {
                version.map_or(Ok(()), |version| write!(f, "{version}/"))?;
                fragment.fmt(f)
            }
            Self::Programme(version, list, target_secs) => {
                let playlist = Playlist { target_secs: *target_secs, ..Playlist::default() };
                write!(f, "{version}/")?;
                match list {
                    ProgrammeList::Row(row) => {
                        write!(f, "{row}/").and_then(|()| write_playlist(f, PROGRAMME, playlist))
                    }
                    ProgrammeList::Ts(row) => {
                        write!(f, "{row}/").and_then(|()| write_playlist(f, TS_PROGRAMME, playlist))
                    }
                    ProgrammeList::Muxed([pictures, sound]) => {
                        write!(f, "{pictures}/{sound}/")?;
                        write_playlist(f, MUXED_PROGRAMME, playlist)
                    }
                }
            }
            Self::Muxed(edition, [pictures, sound], muxed) => {
                write!(f, "{edition}/{pictures}/{sound}/{muxed}")
            }
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
            Self::Numbered(number) => write!(f, "n{number}{SEGMENT_ENDING}"),
            Self::File => f.write_str(FILE),
            Self::KeyFrame(start) => write!(f, "{start}{KEY_FRAME_ENDING}"),
            Self::TsKeyFrame(start) => write!(f, "{start}{TS_KEY_FRAME_ENDING}"),
            Self::TsSegment(start) => write!(f, "{start}{TS_ENDING}"),
            Self::PackedAudio(start, form) => write!(f, "{start}{}", form.ending()),
            Self::Captions(start, form) => write!(f, "{start}{}", segment_ending(*form)),
            Self::NumberedCaptions(number, form) => write!(f, "n{number}{}", segment_ending(*form)),
            Self::TsCaptions(start) => write!(f, "{start}{TS_CAPTIONS_ENDING}"),
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

impl PackedForm {
    /// What the name of a segment ends with.
    pub(super) fn ending(self) -> &'static str {
        match self {
            Self::Aac => ".aac",
            Self::Ac3 => ".ac3",
            Self::Ec3 => ".eac3",
            Self::Mp3 => ".mp3",
        }
    }
}

impl PlaylistForm {
    pub(super) const ALL: [Self; 6] =
        [Self::Index, Self::Imsc1, Self::Ts, Self::Bytes, Self::IFrames, Self::TsIFrames];

    /// What the name of a playlist begins with.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Index => "index",
            Self::Imsc1 => "imsc1",
            Self::Ts => "ts",
            Self::Bytes => "bytes",
            Self::IFrames => "iframes",
            Self::TsIFrames => "tsiframes",
        }
    }
}

impl fmt::Display for Playlist {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_playlist(f, self.form.name(), *self)
    }
}

fn write_playlist(f: &mut fmt::Formatter<'_>, name: &str, playlist: Playlist) -> fmt::Result {
    f.write_str(name)?;
    playlist.target_secs.map_or(Ok(()), |seconds| write!(f, "-{seconds}"))?;
    playlist.window.map_or(Ok(()), |window| write!(f, "-w{}-{}", window.from_millis, window.to_millis))?;
    playlist.date.and_then(Date::millis).map_or(Ok(()), |millis| write!(f, "-d{millis}"))?;
    f.write_str(PLAYLIST_ENDING)
}

impl fmt::Display for Muxed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Playlist(playlist) => write_playlist(f, MUXED, *playlist),
            Self::Segment(start) => write!(f, "{start}{TS_ENDING}"),
        }
    }
}

impl fmt::Display for SmoothFragment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "QualityLevels({})/Fragments({}={})", self.bit_rate, self.stream, self.start)
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
        self.grid.start_micros.map_or(Ok(()), |start| write!(f, "-s{}", Micros(start)))?;
        let clip = self.grid.clip.map(|clip| (Micros(clip.from_micros), Micros(clip.to_micros)));
        clip.map_or(Ok(()), |(from, to)| write!(f, "-c{from}_{to}"))?;
        self.end_millis.map_or(Ok(()), |millis| write!(f, "-e{millis}"))
    }
}

/// A time with `n` in front instead of a minus sign, which separates.
struct Micros(i64);

impl fmt::Display for Micros {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "n" } else { "" };
        write!(f, "{sign}{}", self.0.unsigned_abs())
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
