//! Tracks as nginx-vod-module names them: by kind and place, not by `track_ID`.

use std::num::NonZeroU32;

use isobmff::Language;

use super::super::TrackKind;
use super::super::parse::{parse_count, parse_number};
use crate::{Asset, PackagedTrack, language};

/// Most tracks that a path may name.
const MAX_CHOICES: usize = 64;

/// Which tracks a path wants; empty: it does not say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selection {
    /// The tracks; empty: all.
    pub choices: Vec<Choice>,
    /// Languages of sound, as in the path; empty: all.
    pub languages: Vec<String>,
}

/// Tracks of one kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Choice {
    /// Which file of a list, from 1; `None`: any.
    pub file: Option<NonZeroU32>,
    /// Pictures or sound.
    pub kind: TrackKind,
    /// Place among the tracks of its kind, from 1; `None`: all.
    pub number: Option<NonZeroU32>,
}

impl Selection {
    /// `text`: empty, or parts with a hyphen in front of each. `None` if it is no selection.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut out = Self::default();
        if text.is_empty() {
            return Some(out);
        }
        let mut file = None;
        for part in text.strip_prefix('-')?.split('-') {
            let kind = part.get(..1)?;
            let value = part.get(1..)?;
            match kind {
                "f" => file = Some(parse_count(value)?),
                "v" => out.choices.push(choice(file, TrackKind::Video, value)?),
                "a" => out.choices.push(choice(file, TrackKind::Audio, value)?),
                "l" if is_language(value) => out.languages.push(value.to_owned()),
                _ => return None,
            }
        }
        // A file alone means all that is in it.
        if let Some(file) = file.filter(|_| out.choices.is_empty()) {
            let all = |kind| Choice { file: Some(file), kind, number: None };
            out.choices.extend([TrackKind::Video, TrackKind::Audio].map(all));
        }
        (out.choices.len() <= MAX_CHOICES && out.languages.len() <= MAX_CHOICES).then_some(out)
    }

    /// What both want; `None` if that is nothing, where an empty selection is everything.
    pub(super) fn and(self, other: &Self) -> Option<Self> {
        let languages = |one: &String, other: &String| (one == other).then(|| one.clone());
        Some(Self {
            choices: both(self.choices, &other.choices, |one, other| one.and(*other))?,
            languages: both(self.languages, &other.languages, languages)?,
        })
    }

    /// Whether the path does not say which tracks.
    pub fn is_empty(&self) -> bool {
        self.choices.is_empty() && self.languages.is_empty()
    }

    /// The tracks of the file with this number, from 0, that are wanted.
    pub fn of<'a>(&self, file: usize, asset: &'a Asset) -> Vec<&'a PackagedTrack> {
        let kinds = [TrackKind::Video, TrackKind::Audio];
        let of_kind = |kind: TrackKind| asset.tracks.iter().filter(move |track| track.name.kind == kind);
        let placed = kinds.into_iter().flat_map(|kind| (0..).zip(of_kind(kind)));
        let wanted = placed.filter(|(place, track)| {
            let is_chosen = |choice: &Choice| choice.takes(file, track.name.kind, *place);
            let is_spoken = track.name.kind != TrackKind::Audio || self.takes_language(track);
            (self.choices.is_empty() || self.choices.iter().any(is_chosen)) && is_spoken
        });
        wanted.map(|(_, track)| track).collect()
    }

    /// The first picture and the first sound of those that are wanted, of the first file that has any: what
    /// nginx-vod puts into one stream.
    pub fn stream<'a>(
        &self,
        files: impl Iterator<Item = &'a Asset>,
    ) -> Option<(usize, [Option<&'a PackagedTrack>; 2])> {
        files.enumerate().find_map(|(file, asset)| {
            let tracks = self.of(file, asset);
            let first = |kind| tracks.iter().find(|track| track.name.kind == kind).copied();
            let found = [first(TrackKind::Video), first(TrackKind::Audio)];
            found.iter().any(Option::is_some).then_some((file, found))
        })
    }

    fn takes_language(&self, track: &PackagedTrack) -> bool {
        let primary = track.language().and_then(|tag| tag.split('-').next());
        let same = |wanted: &String| match wanted.as_bytes().first_chunk::<3>() {
            Some(letters) => language::tag(&Language::Iso(*letters)).as_deref() == primary,
            None => Some(wanted.as_str()) == primary,
        };
        self.languages.is_empty() || self.languages.iter().any(same)
    }
}

/// What is in both lists, of which an empty one holds everything; `None` if nothing is.
fn both<T: Clone + PartialEq>(
    own: Vec<T>,
    others: &[T],
    and: impl Fn(&T, &T) -> Option<T>,
) -> Option<Vec<T>> {
    if own.is_empty() || others.is_empty() {
        return Some(if own.is_empty() { others.to_vec() } else { own });
    }
    let mut found = Vec::new();
    for one in own.iter().flat_map(|one| others.iter().filter_map(|other| and(one, other))) {
        if !found.contains(&one) {
            found.push(one);
        }
    }
    Some(found).filter(|found| !found.is_empty())
}

impl Choice {
    fn takes(self, file: usize, kind: TrackKind, place: u32) -> bool {
        let is_file = self.file.is_none_or(|wanted| usize::try_from(wanted.get()) == Ok(file + 1));
        is_file && kind == self.kind && self.number.is_none_or(|number| number.get() == place + 1)
    }

    fn and(self, other: Self) -> Option<Self> {
        let both = |a: Option<NonZeroU32>, b: Option<NonZeroU32>| match (a, b) {
            (Some(a), Some(b)) if a != b => Err(()),
            (a, b) => Ok(a.or(b)),
        };
        let file = both(self.file, other.file).ok()?;
        let number = both(self.number, other.number).ok()?;
        (self.kind == other.kind).then_some(Self { file, kind: self.kind, number })
    }
}

/// Tracks of a kind by their place, from 1; 0 stands for all.
fn choice(file: Option<NonZeroU32>, kind: TrackKind, place: &str) -> Option<Choice> {
    let number = Some(place).filter(|place| !place.is_empty()).and_then(parse_number)?;
    let number = NonZeroU32::new(u32::try_from(number).ok()?);
    Some(Choice { file, kind, number })
}

fn is_language(text: &str) -> bool {
    (2..=3).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_lowercase())
}
