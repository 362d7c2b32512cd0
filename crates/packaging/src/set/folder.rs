//! A folder whose MP4 files are one presentation, understood by their names.
//!
//! Names are read from their ends: what says size, rate, codec, language or purpose counts as long as it goes
//! on, and never what belongs to the title that the files share. `docs/sets.md` has the table of habits.

mod name;
#[cfg(test)]
mod tests;
mod words;

use std::cmp::Reverse;

use self::name::Name;
use super::error::{Error, Form, shown};
use super::key::{self, Kind};
use super::{Labels, Set, SetCaptions, SetSource, SetTrack, TrackChoice, limits};
use crate::route::TrackKind;

/// Endings of caption files in a folder, the best first where several hold the same. XML may be anything.
const CAPTION_ENDINGS: [&str; 5] = ["vtt", "ttml", "itt", "dfxp", "srt"];

/// The set that a folder's files are: its key, with or without `/` at its end, and the names of the files
/// that lie directly in it. Files of other kinds, and hidden ones, are passed over.
pub fn read<S: AsRef<str>>(folder: &str, names: &[S]) -> Result<Set, Error> {
    let base = folder.trim_end_matches('/');
    let fault = |reason: String| Error::Name { form: Form::Folder, name: shown(folder), reason };
    let key_of = |name: &str| if base.is_empty() { name.to_owned() } else { format!("{base}/{name}") };
    let mut plain: Vec<&str> = names.iter().map(AsRef::as_ref).collect();
    plain.retain(|name| !name.starts_with('.') && !name.contains('/') && key::is_canonical(&key_of(name)));
    plain.sort_unstable();
    plain.dedup();

    let videos: Vec<&str> = plain.iter().copied().filter(|name| Kind::Source.is(name)).collect();
    let captions = best_captions(&plain);
    check_counts(videos.len(), captions.len()).map_err(fault)?;
    let (texts, media): (Vec<_>, Vec<_>) =
        videos.into_iter().partition(|name| Holds::of(name) == Holds::Text);
    let names = Names::of(&media);
    let captions = captions
        .into_iter()
        .map(|name| SetCaptions { key: key_of(name), labels: names.labels_of_captions(name) })
        .collect();
    let texts = texts.into_iter().map(|name| {
        let choice = TrackChoice::Kind(TrackKind::Text);
        let tracks = vec![SetTrack { choice, labels: names.labels_of_captions(name) }];
        SetSource { key: key_of(name), tracks: Some(tracks), labels: Labels::default() }
    });
    let texts: Vec<_> = texts.collect();
    let sources = [names.into_sources(key_of), texts].concat();
    Ok(Set { sources, captions, ..Set::default() })
}

/// Why so many files are no set.
fn check_counts(videos: usize, captions: usize) -> Result<(), String> {
    if videos == 0 {
        return Err("there is no MP4 file in it".to_owned());
    }
    if videos > limits::SOURCES {
        return Err(format!("there are {videos} MP4 files in it; up to {} are one set", limits::SOURCES));
    }
    if captions > limits::CAPTIONS {
        return Err(format!("there are {captions} caption files in it; up to {}", limits::CAPTIONS));
    }
    Ok(())
}

/// What an MP4 file holds as far as its ending says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Holds {
    /// It may be anything.
    Tracks,
    /// Sound alone.
    Sound,
    /// Captions alone.
    Text,
}

impl Holds {
    fn of(file: &str) -> Self {
        let ending = file.rsplit_once('.').map_or("", |(_, ending)| ending).to_ascii_lowercase();
        match ending.as_str() {
            "m4a" | "isma" | "cmfa" => Self::Sound,
            "ismt" | "cmft" => Self::Text,
            _ => Self::Tracks,
        }
    }
}

/// The MP4 files of pictures and sound that are one presentation, and what their names say.
pub(super) struct Names<'a>(Vec<(Name, &'a str)>);

impl<'a> Names<'a> {
    /// `files`: their names or keys.
    pub(super) fn of(files: &[&'a str]) -> Self {
        let stems: Vec<_> = files.iter().map(|file| stem(file)).collect();
        let title = name::shared_tokens(&stems);
        let is_pair = name::is_pair(&stems);
        let named = files.iter().map(|file| {
            let is_sound = Holds::of(file) == Holds::Sound;
            (Name::of_source(stem(file), title, (is_sound, is_pair)), *file)
        });
        Self(named.collect())
    }

    /// What the name of a file of captions beside them says.
    pub(super) fn labels_of_captions(&self, file: &str) -> Labels {
        let titles = self.0.iter().map(|(name, file)| (stem(file), name.title));
        let name = Name::of_captions(stem(file), titles);
        let is_forced = name.is_forced.then_some(true);
        Labels { language: name.language, roles: name.roles, is_forced, ..Labels::default() }
    }

    /// The sources: pictures from the largest down, then sound alone.
    fn into_sources(self, key_of: impl Fn(&str) -> String) -> Vec<SetSource> {
        let mut found = self.0;
        found.sort_by_key(|(name, file)| (name.is_audio, Reverse(name.rank), *file));
        let sources = found.into_iter().map(|(name, file)| {
            let labels = Labels { language: name.language, roles: name.roles, ..Labels::default() };
            let key = key_of(file);
            if name.is_audio {
                let choice = TrackChoice::Kind(TrackKind::Audio);
                SetSource { key, tracks: Some(vec![SetTrack { choice, labels }]), labels: Labels::default() }
            } else {
                SetSource { key, tracks: None, labels }
            }
        });
        sources.collect()
    }
}

/// Caption files; of those with the same name but for the ending, one.
fn best_captions<'a>(names: &[&'a str]) -> Vec<&'a str> {
    let place = |name: &str| {
        let ending = name.rsplit_once('.')?.1.to_ascii_lowercase();
        CAPTION_ENDINGS.iter().position(|known| *known == ending)
    };
    let mut found: Vec<_> = names.iter().filter_map(|name| Some((stem(name), place(name)?, *name))).collect();
    found.sort_unstable();
    found.dedup_by(|next, first| next.0 == first.0);
    found.into_iter().map(|(_, _, name)| name).collect()
}

/// A file's name without its folder and its ending.
fn stem(path: &str) -> &str {
    let file = path.rsplit_once('/').map_or(path, |(_, file)| file);
    file.rsplit_once('.').map_or(file, |(stem, _)| stem)
}
