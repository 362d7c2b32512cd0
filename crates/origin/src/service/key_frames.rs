//! Key frames, each alone in a fragment: what trick play shows.

use http::Response;
use packaging::route::{Edition, TrackPath};

use super::children::media_type;
use super::{Asked, Service};
use crate::body::Body;
use crate::error::Error;
use crate::index_store::IndexStore;
use crate::indexes::NO_KEY_FRAME;
use crate::source::{Source, SourceError};

impl<S: Source, I: IndexStore> Service<S, I> {
    /// The key frame of a track that is presented at exactly this time.
    pub(super) async fn key_frame(
        &self,
        key: &str,
        edition: Edition,
        (path, start): (TrackPath, u64),
        asked: &Asked<'_>,
    ) -> Result<Response<Body>, Error> {
        let page = self.indexes.page_with_key_frame(key, edition, (path, start), asked.meter).await?;
        let plan = page.key_frame(start)?.ok_or(NO_KEY_FRAME)?;
        let what = (media_type(path), page.source());
        let answer = self.serve_plan((key, edition.version), &plan, what, asked).await;
        // If the source was really replaced, what this URL names is gone.
        if let Err(Error::Source(SourceError::Changed)) = answer {
            self.indexes.look_up_version(key, edition, asked.meter).await?;
        }
        answer
    }
}
