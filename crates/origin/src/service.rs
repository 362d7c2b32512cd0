//! The way of a request.

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response, StatusCode};
use packaging::manifest::{dash, hls};
use packaging::plan::SegmentPlan;
use packaging::route::{Child, Route, Target, TrackKind, TrackName};
use packaging::{LeftOut, PackagedTrack};

use crate::assets::{Assets, LoadedAsset};
use crate::body::Body;
use crate::conditions::{RangeRequest, is_unmodified, range};
use crate::config::Config;
use crate::error::Error;
use crate::fetch::fetch_plan;
use crate::meter::Meter;
use crate::respond::{self, Representation};
use crate::source::{Object, Source};

const HLS_TYPE: &str = "application/vnd.apple.mpegurl";
const DASH_TYPE: &str = "application/dash+xml";
/// Manifests change with the program even where segments do not.
const PROGRAM_VERSION: &str = env!("CARGO_PKG_VERSION");

/// The origin over one source of objects.
pub struct Service<S> {
    source: S,
    assets: Assets,
    config: Config,
}

impl<S: Source> Service<S> {
    /// An origin.
    pub fn new(source: S, config: Config) -> Self {
        let assets = Assets::new(config.policy, config.cache_bytes);
        Self { source, assets, config }
    }

    /// The source of objects.
    pub fn source(&self) -> &S {
        &self.source
    }

    /// Answers a request. The response carries a [`crate::RequestReport`] as an extension.
    pub async fn handle<B>(&self, request: &Request<B>) -> Response<Body> {
        let meter = Meter::new();
        let mut response = match *request.method() {
            Method::GET | Method::HEAD => self.answer(request.uri().path(), request, &meter).await,
            Method::OPTIONS => Ok(respond::preflight()),
            _ => Err(Error::Method),
        }
        .unwrap_or_else(|error| respond::error(&error));
        if request.method() == Method::HEAD {
            *response.body_mut() = Body::empty();
        }
        let report = meter.report();
        if let Some(value) = report.server_timing() {
            response.headers_mut().insert("server-timing", value);
        }
        response.extensions_mut().insert(report);
        response
    }

    /// The parsed source behind a key, as `inspect` and listings need it.
    pub async fn load(&self, key: &str) -> Result<Arc<LoadedAsset>, Error> {
        let object = self.source.head(key).await?;
        self.assets.load(&self.source, &object, &Meter::new()).await
    }

    async fn answer<B>(&self, path: &str, request: &Request<B>, meter: &Meter) -> Result<Response<Body>, Error> {
        let route = Route::parse(path).ok_or(Error::NotFound("the path names no manifest or segment"))?;
        let object = self.source.head(&route.asset).await?;
        if let Target::Child(version, ..) = route.target {
            if version != self.assets.version(&object) {
                return Err(Error::OldVersion);
            }
        }
        let loaded = self.assets.load(&self.source, &object, meter).await?;
        match route.target {
            Target::Multivariant => {
                let text = hls::multivariant(&loaded.asset, loaded.version);
                Ok(self.manifest(request.headers(), &loaded, HLS_TYPE, text))
            }
            Target::Mpd => {
                let text = dash::mpd(&loaded.asset, loaded.version);
                Ok(self.manifest(request.headers(), &loaded, DASH_TYPE, text))
            }
            Target::Child(_, name, child) => {
                let track = loaded.asset.track(name).ok_or(Error::NotFound("the source has no such track"))?;
                self.child(request, (&loaded, track), child, &object, meter).await
            }
        }
    }

    fn manifest(&self, request: &HeaderMap, loaded: &LoadedAsset, content_type: &str, text: String) -> Response<Body> {
        let etag = format!("\"{}-{PROGRAM_VERSION}\"", loaded.version);
        let max_age_secs = Some(self.config.manifest_max_age_secs);
        let what = Representation { content_type, etag: &etag, max_age_secs };
        respond::manifest(request, &what, &describe_left_out(&loaded.asset.left_out), text)
    }

    async fn child<B>(
        &self,
        request: &Request<B>,
        (loaded, track): (&LoadedAsset, &PackagedTrack),
        child: Child,
        object: &Object,
        meter: &Meter,
    ) -> Result<Response<Body>, Error> {
        let etag = format!("\"{}\"", loaded.version);
        let what = Representation { content_type: media_type(track.name), etag: &etag, max_age_secs: None };
        match child {
            Child::Playlist => {
                let what = Representation { content_type: HLS_TYPE, ..what };
                Ok(respond::manifest(request.headers(), &what, "", hls::media(&loaded.asset, track)))
            }
            Child::Init(form) => {
                let init = track.init(form).ok_or(Error::NotFound("the track has no such init segment"))?;
                let init = Bytes::from(init);
                let plan = SegmentPlan {
                    content_length: init.len() as u64,
                    pieces: vec![packaging::plan::Piece::Made(init)],
                };
                self.media(request, &what, plan, object, meter).await
            }
            Child::Segment(start) => {
                let found = track.segmentation.starting_at(start);
                let (index, segment) = found.ok_or(Error::NotFound("no segment starts at this time"))?;
                if segment.bytes > self.config.max_segment_bytes {
                    let limit = self.config.max_segment_bytes;
                    return Err(Error::SegmentTooLarge { bytes: segment.bytes, limit });
                }
                let plan = SegmentPlan::new(track, index, segment)?;
                self.media(request, &what, plan, object, meter).await
            }
        }
    }

    /// Answers from the plan what can be, and reads media only for a body that is sent.
    async fn media<B>(
        &self,
        request: &Request<B>,
        what: &Representation<'_>,
        plan: SegmentPlan,
        object: &Object,
        meter: &Meter,
    ) -> Result<Response<Body>, Error> {
        if is_unmodified(request.headers(), what.etag) {
            return Ok(respond::finish(respond::headers_of(StatusCode::NOT_MODIFIED, what), Body::empty()));
        }
        let whole = plan.content_length;
        let (plan, part) = match range(request.headers(), what.etag, whole) {
            RangeRequest::Unsatisfiable => return Err(Error::Range(whole)),
            RangeRequest::Part(part) => (plan.slice(part.clone()), Some((part.start, part.end, whole))),
            RangeRequest::Whole => (plan, None),
        };
        let builder = respond::media(what, plan.content_length, part);
        if request.method() == Method::HEAD {
            return Ok(respond::finish(builder, Body::empty()));
        }
        let pieces = fetch_plan(&self.source, object, &plan, self.config.read_gap_bytes, meter).await?;
        Ok(respond::finish(builder, pieces.into()))
    }
}

fn media_type(track: TrackName) -> &'static str {
    match track.kind {
        TrackKind::Video => "video/mp4",
        TrackKind::Audio => "audio/mp4",
    }
}

fn describe_left_out(left_out: &[LeftOut]) -> String {
    let one = |track: &LeftOut| match track.number {
        Some(number) => format!("track {number}: {}", track.reason),
        None => track.reason.to_string(),
    };
    left_out.iter().map(one).collect::<Vec<_>>().join("; ")
}
