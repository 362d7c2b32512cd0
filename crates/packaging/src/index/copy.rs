//! Makes pages refer to a copy of their track in which samples lie one after the other.

use std::ops::Range;

use bytes::Bytes;

use super::columns::PagedSample;
use super::frame::{FRAME_BYTES, FrameName, write_frame};
use super::page::{MediaPlace, PAGE_MAGIC, Page, PageWriter, page_identity};
use crate::route::{TrackKind, TrackPath, Version};
use crate::{Asset, Error};

/// A track is small if it has no more than this share of the file.
const SMALL_SHARE: u64 = 4;

/// Tracks whose samples are worth a copy: sound that lies scattered among pictures.
pub fn small_tracks(asset: &Asset) -> Vec<TrackPath> {
    let bytes =
        |track: &crate::PackagedTrack| track.segmentation.segments.iter().map(|s| s.bytes).sum::<u64>();
    let is_small = |track: &&crate::PackagedTrack| {
        track.name.kind == TrackKind::Audio && bytes(track) <= asset.source.bytes / SMALL_SHARE
    };
    if asset.video().next().is_none() {
        return Vec::new();
    }
    asset.tracks.iter().filter(is_small).map(crate::PackagedTrack::path).collect()
}

/// An index whose pages are being rewritten, each in its slot.
#[derive(Debug)]
pub struct IndexRewriter {
    bytes: Vec<u8>,
    version: Version,
}

impl IndexRewriter {
    /// Begins with a whole index of this version.
    pub fn new(index: &Bytes, version: Version) -> Self {
        Self { bytes: index.to_vec(), version }
    }

    /// A page of a track by its number; `None` if there is none, or nothing in it.
    pub fn page(&self, track: TrackPath, number: u64) -> Option<Page> {
        let start = number.checked_mul(track.locator.span)?;
        Page::read(self.bytes.get(self.slot(track, number)?)?, self.version, track, start).ok()
    }

    /// Writes a page anew: its samples lie one after the other in `copy` from byte `at` on. `false`, and
    /// nothing is changed, if that form does not fit into the slot.
    pub fn refer_to_copy(
        &mut self,
        (track, number): (TrackPath, u64),
        page: &Page,
        (copy, at): (&MediaPlace, u64),
    ) -> Result<bool, Error> {
        let Some(media) = page.of_media() else { return Ok(false) };
        let mut writer = PageWriter::new(page.source(), media.facts(), copy.clone());
        let mut end = at;
        for (segment, mut samples) in media.all() {
            for paged in &mut samples {
                move_to_end(paged, &mut end);
            }
            writer.push(segment, &samples);
        }
        writer.push_events(media.all_events());
        let deflated = writer.finish()?;
        let slot = self.slot(track, number).and_then(|slot| self.bytes.get_mut(slot));
        let Some(slot) = slot.filter(|slot| deflated.len() + FRAME_BYTES <= slot.len()) else {
            return Ok(false);
        };
        let mut frame = Vec::new();
        let identity = page_identity(self.version, track, number);
        write_frame(FrameName { magic: PAGE_MAGIC, identity: &identity }, &deflated, &mut frame);
        frame.resize(slot.len(), 0);
        slot.copy_from_slice(&frame);
        Ok(true)
    }

    /// The whole index.
    pub fn finish(self) -> Bytes {
        self.bytes.into()
    }

    fn slot(&self, track: TrackPath, number: u64) -> Option<Range<usize>> {
        let slot = track.locator.slot(number)?;
        let at = |position: u64| usize::try_from(position).ok().filter(|&at| at <= self.bytes.len());
        Some(at(slot.start)?..at(slot.end)?)
    }
}

fn move_to_end(paged: &mut PagedSample, end: &mut u64) {
    if paged.offset.is_some() {
        paged.offset = Some(*end);
        *end += u64::from(paged.sample.size);
    }
}
