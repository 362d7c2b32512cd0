//! Pages of pictures and sound.

use std::ops::Range;

use isobmff::{FragmentIndex, FragmentPlace, TRACK_ID, Timescale};

use super::ReadError;
use super::columns::{Columns, PagedSample};
use super::page::{MediaPlace, PagedSegment, StoredPage, TrackFacts};
use crate::Error;
use crate::asset::SourceObject;
use crate::event::{PagedEvent, event_bytes, events_of};
use crate::key_frames::KeyFrame;
use crate::plan::SegmentPlan;

/// A page of pictures or sound.
#[derive(Debug)]
pub(crate) struct MediaPage {
    stored: StoredPage,
    columns: Columns,
}

/// A key frame and where its bytes lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FoundKeyFrame {
    /// Its number among those of the track that are listed, from 0.
    pub(crate) number: u32,
    pub(crate) key_frame: KeyFrame,
    pub(crate) offset: Option<u64>,
}

impl MediaPage {
    pub(super) fn read(mut content: Vec<u8>) -> Result<Self, ReadError> {
        let (mut stored, rest) = postcard::take_from_bytes::<StoredPage>(&content)
            .map_err(|_| ReadError::Damaged("its fields cannot be read"))?;
        let planes = content.split_off(content.len() - rest.len());
        let columns = Columns::new(std::mem::take(&mut stored.columns), planes)?;
        let samples = stored.segments.iter().map(|s| u64::from(s.samples)).sum::<u64>();
        if samples != u64::from(columns.len()) {
            return Err(ReadError::Damaged("its segments have another number of samples"));
        }
        Ok(Self { stored, columns })
    }

    pub(super) fn bytes(&self) -> usize {
        self.columns.bytes()
            + self.stored.segments.len() * size_of::<PagedSegment>()
            + self.stored.key_frames.bytes()
            + usize::try_from(event_bytes(&self.stored.events)).unwrap_or(usize::MAX)
            + self.stored.events.len() * size_of::<PagedEvent>()
            + 1024
    }

    pub(super) fn plan(&self, start: u64) -> Result<Option<SegmentPlan>, Error> {
        let Some((segment, samples)) = self.samples_of(start) else { return Ok(None) };
        let track = &self.stored.track;
        let place = FragmentPlace {
            sequence_number: segment.number.saturating_add(1),
            track_id: TRACK_ID,
            decode_time: segment.decode_time,
            index: track.segment_index.zip(Timescale::new(track.timescale)).map(|(sap_type, timescale)| {
                FragmentIndex {
                    timescale,
                    earliest: segment.start,
                    duration: segment.end.saturating_sub(segment.start),
                    sap_type,
                }
            }),
        };
        let events = self.events(segment);
        SegmentPlan::with_events(place, track, (&samples, events), self.stored.media.clone()).map(Some)
    }

    /// The events that start within a segment of the page.
    pub(crate) fn events(&self, segment: &PagedSegment) -> &[PagedEvent] {
        events_of(&self.stored.events, (segment.number == 0, segment.start, segment.end))
    }

    /// All events of the page.
    pub(super) fn all_events(&self) -> &[PagedEvent] {
        &self.stored.events
    }

    /// The source that it is of.
    pub(super) fn source(&self) -> &SourceObject {
        &self.stored.source
    }

    /// The segment that starts at exactly this time, and its samples.
    pub(crate) fn samples_of(&self, start: u64) -> Option<(&PagedSegment, Vec<PagedSample>)> {
        let at = self.stored.segments.iter().position(|segment| segment.start == start)?;
        let segment = self.stored.segments.get(at)?;
        let before =
            self.stored.segments.iter().take(at).map(|s| usize::try_from(s.samples).unwrap_or(0)).sum();
        let count = usize::try_from(segment.samples).unwrap_or(0);
        Some((segment, self.columns.samples().skip(before).take(count).collect()))
    }

    pub(super) fn ranges(&self) -> Vec<Range<u64>> {
        let mut out: Vec<Range<u64>> = Vec::new();
        for paged in self.columns.samples() {
            let Some(start) = paged.offset.filter(|_| paged.sample.size > 0) else { continue };
            let end = start.saturating_add(paged.sample.size.into());
            match out.last_mut() {
                Some(last) if last.end == start => last.end = end,
                _ => out.push(start..end),
            }
        }
        out
    }

    /// All segments with their samples.
    pub(crate) fn all(&self) -> impl Iterator<Item = (PagedSegment, Vec<PagedSample>)> + '_ {
        let mut samples = self.columns.samples();
        self.stored.segments.iter().map(move |&segment| {
            let count = usize::try_from(segment.samples).unwrap_or(0);
            (segment, samples.by_ref().take(count).collect())
        })
    }

    pub(super) fn key_frame_plan(&self, start: u64) -> Result<Option<SegmentPlan>, Error> {
        let Some(found) = self.key_frame(start) else { return Ok(None) };
        let track = &self.stored.track;
        let place = FragmentPlace {
            sequence_number: found.number.saturating_add(1),
            track_id: TRACK_ID,
            decode_time: start,
            index: None,
        };
        let sample = PagedSample { sample: found.key_frame.sample(track.media_time), offset: found.offset };
        SegmentPlan::new(place, track, &[sample], self.stored.media.clone()).map(Some)
    }

    /// The key frame that is presented at exactly this time.
    pub(crate) fn key_frame(&self, start: u64) -> Option<FoundKeyFrame> {
        let mut listed = self.key_frames().peekable();
        while let Some((number, presented, paged)) = listed.next() {
            if presented == start {
                let end = listed.peek().map_or(self.stored.key_frames.end, |(_, next, _)| *next);
                let key_frame = KeyFrame { start, end, bytes: paged.sample.size };
                return Some(FoundKeyFrame { number, key_frame, offset: paged.offset });
            }
        }
        None
    }

    /// The listed key frames, each with its number and the time at which it is presented.
    fn key_frames(&self) -> impl Iterator<Item = (u32, u64, PagedSample)> + '_ {
        let key_frames = &self.stored.key_frames;
        let mut rest = key_frames.samples().peekable();
        let listed = self.presented().zip(0u32..).filter(move |(_, at)| rest.next_if_eq(at).is_some());
        let number = move |(place, ((presented, paged), _))| {
            (key_frames.first_number.saturating_add(place), presented, paged)
        };
        (0u32..).zip(listed).map(number)
    }

    /// All samples with the time at which each is presented, in ticks.
    pub(crate) fn presented(&self) -> impl Iterator<Item = (u64, PagedSample)> + '_ {
        let media_time = u64::from(self.stored.track.media_time);
        self.all().flat_map(move |(segment, samples)| {
            let mut decode_time = segment.decode_time;
            samples.into_iter().map(move |paged| {
                let composed = decode_time.saturating_add(paged.sample.composition_offset.into());
                decode_time = decode_time.saturating_add(paged.sample.duration.into());
                (composed.saturating_sub(media_time), paged)
            })
        })
    }

    /// What all segments of the track have in common.
    pub(crate) fn facts(&self) -> &TrackFacts {
        &self.stored.track
    }

    /// Which object the samples lie in.
    pub(crate) fn place(&self) -> &MediaPlace {
        &self.stored.media
    }
}
