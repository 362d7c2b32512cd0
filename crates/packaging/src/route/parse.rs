//! Paths as routes. Only the spelling that this program prints is taken: others would be other cache keys.

use std::num::NonZeroU32;

use percent_encoding::percent_decode_str;

use super::asset::{AssetKind, is_plain};
use super::print::{
    ALL_CAPTIONS, IMAGES_PLAYLIST, IMAGES_VTT, IMSC1, INDEX, INIT, INIT_OUT_OF_BAND, INIT_STPP, INIT_WVTT,
    MPD, MULTIVARIANT, PLAYLIST_ENDING, SEGMENT_ENDING, SHEET_ENDING, STPP_ENDING, VTT_ENDING, WVTT_ENDING,
};
use super::{
    Child, Edition, Images, InitForm, Playlist, Route, Target, TrackKind, TrackName, TrackPath, Version,
};
use crate::Policy;
use crate::index::Locator;
use crate::presentation::MAX_TARGET_SECS;
use crate::set::CaptionForm;

/// Longest path that is looked at, in bytes; S3 keys end at 1024 bytes before encoding.
const MAX_PATH_BYTES: usize = 4096;

impl Route {
    /// Reads the path of a URL, still percent-encoded; `None` if it names nothing.
    pub fn parse(path: &str) -> Option<Self> {
        if path.len() > MAX_PATH_BYTES {
            return None;
        }
        let (rest, last) = path.strip_prefix('/')?.rsplit_once('/')?;
        match last {
            MULTIVARIANT => Self::new(rest, Target::Multivariant, |_| true),
            MPD => Self::new(rest, Target::Mpd, |_| true),
            _ => Self::parse_child(rest, last).or_else(|| Self::parse_images(rest, last)),
        }
    }

    fn new(encoded: &str, target: Target, has_target: impl Fn(AssetKind) -> bool) -> Option<Self> {
        let asset = parse_asset(encoded)?;
        has_target(AssetKind::of(&asset)).then_some(Self { asset, target })
    }

    fn parse_child(rest: &str, last: &str) -> Option<Self> {
        let (rest, track) = rest.rsplit_once('/')?;
        let (asset, edition) = rest.rsplit_once('/')?;
        let (track, child) = (TrackPath::parse(track)?, Child::parse(last)?);
        let edition = Edition::parse(edition)?;
        let target = Target::Child(edition, track, child);
        let (kind, has_end) = (track.name.kind, edition.end_millis.is_some());
        Self::new(asset, target, |asset| {
            asset.has_tracks() && child.is_of(kind) && (!has_end || kind == TrackKind::Text)
        })
    }

    fn parse_images(rest: &str, last: &str) -> Option<Self> {
        let (asset, version) = rest.rsplit_once('/')?;
        let target = Target::Images(Version::parse(version)?, Images::parse(last)?);
        Self::new(asset, target, |asset| asset == AssetKind::Json)
    }
}

fn parse_asset(encoded: &str) -> Option<String> {
    // Decoded element by element: an element that hides a separator is none.
    let mut out = String::with_capacity(encoded.len());
    for element in encoded.split('/') {
        let decoded = percent_decode_str(element).decode_utf8().ok()?;
        if decoded.contains('/') {
            return None;
        }
        if !out.is_empty() {
            out.push('/');
        }
        out.push_str(&decoded);
    }
    (is_plain(&out) && out.split('/').count() == encoded.split('/').count()).then_some(out)
}

impl Version {
    fn parse(text: &str) -> Option<Self> {
        let is_canonical = text.len() == 16 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        is_canonical.then(|| u64::from_str_radix(text, 16).ok().map(Self)).flatten()
    }
}

impl Edition {
    fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('-').peekable();
        let mut edition = Self::from(Version::parse(parts.next()?)?);
        if let Some(grid) = parts.next_if(|part| !part.starts_with(['s', 'e'])) {
            let millis = parse_count(grid).filter(|&millis| Policy::allows_segment_millis(millis));
            edition.grid.segment_millis = Some(millis?);
        }
        if let Some(start) = parts.next_if(|part| part.starts_with('s')) {
            edition.grid.start_micros = Some(parse_start(start.strip_prefix('s')?)?);
        }
        if let Some(end) = parts.next() {
            edition.end_millis = Some(parse_count(end.strip_prefix('e')?)?);
        }
        parts.next().is_none().then_some(edition)
    }
}

/// Microseconds with up to 18 digits, `n` in front of a negative number: recordings of live programmes count
/// from when the encoder was started, or from 1970.
fn parse_start(text: &str) -> Option<i64> {
    let (digits, sign) = text.strip_prefix('n').map_or((text, 1), |digits| (digits, -1));
    let is_short = digits.len() <= 18 && (sign > 0 || digits != "0");
    let micros = i64::try_from(parse_number(digits).filter(|_| is_short)?).ok()?;
    Some(micros * sign)
}

impl TrackName {
    /// Reads a name as it is printed; `None` if it is none.
    pub fn parse(text: &str) -> Option<Self> {
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
        let captions = |ending: &str, form| {
            text.strip_suffix(ending).and_then(parse_number).map(|start| Self::Captions(start, form))
        };
        match text {
            INIT => Some(Self::Init(InitForm::Source)),
            INIT_OUT_OF_BAND => Some(Self::Init(InitForm::OutOfBand)),
            INIT_WVTT => Some(Self::Init(InitForm::Wvtt)),
            INIT_STPP => Some(Self::Init(InitForm::Stpp)),
            ALL_CAPTIONS => Some(Self::AllCaptions),
            _ => captions(VTT_ENDING, CaptionForm::WebVtt)
                .or_else(|| captions(WVTT_ENDING, CaptionForm::Wvtt))
                .or_else(|| captions(STPP_ENDING, CaptionForm::Stpp))
                .or_else(|| text.strip_suffix(SEGMENT_ENDING).and_then(parse_number).map(Self::Segment))
                .or_else(|| Playlist::parse(text).map(Self::Playlist)),
        }
    }
}

impl Playlist {
    fn parse(text: &str) -> Option<Self> {
        let name = text.strip_suffix(PLAYLIST_ENDING)?;
        let (form, seconds) = name.split_once('-').map_or((name, None), |(form, rest)| (form, Some(rest)));
        let is_imsc1 = match form {
            INDEX => false,
            IMSC1 => true,
            _ => return None,
        };
        let target_secs = match seconds {
            Some(seconds) => Some(parse_count(seconds).filter(|s| u64::from(s.get()) <= MAX_TARGET_SECS)?),
            None => None,
        };
        Some(Self { is_imsc1, target_secs })
    }
}

impl Images {
    fn parse(text: &str) -> Option<Self> {
        match text {
            IMAGES_PLAYLIST => Some(Self::Playlist),
            IMAGES_VTT => Some(Self::WebVtt),
            _ => text.strip_suffix(SHEET_ENDING).and_then(parse_count).map(Self::Sheet),
        }
    }
}

/// A decimal number as this program prints it.
fn parse_number(text: &str) -> Option<u64> {
    let is_canonical = text.bytes().all(|b| b.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
    is_canonical.then(|| text.parse().ok()).flatten()
}

/// A decimal number from 1 on, of at most nine digits.
fn parse_count(text: &str) -> Option<NonZeroU32> {
    if text.len() > 9 {
        return None;
    }
    NonZeroU32::new(u32::try_from(parse_number(text)?).ok()?)
}

/// A hexadecimal number as this program prints it.
fn parse_hex(text: &str) -> Option<u64> {
    let is_canonical = text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
        && (text == "0" || !text.starts_with('0'));
    is_canonical.then(|| u64::from_str_radix(text, 16).ok()).flatten()
}
