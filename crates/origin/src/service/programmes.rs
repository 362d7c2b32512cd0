//! Manifests and playlists of programmes.

use std::num::NonZeroU32;

use http::Response;
use packaging::filter::Filter;
use packaging::manifest::{dash, hls};
use packaging::route::{Container, Options, ProgrammeList, Version};
use packaging::selection::retain;
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
    // Of a set without clips, tracks are named as without a programme.
    let names_rows = options.tracks.is_empty() || !said.clips.is_empty();
    names_rows && is_offered(content_type, options) && (said.has_playlists() || is_dash_extra)
}

/// Whether a programme is offered with these options.
fn is_offered(content_type: &str, options: &Options) -> bool {
    let Options { container, segments, .. } = *options;
    let plain = Options { tracks: options.tracks.clone(), below: options.below, ..Options::default() };
    match content_type {
        HLS_TYPE => *options == Options { container, ..plain },
        DASH_TYPE => *options == Options { segments, ..plain },
        _ => false,
    }
}

impl<S: Source, I: IndexStore> Service<S, I> {
    /// The text of a programme's manifest, and what is left out.
    pub(super) async fn programme_manifest(
        &self,
        (asset, described): (&str, Described),
        (content_type, options): (&str, &Options),
        filter: Option<Filter>,
        asked: &Asked<'_>,
    ) -> Result<(String, String), Error> {
        let what = (asset, described);
        let gathered = gather_programme(&*self.source, &self.indexes, what, asked.meter).await?;
        let below = options.elements();
        let mut programme = gathered.programme(below, self.config.selection)?;
        let mut left_out = vec![gathered.left_out()];
        if options.container != Container::Fmp4 {
            left_out.extend(programme.not_in_ts());
            programme.narrow_to_ts()?;
        }
        programme.narrow(|offer| retain(offer, &options.tracks).map_err(Error::NoRendition))?;
        if let Some(filter) = filter {
            programme.narrow(|offer| filter.apply(offer))?;
        }
        let text = match content_type {
            DASH_TYPE => dash::programme(&programme, options)?,
            _ => hls::programme_multivariant(&programme, options.container, below)
                .ok_or(packaging::Error::TextAlone)?,
        };
        left_out.retain(|reason| !reason.is_empty());
        Ok((text, left_out.join("; ")))
    }

    /// A media playlist of a programme.
    pub(super) async fn programme_playlist(
        &self,
        asset: &str,
        (version, list, target_secs): (Version, ProgrammeList, Option<NonZeroU32>),
        asked: &Asked<'_>,
    ) -> Result<Response<Body>, Error> {
        let described = describe(&*self.source, asset, asked.meter).await?;
        if described.set.programme.as_ref().is_none_or(|said| !said.has_playlists()) {
            return Err(NO_PROGRAMME);
        }
        let what = (asset, described);
        let gathered = gather_programme(&*self.source, &self.indexes, what, asked.meter).await?;
        // The playlist stands below the version and the rows.
        let below = if matches!(list, ProgrammeList::Muxed(_)) { 3 } else { 2 };
        let programme = gathered.programme(below, self.config.selection)?;
        if programme.version() != version {
            return Err(Error::OldVersion);
        }
        let target_secs = target_secs.map(|secs| u64::from(secs.get()));
        let text = hls::programme(&programme, list, target_secs).ok_or(NO_PROGRAMME)?;
        Ok(asked.text(version, HLS_TYPE, text))
    }
}

/// The path that a manifest lies under, without a slash at its end.
pub(super) fn place_of(asset: &str, options: &Options) -> String {
    let place = format!("{asset}/{options}");
    place.trim_end_matches('/').to_owned()
}
