//! Makes the pages of text tracks.

use std::num::NonZeroU32;
use std::ops::Range;

use bytes::Bytes;
use captions::{Cue, TextSample, c608, stpp, ttml, tx3g, wvtt};

use super::build::{TOO_LARGE, paginate_in};
use super::text_page::TextPage;
use crate::asset::SourceObject;
use crate::draft::TextDraft;
use crate::route::{TrackKind, TrackName};
use crate::set::Labels;
use crate::text::{MILLISECONDS, TextSegment, measured, most_bytes, segments};
use crate::{Error, PackagedTrack, Policy, TextFormat, TrackCodec};

/// What a page of captions is meant to span.
const SPAN_MILLIS: u32 = 60_000;
/// Each caption is on every page, and in every segment, during whose span it is shown, so some are in several.
/// So many times their number and their bytes, and some more, are written.
const MOST_REPEATS: usize = 4;
const ALLOWED_REPEATS: usize = 1 << 14;
const ALLOWED_BYTES: usize = 64 << 20;

/// No caption is meant to be shown for longer.
const DAY_MILLIS: u64 = 86_400_000;

/// A text track whose captions are known.
pub(super) struct TextTrack {
    pub(super) name: TrackName,
    /// What it is in the source, for people.
    pub(super) format: String,
    pub(super) labels: Labels,
    pub(super) is_enabled: bool,
    pub(super) iso_language: [u8; 3],
    /// In order of start.
    pub(super) cues: Vec<Cue>,
}

/// A number above those of all text tracks: for channels of captions that share a track.
pub(super) fn spare_number(drafts: &[TextDraft]) -> u32 {
    drafts.iter().map(|draft| draft.name.number).max().unwrap_or(0).saturating_add(1)
}

/// Reads the captions of a track: those of several channels are several tracks.
pub(super) fn text_tracks(
    draft: &TextDraft,
    read: &dyn Fn(&Range<u64>) -> Option<Bytes>,
    (spare, clip_end): (&mut u32, Option<u64>),
) -> Result<Vec<TextTrack>, Error> {
    let bytes = draft.samples.iter().map(|sample| read(&sample.bytes)).collect::<Option<Vec<_>>>();
    let bytes = bytes.ok_or(Error::Scattered)?;
    let samples = draft.samples.iter().zip(&bytes);
    let samples = samples.map(|(sample, data)| TextSample { start: sample.start, end: sample.end, data });
    let mut labels = draft.labels.clone();
    let channels = match &draft.format.0 {
        b"c608" => c608::read(samples)?.into_iter().map(|channel| channel.cues).collect(),
        b"wvtt" => vec![wvtt::read(samples)?],
        b"stpp" => vec![stpp::read(samples, draft.shift)?],
        _ => {
            labels.is_forced = labels.is_forced.or(tx3g::is_forced(&draft.entry).then_some(true));
            vec![tx3g::read(&draft.entry, samples)?]
        }
    };
    let mut out = Vec::new();
    for cues in channels {
        let mut name = draft.name;
        if !out.is_empty() {
            name = TrackName { kind: TrackKind::Text, number: *spare };
            *spare = spare.saturating_add(1);
        }
        out.push(TextTrack {
            name,
            format: draft.format.to_string(),
            labels: labels.clone(),
            is_enabled: draft.is_enabled,
            iso_language: draft.iso_language,
            cues: clipped(cues, clip_end),
        });
    }
    Ok(out)
}

/// Captions on the timeline of a presentation whose start is at this time of theirs, in microseconds. What
/// ends before the start is left out.
pub(super) fn moved(cues: Vec<Cue>, start_micros: i64) -> Vec<Cue> {
    let millis = (start_micros.unsigned_abs() + 500) / 1000;
    let move_time = |time: u64| match start_micros {
        ..0 => time.saturating_add(millis),
        _ => time.saturating_sub(millis),
    };
    let cues =
        cues.into_iter().map(|cue| Cue { start: move_time(cue.start), end: move_time(cue.end), ..cue });
    cues.filter(|cue| cue.end > cue.start).collect()
}

/// What is left of captions by a clip that ends at this time of theirs, in milliseconds, if there is one.
pub(super) fn clipped(cues: Vec<Cue>, end: Option<u64>) -> Vec<Cue> {
    let Some(end) = end else { return cues };
    let cues = cues.into_iter().filter(|cue| cue.start < end);
    cues.map(|cue| Cue { end: cue.end.min(end), ..cue }).collect()
}

/// The tracks with their pages; their locators have no base yet. They last until `end`, in milliseconds, or
/// as long as there are captions.
pub(super) fn paginate_text(
    tracks: Vec<TextTrack>,
    end: u64,
    (source, policy): (&SourceObject, Policy),
) -> Result<Vec<(PackagedTrack, Vec<Bytes>)>, Error> {
    tracks.into_iter().map(|track| paginate_one(track, end, (source, policy))).collect()
}

fn paginate_one(
    track: TextTrack,
    end: u64,
    (source, policy): (&SourceObject, Policy),
) -> Result<(PackagedTrack, Vec<Bytes>), Error> {
    // A caption that nothing ends, or only a mistake, is shown as long as there is anything else.
    let is_open = |cue: &Cue| cue.end >= ttml::OPEN_END || cue.end - cue.start > DAY_MILLIS;
    let end_of = |cue: &Cue| if is_open(cue) { cue.start + 1 } else { cue.end };
    let last = track.cues.iter().map(end_of).max().unwrap_or(0);
    let segments = segments(last.max(end), policy.segment_millis)?;
    let writer = Writer { track: &track, segments: &segments, source, grid_millis: policy.segment_millis };
    let sizes = writer.sizes()?;
    let write = |span| Ok((sizes.clone(), writer.pages(span)?));
    let (sizes, locator, pages) = paginate_in(span(policy.segment_millis), write)?;
    let packaged = PackagedTrack {
        transport_packets: Vec::new(),
        is_isochronous: false,
        name: track.name,
        locator,
        codec: TrackCodec::Text(TextFormat { name: track.format, grid_millis: policy.segment_millis }),
        labels: track.labels,
        is_enabled: track.is_enabled,
        timescale: MILLISECONDS,
        media_time: 0,
        segmentation: measured(&segments, &sizes),
        key_frames: Vec::new(),
        event_schemes: Vec::new(),
        source_edits: Vec::new(),
        iso_language: track.iso_language,
        entry: None,
    };
    Ok((packaged, pages))
}

/// About a minute in whole segments.
fn span(grid_millis: NonZeroU32) -> u64 {
    u64::from((SPAN_MILLIS / grid_millis).max(1)) * u64::from(grid_millis.get())
}

struct Writer<'a> {
    track: &'a TextTrack,
    segments: &'a [TextSegment],
    source: &'a SourceObject,
    grid_millis: NonZeroU32,
}

impl Writer<'_> {
    /// The size of each segment.
    fn sizes(&self) -> Result<Vec<u64>, Error> {
        let language = self.track.labels.language.as_deref();
        let mut open = Open::of(&self.track.cues);
        let sizes = self.segments.iter().map(|segment| {
            let shown = open.during(segment.start..segment.end)?;
            most_bytes(segment, &shown, language)
        });
        sizes.collect()
    }

    /// The deflated pages of this span.
    fn pages(&self, span: u64) -> Result<Vec<Bytes>, Error> {
        let mut open = Open::of(&self.track.cues);
        let mut pages = Vec::new();
        for segments in self.segments.chunk_by(|a, b| a.start / span == b.start / span) {
            let (Some(first), Some(last)) = (segments.first(), segments.last()) else { continue };
            let page = TextPage {
                source: self.source.clone(),
                language: self.track.labels.language.clone(),
                grid_millis: self.grid_millis,
                segments: segments.to_vec(),
                cues: open.during(first.start..last.end)?,
            };
            pages.push(page.finish()?);
        }
        Ok(pages)
    }
}

/// Captions that are shown, while time goes on.
struct Open<'a> {
    cues: &'a [Cue],
    next: usize,
    /// Places of those that have begun and may not have ended.
    shown: Vec<usize>,
    /// How many, and how many bytes of text, may yet be asked for.
    left: (usize, usize),
}

impl<'a> Open<'a> {
    fn of(cues: &'a [Cue]) -> Self {
        let most =
            |amount: usize, allowed: usize| amount.saturating_mul(MOST_REPEATS).saturating_add(allowed);
        let bytes = cues.iter().map(text_bytes).sum();
        let left = (most(cues.len(), ALLOWED_REPEATS), most(bytes, ALLOWED_BYTES));
        Self { cues, next: 0, shown: Vec::new(), left }
    }

    /// The captions that are shown during a time that follows the one asked for before. Fails where they come
    /// again too often.
    fn during(&mut self, time: Range<u64>) -> Result<Vec<Cue>, Error> {
        let cues = self.cues;
        while cues.get(self.next).is_some_and(|cue| cue.start < time.end) {
            self.shown.push(self.next);
            self.next += 1;
        }
        self.shown.retain(|&at| cues.get(at).is_some_and(|cue| cue.end > time.start));
        let shown = || self.shown.iter().filter_map(|&at| cues.get(at));
        let (count, bytes) = self.left;
        let left = count.checked_sub(self.shown.len()).zip(bytes.checked_sub(shown().map(text_bytes).sum()));
        self.left = left.ok_or(TOO_LARGE)?;
        Ok(shown().cloned().collect())
    }
}

fn text_bytes(cue: &Cue) -> usize {
    cue.text.iter().map(|span| span.text.len()).sum()
}
