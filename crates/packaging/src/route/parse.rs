//! Paths as routes. Only the spelling that this program prints is taken: others would be other cache keys.

use std::num::NonZeroU32;

use percent_encoding::percent_decode_str;

use super::asset::{AssetKind, ISM, is_plain};
use super::print::{
    ALL_CAPTIONS, DOWNLOAD, FILE, IMAGES_PLAYLIST, IMAGES_VTT, INIT, INIT_OUT_OF_BAND, INIT_STPP, INIT_WVTT,
    KEY_FRAME_ENDING, MPD, MULTIVARIANT, MUXED, MUXED_PROGRAMME, PLAYLIST_ENDING, PROGRAMME, SEGMENT_ENDING,
    SHEET_ENDING, SMOOTH, STPP_ENDING, TS_CAPTIONS_ENDING, TS_ENDING, TS_KEY_FRAME_ENDING, TS_PROGRAMME,
    VTT_ENDING, WVTT_ENDING,
};
use super::{
    Child, Edition, Images, InitForm, Muxed, Options, PackedForm, Playlist, PlaylistForm, ProgrammeList,
    RenditionId, Route, SmoothFragment, Target, TrackKind, TrackName, TrackPath, Version, Window,
};
use crate::date::Date;
use crate::index::Locator;
use crate::presentation::MAX_TARGET_SECS;
use crate::set::CaptionForm;
use crate::{Clip, Policy};

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
            MULTIVARIANT => Self::manifest(rest, Target::Multivariant),
            MPD => Self::manifest(rest, Target::Mpd),
            DOWNLOAD => Self::manifest(rest, Target::Download),
            SMOOTH => Self::smooth(rest, Target::Smooth),
            _ => Self::parse_child(rest, last)
                .or_else(|| Self::parse_fragment(rest, last))
                .or_else(|| Self::parse_muxed(rest, last))
                .or_else(|| Self::parse_programme(rest, last))
                .or_else(|| Self::parse_images(rest, last)),
        }
    }

    fn new(encoded: &str, target: Target, has_target: impl Fn(AssetKind) -> bool) -> Option<Self> {
        let asset = parse_asset(encoded)?;
        has_target(AssetKind::of(&asset)).then_some(Self { asset, target })
    }

    fn manifest(rest: &str, target: impl Fn(Options) -> Target) -> Option<Self> {
        let (asset, options) = Options::split(rest);
        let target = target(options);
        if !target.takes_its_options() {
            return None;
        }
        Self::new(asset, target, |_| true)
    }

    /// As [`Self::manifest`], with or without `.ism` behind the name of a file or list.
    fn smooth(rest: &str, target: impl Fn(Options) -> Target) -> Option<Self> {
        let (asset, options) = Options::split(rest);
        let plain = asset.strip_suffix(ISM);
        if plain.is_some_and(|plain| plain.is_empty() || plain.ends_with('/')) {
            return None;
        }
        let plain = plain.filter(|plain| AssetKind::of(plain) != AssetKind::Folder);
        let target = target(Options { is_ism: plain.is_some(), ..options });
        if !target.takes_its_options() {
            return None;
        }
        Self::new(plain.unwrap_or(asset), target, |_| true)
    }

    fn parse_fragment(rest: &str, last: &str) -> Option<Self> {
        let (rest, quality) = rest.rsplit_once('/')?;
        let fragment = SmoothFragment::parse(quality, last)?;
        let versioned = rest.rsplit_once('/').and_then(|(rest, last)| Some((rest, Version::parse(last)?)));
        let (rest, version) = versioned.map_or((rest, None), |(rest, version)| (rest, Some(version)));
        Self::smooth(rest, |options| Target::SmoothFragment(options, version, fragment.clone()))
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

    fn parse_muxed(rest: &str, last: &str) -> Option<Self> {
        let (rest, sound) = rest.rsplit_once('/')?;
        let (rest, pictures) = rest.rsplit_once('/')?;
        let (asset, edition) = rest.rsplit_once('/')?;
        let tracks = [TrackPath::parse(pictures)?, TrackPath::parse(sound)?];
        let edition = Edition::parse(edition).filter(|edition| edition.end_millis.is_none())?;
        let is_pair = tracks.map(|track| track.name.kind) == [TrackKind::Video, TrackKind::Audio];
        let target = Target::Muxed(edition, tracks, Muxed::parse(last)?);
        Self::new(asset, target, |asset| asset == AssetKind::Source && is_pair)
    }

    fn parse_programme(path: &str, file: &str) -> Option<Self> {
        let (before, row) = path.rsplit_once('/')?;
        let row = RenditionId::parse(row)?;
        let (name, playlist) = parse_playlist(file)?;
        let Playlist { target_secs, window: None, date: None, .. } = playlist else { return None };
        let (set, list) = match name {
            PROGRAMME => (before, ProgrammeList::Row(row)),
            TS_PROGRAMME => (before, ProgrammeList::Ts(row)),
            MUXED_PROGRAMME => {
                let (before, pictures) = before.rsplit_once('/')?;
                let rows = [RenditionId::parse(pictures)?, row];
                let is_pair = rows.map(|row| row.name.kind) == [TrackKind::Video, TrackKind::Audio];
                (before, is_pair.then_some(ProgrammeList::Muxed(rows))?)
            }
            _ => return None,
        };
        let (asset, version) = set.rsplit_once('/')?;
        let target = Target::Programme(Version::parse(version)?, list, target_secs);
        Self::new(asset, target, |asset| asset == AssetKind::Json)
    }

    fn parse_images(rest: &str, last: &str) -> Option<Self> {
        let (asset, version) = rest.rsplit_once('/')?;
        let target = Target::Images(Version::parse(version)?, Images::parse(last)?);
        Self::new(asset, target, |asset| asset == AssetKind::Json)
    }
}

pub(super) fn parse_asset(encoded: &str) -> Option<String> {
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
        if let Some(grid) = parts.next_if(|part| !part.starts_with(['s', 'c', 'e'])) {
            let millis = parse_count(grid).filter(|&millis| Policy::allows_segment_millis(millis));
            edition.grid.segment_millis = Some(millis?);
        }
        if let Some(start) = parts.next_if(|part| part.starts_with('s')) {
            edition.grid.start_micros = Some(parse_micros(start.strip_prefix('s')?)?);
        }
        if let Some(clip) = parts.next_if(|part| part.starts_with('c')) {
            let (from, to) = clip.strip_prefix('c')?.split_once('_')?;
            let clip = Clip { from_micros: parse_micros(from)?, to_micros: parse_micros(to)? };
            edition.grid.clip = Some(Some(clip).filter(|clip| clip.from_micros < clip.to_micros)?);
        }
        if let Some(end) = parts.next() {
            edition.end_millis = Some(parse_count(end.strip_prefix('e')?)?);
        }
        parts.next().is_none().then_some(edition)
    }
}

/// Microseconds with up to 18 digits, `n` in front of a negative number: recordings of live programmes count
/// from when the encoder was started, or from 1970.
fn parse_micros(text: &str) -> Option<i64> {
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

/// Makes a child of its start.
type Started = fn(u64) -> Child;

impl Child {
    fn parse(text: &str) -> Option<Self> {
        match text {
            INIT => Some(Self::Init(InitForm::Source)),
            INIT_OUT_OF_BAND => Some(Self::Init(InitForm::OutOfBand)),
            INIT_WVTT => Some(Self::Init(InitForm::Wvtt)),
            INIT_STPP => Some(Self::Init(InitForm::Stpp)),
            FILE => Some(Self::File),
            ALL_CAPTIONS => Some(Self::AllCaptions),
            _ => Self::parse_started(text)
                .or_else(|| Self::parse_numbered(text.strip_prefix('n')?))
                .or_else(|| Playlist::parse(text).map(Self::Playlist)),
        }
    }

    /// What is named by its start. An ending that holds another stands before it.
    fn parse_started(text: &str) -> Option<Self> {
        let endings: [(&str, Started); 12] = [
            (TS_CAPTIONS_ENDING, Self::TsCaptions),
            (VTT_ENDING, |start| Self::Captions(start, CaptionForm::WebVtt)),
            (WVTT_ENDING, |start| Self::Captions(start, CaptionForm::Wvtt)),
            (STPP_ENDING, |start| Self::Captions(start, CaptionForm::Stpp)),
            (KEY_FRAME_ENDING, Self::KeyFrame),
            (TS_KEY_FRAME_ENDING, Self::TsKeyFrame),
            (SEGMENT_ENDING, Self::Segment),
            (TS_ENDING, Self::TsSegment),
            (PackedForm::Aac.ending(), |start| Self::PackedAudio(start, PackedForm::Aac)),
            (PackedForm::Ac3.ending(), |start| Self::PackedAudio(start, PackedForm::Ac3)),
            (PackedForm::Ec3.ending(), |start| Self::PackedAudio(start, PackedForm::Ec3)),
            (PackedForm::Mp3.ending(), |start| Self::PackedAudio(start, PackedForm::Mp3)),
        ];
        let (start, child) =
            endings.into_iter().find_map(|(ending, child)| Some((text.strip_suffix(ending)?, child)))?;
        parse_number(start).map(child)
    }

    fn parse_numbered(text: &str) -> Option<Self> {
        let captions = |ending: &str, form| {
            let number = text.strip_suffix(ending).and_then(parse_count);
            number.map(|number| Self::NumberedCaptions(number, form))
        };
        captions(WVTT_ENDING, CaptionForm::Wvtt)
            .or_else(|| captions(STPP_ENDING, CaptionForm::Stpp))
            .or_else(|| text.strip_suffix(SEGMENT_ENDING).and_then(parse_count).map(Self::Numbered))
    }
}

impl Muxed {
    fn parse(text: &str) -> Option<Self> {
        let segment = text.strip_suffix(TS_ENDING).and_then(parse_number).map(Self::Segment);
        segment.or_else(|| {
            parse_playlist(text)
                .filter(|(name, _)| *name == MUXED)
                .map(|(_, playlist)| Self::Playlist(playlist))
        })
    }
}

impl Playlist {
    fn parse(text: &str) -> Option<Self> {
        let (name, playlist) = parse_playlist(text)?;
        let form = PlaylistForm::ALL.into_iter().find(|form| form.name() == name)?;
        Some(Self { form, ..playlist })
    }
}

/// The name of a playlist, and the rest of what it says.
fn parse_playlist(text: &str) -> Option<(&str, Playlist)> {
    let mut parts = text.strip_suffix(PLAYLIST_ENDING)?.split('-').peekable();
    let name = parts.next()?;
    let mut playlist = Playlist::default();
    if let Some(seconds) = parts.next_if(|part| !part.starts_with(['w', 'd'])) {
        playlist.target_secs = Some(parse_count(seconds).filter(|s| u64::from(s.get()) <= MAX_TARGET_SECS)?);
    }
    if let Some(from) = parts.next_if(|part| part.starts_with('w')) {
        let millis = |text: &str| u32::try_from(parse_number(text)?).ok();
        let window =
            Window { from_millis: millis(from.strip_prefix('w')?)?, to_millis: millis(parts.next()?)? };
        playlist.window = Some(Some(window).filter(|window| window.from_millis < window.to_millis)?);
    }
    if let Some(date) = parts.next() {
        playlist.date = Some(Date::of_millis(parse_number(date.strip_prefix('d')?)?)?);
    }
    parts.next().is_none().then_some((name, playlist))
}

impl SmoothFragment {
    /// `quality`: `QualityLevels(<bit rate>)`, `fragments`: `Fragments(<stream>=<time>)`.
    fn parse(quality: &str, fragments: &str) -> Option<Self> {
        const MAX_NAME_BYTES: usize = 64;
        let bit_rate = parse_count(quality.strip_prefix("QualityLevels(")?.strip_suffix(')')?)?.get();
        let (stream, start) = fragments.strip_prefix("Fragments(")?.strip_suffix(')')?.split_once('=')?;
        let is_plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-');
        let is_name = (1..=MAX_NAME_BYTES).contains(&stream.len()) && stream.bytes().all(is_plain);
        is_name.then_some(Self { bit_rate, stream: stream.to_owned(), start: parse_number(start)? })
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
pub(super) fn parse_number(text: &str) -> Option<u64> {
    let is_canonical = text.bytes().all(|b| b.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
    is_canonical.then(|| text.parse().ok()).flatten()
}

/// A decimal number from 1 on, of at most nine digits.
pub(super) fn parse_count(text: &str) -> Option<NonZeroU32> {
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
