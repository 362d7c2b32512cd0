//! Fragments of Smooth Streaming.

use http::Response;
use packaging::index::Page;
use packaging::route::{Options, SmoothFragment, TrackKind, Version};
use packaging::smooth::{self, Fragment};

use super::children::NO_SEGMENT;
use super::{Asked, Service};
use crate::body::Body;
use crate::error::Error;
use crate::index_store::IndexStore;
use crate::indexes::TrackAt;
use crate::presentations::gather_part;
use crate::source::Source;

impl<S: Source, I: IndexStore> Service<S, I> {
    /// The fragment that a bit rate, a stream and a time name: a manifest's worth of look-ups, one page, media.
    pub(super) async fn smooth_fragment(
        &self,
        asset: &str,
        (options, version): (&Options, Option<Version>),
        named: &SmoothFragment,
        asked: &Asked<'_>,
    ) -> Result<Response<Body>, Error> {
        let gathered = gather_part(&*self.source, &self.indexes, asset, options.extent, asked.meter).await?;
        let presentation = gathered.presentation(options.elements())?;
        let current = smooth::version(&presentation);
        if version.is_some_and(|version| version != current) {
            return Err(Error::OldVersion);
        }
        let fragment = smooth::find(&presentation, named).ok_or(NO_SEGMENT)?;
        let member = gathered.members().get(fragment.rendition.member).ok_or(NO_SEGMENT)?;
        let asked = match version {
            Some(_) => Asked { ..*asked },
            None => asked.without_version(current, self.config.manifest_max_age_secs),
        };
        self.fragment_of(&member.key, &fragment, &asked).await
    }

    async fn fragment_of(
        &self,
        key: &str,
        fragment: &Fragment<'_, '_>,
        asked: &Asked<'_>,
    ) -> Result<Response<Body>, Error> {
        let (edition, path) = (fragment.rendition.edition(), fragment.rendition.track.path());
        let (at, start) = (TrackAt { key, edition, path }, fragment.segment_start);
        let page = match path.name.kind {
            TrackKind::Text => self.indexes.text_page(at, start, asked.meter).await?,
            TrackKind::Video | TrackKind::Audio => self.indexes.page(at, start, asked.meter).await?,
        };
        let plan_of = |page: &Page| page.smooth_plan(fragment)?.ok_or(NO_SEGMENT);
        self.serve_page((at, start), page, &plan_of, asked).await
    }
}
