//! Reads the source ranges of a plan: neighbours at once, several at a time, each checked for length.

use std::future::Future;
use std::ops::Range;

use bytes::{Bytes, BytesMut};
use futures_util::{StreamExt, TryStreamExt, stream};
use packaging::plan::{Piece, SegmentPlan};

use crate::index_store::IndexStore;
use crate::meter::Meter;
use crate::source::{Object, Source, SourceError};

/// Reads under way at once for one request.
const PARALLEL_READS: usize = 8;
/// No read is longer than this, so that long ones run side by side.
const LONGEST_READ_BYTES: u64 = 8 << 20;

/// Most reads of one segment.
const MOST_READS: usize = 256;
/// Gaps may have so many bytes in all whatever the media has: an audio segment between pictures.
const ALLOWED_GAP_BYTES: u64 = 16 << 20;

/// The reads of a plan: gaps up to `gap` bytes are read over, as long as what is read for nothing stays
/// within four times the media. `None` if the samples lie too scattered for a bounded number of reads.
pub(crate) fn reads_of(plan: &SegmentPlan, gap: u64) -> Option<Vec<Range<u64>>> {
    let media = plan.source_ranges().map(|range| range.end - range.start).sum::<u64>();
    let most = media.saturating_mul(4).saturating_add(ALLOWED_GAP_BYTES);
    let gaps = [gap, gap / 4, gap / 16, 0];
    let within =
        |reads: &Vec<Range<u64>>| reads.iter().map(|read| read.end - read.start).sum::<u64>() <= most;
    let reads = gaps.iter().map(|&gap| coalesce(plan.source_ranges(), gap)).find(within)?;
    (reads.len() <= MOST_READS).then_some(reads)
}

/// As [`reads_of`], of a small part of a file: all at once where what lies between is not too much, so that a
/// key frame among the pictures between sound is no reason for another read.
pub(crate) fn few_reads_of(plan: &SegmentPlan, gap: u64) -> Option<Vec<Range<u64>>> {
    let start = plan.source_ranges().map(|range| range.start).min().unwrap_or(0);
    let end = plan.source_ranges().map(|range| range.end).max().unwrap_or(0);
    let is_small = end - start <= ALLOWED_GAP_BYTES;
    if is_small { Some(coalesce(plan.source_ranges(), ALLOWED_GAP_BYTES)) } else { reads_of(plan, gap) }
}

/// The bytes of a plan, piece by piece; `read` reads a range of the object that the plan refers to.
pub(crate) async fn fetch_plan<F>(
    plan: &SegmentPlan,
    reads: Vec<Range<u64>>,
    read: impl Fn(Range<u64>) -> F,
) -> Result<Vec<Bytes>, SourceError>
where
    F: Future<Output = Result<Bytes, SourceError>>,
{
    let read = &read;
    let fetched: Vec<(Range<u64>, Bytes)> = stream::iter(reads)
        .map(|range| async move { Ok::<_, SourceError>((range.clone(), read(range).await?)) })
        .buffered(PARALLEL_READS)
        .try_collect()
        .await?;
    let mut body = Vec::new();
    for piece in &plan.pieces {
        match piece {
            Piece::Made(bytes) => body.push(bytes.clone()),
            Piece::Source(range) => cut_out(&fetched, range, &mut body)?,
        }
    }
    Ok(body)
}

/// One counted read of a range of a source.
pub(crate) async fn read_source<S: Source>(
    source: &S,
    object: &Object,
    range: Range<u64>,
    meter: &Meter,
) -> Result<Bytes, SourceError> {
    let wanted = range.end.saturating_sub(range.start);
    counted(source.read(object, range).await?, wanted, meter)
}

/// One counted read of a range of a copy of small tracks.
pub(crate) async fn read_copy<I: IndexStore>(
    store: &I,
    copy: &Object,
    range: Range<u64>,
    meter: &Meter,
) -> Result<Bytes, SourceError> {
    let wanted = range.end.saturating_sub(range.start);
    counted(store.read_exactly(copy, range).await?, wanted, meter)
}

/// A range of a source that may be long, in one buffer.
pub(crate) async fn read_long<S: Source>(
    source: &S,
    object: &Object,
    range: Range<u64>,
    meter: &Meter,
) -> Result<Bytes, SourceError> {
    if range.end.saturating_sub(range.start) <= LONGEST_READ_BYTES {
        return read_source(source, object, range, meter).await;
    }
    let parts = stream::iter(split(range)).map(|part| read_source(source, object, part, meter));
    let all = parts.buffered(PARALLEL_READS).try_fold(BytesMut::new(), |mut all, part| async move {
        all.extend_from_slice(&part);
        Ok(all)
    });
    all.await.map(BytesMut::freeze)
}

fn counted(bytes: Bytes, wanted: u64, meter: &Meter) -> Result<Bytes, SourceError> {
    meter.count_read(bytes.len() as u64);
    if bytes.len() as u64 != wanted {
        return Err(SourceError::Failed("the store sent another number of bytes than asked for".to_owned()));
    }
    Ok(bytes)
}

/// The reads for some ranges, in file order; gaps up to `gap` bytes are read over.
pub(crate) fn coalesce(ranges: impl Iterator<Item = Range<u64>>, gap: u64) -> Vec<Range<u64>> {
    let mut ranges: Vec<_> = ranges.collect();
    ranges.sort_unstable_by_key(|range| range.start);
    let mut merged: Vec<Range<u64>> = Vec::new();
    for range in ranges {
        match merged.last_mut() {
            Some(last) if range.start <= last.end.saturating_add(gap) => last.end = last.end.max(range.end),
            _ => merged.push(range),
        }
    }
    merged.into_iter().flat_map(split).collect()
}

fn split(range: Range<u64>) -> impl Iterator<Item = Range<u64>> {
    let mut start = range.start;
    std::iter::from_fn(move || {
        let end = range.end.min(start.saturating_add(LONGEST_READ_BYTES));
        let part = start..end;
        start = end;
        (part.start < part.end).then_some(part)
    })
}

/// Appends the bytes of `range`, which may lie in several neighbouring reads.
fn cut_out(
    fetched: &[(Range<u64>, Bytes)],
    range: &Range<u64>,
    body: &mut Vec<Bytes>,
) -> Result<(), SourceError> {
    let first = fetched.partition_point(|(read, _)| read.end <= range.start);
    let mut at = range.start;
    for (read, bytes) in fetched.get(first..).unwrap_or_default() {
        if at >= range.end || read.start > at {
            break;
        }
        let end = range.end.min(read.end);
        let within = |position: u64| usize::try_from(position - read.start).unwrap_or(usize::MAX);
        body.push(bytes.slice(within(at)..within(end)));
        at = end;
    }
    if at == range.end {
        return Ok(());
    }
    Err(SourceError::Failed("a planned range was not read".to_owned()))
}

#[cfg(test)]
mod tests {
    use packaging::index::MediaPlace;

    use super::*;

    #[test]
    fn neighbours_are_read_at_once_and_long_ranges_in_parts() {
        let ranges = [100..110, 0..10, 12..20, 8..14];
        assert_eq!(coalesce(ranges.into_iter(), 2), [0..20, 100..110]);
        let long = std::iter::once(0..2 * LONGEST_READ_BYTES + 1);
        assert_eq!(coalesce(long, 0).len(), 3);
    }

    fn scattered(samples: u64, bytes: u64, distance: u64) -> SegmentPlan {
        let pieces = (0..samples).map(|i| Piece::Source(i * distance..i * distance + bytes)).collect();
        SegmentPlan { pieces, media: MediaPlace::Source, content_length: samples * bytes }
    }

    /// What is read for a small answer has bounds, in bytes and in reads.
    #[test]
    fn scattered_samples_are_not_worth_everything_between() {
        let bytes = |reads: Vec<Range<u64>>| reads.iter().map(|read| read.end - read.start).sum::<u64>();
        // Sound between pictures: 140 frames of 700 bytes, 12 kB apart, in one read.
        assert_eq!(reads_of(&scattered(140, 700, 12_000), 64 << 10).unwrap().len(), 1);
        // 3000 samples of 4 bytes, 60 KiB apart: 184 MB, or 3000 reads.
        assert_eq!(reads_of(&scattered(3000, 4, 60 << 10), 64 << 10), None);
        // 200 such samples: 12 MB at once is allowed.
        assert!(bytes(reads_of(&scattered(200, 4, 60 << 10), 64 << 10).unwrap()) < 16 << 20);
    }

    #[test]
    fn a_range_may_lie_in_two_reads() {
        let fetched = [(0..4, Bytes::from_static(b"abcd")), (4..6, Bytes::from_static(b"ef"))];
        let mut body = Vec::new();
        cut_out(&fetched, &(2..6), &mut body).unwrap();
        assert_eq!(body.concat(), b"cdef");
        assert!(cut_out(&fetched, &(5..7), &mut body).is_err());
    }
}
