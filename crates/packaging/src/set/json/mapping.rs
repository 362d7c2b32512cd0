//! Mapping JSON of nginx-vod-module (its README, "Mapping reference"), as far as it describes files, or clips of files
//! one after the other. What would change the media otherwise is refused and not passed over.

mod clip;

use std::num::NonZeroU32;

use self::clip::Clip;
use super::fields::Fields;
use super::presentation::{read_channel_name, read_label, read_language};
use super::programme::read_whole_millis;
use super::tree::{Fault, Node, Value};
use crate::route::Reach;
use crate::set::error::shown;
use crate::set::key::Kind;
use crate::set::sources::Sources;
use crate::set::{ClosedCaptions, Labels, Set, SetCaptions, SetClip, SetProgramme, limits};

/// Most sequences that nginx-vod-module takes.
const SEQUENCES: usize = 32;
/// Segments have the same bounds as in other sets, in milliseconds.
const SEGMENT_MILLIS: std::ops::RangeInclusive<u32> = 500..=60_000;

/// Fields of the set that are read, and those that make no difference: they name, or tell what this packager finds out
/// by itself. Clips are always discontinuities, also where `discontinuity` says that they need not be.
const SET: Known = Known {
    read: &["sequences", "durations", "segmentDuration", "closedCaptions", "playlistType"],
    passed: &["id", "discontinuity", "consistentSequenceMediaInfo", "referenceClipIndex", "cache"],
};
const SEQUENCE: Known = Known {
    read: &["clips", "language", "label", "default"],
    passed: &["id", "bitrate", "avg_bitrate", "firstKeyFrameOffset", "keyFrameDurations"],
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
    let durations = fields.map("durations", read_durations)?;
    let mut parts = read_sequences(fields.required("sequences")?, durations.as_deref())?;
    let set = Set { segment_millis: fields.map("segmentDuration", read_segment_duration)?, ..Set::default() };
    let closed_captions = fields.map("closedCaptions", read_closed_captions)?.unwrap_or_default();
    if let [whole] = parts.as_mut_slice()
        && whole.reach == Some(Reach::default())
    {
        let Parts { sources, captions, .. } = std::mem::take(whole);
        return Ok(Set { sources: sources.finish(), captions, closed_captions, ..set });
    }
    let clips = parts.into_iter().map(|part| part.into_clip(&closed_captions)).collect();
    Ok(Set { programme: Some(Box::new(SetProgramme { clips, ..SetProgramme::default() })), ..set })
}

/// What all sequences have at one place: files that play side by side.
#[derive(Default)]
struct Parts {
    sources: Sources,
    captions: Vec<SetCaptions>,
    /// Which part of them; `None`: no sequence has been read yet.
    reach: Option<Reach>,
}

impl Parts {
    fn into_clip(self, closed_captions: &[ClosedCaptions]) -> SetClip {
        let Self { sources, captions, reach } = self;
        let closed_captions = closed_captions.to_vec();
        let set = Set { sources: sources.finish(), captions, closed_captions, ..Set::default() };
        SetClip { set, reach: reach.unwrap_or_default() }
    }

    fn add(&mut self, clip: Clip<'_, '_>, labels: Labels) -> Result<(), Fault> {
        let reach = clip.reach();
        if self.reach.is_some_and(|other| other != reach) {
            return Err(clip.path.fault("another sequence has another part of its file here".to_owned()));
        }
        self.reach = Some(reach);
        if !Kind::Captions.is(&clip.key) {
            return clip.add_to(&mut self.sources, labels);
        }
        if self.captions.iter().any(|known| known.key == clip.key) {
            return Err(clip.path.fault("the file was named before".to_owned()));
        }
        self.captions.push(SetCaptions { key: clip.key, labels });
        Ok(())
    }
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

fn read_sequences(list: &Node<'_>, durations: Option<&[u32]>) -> Result<Vec<Parts>, Fault> {
    let mut parts: Vec<Parts> = Vec::new();
    for (number, node) in list.list(SEQUENCES)?.iter().enumerate() {
        let fields = SEQUENCE.of(node)?;
        let labels = Labels {
            language: fields.map("language", read_language)?.filter(|tag| tag != "und"),
            label: fields.map("label", read_label)?,
            is_default: fields.map("default", Node::boolean)?,
            ..Labels::default()
        };
        let clips = fields.required("clips")?;
        let nodes = clips.list(limits::CLIPS)?;
        let count = if number > 0 { parts.len() } else { durations.map_or(nodes.len().max(1), <[_]>::len) };
        if nodes.len() != count {
            let whose = if durations.is_some() { "durations" } else { "the first sequence" };
            let reason = match (number, durations) {
                (0, None) => "there is no clip".to_owned(),
                _ => format!("it has {} clips where {whose} has {count}", nodes.len()),
            };
            return Err(clips.fault(reason));
        }
        parts.resize_with(count, Parts::default);
        for (at, (node, part)) in nodes.iter().zip(&mut parts).enumerate() {
            let duration = durations.and_then(|durations| durations.get(at)).copied();
            part.add(Clip::read(node, duration)?, labels.clone())?;
        }
    }
    if parts.is_empty() || parts.iter().any(|part| part.sources.is_empty()) {
        return Err(list.fault("there is no source".to_owned()));
    }
    let files: usize = parts.iter().map(|part| part.sources.len() + part.captions.len()).sum();
    if parts.len() > 1 && files > limits::CLIP_SOURCES {
        return Err(list.fault(format!("the clips have more than {} files", limits::CLIP_SOURCES)));
    }
    Ok(parts)
}

/// How long the clips are, in milliseconds.
fn read_durations(list: &Node<'_>) -> Result<Vec<u32>, Fault> {
    let nodes = list.list(limits::CLIPS)?;
    if nodes.is_empty() {
        return Err(list.fault("there is no clip".to_owned()));
    }
    let duration = |node| match read_whole_millis(node)? {
        0 => Err(node.fault("a clip lasts longer than nothing".to_owned())),
        millis => Ok(millis),
    };
    nodes.iter().map(duration).collect()
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
