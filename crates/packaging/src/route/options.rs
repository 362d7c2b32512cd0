//! Options of a manifest: pairs of path elements between the asset and the manifest's name, in one order, so
//! that caches know one spelling.
//!
//! ```text
//! container/ts           HLS in MPEG-TS, pictures and sound together; container/demuxed: sound apart
//! segments/time          DASH: segments named by time; by number: segments/number, without a timeline
//!                        segments/duration; HLS and DASH as byte ranges of whole tracks: segments/file
//! profile/hbbtv          DASH for HbbTV and DVB
//! tracks/v1,a2           these renditions alone; of sets: tracks/1-v1,2-a1
//! clipFrom/<ms>          a clip from the key frame at or before this time on; clipTo/<ms>: until this time
//! start/<seconds>        whole segments from this time on; end/<seconds>: until this time
//! ```

use std::fmt;

use super::{RenditionId, TrackName, Window};
use crate::seconds;

/// Most renditions that a path may name.
const MAX_TRACKS: usize = 64;
/// Latest time that a path may name: eleven days, in milliseconds.
const MAX_MILLIS: u32 = 1_000_000_000;

/// How a manifest is wanted otherwise than usual.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Options {
    /// Whether `.ism` stands behind the name of a file or list, as clients of Smooth Streaming expect.
    pub is_ism: bool,
    /// What holds the segments of HLS.
    pub container: Container,
    /// How segments are named; `None`: as configured.
    pub segments: Option<Addressing>,
    /// Whether the profile of `HbbTV` and DVB is wanted.
    pub is_hbbtv: bool,
    /// The renditions that are wanted; empty: all.
    pub tracks: Vec<RenditionId>,
    /// The part that is wanted.
    pub extent: Extent,
    /// How many path elements they are in a layout that is not this program's own; `None`: as they are printed.
    pub below: Option<usize>,
}

/// What holds the segments of HLS.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Container {
    /// Fragmented MP4.
    #[default]
    Fmp4,
    /// MPEG-TS with the pictures' sound inside.
    Ts,
    /// MPEG-TS for pictures, packed audio for sound.
    Demuxed,
}

/// How segments are named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Addressing {
    /// By start time, with a timeline.
    Time,
    /// By number, with a timeline.
    Number,
    /// By number, with one duration for all.
    Duration,
    /// As byte ranges of one file for each track.
    File,
}

/// The part of a presentation that is wanted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Extent {
    /// All.
    #[default]
    Whole,
    /// Exactly this part, from the key frame at or before its start on.
    Clip(Reach),
    /// All segments that lie in this part, be it partly.
    Window(Reach),
}

/// From when until when, in milliseconds from the presentation's start; at least one of them is said, and if
/// both are, the first is less.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Reach {
    /// Start; `None`: that of the presentation.
    pub from_millis: Option<u32>,
    /// End; `None`: that of the presentation.
    pub to_millis: Option<u32>,
}

impl Reach {
    /// The part of a presentation that ends at `end_millis`; `None` if nothing is left.
    pub fn within(self, end_millis: u32) -> Option<Window> {
        let from_millis = self.from_millis.unwrap_or(0);
        let to_millis = self.to_millis.map_or(end_millis, |to| to.min(end_millis));
        (from_millis < to_millis).then_some(Window { from_millis, to_millis })
    }
}

/// Names of options, in the order in which they stand.
const CONTAINER: &str = "container";
const SEGMENTS: &str = "segments";
const PROFILE: &str = "profile";
const TRACKS: &str = "tracks";
const CLIP_FROM: &str = "clipFrom";
const CLIP_TO: &str = "clipTo";
const START: &str = "start";
const END: &str = "end";
const ORDER: [&str; 8] = [CONTAINER, SEGMENTS, PROFILE, TRACKS, CLIP_FROM, CLIP_TO, START, END];

impl Options {
    /// Takes the options from the end of a path; what is left is the asset's.
    pub(super) fn split(path: &str) -> (&str, Self) {
        let (mut rest, mut options, mut rank) = (path, Self::default(), ORDER.len());
        while let Some((before, place, value)) = last_pair(rest) {
            if place >= rank || options.set(place, value).is_none() {
                break;
            }
            (rest, rank) = (before, place);
        }
        (rest, options)
    }

    /// How many path elements they are.
    pub fn elements(&self) -> usize {
        self.below.unwrap_or(2 * self.pairs().len())
    }

    /// `None`: it is no option. What stands behind it in the path has been read already.
    fn set(&mut self, place: usize, value: &str) -> Option<()> {
        match ORDER.get(place).copied()? {
            CONTAINER => self.container = Container::parse(value)?,
            SEGMENTS => self.segments = Some(Addressing::parse(value)?),
            PROFILE => self.is_hbbtv = (value == "hbbtv").then_some(true)?,
            TRACKS => self.tracks = parse_tracks(value)?,
            name => self.extent = self.extent.with(name, value)?,
        }
        Some(())
    }

    fn pairs(&self) -> Vec<(&'static str, String)> {
        let mut out = Vec::new();
        if let Some(word) = self.container.word() {
            out.push((CONTAINER, word.to_owned()));
        }
        out.extend(self.segments.map(|segments| (SEGMENTS, segments.word().to_owned())));
        if self.is_hbbtv {
            out.push((PROFILE, "hbbtv".to_owned()));
        }
        if !self.tracks.is_empty() {
            let names: Vec<_> = self.tracks.iter().map(ToString::to_string).collect();
            out.push((TRACKS, names.join(",")));
        }
        let (names, reach, print): (_, _, fn(u32) -> String) = match self.extent {
            Extent::Whole => return out,
            Extent::Clip(reach) => ((CLIP_FROM, CLIP_TO), reach, |millis| millis.to_string()),
            Extent::Window(reach) => ((START, END), reach, print_seconds),
        };
        out.extend(reach.from_millis.map(|from| (names.0, print(from))));
        out.extend(reach.to_millis.map(|to| (names.1, print(to))));
        out
    }
}

/// The last two elements of a path if the first of them is the name of an option: what stands before them, the
/// option's place, and its value.
fn last_pair(path: &str) -> Option<(&str, usize, &str)> {
    let (rest, value) = path.rsplit_once('/')?;
    let (rest, name) = rest.rsplit_once('/')?;
    Some((rest, ORDER.iter().position(|known| *known == name)?, value))
}

impl Container {
    fn parse(text: &str) -> Option<Self> {
        [Self::Ts, Self::Demuxed].into_iter().find(|container| container.word() == Some(text))
    }

    fn word(self) -> Option<&'static str> {
        match self {
            Self::Fmp4 => None,
            Self::Ts => Some("ts"),
            Self::Demuxed => Some("demuxed"),
        }
    }
}

impl Addressing {
    /// All, in the order in which they are listed to people.
    pub const ALL: [Self; 4] = [Self::Time, Self::Number, Self::Duration, Self::File];

    /// Reads the word that options and settings say it with.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.word() == text)
    }

    /// Its word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Time => "time",
            Self::Number => "number",
            Self::Duration => "duration",
            Self::File => "file",
        }
    }
}

impl Extent {
    /// With the bound that an option says. The end stands behind the start, so it is known first.
    fn with(self, name: &str, value: &str) -> Option<Self> {
        let millis = |text: &str| super::parse::parse_number(text).and_then(|n| u32::try_from(n).ok());
        let bound = if matches!(name, START | END) { parse_seconds(value)? } else { millis(value)? };
        let bound = Some(bound).filter(|&bound| bound <= MAX_MILLIS)?;
        let is_window = matches!(name, START | END);
        let reach = match (self, matches!(name, CLIP_TO | END)) {
            (Self::Whole, true) if bound > 0 => Reach { from_millis: None, to_millis: Some(bound) },
            (Self::Whole, false) => Reach { from_millis: Some(bound), to_millis: None },
            (Self::Clip(reach), false) if !is_window => Reach { from_millis: Some(bound), ..reach },
            (Self::Window(reach), false) if is_window => Reach { from_millis: Some(bound), ..reach },
            _ => return None,
        };
        let is_some = reach.from_millis.zip(reach.to_millis).is_none_or(|(from, to)| from < to);
        is_some.then_some(if is_window { Self::Window(reach) } else { Self::Clip(reach) })
    }
}

/// Seconds with up to three decimals as milliseconds, in the shortest spelling.
fn parse_seconds(text: &str) -> Option<u32> {
    let millis = u32::try_from(seconds::millis(text)?).ok()?;
    (print_seconds(millis) == text).then_some(millis)
}

fn print_seconds(millis: u32) -> String {
    let (whole, part) = (millis / 1000, millis % 1000);
    if part == 0 { whole.to_string() } else { format!("{whole}.{part:03}").trim_end_matches('0').to_owned() }
}

fn parse_tracks(text: &str) -> Option<Vec<RenditionId>> {
    let tracks: Option<Vec<_>> = text.split(',').take(MAX_TRACKS + 1).map(RenditionId::parse).collect();
    tracks.filter(|tracks| tracks.len() <= MAX_TRACKS)
}

impl RenditionId {
    /// Reads an id as it is printed; `None` if it is none.
    pub fn parse(text: &str) -> Option<Self> {
        let (member, name) = match text.split_once('-') {
            Some((member, name)) => (Some(super::parse::parse_count(member)?), name),
            None => (None, text),
        };
        Some(Self { member, name: TrackName::parse(name)? })
    }
}

impl fmt::Display for RenditionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.member.map_or(Ok(()), |member| write!(f, "{member}-"))?;
        self.name.fmt(f)
    }
}

impl fmt::Display for Options {
    /// With `/` behind each element.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.pairs().iter().try_for_each(|(name, value)| write!(f, "{name}/{value}/"))
    }
}
