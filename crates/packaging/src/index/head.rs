//! The head: everything about a source but its samples.

use bytes::Bytes;
use isobmff::codec::{Codec, describe};
use isobmff::read::Boxes;
use isobmff::{Edit, FourCc, SampleEntry, Timescale, TrackDefaults};
use serde::{Deserialize, Serialize};

use super::frame::{FrameName, deflate, frame_bytes, read_frame, write_frame};
use super::head_key_frames::StoredKeyFrames;
use super::{Locator, ReadError};
use crate::asset::{LeftOut, SourceObject, TrackCodec};
use crate::date::Date;
use crate::event::EventScheme;
use crate::picture::Picture;
use crate::route::{TrackKind, TrackName, Version};
use crate::set::{CaptionChannel, Labels};
use crate::{Asset, Error, PackagedTrack, Segment, Segmentation, TextFormat};

const HEAD_MAGIC: [u8; 4] = *b"FMIX";

/// A head that has been read.
#[derive(Debug)]
pub struct Head {
    /// How the source is packaged.
    pub asset: Asset,
    /// The version that its children's URLs carry.
    pub version: Version,
}

/// What to do next to read a head.
#[derive(Debug)]
pub enum HeadStep {
    /// The head.
    Whole(Box<Head>),
    /// It is longer: come back with so many bytes from the start of the index.
    Longer(u64),
}

#[derive(Serialize, Deserialize)]
struct StoredHead {
    source: SourceObject,
    tracks: Vec<StoredTrack>,
    left_out: Vec<StoredLeftOut>,
    closed_captions: Vec<CaptionChannel>,
    start_micros: i64,
    created: Option<Date>,
    /// The place of the track that carries events, and whose events those are.
    events: Option<(u32, Vec<EventScheme>)>,
}

#[derive(Serialize, Deserialize)]
struct StoredTrack {
    name: TrackName,
    /// Its base is counted from the end of the head's frame.
    locator: Locator,
    /// The whole sample entry; empty for captions.
    entry: Vec<u8>,
    /// What captions are in the source.
    caption_format: Option<TextFormat>,
    labels: Labels,
    is_enabled: bool,
    iso_language: [u8; 3],
    timescale: u32,
    media_time: u32,
    /// For video.
    picture: Option<Picture>,
    /// `trex`: duration and flags.
    defaults: (u32, u32),
    has_leading_pictures: bool,
    has_segment_index: bool,
    /// Duration in the movie's ticks, media time in the track's, rate.
    edits: Vec<(u64, Option<u64>, i32)>,
    /// Decoding time of the first sample.
    decode_time: u64,
    /// Presentation time of the first segment, and the part of it that the edit list hides.
    start: u64,
    hidden: u64,
    segments: Vec<StoredSegment>,
    transport: StoredTransport,
    key_frames: StoredKeyFrames,
}

/// Times follow from the durations.
#[derive(Serialize, Deserialize)]
struct StoredSegment {
    duration: u64,
    samples: u32,
    bytes: u64,
}

/// The track in MPEG-TS: packets of each segment, and whether packed audio has all times.
#[derive(Serialize, Deserialize)]
struct StoredTransport {
    packets: Vec<u64>,
    is_isochronous: bool,
}

#[derive(Serialize, Deserialize)]
struct StoredLeftOut {
    number: Option<u32>,
    handler: Option<[u8; 4]>,
    reason: String,
}

/// The head's frame; locators of the tracks count from its end.
pub(super) fn write_head(asset: &Asset, version: Version) -> Result<Vec<u8>, Error> {
    let stored = StoredHead {
        source: asset.source.clone(),
        tracks: asset.tracks.iter().map(StoredTrack::new).collect(),
        left_out: asset.left_out.iter().map(StoredLeftOut::new).collect(),
        closed_captions: asset.closed_captions.clone(),
        start_micros: asset.start_micros,
        created: asset.created,
        events: (0..).zip(&asset.tracks).find_map(|(place, track)| {
            (!track.event_schemes.is_empty()).then(|| (place, track.event_schemes.clone()))
        }),
    };
    let too_large = Error::TooLarge { sample: 0, what: "the head of the index" };
    let content = postcard::to_allocvec(&stored).map_err(|_| too_large.clone())?;
    let mut out = Vec::new();
    let identity = version.to_string();
    write_frame(
        FrameName { magic: HEAD_MAGIC, identity: &identity },
        &deflate(&content).ok_or(too_large)?,
        &mut out,
    );
    Ok(out)
}

impl Head {
    /// What most heads fit into: several hours of a film.
    pub const USUAL_BYTES: u64 = 128 << 10;

    /// Reads the head of the index of this version from the first bytes of the index.
    pub fn read(start: &Bytes, version: Version) -> Result<HeadStep, ReadError> {
        let length = frame_bytes(HEAD_MAGIC, start)?;
        if length > start.len() as u64 {
            return Ok(HeadStep::Longer(length));
        }
        let identity = version.to_string();
        let content = read_frame(FrameName { magic: HEAD_MAGIC, identity: &identity }, start)?;
        let unreadable = ReadError::Damaged("its fields cannot be read");
        let stored: StoredHead = postcard::from_bytes(&content).map_err(|_| unreadable.clone())?;
        let tracks = stored.tracks.into_iter().map(|track| track.read(length));
        let mut tracks = tracks.collect::<Option<Vec<_>>>().filter(|tracks| !tracks.is_empty());
        if let (Some(tracks), Some((place, schemes))) = (&mut tracks, stored.events) {
            let carrier = usize::try_from(place).ok().and_then(|place| tracks.get_mut(place));
            carrier.ok_or_else(|| unreadable.clone())?.event_schemes = schemes;
        }
        let asset = Asset {
            source: stored.source,
            tracks: tracks.ok_or(unreadable)?,
            left_out: stored.left_out.into_iter().map(StoredLeftOut::read).collect(),
            closed_captions: stored.closed_captions,
            start_micros: stored.start_micros,
            created: stored.created,
        };
        Ok(HeadStep::Whole(Box::new(Self { asset, version })))
    }
}

impl StoredTrack {
    fn new(track: &PackagedTrack) -> Self {
        let segments = &track.segmentation.segments;
        let first = segments.first();
        let stored = |s: &Segment| StoredSegment { duration: s.duration, samples: s.samples, bytes: s.bytes };
        Self {
            name: track.name,
            locator: track.locator,
            entry: track.entry.as_ref().map(|entry| entry.bytes().to_vec()).unwrap_or_default(),
            caption_format: match &track.codec {
                TrackCodec::Text(format) => Some(format.clone()),
                TrackCodec::Video(..) | TrackCodec::Audio(_) => None,
            },
            labels: track.labels.clone(),
            is_enabled: track.is_enabled,
            iso_language: track.iso_language,
            timescale: track.timescale.get(),
            media_time: track.media_time,
            picture: match &track.codec {
                TrackCodec::Video(_, picture) => Some(picture.clone()),
                TrackCodec::Audio(_) | TrackCodec::Text(_) => None,
            },
            defaults: (track.segmentation.defaults.duration, track.segmentation.defaults.flags),
            has_leading_pictures: track.segmentation.has_leading_pictures,
            has_segment_index: track.segmentation.has_index,
            edits: track.source_edits.iter().map(|e| (e.duration, e.media_time, e.rate)).collect(),
            decode_time: first.map_or(0, |s| s.decode_time),
            start: first.map_or(0, |s| s.start),
            hidden: first.map_or(0, |s| (s.start + s.duration).saturating_sub(s.end)),
            segments: segments.iter().map(stored).collect(),
            transport: StoredTransport {
                packets: track.transport_packets.clone(),
                is_isochronous: track.is_isochronous,
            },
            key_frames: StoredKeyFrames::new(&track.key_frames),
        }
    }

    /// `head_bytes`: where the pages begin.
    fn read(self, head_bytes: u64) -> Option<PackagedTrack> {
        let segments = self.read_segments()?;
        let key_frames = self.key_frames.read(segments.last()?.end)?;
        let (entry, codec) = match (self.name.kind, self.caption_format) {
            (TrackKind::Text, Some(format)) => (None, TrackCodec::Text(format)),
            (kind, _) => {
                let entry = read_entry(self.entry.into(), kind)?;
                let codec = match (describe(&entry).ok()?, self.picture) {
                    (Codec::Video(video), Some(picture)) => TrackCodec::Video(video, picture),
                    (Codec::Audio(audio), None) => TrackCodec::Audio(audio),
                    _ => return None,
                };
                (Some(entry), codec)
            }
        };
        let edit = |(duration, media_time, rate)| Edit { duration, media_time, rate };
        Some(PackagedTrack {
            name: self.name,
            locator: Locator { base: self.locator.base.checked_add(head_bytes)?, ..self.locator },
            codec,
            labels: self.labels,
            is_enabled: self.is_enabled,
            timescale: Timescale::new(self.timescale)?,
            media_time: self.media_time,
            segmentation: Segmentation {
                segments,
                defaults: TrackDefaults { duration: self.defaults.0, flags: self.defaults.1 },
                has_leading_pictures: self.has_leading_pictures,
                has_index: self.has_segment_index,
            },
            transport_packets: self.transport.packets,
            is_isochronous: self.transport.is_isochronous,
            key_frames,
            event_schemes: Vec::new(),
            source_edits: self.edits.into_iter().map(edit).collect(),
            iso_language: self.iso_language,
            entry,
        })
    }

    /// `None` if there are none, or times overflow.
    fn read_segments(&self) -> Option<Vec<Segment>> {
        let (mut decode_time, mut start, mut hidden) = (self.decode_time, self.start, self.hidden);
        let mut out = Vec::new();
        for stored in &self.segments {
            let end = start.checked_add(stored.duration)?.saturating_sub(hidden);
            let &StoredSegment { duration, samples, bytes } = stored;
            out.push(Segment { samples, decode_time, duration, start, end, bytes });
            decode_time = decode_time.checked_add(duration)?;
            (start, hidden) = (end, 0);
        }
        (!out.is_empty()).then_some(out)
    }
}

fn read_entry(bytes: Bytes, kind: TrackKind) -> Option<SampleEntry> {
    let handler = match kind {
        TrackKind::Video => FourCc(*b"vide"),
        TrackKind::Audio => FourCc(*b"soun"),
        TrackKind::Text => return None,
    };
    let whole = bytes.clone();
    let found = Boxes::new(FourCc(*b"stsd"), &whole, 0).next()?.ok()?;
    SampleEntry::parse(&found, bytes, handler).ok()
}

impl StoredLeftOut {
    fn new(left_out: &LeftOut) -> Self {
        Self {
            number: left_out.number,
            handler: left_out.handler.map(|handler| handler.0),
            reason: left_out.reason.clone(),
        }
    }

    fn read(self) -> LeftOut {
        LeftOut { number: self.number, handler: self.handler.map(FourCc), reason: self.reason }
    }
}
