//! What never changes: playlists, init segments, segments, captions.

use std::num::NonZeroU32;
use std::sync::Arc;

use http::Response;
use packaging::index::Page;
use packaging::manifest::hls;
use packaging::plan::SegmentPlan;
use packaging::route::{Child, InitForm, Playlist, PlaylistForm, TrackKind, TrackPath};
use packaging::set::CaptionForm;
use packaging::whole_caption_file;

use super::ts::{NOT_IN_TS, Ts};
use super::{Asked, HLS_TYPE, Service};
use crate::body::Body;
use crate::error::Error;
use crate::index_store::IndexStore;
use crate::indexes::{LoadedAsset, NO_KEY_FRAME, TrackAt};
use crate::meter::Meter;
use crate::source::Source;

pub(super) const NO_SEGMENT: Error = Error::NotFound("no segment starts at this time");
const NO_NUMBER: Error = Error::NotFound("no segment has this number");
const NO_KEY_FRAMES: Error = Error::NotFound("the track has no key frames");
const WEB_VTT: &str = "text/vtt; charset=utf-8";

impl<S: Source, I: IndexStore> Service<S, I> {
    /// Something immutable of one track of one edition of a source.
    pub(super) async fn child(
        &self,
        at: TrackAt<'_>,
        child: Child,
        asked: &Asked<'_>,
    ) -> Result<Response<Body>, Error> {
        match child {
            Child::Playlist(playlist) => self.playlist(at, playlist, asked).await,
            Child::Init(form) => self.init(at, form, asked).await,
            Child::KeyFrame(start) => self.key_frame(at, start, asked).await,
            Child::TsSegment(start) => self.ts((at, start), Ts::Segment, asked).await,
            Child::PackedAudio(start, form) => self.ts((at, start), Ts::Packed(form), asked).await,
            Child::TsKeyFrame(start) => self.ts((at, start), Ts::KeyFrame, asked).await,
            Child::TsCaptions(start) => self.ts_captions(at, start, asked).await,
            Child::Segment(start) => self.segment(at, start, asked).await,
            Child::Captions(start, form) => self.captions(at, (start, form), asked).await,
            Child::Numbered(number) => {
                let start = self.start_of(at, number, asked.meter).await?;
                self.segment(at, start, asked).await
            }
            Child::NumberedCaptions(number, form) => {
                let start = self.start_of(at, number, asked.meter).await?;
                self.captions(at, (start, form), asked).await
            }
            Child::File => self.file(at, asked).await,
            Child::AllCaptions => {
                let pages = self.indexes.all_pages(at, asked.meter).await?;
                let text = whole_caption_file(pages.iter().map(AsRef::as_ref));
                Ok(asked.text(at.edition.version, WEB_VTT, text))
            }
        }
    }

    /// The source of a track, to which a playlist, an init segment or a number refers.
    async fn loaded(&self, at: TrackAt<'_>, meter: &Meter) -> Result<Arc<LoadedAsset>, Error> {
        self.indexes.version(at.key, at.edition, meter).await
    }

    async fn playlist(
        &self,
        at: TrackAt<'_>,
        playlist: Playlist,
        asked: &Asked<'_>,
    ) -> Result<Response<Body>, Error> {
        let loaded = self.loaded(at, asked.meter).await?;
        let (track, end_millis) = (loaded.track(at.path)?, at.edition.end_millis);
        let text = match playlist.form {
            PlaylistForm::IFrames => {
                hls::iframes(track, playlist, hls::FMP4_KEY_FRAMES).ok_or(NO_KEY_FRAMES)?
            }
            PlaylistForm::Bytes => hls::bytes(&loaded.asset, track, playlist)?,
            PlaylistForm::TsIFrames if track.transport_codec().is_ok() => {
                hls::iframes(track, playlist, hls::TS_KEY_FRAMES).ok_or(NO_KEY_FRAMES)?
            }
            PlaylistForm::Ts | PlaylistForm::TsIFrames => {
                hls::ts_media(&loaded.asset, track, playlist, end_millis).ok_or(NOT_IN_TS)?
            }
            _ => hls::media(&loaded.asset, track, playlist, end_millis),
        };
        Ok(asked.text(at.edition.version, HLS_TYPE, text))
    }

    /// The start of the segment with this number, from 1.
    async fn start_of(&self, at: TrackAt<'_>, number: NonZeroU32, meter: &Meter) -> Result<u64, Error> {
        let loaded = self.loaded(at, meter).await?;
        let place = usize::try_from(number.get() - 1).map_err(|_| NO_NUMBER)?;
        let segments = loaded.track(at.path)?.segments_until(at.edition.end_millis);
        segments.get(place).map(|segment| segment.start).ok_or(NO_NUMBER)
    }

    async fn init(
        &self,
        at: TrackAt<'_>,
        form: InitForm,
        asked: &Asked<'_>,
    ) -> Result<Response<Body>, Error> {
        let loaded = self.loaded(at, asked.meter).await?;
        let init = loaded.track(at.path)?.init(form);
        let init = init.ok_or(Error::NotFound("the track has no such init segment"))?;
        asked.made(at.edition.version, media_type(at.path), init.into()).await
    }

    async fn segment(&self, at: TrackAt<'_>, start: u64, asked: &Asked<'_>) -> Result<Response<Body>, Error> {
        let page = self.indexes.page(at, start, asked.meter).await?;
        self.serve_page((at, start), page, &|page| segment_plan(page, start), asked).await
    }

    /// The key frame of a track that is presented at exactly this time, alone in a fragment: for trick play.
    async fn key_frame(
        &self,
        at: TrackAt<'_>,
        start: u64,
        asked: &Asked<'_>,
    ) -> Result<Response<Body>, Error> {
        let page = self.indexes.page_with_key_frame(at, start, asked.meter).await?;
        let plan_of = |page: &Page| page.key_frame(start)?.ok_or(NO_KEY_FRAME);
        self.serve_page((at, start), page, &plan_of, asked).await
    }

    async fn captions(
        &self,
        at: TrackAt<'_>,
        (start, form): (u64, CaptionForm),
        asked: &Asked<'_>,
    ) -> Result<Response<Body>, Error> {
        let page = self.indexes.text_page(at, start, asked.meter).await?;
        let body = page.captions(start, form, at.edition.end_millis)?.ok_or(NO_SEGMENT)?;
        let content_type = match form {
            CaptionForm::WebVtt => WEB_VTT,
            CaptionForm::Wvtt | CaptionForm::Stpp => "application/mp4",
        };
        asked.made(at.edition.version, content_type, body.into()).await
    }

    async fn ts_captions(
        &self,
        at: TrackAt<'_>,
        start: u64,
        asked: &Asked<'_>,
    ) -> Result<Response<Body>, Error> {
        let page = self.indexes.text_page(at, start, asked.meter).await?;
        let body = page.ts_captions(start, at.edition.end_millis).ok_or(NO_SEGMENT)?;
        asked.made(at.edition.version, WEB_VTT, body.into()).await
    }
}

fn segment_plan(page: &Page, start: u64) -> Result<SegmentPlan, Error> {
    page.plan(start)?.ok_or(NO_SEGMENT)
}

pub(super) fn media_type(path: TrackPath) -> &'static str {
    match path.name.kind {
        TrackKind::Video => "video/mp4",
        TrackKind::Audio => "audio/mp4",
        TrackKind::Text => "application/mp4",
    }
}
