//! Manifests and playlists of programmes.

use std::num::NonZeroU32;

use http::Response;
use packaging::manifest::{dash, hls};
use packaging::route::{Options, RenditionId, Version};
use packaging::set::SetProgramme;

use super::{Asked, DASH_TYPE, HLS_TYPE, Service};
use crate::body::Body;
use crate::error::Error;
use crate::index_store::IndexStore;
use crate::presentations::gather_programme;
use crate::sets::{Described, describe};
use crate::source::Source;

const NO_PROGRAMME: Error = Error::NotFound("the set has no such programme");

/// Whether a manifest goes through all clips, or says what a plain one cannot.
pub(super) fn is_programme(said: &SetProgramme, content_type: &str, options: &Options) -> bool {
    let is_dash_extra = content_type == DASH_TYPE && said.steering.is_some();
    let is_offered = [HLS_TYPE, DASH_TYPE].contains(&content_type) && *options == Options::default();
    is_offered && (said.has_playlists() || is_dash_extra)
}

impl<S: Source, I: IndexStore> Service<S, I> {
    /// The text of a programme's manifest, and what is left out.
    pub(super) async fn programme_manifest(
        &self,
        asset: &str,
        (described, content_type): (Described, &str),
        asked: &Asked<'_>,
    ) -> Result<(String, String), Error> {
        let what = (asset, described);
        let gathered = gather_programme(&*self.source, &self.indexes, what, asked.meter).await?;
        let programme = gathered.programme(0)?;
        let text = match content_type {
            DASH_TYPE => dash::programme(&programme)?,
            _ => hls::programme_multivariant(&programme, 0).ok_or(packaging::Error::TextAlone)?,
        };
        Ok((text, gathered.left_out()))
    }

    /// The media playlist of a row of a programme.
    pub(super) async fn programme_playlist(
        &self,
        asset: &str,
        (version, row, target_secs): (Version, RenditionId, Option<NonZeroU32>),
        asked: &Asked<'_>,
    ) -> Result<Response<Body>, Error> {
        let described = describe(&*self.source, asset, asked.meter).await?;
        if described.set.programme.as_ref().is_none_or(|said| !said.has_playlists()) {
            return Err(NO_PROGRAMME);
        }
        let what = (asset, described);
        let gathered = gather_programme(&*self.source, &self.indexes, what, asked.meter).await?;
        // The playlist stands below the version and the row.
        let programme = gathered.programme(2)?;
        if programme.version() != version {
            return Err(Error::OldVersion);
        }
        let target_secs = target_secs.map(|secs| u64::from(secs.get()));
        let text = hls::programme(&programme, row, target_secs).ok_or(NO_PROGRAMME)?;
        Ok(asked.text(version, HLS_TYPE, text))
    }
}

/// The path that a manifest lies under, without a slash at its end.
pub(super) fn place_of(asset: &str, options: &Options) -> String {
    let place = format!("{asset}/{options}");
    place.trim_end_matches('/').to_owned()
}
