//! The way of a request.

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response, StatusCode};
use packaging::index::{MediaPlace, Page};
use packaging::manifest::{dash, hls};
use packaging::plan::SegmentPlan;
use packaging::presentation::Presentation;
use packaging::route::{
    Child, Edition, Images, InitForm, Playlist, Route, Target, TrackKind, TrackPath, Version,
};
use packaging::set::CaptionForm;
use packaging::{Grid, whole_caption_file};
use quick_cache::sync::Cache;
use sha2::{Digest, Sha256};

use crate::body::Body;
use crate::conditions::{RangeRequest, is_unmodified, range};
use crate::config::Config;
use crate::error::Error;
use crate::fetch::{fetch_plan, read_copy, read_source, reads_of};
use crate::index_store::{IndexStore, NoIndexStore};
use crate::indexes::{Indexes, LoadedAsset, object_of};
use crate::meter::{Meter, RequestReport};
use crate::presentations::{Gathered, gather};
use crate::respond::{self, Representation};
use crate::sets::{Sheets, describe};
use crate::source::{Object, Source, SourceError};

const HLS_TYPE: &str = "application/vnd.apple.mpegurl";
const DASH_TYPE: &str = "application/dash+xml";

/// The origin over one source of objects and one store of indexes.
pub struct Service<S, I = NoIndexStore> {
    pub(crate) source: Arc<S>,
    pub(crate) store: Arc<I>,
    pub(crate) indexes: Indexes<S, I>,
    /// Sheets of previews by set and version, which says what they are: to find them takes a look at each.
    sheets: Cache<(String, Version), Arc<Sheets>>,
    config: Config,
}

/// Sets whose sheets are remembered.
const MAX_SHEET_LISTS: usize = 16;

impl<S: Source> Service<S> {
    /// An origin that makes its indexes itself and keeps them in memory.
    pub fn new(source: S, config: Config) -> Self {
        Self::with_indexes(source, NoIndexStore, config)
    }
}

impl<S: Source, I: IndexStore> Service<S, I> {
    /// An origin that shares indexes with others.
    pub fn with_indexes(source: S, store: I, config: Config) -> Self {
        let (source, store) = (Arc::new(source), Arc::new(store));
        let indexes =
            Indexes::new(Arc::clone(&source), Arc::clone(&store), config.policy, config.cache_bytes);
        Self { source, store, indexes, sheets: Cache::new(MAX_SHEET_LISTS), config }
    }

    /// The source of objects.
    pub fn source(&self) -> &S {
        &self.source
    }

    /// The store of indexes.
    pub fn index_store(&self) -> &I {
        &self.store
    }

    /// Answers a request. The response carries a [`crate::RequestReport`] as an extension.
    pub async fn handle<B>(&self, request: &Request<B>) -> Response<Body> {
        let meter = Meter::new();
        let route = Route::parse(request.uri().path());
        let asked = Asked { method: request.method(), headers: request.headers(), meter: &meter };
        let answer = match (&route, request.method()) {
            (_, &Method::OPTIONS) => Ok(respond::preflight()),
            // On the heap: with S3 behind it this future has tens of kilobytes.
            (Some(route), &(Method::GET | Method::HEAD)) => Box::pin(self.answer(route, &asked)).await,
            (None, &(Method::GET | Method::HEAD)) => {
                Err(Error::NotFound("the path names no manifest or segment"))
            }
            _ => Err(Error::Method),
        };
        let error = answer.as_ref().err().map(Error::kind);
        let mut response = answer.unwrap_or_else(|error| respond::error(&error));
        if request.method() == Method::HEAD {
            *response.body_mut() = Body::empty();
        }
        let report = RequestReport {
            route: route.as_ref().map_or("none", |route| route.target.kind()),
            asset: route.map(|route| route.asset),
            error,
            ..meter.report()
        };
        if let Some(value) = report.server_timing() {
            response.headers_mut().insert("server-timing", value);
        }
        response.extensions_mut().insert(report);
        response
    }

    /// The present state of a source, as `export` needs it.
    pub async fn load(&self, key: &str) -> Result<Arc<LoadedAsset>, Error> {
        Box::pin(self.indexes.current(key, Grid::default(), &Meter::new())).await
    }

    /// The present state of all that a presentation is made of, as `inspect` needs it.
    pub async fn gather(&self, asset: &str) -> Result<Gathered, Error> {
        Box::pin(gather(&*self.source, &self.indexes, asset, &Meter::new())).await
    }

    async fn answer(&self, route: &Route, asked: &Asked<'_>) -> Result<Response<Body>, Error> {
        let key = route.asset.as_str();
        match route.target {
            Target::Multivariant => self.manifest(key, (HLS_TYPE, multivariant), asked).await,
            Target::Mpd => self.manifest(key, (DASH_TYPE, |all| Ok(dash::mpd(all))), asked).await,
            Target::Images(version, images) => self.images(key, version, images, asked).await,
            Target::Child(edition, path, child) => self.child(key, edition, (path, child), asked).await,
        }
    }

    async fn manifest(
        &self,
        asset: &str,
        (content_type, write): (&str, Writer),
        asked: &Asked<'_>,
    ) -> Result<Response<Body>, Error> {
        let gathered = gather(&*self.source, &self.indexes, asset, asked.meter).await?;
        let text = write(&gathered.presentation()?)?;
        let etag = etag_of(&text);
        let max_age_secs = Some(self.config.manifest_max_age_secs);
        let what = Representation { content_type, etag: &etag, max_age_secs };
        Ok(respond::manifest(asked.headers, &what, &gathered.left_out(), text))
    }

    async fn child(
        &self,
        key: &str,
        edition: Edition,
        (path, child): (TrackPath, Child),
        asked: &Asked<'_>,
    ) -> Result<Response<Body>, Error> {
        match child {
            Child::Playlist(playlist) => self.playlist(key, edition, (path, playlist), asked).await,
            Child::Init(form) => self.init(key, edition, (path, form), asked).await,
            Child::Segment(start) => self.segment(key, edition, (path, start), asked).await,
            Child::Captions(start, form) => self.captions(key, edition, (path, start, form), asked).await,
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
        Ok(asked.text(
            edition.version,
            HLS_TYPE,
            hls::media(&loaded.asset, track, playlist, edition.end_millis),
        ))
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
        let page = match self.indexes.page(key, edition, (path, start), asked.meter).await {
            // Behind the last caption there is silence as far as the presentation lasts.
            Err(Error::NotFound(_)) if edition.end_millis.is_some() => {
                self.indexes.last_page(key, edition, (path, start), asked.meter).await?
            }
            page => page?,
        };
        let body = page.captions(start, form, edition.end_millis)?.ok_or(NO_SEGMENT)?;
        let content_type = match form {
            CaptionForm::WebVtt => "text/vtt; charset=utf-8",
            CaptionForm::Wvtt | CaptionForm::Stpp => "application/mp4",
        };
        asked.made(edition.version, content_type, body.into()).await
    }

    async fn images(
        &self,
        key: &str,
        version: Version,
        images: Images,
        asked: &Asked<'_>,
    ) -> Result<Response<Body>, Error> {
        if let Images::Sheet(number) = images {
            let sheets = self.sheets(key, version, asked.meter).await?;
            let object = sheets.sheet(number)?;
            return match asked.conditions(version, "image/jpeg", SegmentPlan::of_source(0..object.bytes))? {
                Answer::Done(response) => Ok(response),
                Answer::Body(builder, plan) => {
                    let read = |range| read_source(&*self.source, object, range, asked.meter);
                    let pieces = fetch_plan(&plan, plan.source_ranges().collect(), read).await?;
                    Ok(respond::finish(builder, pieces.into()))
                }
            };
        }
        let gathered = gather(&*self.source, &self.indexes, key, asked.meter).await?;
        let presentation = gathered.presentation()?;
        let track = presentation.images.as_ref().ok_or(NO_IMAGES)?;
        if track.list_version() != version {
            return Err(Error::OldVersion);
        }
        Ok(match images {
            Images::Playlist => asked.text(version, HLS_TYPE, track.playlist()),
            Images::WebVtt | Images::Sheet(_) => {
                asked.text(version, "text/vtt; charset=utf-8", track.web_vtt())
            }
        })
    }

    /// The sheets of a version. If one of them is replaced, reading it fails.
    async fn sheets(&self, key: &str, version: Version, meter: &Meter) -> Result<Arc<Sheets>, Error> {
        let cached = (key.to_owned(), version);
        if let Some(known) = self.sheets.get(&cached) {
            return Ok(known);
        }
        let described = describe(&*self.source, key, meter).await?;
        let found = Arc::new(Sheets::of(&*self.source, &described, meter).await?.ok_or(NO_IMAGES)?);
        if found.version != version {
            return Err(Error::OldVersion);
        }
        self.sheets.insert(cached, Arc::clone(&found));
        Ok(found)
    }

    async fn serve(
        &self,
        key: &str,
        version: Version,
        (path, start): (TrackPath, u64),
        (page, asked): (&Page, &Asked<'_>),
    ) -> Result<Response<Body>, Error> {
        let plan = page.plan(start)?.ok_or(NO_SEGMENT)?;
        let (bytes, limit) = (plan.content_length, self.config.max_segment_bytes);
        if bytes > limit {
            return Err(Error::SegmentTooLarge { bytes, limit });
        }
        let (builder, plan) = match asked.conditions(version, media_type(path), plan)? {
            Answer::Done(response) => return Ok(response),
            Answer::Body(builder, plan) => (builder, plan),
        };
        let meter = asked.meter;
        let reads = reads_of(&plan, self.config.read_gap_bytes).ok_or(Error::Scattered)?;
        let pieces = match &plan.media {
            MediaPlace::Source => {
                let object = object_of(key, page.source());
                fetch_plan(&plan, reads, |range| read_source(&*self.source, &object, range, meter)).await?
            }
            MediaPlace::Copy { bytes, etag } => {
                let key = self.indexes.copy_name(key, version);
                let copy = Object { key, bytes: *bytes, etag: etag.clone(), revision: None };
                fetch_plan(&plan, reads, |range| read_copy(&*self.store, &copy, range, meter)).await?
            }
        };
        Ok(respond::finish(builder, pieces.into()))
    }
}

const NO_SEGMENT: Error = Error::NotFound("no segment starts at this time");
const NO_IMAGES: Error = Error::NotFound("the set has no previews");
const NO_TRACK: Error = Error::NotFound("the source has no such track");

/// A request whose path has been understood.
struct Asked<'a> {
    method: &'a Method,
    headers: &'a HeaderMap,
    meter: &'a Meter,
}

/// What follows from a plan and the request's conditions.
enum Answer {
    /// The answer, for which no media is needed.
    Done(Response<Body>),
    /// The headers, and the plan of the body that goes with them.
    Body(http::response::Builder, SegmentPlan),
}

impl Asked<'_> {
    /// A text that never changes.
    fn text(&self, version: Version, content_type: &str, text: String) -> Response<Body> {
        let etag = format!("\"{version}\"");
        let what = Representation { content_type, etag: &etag, max_age_secs: None };
        respond::manifest(self.headers, &what, "", text)
    }

    /// A body that was made as a whole.
    async fn made(&self, version: Version, content_type: &str, body: Bytes) -> Result<Response<Body>, Error> {
        match self.conditions(version, content_type, SegmentPlan::made(body))? {
            Answer::Done(response) => Ok(response),
            Answer::Body(builder, plan) => {
                let no_read = |_| async { Err(SourceError::NotFound) };
                let pieces = fetch_plan(&plan, Vec::new(), no_read).await?;
                Ok(respond::finish(builder, pieces.into()))
            }
        }
    }

    /// Answers from the plan what can be: 304, 416, HEAD. No media has been read yet.
    fn conditions(&self, version: Version, content_type: &str, plan: SegmentPlan) -> Result<Answer, Error> {
        let etag = format!("\"{version}\"");
        let what = Representation { content_type, etag: &etag, max_age_secs: None };
        if is_unmodified(self.headers, what.etag) {
            let builder = respond::headers_of(StatusCode::NOT_MODIFIED, &what);
            return Ok(Answer::Done(respond::finish(builder, Body::empty())));
        }
        let whole = plan.content_length;
        let (plan, part) = match range(self.headers, what.etag, whole) {
            RangeRequest::Unsatisfiable => return Err(Error::Range(whole)),
            RangeRequest::Part(part) => (plan.slice(part.clone()), Some((part.start, part.end, whole))),
            RangeRequest::Whole => (plan, None),
        };
        let builder = respond::media(&what, plan.content_length, part);
        if self.method == Method::HEAD {
            return Ok(Answer::Done(respond::finish(builder, Body::empty())));
        }
        Ok(Answer::Body(builder, plan))
    }
}

/// Writes a manifest.
type Writer = fn(&Presentation<'_>) -> Result<String, packaging::Error>;

/// The multivariant playlist, which needs a variant of pictures or sound.
fn multivariant(presentation: &Presentation<'_>) -> Result<String, packaging::Error> {
    if presentation.has_media() {
        Ok(hls::multivariant(presentation))
    } else {
        Err(packaging::Error::TextAlone)
    }
}

fn media_type(path: TrackPath) -> &'static str {
    match path.name.kind {
        TrackKind::Video => "video/mp4",
        TrackKind::Audio => "audio/mp4",
        TrackKind::Text => "application/mp4",
    }
}

/// A tag of what a manifest says: equal texts are equal.
fn etag_of(text: &str) -> String {
    let digest = Sha256::digest(text.as_bytes());
    let first = digest.first_chunk::<8>().copied().unwrap_or_default();
    format!("\"{:016x}\"", u64::from_be_bytes(first))
}
