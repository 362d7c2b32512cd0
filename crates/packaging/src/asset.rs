//! A source as it is packaged: its tracks, and what is left out. All that manifests and init segments say
//! comes from here.

use std::borrow::Cow;
use std::fmt;
use std::num::NonZeroU32;

use captions::{stpp, wvtt};
use isobmff::codec::{AudioCodec, VideoCodec};
use isobmff::{Edit, FourCc, InitKind, InitTrack, SampleEntry, Timescale, UNITY_MATRIX, write_init};
use serde::{Deserialize, Serialize};

use crate::bitrate::BitRates;
use crate::date::Date;
use crate::event::EventScheme;
use crate::index::Locator;
use crate::key_frames::KeyFrame;
use crate::picture::Picture;
use crate::route::{InitForm, TrackKind, TrackName, TrackPath};
use crate::segmentation::{Segment, Segmentation};
use crate::set::{CaptionChannel, Labels};
use crate::text;

/// Everything that requests for a source need, but its samples.
#[derive(Debug)]
pub struct Asset {
    /// The source that was read.
    pub source: SourceObject,
    /// Tracks that are packaged, in file order; at least one.
    pub tracks: Vec<PackagedTrack>,
    /// Tracks that are not, with the reason.
    pub left_out: Vec<LeftOut>,
    /// Caption channels that were seen in the pictures.
    pub closed_captions: Vec<CaptionChannel>,
    /// What was taken from all presentation times, in microseconds.
    pub start_micros: i64,
    /// When the source was made, if it says so.
    pub created: Option<Date>,
}

/// Which bytes were read: a source that was replaced is another one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceObject {
    /// Length of the file.
    pub bytes: u64,
    /// The store's entity tag of the content.
    pub etag: String,
    /// The store's name for this state of the object, where it keeps old ones.
    pub revision: Option<String>,
}

/// A track that is not packaged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftOut {
    /// `track_ID`, if it could be read.
    pub number: Option<u32>,
    /// The handler, if it could be read.
    pub handler: Option<FourCc>,
    /// Why, for a person.
    pub reason: String,
}

/// One packaged track.
#[derive(Debug)]
pub struct PackagedTrack {
    /// Its kind and number.
    pub name: TrackName,
    /// Where its pages lie in the index.
    pub locator: Locator,
    /// The codec.
    pub codec: TrackCodec,
    /// What the file says of it for viewers.
    pub labels: Labels,
    /// Whether the file marks it as one that plays unasked.
    pub is_enabled: bool,
    /// Ticks per second of all its times.
    pub timescale: Timescale,
    /// Composition time that is presented at 0, in ticks.
    pub media_time: u32,
    /// Its segments.
    pub segmentation: Segmentation,
    /// Packets of each segment alone in MPEG-TS; 0 where it cannot be carried, none of text.
    pub transport_packets: Vec<u64>,
    /// Pictures that decode alone, in order of presentation, for trick play; none of sound and text.
    pub key_frames: Vec<KeyFrame>,
    /// Of sound: whether in each segment every frame begins where those before it end, as packed audio has them.
    pub is_isochronous: bool,
    /// Whose events its segments carry; empty where another track does, or there are none.
    pub event_schemes: Vec<EventScheme>,
    /// The source's edit list, for people; the segments have honoured it.
    pub source_edits: Vec<Edit>,
    pub(crate) iso_language: [u8; 3],
    /// The source's; `None` for captions, each form of which has one of its own.
    pub(crate) entry: Option<SampleEntry>,
}

/// The codec of a packaged track.
#[derive(Debug, Clone)]
pub enum TrackCodec {
    /// Pictures.
    Video(VideoCodec, Picture),
    /// Sound.
    Audio(AudioCodec),
    /// Captions.
    Text(TextFormat),
}

/// What captions are in the source, and how they are cut.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TextFormat {
    /// Their format, such as `tx3g` or `SRT`, for people.
    pub name: String,
    /// Distance of the grid lines between segments, in milliseconds.
    pub grid_millis: NonZeroU32,
}

impl Asset {
    /// The track that a URL names.
    pub fn track(&self, path: TrackPath) -> Option<&PackagedTrack> {
        self.tracks.iter().find(|track| track.path() == path)
    }

    /// The packaged video tracks.
    pub fn video(&self) -> impl Iterator<Item = &PackagedTrack> {
        self.tracks.iter().filter(|track| track.name.kind == TrackKind::Video)
    }

    /// The packaged audio tracks.
    pub fn audio(&self) -> impl Iterator<Item = &PackagedTrack> {
        self.tracks.iter().filter(|track| track.name.kind == TrackKind::Audio)
    }

    /// The packaged text tracks.
    pub fn text(&self) -> impl Iterator<Item = &PackagedTrack> {
        self.tracks.iter().filter(|track| track.name.kind == TrackKind::Text)
    }

    /// `EXT-X-TARGETDURATION` of all playlists (RFC 8216bis §4.4.3.1; equal in all playlists, §6.2.4).
    pub fn target_duration_secs(&self) -> u64 {
        self.tracks.iter().map(PackagedTrack::target_duration_secs).max().unwrap_or(1)
    }
}

impl fmt::Display for LeftOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.number {
            Some(number) => write!(f, "track {number}: {}", self.reason),
            None => f.write_str(&self.reason),
        }
    }
}

impl PackagedTrack {
    /// How URLs name it.
    pub fn path(&self) -> TrackPath {
        TrackPath { name: self.name, locator: self.locator }
    }

    /// BCP 47 tag of its language, if known.
    pub fn language(&self) -> Option<&str> {
        self.labels.language.as_deref()
    }

    /// Its segments. A file of captions has no end of its own: those that belong to something that ends at
    /// `end_millis` go on until then, and no longer.
    pub fn segments_until(&self, end_millis: Option<NonZeroU32>) -> Cow<'_, [Segment]> {
        match (&self.codec, end_millis) {
            (TrackCodec::Text(format), Some(end)) => {
                let own = &self.segmentation.segments;
                text::until(own, format.grid_millis, end).map_or(Cow::Borrowed(own.as_slice()), Cow::Owned)
            }
            _ => Cow::Borrowed(&self.segmentation.segments),
        }
    }

    /// The longest segment, rounded to the nearest second; at least 1.
    pub fn target_duration_secs(&self) -> u64 {
        self.target_duration_secs_until(None)
    }

    /// As [`Self::target_duration_secs`], for [`Self::segments_until`].
    pub fn target_duration_secs_until(&self, end_millis: Option<NonZeroU32>) -> u64 {
        let ticks = u64::from(self.timescale.get());
        let longest = self.segments_until(end_millis).iter().map(|s| s.duration).max().unwrap_or(0);
        // A printed EXTINF may be a microsecond longer than its segment.
        let micros = u128::from(longest) * 1_000_000 / u128::from(ticks) + 2;
        u64::try_from((micros + 500_000) / 1_000_000).unwrap_or(u64::MAX).max(1)
    }

    /// Bit rates in a playlist with this target duration.
    pub fn bit_rates(&self, target_duration_secs: u64) -> BitRates {
        BitRates::new(&self.segmentation.segments, self.timescale, target_duration_secs)
    }

    /// The format of the sample entry in an init segment of this form; `None` if there is no such form.
    pub fn format(&self, form: InitForm) -> Option<FourCc> {
        match (&self.codec, form) {
            (TrackCodec::Video(video, _), InitForm::OutOfBand) => video.out_of_band_format,
            (TrackCodec::Text(_), InitForm::Wvtt) => Some(FourCc(*b"wvtt")),
            (TrackCodec::Text(_), InitForm::Stpp) => Some(FourCc(*b"stpp")),
            (_, InitForm::Source) => self.entry.as_ref().map(|entry| entry.format),
            _ => None,
        }
    }

    /// The form that HLS refers to: Apple asks for `avc1` and `hvc1` rather than `avc3` and `hev1`
    /// (HLS authoring specification 1.10), and its players show nothing for `hev1`. Captions that are not
    /// WebVTT are TTML.
    pub fn hls_form(&self) -> InitForm {
        match (&self.codec, self.format(InitForm::OutOfBand)) {
            (TrackCodec::Text(_), _) => InitForm::Stpp,
            (_, Some(_)) => InitForm::OutOfBand,
            (_, None) => InitForm::Source,
        }
    }

    /// The init segment; `None` if there is no such form.
    pub fn init(&self, form: InitForm) -> Option<Vec<u8>> {
        let format = self.format(form)?;
        let entry = match &self.entry {
            Some(entry) => entry.to_output(Some(format).filter(|&format| format != entry.format)).to_vec(),
            None if form == InitForm::Wvtt => wvtt::sample_entry(),
            None => stpp::sample_entry(),
        };
        let kind = self.init_kind(form);
        Some(write_init(&InitTrack {
            kind,
            timescale: self.timescale,
            media_time: self.media_time,
            entry: &entry,
            language: self.iso_language,
            language_tag: self.language(),
            defaults: self.segmentation.defaults,
            brands: brands(kind),
        }))
    }

    /// The sample entry as a file has it that holds the track's samples as they are; `None` for captions.
    pub(crate) fn own_entry(&self) -> Option<(&[u8], InitKind)> {
        let entry = self.entry.as_ref()?;
        Some((entry.bytes(), self.init_kind(InitForm::Source)))
    }

    fn init_kind(&self, form: InitForm) -> InitKind {
        match &self.codec {
            TrackCodec::Video(_, picture) => {
                InitKind::Video { size: picture.presented, matrix: picture.matrix }
            }
            TrackCodec::Audio(_) => InitKind::Audio,
            TrackCodec::Text(_) if form == InitForm::Wvtt => InitKind::Text,
            TrackCodec::Text(_) => InitKind::Subtitle,
        }
    }
}

/// CMAF wants pictures that need no rotation (ISO/IEC 23000-19 §7.5.4); players that honour the matrix show
/// them upright, so it stays and the brand goes. Captions have brands of their own (§11).
fn brands(kind: InitKind) -> &'static [FourCc] {
    const PLAIN: &[FourCc] = &[FourCc(*b"cmfc")];
    const WEB_VTT: &[FourCc] = &[FourCc(*b"cmfc"), FourCc(*b"cwvt")];
    const IMSC1: &[FourCc] = &[FourCc(*b"cmfc"), FourCc(*b"im1t")];
    match kind {
        InitKind::Video { matrix, .. } if matrix != UNITY_MATRIX => &[],
        InitKind::Video { .. } | InitKind::Audio => PLAIN,
        InitKind::Text => WEB_VTT,
        InitKind::Subtitle => IMSC1,
    }
}
