//! Sources that are named track by track: one entry for each file.

use super::{Labels, SetSource, SetTrack, TrackChoice, limits};
use crate::route::TrackKind;

/// What of a source is named at once.
pub(super) enum Part {
    /// Every track.
    Whole(Labels),
    /// These.
    Tracks(Vec<SetTrack>),
}

/// Sources in the order in which they were named first.
#[derive(Default)]
pub(super) struct Sources {
    entries: Vec<Entry>,
}

struct Entry {
    key: String,
    whole: Option<Labels>,
    tracks: Vec<SetTrack>,
}

impl TrackChoice {
    /// The kind of what is chosen.
    pub fn kind(self) -> TrackKind {
        match self {
            Self::Name(name) => name.kind,
            Self::Nth(kind, _) | Self::Kind(kind) => kind,
        }
    }
}

impl Sources {
    /// Whether all tracks of a file were named at once; `None` if none was named yet.
    pub(super) fn is_whole(&self, key: &str) -> Option<bool> {
        self.entries.iter().find(|entry| entry.key == key).map(|entry| entry.whole.is_some())
    }

    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Takes a part of a file; the reason if it cannot be.
    pub(super) fn add(&mut self, key: String, part: Part) -> Result<(), String> {
        let at = match self.entries.iter().position(|entry| entry.key == key) {
            Some(at) => at,
            None if self.entries.len() == limits::SOURCES => {
                return Err(format!("there are more than {} files", limits::SOURCES));
            }
            None => {
                self.entries.push(Entry { key, whole: None, tracks: Vec::new() });
                self.entries.len() - 1
            }
        };
        self.entries.get_mut(at).map_or(Ok(()), |entry| entry.add(part))
    }

    /// One source for each file.
    pub(super) fn finish(self) -> Vec<SetSource> {
        self.entries.into_iter().map(Entry::finish).collect()
    }
}

impl Entry {
    fn add(&mut self, part: Part) -> Result<(), String> {
        match part {
            Part::Whole(_) if self.whole.is_some() => return Err("the file was named before".to_owned()),
            Part::Whole(labels) => self.whole = Some(labels),
            Part::Tracks(tracks) => {
                for track in tracks {
                    if self.tracks.iter().any(|known| known.choice == track.choice) {
                        return Err("this track of the file was named before".to_owned());
                    }
                    if self.tracks.len() == limits::TRACKS {
                        return Err(format!("there are more than {} tracks of one file", limits::TRACKS));
                    }
                    self.tracks.push(track);
                }
            }
        }
        Ok(())
    }

    /// Tracks that are named alone are no part of the whole any more.
    fn finish(self) -> SetSource {
        let Self { key, whole, tracks } = self;
        match whole {
            Some(labels) if tracks.is_empty() => SetSource { key, tracks: None, labels },
            Some(labels) => {
                let kinds = [TrackKind::Video, TrackKind::Audio, TrackKind::Text];
                let is_free =
                    |kind: &TrackKind| !tracks.iter().any(|track: &SetTrack| track.choice.kind() == *kind);
                let free = kinds.into_iter().filter(is_free);
                let rest =
                    free.map(|kind| SetTrack { choice: TrackChoice::Kind(kind), labels: labels.clone() });
                let mut all: Vec<_> = rest.collect();
                all.extend(tracks);
                SetSource { key, tracks: Some(all), labels: Labels::default() }
            }
            None => SetSource { key, tracks: Some(tracks), labels: Labels::default() },
        }
    }
}
