//! A source as it is packaged: its tracks, and what is left out. All that manifests and init segments say
//! comes from here.

use std::fmt;

use isobmff::codec::{AudioCodec, VideoCodec};
use isobmff::{Edit, FourCc, InitKind, InitTrack, SampleEntry, Timescale, UNITY_MATRIX, write_init};
use serde::{Deserialize, Serialize};

use crate::bitrate::BitRates;
use crate::index::Locator;
use crate::picture::Picture;
use crate::route::{InitForm, TrackKind, TrackName, TrackPath};
use crate::segmentation::Segmentation;

/// Everything that requests for a source need, but its samples.
#[derive(Debug)]
pub struct Asset {
    /// The source that was read.
    pub source: SourceObject,
    /// Tracks that are packaged, in file order; at least one.
    pub tracks: Vec<PackagedTrack>,
    /// Tracks that are not, with the reason.
    pub left_out: Vec<LeftOut>,
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
    /// BCP 47 tag of its language, if known.
    pub language: Option<String>,
    /// Ticks per second of all its times.
    pub timescale: Timescale,
    /// Composition time that is presented at 0, in ticks.
    pub media_time: u32,
    /// Its segments.
    pub segmentation: Segmentation,
    /// The source's edit list, for people; the segments have honoured it.
    pub source_edits: Vec<Edit>,
    pub(crate) iso_language: [u8; 3],
    pub(crate) entry: SampleEntry,
}

/// The codec of a packaged track.
#[derive(Debug, Clone)]
pub enum TrackCodec {
    /// Pictures.
    Video(VideoCodec, Picture),
    /// Sound.
    Audio(AudioCodec),
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

    /// `EXT-X-TARGETDURATION` of all playlists: the longest segment, rounded to the nearest second
    /// (RFC 8216bis §4.4.3.1; equal in all playlists, §6.2.4).
    pub fn target_duration_secs(&self) -> u64 {
        let rounded = |track: &PackagedTrack| {
            let ticks = u64::from(track.timescale.get());
            let longest = track.segmentation.segments.iter().map(|s| s.duration).max().unwrap_or(0);
            // A printed EXTINF may be a microsecond longer than its segment.
            let micros = u128::from(longest) * 1_000_000 / u128::from(ticks) + 2;
            u64::try_from((micros + 500_000) / 1_000_000).unwrap_or(u64::MAX)
        };
        self.tracks.iter().map(rounded).max().unwrap_or(1).max(1)
    }

    /// The latest presented end of all tracks: ticks and their scale.
    pub fn end(&self) -> (u64, Timescale) {
        let end = |track: &PackagedTrack| (track.segmentation.end(), track.timescale);
        let later = |a: (u64, Timescale), b: (u64, Timescale)| {
            let a_is_later =
                u128::from(a.0) * u128::from(b.1.get()) >= u128::from(b.0) * u128::from(a.1.get());
            if a_is_later { a } else { b }
        };
        let milliseconds = const { Timescale::new(1000).expect("1000 is not zero") };
        self.tracks.iter().map(end).reduce(later).unwrap_or((0, milliseconds))
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

    /// Bit rates in a playlist with this target duration.
    pub fn bit_rates(&self, target_duration_secs: u64) -> BitRates {
        BitRates::new(&self.segmentation.segments, self.timescale, target_duration_secs)
    }

    /// The format of the sample entry in an init segment of this form; `None` if there is no such form.
    pub fn format(&self, form: InitForm) -> Option<FourCc> {
        match (&self.codec, form) {
            (TrackCodec::Video(video, _), InitForm::OutOfBand) => video.out_of_band_format,
            (TrackCodec::Audio(_), InitForm::OutOfBand) => None,
            (_, InitForm::Source) => Some(self.entry.format),
        }
    }

    /// The form that HLS refers to: Apple asks for `avc1` and `hvc1` rather than `avc3` and `hev1`
    /// (HLS authoring specification 1.10), and its players show nothing for `hev1`.
    pub fn hls_form(&self) -> InitForm {
        match self.format(InitForm::OutOfBand) {
            Some(_) => InitForm::OutOfBand,
            None => InitForm::Source,
        }
    }

    /// The init segment; `None` if there is no such form.
    pub fn init(&self, form: InitForm) -> Option<Vec<u8>> {
        let format = self.format(form)?;
        let (kind, is_cmaf) = match &self.codec {
            TrackCodec::Video(_, picture) => (
                InitKind::Video { size: picture.presented, matrix: picture.matrix },
                picture.matrix == UNITY_MATRIX,
            ),
            TrackCodec::Audio(_) => (InitKind::Audio, true),
        };
        // CMAF wants pictures that need no rotation (ISO/IEC 23000-19 §7.5.4); players that honour the
        // matrix show them upright, so it stays and the brand goes.
        let brands: &[FourCc] = if is_cmaf { &[FourCc(*b"cmfc")] } else { &[] };
        let entry = self.entry.to_output(Some(format).filter(|&format| format != self.entry.format));
        Some(write_init(&InitTrack {
            kind,
            timescale: self.timescale,
            media_time: self.media_time,
            entry: &entry,
            language: self.iso_language,
            language_tag: self.language.as_deref(),
            defaults: self.segmentation.defaults,
            brands,
        }))
    }
}
