//! Programmes: presentations that play one after the other.
//!
//! In DASH each is a period. In HLS, playlists of the programme go through all of them: one for each row, which
//! is a rendition of every clip. Pictures are matched by their rank among those of their clip, sound and
//! captions by language and purpose. What manifests leave out are rows.

mod rows;

use std::collections::BTreeSet;
use std::fmt::Write;

use isobmff::Timescale;

use self::rows::{KINDS, of_kind};
use crate::Error;
use crate::manifest::decimal::micros_up;
use crate::manifest::hls;
use crate::presentation::{Presentation, Rendition};
use crate::route::{RenditionId, TrackKind, Version};
use crate::selection::{Selection, StreamOrder};
use crate::set::{Labels, SetProgramme};

/// What plays one after the other.
#[derive(Debug)]
pub struct Programme<'a> {
    /// The clips; at least one.
    pub clips: Vec<Clip<'a>>,
    /// What is said beside the media.
    pub said: &'a SetProgramme,
    /// The path that a manifest's references are seen from, which the pathways of content steering have too.
    pub place: String,
    rows: Vec<Row>,
    order: Option<StreamOrder>,
    has_audio_only_variant: bool,
    is_filtered: bool,
    /// These are of all that is offered without options and filters, because playlists know of none.
    whole: Whole,
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
    /// What sound and captions are said to be, also where another stands in for them; of pictures, what their own
    /// rendition says.
    labels: Option<Labels>,
    of_clips: Vec<Option<usize>>,
}

/// What all manifests and playlists of a programme say alike.
#[derive(Debug)]
struct Whole {
    version: Version,
    target_secs: u64,
    starts_micros: Vec<u64>,
}

impl<'a> Programme<'a> {
    /// Puts the renditions of all clips in rows. The selection's bounds are those of the rendition with the most
    /// bits of each row; an error if it leaves no pictures where there are some.
    pub fn new(
        mut clips: Vec<Clip<'a>>,
        said: &'a SetProgramme,
        place: String,
        selection: Selection,
    ) -> Result<Self, Error> {
        let order = selection.stream_order;
        for (clip, order) in clips.iter_mut().zip(order.iter().cycle()) {
            order.put(&mut clip.presentation.video);
            clip.presentation.follow_pictures();
        }
        let rows = rows::of(&clips);
        let whole = Whole { version: Version(0), target_secs: 1, starts_micros: Vec::new() };
        let has_audio_only_variant = selection.audio_only_variant.unwrap_or(false);
        let mut made =
            Self { clips, said, place, rows, order, has_audio_only_variant, is_filtered: false, whole };
        made.narrow(|offer| selection.apply(offer))?;
        made.whole = Whole::of(&made);
        Ok(made)
    }

    /// Leaves out the rows that are left out of a presentation of all of them. Playlists of the others stay as they
    /// are.
    pub fn narrow<E>(
        &mut self,
        choose: impl FnOnce(&mut Presentation<'a>) -> Result<(), E>,
    ) -> Result<(), E> {
        let Some(mut offer) = self.offer(0) else { return Ok(()) };
        choose(&mut offer)?;
        self.is_filtered = offer.is_filtered;
        let ids: BTreeSet<_> = offer.renditions().map(|rendition| rendition.id.clone()).collect();
        let kept: BTreeSet<_> =
            self.rows.iter().map(|row| row.id).filter(|id| ids.contains(&id.to_string())).collect();
        self.keep(&kept);
        Ok(())
    }

    /// Leaves out the rows that MPEG-TS cannot carry in some clip. An error with the reasons if pictures and sound are
    /// all left out.
    pub fn narrow_to_ts(&mut self) -> Result<(), Error> {
        let is_carried = |rendition: &Rendition<'_>| {
            rendition.track.name.kind == TrackKind::Text || rendition.track.transport_codec().is_ok()
        };
        let is_kept =
            |row: &&Row| self.row(row.id).is_some_and(|row| row.into_iter().flatten().all(is_carried));
        let kept: BTreeSet<_> = self.rows.iter().filter(is_kept).map(|row| row.id).collect();
        if kept.iter().all(|id| id.name.kind == TrackKind::Text) {
            return Err(Error::NoTransport(self.not_in_ts().join("; ")));
        }
        self.keep(&kept);
        Ok(())
    }

    /// Pictures and sound that MPEG-TS and packed audio cannot carry, with the reasons, for people.
    pub fn not_in_ts(&self) -> Vec<String> {
        let reasons = self.clips.iter().flat_map(|clip| {
            let of_clip = hls::not_in_ts(&clip.presentation).into_iter();
            of_clip.map(|reason| format!("{}: {reason}", clip.asset))
        });
        let mut reasons: Vec<_> = reasons.collect();
        reasons.dedup();
        reasons
    }

    fn keep(&mut self, kept: &BTreeSet<RenditionId>) {
        let before = self.rows.len();
        self.rows.retain(|row| kept.contains(&row.id));
        if self.rows.len() == before {
            return;
        }
        for (number, clip) in self.clips.iter_mut().enumerate() {
            for kind in KINDS {
                let of_kind = self.rows.iter_mut().filter(|row| row.id.name.kind == kind);
                let places: Vec<_> =
                    of_kind.filter_map(|row| row.of_clips.get_mut(number)?.as_mut()).collect();
                let used: BTreeSet<usize> = places.iter().map(|place| **place).collect();
                clip.retain(kind, &used);
                for place in places {
                    *place = used.range(..*place).count();
                }
            }
            clip.presentation.follow_pictures();
        }
    }

    /// Whether a row has no rendition of some clip.
    pub(crate) fn has_gap(&self) -> bool {
        self.rows.iter().any(|row| row.of_clips.iter().any(Option::is_none))
    }

    /// The version of its playlists.
    pub fn version(&self) -> Version {
        self.whole.version
    }

    /// `EXT-X-TARGETDURATION` of all its playlists.
    pub fn target_duration_secs(&self) -> u64 {
        self.whole.target_secs
    }

    /// When each clip starts, and when the last ends, in microseconds.
    pub(crate) fn starts_micros(&self) -> &[u64] {
        &self.whole.starts_micros
    }

    /// The rendition of each clip in a row, `None` where it has none; `None` if there is no such row.
    pub(crate) fn row<'p>(&'p self, id: RenditionId) -> Option<Vec<Option<&'p Rendition<'a>>>> {
        let row = self.rows.iter().find(|row| row.id == id)?;
        let of_clip = |(clip, place): (&'p Clip<'a>, &Option<usize>)| {
            place.and_then(|at| of_kind(&clip.presentation, id.name.kind).get(at))
        };
        Some(self.clips.iter().zip(&row.of_clips).map(of_clip).collect())
    }

    /// The rows of a kind.
    pub(crate) fn rows_of(&self, kind: TrackKind) -> impl Iterator<Item = RenditionId> {
        self.rows.iter().map(|row| row.id).filter(move |id| id.name.kind == kind)
    }

    /// What a multivariant playlist offers: of each row the rendition with the most bits, in whose playlist all
    /// of the row are. `below`: how many path elements the playlist stands below the set.
    pub(crate) fn offer(&self, below: usize) -> Option<Presentation<'a>> {
        let version = self.version();
        let mut rows = self.rows.iter().filter_map(|row| {
            let all = self.row(row.id)?;
            let most = all.into_iter().flatten().max_by_key(|rendition| rendition.average)?;
            let mut listed = most.clone().listed_in(below, (version, row.id));
            listed.labels = row.labels.clone().unwrap_or(listed.labels);
            Some(listed)
        });
        let (mut video, rest): (Vec<_>, Vec<_>) =
            rows.by_ref().partition(|rendition| rendition.track.name.kind == TrackKind::Video);
        if let Some(order) = self.order {
            order.put(&mut video);
        }
        let (audio, text) = rest.into_iter().partition(|it| it.track.name.kind == TrackKind::Audio);
        let first = &self.clips.first()?.presentation;
        let mut closed_captions = first.closed_captions.clone();
        for captions in self.clips.iter().flat_map(|clip| &clip.presentation.closed_captions) {
            if closed_captions.iter().all(|known| known.channel != captions.channel) {
                closed_captions.push(captions.clone());
            }
        }
        let offer = first.with_renditions(video, audio, text, closed_captions);
        let has_audio_only_variant = self.has_audio_only_variant;
        Some(Presentation { is_filtered: self.is_filtered, has_audio_only_variant, ..offer })
    }
}

impl Whole {
    fn of(programme: &Programme<'_>) -> Self {
        let mut text = format!("{:?}\n", programme.said);
        for clip in &programme.clips {
            let _ = writeln!(text, "{}", clip.asset);
            for rendition in clip.presentation.renditions() {
                let _ = writeln!(text, "{} {}", rendition.edition(), rendition.track.path());
            }
        }
        for row in &programme.rows {
            let _ = writeln!(text, "{} {:?}", row.id, row.of_clips);
        }
        let presentations = || programme.clips.iter().map(|clip| &clip.presentation);
        let ends = presentations().scan(0u64, |clock, presentation| {
            let (end, scale): (u64, Timescale) = presentation.end();
            *clock = clock.saturating_add(micros_up(end, scale));
            Some(*clock)
        });
        Self {
            version: Version::of_programme(&text),
            target_secs: presentations().map(Presentation::target_duration_secs).max().unwrap_or(1),
            starts_micros: std::iter::once(0).chain(ends).collect(),
        }
    }
}

impl Clip<'_> {
    /// Leaves only the renditions at these places among those of a kind.
    fn retain(&mut self, kind: TrackKind, places: &BTreeSet<usize>) {
        let list = match kind {
            TrackKind::Video => &mut self.presentation.video,
            TrackKind::Audio => &mut self.presentation.audio,
            TrackKind::Text => &mut self.presentation.text,
        };
        let mut place = 0;
        list.retain(|_| {
            place += 1;
            places.contains(&(place - 1))
        });
    }
}
