//! Programmes: presentations that play one after the other.
//!
//! In DASH each is a period. In HLS, playlists of the programme go through all of them: one for each row, which
//! is a rendition of every clip. Pictures are matched by their rank among those of their clip, sound and
//! captions by language and purpose.

use std::fmt::Write;

use isobmff::Timescale;

use crate::manifest::decimal::micros_up;
use crate::presentation::{Presentation, Rendition};
use crate::route::{RenditionId, TrackKind, TrackName, Version};
use crate::set::SetProgramme;

/// What plays one after the other.
#[derive(Debug)]
pub struct Programme<'a> {
    /// The clips; at least one.
    pub clips: Vec<Clip<'a>>,
    /// What is said beside the media.
    pub said: &'a SetProgramme,
    /// The path of the set, whose folder the pathways of content steering have.
    pub asset: String,
    rows: Vec<Row>,
}

/// A clip of a programme.
#[derive(Debug)]
pub struct Clip<'a> {
    /// What it offers.
    pub presentation: Presentation<'a>,
    /// What it is a part of: the key of its first source.
    pub asset: String,
}

/// A rendition of every clip that has one: places in the lists of its kind.
#[derive(Debug)]
struct Row {
    id: RenditionId,
    of_clips: Vec<Option<usize>>,
}

impl<'a> Programme<'a> {
    /// Puts the renditions of all clips in rows.
    pub fn new(clips: Vec<Clip<'a>>, said: &'a SetProgramme, asset: &str) -> Self {
        let mut rows = Vec::new();
        for kind in [TrackKind::Video, TrackKind::Audio, TrackKind::Text] {
            let found = match kind {
                TrackKind::Video => rows_of_pictures(&clips),
                TrackKind::Audio | TrackKind::Text => rows_by_purpose(&clips, kind),
            };
            rows.extend((1u32..).zip(found).map(|(number, of_clips)| {
                let id = RenditionId { member: None, name: TrackName { kind, number } };
                Row { id, of_clips }
            }));
        }
        Self { clips, said, asset: asset.to_owned(), rows }
    }

    /// Whether a row has no rendition of some clip.
    pub(crate) fn has_gap(&self) -> bool {
        self.rows.iter().any(|row| row.of_clips.iter().any(Option::is_none))
    }

    /// The version of its playlists.
    pub fn version(&self) -> Version {
        let mut text = format!("{:?}\n", self.said);
        for clip in &self.clips {
            let _ = writeln!(text, "{}", clip.asset);
            for rendition in clip.presentation.renditions() {
                let _ = writeln!(text, "{} {}", rendition.edition(), rendition.track.path());
            }
        }
        Version::of_programme(&text)
    }

    /// `EXT-X-TARGETDURATION` of all its playlists.
    pub fn target_duration_secs(&self) -> u64 {
        self.clips.iter().map(|clip| clip.presentation.target_duration_secs()).max().unwrap_or(1)
    }

    /// When each clip starts, and when the last ends, in microseconds.
    pub(crate) fn starts_micros(&self) -> Vec<u64> {
        let ends = self.clips.iter().scan(0u64, |clock, clip| {
            let (end, scale): (u64, Timescale) = clip.presentation.end();
            *clock = clock.saturating_add(micros_up(end, scale));
            Some(*clock)
        });
        std::iter::once(0).chain(ends).collect()
    }

    /// The rendition of each clip in a row, `None` where it has none; `None` if there is no such row.
    pub(crate) fn row<'p>(&'p self, id: RenditionId) -> Option<Vec<Option<&'p Rendition<'a>>>> {
        let row = self.rows.iter().find(|row| row.id == id)?;
        let of_clip = |(clip, place): (&'p Clip<'a>, &Option<usize>)| {
            place.and_then(|at| of_kind(&clip.presentation, id.name.kind).get(at))
        };
        Some(self.clips.iter().zip(&row.of_clips).map(of_clip).collect())
    }

    /// What a multivariant playlist offers: of each row the rendition with the most bits, in whose playlist all
    /// of the row are. `below`: how many path elements the playlist stands below the set.
    pub(crate) fn offer(&self, below: usize) -> Option<Presentation<'a>> {
        let version = self.version();
        let mut rows = self.rows.iter().filter_map(|row| {
            let all = self.row(row.id)?;
            let most = all.into_iter().flatten().max_by_key(|rendition| rendition.average)?;
            Some(most.clone().listed_in(below, (version, row.id)))
        });
        let (video, rest): (Vec<_>, Vec<_>) =
            rows.by_ref().partition(|rendition| rendition.track.name.kind == TrackKind::Video);
        let (audio, text) = rest.into_iter().partition(|it| it.track.name.kind == TrackKind::Audio);
        let first = &self.clips.first()?.presentation;
        let mut closed_captions = first.closed_captions.clone();
        for captions in self.clips.iter().flat_map(|clip| &clip.presentation.closed_captions) {
            if closed_captions.iter().all(|known| known.channel != captions.channel) {
                closed_captions.push(captions.clone());
            }
        }
        Some(first.with_renditions(video, audio, text, closed_captions))
    }
}

fn of_kind<'p, 'a>(presentation: &'p Presentation<'a>, kind: TrackKind) -> &'p [Rendition<'a>] {
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
fn rows_by_purpose(clips: &[Clip<'_>], kind: TrackKind) -> Vec<Vec<Option<usize>>> {
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
    known.iter().enumerate().map(|row| clips.iter().map(|clip| place(clip, row)).collect()).collect()
}

fn is_like(a: &Rendition<'_>, b: &Rendition<'_>) -> bool {
    a.labels.language == b.labels.language
        && a.labels.roles == b.labels.roles
        && a.is_forced() == b.is_forced()
}
