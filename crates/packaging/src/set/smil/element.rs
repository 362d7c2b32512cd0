//! What a media element of SMIL says, in the words of its three dialects.

use crate::route::TrackKind;
use crate::set::error::shown;
use crate::set::{Labels, Role, limits, tag};

/// `video`, `audio` or `textstream`. Names of attributes and parameters are compared without case and
/// hyphens: `system-language` is `systemLanguage`.
pub(super) struct Element {
    pub(super) kind: TrackKind,
    /// Its first byte in the text.
    pub(super) offset: usize,
    pub(super) attributes: Vec<(String, String)>,
    /// Its children `param`.
    pub(super) params: Vec<(String, String)>,
}

/// What is wrong with an element: which attribute or parameter, and why.
pub(super) struct Fault {
    pub(super) field: String,
    pub(super) reason: String,
}

/// One of the sound tracks that MediaPackage's lists name in order.
pub(super) struct AudioTrack {
    pub(super) labels: Labels,
    pub(super) is_included: bool,
}

/// Attributes that make a part of a file of it, or another time.
const TIMING: [&str; 7] = ["clipBegin", "clipEnd", "begin", "end", "dur", "repeatCount", "repeatDur"];
const LANGUAGE: [&str; 3] = ["systemLanguage", "language", "cupertinoTag.LANGUAGE"];
const LABEL: [&str; 4] = ["audioName", "subtitleName", "textDisplayName", "cupertinoTag.NAME"];
const DEFAULT: [&str; 2] = ["subtitleDefault", "cupertinoTag.DEFAULT"];
const FORCED: [&str; 2] = ["subtitleForced", "cupertinoTag.FORCED"];

impl Element {
    pub(super) fn fault(&self, name: &str, reason: String) -> Fault {
        let element = match self.kind {
            TrackKind::Video => "video",
            TrackKind::Audio => "audio",
            TrackKind::Text => "textstream",
        };
        Fault { field: format!("<{element} {name}>"), reason }
    }

    /// The attribute that names the file, and the path without Wowza's prefix.
    pub(super) fn path(&self) -> Result<(&'static str, &str), Fault> {
        let path = ["src", "name"].into_iter().find_map(|name| Some((name, self.attribute(name)?)));
        let (name, path) = path.ok_or_else(|| self.fault("src", "the attribute is missing".to_owned()))?;
        let path = path.trim();
        let is_prefixed = path.get(..4).is_some_and(|prefix| prefix.eq_ignore_ascii_case("mp4:"));
        let path = if is_prefixed { path.get(4..).unwrap_or_default() } else { path };
        if path.is_empty() {
            return Err(self.fault(name, "the path is empty".to_owned()));
        }
        Ok((name, path))
    }

    /// Refuses what is not a whole file from its start.
    pub(super) fn check_whole(&self) -> Result<(), Fault> {
        match TIMING.into_iter().find(|name| self.attribute(name).is_some_and(|value| !value.is_empty())) {
            Some(name) => Err(self.fault(name, "files are played whole and from their start".to_owned())),
            None => Ok(()),
        }
    }

    /// `track_ID`, if the element names one.
    pub(super) fn track_id(&self) -> Result<Option<u32>, Fault> {
        let Some(value) = self.said("trackID") else { return Ok(None) };
        match value.parse() {
            Ok(number) if number > 0 => Ok(Some(number)),
            _ => Err(self.fault("trackID", format!("{} is no number of a track", shown(value)))),
        }
    }

    /// Whether something is said to be so; false if nothing is said.
    pub(super) fn flag(&self, name: &'static str) -> Result<bool, Fault> {
        Ok(self.boolean(&[name])?.unwrap_or(false))
    }

    /// What is said of the track, or of all tracks, that the element names.
    pub(super) fn labels(&self) -> Result<Labels, Fault> {
        let language = self.first_said(&LANGUAGE).map(|(name, value)| self.language(name, value));
        // The title of a rendition of the pictures is no name of its sound.
        let title = || if self.kind == TrackKind::Video { None } else { self.first_said(&["title"]) };
        let label = self.first_said(&LABEL).or_else(title).map(|(name, value)| self.label(name, value));
        Ok(Labels {
            language: language.transpose()?.flatten(),
            label: label.transpose()?,
            ..self.other_labels()?
        })
    }

    /// The sound tracks of the file, if the element lists them: languages, names, and whether each is used.
    pub(super) fn audio_tracks(&self) -> Result<Vec<AudioTrack>, Fault> {
        let list = |names: &[&'static str]| -> Vec<(&'static str, &str)> {
            let said = self.first_said(names);
            said.map_or_else(Vec::new, |(name, value)| {
                value.split(',').map(|item| (name, item.trim())).take(limits::TRACKS).collect()
            })
        };
        let languages = list(&LANGUAGE);
        let labels = list(&LABEL);
        let included = list(&["includeAudio"]);
        let count = languages.len().max(labels.len()).max(included.len());
        (0..count)
            .map(|index| {
                let language = languages.get(index).filter(|(_, value)| !value.is_empty());
                let label = labels.get(index).filter(|(_, value)| !value.is_empty());
                // One word counts for all tracks; a list that ends early leaves the others in.
                let word = if included.len() == 1 { included.first() } else { included.get(index) };
                let is_included = word.map(|(name, value)| self.parse_boolean(name, value)).transpose()?;
                Ok(AudioTrack {
                    labels: Labels {
                        language: language.map(|(n, v)| self.language(n, v)).transpose()?.flatten(),
                        label: label.map(|(n, v)| self.label(n, v)).transpose()?,
                        ..self.other_labels()?
                    },
                    is_included: is_included.unwrap_or(true),
                })
            })
            .collect()
    }

    /// What is said beside language and name.
    fn other_labels(&self) -> Result<Labels, Fault> {
        let mut roles = Vec::new();
        // As Azure Media Services and Unified Origin have it.
        if self.said("accessibility").is_some_and(|value| value.eq_ignore_ascii_case("description")) {
            roles.push(Role::Description);
        }
        if let Some(word) = self.said("role") {
            let role = Role::parse(&word.to_ascii_lowercase()).ok_or_else(|| {
                self.fault("role", format!("{} is no role; roles are {}", shown(word), Role::words()))
            })?;
            if !roles.contains(&role) {
                roles.push(role);
            }
        }
        let is_default = self.boolean(&DEFAULT)?;
        let is_forced = self.boolean(&FORCED)?;
        Ok(Labels { roles, is_default, is_forced, ..Labels::default() })
    }

    /// A tag, which SMIL also writes with three letters or an underscore; `None` if it names no language.
    fn language(&self, name: &str, value: &str) -> Result<Option<String>, Fault> {
        let tag = tag::canonical(&value.replace('_', "-"));
        let tag = tag.ok_or_else(|| self.fault(name, format!("{} is no language code", shown(value))))?;
        Ok(Some(tag).filter(|tag| tag != "und"))
    }

    fn label(&self, name: &str, value: &str) -> Result<String, Fault> {
        let is_name = !value.chars().any(char::is_control) && value.chars().count() <= limits::LABEL_CHARS;
        let max = limits::LABEL_CHARS;
        is_name.then(|| value.to_owned()).ok_or_else(|| {
            self.fault(name, format!("{} is no name of 1 to {max} characters on one line", shown(value)))
        })
    }

    fn boolean(&self, names: &[&'static str]) -> Result<Option<bool>, Fault> {
        self.first_said(names).map(|(name, value)| self.parse_boolean(name, value)).transpose()
    }

    fn parse_boolean(&self, name: &str, value: &str) -> Result<bool, Fault> {
        match value.to_ascii_lowercase().as_str() {
            "true" | "yes" | "1" => Ok(true),
            "false" | "no" | "0" => Ok(false),
            _ => Err(self.fault(name, format!("{} is found where true or false belongs", shown(value)))),
        }
    }

    /// The first of these names that says anything.
    fn first_said(&self, names: &[&'static str]) -> Option<(&'static str, &str)> {
        names.iter().find_map(|name| Some((*name, self.said(name)?)))
    }

    /// What an attribute, or else a parameter, says; `None` if nothing.
    fn said(&self, name: &str) -> Option<&str> {
        let param = || self.params.iter().find(|(known, _)| is_same(known, name));
        let value = self.attribute(name).or_else(|| param().map(|(_, value)| value.as_str()));
        value.map(str::trim).filter(|value| !value.is_empty())
    }

    fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(known, _)| is_same(known, name)).map(|(_, value)| value.as_str())
    }
}

fn is_same(name: &str, other: &str) -> bool {
    let plain = |name: &str| name.replace('-', "").to_ascii_lowercase();
    plain(name) == plain(other)
}
