//! Manifests of presentations.

use http::Response;
use packaging::filter::Filter;
use packaging::manifest::{dash, hls, smooth};
use packaging::presentation::Presentation;
use packaging::route::{Container, Options, Target};
use packaging::selection::retain;
use sha2::{Digest, Sha256};

use super::programmes::{is_programme, place_of};
use super::{Asked, DASH_TYPE, HLS_TYPE, SMOOTH_TYPE, Service};
use crate::body::Body;
use crate::error::Error;
use crate::index_store::IndexStore;
use crate::presentations::gather_part_of;
use crate::respond::{self, Representation};
use crate::sets::describe;
use crate::source::Source;

/// Writes a manifest.
pub(super) type Writer = fn(&Presentation<'_>, &Options) -> Result<String, packaging::Error>;

impl<S: Source, I: IndexStore> Service<S, I> {
    /// The manifest that is wanted of an asset.
    pub(super) async fn manifest(
        &self,
        asset: &str,
        target: (&Options, &'static str, Writer),
        asked: &Asked<'_>,
    ) -> Result<Response<Body>, Error> {
        let (options, content_type, write) = target;
        let filter = Filter::in_query(asked.query)?;
        let extent = options.extent;
        let described = describe(&*self.source, asset, asked.meter).await?;
        let said = described.set.programme.as_deref();
        if said.is_some_and(|said| is_programme(said, content_type, options)) {
            let how = (content_type, &self.with_addressing(options, content_type));
            let what = (asset, described);
            let (text, left_out) = self.programme_manifest(what, how, filter, asked).await?;
            return Ok(self.manifest_response(asked, content_type, &left_out, text));
        }
        let said = described.set.programme.clone().filter(|said| said.clips.is_empty());
        let gathered =
            gather_part_of(&*self.source, &self.indexes, (asset, described), (extent, asked.meter)).await?;
        let mut presentation = gathered.offered(options.elements(), self.config.selection)?;
        retain(&mut presentation, &options.tracks).map_err(Error::NoRendition)?;
        filter.map_or(Ok(()), |filter| filter.apply(&mut presentation))?;
        let presentation = presentation.dated(gathered.date(self.config.program_date_time));
        let mut text = write(&presentation, &self.with_addressing(options, content_type))?;
        if let Some(said) = said.filter(|_| content_type == HLS_TYPE) {
            text = hls::with_extras(&text, (&said, &place_of(asset, options)));
        }
        let mut left_out = vec![gathered.left_out()];
        if content_type == SMOOTH_TYPE {
            left_out.extend(packaging::smooth::left_out(&presentation));
        }
        if options.container != Container::Fmp4 {
            left_out.extend(hls::not_in_ts(&presentation));
        }
        left_out.retain(|reason| !reason.is_empty());
        Ok(self.manifest_response(asked, content_type, &left_out.join("; "), text))
    }

    fn manifest_response(
        &self,
        asked: &Asked<'_>,
        content_type: &str,
        left_out: &str,
        text: String,
    ) -> Response<Body> {
        let etag = etag_of(&text);
        let max_age_secs = Some(self.config.manifest_max_age_secs);
        let what = Representation { content_type, etag: &etag, max_age_secs };
        respond::manifest(asked.headers, &what, left_out, text)
    }

    /// The options with what is configured where the path does not say it.
    fn with_addressing(&self, options: &Options, content_type: &str) -> Options {
        let segments = options.segments.or((content_type == DASH_TYPE).then_some(self.config.dash_segments));
        // What is configured is not in the path.
        Options { segments, below: Some(options.elements()), ..options.clone() }
    }
}

/// The content type of a manifest, and what writes it; `None`: it is no manifest.
pub(super) fn writer(target: &Target) -> Option<(&Options, &'static str, Writer)> {
    match target {
        Target::Multivariant(options) => Some((options, HLS_TYPE, multivariant)),
        Target::Mpd(options) => Some((options, DASH_TYPE, dash::mpd)),
        Target::Smooth(options) => Some((options, SMOOTH_TYPE, |all, _| smooth::client_manifest(all))),
        _ => None,
    }
}

/// The multivariant playlist, which needs a variant of pictures or sound, unless a filter left none.
fn multivariant(presentation: &Presentation<'_>, options: &Options) -> Result<String, packaging::Error> {
    if presentation.has_media() || presentation.is_filtered {
        hls::multivariant(presentation, options)
    } else {
        Err(packaging::Error::TextAlone)
    }
}

/// A tag of what a manifest says: equal texts are equal.
fn etag_of(text: &str) -> String {
    let digest = Sha256::digest(text.as_bytes());
    let first = digest.first_chunk::<8>().copied().unwrap_or_default();
    format!("\"{:016x}\"", u64::from_be_bytes(first))
}
