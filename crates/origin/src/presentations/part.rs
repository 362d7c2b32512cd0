//! A part of a presentation: first the whole is gathered, which says where key frames and segments are.

use std::sync::Arc;

use futures_util::{StreamExt, stream};
use packaging::route::Extent;
use packaging::{Clip, Grid};

use super::{Gathered, GatheredMember, PARALLEL_SOURCES, gather_described, settle_start};
use crate::error::Error;
use crate::index_store::IndexStore;
use crate::indexes::{Indexes, LoadedAsset};
use crate::meter::Meter;
use crate::sets::{Described, describe, of_member};
use crate::source::Source;

/// How often the end of a clip is looked for.
const MOST_LOOKS: usize = 3;
const EMPTY: Error = Error::NotFound("the clip is empty");

/// Gathers a part of a presentation.
pub(crate) async fn gather_part<S: Source, I: IndexStore>(
    source: &S,
    indexes: &Indexes<S, I>,
    asset: &str,
    extent: Extent,
    meter: &Meter,
) -> Result<Gathered, Error> {
    let described = describe(source, asset, meter).await?;
    gather_part_of(source, indexes, (asset, described), (extent, meter)).await
}

/// Gathers a part of what has been described.
pub(crate) async fn gather_part_of<S: Source, I: IndexStore>(
    source: &S,
    indexes: &Indexes<S, I>,
    what: (&str, Described),
    (extent, meter): (Extent, &Meter),
) -> Result<Gathered, Error> {
    let whole = gather_described(source, indexes, what, meter).await?;
    match extent {
        Extent::Whole => Ok(whole),
        Extent::Window(reach) => {
            let window = whole.presentation(0)?.window(reach).ok_or(EMPTY)?;
            Ok(Gathered { window: Some(window), images: None, ..whole })
        }
        Extent::Clip(reach) => {
            let start = whole.start_micros();
            let clip = whole.presentation(0)?.clip(reach, start).ok_or(EMPTY)?;
            let part = whole.clipped(indexes, clip, meter).await?;
            // A clip's own start counts from its begin.
            let begin = clip.from_micros.saturating_add(part.start_micros()).saturating_sub(start);
            Ok(Gathered { begin_millis: u64::try_from(begin).unwrap_or(0) / 1000, ..part })
        }
    }
}

impl Gathered {
    /// The same sources, of which this part alone is shown. A source that shows nothing of it is left out;
    /// previews are, since their sheets begin with the whole.
    pub(super) async fn clipped<S: Source, I: IndexStore>(
        self,
        indexes: &Indexes<S, I>,
        clip: Clip,
        meter: &Meter,
    ) -> Result<Self, Error> {
        let Self { asset, set, members, mut left_out, begin_millis, .. } = self;
        let grid = Grid { segment_millis: set.segment_millis, start_micros: None, clip: Some(clip) };
        let found: Vec<(GatheredMember, Result<Arc<LoadedAsset>, Error>)> = stream::iter(members)
            .map(|member| async move {
                let found = Box::pin(indexes.regridded(&member.key, (&member.loaded, grid), meter)).await;
                (member, found)
            })
            .buffered(PARALLEL_SOURCES)
            .collect()
            .await;
        let mut members = Vec::new();
        for (member, found) in found {
            match found {
                Ok(loaded) => members.push(GatheredMember { loaded, ..member }),
                Err(error @ Error::Unpackageable(packaging::Error::EmptyClip)) => {
                    left_out.push(format!("{}: {error}", member.key));
                }
                Err(error) => return Err(of_member(&member.key, error)),
            }
        }
        if !members.iter().any(GatheredMember::has_media) {
            return Err(EMPTY);
        }
        settle_start(indexes, (&set, Some(clip)), &mut members, meter).await?;
        Ok(Self { asset, set, members, images: None, left_out, window: None, begin_millis })
    }

    /// The same clip until its pictures end. Pictures go on for as long as others need them that are shown; where
    /// another clip follows, sound must not end before.
    pub(super) async fn until_pictures_end<S: Source, I: IndexStore>(
        self,
        indexes: &Indexes<S, I>,
        meter: &Meter,
    ) -> Result<Self, Error> {
        let mut part = self;
        // The end may lie among pictures that are decoded after it: those come with the second look.
        for _ in 0..MOST_LOOKS {
            let clip = part.members.iter().find_map(|member| member.loaded.edition.grid.clip);
            let end = clip.map(|clip| Ok::<_, Error>((clip, part.presentation(0)?.pictures_end(clip))));
            let Some((clip, Some(to_micros))) = end.transpose()? else { break };
            if to_micros <= clip.to_micros {
                break;
            }
            part = part.clipped(indexes, Clip { to_micros, ..clip }, meter).await?;
        }
        Ok(part)
    }
}
