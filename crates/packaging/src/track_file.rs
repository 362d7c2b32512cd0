//! A whole track as one file: init segment, index of all segments, and the segments one after the other.
//!
//! ```text
//! ftyp, moov             the init segment that HLS refers to
//! sidx                   one reference for each segment (ISO/IEC 14496-12 §8.16.3)
//! styp, moof, mdat, …    the segments, byte for byte those of their own URLs
//! ```
//!
//! Sizes of all segments are in the head of the index, so any range of the file is found without reading media.

use std::ops::Range;

use bytes::Bytes;
use isobmff::write::BoxWriter;
use isobmff::{SubsegmentReference, TRACK_ID, sidx_bytes, write_sidx};

use crate::{Error, PackagedTrack, Segment};

/// Most references of one index: its count has 16 bits.
const MAX_REFERENCES: usize = u16::MAX as usize;
/// Most bytes of one reference: 31 bits.
const MAX_REFERENCE_BYTES: u64 = (1 << 31) - 1;

/// Where everything in the file of a track is.
#[derive(Debug)]
pub struct TrackFile {
    init: Vec<u8>,
    references: Vec<SubsegmentReference>,
    /// Where each segment begins, and where the file ends.
    places: Vec<u64>,
}

impl TrackFile {
    /// Lays out the file. An error for captions, and where an index cannot say how long a segment is.
    pub fn new(track: &PackagedTrack) -> Result<Self, Error> {
        const TOO_LARGE: Error = Error::TooLarge { sample: 0, what: "a segment for the index of its file" };
        let no_file = || Error::NoTrack("captions are no fragmented file".to_owned());
        let init = track.entry.as_ref().and_then(|_| track.init(track.hls_form())).ok_or_else(no_file)?;
        let segments = &track.segmentation.segments;
        // Beyond what one index can say several segments are one subsegment; players that know no index of
        // indexes are many.
        let together = segments.len().div_ceil(MAX_REFERENCES).max(1);
        let sap_type = track.segmentation.sap_type();
        let reference = |segments: &[Segment]| reference(segments, sap_type).ok_or(TOO_LARGE);
        let references = segments.chunks(together).map(reference).collect::<Result<Vec<_>, _>>()?;
        let mut at = init.len() as u64 + sidx_bytes(references.len() as u64);
        let mut places = vec![at];
        for segment in segments {
            at = at.checked_add(segment.bytes).ok_or(TOO_LARGE)?;
            places.push(at);
        }
        Ok(Self { init, references, places })
    }

    /// Bytes of the whole file.
    pub fn len(&self) -> u64 {
        self.places.last().copied().unwrap_or(0)
    }

    /// Whether there is nothing in it: never, as it begins with an init segment.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Where the init segment is.
    pub fn init_range(&self) -> Range<u64> {
        0..self.init.len() as u64
    }

    /// Where the index is: behind the init segment, in front of the first segment.
    pub fn index_range(&self) -> Range<u64> {
        let end = self.places.first().copied().unwrap_or(0);
        self.init.len() as u64..end
    }

    /// Where each segment is, in order.
    pub fn segment_ranges(&self) -> impl Iterator<Item = Range<u64>> + '_ {
        self.places.iter().zip(self.places.iter().skip(1)).map(|(&start, &end)| start..end)
    }

    /// Numbers of the segments that a range of the file touches, from 0.
    pub fn touched(&self, range: &Range<u64>) -> Range<usize> {
        let count = self.places.len().saturating_sub(1);
        let first = self.places.partition_point(|&place| place <= range.start).saturating_sub(1);
        let end = self.places.partition_point(|&place| place < range.end).min(count);
        first.min(end)..end
    }

    /// What stands before the first segment: init segment and index.
    pub fn head(&self, track: &PackagedTrack) -> Bytes {
        let mut w = BoxWriter::default();
        w.raw(&self.init);
        let earliest = track.segmentation.segments.first().map_or(0, |first| first.start);
        write_sidx(&mut w, TRACK_ID, track.timescale, earliest, &self.references);
        w.into_bytes().into()
    }
}

/// Segments that follow each other as one subsegment; `None` if that is too long.
fn reference(segments: &[Segment], sap_type: u8) -> Option<SubsegmentReference> {
    let bytes = segments.iter().map(|segment| segment.bytes).sum::<u64>();
    let (first, last) = (segments.first()?, segments.last()?);
    Some(SubsegmentReference {
        bytes: u32::try_from(bytes).ok().filter(|_| bytes <= MAX_REFERENCE_BYTES)?,
        duration: u32::try_from(last.end.checked_sub(first.start)?).ok()?,
        sap_type,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::synthetic::{a2, aac, package, pictures, v1, video};

    /// Oracle: the syntax table of `sidx`, read by hand: 8 + 4 + 4 + 4 + 8 + 8 + 2 + 2 bytes before the first
    /// reference, 12 each.
    #[test]
    fn the_index_says_where_segments_are() {
        let made = package(vec![video().with_samples(pictures(350, 50)), aac(600)]);
        for track in [v1(&made), a2(&made)] {
            let file = TrackFile::new(track).unwrap();
            let head = file.head(track);
            assert_eq!(head.len() as u64, file.index_range().end);
            let sidx = &head[usize::try_from(file.index_range().start).unwrap()..];
            assert_eq!(&sidx[4..8], b"sidx");
            let number = |at: usize| u32::from_be_bytes(sidx[at..at + 4].try_into().unwrap());
            assert_eq!(number(16), track.timescale.get());
            let segments = &track.segmentation.segments;
            assert_eq!(usize::try_from(number(36)).unwrap(), segments.len());
            for (place, segment) in segments.iter().enumerate() {
                assert_eq!(u64::from(number(40 + 12 * place)), segment.bytes);
                assert_eq!(u64::from(number(44 + 12 * place)), segment.end - segment.start);
                assert_eq!(number(48 + 12 * place), 0x9000_0000, "starts with SAP of type 1");
            }
            assert_eq!(file.len(), head.len() as u64 + segments.iter().map(|s| s.bytes).sum::<u64>());
        }
    }

    #[test]
    fn which_segments_a_range_touches() {
        let made = package(vec![video().with_samples(pictures(350, 50))]);
        let file = TrackFile::new(v1(&made)).unwrap();
        let ranges: Vec<_> = file.segment_ranges().collect();
        let [a, b, c] = &ranges[..] else { panic!("{ranges:?}") };
        assert_eq!(file.touched(&(0..10)), 0..0);
        assert_eq!(file.touched(&(0..a.start + 1)), 0..1);
        assert_eq!(file.touched(&(a.start..a.end)), 0..1);
        assert_eq!(file.touched(&(a.end - 1..b.start + 1)), 0..2);
        assert_eq!(file.touched(&(b.start..c.end)), 1..3);
        assert_eq!(file.touched(&(0..file.len())), 0..3);
    }

    /// 100,000 segments: two by two.
    #[test]
    fn more_segments_than_one_index_can_say() {
        let mut made = package(vec![aac(600)]);
        let track = &mut made.asset.tracks[0];
        let segment = track.segmentation.segments[0];
        track.segmentation.segments = (0..100_001u64)
            .map(|number| Segment { start: number * 10, end: number * 10 + 10, bytes: 7, ..segment })
            .collect();
        let file = TrackFile::new(track).unwrap();
        assert_eq!(file.references.len(), 50_001);
        assert_eq!((file.references[0].bytes, file.references[0].duration), (14, 20));
        assert_eq!((file.references[50_000].bytes, file.references[50_000].duration), (7, 10));
        assert_eq!(file.segment_ranges().count(), 100_001);
    }
}
