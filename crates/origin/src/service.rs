//! The way of a request.

mod asked;
mod children;
mod compat;
mod download;
mod file;
mod images;
mod manifests;
mod pages;
mod programmes;
mod smooth;
mod ts;

use std::sync::Arc;

use http::{Method, Request, Response};
use packaging::download::Layout;
use packaging::route::{Route, Target, Version};
use packaging::{Grid, filter};
use quick_cache::sync::Cache;

use self::asked::{Answer, Asked, Part};
use self::compat::Wanted;
use self::download::MAX_LAYOUTS;
use self::manifests::writer;
use crate::body::Body;
use crate::config::Config;
use crate::error::Error;
use crate::index_store::{IndexStore, NoIndexStore};
use crate::indexes::{Indexes, LoadedAsset, TrackAt};
use crate::meter::{Meter, RequestReport};
use crate::presentations::{Gathered, gather};
use crate::respond;
use crate::sets::Sheets;
use crate::source::{Source, SourceError};

const HLS_TYPE: &str = "application/vnd.apple.mpegurl";
const DASH_TYPE: &str = "application/dash+xml";
const SMOOTH_TYPE: &str = "application/vnd.ms-sstr+xml";

/// The origin over one source of objects and one store of indexes.
pub struct Service<S, I = NoIndexStore> {
    pub(crate) source: Arc<S>,
    pub(crate) store: Arc<I>,
    pub(crate) indexes: Indexes<S, I>,
    /// Sheets of previews by set and version, which says what they are: to find them takes a look at each.
    sheets: Cache<(String, Version), Arc<Sheets>>,
    /// Where everything of downloads lies: to find out takes whole indexes.
    layouts: Cache<Version, Arc<Layout>>,
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
        Self {
            source,
            store,
            indexes,
            sheets: Cache::new(MAX_SHEET_LISTS),
            layouts: Cache::new(MAX_LAYOUTS),
            config,
        }
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
        let wanted = Wanted::parse(request.uri().path(), self.config.nginx_urls);
        let asked = Asked {
            method: request.method(),
            headers: request.headers(),
            query: request.uri().query().unwrap_or_default(),
            meter: &meter,
            unversioned: None,
            base: None,
        };
        let answer = match (&wanted, request.method()) {
            (_, &Method::OPTIONS) => Ok(respond::preflight()),
            // On the heap: with S3 behind it this future has tens of kilobytes.
            (Some(Wanted::Own(route)), &(Method::GET | Method::HEAD)) => {
                Box::pin(self.answer(route, &asked)).await
            }
            (Some(Wanted::Nginx(route)), &(Method::GET | Method::HEAD)) => {
                Box::pin(self.nginx(route, &asked)).await
            }
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
            route: wanted.as_ref().map_or("none", Wanted::kind),
            asset: wanted.map(Wanted::into_asset),
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
        let answer = self.answer_of(&route.asset, &route.target, asked).await;
        match (&answer, route.folder_before_ism()) {
            (Err(Error::Source(SourceError::NotFound)), Some(folder)) => {
                self.answer_of(folder, &route.target, asked).await
            }
            _ => answer,
        }
    }

    async fn answer_of(
        &self,
        key: &str,
        target: &Target,
        asked: &Asked<'_>,
    ) -> Result<Response<Body>, Error> {
        if let Some(manifest) = writer(target) {
            return Box::pin(self.manifest(key, manifest, asked)).await;
        }
        if filter::is_in(asked.query) {
            return Err(filter::Error::NotAManifest.into());
        }
        // Each on the heap: unoptimized, all that they need at once is more than a thread's stack.
        match target {
            &Target::Programme(version, row, target_secs) => {
                Box::pin(self.programme_playlist(key, (version, row, target_secs), asked)).await
            }
            Target::Download(options) => Box::pin(self.download(key, options, asked)).await,
            &Target::Images(version, images) => Box::pin(self.images(key, version, images, asked)).await,
            &Target::Child(edition, path, child) => {
                Box::pin(self.child(TrackAt { key, edition, path }, child, asked)).await
            }
            &Target::Muxed(edition, tracks, muxed) => {
                Box::pin(self.muxed((key, edition), (tracks, muxed), asked)).await
            }
            Target::SmoothFragment(options, version, fragment) => {
                Box::pin(self.smooth_fragment(key, (options, *version), fragment, asked)).await
            }
            _ => Err(NOT_SERVED),
        }
    }
}

const NOT_SERVED: Error = Error::NotFound("this format is not served");
