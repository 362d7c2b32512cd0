//! MPEG-TS and packed audio: headers lie between the media, so a body is made of what was read as a whole.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use bytes::Bytes;
use http::Response;
use packaging::index::{MediaPlace, Page};
use packaging::manifest::hls;
use packaging::plan::{Piece, SegmentPlan};
use packaging::route::{Edition, Muxed, PackedForm, Playlist, TrackPath};
use packaging::ts::{Span, TsPlan};

use super::children::NO_SEGMENT;
use super::pages::is_gone;
use super::{Answer, Asked, HLS_TYPE, Service};
use crate::body::Body;
use crate::error::Error;
use crate::fetch::reads_of;
use crate::index_store::IndexStore;
use crate::indexes::TrackAt;
use crate::respond;
use crate::source::Source;

pub(super) const NOT_IN_TS: Error = Error::NotFound("MPEG-TS cannot carry the track");
const TS_TYPE: &str = "video/mp2t";

/// What is wanted of one track.
#[derive(Debug, Clone, Copy)]
pub(super) enum Ts {
    Segment,
    Packed(PackedForm),
    KeyFrame,
}

/// On the heap, and made outside of who waits for it: with S3 behind it such a future is large.
type Boxed<F> = Pin<Box<F>>;

/// A source as a URL names it.
type Of<'a> = (&'a str, Edition);
/// A track, and when a segment or key frame of it starts.
type Place<'a> = (TrackAt<'a>, u64);
/// Tracks of pictures and of sound, and when a segment of the pictures starts.
type Both = ([TrackPath; 2], u64);

impl<S: Source, I: IndexStore> Service<S, I> {
    /// A segment or key frame of one track.
    pub(super) fn ts<'s>(
        &'s self,
        place: Place<'s>,
        what: Ts,
        asked: &'s Asked<'s>,
    ) -> Boxed<impl Future<Output = Result<Response<Body>, Error>>> {
        Box::pin(self.answer_ts(place, what, asked))
    }

    /// Something of pictures and sound in one stream.
    pub(super) fn muxed<'s>(
        &'s self,
        of: Of<'s>,
        what: ([TrackPath; 2], Muxed),
        asked: &'s Asked<'s>,
    ) -> Boxed<impl Future<Output = Result<Response<Body>, Error>>> {
        Box::pin(self.answer_muxed(of, what, asked))
    }

    async fn answer_ts(
        &self,
        place: Place<'_>,
        what: Ts,
        asked: &Asked<'_>,
    ) -> Result<Response<Body>, Error> {
        let (at, start) = place;
        let of = (at.key, at.edition);
        let page = match what {
            Ts::KeyFrame => Box::pin(self.indexes.page_with_key_frame(at, start, asked.meter)).await?,
            Ts::Segment | Ts::Packed(_) => self.ts_page(place, false, asked).await?,
        };
        let plan = what.plan(&page, start)?;
        match self.serve_ts(of, &plan, (&page, what.media_type()), asked).await {
            // The copy of small tracks is gone, or another one: back to the source.
            Err(error) if is_gone(&error) && *page.media() != MediaPlace::Source => {
                let page = self.ts_page(place, true, asked).await?;
                let plan = what.plan(&page, start)?;
                self.serve_ts(of, &plan, (&page, what.media_type()), asked).await
            }
            answer => self.told_apart(of, answer, asked.meter).await,
        }
    }

    async fn answer_muxed(
        &self,
        of: Of<'_>,
        (tracks, muxed): ([TrackPath; 2], Muxed),
        asked: &Asked<'_>,
    ) -> Result<Response<Body>, Error> {
        match muxed {
            Muxed::Playlist(playlist) => self.muxed_playlist(of, (tracks, playlist), asked).await,
            Muxed::Segment(start) => self.muxed_segment(of, (tracks, start), asked).await,
        }
    }

    async fn muxed_playlist(
        &self,
        (key, edition): Of<'_>,
        (tracks, playlist): ([TrackPath; 2], Playlist),
        asked: &Asked<'_>,
    ) -> Result<Response<Body>, Error> {
        let loaded = self.indexes.version(key, edition, asked.meter).await?;
        let [pictures, sound] = tracks.map(|path| loaded.track(path));
        let text = hls::muxed_media(&loaded.asset, pictures?, sound?, playlist).ok_or(NOT_IN_TS)?;
        Ok(asked.text(edition.version, HLS_TYPE, text))
    }

    async fn muxed_segment(
        &self,
        of: Of<'_>,
        both: Both,
        asked: &Asked<'_>,
    ) -> Result<Response<Body>, Error> {
        let ([path, sound], start) = both;
        let pictures = (TrackAt { key: of.0, edition: of.1, path }, start);
        let page = self.ts_page(pictures, false, asked).await?;
        let span = Span::new(&page, start, sound).ok_or(NO_SEGMENT)?;
        let (plan, has_copy) = self.muxed_plan(of, (&page, both), (&span, false), asked).await?;
        match self.serve_ts(of, &plan, (&page, TS_TYPE), asked).await {
            Err(error) if is_gone(&error) && has_copy => {
                let page = self.ts_page(pictures, true, asked).await?;
                let (plan, _) = self.muxed_plan(of, (&page, both), (&span, true), asked).await?;
                self.serve_ts(of, &plan, (&page, TS_TYPE), asked).await
            }
            answer => self.told_apart(of, answer, asked.meter).await,
        }
    }

    /// The plan of a segment, and whether it refers to the copy of small tracks, which `without_copy` forbids.
    async fn muxed_plan(
        &self,
        (key, edition): Of<'_>,
        (pictures, ([_, path], start)): (&Page, Both),
        (span, without_copy): (&Span, bool),
        asked: &Asked<'_>,
    ) -> Result<(TsPlan, bool), Error> {
        let sound = TrackAt { key, edition, path };
        let mut pages: Vec<Arc<Page>> = Vec::new();
        for (number, time) in span.pages(path).ok_or(Error::Scattered)?.into_iter().enumerate() {
            if let Some(page) = self.sound_page((sound, time), without_copy, asked).await? {
                pages.push(page);
            }
            let is_late = number == 0 && pages.first().is_none_or(|page| span.begins_before(page));
            let before = time.checked_sub(path.locator.span).filter(|_| is_late);
            if let Some(before) = before
                && let Some(page) = self.sound_page((sound, before), without_copy, asked).await?
            {
                pages.insert(0, page);
            }
        }
        let has_copy = pages.iter().any(|page| *page.media() != MediaPlace::Source);
        let sound: Vec<&Page> = pages.iter().map(AsRef::as_ref).collect();
        let plan = TsPlan::muxed((pictures, start), span, &sound)?.ok_or(NO_SEGMENT)?;
        Ok((plan, has_copy))
    }

    /// The page of sound of this time; `None`: no segment begins while it lasts.
    async fn sound_page(
        &self,
        place: Place<'_>,
        without_copy: bool,
        asked: &Asked<'_>,
    ) -> Result<Option<Arc<Page>>, Error> {
        let (at, time) = place;
        let found = if without_copy {
            self.ts_page(place, true, asked).await
        } else {
            Box::pin(self.indexes.page_around(at, time, asked.meter)).await
        };
        match found {
            Ok(page) => Ok(Some(page)),
            Err(Error::NotFound(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The page of this time, if wanted one that does not refer to the copy of small tracks.
    fn ts_page<'s>(
        &'s self,
        (at, start): Place<'s>,
        without_copy: bool,
        asked: &'s Asked<'s>,
    ) -> Boxed<impl Future<Output = Result<Arc<Page>, Error>>> {
        Box::pin(async move {
            if without_copy {
                self.indexes.without_copy(at, start, asked.meter).await
            } else {
                self.indexes.page(at, start, asked.meter).await
            }
        })
    }

    async fn serve_ts(
        &self,
        (key, edition): Of<'_>,
        plan: &TsPlan,
        (page, media_type): (&Page, &str),
        asked: &Asked<'_>,
    ) -> Result<Response<Body>, Error> {
        let (bytes, limit) = (plan.content_length(), self.config.max_segment_bytes);
        if bytes > limit {
            return Err(Error::SegmentTooLarge { bytes, limit });
        }
        // What a range leaves of the body is known as if the body lay in a file.
        let body = SegmentPlan::of_source(0..bytes);
        let (builder, part) = match asked.conditions(edition.version, media_type, &body)? {
            Answer::Done(response) => return Ok(response),
            Answer::Body(builder, part) => (builder, part),
        };
        let mut media = Vec::new();
        for read in plan.media() {
            let reads = reads_of(read, self.config.read_gap_bytes).ok_or(Error::Scattered)?;
            let from = (key, edition.version);
            let pieces = self.fetch(from, (read, reads), page.source(), asked.meter).await?;
            for piece in pieces {
                media.extend_from_slice(&piece);
            }
        }
        let body = Bytes::from(plan.body(&media)?);
        let at = |position: u64| usize::try_from(position).unwrap_or(usize::MAX).min(body.len());
        let parts = part.pieces.iter().map(|piece| match piece {
            Piece::Source(range) => body.slice(at(range.start)..at(range.end)),
            Piece::Made(bytes) => bytes.clone(),
        });
        Ok(respond::finish(builder, parts.collect::<Vec<_>>().into()))
    }
}

impl Ts {
    fn plan(self, page: &Page, start: u64) -> Result<TsPlan, Error> {
        let plan = match self {
            Self::Segment => page.ts(start)?,
            Self::Packed(form) => page.packed(start, form)?,
            Self::KeyFrame => page.ts_key_frame(start)?,
        };
        plan.ok_or(NO_SEGMENT)
    }

    /// RFC 8216bis §3.1.3 names no types; these are what Apple's tools serve packed audio as.
    fn media_type(self) -> &'static str {
        match self {
            Self::Segment | Self::KeyFrame => TS_TYPE,
            Self::Packed(PackedForm::Aac) => "audio/aac",
            Self::Packed(PackedForm::Ac3) => "audio/ac3",
            Self::Packed(PackedForm::Ec3) => "audio/eac3",
            Self::Packed(PackedForm::Mp3) => "audio/mpeg",
        }
    }
}
