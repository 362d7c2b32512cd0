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
    if videos.is_empty() {
        return Err(fault("there is no MP4 file in it".to_owned()));
    }
    if videos.len() > limits::SOURCES {
        let count = videos.len();
        return Err(fault(format!(
            "there are {count} MP4 files in it; up to {} are one set",
            limits::SOURCES
        )));
    }
    if captions.len() > limits::CAPTIONS {
        let count = captions.len();
        return Err(fault(format!("there are {count} caption files in it; up to {}", limits::CAPTIONS)));
    }
    let stems: Vec<_> = videos.iter().map(|name| stem(name)).collect();
    let captions = captions
        .into_iter()
        .map(|name| SetCaptions { key: key_of(name), labels: caption_labels(stem(name), &stems) });
    Ok(Set { sources: read_sources(&videos, &stems, key_of), captions: captions.collect(), ..Set::default() })
}

/// The MP4 files: pictures from the largest down, then sound alone.
fn read_sources(videos: &[&str], stems: &[&str], key_of: impl Fn(&str) -> String) -> Vec<SetSource> {
    let title = name::shared_tokens(stems);
    let is_pair = name::is_pair(stems);
    let named =
        videos.iter().map(|file| (Name::of_source(stem(file), title, (is_m4a(file), is_pair)), *file));
    let mut found: Vec<(Name, &str)> = named.collect();
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

fn is_m4a(file: &str) -> bool {
    file.rsplit_once('.').is_some_and(|(_, ending)| ending.eq_ignore_ascii_case("m4a"))
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

/// What the name of a caption file says of it, beside MP4 files with these names.
pub(super) fn caption_labels(stem: &str, sources: &[&str]) -> Labels {
    let name = Name::of_captions(stem, sources);
    let is_forced = name.is_forced.then_some(true);
    Labels { language: name.language, roles: name.roles, is_forced, ..Labels::default() }
}

/// A file's name without its folder and its ending.
pub(super) fn stem(path: &str) -> &str {
    let file = path.rsplit_once('/').map_or(path, |(_, file)| file);
    file.rsplit_once('.').map_or(file, |(stem, _)| stem)
}
