//! The bytes of a response before any media has been read: lengths, pieces, source ranges.

use std::ops::Range;

use bytes::Bytes;
use isobmff::{FragmentIndex, FragmentPlace, FragmentShape, Timescale, write_fragment_header_with_events};

use crate::Error;
use crate::event::PagedEvent;
use crate::index::{MediaPlace, PagedSample, TrackFacts};

/// A run of bytes of a response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// Bytes made here.
    Made(Bytes),
    /// Bytes of the source file, or of the copy of small tracks.
    Source(Range<u64>),
}

impl Piece {
    /// Length in bytes.
    pub fn len(&self) -> u64 {
        match self {
            Self::Made(bytes) => bytes.len() as u64,
            Self::Source(range) => range.end - range.start,
        }
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The part between two positions within the piece.
    pub(crate) fn part(&self, from: u64, to: u64) -> Self {
        match self {
            Self::Made(bytes) => {
                let at = |position: u64| usize::try_from(position).unwrap_or(usize::MAX).min(bytes.len());
                Self::Made(bytes.slice(at(from)..at(to)))
            }
            Self::Source(range) => Self::Source(range.start + from..range.start + to),
        }
    }
}

/// The body of a media segment, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SegmentPlan {
    /// The pieces; none is empty.
    pub pieces: Vec<Piece>,
    /// Which object the ranges of the pieces are of.
    pub media: MediaPlace,
    /// Bytes of the whole body.
    pub content_length: u64,
}

/// Bytes of a whole segment with these samples.
pub(crate) fn segment_bytes(track: &TrackFacts, samples: &[PagedSample]) -> Result<u64, Error> {
    let media = samples.iter().map(|paged| u64::from(paged.sample.size)).sum::<u64>();
    let fragments: Vec<_> = samples.iter().map(|paged| paged.sample).collect();
    let header = FragmentShape::of(&fragments, track.defaults()).header_bytes();
    // `data_offset` of a track run is a signed 32-bit field (ISO/IEC 14496-12 §8.8.8).
    if media + header > i32::MAX.unsigned_abs().into() {
        return Err(Error::TooLarge { sample: 0, what: "the size of a segment" });
    }
    Ok(media + header + track.segment_index.map_or(0, |_| FragmentIndex::BYTES))
}

impl SegmentPlan {
    /// Plans a segment of these samples, which lie in `media`.
    pub(crate) fn new(
        place: FragmentPlace,
        track: &TrackFacts,
        samples: &[PagedSample],
        media: MediaPlace,
    ) -> Result<Self, Error> {
        Self::with_events(place, track, (samples, &[]), media)
    }

    /// Plans a segment of these samples, which lie in `media`, with events in front of them.
    pub(crate) fn with_events(
        place: FragmentPlace,
        track: &TrackFacts,
        (samples, events): (&[PagedSample], &[PagedEvent]),
        media: MediaPlace,
    ) -> Result<Self, Error> {
        let fragments: Vec<_> = samples.iter().map(|paged| paged.sample).collect();
        let shape = FragmentShape::of(&fragments, track.defaults());
        let events: Vec<_> = events.iter().map(PagedEvent::timed).collect();
        let events = Timescale::new(track.timescale).map(|timescale| (timescale, &events[..]));
        let header = write_fragment_header_with_events(place, &shape, &fragments, events)
            .ok_or(Error::TooLarge { sample: 0, what: "the size of a segment" })?;
        Ok(Self::with_header(header, track, samples, media))
    }

    /// A header and these samples behind it, which lie in `media`.
    pub(crate) fn with_header(
        header: Vec<u8>,
        track: &TrackFacts,
        samples: &[PagedSample],
        media: MediaPlace,
    ) -> Self {
        let mut pieces = vec![Piece::Made(header.into())];
        pieces.append(&mut media_pieces(track, samples));
        Self::of_pieces(pieces, media)
    }

    /// A body of these pieces, of which those of the source lie in `media`.
    pub fn of_pieces(pieces: Vec<Piece>, media: MediaPlace) -> Self {
        Self { content_length: pieces.iter().map(Piece::len).sum(), pieces, media }
    }

    /// A body that is made here as a whole.
    pub fn made(bytes: Bytes) -> Self {
        Self {
            content_length: bytes.len() as u64,
            media: MediaPlace::Source,
            pieces: vec![Piece::Made(bytes)],
        }
    }

    /// A body that is a part of the source as it is.
    pub fn of_source(range: Range<u64>) -> Self {
        let pieces = if range.is_empty() { Vec::new() } else { vec![Piece::Source(range.clone())] };
        Self { content_length: range.end.saturating_sub(range.start), media: MediaPlace::Source, pieces }
    }

    /// The part of the body that an HTTP range names; `range` must lie within the content length.
    #[must_use]
    pub fn slice(&self, range: Range<u64>) -> Self {
        let mut at = 0;
        let mut pieces = Vec::new();
        for piece in &self.pieces {
            let (start, end) = (at, at + piece.len());
            at = end;
            let (from, to) = (range.start.max(start), range.end.min(end));
            if from < to {
                pieces.push(piece.part(from - start, to - start));
            }
        }
        let content_length = pieces.iter().map(Piece::len).sum();
        Self { pieces, media: self.media.clone(), content_length }
    }

    /// Bodies one after the other, as few plans as there are changes of the object that they refer to.
    pub fn joined(plans: impl IntoIterator<Item = Self>) -> Vec<Self> {
        let mut out: Vec<Self> = Vec::new();
        for plan in plans {
            let is_made = |plan: &Self| plan.source_ranges().next().is_none();
            match out.last_mut() {
                Some(last) if last.media == plan.media || is_made(&plan) || is_made(last) => {
                    if is_made(last) {
                        last.media = plan.media;
                    }
                    last.content_length += plan.content_length;
                    last.pieces.extend(plan.pieces);
                }
                _ => out.push(plan),
            }
        }
        out
    }

    /// The source ranges that the body needs, in body order.
    pub fn source_ranges(&self) -> impl Iterator<Item = Range<u64>> + '_ {
        self.pieces.iter().filter_map(|piece| match piece {
            Piece::Source(range) => Some(range.clone()),
            Piece::Made(_) => None,
        })
    }
}

/// The bytes of samples, one after the other.
pub(crate) fn media_pieces(track: &TrackFacts, samples: &[PagedSample]) -> Vec<Piece> {
    let silence = Bytes::copy_from_slice(&track.silence);
    let mut pieces = MediaPieces::default();
    for paged in samples {
        match paged.offset {
            Some(offset) => pieces.source(offset, paged.sample.size.into()),
            None => pieces.made(silence.clone()),
        }
    }
    pieces.0
}

/// Joins samples that lie one after the other.
#[derive(Default)]
struct MediaPieces(Vec<Piece>);

impl MediaPieces {
    fn source(&mut self, offset: u64, len: u64) {
        if len == 0 {
            return;
        }
        match self.0.last_mut() {
            Some(Piece::Source(range)) if range.end == offset => range.end += len,
            _ => self.0.push(Piece::Source(offset..offset + len)),
        }
    }

    fn made(&mut self, bytes: Bytes) {
        if !bytes.is_empty() {
            self.0.push(Piece::Made(bytes));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_in_one_object_is_one_plan() {
        let copy = MediaPlace::Copy { bytes: 9, etag: "e".to_owned() };
        let made = || SegmentPlan::made(Bytes::from_static(b"ab"));
        let source = || SegmentPlan::of_source(0..5);
        let copied = || SegmentPlan { media: copy.clone(), ..SegmentPlan::of_source(0..5) };
        let joined = |plans: Vec<SegmentPlan>| {
            let all = SegmentPlan::joined(plans);
            all.into_iter().map(|plan| (plan.media == copy, plan.content_length)).collect::<Vec<_>>()
        };
        assert_eq!(joined(vec![made(), source(), made(), source()]), [(false, 14)]);
        assert_eq!(joined(vec![made(), copied(), copied(), source()]), [(true, 12), (false, 5)]);
        assert_eq!(joined(vec![made(), made()]), [(false, 4)]);
    }

    #[test]
    fn slices_keep_their_order_and_place() {
        let plan = SegmentPlan {
            pieces: vec![
                Piece::Made(Bytes::from_static(b"abcd")),
                Piece::Source(100..110),
                Piece::Source(50..52),
            ],
            media: MediaPlace::Source,
            content_length: 16,
        };
        let part = plan.slice(2..15);
        let expected =
            [Piece::Made(Bytes::from_static(b"cd")), Piece::Source(100..110), Piece::Source(50..51)];
        assert_eq!(part.pieces, expected);
        assert_eq!(part.content_length, 13);
        assert_eq!(
            plan.slice(4..5).source_ranges().collect::<Vec<_>>(),
            std::iter::once(100..101).collect::<Vec<_>>()
        );
    }
}
