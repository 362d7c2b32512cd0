//! Where it is worth to look for fragments before the chain of boxes has come there.

use futures_util::{StreamExt, TryStreamExt, stream};
use isobmff::fragmented::hints;

use super::fragments::PARALLEL_WALKS;
use super::make::SourceReader;
use crate::source::{Source, SourceError};

/// Places are no closer than this: one read takes as long as reading so much.
const LEAST_PART_BYTES: u64 = 1 << 20;
/// Fragments that are no longer than this are read with the media between them, in longer parts.
const SMALL_FRAGMENT_BYTES: u64 = 256 << 10;
const PART_OF_SMALL_BYTES: u64 = 16 << 20;
/// Where nothing says where fragments are, one is looked for at such distances, in so many bytes.
const PROBE_DISTANCE: u64 = 64 << 20;
const PROBE_BYTES: u64 = 1 << 20;
const MOST_PROBE_BYTES: u64 = 4 << 20;
const MOST_PROBES: u64 = 256;
/// Where `mfra` is, if there is one.
const TAIL_BYTES: u64 = 64 << 10;

/// Where fragments behind `start` begin: as the `sidx` boxes before the first one say, or else `mfra` at the end of
/// the file, or else a look at places all over it.
pub(super) async fn places<S: Source>(
    reader: &SourceReader<'_, S>,
    start: u64,
    mut hints: Vec<u64>,
) -> Result<Vec<u64>, SourceError> {
    let file_bytes = reader.object.bytes;
    if file_bytes.saturating_sub(start) <= LEAST_PART_BYTES {
        return Ok(Vec::new());
    }
    // Segments that were put together each have an index of their own, which tells little.
    let half = start + (file_bytes - start) / 2;
    let tell_enough = |hints: &[u64]| hints.iter().any(|&hint| hint >= half);
    if !tell_enough(&hints) {
        hints = fragments_in_mfra(reader).await?;
    }
    if !tell_enough(&hints) {
        hints = probed(reader, start).await?;
    }
    let is_small = (file_bytes - start) / (hints.len() as u64 + 1) <= SMALL_FRAGMENT_BYTES;
    let distance = if is_small { PART_OF_SMALL_BYTES } else { LEAST_PART_BYTES };
    let mut places = hints::thinned(hints, start, distance);
    places.retain(|&place| place < file_bytes);
    Ok(places)
}

/// A fragment in each part of a long file.
async fn probed<S: Source>(reader: &SourceReader<'_, S>, start: u64) -> Result<Vec<u64>, SourceError> {
    let left = reader.object.bytes.saturating_sub(start);
    let parts = (left / PROBE_DISTANCE).min(MOST_PROBES);
    let places = (1..parts).map(|part| start + left / parts * part);
    let found = stream::iter(places.collect::<Vec<_>>()).map(|place| probe(reader, place));
    let found: Vec<_> = found.buffered(PARALLEL_WALKS).try_collect().await?;
    Ok(found.into_iter().flatten().collect())
}

/// The first fragment from a place on that begins in a bounded number of bytes.
async fn probe<S: Source>(reader: &SourceReader<'_, S>, place: u64) -> Result<Option<u64>, SourceError> {
    // Neighbours overlap, so that none is missed between.
    const OVERLAP: u64 = 16;
    let last = reader.object.bytes.min(place + MOST_PROBE_BYTES);
    let mut start = place;
    while start + OVERLAP < last {
        let bytes = reader.read(start..last.min(start + PROBE_BYTES)).await?;
        if let Some(at) = hints::fragment_in(&bytes) {
            return Ok(Some(start + at as u64));
        }
        start += PROBE_BYTES - OVERLAP;
    }
    Ok(None)
}

async fn fragments_in_mfra<S: Source>(reader: &SourceReader<'_, S>) -> Result<Vec<u64>, SourceError> {
    let file_bytes = reader.object.bytes;
    let mut hints = Vec::new();
    let mut tail = reader.read(file_bytes.saturating_sub(TAIL_BYTES)..file_bytes).await?;
    let Some(bytes) = hints::mfra_bytes(&tail).filter(|&bytes| bytes <= file_bytes) else { return Ok(hints) };
    if bytes > tail.len() as u64 {
        tail = reader.read(file_bytes - bytes..file_bytes).await?;
    }
    let start = usize::try_from(tail.len() as u64 - bytes).unwrap_or(usize::MAX);
    // A damaged index is as good as none.
    drop(hints::of_mfra(tail.get(start..).unwrap_or_default(), &mut hints));
    Ok(hints)
}
