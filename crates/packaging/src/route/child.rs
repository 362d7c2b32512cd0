//! What hangs below a track of a source: init segments, segments, playlists, key frames, captions.

use std::num::NonZeroU32;

use super::TrackKind;
use crate::date::Date;
use crate::set::CaptionForm;

/// What is wanted of a track.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Child {
    /// The HLS media playlist.
    Playlist(Playlist),
    /// The init segment.
    Init(InitForm),
    /// The media segment with this start.
    Segment(u64),
    /// The media segment with this number, from 1.
    Numbered(NonZeroU32),
    /// The whole track as one fragmented MP4.
    File,
    /// The key frame that is shown at this time.
    KeyFrame(u64),
    /// The same as MPEG-TS.
    TsKeyFrame(u64),
    /// The media segment with this start as MPEG-TS.
    TsSegment(u64),
    /// The media segment with this start as a stream of the codec's own frames.
    PackedAudio(u64, PackedForm),
    /// The segment of captions with this start.
    Captions(u64, CaptionForm),
    /// The segment of captions with this number, from 1.
    NumberedCaptions(NonZeroU32, CaptionForm),
    /// The segment of WebVTT with this start, beside MPEG-TS.
    TsCaptions(u64),
    /// All captions of a track as one WebVTT file.
    AllCaptions,
}

/// What packed audio consists of (RFC 8216bis §3.1.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PackedForm {
    /// AAC in ADTS frames.
    Aac,
    /// AC-3.
    Ac3,
    /// E-AC-3.
    Ec3,
    /// MPEG audio.
    Mp3,
}

/// Which HLS media playlist of a track.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Playlist {
    /// What it lists.
    pub form: PlaylistForm,
    /// `EXT-X-TARGETDURATION` in seconds, which all playlists of a presentation share; `None`: that of the
    /// source alone.
    pub target_secs: Option<NonZeroU32>,
    /// The part that it lists; `None`: all.
    pub window: Option<Window>,
    /// The date of the presentation's time 0, if that is to be said; from 1970 to 2999.
    pub date: Option<Date>,
}

/// What an HLS media playlist lists.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum PlaylistForm {
    /// Segments in fragmented MP4; of captions, in WebVTT.
    #[default]
    Index,
    /// Captions as IMSC1 in MP4.
    Imsc1,
    /// Segments in MPEG-TS, packed audio, and WebVTT beside them.
    Ts,
    /// Byte ranges of the whole track as one file.
    Bytes,
    /// Key frames.
    IFrames,
    /// Key frames in MPEG-TS.
    TsIFrames,
}

/// A part of a presentation, in milliseconds from its start; `from` is less than `to`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Window {
    /// Start.
    pub from_millis: u32,
    /// End.
    pub to_millis: u32,
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

impl Child {
    pub(super) fn kind(self) -> &'static str {
        match self {
            Self::Playlist(_) => "playlist",
            Self::Init(_) => "init",
            Self::Segment(_) | Self::Numbered(_) | Self::TsSegment(_) | Self::PackedAudio(..) => "segment",
            Self::File => "file",
            Self::KeyFrame(_) | Self::TsKeyFrame(_) => "keyframe",
            Self::Captions(..) | Self::NumberedCaptions(..) | Self::TsCaptions(_) | Self::AllCaptions => {
                "captions"
            }
        }
    }

    /// Whether tracks of this kind have such a child.
    pub(super) fn is_of(self, kind: TrackKind) -> bool {
        let is_text = kind == TrackKind::Text;
        match self {
            Self::Playlist(playlist) => playlist.form.is_of(kind),
            Self::Init(InitForm::Source | InitForm::OutOfBand)
            | Self::Segment(_)
            | Self::Numbered(_)
            | Self::TsSegment(_)
            | Self::File => !is_text,
            Self::KeyFrame(_) | Self::TsKeyFrame(_) => kind == TrackKind::Video,
            Self::PackedAudio(..) => kind == TrackKind::Audio,
            Self::Init(InitForm::Wvtt | InitForm::Stpp)
            | Self::Captions(..)
            | Self::NumberedCaptions(..)
            | Self::TsCaptions(_)
            | Self::AllCaptions => is_text,
        }
    }
}

impl PlaylistForm {
    fn is_of(self, kind: TrackKind) -> bool {
        match self {
            Self::Index | Self::Ts => true,
            Self::Imsc1 => kind == TrackKind::Text,
            Self::Bytes => kind != TrackKind::Text,
            Self::IFrames | Self::TsIFrames => kind == TrackKind::Video,
        }
    }
}
