//! Progressive MP4: a presentation's pictures and sound as a plain file, any range of it.

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::{StreamExt, TryStreamExt, stream};
use http::header::CONTENT_DISPOSITION;
use http::{HeaderValue, Response};
use packaging::download::{Layout, Part as FilePart};
use packaging::index::{MediaPlace, Page};
use packaging::plan::{Piece, SegmentPlan};
use packaging::presentation::{Presentation, Rendition};
use packaging::route::{Options, TrackKind, TrackPath, Version};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::asked::Part;
use super::pages::is_gone;
use super::{Asked, Service};
use crate::body::Body;
use crate::error::Error;
use crate::fetch::reads_of;
use crate::index_store::IndexStore;
use crate::indexes::{LoadedAsset, TrackAt};
use crate::presentations::{Gathered, gather_part};
use crate::respond::{self, Representation};
use crate::source::Source;

const NO_RENDITION: Error = Error::NotFound("the presentation has no such rendition of pictures or sound");
/// Pages that are read at once where they are not in memory.
const PARALLEL_PAGES: usize = 8;
/// Layouts that are remembered: a client asks for many ranges of one file.
pub(super) const MAX_LAYOUTS: usize = 2;

/// A track of a download, and where it comes from.
struct Chosen<'g> {
    key: &'g str,
    loaded: &'g Arc<LoadedAsset>,
    path: TrackPath,
}

impl Chosen<'_> {
    fn at(&self) -> TrackAt<'_> {
        TrackAt { key: self.key, edition: self.loaded.edition, path: self.path }
    }
}

/// A piece of the answer, and the object that it is read from.
struct Placed {
    object: usize,
    piece: Piece,
}

impl<S: Source, I: IndexStore> Service<S, I> {
    /// The file, or a part of it.
    pub(super) async fn download(
        &self,
        asset: &str,
        options: &Options,
        asked: &Asked<'_>,
    ) -> Result<Response<Body>, Error> {
        let gathered = gather_part(&*self.source, &self.indexes, asset, options.extent, asked.meter).await?;
        let offered = gathered.offered(options.elements(), self.config.selection)?;
        let chosen = chosen(&gathered, &offered, options)?;
        let said = chosen.iter().map(|it| (it.key, it.loaded.edition, it.path.name));
        let version = Version::of_tracks(said);
        let layout = self.layout(version, &chosen, asked).await?;
        let what = Representation {
            content_type: "video/mp4",
            etag: &format!("\"{version}\""),
            max_age_secs: Some(self.config.manifest_max_age_secs),
        };
        let (builder, range) = match asked.part(&what, layout.bytes(), self.config.max_segment_bytes)? {
            Part::Done(response) => return Ok(with_name(response, asset)),
            Part::Body(builder, range) => (builder, range),
        };
        let body = self.download_part(&layout, &chosen, range, asked).await?;
        Ok(with_name(respond::finish(builder, body.into()), asset))
    }

    async fn layout(
        &self,
        version: Version,
        chosen: &[Chosen<'_>],
        asked: &Asked<'_>,
    ) -> Result<Arc<Layout>, Error> {
        if let Some(known) = self.layouts.get(&version) {
            return Ok(known);
        }
        let mut tracks = Vec::new();
        for Chosen { key, loaded, path } in chosen {
            let (index, _) = self.indexes.whole(key, loaded, asked.meter).await?;
            let track = loaded.track(*path)?;
            let mut starts: Vec<_> = track.segmentation.segments.iter().map(|s| s.start).collect();
            starts.dedup_by_key(|start| path.locator.page(*start));
            let pages = starts.into_iter().map(|start| {
                let page = Page::of_index(&index, loaded.edition.version, *path, start);
                page.map_err(|_| Error::Unpackageable(packaging::Error::MissingSegment))
            });
            tracks.push((track, pages.collect::<Result<Vec<_>, _>>()?));
        }
        let layout = Arc::new(Layout::new(&tracks)?);
        self.layouts.insert(version, Arc::clone(&layout));
        Ok(layout)
    }

    async fn download_part(
        &self,
        layout: &Layout,
        chosen: &[Chosen<'_>],
        range: Range<u64>,
        asked: &Asked<'_>,
    ) -> Result<Vec<Bytes>, Error> {
        let part = layout.part(range);
        let pages = self.chunk_pages(&part, chosen, asked).await?;
        match self.read_part(&part, (chosen, &pages), asked).await {
            // The copy of small tracks is gone, or another one: back to the source.
            Err(error) if is_gone(&error) && pages.iter().any(|page| *page.media() != MediaPlace::Source) => {
                for (chunk, page) in part.chunks.iter().zip(&pages) {
                    let at = chosen.get(chunk.track).ok_or(NO_RENDITION)?.at();
                    if *page.media() != MediaPlace::Source {
                        self.indexes.without_copy(at, chunk.start, asked.meter).await?;
                        break;
                    }
                }
                let pages = self.chunk_pages(&part, chosen, asked).await?;
                self.read_part(&part, (chosen, &pages), asked).await
            }
            read => read,
        }
    }

    /// The page of each chunk.
    async fn chunk_pages(
        &self,
        part: &FilePart,
        chosen: &[Chosen<'_>],
        asked: &Asked<'_>,
    ) -> Result<Vec<Arc<Page>>, Error> {
        let wanted = part.chunks.iter().map(|chunk| {
            let TrackAt { key, edition, path } = chosen.get(chunk.track).ok_or(NO_RENDITION)?.at();
            Ok((key.to_owned(), edition, (path, chunk.start)))
        });
        let wanted = wanted.collect::<Result<Vec<_>, Error>>()?;
        // Owned: what is borrowed here would make the future less general than servers want it.
        stream::iter(wanted)
            .map(|(key, edition, (path, start))| async move {
                let at = TrackAt { key: &key, edition, path };
                Box::pin(self.indexes.page(at, start, asked.meter)).await
            })
            .buffered(PARALLEL_PAGES)
            .try_collect()
            .await
    }

    async fn read_part(
        &self,
        part: &FilePart,
        (chosen, pages): (&[Chosen<'_>], &[Arc<Page>]),
        asked: &Asked<'_>,
    ) -> Result<Vec<Bytes>, Error> {
        let mut objects: Vec<(usize, &Page)> = Vec::new();
        let mut placed = Vec::new();
        for (chunk, page) in part.chunks.iter().zip(pages) {
            let key = |track: usize| chosen.get(track).map(|chosen| chosen.key);
            let is_same = |(track, known): &(usize, &Page)| {
                key(*track) == key(chunk.track)
                    && known.media() == page.media()
                    && known.source() == page.source()
            };
            let object = objects.iter().position(is_same).unwrap_or_else(|| {
                objects.push((chunk.track, page));
                objects.len() - 1
            });
            let pieces = part.pieces(chunk, page)?;
            placed.extend(pieces.into_iter().map(|piece| Placed { object, piece }));
        }
        let mut queues = Vec::new();
        for (object, (track, page)) in objects.into_iter().enumerate() {
            let chosen = chosen.get(track).ok_or(NO_RENDITION)?;
            queues.push(self.read_pieces(chosen, page, (object, &placed), asked).await?);
        }
        Ok(in_order(part.header.clone(), &placed, &mut queues))
    }

    /// The bytes of all pieces of one object, in order.
    async fn read_pieces(
        &self,
        chosen: &Chosen<'_>,
        page: &Page,
        (object, placed): (usize, &[Placed]),
        asked: &Asked<'_>,
    ) -> Result<VecDeque<Bytes>, Error> {
        let pieces =
            placed.iter().filter(|placed| placed.object == object).map(|placed| placed.piece.clone());
        let plan = SegmentPlan::of_pieces(pieces.collect(), page.media().clone());
        let reads = reads_of(&plan, self.config.read_gap_bytes).ok_or(Error::Scattered)?;
        let from = (chosen.key, chosen.loaded.edition.version);
        let read = self.fetch(from, (&plan, reads), page.source(), asked.meter).await?;
        Ok(read.into())
    }
}

/// The renditions that a download has, in order: pictures before sound.
fn chosen<'g>(
    gathered: &'g Gathered,
    presentation: &Presentation<'_>,
    options: &Options,
) -> Result<Vec<Chosen<'g>>, Error> {
    let named = |rendition: &&Rendition<'_>| options.tracks.iter().any(|id| id.to_string() == rendition.id);
    let is_media = |rendition: &&Rendition<'_>| rendition.track.name.kind != TrackKind::Text;
    let renditions = if options.tracks.is_empty() {
        presentation.unasked()
    } else {
        presentation.renditions().filter(named).filter(is_media).collect()
    };
    let chosen: Vec<_> = renditions
        .into_iter()
        .filter_map(|rendition| {
            let member = gathered.members().get(rendition.member)?;
            Some(Chosen { key: &member.key, loaded: &member.loaded, path: rendition.track.path() })
        })
        .collect();
    if chosen.is_empty() || chosen.len() < options.tracks.len() { Err(NO_RENDITION) } else { Ok(chosen) }
}

/// The body, given the bytes of each object's pieces; a piece may have come in several parts.
fn in_order(header: Bytes, placed: &[Placed], queues: &mut [VecDeque<Bytes>]) -> Vec<Bytes> {
    let mut body = vec![header];
    for Placed { object, piece } in placed {
        let Some(queue) = queues.get_mut(*object) else { continue };
        let mut left = piece.len();
        while left > 0 {
            let Some(bytes) = queue.pop_front() else { break };
            left = left.saturating_sub(bytes.len() as u64);
            body.push(bytes);
        }
    }
    body
}

/// Browsers save it under the asset's name (RFC 6266 §4.3).
fn with_name(mut response: Response<Body>, asset: &str) -> Response<Body> {
    let last = asset.rsplit('/').next().unwrap_or(asset);
    let stem = last.rsplit_once('.').map_or(last, |(stem, _)| stem);
    let name = utf8_percent_encode(stem, NON_ALPHANUMERIC);
    if let Ok(value) = HeaderValue::try_from(format!("attachment; filename*=UTF-8''{name}.mp4")) {
        response.headers_mut().insert(CONTENT_DISPOSITION, value);
    }
    response
}
