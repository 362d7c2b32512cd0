//! What never changes: playlists, init segments, segments, captions.

use std::num::NonZeroU32;
use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use http::Response;
use packaging::index::{MediaPlace, Page};
use packaging::manifest::hls;
use packaging::plan::SegmentPlan;
use packaging::route::{Child, Edition, InitForm, Playlist, PlaylistForm, TrackKind, TrackPath, Version};
use packaging::set::CaptionForm;
use packaging::{SourceObject, whole_caption_file};

use super::ts::{NOT_IN_TS, Ts};
use super::{Answer, Asked, HLS_TYPE, NO_TRACK, Service};
use crate::body::Body;
use crate::error::Error;
use crate::fetch::{fetch_plan, read_copy, read_source, reads_of};
use crate::index_store::IndexStore;
use crate::indexes::object_of;
use crate::meter::Meter;
use crate::respond;
use crate::source::{Object, Source, SourceError};

pub(super) const NO_SEGMENT: Error = Error::NotFound("no segment starts at this time");
const NO_NUMBER: Error = Error::NotFound("no segment has this number");
const NO_KEY_FRAMES: Error = Error::NotFound("the track has no key frames");

impl<S: Source, I: IndexStore> Service<S, I> {
    /// Something immutable of one track of one edition of a source.
    pub(super) async fn child(
        &self,
        key: &str,
        edition: Edition,
        (path, child): (TrackPath, Child),
        asked: &Asked<'_>,
    ) -> Result<Response<Body>, Error> {
        match child {
            Child::Playlist(playlist) => self.playlist(key, edition, (path, playlist), asked).await,
            Child::Init(form) => self.init(key, edition, (path, form), asked).await,
            Child::KeyFrame(start) => self.key_frame(key, edition, (path, start), asked).await,
            Child::TsSegment(start) => self.ts(key, edition, (path, start), (Ts::Segment, asked)).await,
            Child::PackedAudio(start, form) => {
                self.ts(key, edition, (path, start), (Ts::Packed(form), asked)).await
            }
            Child::TsKeyFrame(start) => self.ts(key, edition, (path, start), (Ts::KeyFrame, asked)).await,
            Child::TsCaptions(start) => Box::pin(self.ts_captions(key, edition, (path, start), asked)).await,
            Child::Segment(start) => self.segment(key, edition, (path, start), asked).await,
            Child::Captions(start, form) => self.captions(key, edition, (path, start, form), asked).await,
            Child::Numbered(number) => {
                let start = self.start_of(key, edition, (path, number), asked).await?;
                self.segment(key, edition, (path, start), asked).await
            }
            Child::NumberedCaptions(number, form) => {
                let start = self.start_of(key, edition, (path, number), asked).await?;
                self.captions(key, edition, (path, start, form), asked).await
            }
            Child::File => self.file(key, edition, path, asked).await,
            Child::AllCaptions => {
                let pages = self.indexes.all_pages(key, edition, path, asked.meter).await?;
                let text = whole_caption_file(pages.iter().map(AsRef::as_ref));
                Ok(asked.text(edition.version, "text/vtt; charset=utf-8", text))
            }
        }
    }

    async fn playlist(
        &self,
        key: &str,
        edition: Edition,
        (path, playlist): (TrackPath, Playlist),
        asked: &Asked<'_>,
    ) -> Result<Response<Body>, Error> {
        let loaded = self.indexes.version(key, edition, asked.meter).await?;
        let track = loaded.asset.track(path).ok_or(NO_TRACK)?;
        let text = match playlist.form {
            PlaylistForm::IFrames => {
                hls::iframes(track, track.key_frames_within(playlist.window), hls::FMP4_KEY_FRAMES)
                    .ok_or(NO_KEY_FRAMES)?
            }
            PlaylistForm::Bytes => hls::bytes(&loaded.asset, track, playlist)?,
            PlaylistForm::TsIFrames if track.transport_codec().is_ok() => {
                hls::iframes(track, track.key_frames_within(playlist.window), hls::TS_KEY_FRAMES)
                    .ok_or(NO_KEY_FRAMES)?
            }
            PlaylistForm::Ts | PlaylistForm::TsIFrames => {
                hls::ts_media(&loaded.asset, track, playlist, edition.end_millis).ok_or(NOT_IN_TS)?
            }
            _ => hls::media(&loaded.asset, track, playlist, edition.end_millis),
        };
        Ok(asked.text(edition.version, HLS_TYPE, text))
    }

    /// The start of the segment with this number, from 1.
    async fn start_of(
        &self,
        key: &str,
        edition: Edition,
        (path, number): (TrackPath, NonZeroU32),
        asked: &Asked<'_>,
    ) -> Result<u64, Error> {
        let loaded = self.indexes.version(key, edition, asked.meter).await?;
        let track = loaded.asset.track(path).ok_or(NO_TRACK)?;
        let place = usize::try_from(number.get() - 1).map_err(|_| NO_NUMBER)?;
        let segments = track.segments_until(edition.end_millis);
        segments.get(place).map(|segment| segment.start).ok_or(NO_NUMBER)
    }

    async fn init(
        &self,
        key: &str,
        edition: Edition,
        (path, form): (TrackPath, InitForm),
        asked: &Asked<'_>,
    ) -> Result<Response<Body>, Error> {
        let loaded = self.indexes.version(key, edition, asked.meter).await?;
        let track = loaded.asset.track(path).ok_or(NO_TRACK)?;
        let init = track.init(form).ok_or(Error::NotFound("the track has no such init segment"))?;
        asked.made(edition.version, media_type(path), init.into()).await
    }

    async fn segment(
        &self,
        key: &str,
        edition: Edition,
        (path, start): (TrackPath, u64),
        asked: &Asked<'_>,
    ) -> Result<Response<Body>, Error> {
        let page = self.indexes.page(key, edition, (path, start), asked.meter).await?;
        match self.serve(key, edition.version, (path, start), (&page, asked)).await {
            // The copy of small tracks is gone, or another one: back to the source.
            Err(Error::Source(SourceError::NotFound | SourceError::Denied | SourceError::Changed))
                if *page.media() != MediaPlace::Source =>
            {
                let page = self.indexes.without_copy(key, edition, (path, start), asked.meter).await?;
                self.serve(key, edition.version, (path, start), (&page, asked)).await
            }
            // If the source was really replaced, what this URL names is gone.
            Err(changed @ Error::Source(SourceError::Changed)) => {
                self.indexes.look_up_version(key, edition, asked.meter).await?;
                Err(changed)
            }
            answer => answer,
        }
    }

    async fn captions(
        &self,
        key: &str,
        edition: Edition,
        (path, start, form): (TrackPath, u64, CaptionForm),
        asked: &Asked<'_>,
    ) -> Result<Response<Body>, Error> {
        let page = self.captions_page(key, edition, (path, start), asked.meter).await?;
        let body = page.captions(start, form, edition.end_millis)?.ok_or(NO_SEGMENT)?;
        let content_type = match form {
            CaptionForm::WebVtt => "text/vtt; charset=utf-8",
            CaptionForm::Wvtt | CaptionForm::Stpp => "application/mp4",
        };
        asked.made(edition.version, content_type, body.into()).await
    }

    async fn ts_captions(
        &self,
        key: &str,
        edition: Edition,
        (path, start): (TrackPath, u64),
        asked: &Asked<'_>,
    ) -> Result<Response<Body>, Error> {
        let page = self.captions_page(key, edition, (path, start), asked.meter).await?;
        let body = page.ts_captions(start, edition.end_millis).ok_or(NO_SEGMENT)?;
        asked.made(edition.version, "text/vtt; charset=utf-8", body.into()).await
    }

    /// The page with the segment of captions that starts at this time.
    async fn captions_page(
        &self,
        key: &str,
        edition: Edition,
        (path, start): (TrackPath, u64),
        meter: &Meter,
    ) -> Result<Arc<Page>, Error> {
        match self.indexes.page(key, edition, (path, start), meter).await {
            // Behind the last caption there is silence as far as the presentation lasts.
            Err(Error::NotFound(_)) if edition.end_millis.is_some() => {
                self.indexes.last_page(key, edition, (path, start), meter).await
            }
            page => page,
        }
    }

    async fn serve(
        &self,
        key: &str,
        version: Version,
        (path, start): (TrackPath, u64),
        (page, asked): (&Page, &Asked<'_>),
    ) -> Result<Response<Body>, Error> {
        let plan = page.plan(start)?.ok_or(NO_SEGMENT)?;
        self.serve_plan((key, version), &plan, (media_type(path), page.source()), asked).await
    }

    /// Answers with what a plan refers to of a source. A longer one than the limit is refused.
    pub(super) async fn serve_plan(
        &self,
        (key, version): (&str, Version),
        plan: &SegmentPlan,
        (content_type, source): (&str, &SourceObject),
        asked: &Asked<'_>,
    ) -> Result<Response<Body>, Error> {
        let (bytes, limit) = (plan.content_length, self.config.max_segment_bytes);
        if bytes > limit {
            return Err(Error::SegmentTooLarge { bytes, limit });
        }
        let (builder, plan) = match asked.conditions(version, content_type, plan)? {
            Answer::Done(response) => return Ok(response),
            Answer::Body(builder, plan) => (builder, plan),
        };
        let reads = reads_of(&plan, self.config.read_gap_bytes).ok_or(Error::Scattered)?;
        let pieces = self.fetch((key, version), (&plan, reads), source, asked.meter).await?;
        Ok(respond::finish(builder, pieces.into()))
    }

    /// The bytes of a plan, for which these ranges are read.
    pub(super) async fn fetch(
        &self,
        (key, version): (&str, Version),
        (plan, reads): (&SegmentPlan, Vec<Range<u64>>),
        source: &SourceObject,
        meter: &Meter,
    ) -> Result<Vec<Bytes>, Error> {
        Ok(match &plan.media {
            MediaPlace::Source => {
                let object = object_of(key, source);
                fetch_plan(plan, reads, |range| read_source(&*self.source, &object, range, meter)).await?
            }
            MediaPlace::Copy { bytes, etag } => {
                let key = self.indexes.copy_name(key, version);
                let copy = Object { key, bytes: *bytes, etag: etag.clone(), revision: None };
                fetch_plan(plan, reads, |range| read_copy(&*self.store, &copy, range, meter)).await?
            }
        })
    }
}

pub(super) fn media_type(path: TrackPath) -> &'static str {
    match path.name.kind {
        TrackKind::Video => "video/mp4",
        TrackKind::Audio => "audio/mp4",
        TrackKind::Text => "application/mp4",
    }
}
