//! A clip of a sequence of nginx-vod-module's mapping.

use super::super::programme::read_whole_millis;
use super::super::tree::{Fault, Node, Value};
use super::Known;
use crate::route::{Reach, TrackKind};
use crate::set::error::shown;
use crate::set::key::{self, Kind};
use crate::set::sources::{Part, Sources};
use crate::set::{Labels, SetTrack, TrackChoice, limits};

const CLIP: Known = Known {
    read: &["type", "path", "tracks", "clipFrom", "clipTo", "sourceType"],
    passed: &["id", "firstKeyFrameOffset", "keyFrameDurations"],
};

/// A clip of the type `source`: a file and the tracks that are used of it.
pub(super) struct Clip<'n, 'a> {
    pub(super) path: &'n Node<'a>,
    pub(super) key: String,
    tracks: Option<Vec<TrackChoice>>,
    from_millis: u32,
    to_millis: Option<u32>,
}

impl<'n, 'a> Clip<'n, 'a> {
    /// `duration_millis`: how long the set says that it lasts.
    pub(super) fn read(node: &'n Node<'a>, duration_millis: Option<u32>) -> Result<Self, Fault> {
        check_type(node)?;
        let fields = CLIP.of(node)?;
        let from_millis = fields.map("clipFrom", read_whole_millis)?.unwrap_or(0);
        let end = duration_millis.map(|duration| from_millis.saturating_add(duration));
        let to_millis = fields.map("clipTo", |node| match read_whole_millis(node)? {
            to if to <= from_millis => Err(node.fault("the clip ends before it begins".to_owned())),
            to if end.is_some_and(|end| end != to) => {
                Err(node.fault("the clip's duration says that it ends at another time".to_owned()))
            }
            to => Ok(to),
        })?;
        fields.map("sourceType", |node| match node.text()? {
            "file" => Ok(()),
            other => Err(node.fault(format!("{} is not supported; files are", shown(other)))),
        })?;
        let path = fields.required("path")?;
        let text = path.text()?;
        let kind = if Kind::Captions.is(text) { Kind::Captions } else { Kind::Source };
        let key = key::file("", text, kind).map_err(|reason| path.fault(reason))?;
        let tracks = fields.map("tracks", read_tracks)?;
        Ok(Self { path, key, tracks, from_millis, to_millis: to_millis.or(end) })
    }

    /// The part of the file that is played.
    pub(super) fn reach(&self) -> Reach {
        Reach { from_millis: Some(self.from_millis).filter(|&from| from > 0), to_millis: self.to_millis }
    }

    pub(super) fn add_to(self, sources: &mut Sources, labels: Labels) -> Result<(), Fault> {
        let Self { path, key, tracks, .. } = self;
        if sources.is_whole(&key).is_some_and(|is_whole| is_whole || tracks.is_none()) {
            return Err(path.fault("another sequence has all tracks of the same file".to_owned()));
        }
        let part = match tracks {
            None => Part::Whole(labels),
            Some(choices) => Part::Tracks(
                choices.into_iter().map(|choice| SetTrack { choice, labels: labels.clone() }).collect(),
            ),
        };
        sources.add(key, part).map_err(|reason| path.fault(reason))
    }
}

/// Only files are clips; whatever filters or joins them is refused by its name.
fn check_type(clip: &Node<'_>) -> Result<(), Fault> {
    let Value::Object(members) = &clip.value else { return Err(clip.unexpected("an object")) };
    match members.iter().find(|member| member.name == "type").map(|member| &member.node) {
        None => Ok(()),
        Some(node) => match node.text()? {
            "source" => Ok(()),
            other => Err(node.fault(format!("clips of the type {} are not supported", shown(other)))),
        },
    }
}

/// Tracks such as `v1-a1`: a kind and a place within it from 1; all of a kind without a place.
fn read_tracks(node: &Node<'_>) -> Result<Vec<TrackChoice>, Fault> {
    let text = node.text()?;
    if text.is_empty() {
        return Ok(vec![TrackChoice::Nth(TrackKind::Video, 1), TrackChoice::Nth(TrackKind::Audio, 1)]);
    }
    let mut choices = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let (choice, after) = read_track(rest)
            .ok_or_else(|| node.fault(format!("{} does not name tracks as in \"v1-a1\"", shown(text))))?;
        if !choices.contains(&choice) {
            choices.push(choice);
        }
        rest = after.strip_prefix('-').unwrap_or(after);
    }
    if choices.len() > limits::TRACKS {
        return Err(node.fault(format!("there are more than {} tracks", limits::TRACKS)));
    }
    Ok(choices)
}

fn read_track(text: &str) -> Option<(TrackChoice, &str)> {
    let (letter, rest) = text.split_at_checked(1)?;
    let kind = match letter {
        "v" => TrackKind::Video,
        "a" => TrackKind::Audio,
        _ => return None,
    };
    let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    let (digits, rest) = rest.split_at_checked(end)?;
    let choice = match digits {
        "" | "0" => TrackChoice::Kind(kind),
        _ => TrackChoice::Nth(kind, digits.parse().ok().filter(|place| *place > 0)?),
    };
    Some((choice, rest))
}
