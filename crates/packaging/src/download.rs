//! A presentation's pictures and sound as one plain MP4 with `moov` in front.
//!
//! The media stands in chunks of one segment each, those of all tracks in order of time. So the layout follows from
//! the index, and a range of the file needs the pages of the chunks that it touches and nothing else.

use std::ops::Range;

use bytes::Bytes;
use isobmff::{InitKind, InitTrack, ProgressiveTables, ProgressiveTrack, write_progressive};

use crate::index::Page;
use crate::plan::Piece;
use crate::{Error, PackagedTrack, Segment};

/// Most samples of a file, eight hours of pictures and sound: their tables are in memory.
const MAX_SAMPLES: u64 = 1 << 21;

/// Where everything of a file lies.
#[derive(Debug)]
pub struct Layout {
    header: Bytes,
    chunks: Vec<Chunk>,
    bytes: u64,
}

/// The media of one segment of a track.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Chunk {
    /// Which of the tracks.
    pub track: usize,
    /// Start of the segment in the track's ticks.
    pub start: u64,
    /// Where it begins in the file.
    offset: u64,
    bytes: u64,
}

/// A part of a file, as it is to be answered.
#[derive(Debug)]
pub struct Part {
    /// What it takes of the header.
    pub header: Bytes,
    /// The chunks that it touches, in order.
    pub chunks: Vec<Chunk>,
    range: Range<u64>,
}

impl Layout {
    /// The layout of a file of these tracks, each with all its pages in order.
    pub fn new(tracks: &[(&PackagedTrack, Vec<Page>)]) -> Result<Self, Error> {
        let scale = tracks.first().map(|(track, _)| track.timescale).ok_or(Error::Empty)?;
        let samples = tracks.iter().map(|(track, _)| track.segmentation.samples()).sum::<u64>();
        if samples > MAX_SAMPLES {
            return Err(Error::TooLarge { sample: 0, what: "the number of samples of a download" });
        }
        let mut files = Vec::new();
        for (track, _) in tracks {
            let (entry, kind) = track.own_entry().ok_or(Error::Empty)?;
            files.push(file_track(track, entry, kind));
        }
        let mut chunks = Vec::new();
        let mut at = 0;
        for (number, segment) in in_order(tracks) {
            let (Some(file), Some((_, pages))) = (files.get_mut(number), tracks.get(number)) else {
                continue;
            };
            let bytes = fill(&mut file.tables, (segment, at), pages)?;
            chunks.push(Chunk { track: number, start: segment.start, offset: at, bytes });
            at += bytes;
        }
        let header = Bytes::from(write_progressive(&files, scale, at));
        let header_bytes = header.len() as u64;
        for chunk in &mut chunks {
            chunk.offset += header_bytes;
        }
        Ok(Self { header, chunks, bytes: at + header_bytes })
    }

    /// Length of the file.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// A part of the file; `range` must lie within it.
    pub fn part(&self, range: Range<u64>) -> Part {
        let at = |position: u64| usize::try_from(position).unwrap_or(usize::MAX).min(self.header.len());
        let touched = |chunk: &&Chunk| chunk.offset < range.end && chunk.offset + chunk.bytes > range.start;
        Part {
            header: self.header.slice(at(range.start)..at(range.end)),
            chunks: self.chunks.iter().filter(touched).copied().collect(),
            range,
        }
    }
}

impl Part {
    /// The pieces of a chunk that this part takes; `page`: the page with its segment.
    pub fn pieces(&self, chunk: &Chunk, page: &Page) -> Result<Vec<Piece>, Error> {
        let whole = page.media_pieces(chunk.start).ok_or(Error::MissingSegment)?;
        let mut at = chunk.offset;
        let mut out = Vec::new();
        for piece in whole {
            let (start, end) = (at, at + piece.len());
            at = end;
            let (from, to) = (self.range.start.max(start), self.range.end.min(end));
            if from < to {
                out.push(piece.part(from - start, to - start));
            }
        }
        Ok(out)
    }
}

/// A track without its samples.
fn file_track<'a>(track: &'a PackagedTrack, entry: &'a [u8], kind: InitKind) -> ProgressiveTrack<'a> {
    let first_decode_time = track.segmentation.segments.first().map_or(0, |first| first.decode_time);
    let init = InitTrack {
        kind,
        timescale: track.timescale,
        media_time: track.media_time,
        entry,
        language: track.iso_language,
        language_tag: track.language(),
        defaults: track.segmentation.defaults,
        brands: &[],
    };
    ProgressiveTrack {
        init,
        first_decode_time,
        end: track.segmentation.end(),
        tables: ProgressiveTables::default(),
    }
}

/// The segments of all tracks in order of their starts, each with the number of its track.
fn in_order<'t>(tracks: &[(&'t PackagedTrack, Vec<Page>)]) -> Vec<(usize, &'t Segment)> {
    let mut all: Vec<_> = tracks
        .iter()
        .enumerate()
        .flat_map(|(number, (track, _))| {
            let scale = u128::from(track.timescale.get());
            track.segmentation.segments.iter().map(move |segment| (number, scale, segment))
        })
        .collect();
    all.sort_by(|(a_track, a_scale, a), (b_track, b_scale, b)| {
        let order = (u128::from(a.start) * b_scale).cmp(&(u128::from(b.start) * a_scale));
        order.then(a_track.cmp(b_track))
    });
    all.into_iter().map(|(number, _, segment)| (number, segment)).collect()
}

/// Takes the samples of a segment into the tables as a chunk; its bytes.
fn fill(
    tables: &mut ProgressiveTables,
    (segment, at): (&Segment, u64),
    pages: &[Page],
) -> Result<u64, Error> {
    let samples =
        pages.iter().find_map(|page| page.samples_at(segment.start)).ok_or(Error::MissingSegment)?;
    tables.begin_chunk(at);
    let mut bytes = 0;
    for sample in samples {
        bytes += u64::from(sample.size);
        tables.push(sample);
    }
    Ok(bytes)
}
