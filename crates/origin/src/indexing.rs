//! What an indexer does before any viewer comes: makes indexes, copies small tracks, clears up.

use std::ops::Range;

use bytes::{Bytes, BytesMut};
use futures_util::{Stream, StreamExt, TryStreamExt, stream};
use packaging::index::{IndexRewriter, MediaPlace, Page, small_tracks};
use packaging::route::TrackPath;
use packaging::{Asset, Grid};

use crate::error::Error;
use crate::fetch::{coalesce, read_source};
use crate::index_store::{Created, IndexStore};
use crate::meter::Meter;
use crate::service::Service;
use crate::source::{Object, Source, SourceError};

/// Gaps in the source up to this size are read over while tracks are copied: one read costs as much time.
const COPY_GAP_BYTES: u64 = 1 << 20;
/// Reads under way at once while tracks are copied.
const COPY_READS: usize = 4;
/// Parts of the copy, as stores want them.
const PART_BYTES: usize = 8 << 20;
/// Pages that are copied together have no more bytes of media than this.
const GROUP_BYTES: u64 = 16 << 20;

/// A stored index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Indexed {
    /// Its name in the store of indexes.
    pub name: String,
    /// Its size.
    pub bytes: u64,
    /// Whether it was stored now.
    pub created: Created,
}

/// A page on its way into the copy.
#[derive(Debug, Clone, Copy)]
struct Job {
    track: TrackPath,
    number: u64,
    /// Where its first sample lies in the source.
    first: u64,
    /// Where its media begins in the copy.
    at: u64,
    /// Bytes of its media.
    bytes: u64,
}

impl<S: Source, I: IndexStore> Service<S, I> {
    /// Makes the index of a source and stores it, unless one is stored already.
    pub async fn index(&self, key: &str) -> Result<Indexed, Error> {
        let meter = Meter::new();
        let loaded = self.indexes.current(key, Grid::default(), &meter).await?;
        let (whole, created) = self.indexes.whole(key, &loaded, &meter).await?;
        Ok(Indexed {
            name: self.indexes.index_name(key, loaded.edition.version),
            bytes: whole.len() as u64,
            created,
        })
    }

    /// Copies the small tracks of a source into one object beside its index, where their samples lie one
    /// after the other, and makes the index refer to it; how many bytes were copied. Reads the source from
    /// the first sample of such a track to the last.
    pub async fn copy_small_tracks(&self, key: &str) -> Result<u64, Error> {
        let meter = Meter::new();
        let loaded = self.indexes.current(key, Grid::default(), &meter).await?;
        let (whole, _) = self.indexes.whole(key, &loaded, &meter).await?;
        let mut rewriter = IndexRewriter::new(&whole, loaded.edition.version);
        let Some(jobs) = jobs(&rewriter, &loaded.asset)? else { return Ok(0) };
        let object = loaded.object(key);
        let media = stream::iter(groups(jobs.clone()))
            .then(|group| self.copy_group(&object, group, (&rewriter, &meter)))
            .map_ok(|pages| stream::iter(pages.into_iter().map(Ok)))
            .try_flatten();
        let copy = self
            .store
            .replace_by_parts(&self.indexes.copy_name(key, loaded.edition.version), in_parts(media))
            .await?;
        let place = MediaPlace::Copy { bytes: copy.bytes, etag: copy.etag };
        for job in &jobs {
            if let Some(page) = rewriter.page(job.track, job.number) {
                // A page that does not fit into its slot goes on referring to the source.
                rewriter.refer_to_copy((job.track, job.number), &page, (&place, job.at))?;
            }
        }
        self.store.replace(&self.indexes.index_name(key, loaded.edition.version), rewriter.finish()).await?;
        self.indexes.forget(key, loaded.edition.version);
        // The source may have gone meanwhile, and what belongs to it with it.
        if self.source.head(key).await == Err(SourceError::NotFound) {
            self.forget(key).await?;
        }
        Ok(copy.bytes)
    }

    /// Removes all indexes and copies of a source, from memory as well; how many objects there were.
    pub async fn forget(&self, key: &str) -> Result<usize, Error> {
        self.indexes.forget_all(key);
        Ok(self.store.remove(&self.indexes.names_of(key)).await?)
    }

    /// The media of some neighbouring pages, page by page.
    async fn copy_group(
        &self,
        object: &Object,
        group: Vec<Job>,
        (index, meter): (&IndexRewriter, &Meter),
    ) -> Result<Vec<Bytes>, SourceError> {
        let pages = group.iter().map(|job| index.page(job.track, job.number)).collect::<Option<Vec<_>>>();
        let pages =
            pages.ok_or_else(|| SourceError::Failed("a page of the index cannot be read".to_owned()))?;
        let mut copies: Vec<_> = pages.iter().map(PageCopy::new).collect();
        let ranges = pages.iter().flat_map(Page::ranges);
        let mut reads = stream::iter(coalesce(ranges, COPY_GAP_BYTES))
            .map(|range| async move {
                let bytes = read_source(&*self.source, object, range.clone(), meter).await?;
                Ok::<_, SourceError>((range.start, bytes))
            })
            .buffered(COPY_READS);
        while let Some((start, bytes)) = reads.try_next().await? {
            for copy in &mut copies {
                copy.take(start, &bytes);
            }
        }
        Ok(copies.into_iter().map(PageCopy::finish).collect())
    }
}

/// All pages of the small tracks in the order of the source, each with its place in the copy. `None` if
/// there is nothing to copy, or a copy is referred to already. Fails if a page cannot be read.
fn jobs(index: &IndexRewriter, asset: &Asset) -> Result<Option<Vec<Job>>, Error> {
    let mut jobs = Vec::new();
    for path in small_tracks(asset) {
        let Some(track) = asset.track(path) else { continue };
        let mut numbers: Vec<_> =
            track.segmentation.segments.iter().map(|s| path.locator.page(s.start)).collect();
        numbers.dedup();
        for number in numbers {
            let page = index.page(path, number);
            let page =
                page.ok_or_else(|| SourceError::Failed("a page of the index cannot be read".to_owned()))?;
            if *page.media() != MediaPlace::Source {
                return Ok(None);
            }
            let ranges = page.ranges();
            let bytes = ranges.iter().map(|range| range.end - range.start).sum();
            let first = ranges.first().map_or(0, |range| range.start);
            jobs.push(Job { track: path, number, first, at: 0, bytes });
        }
    }
    jobs.sort_by_key(|job| job.first);
    let mut at = 0;
    for job in &mut jobs {
        job.at = at;
        at += job.bytes;
    }
    Ok((at > 0).then_some(jobs))
}

/// Pages whose media is read together: those of different tracks lie in the same part of the source.
fn groups(jobs: Vec<Job>) -> Vec<Vec<Job>> {
    let mut out: Vec<Vec<Job>> = Vec::new();
    for job in jobs {
        let fits = out.last().is_some_and(|group| {
            let bytes = group.iter().map(|job| job.bytes).sum::<u64>();
            let is_another_track = group.iter().all(|other| other.track != job.track);
            is_another_track && bytes + job.bytes <= GROUP_BYTES
        });
        match out.last_mut() {
            Some(group) if fits => group.push(job),
            _ => out.push(vec![job]),
        }
    }
    out
}

/// The media of one page while it is being read.
struct PageCopy {
    /// Ranges of the source by their start, and where each lies in `media`.
    ranges: Vec<(Range<u64>, usize)>,
    media: BytesMut,
}

impl PageCopy {
    fn new(page: &Page) -> Self {
        let mut ranges = Vec::new();
        let mut at = 0;
        for range in page.ranges() {
            ranges.push((range.clone(), at));
            at += usize::try_from(range.end - range.start).unwrap_or(usize::MAX);
        }
        ranges.sort_by_key(|(range, _)| range.start);
        Self { ranges, media: BytesMut::zeroed(at) }
    }

    /// Takes what it needs of a part of the source.
    fn take(&mut self, start: u64, bytes: &Bytes) {
        let end = start + bytes.len() as u64;
        let first = self.ranges.partition_point(|(range, _)| range.end <= start);
        for (range, at) in self.ranges.iter().skip(first).take_while(|(range, _)| range.start < end) {
            let (from, to) = (range.start.max(start), range.end.min(end));
            let size = |bytes: u64| usize::try_from(bytes).unwrap_or(usize::MAX);
            let place = at + size(from - range.start);
            let part = bytes.get(size(from - start)..size(to - start)).unwrap_or_default();
            if let Some(target) = self.media.get_mut(place..place + part.len()) {
                target.copy_from_slice(part);
            }
        }
    }

    fn finish(self) -> Bytes {
        self.media.freeze()
    }
}

/// The same bytes in parts of equal size, but for the last.
fn in_parts(
    media: impl Stream<Item = Result<Bytes, SourceError>> + Send,
) -> impl Stream<Item = Result<Bytes, SourceError>> + Send {
    let state = (Box::pin(media), BytesMut::new(), false);
    stream::try_unfold(state, |(mut media, mut part, mut is_over)| async move {
        while part.len() < PART_BYTES && !is_over {
            match media.try_next().await? {
                Some(bytes) => part.extend_from_slice(&bytes),
                None => is_over = true,
            }
        }
        if part.is_empty() {
            return Ok(None);
        }
        let next = part.split_to(part.len().min(PART_BYTES)).freeze();
        Ok(Some((next, (media, part, is_over))))
    })
}
