//! The URL grammar: one table, parsed and printed by the same code.
//!
//! ```text
//! /<asset>/master.m3u8                          HLS multivariant playlist
//! /<asset>/manifest.mpd                         DASH manifest
//! /<asset>/<version>/<track>/index.m3u8         HLS media playlist
//! /<asset>/<version>/<track>/init.mp4           init segment
//! /<asset>/<version>/<track>/init-hls.mp4       init segment with parameter sets out of band
//! /<asset>/<version>/<track>/<start>.m4s        media segment that starts at this time
//! ```
//!
//! The asset is the path of a source, each element percent-encoded. The version is 16 hexadecimal digits,
//! the track a letter, the track's number in the source and where its pages lie in the index, the start a
//! decimal number of the track's ticks. Whatever does not match is refused before anything is read.

use std::fmt;

use percent_encoding::{AsciiSet, CONTROLS, percent_decode_str, utf8_percent_encode};
use serde::{Deserialize, Serialize};

use crate::index::Locator;

/// Longest path that is looked at, in bytes; S3 keys end at 1024 bytes before encoding.
const MAX_PATH_BYTES: usize = 4096;
/// File endings of sources, in lower case.
const SOURCE_ENDINGS: [&str; 4] = [".mp4", ".m4v", ".mov", ".m4a"];

/// What a path asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// Decoded path of the source, without a leading slash.
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
    /// Something immutable of one version of one track.
    Child(Version, TrackPath, Child),
}

/// What is wanted of a track.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Child {
    /// The HLS media playlist.
    Playlist,
    /// The init segment.
    Init(InitForm),
    /// The media segment with this start.
    Segment(u64),
}

/// Which sample entry an init segment has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InitForm {
    /// The source's.
    Source,
    /// One that promises parameter sets in the entry (`avc1`, `hvc1`, `dvh1`), as Apple asks of HLS.
    OutOfBand,
}

/// Identifies the bytes of all children: the source's, the policy's, and this program's format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Version(pub u64);

/// A track of a source, such as `v1` or `a2`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct TrackName {
    /// Video or audio.
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
            Self::Child(_, _, Child::Playlist) => "playlist",
            Self::Child(_, _, Child::Init(_)) => "init",
            Self::Child(_, _, Child::Segment(_)) => "segment",
        }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
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

const MULTIVARIANT: &str = "master.m3u8";
const MPD: &str = "manifest.mpd";
const PLAYLIST: &str = "index.m3u8";
const INIT: &str = "init.mp4";
const INIT_OUT_OF_BAND: &str = "init-hls.mp4";
const SEGMENT_ENDING: &str = ".m4s";

impl fmt::Display for Child {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Playlist => f.write_str(PLAYLIST),
            Self::Init(InitForm::Source) => f.write_str(INIT),
            Self::Init(InitForm::OutOfBand) => f.write_str(INIT_OUT_OF_BAND),
            Self::Segment(start) => write!(f, "{start}{SEGMENT_ENDING}"),
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Multivariant => f.write_str(MULTIVARIANT),
            Self::Mpd => f.write_str(MPD),
            Self::Child(version, track, child) => write!(f, "{version}/{track}/{child}"),
        }
    }
}

impl fmt::Display for Route {
    /// The path, with a leading slash.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for element in self.asset.split('/') {
            write!(f, "/{}", utf8_percent_encode(element, ESCAPED))?;
        }
        write!(f, "/{}", self.target)
    }
}

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

impl Route {
    /// Reads the path of a URL, still percent-encoded; `None` if it names nothing.
    pub fn parse(path: &str) -> Option<Self> {
        if path.len() > MAX_PATH_BYTES {
            return None;
        }
        let (rest, last) = path.strip_prefix('/')?.rsplit_once('/')?;
        let (asset, target) = match last {
            MULTIVARIANT => (rest, Target::Multivariant),
            MPD => (rest, Target::Mpd),
            _ => {
                let (rest, track) = rest.rsplit_once('/')?;
                let (asset, version) = rest.rsplit_once('/')?;
                (
                    asset,
                    Target::Child(Version::parse(version)?, TrackPath::parse(track)?, Child::parse(last)?),
                )
            }
        };
        Some(Self { asset: parse_asset(asset)?, target })
    }
}

/// Whether a file name ends as a source does.
pub fn is_source_name(name: &str) -> bool {
    let ends = |ending: &&str| {
        let start = name.len().checked_sub(ending.len())?;
        name.get(start..).map(|tail| tail.eq_ignore_ascii_case(ending))
    };
    SOURCE_ENDINGS.iter().any(|ending| ends(ending) == Some(true))
}

/// Decodes an asset; no element may be empty, climb, or hide a separator.
fn parse_asset(encoded: &str) -> Option<String> {
    let mut out = String::with_capacity(encoded.len());
    for element in encoded.split('/') {
        let decoded = percent_decode_str(element).decode_utf8().ok()?;
        let is_plain = !decoded.is_empty()
            && !matches!(decoded.as_ref(), "." | "..")
            && !decoded.chars().any(|c| matches!(c, '/' | '\\') || c.is_control());
        if !is_plain {
            return None;
        }
        if !out.is_empty() {
            out.push('/');
        }
        out.push_str(&decoded);
    }
    is_source_name(&out).then_some(out)
}

impl Version {
    fn parse(text: &str) -> Option<Self> {
        let is_canonical = text.len() == 16 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        is_canonical.then(|| u64::from_str_radix(text, 16).ok().map(Self)).flatten()
    }
}

impl TrackName {
    fn parse(text: &str) -> Option<Self> {
        let kind = match text.as_bytes().first()? {
            b'v' => TrackKind::Video,
            b'a' => TrackKind::Audio,
            b't' => TrackKind::Text,
            _ => return None,
        };
        let number = u32::try_from(parse_number(text.get(1..)?)?).ok()?;
        (number > 0).then_some(Self { kind, number })
    }
}

impl TrackPath {
    fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('-');
        let name = TrackName::parse(parts.next()?)?;
        let base = parse_hex(parts.next()?)?;
        let stride = u32::try_from(parse_hex(parts.next()?)?).ok()?;
        let span = parse_hex(parts.next()?)?;
        let locator = Locator { base, stride, span };
        (parts.next().is_none() && locator.is_sound()).then_some(Self { name, locator })
    }
}

impl Child {
    fn parse(text: &str) -> Option<Self> {
        match text {
            PLAYLIST => Some(Self::Playlist),
            INIT => Some(Self::Init(InitForm::Source)),
            INIT_OUT_OF_BAND => Some(Self::Init(InitForm::OutOfBand)),
            _ => text.strip_suffix(SEGMENT_ENDING).and_then(parse_number).map(Self::Segment),
        }
    }
}

/// A decimal number as this program prints it: other spellings would be other cache keys.
fn parse_number(text: &str) -> Option<u64> {
    let is_canonical = text.bytes().all(|b| b.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
    is_canonical.then(|| text.parse().ok()).flatten()
}

/// A hexadecimal number as this program prints it.
fn parse_hex(text: &str) -> Option<u64> {
    let is_canonical = text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
        && (text == "0" || !text.starts_with('0'));
    is_canonical.then(|| u64::from_str_radix(text, 16).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn child(child: Child) -> Target {
        let name = TrackName { kind: TrackKind::Audio, number: 2 };
        let locator = Locator { base: 0x2f40, stride: 0x1a00, span: 0x2b_f200 };
        Target::Child(Version(0x0123_4567_89ab_cdef), TrackPath { name, locator }, child)
    }

    #[test]
    fn the_table() {
        let asset = "films/A b.mp4".to_owned();
        let rows = [
            ("/films/A%20b.mp4/master.m3u8", Target::Multivariant),
            ("/films/A%20b.mp4/manifest.mpd", Target::Mpd),
            ("/films/A%20b.mp4/0123456789abcdef/a2-2f40-1a00-2bf200/index.m3u8", child(Child::Playlist)),
            (
                "/films/A%20b.mp4/0123456789abcdef/a2-2f40-1a00-2bf200/init.mp4",
                child(Child::Init(InitForm::Source)),
            ),
            (
                "/films/A%20b.mp4/0123456789abcdef/a2-2f40-1a00-2bf200/init-hls.mp4",
                child(Child::Init(InitForm::OutOfBand)),
            ),
            (
                "/films/A%20b.mp4/0123456789abcdef/a2-2f40-1a00-2bf200/288000.m4s",
                child(Child::Segment(288_000)),
            ),
        ];
        for (path, target) in rows {
            let route = Route { asset: asset.clone(), target };
            assert_eq!(Route::parse(path), Some(route.clone()), "{path}");
            assert_eq!(route.to_string(), path);
        }
    }

    #[test]
    fn what_names_nothing() {
        for path in [
            "",
            "/",
            "master.m3u8",
            "/master.m3u8",
            "//master.m3u8",
            "/a.txt/master.m3u8",
            "/a.mp4/other.m3u8",
            "/../a.mp4/master.m3u8",
            "/%2e%2e/a.mp4/master.m3u8",
            "/x%2fa.mp4/master.m3u8",
            "/x%5ca.mp4/master.m3u8",
            "/x%00a.mp4/master.m3u8",
            "/x%ffa.mp4/master.m3u8",
            "/a.mp4/0123456789ABCDEF/a2-1-1-1/index.m3u8",
            "/a.mp4/0123456789abcde/a2-1-1-1/index.m3u8",
            "/a.mp4/0123456789abcdef/x2-1-1-1/index.m3u8",
            "/a.mp4/0123456789abcdef/a02-1-1-1/index.m3u8",
            "/a.mp4/0123456789abcdef/a0-1-1-1/index.m3u8",
            "/a.mp4/0123456789abcdef/a2/index.m3u8",
            "/a.mp4/0123456789abcdef/a2-1-1/index.m3u8",
            "/a.mp4/0123456789abcdef/a2-1-1-1-1/index.m3u8",
            "/a.mp4/0123456789abcdef/a2-1-01-1/index.m3u8",
            "/a.mp4/0123456789abcdef/a2-1-A-1/index.m3u8",
            "/a.mp4/0123456789abcdef/a2-1--1/index.m3u8",
            "/a.mp4/0123456789abcdef/a2-1-0-1/index.m3u8",
            "/a.mp4/0123456789abcdef/a2-1-1-0/index.m3u8",
            "/a.mp4/0123456789abcdef/a2-ffffffffffffffff-1-1/index.m3u8",
            "/a.mp4/0123456789abcdef/a2-1-ffffffff-1/index.m3u8",
            "/a.mp4/0123456789abcdef/a2-2f40-1a00-2bf200/01.m4s",
            "/a.mp4/0123456789abcdef/a2-2f40-1a00-2bf200/x-1.m4s",
            "/a.mp4/0123456789abcdef/a2-2f40-1a00-2bf200/.m4s",
            "/a.mp4/0123456789abcdef/a2-2f40-1a00-2bf200/99999999999999999999.m4s",
        ] {
            assert_eq!(Route::parse(path), None, "{path}");
        }
    }

    fn target() -> impl Strategy<Value = Target> {
        let name = (any::<bool>(), 1u32..).prop_map(|(is_video, number)| TrackName {
            kind: if is_video { TrackKind::Video } else { TrackKind::Audio },
            number,
        });
        let locator = (0u64..1 << 40, 1u32..1 << 20, 1u64..).prop_map(|(base, stride, span)| Locator {
            base,
            stride,
            span,
        });
        let track = (name, locator).prop_map(|(name, locator)| TrackPath { name, locator });
        let children = prop_oneof![
            Just(Child::Playlist),
            Just(Child::Init(InitForm::Source)),
            Just(Child::Init(InitForm::OutOfBand)),
            any::<u64>().prop_map(Child::Segment),
        ];
        let child = (any::<u64>(), track, children)
            .prop_map(|(version, track, child)| Target::Child(Version(version), track, child));
        prop_oneof![Just(Target::Multivariant), Just(Target::Mpd), child]
    }

    proptest! {
        #[test]
        fn printing_and_parsing_agree(elements in prop::collection::vec("[^/\\\\\\p{Cc}]{1,12}", 0..4), target in target()) {
            prop_assume!(elements.iter().all(|e| e != "." && e != ".."));
            let mut asset = elements.join("/");
            if !asset.is_empty() {
                asset.push('/');
            }
            let route = Route { asset: asset + "film.MP4", target };
            prop_assert_eq!(Route::parse(&route.to_string()), Some(route));
        }

        #[test]
        fn what_parses_prints_as_an_equal_route(path in "/[ -~]{0,60}\\.mp4/[a-z0-9/.]{0,40}(master.m3u8|0.m4s)") {
            if let Some(route) = Route::parse(&path) {
                prop_assert_eq!(Route::parse(&route.to_string()), Some(route));
            }
        }
    }
}
