//! Gathers programmes: every clip as a presentation of its own.

use futures_util::{StreamExt, TryStreamExt, stream};
use packaging::programme::{Clip, Programme};
use packaging::route::{Extent, Reach};
use packaging::selection::Selection;
use packaging::set::{Set, SetClip, SetProgramme};

use super::{Gathered, gather_part_of};
use crate::error::Error;
use crate::index_store::IndexStore;
use crate::indexes::Indexes;
use crate::meter::Meter;
use crate::sets::Described;
use crate::source::Source;

/// Clips that are gathered at once, each with all its sources.
const PARALLEL_CLIPS: usize = 8;

/// All that a programme is made of.
pub(crate) struct GatheredProgramme {
    asset: String,
    said: SetProgramme,
    selection: Selection,
    clips: Vec<Gathered>,
}

impl GatheredProgramme {
    /// What is offered by something that stands so many path elements below the set.
    /// The bounds and the order are the set's, or else the operator's.
    pub(crate) fn programme(&self, below: usize, selection: Selection) -> Result<Programme<'_>, Error> {
        let mut clips = Vec::new();
        for gathered in &self.clips {
            let asset = gathered.members().first().map(|member| member.key.clone()).unwrap_or_default();
            clips.push(Clip { presentation: gathered.presentation(below)?, asset });
        }
        // What the elements below the set are called does not matter: references climb out of them.
        let place = format!("{}{}", self.asset, "/-".repeat(below));
        Ok(Programme::new(clips, &self.said, place, self.selection.or(selection))?)
    }

    /// All that is left out, and why, for people.
    pub(crate) fn left_out(&self) -> String {
        let all = self.clips.iter().map(Gathered::left_out).filter(|reasons| !reasons.is_empty());
        let mut all: Vec<_> = all.collect();
        all.dedup();
        all.join("; ")
    }
}

/// Gathers a programme; a set without clips is the only clip of one.
pub(crate) async fn gather_programme<S: Source, I: IndexStore>(
    source: &S,
    indexes: &Indexes<S, I>,
    (asset, described): (&str, Described),
    meter: &Meter,
) -> Result<GatheredProgramme, Error> {
    let Described { mut set, stamp, .. } = described;
    let selection = set.selection;
    let said = set.programme.take().map(|said| *said).unwrap_or_default();
    let clips = match said.clips.as_slice() {
        [] => vec![SetClip { set, reach: Reach::default() }],
        clips => clips.iter().map(|clip| within(&set, clip)).collect(),
    };
    let clips: Vec<_> = stream::iter(clips)
        .map(|SetClip { set, reach }| {
            let described = Described { set, stamp: stamp.clone(), is_explicit: true };
            let extent = if reach == Reach::default() { Extent::Whole } else { Extent::Clip(reach) };
            Box::pin(async move {
                let gathered = gather_part_of(source, indexes, (asset, described), (extent, meter)).await?;
                gathered.until_pictures_end(indexes, meter).await
            })
        })
        .buffered(PARALLEL_CLIPS)
        .try_collect()
        .await?;
    Ok(GatheredProgramme { asset: asset.to_owned(), said, selection, clips })
}

/// A clip with what its programme says of all.
fn within(programme: &Set, clip: &SetClip) -> SetClip {
    let Set { segment_millis, hls_captions, dash_captions, .. } = programme;
    let (segment_millis, hls_captions, dash_captions) = (*segment_millis, *hls_captions, *dash_captions);
    SetClip {
        set: Set { segment_millis, hls_captions, dash_captions, ..clip.set.clone() },
        reach: clip.reach,
    }
}
