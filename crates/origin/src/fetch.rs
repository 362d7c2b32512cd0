//! Reads the source ranges of a plan: neighbours at once, several at a time, each checked for length.

use std::future::Future;
use std::ops::Range;

use bytes::Bytes;
use futures_util::{StreamExt, TryStreamExt, stream};
use packaging::plan::{Piece, SegmentPlan};

use crate::index_store::IndexStore;
use crate::meter::Meter;
use crate::source::{Object, Source, SourceError};

/// Reads under way at once for one request.
const PARALLEL_READS: usize = 8;
/// No read is longer than this, so that long ones run side by side.
const LONGEST_READ_BYTES: u64 = 8 << 20;

/// The bytes of a plan, piece by piece; `read` reads a range of the object that the plan refers to.
pub(crate) async fn fetch_plan<F>(
    plan: &SegmentPlan,
    read_gap_bytes: u64,
    read: impl Fn(Range<u64>) -> F,
) -> Result<Vec<Bytes>, SourceError>
where
    F: Future<Output = Result<Bytes, SourceError>>,
{
    let read = &read;
    let reads = coalesce(plan.source_ranges(), read_gap_bytes);
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
    name: &str,
    range: Range<u64>,
    meter: &Meter,
) -> Result<Bytes, SourceError> {
    let wanted = range.end.saturating_sub(range.start);
    counted(store.read(name, range).await?, wanted, meter)
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
    use super::*;

    #[test]
    fn neighbours_are_read_at_once_and_long_ranges_in_parts() {
        let ranges = [100..110, 0..10, 12..20, 8..14];
        assert_eq!(coalesce(ranges.into_iter(), 2), [0..20, 100..110]);
        let long = std::iter::once(0..2 * LONGEST_READ_BYTES + 1);
        assert_eq!(coalesce(long, 0).len(), 3);
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
