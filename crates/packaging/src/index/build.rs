//! Makes the index of a movie.

use bytes::Bytes;
use isobmff::{Movie, SampleTable};

use super::columns::PagedSample;
use super::frame::{FrameName, write_frame};
use super::head::{Head, HeadStep, write_head};
use super::layout::{Locator, choose_span};
use super::page::{MediaPlace, PAGE_MAGIC, PageWriter, PagedSegment, TrackFacts, page_identity};
use crate::asset::{LeftOut, SourceObject};
use crate::draft::{Draft, drafts};
use crate::plan::segment_bytes;
use crate::route::Version;
use crate::segmentation::{Cut, fragment_sample};
use crate::timeline::Timeline;
use crate::{Asset, Error, PackagedTrack, Policy};

/// The index of a source.
#[derive(Debug)]
pub struct Index {
    /// What its head says.
    pub head: Head,
    /// The whole index as it is stored.
    pub bytes: Bytes,
}

impl Index {
    /// Works out how a source is packaged. `moov` has been parsed to `movie`.
    pub fn build(movie: &Movie, source: SourceObject, policy: Policy) -> Result<Self, Error> {
        let version = Version::of(&source.etag, source.revision.as_deref(), policy);
        let (drafts, mut left_out) = drafts(movie, source.bytes, policy)?;
        let mut tracks = Vec::new();
        let mut pages = Vec::new();
        let mut base = 0;
        for draft in drafts {
            let (number, handler) = (Some(draft.name.number), Some(draft.handler));
            match paginate(draft, &source, policy) {
                Ok((mut track, own)) => {
                    track.locator.base = base;
                    base += own.len() as u64 * u64::from(track.locator.stride);
                    tracks.push(track);
                    pages.push(own);
                }
                Err(reason) => left_out.push(LeftOut { number, handler, reason: reason.to_string() }),
            }
        }
        if tracks.is_empty() {
            let reasons = left_out.iter().map(ToString::to_string).collect::<Vec<_>>();
            return Err(Error::NoTrack(reasons.join("; ")));
        }
        assemble(&Asset { source, tracks, left_out }, version, &pages)
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

const TOO_LARGE: Error = Error::TooLarge { sample: 0, what: "the index" };

/// Longest index: of a film of a hundred hours.
const MAX_INDEX_BYTES: u64 = 1 << 28;
/// Slots may have this many times the bytes that their pages have, and some more.
const MOST_WASTE: u64 = 4;
const ALLOWED_BYTES: u64 = 64 << 10;

/// The track and its pages, deflated; its locator has no base yet.
///
/// The number of samples foretells the size of most pages. Where slots would mostly be empty all the same,
/// fewer and larger ones are tried.
fn paginate(
    draft: Draft,
    source: &SourceObject,
    policy: Policy,
) -> Result<(PackagedTrack, Vec<Bytes>), Error> {
    let starts: Vec<_> = draft.cuts.list.iter().map(|cut| (cut.start, cut.samples)).collect();
    let mut span = choose_span(&starts, draft.timeline.timescale, policy.segment_millis);
    loop {
        let (sizes, pages) = write_pages(&draft, source, span)?;
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
        return Ok((draft.measured(&sizes, locator), pages));
    }
}

/// The size of each segment, and the deflated pages of this span.
fn write_pages(draft: &Draft, source: &SourceObject, span: u64) -> Result<(Vec<u64>, Vec<Bytes>), Error> {
    let facts = draft.facts();
    let mut sizes = Vec::new();
    let mut pages = Vec::new();
    let mut writer: Option<(u64, PageWriter<'_>)> = None;
    for (number, cut) in (0u32..).zip(&draft.cuts.list) {
        let page = cut.start / span;
        if writer.as_ref().is_some_and(|(open, _)| *open != page) {
            finish_page(writer.take(), &mut pages)?;
        }
        let samples = read_samples(&draft.timeline, &draft.table, cut)?;
        sizes.push(segment_bytes(&facts, &samples)?);
        let (_, open) =
            writer.get_or_insert_with(|| (page, PageWriter::new(source, &facts, MediaPlace::Source)));
        let &Cut { start, end, decode_time, samples: count, .. } = cut;
        open.push(PagedSegment { number, start, end, decode_time, samples: count }, &samples);
    }
    finish_page(writer, &mut pages)?;
    Ok((sizes, pages))
}

/// Ends the open page and leaves the slots of spans without a segment empty.
fn finish_page(open: Option<(u64, PageWriter<'_>)>, pages: &mut Vec<Bytes>) -> Result<(), Error> {
    if let Some((number, writer)) = open {
        pages.resize(usize::try_from(number).map_err(|_| TOO_LARGE)?, Bytes::new());
        pages.push(writer.finish()?);
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

impl Draft {
    fn facts(&self) -> TrackFacts {
        let sap_type = self.cuts.sap_type();
        TrackFacts {
            timescale: self.timeline.timescale.get(),
            defaults: (self.cuts.defaults.duration, self.cuts.defaults.flags),
            segment_index: self.cuts.has_index.then_some(sap_type),
            silence: self.silence.to_vec(),
        }
    }

    /// The track, given the sizes of its segments.
    fn measured(self, sizes: &[u64], locator: Locator) -> PackagedTrack {
        PackagedTrack {
            name: self.name,
            locator,
            codec: self.codec,
            language: self.language,
            timescale: self.timeline.timescale,
            media_time: self.timeline.media_time,
            segmentation: self.cuts.measured(sizes),
            source_edits: self.source_edits,
            iso_language: self.iso_language,
            entry: self.entry,
        }
    }
}
