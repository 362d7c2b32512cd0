//! Makes the index of a movie.

use std::ops::Range;

use bytes::Bytes;
use captions::Captions;
use isobmff::{Movie, SampleTable};

use super::captions_seen::{Look, found};
use super::columns::PagedSample;
use super::frame::{FrameName, write_frame};
use super::head::{Head, HeadStep, write_head};
use super::layout::{Locator, choose_span};
use super::page::{MediaPlace, PAGE_MAGIC, PageWriter, PagedSegment, Sound, TrackFacts, page_identity};
use super::paged_key_frames::PagedKeyFrames;
use super::text_build::{TextTrack, clipped, moved, paginate_text, spare_number, text_tracks};
use crate::asset::{LeftOut, SourceObject};
use crate::date::Date;
use crate::draft::{Draft, Drafts, drafts};
use crate::event::{PagedEvent, event_bytes, events_of, schemes_of};
use crate::key_frames::key_frames;
use crate::labels::stated_language;
use crate::plan::segment_bytes;
use crate::route::{TrackKind, TrackName, Version};
use crate::segmentation::{Cut, fragment_sample};
use crate::set::{CaptionChannel, Labels};
use crate::timeline::Timeline;
use crate::ts::{codec_of, is_isochronous, segment_packets};
use crate::{Asset, Error, PackagedTrack, Policy};

/// The index of a source.
#[derive(Debug)]
pub struct Index {
    /// What its head says.
    pub head: Head,
    /// The whole index as it is stored.
    pub bytes: Bytes,
}

/// Most video tracks whose pictures are looked at.
const MAX_LOOKS: usize = 8;

/// How a movie is packaged, before what must be read of it beside `moov` has been read.
pub struct IndexDraft {
    drafts: Drafts,
    source: SourceObject,
    policy: Policy,
    looks: Vec<Look>,
}

impl IndexDraft {
    /// Works out how a source is packaged. `moov` has been parsed to `movie`.
    pub fn new(movie: &Movie, source: SourceObject, policy: Policy) -> Result<Self, Error> {
        let drafts = drafts(movie, source.bytes, policy)?;
        let looks = drafts.media.iter().filter_map(Look::new).take(MAX_LOOKS).collect();
        Ok(Self { drafts, source, policy, looks })
    }

    /// What must be read of the source: the samples of its captions, and the pictures that show whether
    /// there are captions in them. A list for each track, of use as a whole; neighbours are not joined.
    pub fn reads(&self) -> Vec<Vec<Range<u64>>> {
        let text = self.drafts.text.iter();
        let text = text.map(|draft| draft.samples.iter().map(|sample| sample.bytes.clone()).collect());
        text.chain(self.looks.iter().map(|look| look.pictures.clone())).collect()
    }

    /// Makes the index. `read` gives the bytes of a range that [`Self::reads`] names; a text track of which
    /// some are missing is left out.
    pub fn finish(self, read: &dyn Fn(&Range<u64>) -> Option<Bytes>) -> Result<Index, Error> {
        let Self { drafts, source, policy, looks } = self;
        let Drafts { media, text, mut left_out, start_micros, created } = drafts;
        let mut made = Made::default();
        let closed_captions = found(&looks, read);
        let sound: Vec<_> = media.iter().filter_map(Sound::of).collect();
        for mut draft in media {
            if !closed_captions.is_empty() && draft.name.kind == TrackKind::Video {
                // dash.js and Video.js place captions in pictures by durations in `tfhd` or `trun` alone.
                draft.cuts.defaults.duration = 0;
            }
            let fault = LeftOut {
                number: Some(draft.name.number),
                handler: Some(draft.handler),
                reason: String::new(),
            };
            match paginate(draft, &sound, (&source, policy)) {
                Ok(track) => made.push(track),
                Err(reason) => left_out.push(LeftOut { reason: reason.to_string(), ..fault }),
            }
        }
        let end = made.end_millis();
        let mut spare = spare_number(&text);
        for draft in text {
            let fault = LeftOut {
                number: Some(draft.name.number),
                handler: Some(draft.handler),
                reason: String::new(),
            };
            let tracks = text_tracks(&draft, read, (&mut spare, policy.clip_end_millis()));
            match tracks.and_then(|tracks| paginate_text(tracks, end, (&source, policy))) {
                Ok(tracks) => tracks.into_iter().for_each(|track| made.push(track)),
                Err(reason) => left_out.push(LeftOut { reason: reason.to_string(), ..fault }),
            }
        }
        made.about = About { left_out, closed_captions, start_micros, created };
        made.finish(source, policy)
    }
}

impl Index {
    /// The index of a file of captions. `format` is what it is, for people.
    pub fn of_captions(
        found: Captions,
        format: &str,
        source: SourceObject,
        policy: Policy,
    ) -> Result<Self, Error> {
        let start = policy.start_micros.unwrap_or(0);
        let begin = policy.clip.map_or(0, |clip| clip.from_micros);
        let cues = clipped(moved(found.cues, start.saturating_add(begin)), policy.clip_end_millis());
        let labels = Labels { language: found.language.and_then(stated_language), ..Labels::default() };
        let track = TextTrack {
            name: TrackName { kind: TrackKind::Text, number: 1 },
            format: format.to_owned(),
            labels,
            is_enabled: true,
            iso_language: *b"und",
            cues,
        };
        let mut made = Made::default();
        paginate_text(vec![track], 0, (&source, policy))?.into_iter().for_each(|track| made.push(track));
        made.about.start_micros = start;
        made.finish(source, policy)
    }
}

/// Tracks with their pages, each behind the other.
#[derive(Default)]
struct Made {
    tracks: Vec<PackagedTrack>,
    pages: Vec<Vec<Bytes>>,
    base: u64,
    about: About,
}

/// What a head says beside tracks.
#[derive(Default)]
struct About {
    left_out: Vec<LeftOut>,
    closed_captions: Vec<CaptionChannel>,
    start_micros: i64,
    created: Option<Date>,
}

impl Made {
    fn push(&mut self, (mut track, pages): (PackagedTrack, Vec<Bytes>)) {
        track.locator.base = self.base;
        self.base += pages.len() as u64 * u64::from(track.locator.stride);
        self.tracks.push(track);
        self.pages.push(pages);
    }

    /// The end of the longest track, in milliseconds, rounded up.
    fn end_millis(&self) -> u64 {
        let millis = |track: &PackagedTrack| {
            let millis = u128::from(track.segmentation.end()) * 1000;
            u64::try_from(millis.div_ceil(track.timescale.get().into())).unwrap_or(u64::MAX)
        };
        self.tracks.iter().map(millis).max().unwrap_or(0)
    }

    fn finish(self, source: SourceObject, policy: Policy) -> Result<Index, Error> {
        let About { left_out, closed_captions, start_micros, created } = self.about;
        if self.tracks.is_empty() {
            let reasons = left_out.iter().map(ToString::to_string).collect::<Vec<_>>();
            return Err(Error::NoTrack(reasons.join("; ")));
        }
        let version = Version::of(&source.etag, source.revision.as_deref(), policy);
        let asset = Asset { source, tracks: self.tracks, left_out, closed_captions, start_micros, created };
        assemble(&asset, version, &self.pages)
    }
}

/// Puts head and pages together.
fn assemble(asset: &Asset, version: Version, pages: &[Vec<Bytes>]) -> Result<Index, Error> {
    let mut out = write_head(asset, version)?;
    let head_bytes = out.len() as u64;
    for (track, pages) in asset.tracks.iter().zip(pages) {
        let mut path = track.path();
        path.locator.base += head_bytes;
        for (number, page) in (0..).zip(pages) {
            let slot = path.locator.slot(number).ok_or(TOO_LARGE)?;
            out.resize(usize::try_from(slot.start).map_err(|_| TOO_LARGE)?, 0);
            let identity = page_identity(version, path, number);
            write_frame(FrameName { magic: PAGE_MAGIC, identity: &identity }, page, &mut out);
        }
        let end = path.locator.slot(pages.len() as u64).ok_or(TOO_LARGE)?.start;
        out.resize(usize::try_from(end).map_err(|_| TOO_LARGE)?, 0);
    }
    let bytes = Bytes::from(out);
    // What is served must be what was stored: the head is read back rather than trusted.
    match Head::read(&bytes, version) {
        Ok(HeadStep::Whole(head)) => Ok(Index { head: *head, bytes }),
        Ok(HeadStep::Longer(_)) | Err(_) => Err(TOO_LARGE),
    }
}

pub(super) const TOO_LARGE: Error = Error::TooLarge { sample: 0, what: "the index" };

/// Longest index: of a film of a hundred hours.
const MAX_INDEX_BYTES: u64 = 1 << 28;
/// Slots may have this many times the bytes that their pages have, and some more.
const MOST_WASTE: u64 = 4;
const ALLOWED_BYTES: u64 = 64 << 10;

/// The track and its pages, deflated; its locator has no base yet.
fn paginate(
    draft: Draft,
    sound: &[Sound],
    (source, policy): (&SourceObject, Policy),
) -> Result<(PackagedTrack, Vec<Bytes>), Error> {
    let facts = draft.facts(sound);
    let starts: Vec<_> = draft.cuts.list.iter().map(|cut| (cut.start, cut.samples)).collect();
    let span = choose_span(&starts, draft.timeline.timescale, policy.segment_millis);
    let (sizes, locator, pages) = paginate_in(span, |span| write_pages((&draft, &facts), source, span))?;
    Ok((draft.measured(&sizes, locator), pages))
}

/// The size of a segment.
struct Size {
    bytes: u64,
    /// Packets in MPEG-TS.
    packets: u64,
    is_isochronous: bool,
}

/// Finds slots for pages; the locator has no base yet.
///
/// The number of samples foretells the size of most pages. Where slots would mostly be empty all the same,
/// fewer and larger ones are tried.
/// `write` gives the size of each segment, and the deflated pages of a span.
pub(super) fn paginate_in<T>(
    mut span: u64,
    write: impl Fn(u64) -> Result<(Vec<T>, Vec<Bytes>), Error>,
) -> Result<(Vec<T>, Locator, Vec<Bytes>), Error> {
    loop {
        let (sizes, pages) = write(span)?;
        let used = pages.iter().map(|page| page.len() as u64).sum::<u64>();
        let longest = pages.iter().map(Bytes::len).max().unwrap_or(0) + super::frame::FRAME_BYTES;
        let slots = pages.len() as u64 * longest as u64;
        if slots > used * MOST_WASTE + ALLOWED_BYTES && pages.len() > 1 {
            span = span.saturating_mul(4);
            continue;
        }
        let stride = u32::try_from(longest).map_err(|_| TOO_LARGE)?;
        let locator = Locator { base: 0, stride, span };
        if !locator.is_sound() || slots > MAX_INDEX_BYTES {
            return Err(TOO_LARGE);
        }
        return Ok((sizes, locator, pages));
    }
}

/// The size of each segment, and the deflated pages of this span.
fn write_pages(
    (draft, facts): (&Draft, &TrackFacts),
    source: &SourceObject,
    span: u64,
) -> Result<(Vec<Size>, Vec<Bytes>), Error> {
    let mut sizes = Vec::new();
    let mut pages = Vec::new();
    let mut writer: Option<(u64, PageWriter<'_>)> = None;
    let mut in_page = 0..0;
    let finish_page = |open, in_page: &Range<u32>, pages: &mut _| {
        let key_frames = PagedKeyFrames::of(&draft.cuts.key_frames, in_page, draft.cuts.end());
        finish_page(open, key_frames, pages)
    };
    for (number, cut) in (0u32..).zip(&draft.cuts.list) {
        let page = cut.start / span;
        if writer.as_ref().is_some_and(|(open, _)| *open != page) {
            finish_page(writer.take(), &in_page, &mut pages)?;
            in_page.start = in_page.end;
        }
        in_page.end += cut.samples;
        let samples = read_samples(&draft.timeline, &draft.table, cut)?;
        let events = events_of(&draft.events, (number == 0, cut.start, cut.end));
        sizes.push(Size::of((draft, facts), cut.decode_time, (&samples, events))?);
        let (_, open) =
            writer.get_or_insert_with(|| (page, PageWriter::new(source, facts, MediaPlace::Source)));
        let &Cut { start, end, decode_time, samples: count, .. } = cut;
        open.push(PagedSegment { number, start, end, decode_time, samples: count }, &samples);
        open.push_events(events);
    }
    finish_page(writer, &in_page, &mut pages)?;
    Ok((sizes, pages))
}

impl Size {
    fn of(
        (draft, facts): (&Draft, &TrackFacts),
        decode_time: u64,
        (samples, events): (&[PagedSample], &[PagedEvent]),
    ) -> Result<Self, Error> {
        let is_sound = draft.name.kind == TrackKind::Audio;
        Ok(Self {
            bytes: segment_bytes(facts, samples)? + event_bytes(events),
            packets: segment_packets(facts, decode_time, (samples, events)),
            is_isochronous: is_sound && is_isochronous(facts, decode_time, samples),
        })
    }
}

/// Ends the open page and leaves the slots of spans without a segment empty.
fn finish_page(
    open: Option<(u64, PageWriter<'_>)>,
    key_frames: PagedKeyFrames,
    pages: &mut Vec<Bytes>,
) -> Result<(), Error> {
    if let Some((number, writer)) = open {
        pages.resize(usize::try_from(number).map_err(|_| TOO_LARGE)?, Bytes::new());
        pages.push(writer.with_key_frames(key_frames).finish()?);
    }
    Ok(())
}

fn read_samples(timeline: &Timeline, table: &SampleTable, cut: &Cut) -> Result<Vec<PagedSample>, Error> {
    let count = usize::try_from(cut.samples).unwrap_or(usize::MAX);
    let samples = timeline.walk_from(table, cut.place).take(count).map(|sample| {
        let sample = sample?;
        Ok(PagedSample { sample: fragment_sample(timeline, &sample)?, offset: sample.offset })
    });
    samples.collect()
}

impl Sound {
    fn of(draft: &Draft) -> Option<Self> {
        let is_sound = draft.name.kind == TrackKind::Audio;
        is_sound.then(|| Self {
            number: draft.name.number,
            timescale: draft.timeline.timescale.get(),
            end: draft.cuts.end(),
        })
    }
}

impl Draft {
    fn facts(&self, sound: &[Sound]) -> TrackFacts {
        let is_video = self.name.kind == TrackKind::Video;
        let sap_type = self.cuts.sap_type();
        TrackFacts {
            timescale: self.timeline.timescale.get(),
            defaults: (self.cuts.defaults.duration, self.cuts.defaults.flags),
            segment_index: self.cuts.has_index.then_some(sap_type),
            media_time: self.timeline.media_time,
            silence: self.silence.to_vec(),
            transport: codec_of(&self.entry, &self.codec),
            end: self.cuts.end(),
            sound: if is_video { sound.to_vec() } else { Vec::new() },
            has_timed_id3: self.events.iter().any(PagedEvent::is_timed_id3),
        }
    }

    /// The track, given the sizes of its segments.
    fn measured(self, sizes: &[Size], locator: Locator) -> PackagedTrack {
        let end = self.cuts.end();
        let bytes: Vec<_> = sizes.iter().map(|size| size.bytes).collect();
        PackagedTrack {
            key_frames: key_frames(&self.cuts.key_frames, end),
            name: self.name,
            locator,
            codec: self.codec,
            labels: self.labels,
            is_enabled: self.is_enabled,
            timescale: self.timeline.timescale,
            media_time: self.timeline.media_time,
            segmentation: self.cuts.measured(&bytes),
            transport_packets: sizes.iter().map(|size| size.packets).collect(),
            is_isochronous: sizes.iter().all(|size| size.is_isochronous),
            event_schemes: schemes_of(&self.events),
            source_edits: self.source_edits,
            iso_language: self.iso_language,
            entry: Some(self.entry),
        }
    }
}
