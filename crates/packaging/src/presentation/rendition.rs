//! A track as a presentation offers it, and the addresses of its children.

use std::borrow::Cow;
use std::num::NonZeroU32;

use super::{Home, Member};
use crate::date::Date;
use crate::route::{
    Child, Edition, Muxed, Playlist, PlaylistForm, ProgrammeList, RenditionId, Target, TrackKind, Version,
    Window,
};
use crate::set::{Labels, Role, SetTrack, TrackChoice};
use crate::smooth::SmoothName;
use crate::{PackagedTrack, Segment};

/// Longest target duration that playlists' names can say: more than a day.
pub(crate) const MAX_TARGET_SECS: u64 = 99_999;

/// A track as a presentation offers it.
#[derive(Debug, Clone)]
pub struct Rendition<'a> {
    /// The track.
    pub track: &'a PackagedTrack,
    /// What the owner says of it, or else the file.
    pub labels: Labels,
    /// Its name among all of the presentation, for machines.
    pub id: String,
    /// Its name for viewers; unique among those of one group.
    pub name: String,
    /// Which of the members it is of.
    pub member: usize,
    pub(super) home: Home,
    /// All its bytes over all its time, in bits per second.
    pub(crate) average: u64,
    /// Its place among the pictures, where the operator chose an order.
    pub(crate) place: Option<usize>,
    /// The rate at which it never runs dry, in bits per second, whatever else is offered.
    pub(crate) sustained: u64,
    /// How Smooth Streaming names it.
    pub(crate) smooth: SmoothName,
    /// Whether its source is a file of captions, which has no end of its own.
    pub(super) is_file: bool,
    /// Whether its source has pictures: the files of a ladder often carry the same beside theirs.
    pub(super) has_pictures: bool,
    /// `EXT-X-TARGETDURATION` of its own source.
    pub(super) own_target_secs: u64,
    /// The part of it that is offered; `None`: all.
    pub(super) window: Option<Window>,
    /// The date of the presentation's time 0, which its playlists say.
    pub(super) date: Option<Date>,
    /// The row of a programme that it stands for.
    pub(super) programme: Option<ProgrammeRow>,
}

/// A row of a programme, as a manifest names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ProgrammeRow {
    /// How many path elements the manifest stands below the set.
    pub(super) below: usize,
    pub(super) version: Version,
    pub(super) row: RenditionId,
}

impl Rendition<'_> {
    /// Its segments in this presentation.
    pub fn segments(&self) -> Cow<'_, [Segment]> {
        let all = self.track.segments_until(self.home.edition.end_millis);
        let Some(window) = self.window else { return all };
        let within = window.of(&all, self.track.timescale);
        match all {
            Cow::Borrowed(all) => Cow::Borrowed(all.get(within).unwrap_or_default()),
            Cow::Owned(all) => Cow::Owned(all.get(within).unwrap_or_default().to_vec()),
        }
    }

    /// Which edition of its source it is of.
    pub fn edition(&self) -> Edition {
        self.home.edition
    }

    pub(super) fn target_duration_secs(&self) -> u64 {
        self.track.target_duration_secs_until(self.home.edition.end_millis)
    }

    /// Path of one of its children, relative to the manifest.
    pub fn url(&self, child: Child) -> String {
        format!("{}{}", self.home.path, Target::Child(self.home.edition, self.track.path(), child))
    }

    /// The target duration as a name says it: nothing where it is that of the source alone.
    fn named_target(&self, target_secs: u64) -> Option<NonZeroU32> {
        let own = self.own_target_secs.max(self.target_duration_secs());
        let other = Some(target_secs).filter(|&target| target != own && target <= MAX_TARGET_SECS);
        other.and_then(|target| u32::try_from(target).ok()).and_then(NonZeroU32::new)
    }

    /// Path of the media playlist of these pictures with this sound of the same source in one stream.
    pub(crate) fn muxed_url(&self, sound: &Self, target_secs: u64) -> String {
        if let Some((pictures, sound)) = self.programme.as_ref().zip(sound.programme.as_ref()) {
            return pictures.url(ProgrammeList::Muxed([pictures.row, sound.row]));
        }
        let playlist = Playlist {
            target_secs: self.named_target(target_secs),
            window: self.window,
            date: self.date,
            ..Playlist::default()
        };
        let tracks = [self.track.path(), sound.track.path()];
        let target = Target::Muxed(self.home.edition, tracks, Muxed::Playlist(playlist));
        format!("{}{target}", self.home.path)
    }

    /// Path that all its children's begin with, relative to the manifest.
    pub(crate) fn base_url(&self) -> String {
        format!("{}{}/{}/", self.home.path, self.home.edition, self.track.path())
    }

    /// Path of its media playlist, as one of several with this target duration. That of the source alone is
    /// named as if it were alone: both are one object in caches.
    pub(crate) fn playlist_url(&self, target_secs: u64, form: PlaylistForm) -> String {
        if let Some(programme) = &self.programme {
            return programme.url(match form {
                PlaylistForm::Ts => ProgrammeList::Ts(programme.row),
                _ => ProgrammeList::Row(programme.row),
            });
        }
        let target_secs = self.named_target(target_secs);
        self.url(Child::Playlist(Playlist { form, target_secs, window: self.window, date: self.date }))
    }

    /// Whether its owner, or else its maker, says this of it.
    pub fn has_role(&self, role: Role) -> bool {
        self.labels.roles.contains(&role)
    }

    /// Whether it is shown to viewers who chose no captions.
    pub fn is_forced(&self) -> bool {
        self.labels.is_forced.unwrap_or_else(|| self.has_role(Role::ForcedSubtitle))
    }
}

/// The tracks of a member that are used.
pub(super) fn of_member<'a>(member: &Member<'a>, (number, prefix): (usize, &str)) -> Vec<Rendition<'a>> {
    let has_pictures = member.asset.video().next().is_some();
    let rendition = |track: &'a PackagedTrack, said: &Labels| {
        // A language said of a file is that of its sound and text.
        let is_video = track.name.kind == TrackKind::Video;
        let said = if is_video { said.clone() } else { said.or(&member.labels) };
        let rates = track.bit_rates(track.target_duration_secs());
        Rendition {
            track,
            labels: said.or(&track.labels),
            id: format!("{prefix}{}", track.name),
            name: String::new(),
            member: number,
            home: member.home.clone(),
            average: rates.average,
            sustained: rates.sustained,
            smooth: SmoothName::default(),
            place: None,
            is_file: !has_pictures && member.asset.audio().next().is_none(),
            has_pictures,
            own_target_secs: member.asset.target_duration_secs(),
            window: None,
            date: None,
            programme: None,
        }
    };
    let tracks = &member.asset.tracks;
    let Some(chosen) = &member.chosen else {
        return tracks.iter().map(|track| rendition(track, &Labels::default())).collect();
    };
    // A track may be chosen twice, by its name and by its kind. It is there once, where it is first chosen,
    // and what is said of it alone counts.
    let mut out: Vec<Rendition<'a>> = Vec::new();
    for SetTrack { choice, labels } in chosen {
        for track in chosen_tracks(tracks, *choice) {
            let alone = chosen.iter().find(|other| {
                !matches!(other.choice, TrackChoice::Kind(_))
                    && chosen_tracks(tracks, other.choice).iter().any(|found| found.name == track.name)
            });
            if out.iter().all(|other| other.track.name != track.name) {
                out.push(rendition(track, alone.map_or(labels, |alone| &alone.labels)));
            }
        }
    }
    out
}

fn chosen_tracks(tracks: &[PackagedTrack], choice: TrackChoice) -> Vec<&PackagedTrack> {
    let of_kind = |kind: TrackKind| tracks.iter().filter(move |track| track.name.kind == kind);
    match choice {
        TrackChoice::Name(name) => tracks.iter().filter(|track| track.name == name).collect(),
        TrackChoice::Kind(kind) => of_kind(kind).collect(),
        TrackChoice::Nth(kind, place) => {
            let before = usize::try_from(place).unwrap_or(usize::MAX).saturating_sub(1);
            of_kind(kind).skip(before).take(1).collect()
        }
    }
}
