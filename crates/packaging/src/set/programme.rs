//! Programmes: clips of sets that play one after the other, and what is said of them beside their media.

use super::Set;
use crate::date::Date;
use crate::route::Reach;

/// What a set says beside its media; of a set without clips of its own, the set itself is the only clip.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SetProgramme {
    /// What plays one after the other.
    pub clips: Vec<SetClip>,
    /// The date of its first picture.
    pub date: Option<Date>,
    /// What happens when, in order of start.
    pub cues: Vec<Cue>,
    /// `EXT-X-SESSION-DATA`.
    pub session_data: Vec<SessionData>,
    /// `EXT-X-START`.
    pub start: Option<StartAt>,
    /// `EXT-X-DEFINE`: names and values.
    pub defines: Vec<(String, String)>,
    /// From where players may load.
    pub steering: Option<Steering>,
}

impl SetProgramme {
    /// Whether its playlists differ from those of its sources.
    pub fn has_playlists(&self) -> bool {
        !self.clips.is_empty() || self.date.is_some() || !self.cues.is_empty()
    }
}

/// A part of a set, as one of several.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SetClip {
    /// Its sources and captions.
    pub set: Set,
    /// Which part of them.
    pub reach: Reach,
}

/// Something that happens at a time (`EXT-X-DATERANGE`, RFC 8216bis §4.4.5.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cue {
    /// Its name.
    pub id: String,
    /// Milliseconds from the start of the programme.
    pub start_millis: u64,
    /// Milliseconds.
    pub duration_millis: Option<u64>,
    /// What it is; a URI, to be an event of DASH.
    pub class: Option<String>,
    /// `splice_info_section` (ANSI/SCTE 35).
    pub scte35: Option<Splice>,
}

/// A message of SCTE 35, and what it is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Splice {
    /// What it is about.
    pub kind: SpliceKind,
    /// The message.
    pub bytes: Vec<u8>,
}

/// What a message of SCTE 35 is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SpliceKind {
    /// A way out to other media begins.
    Out,
    /// It ends.
    In,
    /// Something else.
    Command,
}

/// What players may show of a session (`EXT-X-SESSION-DATA`, RFC 8216bis §4.4.6.4).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionData {
    /// Its name, in reverse DNS.
    pub id: String,
    /// What it says.
    pub value: String,
    /// BCP 47 tag.
    pub language: Option<String>,
}

/// Where players start (`EXT-X-START`, RFC 8216bis §4.4.2.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StartAt {
    /// Milliseconds from the start; from the end if negative.
    pub offset_millis: i64,
    /// Whether what comes before in the segment is not shown.
    pub is_precise: bool,
}

/// From where players may load (RFC 8216bis §7; ETSI TS 103 998).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Steering {
    /// Who says from where.
    pub server: String,
    /// What counts until he has said it; one of the pathways.
    pub default: String,
    /// Names, and the URLs of roots with `/` at the end.
    pub pathways: Vec<(String, String)>,
}
