//! Pages: the samples of about a minute of a track, and all that their segments need beside media.

use std::num::NonZeroU32;
use std::ops::Range;

use bytes::Bytes;
use captions::Cue;
use isobmff::{FragmentSample, TrackDefaults};
use serde::{Deserialize, Serialize};

use super::ReadError;
use super::columns::{ColumnFacts, ColumnsWriter, PagedSample};
use super::frame::{FrameName, deflate, read_frame};
use super::media_page::MediaPage;
use super::paged_key_frames::PagedKeyFrames;
use super::text_page::TextPage;
use crate::Error;
use crate::asset::SourceObject;
use crate::event::PagedEvent;
use crate::plan::{Piece, SegmentPlan, media_pieces};
use crate::route::{TrackKind, TrackPath, Version};
use crate::set::CaptionForm;

pub(super) const PAGE_MAGIC: [u8; 4] = *b"FMPG";

/// Which page of which index.
pub(super) fn page_identity(version: Version, track: TrackPath, page: u64) -> String {
    format!("{version}/{track}/{page}")
}

/// Which object the samples of a page lie in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum MediaPlace {
    /// The source.
    Source,
    /// The copy of small tracks beside the index.
    Copy {
        /// Its length.
        bytes: u64,
        /// The store's entity tag of it: another copy may order its samples otherwise.
        etag: String,
    },
}

/// One segment of a page; times in ticks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PagedSegment {
    /// Its number in the track, from 0.
    pub number: u32,
    /// Start on the presentation timeline.
    pub start: u64,
    /// End on the presentation timeline.
    pub end: u64,
    /// `tfdt`.
    pub decode_time: u64,
    /// How many samples it has.
    pub samples: u32,
}

/// What stands before the columns.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct StoredPage {
    pub(super) source: SourceObject,
    pub(super) media: MediaPlace,
    pub(super) track: TrackFacts,
    pub(super) segments: Vec<PagedSegment>,
    pub(super) key_frames: PagedKeyFrames,
    /// Of all its segments, in order of time.
    pub(super) events: Vec<PagedEvent>,
    pub(super) columns: ColumnFacts,
}

/// What all segments of a track have in common.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct TrackFacts {
    pub(crate) timescale: u32,
    /// `trex`: duration and flags.
    pub(crate) defaults: (u32, u32),
    /// Whether segments carry a `sidx`, and the SAP type it tells.
    pub(crate) segment_index: Option<u8>,
    /// Composition time that is presented at 0, in ticks.
    pub(crate) media_time: u32,
    /// One silent frame; empty if there is none.
    pub(crate) silence: Vec<u8>,
    /// What it is in MPEG-TS, or why it cannot be carried.
    pub(crate) transport: Result<mpegts::Codec, String>,
    /// End on the presentation timeline, in ticks.
    pub(crate) end: u64,
    /// Of pictures: the sound beside them.
    pub(crate) sound: Vec<Sound>,
    /// Whether segments in MPEG-TS have a stream of timed metadata, with or without a tag.
    pub(crate) has_timed_id3: bool,
}

/// A track of sound of the same source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Sound {
    /// `track_ID` in the source.
    pub(crate) number: u32,
    pub(crate) timescale: u32,
    /// End on the presentation timeline, in its ticks.
    pub(crate) end: u64,
}

impl TrackFacts {
    pub(crate) fn defaults(&self) -> TrackDefaults {
        TrackDefaults { duration: self.defaults.0, flags: self.defaults.1 }
    }
}

/// Collects the segments of one page.
pub(super) struct PageWriter<'a> {
    source: &'a SourceObject,
    track: &'a TrackFacts,
    media: MediaPlace,
    segments: Vec<PagedSegment>,
    key_frames: PagedKeyFrames,
    events: Vec<PagedEvent>,
    columns: ColumnsWriter,
}

impl<'a> PageWriter<'a> {
    pub(super) fn new(source: &'a SourceObject, track: &'a TrackFacts, media: MediaPlace) -> Self {
        Self {
            source,
            track,
            media,
            segments: Vec::new(),
            key_frames: PagedKeyFrames::default(),
            events: Vec::new(),
            columns: ColumnsWriter::default(),
        }
    }

    pub(super) fn push(&mut self, segment: PagedSegment, samples: &[PagedSample]) {
        self.segments.push(segment);
        for sample in samples {
            self.columns.push(sample);
        }
    }

    /// Adds events of the segments, in order of time.
    pub(super) fn push_events(&mut self, events: &[PagedEvent]) {
        self.events.extend_from_slice(events);
    }

    /// Which samples of the page are key frames that are listed.
    pub(super) fn with_key_frames(self, key_frames: PagedKeyFrames) -> Self {
        Self { key_frames, ..self }
    }

    /// The deflated content.
    pub(super) fn finish(self) -> Result<Bytes, Error> {
        let too_large = Error::TooLarge { sample: 0, what: "a page of the index" };
        let (columns, planes) = self.columns.finish();
        let stored = StoredPage {
            source: self.source.clone(),
            media: self.media,
            track: self.track.clone(),
            segments: self.segments,
            key_frames: self.key_frames,
            events: self.events,
            columns,
        };
        let mut content = postcard::to_allocvec(&stored).map_err(|_| too_large.clone())?;
        content.extend(planes);
        deflate(&content).ok_or(too_large)
    }
}

/// A page that has been read.
#[derive(Debug)]
pub struct Page(Content);

#[derive(Debug)]
enum Content {
    Media(Box<MediaPage>),
    Text(TextPage),
}

impl Page {
    /// Reads the page of a track that holds the segment with this start. `slot`: the bytes that
    /// [`super::Locator::slot`] names.
    pub fn read(slot: &[u8], version: Version, track: TrackPath, start: u64) -> Result<Self, ReadError> {
        let identity = page_identity(version, track, track.locator.page(start));
        let content = read_frame(FrameName { magic: PAGE_MAGIC, identity: &identity }, slot)?;
        match track.name.kind {
            TrackKind::Text => TextPage::read(&content).map(Content::Text).map(Self),
            TrackKind::Video | TrackKind::Audio => {
                MediaPage::read(content).map(Box::new).map(Content::Media).map(Self)
            }
        }
    }

    /// As [`Self::read`], from a whole index.
    pub fn of_index(index: &[u8], version: Version, track: TrackPath, start: u64) -> Result<Self, ReadError> {
        let slot = track.locator.slot(track.locator.page(start));
        let at = |position: u64| usize::try_from(position).ok().filter(|&at| at <= index.len());
        let slot = slot.and_then(|slot| index.get(at(slot.start)?..at(slot.end)?));
        Self::read(slot.ok_or(ReadError::Damaged("it ends early"))?, version, track, start)
    }

    /// The source that it is of.
    pub fn source(&self) -> &SourceObject {
        match &self.0 {
            Content::Media(page) => page.source(),
            Content::Text(page) => &page.source,
        }
    }

    /// Which object the samples lie in.
    pub fn media(&self) -> &MediaPlace {
        match &self.0 {
            Content::Media(page) => page.place(),
            Content::Text(_) => &MediaPlace::Source,
        }
    }

    /// Bytes in memory, roughly.
    pub fn bytes(&self) -> usize {
        match &self.0 {
            Content::Media(page) => page.bytes(),
            Content::Text(page) => page.bytes(),
        }
    }

    /// The plan of the segment of pictures or sound that starts at exactly this time; `None` if there is none.
    pub fn plan(&self, start: u64) -> Result<Option<SegmentPlan>, Error> {
        match &self.0 {
            Content::Media(page) => page.plan(start),
            Content::Text(_) => Ok(None),
        }
    }

    /// The plan of the key frame that is presented at exactly this time, alone in a fragment; `None` if no
    /// segment of this page has it.
    pub fn key_frame(&self, start: u64) -> Result<Option<SegmentPlan>, Error> {
        match &self.0 {
            Content::Media(page) => page.key_frame_plan(start),
            Content::Text(_) => Ok(None),
        }
    }

    /// Whether a segment of this page has the key frame that is presented at exactly this time.
    pub fn has_key_frame(&self, start: u64) -> bool {
        self.of_media().is_some_and(|page| page.key_frame(start).is_some())
    }

    /// The segment of captions that starts at exactly this time, in this form; `None` if there is none.
    /// Captions that go on until `end_millis` have silence behind the last segment, which the last page tells.
    pub fn captions(
        &self,
        start: u64,
        form: CaptionForm,
        end_millis: Option<NonZeroU32>,
    ) -> Result<Option<Vec<u8>>, Error> {
        match &self.0 {
            Content::Text(page) => page.segment(start, form, end_millis),
            Content::Media(_) => Ok(None),
        }
    }

    /// The samples of the segment of pictures or sound that starts at exactly this time; `None` if there is none.
    pub(crate) fn samples_at(&self, start: u64) -> Option<Vec<FragmentSample>> {
        let (_, samples) = self.of_media()?.samples_of(start)?;
        Some(samples.into_iter().map(|paged| paged.sample).collect())
    }

    /// The bytes of those samples, without any container.
    pub(crate) fn media_pieces(&self, start: u64) -> Option<Vec<Piece>> {
        let page = self.of_media()?;
        let (_, samples) = page.samples_of(start)?;
        Some(media_pieces(page.facts(), &samples))
    }

    /// The captions of the segment that starts at exactly this time as a TTML document; `None` if there is none.
    /// `end_millis`: as in [`Self::captions`].
    pub fn ttml(&self, start: u64, end_millis: Option<NonZeroU32>) -> Result<Option<String>, Error> {
        match &self.0 {
            Content::Text(page) => Ok(page.document(start, end_millis)),
            Content::Media(_) => Ok(None),
        }
    }

    /// The segment of captions that starts at exactly this time, as WebVTT beside MPEG-TS; `None` if there is
    /// none. `end_millis`: as for [`Self::captions`].
    pub fn ts_captions(&self, start: u64, end_millis: Option<NonZeroU32>) -> Option<String> {
        match &self.0 {
            Content::Text(page) => page.ts_segment(start, end_millis),
            Content::Media(_) => None,
        }
    }

    /// The captions that begin within the page's span, in order of start: each is on one page.
    pub(crate) fn cues(&self) -> impl Iterator<Item = &Cue> {
        let page = match &self.0 {
            Content::Text(page) => Some(page),
            Content::Media(_) => None,
        };
        let start = page.and_then(|page| page.segments.first()).map_or(0, |first| first.start);
        page.into_iter().flat_map(|page| &page.cues).filter(move |cue| cue.start >= start)
    }

    /// Where the samples lie, in their order; neighbours are joined.
    pub fn ranges(&self) -> Vec<Range<u64>> {
        match &self.0 {
            Content::Media(page) => page.ranges(),
            Content::Text(_) => Vec::new(),
        }
    }

    /// A page of pictures or sound.
    pub(crate) fn of_media(&self) -> Option<&MediaPage> {
        match &self.0 {
            Content::Media(page) => Some(page),
            Content::Text(_) => None,
        }
    }
}
