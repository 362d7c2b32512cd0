//! Preview pictures and their lists.

use std::sync::Arc;

use http::Response;
use packaging::plan::SegmentPlan;
use packaging::route::{Images, Version};

use super::{Answer, Asked, HLS_TYPE, Service};
use crate::body::Body;
use crate::error::Error;
use crate::fetch::{fetch_plan, read_source};
use crate::index_store::IndexStore;
use crate::meter::Meter;
use crate::presentations::gather;
use crate::respond;
use crate::sets::{Sheets, describe};
use crate::source::Source;

const NO_IMAGES: Error = Error::NotFound("the set has no previews");

impl<S: Source, I: IndexStore> Service<S, I> {
    /// Something immutable of the previews of one version of a set.
    pub(super) async fn images(
        &self,
        key: &str,
        version: Version,
        images: Images,
        asked: &Asked<'_>,
    ) -> Result<Response<Body>, Error> {
        if let Images::Sheet(number) = images {
            let sheets = self.sheets(key, version, asked.meter).await?;
            let object = sheets.sheet(number)?;
            return match asked.conditions(version, "image/jpeg", &SegmentPlan::of_source(0..object.bytes))? {
                Answer::Done(response) => Ok(response),
                Answer::Body(builder, plan) => {
                    let read = |range| read_source(&*self.source, object, range, asked.meter);
                    let pieces = fetch_plan(&plan, plan.source_ranges().collect(), read).await?;
                    Ok(respond::finish(builder, pieces.into()))
                }
            };
        }
        let gathered = gather(&*self.source, &self.indexes, key, asked.meter).await?;
        let presentation = gathered.presentation(0)?;
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
}
