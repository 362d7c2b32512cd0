//! Which renditions of several clips go together.

use super::{Clip, Row};
use crate::presentation::{Presentation, Rendition};
use crate::route::{RenditionId, TrackKind, TrackName};
use crate::set::Labels;

pub(super) const KINDS: [TrackKind; 3] = [TrackKind::Video, TrackKind::Audio, TrackKind::Text];

/// The rows of all kinds, numbered from 1 in each.
pub(super) fn of(clips: &[Clip<'_>]) -> Vec<Row> {
    let mut rows = Vec::new();
    for kind in KINDS {
        let found = match kind {
            TrackKind::Video => {
                rows_of_pictures(clips).into_iter().map(|of_clips| (None, of_clips)).collect()
            }
            TrackKind::Audio | TrackKind::Text => rows_by_purpose(clips, kind),
        };
        rows.extend((1u32..).zip(found).map(|(number, (labels, of_clips))| {
            let id = RenditionId { member: None, name: TrackName { kind, number } };
            Row { id, labels, of_clips }
        }));
    }
    rows
}

pub(super) fn of_kind<'p, 'a>(presentation: &'p Presentation<'a>, kind: TrackKind) -> &'p [Rendition<'a>] {
    match kind {
        TrackKind::Video => &presentation.video,
        TrackKind::Audio => &presentation.audio,
        TrackKind::Text => &presentation.text,
    }
}

/// As many rows as the clip with the most pictures has, in its order; of the others the pictures of the nearest
/// rank.
fn rows_of_pictures(clips: &[Clip<'_>]) -> Vec<Vec<Option<usize>>> {
    let count = |clip: &Clip<'_>| clip.presentation.video.len();
    let Some(most) = clips.iter().rev().max_by_key(|clip| count(clip)) else { return Vec::new() };
    let ranked = |clip: &Clip<'_>| {
        let mut places: Vec<usize> = (0..count(clip)).collect();
        places.sort_by_key(|&at| clip.presentation.video.get(at).map(|rendition| rendition.average));
        places
    };
    let order = ranked(most);
    let rank = |at: usize| order.iter().position(|&place| place == at).unwrap_or(0);
    let place = |clip: &Clip<'_>, rank: usize| {
        let own = ranked(clip);
        let nearest = (rank * own.len() + own.len() / 2) / order.len().max(1);
        own.get(nearest.min(own.len().checked_sub(1)?)).copied()
    };
    (0..count(most)).map(|at| clips.iter().map(|clip| place(clip, rank(at))).collect()).collect()
}

/// A row for each language and purpose that a clip has. Where another has none, sound is what it has first, and
/// captions are missing.
fn rows_by_purpose(clips: &[Clip<'_>], kind: TrackKind) -> Vec<(Option<Labels>, Vec<Option<usize>>)> {
    let mut known: Vec<&Rendition<'_>> = Vec::new();
    for clip in clips {
        for (at, rendition) in of_kind(&clip.presentation, kind).iter().enumerate() {
            let earlier = of_kind(&clip.presentation, kind).get(..at).unwrap_or_default();
            let is_again = earlier.iter().any(|other| is_like(other, rendition));
            // Of one purpose one clip may have several, such as two qualities: as many rows.
            let nth = earlier.iter().filter(|other| is_like(other, rendition)).count();
            let rows = known.iter().filter(|row| is_like(row, rendition)).count();
            if rows <= nth && (!is_again || rows == nth) {
                known.push(rendition);
            }
        }
    }
    let place = |clip: &Clip<'_>, (at, row): (usize, &&Rendition<'_>)| {
        let nth = known.iter().take(at).filter(|other| is_like(other, row)).count();
        let own = of_kind(&clip.presentation, kind);
        let alike: Vec<_> =
            (0..own.len()).filter(|&at| own.get(at).is_some_and(|it| is_like(it, row))).collect();
        let spoken = || own.iter().position(|it| it.labels.language == row.labels.language);
        let any = || (kind == TrackKind::Audio && !own.is_empty()).then(|| spoken().unwrap_or(0));
        alike.get(nth).or(alike.last()).copied().or_else(any)
    };
    let of_row = |row: (usize, &&Rendition<'_>)| clips.iter().map(|clip| place(clip, row)).collect();
    known.iter().enumerate().map(|row| (Some(row.1.labels.clone()), of_row(row))).collect()
}

fn is_like(a: &Rendition<'_>, b: &Rendition<'_>) -> bool {
    a.labels.language == b.labels.language
        && a.labels.roles == b.labels.roles
        && a.is_forced() == b.is_forced()
}
