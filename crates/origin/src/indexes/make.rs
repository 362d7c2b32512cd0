//! Makes the index of a source from what the source says of its samples.

use std::ops::Range;

use bytes::{Bytes, BytesMut};
use futures_util::{StreamExt, TryStreamExt, stream};
use isobmff::Movie;
use isobmff::locate::{MovieLocator, Step};
use packaging::index::{Index, IndexDraft};
use packaging::route::AssetKind;
use packaging::{Grid, Policy, SourceObject};

use super::fragments::add_fragments;
use super::{Indexes, LoadedAsset};
use crate::error::Error;
use crate::fetch::{coalesce, read_long};
use crate::index_store::{Created, IndexStore};
use crate::meter::{IndexUse, Meter};
use crate::source::{Object, Source, SourceError};

/// What is read beside `moov` lies scattered: captions between pictures. Gaps up to this size are read over.
const GAP_BYTES: u64 = 256 << 10;
/// Reads under way at once, and the most for a track: a caption every other second of two hours.
const PARALLEL_READS: usize = 64;
const MOST_READS: usize = 4096;
/// Most bytes that are read for what is wanted, gaps included, beyond four times its size.
const ALLOWED_BYTES: u64 = 32 << 20;

impl<S: Source, I: IndexStore> Indexes<S, I> {
    /// Makes the index of a source, cut on this grid, and stores it. That the
    /// store is in trouble costs no viewer an answer.
    pub(super) async fn build(
        &self,
        (object, grid): (Object, Grid),
        repairs: bool,
        meter: &Meter,
    ) -> Result<LoadedAsset, Error> {
        meter.used_index(IndexUse::Built);
        let policy = self.policy.with(grid);
        let reader = SourceReader { source: &*self.source, object: &object, meter };
        let index = match AssetKind::of(&object.key) {
            AssetKind::Captions => index_captions(&reader, policy).await?,
            _ => index_movie(&reader, policy).await?,
        };
        let name = self.index_name(&object.key, index.head.version);
        let outcome = if repairs {
            self.store.replace(&name, index.bytes.clone()).await.map(|()| Created::New)
        } else {
            self.store.create(&name, index.bytes.clone()).await
        };
        if outcome.is_err() {
            meter.store_failed();
        }
        Ok(LoadedAsset::built(index, grid, (outcome, self.store.keeps())))
    }
}

/// The index of an MP4 file.
async fn index_movie<S: Source>(reader: &SourceReader<'_, S>, policy: Policy) -> Result<Index, Error> {
    let movie = read_movie(reader).await?;
    let draft = IndexDraft::new(&movie, reader.described(), policy)?;
    let pieces = reader.read_scattered(draft.reads()).await?;
    Ok(draft.finish(&|range| cut_out(&pieces, range))?)
}

/// The index of a file of captions.
async fn index_captions<S: Source>(reader: &SourceReader<'_, S>, policy: Policy) -> Result<Index, Error> {
    let object = reader.object;
    let limit = captions::limits::MAX_FILE_BYTES as u64;
    if object.bytes > limit {
        return Err(Error::TooLong { what: "captions", bytes: object.bytes, limit });
    }
    let bytes = reader.read(0..object.bytes).await?;
    let found = captions::read(&bytes, &object.key).map_err(packaging::Error::from)?;
    Ok(Index::of_captions(found, caption_format(&object.key), reader.described(), policy)?)
}

/// What a file of captions is, for people: by the ending of its name, as its owner sees it.
fn caption_format(key: &str) -> &'static str {
    match key.rsplit('.').next().map(str::to_ascii_lowercase).as_deref() {
        Some("vtt") => "WebVTT",
        Some("srt") => "SRT",
        _ => "TTML",
    }
}

/// A source to be read, and who pays.
pub(super) struct SourceReader<'a, S> {
    pub(super) source: &'a S,
    pub(super) object: &'a Object,
    pub(super) meter: &'a Meter,
}

impl<S: Source> SourceReader<'_, S> {
    /// One range, however long.
    pub(super) async fn read(&self, range: Range<u64>) -> Result<Bytes, SourceError> {
        read_long(self.source, self.object, range, self.meter).await
    }

    /// Small ranges of several tracks: those that are near to each other at once. A track that would take too
    /// many reads is not read; the others do not suffer.
    async fn read_scattered(&self, tracks: Vec<Vec<Range<u64>>>) -> Result<Vec<(u64, Bytes)>, SourceError> {
        let few = |track: &Vec<Range<u64>>| coalesce(track.iter().cloned(), GAP_BYTES).len() <= MOST_READS;
        let ranges: Vec<_> = tracks.into_iter().filter(few).flatten().collect();
        let wanted = ranges.iter().map(|range| range.end.saturating_sub(range.start)).sum::<u64>();
        let most = wanted.saturating_mul(4).saturating_add(ALLOWED_BYTES);
        let size = |reads: &[Range<u64>]| reads.iter().map(|read| read.end - read.start).sum::<u64>();
        let gaps = [GAP_BYTES, GAP_BYTES / 8, GAP_BYTES / 64, 0];
        let reads = gaps
            .iter()
            .map(|&gap| coalesce(ranges.iter().cloned(), gap))
            .find(|reads| size(reads) <= most)
            .unwrap_or_default();
        stream::iter(reads)
            .map(|range| async move { Ok((range.start, self.read(range).await?)) })
            .buffered(PARALLEL_READS)
            .try_collect()
            .await
    }

    fn described(&self) -> SourceObject {
        let Object { bytes, etag, revision, .. } = self.object.clone();
        SourceObject { bytes, etag, revision }
    }
}

/// A range of what was read, in one read or in several that follow each other; `None` if it was not.
fn cut_out(pieces: &[(u64, Bytes)], range: &Range<u64>) -> Option<Bytes> {
    let first = pieces.partition_point(|(start, _)| *start <= range.start).checked_sub(1)?;
    let mut out = BytesMut::new();
    let mut at = range.start;
    for (start, bytes) in pieces.get(first..)? {
        let place = |position: u64| usize::try_from(position.checked_sub(*start)?).ok();
        let end = range.end.min(start + bytes.len() as u64);
        let part = bytes.get(place(at)?..place(end)?)?;
        if at == range.start && end == range.end {
            return Some(bytes.slice_ref(part));
        }
        out.extend_from_slice(part);
        at = end;
        if at == range.end {
            return Some(out.freeze());
        }
    }
    None
}

/// All that a source says of its samples.
async fn read_movie<S: Source>(reader: &SourceReader<'_, S>) -> Result<Movie, Error> {
    let mut locator = MovieLocator::new(reader.object.bytes);
    let mut range = locator.wanted();
    loop {
        let bytes = reader.read(range.clone()).await?;
        match locator.feed(&bytes).map_err(packaging::Error::from)? {
            Step::Fetch(next) => range = next,
            Step::Found { moov, offset } => {
                let movie = Movie::parse(&moov, offset).map_err(packaging::Error::from)?;
                if !movie.is_fragmented {
                    return Ok(movie);
                }
                let end = offset + moov.len() as u64;
                // Boxed: its state is large, and few sources need it.
                return Box::pin(add_fragments(reader, movie, end, (range.start, bytes))).await;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_read_in_parts_is_put_together() {
        let piece = |start, bytes: &'static [u8]| (start, Bytes::from_static(bytes));
        let pieces = [piece(10, b"abcd"), piece(14, b"efgh"), piece(30, b"xyz")];
        let cut = |range| cut_out(&pieces, &range);
        assert_eq!(cut(11..13).as_deref(), Some(&b"bc"[..]));
        assert_eq!(cut(12..18).as_deref(), Some(&b"cdefgh"[..]));
        assert_eq!(cut(14..18).as_deref(), Some(&b"efgh"[..]));
        for missing in [9..11, 16..19, 20..21, 17..31, 31..34] {
            assert_eq!(cut(missing.clone()), None, "{missing:?}");
        }
    }
}
