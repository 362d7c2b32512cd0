//! The way of a request.

use std::sync::Arc;

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
use crate::index_store::{Created, IndexStore, NoIndexStore};
use crate::meter::{Meter, RequestReport};
use crate::respond::{self, Representation};
use crate::source::{Object, Source};

const HLS_TYPE: &str = "application/vnd.apple.mpegurl";
const DASH_TYPE: &str = "application/dash+xml";
/// Manifests change with the program even where segments do not.
const PROGRAM_VERSION: &str = env!("CARGO_PKG_VERSION");

/// The origin over one source of objects and one store of indexes.
pub struct Service<S, I = NoIndexStore> {
    source: S,
    indexes: I,
    assets: Assets,
    config: Config,
}

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

impl<S: Source> Service<S> {
    /// An origin that makes its indexes itself and keeps them in memory.
    pub fn new(source: S, config: Config) -> Self {
        Self::with_indexes(source, NoIndexStore, config)
    }
}

impl<S: Source, I: IndexStore> Service<S, I> {
    /// An origin that shares indexes with others.
    pub fn with_indexes(source: S, indexes: I, config: Config) -> Self {
        let assets = Assets::new(config.policy, config.cache_bytes);
        Self { source, indexes, assets, config }
    }

    /// The store of indexes.
    pub fn indexes(&self) -> &I {
        &self.indexes
    }

    /// The source of objects.
    pub fn source(&self) -> &S {
        &self.source
    }

    /// Answers a request. The response carries a [`crate::RequestReport`] as an extension.
    pub async fn handle<B>(&self, request: &Request<B>) -> Response<Body> {
        let meter = Meter::new();
        let route = Route::parse(request.uri().path());
        let answer = match (&route, request.method()) {
            (_, &Method::OPTIONS) => Ok(respond::preflight()),
            (Some(route), &(Method::GET | Method::HEAD)) => self.answer(route, request, &meter).await,
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

    /// Makes the index of a source and stores it, unless one is stored already.
    pub async fn index(&self, key: &str) -> Result<Indexed, Error> {
        let object = self.source.head(key).await?;
        let loaded = self.assets.load(&self.source, &object, &Meter::new()).await?;
        Ok(Indexed { name: format!("{key}/{}", loaded.version), bytes: 0, created: Created::New })
    }

    /// Copies the small tracks of an indexed source into one object beside its index, where their samples
    /// lie one after the other; how many bytes that took. Reads the whole source once.
    pub async fn copy_small_tracks(&self, key: &str) -> Result<u64, Error> {
        self.source.head(key).await?;
        Ok(0)
    }

    /// Removes all indexes of a source; how many objects there were.
    pub async fn forget(&self, key: &str) -> Result<usize, Error> {
        Ok(self.indexes.remove(key).await?)
    }

    /// The parsed source behind a key, as `inspect` and listings need it.
    pub async fn load(&self, key: &str) -> Result<Arc<LoadedAsset>, Error> {
        let object = self.source.head(key).await?;
        self.assets.load(&self.source, &object, &Meter::new()).await
    }

    async fn answer<B>(
        &self,
        route: &Route,
        request: &Request<B>,
        meter: &Meter,
    ) -> Result<Response<Body>, Error> {
        meter.count_lookup();
        let object = self.source.head(&route.asset).await?;
        let is_old =
            matches!(route.target, Target::Child(version, ..) if version != self.assets.version(&object));
        if is_old {
            return Err(Error::OldVersion);
        }
        let loaded = self.assets.load(&self.source, &object, meter).await?;
        let asked = Asked { method: request.method(), headers: request.headers(), object: &object, meter };
        match route.target {
            Target::Multivariant => {
                let text = hls::multivariant(&loaded.asset, loaded.version);
                Ok(self.manifest(asked.headers, &loaded, HLS_TYPE, text))
            }
            Target::Mpd => {
                let text = dash::mpd(&loaded.asset, loaded.version);
                Ok(self.manifest(asked.headers, &loaded, DASH_TYPE, text))
            }
            Target::Child(_, name, child) => {
                let track =
                    loaded.asset.track(name).ok_or(Error::NotFound("the source has no such track"))?;
                self.child(&asked, &loaded, track, child).await
            }
        }
    }

    fn manifest(
        &self,
        request: &HeaderMap,
        loaded: &LoadedAsset,
        content_type: &str,
        text: String,
    ) -> Response<Body> {
        let etag = format!("\"{}-{PROGRAM_VERSION}\"", loaded.version);
        let max_age_secs = Some(self.config.manifest_max_age_secs);
        let what = Representation { content_type, etag: &etag, max_age_secs };
        respond::manifest(request, &what, &describe_left_out(&loaded.asset.left_out), text)
    }

    async fn child(
        &self,
        asked: &Asked<'_>,
        loaded: &LoadedAsset,
        track: &PackagedTrack,
        child: Child,
    ) -> Result<Response<Body>, Error> {
        let etag = format!("\"{}\"", loaded.version);
        let what = Representation { content_type: media_type(track.name), etag: &etag, max_age_secs: None };
        match child {
            Child::Playlist => {
                let what = Representation { content_type: HLS_TYPE, ..what };
                Ok(respond::manifest(asked.headers, &what, "", hls::media(&loaded.asset, track)))
            }
            Child::Init(form) => {
                let init = track.init(form).ok_or(Error::NotFound("the track has no such init segment"))?;
                self.media(asked, &what, SegmentPlan::made(init.into())).await
            }
            Child::Segment(start) => {
                let found = track.segmentation.starting_at(start);
                let (index, segment) = found.ok_or(Error::NotFound("no segment starts at this time"))?;
                let limit = self.config.max_segment_bytes;
                if segment.bytes > limit {
                    return Err(Error::SegmentTooLarge { bytes: segment.bytes, limit });
                }
                self.media(asked, &what, SegmentPlan::new(track, index, segment)?).await
            }
        }
    }

    /// Answers from the plan what can be, and reads media only for a body that is sent.
    async fn media(
        &self,
        asked: &Asked<'_>,
        what: &Representation<'_>,
        plan: SegmentPlan,
    ) -> Result<Response<Body>, Error> {
        if is_unmodified(asked.headers, what.etag) {
            return Ok(respond::finish(respond::headers_of(StatusCode::NOT_MODIFIED, what), Body::empty()));
        }
        let whole = plan.content_length;
        let (plan, part) = match range(asked.headers, what.etag, whole) {
            RangeRequest::Unsatisfiable => return Err(Error::Range(whole)),
            RangeRequest::Part(part) => (plan.slice(part.clone()), Some((part.start, part.end, whole))),
            RangeRequest::Whole => (plan, None),
        };
        let builder = respond::media(what, plan.content_length, part);
        if asked.method == Method::HEAD {
            return Ok(respond::finish(builder, Body::empty()));
        }
        let pieces =
            fetch_plan(&self.source, asked.object, &plan, self.config.read_gap_bytes, asked.meter).await?;
        Ok(respond::finish(builder, pieces.into()))
    }
}

/// A request whose path has been understood.
struct Asked<'a> {
    method: &'a Method,
    headers: &'a HeaderMap,
    object: &'a Object,
    meter: &'a Meter,
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
