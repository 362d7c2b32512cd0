//! Mapping JSON of nginx-vod-module (its README, "Mapping reference"), as far as it describes one
//! presentation of whole files. What would change the media is refused and not passed over.

use std::num::NonZeroU32;

use super::fields::Fields;
use super::presentation::{read_channel_name, read_label, read_language};
use super::tree::{Fault, Node, Value};
use crate::route::TrackKind;
use crate::set::error::shown;
use crate::set::key::{self, Kind};
use crate::set::sources::{Part, Sources};
use crate::set::{ClosedCaptions, Labels, Set, SetCaptions, SetTrack, TrackChoice, limits};

/// Most sequences that nginx-vod-module takes.
const SEQUENCES: usize = 32;
/// Segments have the same bounds as in other sets, in milliseconds.
const SEGMENT_MILLIS: std::ops::RangeInclusive<u32> = 500..=60_000;

/// Fields of the set that are read, and those that make no difference to whole files: they name, or tell how
/// clips follow each other, or what this packager finds out by itself.
const SET: Known = Known {
    read: &["sequences", "segmentDuration", "closedCaptions", "playlistType"],
    passed: &["id", "discontinuity", "consistentSequenceMediaInfo", "referenceClipIndex", "cache"],
};
const SEQUENCE: Known = Known {
    read: &["clips", "language", "label", "default"],
    passed: &["id", "bitrate", "avg_bitrate", "firstKeyFrameOffset", "keyFrameDurations"],
};
const CLIP: Known = Known {
    read: &["type", "path", "tracks", "clipFrom", "sourceType"],
    passed: &["id", "firstKeyFrameOffset", "keyFrameDurations"],
};
const CLOSED_CAPTIONS: [&str; 3] = ["id", "label", "language"];

struct Known {
    read: &'static [&'static str],
    passed: &'static [&'static str],
}

pub(super) fn read(root: &Node<'_>) -> Result<Set, Fault> {
    let fields = SET.of(root)?;
    fields.map("playlistType", |node| match node.text()? {
        "vod" => Ok(()),
        other => Err(node.fault(format!("{} is not packaged; only \"vod\" is", shown(other)))),
    })?;
    let (sources, captions) = read_sequences(fields.required("sequences")?)?;
    Ok(Set {
        sources: sources.finish(),
        captions,
        closed_captions: fields.map("closedCaptions", read_closed_captions)?.unwrap_or_default(),
        segment_millis: fields.map("segmentDuration", read_segment_duration)?,
        ..Set::default()
    })
}

impl Known {
    fn of<'n, 'a>(&self, node: &'n Node<'a>) -> Result<Fields<'n, 'a>, Fault> {
        if let Value::Object(members) = &node.value {
            let is_known = |name: &str| self.read.iter().chain(self.passed).any(|known| *known == name);
            if let Some(member) = members.iter().find(|member| !is_known(&member.name)) {
                let reason = "this field of nginx-vod-module mappings is not supported".to_owned();
                return Err(Fault { offset: member.offset, reason });
            }
        }
        let all: Vec<_> = self.read.iter().chain(self.passed).copied().collect();
        Fields::of(node, &all)
    }
}

fn read_sequences(list: &Node<'_>) -> Result<(Sources, Vec<SetCaptions>), Fault> {
    let mut sources = Sources::default();
    let mut captions: Vec<SetCaptions> = Vec::new();
    for node in list.list(SEQUENCES)? {
        let fields = SEQUENCE.of(node)?;
        let labels = Labels {
            language: fields.map("language", read_language)?.filter(|tag| tag != "und"),
            label: fields.map("label", read_label)?,
            is_default: fields.map("default", Node::boolean)?,
            ..Labels::default()
        };
        let clips = fields.required("clips")?;
        let [clip] = clips.list(limits::NODES)? else {
            return Err(clips.fault("a sequence of one clip is expected, which is a whole file".to_owned()));
        };
        let clip = Clip::read(clip)?;
        if Kind::Captions.is(&clip.key) {
            if captions.iter().any(|known| known.key == clip.key) {
                return Err(clip.path.fault("the file was named before".to_owned()));
            }
            captions.push(SetCaptions { key: clip.key, labels });
        } else {
            clip.add_to(&mut sources, labels)?;
        }
    }
    if sources.is_empty() {
        return Err(list.fault("there is no source".to_owned()));
    }
    Ok((sources, captions))
}

/// A clip of the type `source`: a file and the tracks that are used of it.
struct Clip<'n, 'a> {
    path: &'n Node<'a>,
    key: String,
    tracks: Option<Vec<TrackChoice>>,
}

impl<'n, 'a> Clip<'n, 'a> {
    fn read(node: &'n Node<'a>) -> Result<Self, Fault> {
        check_type(node)?;
        let fields = CLIP.of(node)?;
        fields.map("clipFrom", |node| match node.number()? {
            "0" => Ok(()),
            _ => Err(node.fault("files are played from their start".to_owned())),
        })?;
        fields.map("sourceType", |node| match node.text()? {
            "file" => Ok(()),
            other => Err(node.fault(format!("{} is not supported; files are", shown(other)))),
        })?;
        let path = fields.required("path")?;
        let text = path.text()?;
        let kind = if Kind::Captions.is(text) { Kind::Captions } else { Kind::Source };
        let key = key::file("", text, kind).map_err(|reason| path.fault(reason))?;
        Ok(Self { path, key, tracks: fields.map("tracks", read_tracks)? })
    }

    fn add_to(self, sources: &mut Sources, labels: Labels) -> Result<(), Fault> {
        let Self { path, key, tracks } = self;
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

fn read_closed_captions(list: &Node<'_>) -> Result<Vec<ClosedCaptions>, Fault> {
    let mut all = Vec::new();
    for node in list.list(limits::CAPTIONS)? {
        let fields = Fields::of(node, &CLOSED_CAPTIONS)?;
        let channel = read_channel_name(fields.required("id")?, &all)?;
        let labels = Labels {
            language: fields.map("language", read_language)?.filter(|tag| tag != "und"),
            label: fields.map("label", read_label)?,
            ..Labels::default()
        };
        all.push(ClosedCaptions { channel, labels });
    }
    Ok(all)
}

fn read_segment_duration(node: &Node<'_>) -> Result<NonZeroU32, Fault> {
    let millis = node.number()?.parse::<NonZeroU32>().ok();
    let millis = millis.filter(|millis| SEGMENT_MILLIS.contains(&millis.get()));
    millis.ok_or_else(|| node.unexpected("a number of milliseconds from 500 to 60000"))
}
