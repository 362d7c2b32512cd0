//! Gathers what a presentation is made of: heads of all its sources, read side by side.

mod part;
mod programme;

use std::sync::Arc;

use futures_util::future::join;
use futures_util::{StreamExt, TryStreamExt, stream};
use packaging::presentation::{Home, ImageTrack, Member, Presentation};
use packaging::route::{AssetKind, Window};
use packaging::selection::Selection;
use packaging::set::{Labels, Set, SetTrack};
use packaging::{Clip, Date, Grid};

use crate::config::ProgramDateTime;
use crate::error::Error;
use crate::index_store::IndexStore;
use crate::indexes::{Indexes, LoadedAsset};
use crate::meter::Meter;
use crate::sets::{Described, Sheets, describe, of_member};
use crate::source::{Source, SourceError};

/// Sources that are looked up and read at once: all of most sets.
const PARALLEL_SOURCES: usize = 32;

/// All that a presentation is made of.
#[derive(Debug)]
pub struct Gathered {
    /// The path that the manifest is asked for by.
    asset: String,
    set: Set,
    members: Vec<GatheredMember>,
    images: Option<ImageTrack>,
    left_out: Vec<String>,
    /// The part of which manifests list the segments; `None`: all.
    window: Option<Window>,
    /// When in the whole presentation this one begins, in milliseconds: not 0 of clips.
    begin_millis: u64,
}

/// A source of a presentation.
#[derive(Debug)]
pub struct GatheredMember {
    /// Its key.
    pub key: String,
    /// What its index says.
    pub loaded: Arc<LoadedAsset>,
    chosen: Option<Vec<SetTrack>>,
    labels: Labels,
}

/// A source that is asked for.
struct Wanted {
    key: String,
    chosen: Option<Vec<SetTrack>>,
    labels: Labels,
}

impl Gathered {
    /// What a viewer is offered by a manifest that stands so many path elements below the asset.
    pub fn presentation(&self, below: usize) -> Result<Presentation<'_>, Error> {
        let members = self.members.iter().map(|found| Member {
            asset: &found.loaded.asset,
            home: Home::relative((&self.asset, below), &found.key, found.loaded.edition),
            chosen: found.chosen.clone(),
            labels: found.labels.clone(),
        });
        let members: Vec<_> = members.collect();
        let presentation = Presentation::new(&members, &self.set, self.images.clone())?;
        Ok(presentation.within(self.window))
    }

    /// What of the sources' timeline is presented at 0, in microseconds; the same for all that have media.
    fn start_micros(&self) -> i64 {
        let with_media = self.members.iter().filter(|member| member.has_media());
        with_media.map(GatheredMember::start_micros).min().unwrap_or(0)
    }

    /// The date of what is presented at 0: as the set says, or else its only source if `dates` wants it.
    pub fn date(&self, dates: ProgramDateTime) -> Option<Date> {
        let said = self.set.programme.as_ref().and_then(|said| said.date);
        let of_source = || {
            let mut media = self.members.iter().filter(|member| member.has_media());
            let only = media.next().filter(|_| media.next().is_none() && dates == ProgramDateTime::Source)?;
            only.loaded.asset.created
        };
        said.or_else(of_source).map(|date| date.after_millis(self.begin_millis))
    }

    /// The same within the bounds and in the order that the set asks for, or else the operator.
    pub fn offered(&self, elements: usize, selection: Selection) -> Result<Presentation<'_>, Error> {
        let mut presentation = self.presentation(elements)?;
        self.set.selection.or(selection).apply(&mut presentation)?;
        Ok(presentation)
    }

    /// The sources, pictures and sound before captions.
    pub fn members(&self) -> &[GatheredMember] {
        &self.members
    }

    /// Sources that are left out, and why, for people.
    pub fn missing(&self) -> &[String] {
        &self.left_out
    }

    /// All that is left out, and why, for people.
    pub fn left_out(&self) -> String {
        let several = self.members.len() > 1;
        let tracks = self.members.iter().flat_map(|member| {
            let place = if several { format!("{}: ", member.key) } else { String::new() };
            member.loaded.asset.left_out.iter().map(move |left_out| format!("{place}{left_out}"))
        });
        tracks.chain(self.left_out.iter().cloned()).collect::<Vec<_>>().join("; ")
    }
}

pub(crate) use self::part::{gather_part, gather_part_of};
pub(crate) use self::programme::gather_programme;

/// Gathers a presentation. What cannot be packaged is left out as long as something remains.
pub(crate) async fn gather<S: Source, I: IndexStore>(
    source: &S,
    indexes: &Indexes<S, I>,
    asset: &str,
    meter: &Meter,
) -> Result<Gathered, Error> {
    let described = describe(source, asset, meter).await?;
    gather_described(source, indexes, (asset, described), meter).await
}

const IS_PROGRAMME: Error =
    Error::NotFound("a set of clips is offered as HLS and DASH, whole, and in HLS not as byte ranges");

/// Gathers what has been described.
async fn gather_described<S: Source, I: IndexStore>(
    source: &S,
    indexes: &Indexes<S, I>,
    (asset, described): (&str, Described),
    meter: &Meter,
) -> Result<Gathered, Error> {
    if described.set.programme.as_ref().is_some_and(|said| !said.clips.is_empty()) {
        return Err(IS_PROGRAMME);
    }
    let (members, images) =
        join(load_members(indexes, &described, meter), load_images(source, &described, meter)).await;
    let is_single = described.set.sources.len() + described.set.captions.len() == 1;
    let (mut loaded, mut left_out, mut first_error) = (Vec::new(), Vec::new(), None);
    for (wanted, result) in members {
        match result {
            Ok(found) => {
                let Wanted { key, chosen, labels } = wanted;
                loaded.push(GatheredMember { key, loaded: found, chosen, labels });
            }
            Err(error) if is_single && asset == wanted.key => return Err(error),
            Err(error) if may_be_missing(&error, &described) => {
                left_out.push(format!("{}: {error}", wanted.key));
                first_error.get_or_insert(of_member(&wanted.key, error));
            }
            Err(error) => return Err(of_member(&wanted.key, error)),
        }
    }
    // Captions alone are no presentation of a set that has more.
    let has_media = |member: &GatheredMember| AssetKind::of(&member.key) != AssetKind::Captions;
    let is_bare = !described.set.sources.is_empty() && !loaded.iter().any(has_media);
    if let Some(error) = first_error.filter(|_| is_bare || loaded.is_empty()) {
        return Err(error);
    }
    settle_start(indexes, (&described.set, None), &mut loaded, meter).await?;
    let Described { set, .. } = described;
    Ok(Gathered {
        asset: asset.to_owned(),
        set,
        members: loaded,
        images: images?,
        left_out,
        window: None,
        begin_millis: 0,
    })
}

/// Gives all sources the start of the one that starts earliest: each was packaged as if it were alone, with
/// its own start at 0. Nearly all start at 0, and nothing is left to do.
async fn settle_start<S: Source, I: IndexStore>(
    indexes: &Indexes<S, I>,
    (set, clip): (&Set, Option<Clip>),
    members: &mut [GatheredMember],
    meter: &Meter,
) -> Result<(), Error> {
    let starts = members.iter().filter(|member| member.has_media()).map(GatheredMember::start_micros);
    let Some(start) = starts.min() else { return Ok(()) };
    let grid = Grid { segment_millis: set.segment_millis, start_micros: Some(start), clip };
    let moved = members.iter().enumerate().filter(|(_, member)| member.start_micros() != start);
    let moved: Vec<_> = moved.map(|(at, member)| (at, member.key.clone())).collect();
    let found: Vec<_> = stream::iter(moved)
        .map(|(at, key)| async move {
            let found = Box::pin(indexes.current(&key, grid, meter)).await;
            found.map(|found| (at, found)).map_err(|error| of_member(&key, error))
        })
        .buffered(PARALLEL_SOURCES)
        .try_collect()
        .await?;
    for (at, found) in found {
        if let Some(member) = members.get_mut(at) {
            member.loaded = found;
        }
    }
    Ok(())
}

impl GatheredMember {
    fn has_media(&self) -> bool {
        let asset = &self.loaded.asset;
        asset.video().next().is_some() || asset.audio().next().is_some()
    }

    fn start_micros(&self) -> i64 {
        self.loaded.asset.start_micros
    }
}

/// Whether a set is served without a source: one that is damaged or that its folder holds no more.
fn may_be_missing(error: &Error, described: &Described) -> bool {
    match error {
        Error::Unpackageable(_) | Error::TooLong { .. } => true,
        // Gone since the folder was listed. What may not be read is a fault that passes when it is mended: a
        // manifest without it must not stay in caches.
        error => !described.is_explicit && *error == Error::Source(SourceError::NotFound),
    }
}

async fn load_members<S: Source, I: IndexStore>(
    indexes: &Indexes<S, I>,
    described: &Described,
    meter: &Meter,
) -> Vec<(Wanted, Result<Arc<LoadedAsset>, Error>)> {
    let set = &described.set;
    let sources = set.sources.iter().map(|source| Wanted {
        key: source.key.clone(),
        chosen: source.tracks.clone(),
        labels: source.labels.clone(),
    });
    let captions = set.captions.iter().map(|captions| Wanted {
        key: captions.key.clone(),
        chosen: None,
        labels: captions.labels.clone(),
    });
    let wanted: Vec<_> = sources.chain(captions).collect();
    let grid = Grid { segment_millis: set.segment_millis, start_micros: None, clip: None };
    stream::iter(wanted)
        .map(|wanted| async move {
            // On the heap: with S3 behind it such a future is large, and there are many.
            let found = Box::pin(indexes.current(&wanted.key, grid, meter)).await;
            (wanted, found)
        })
        .buffered(PARALLEL_SOURCES)
        .collect()
        .await
}

async fn load_images<S: Source>(
    source: &S,
    described: &Described,
    meter: &Meter,
) -> Result<Option<ImageTrack>, Error> {
    let Some(thumbnails) = &described.set.thumbnails else { return Ok(None) };
    let Some(sheets) = Sheets::of(source, described, meter).await? else { return Ok(None) };
    sheets.track(source, thumbnails, meter).await.map(Some)
}
