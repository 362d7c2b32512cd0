//! This packager's own description of a set: `docs/sets.md`, `docs/set.schema.json`.

use std::num::NonZeroU32;

use super::fields::Fields;
use super::tree::{Fault, Node, Value};
use super::{programme, selection};
use crate::policy::Policy;
use crate::route::{TrackKind, TrackName};
use crate::seconds;
use crate::set::error::shown;
use crate::set::key::{self, Kind};
use crate::set::{
    CaptionChannel, CaptionForm, ClosedCaptions, Labels, Role, Set, SetCaptions, SetSource, SetTrack,
    ThumbnailFiles, Thumbnails, TrackChoice, limits, tag,
};

pub(super) const SET: [&str; 17] = [
    "sources",
    "captions",
    "thumbnails",
    "segmentSeconds",
    "hlsCaptions",
    "dashCaptions",
    "minVideoBitsPerSecond",
    "maxVideoBitsPerSecond",
    "streamOrder",
    "audioOnlyVariant",
    "clips",
    "date",
    "cues",
    "sessionData",
    "start",
    "define",
    "steering",
];
/// What a clip of a programme may say.
pub(super) const CLIP: [&str; 4] = ["sources", "captions", "clipFrom", "clipTo"];
pub(super) const SOURCE: [&str; 7] = ["path", "tracks", "language", "label", "roles", "default", "forced"];
pub(super) const TRACK: [&str; 6] = ["track", "language", "label", "roles", "default", "forced"];
pub(super) const CAPTIONS: [&str; 6] = ["path", "language", "label", "roles", "default", "forced"];
pub(super) const CHANNEL: [&str; 5] = ["instream", "language", "label", "roles", "default"];
pub(super) const THUMBNAILS: [&str; 4] = ["path", "columns", "rows", "interval"];
/// Most columns, and most rows, of a sheet of thumbnails.
const MAX_TILES: u32 = 1000;
/// Longest time that a thumbnail stands for, in milliseconds: a day.
const MAX_INTERVAL_MILLIS: u32 = 86_400_000;

/// What a set object under `key` says.
pub(super) fn read(root: &Node<'_>, key: &str) -> Result<Set, Fault> {
    let folder = key::folder_of(key);
    let fields = Fields::of(root, &SET)?;
    let programme = programme::read(&fields, folder)?;
    let sources = match fields.optional("clips") {
        None => read_sources(fields.required("sources")?, folder)?,
        Some(clips) => {
            match ["sources", "captions", "thumbnails"].into_iter().find_map(|it| fields.optional(it)) {
                Some(other) => return Err(other.fault("a set of clips has none of its own".to_owned())),
                None if programme.as_ref().is_none_or(|it| it.clips.is_empty()) => {
                    return Err(clips.fault("there is no clip".to_owned()));
                }
                None => Vec::new(),
            }
        }
    };
    let mut set = Set {
        sources,
        programme,
        thumbnails: fields.map("thumbnails", |node| read_thumbnails(node, folder))?,
        segment_millis: fields.map("segmentSeconds", read_segment_seconds)?,
        hls_captions: fields.map("hlsCaptions", read_hls_form)?,
        dash_captions: fields.map("dashCaptions", read_dash_form)?,
        selection: selection::read(&fields)?,
        ..Set::default()
    };
    if let Some(captions) = fields.optional("captions") {
        read_captions(captions, folder, &mut set)?;
    }
    Ok(set)
}

pub(super) fn read_sources(list: &Node<'_>, folder: &str) -> Result<Vec<SetSource>, Fault> {
    let nodes = list.list(limits::SOURCES)?;
    if nodes.is_empty() {
        return Err(list.fault("there is no source".to_owned()));
    }
    let mut sources: Vec<SetSource> = Vec::new();
    for node in nodes {
        let fields = Fields::of(node, &SOURCE)?;
        let path = fields.required("path")?;
        let key = read_file(path, folder, Kind::Source)?;
        if let Some(index) = sources.iter().position(|source| source.key == key) {
            return Err(path.fault(format!("sources[{index}] is the same file")));
        }
        let tracks = fields.map("tracks", read_tracks)?;
        sources.push(SetSource { key, tracks, labels: read_labels(&fields)? });
    }
    Ok(sources)
}

fn read_tracks(list: &Node<'_>) -> Result<Vec<SetTrack>, Fault> {
    let nodes = list.list(limits::TRACKS)?;
    if nodes.is_empty() {
        return Err(list.fault("there is no track; leave the field out to use all".to_owned()));
    }
    let mut tracks: Vec<SetTrack> = Vec::new();
    for node in nodes {
        let (name, labels) = match &node.value {
            Value::Text(_) => (node, Labels::default()),
            Value::Object(_) => {
                let fields = Fields::of(node, &TRACK)?;
                (fields.required("track")?, read_labels(&fields)?)
            }
            _ => return Err(node.unexpected("a track such as \"a2\", or an object")),
        };
        let choice = read_choice(name)?;
        if let Some(index) = tracks.iter().position(|track| track.choice == choice) {
            return Err(name.fault(format!("tracks[{index}] is the same track")));
        }
        tracks.push(SetTrack { choice, labels });
    }
    Ok(tracks)
}

fn read_choice(node: &Node<'_>) -> Result<TrackChoice, Fault> {
    let text = node.text()?;
    let choice = match text {
        "video" => Some(TrackChoice::Kind(TrackKind::Video)),
        "audio" => Some(TrackChoice::Kind(TrackKind::Audio)),
        "text" => Some(TrackChoice::Kind(TrackKind::Text)),
        _ => track_name(text).map(TrackChoice::Name),
    };
    choice.ok_or_else(|| {
        node.fault(format!("{} is no track; tracks are v1, a2, t3, or video, audio, text", shown(text)))
    })
}

/// A track as URLs name it: a letter and `track_ID`.
fn track_name(text: &str) -> Option<TrackName> {
    let (letter, digits) = text.split_at_checked(1)?;
    let kind = match letter {
        "v" => TrackKind::Video,
        "a" => TrackKind::Audio,
        "t" => TrackKind::Text,
        _ => return None,
    };
    let is_canonical = digits.bytes().all(|b| b.is_ascii_digit()) && !digits.starts_with('0');
    let number = is_canonical.then(|| digits.parse().ok()).flatten()?;
    Some(TrackName { kind, number })
}

pub(super) fn read_captions(list: &Node<'_>, folder: &str, set: &mut Set) -> Result<(), Fault> {
    // Files are one group to players and channels another, each with one default.
    let mut defaults: [Option<usize>; 2] = [None; 2];
    for (index, node) in list.list(limits::CAPTIONS)?.iter().enumerate() {
        let is_channel = node.has_member("instream");
        if is_channel {
            set.closed_captions.push(read_channel(node, &set.closed_captions)?);
        } else {
            set.captions.push(read_caption_file(node, folder, &set.captions)?);
        }
        let Some(default) = chosen_default(node) else { continue };
        let [of_files, of_channels] = &mut defaults;
        let earlier = if is_channel { of_channels } else { of_files };
        if let Some(earlier) = earlier.replace(index) {
            return Err(default.fault(format!("captions[{earlier}] are the default already")));
        }
    }
    Ok(())
}

/// The field that makes captions the default.
fn chosen_default<'n, 'a>(node: &'n Node<'a>) -> Option<&'n Node<'a>> {
    let Value::Object(members) = &node.value else { return None };
    let default = members.iter().find(|member| member.name == "default")?;
    matches!(default.node.value, Value::Boolean(true)).then_some(&default.node)
}

fn read_channel(node: &Node<'_>, known: &[ClosedCaptions]) -> Result<ClosedCaptions, Fault> {
    let fields = Fields::of(node, &CHANNEL)?;
    let channel = read_channel_name(fields.required("instream")?, known)?;
    Ok(ClosedCaptions { channel, labels: read_labels(&fields)? })
}

/// A channel that is not among those known.
pub(super) fn read_channel_name(node: &Node<'_>, known: &[ClosedCaptions]) -> Result<CaptionChannel, Fault> {
    let name = node.text()?;
    let channel = CaptionChannel::parse(name).ok_or_else(|| {
        node.fault(format!("{} is no channel; channels are CC1 to CC4, SERVICE1 to SERVICE63", shown(name)))
    })?;
    if known.iter().any(|known| known.channel == channel) {
        return Err(node.fault(format!("{channel} was named before")));
    }
    Ok(channel)
}

fn read_caption_file(node: &Node<'_>, folder: &str, known: &[SetCaptions]) -> Result<SetCaptions, Fault> {
    let fields = Fields::of(node, &CAPTIONS)?;
    let path = fields.required("path")?;
    let key = read_file(path, folder, Kind::Captions)?;
    if known.iter().any(|known| known.key == key) {
        return Err(path.fault("the file was named before".to_owned()));
    }
    Ok(SetCaptions { key, labels: read_labels(&fields)? })
}

fn read_file(node: &Node<'_>, folder: &str, kind: Kind) -> Result<String, Fault> {
    key::file(folder, node.text()?, kind).map_err(|reason| node.fault(reason))
}

fn read_labels(fields: &Fields<'_, '_>) -> Result<Labels, Fault> {
    Ok(Labels {
        language: fields.map("language", read_language)?.filter(|tag| tag != "und"),
        label: fields.map("label", read_label)?,
        roles: fields.map("roles", read_roles)?.unwrap_or_default(),
        is_default: fields.map("default", Node::boolean)?,
        is_forced: fields.map("forced", Node::boolean)?,
    })
}

pub(super) fn read_language(node: &Node<'_>) -> Result<String, Fault> {
    let text = node.text()?;
    tag::canonical(text).ok_or_else(|| node.fault(format!("{} is no BCP 47 tag", shown(text))))
}

pub(super) fn read_label(node: &Node<'_>) -> Result<String, Fault> {
    let text = node.text()?;
    let is_name = !text.trim().is_empty() && !text.chars().any(char::is_control);
    if !is_name || text.chars().count() > limits::LABEL_CHARS {
        let max = limits::LABEL_CHARS;
        return Err(node.fault(format!("{} is no name of 1 to {max} characters on one line", shown(text))));
    }
    Ok(text.to_owned())
}

fn read_roles(list: &Node<'_>) -> Result<Vec<Role>, Fault> {
    let mut roles = Vec::new();
    for node in list.list(limits::TRACKS)? {
        let word = node.text()?;
        let role = Role::parse(word)
            .ok_or_else(|| node.fault(format!("{} is no role; roles are {}", shown(word), Role::words())))?;
        if roles.contains(&role) {
            return Err(node.fault(format!("the role {word} is there twice")));
        }
        roles.push(role);
    }
    Ok(roles)
}

fn read_thumbnails(node: &Node<'_>, folder: &str) -> Result<Thumbnails, Fault> {
    let fields = Fields::of(node, &THUMBNAILS)?;
    Ok(Thumbnails {
        files: read_thumbnail_files(fields.required("path")?, folder)?,
        columns: fields.map("columns", read_tiles)?.unwrap_or(NonZeroU32::MIN),
        rows: fields.map("rows", read_tiles)?.unwrap_or(NonZeroU32::MIN),
        interval_millis: read_interval(fields.required("interval")?)?,
    })
}

fn read_thumbnail_files(node: &Node<'_>, folder: &str) -> Result<ThumbnailFiles, Fault> {
    if let Value::List(_) = node.value {
        let nodes = node.list(limits::THUMBNAILS)?;
        if nodes.is_empty() {
            return Err(node.fault("there is no file".to_owned()));
        }
        let keys: Result<Vec<_>, _> = nodes.iter().map(|node| read_file(node, folder, Kind::Jpeg)).collect();
        return Ok(ThumbnailFiles::Keys(keys?));
    }
    let Value::Text(path) = &node.value else {
        return Err(node.unexpected("a folder, or a list of JPEG files"));
    };
    if path.ends_with('/') {
        let key = key::resolve(folder, path).map_err(|reason| node.fault(reason))?;
        return Ok(ThumbnailFiles::Folder(key));
    }
    if Kind::Jpeg.is(path) {
        return Ok(ThumbnailFiles::Keys(vec![read_file(node, folder, Kind::Jpeg)?]));
    }
    Err(node.fault(format!("{} is no JPEG file, and no folder, which ends with /", shown(path))))
}

fn read_tiles(node: &Node<'_>) -> Result<NonZeroU32, Fault> {
    let number = node.number()?;
    let tiles = number.parse::<NonZeroU32>().ok().filter(|tiles| tiles.get() <= MAX_TILES);
    tiles.ok_or_else(|| node.unexpected(&format!("a whole number from 1 to {MAX_TILES}")))
}

/// Milliseconds of a number of seconds with up to three decimals.
fn read_interval(node: &Node<'_>) -> Result<NonZeroU32, Fault> {
    let millis = seconds::millis(node.number()?).and_then(|millis| u32::try_from(millis).ok());
    let millis = millis.and_then(NonZeroU32::new).filter(|millis| millis.get() <= MAX_INTERVAL_MILLIS);
    millis
        .ok_or_else(|| node.unexpected("a number of seconds from 0.001 to 86400, with up to three decimals"))
}

fn read_segment_seconds(node: &Node<'_>) -> Result<NonZeroU32, Fault> {
    Policy::parse_seconds(node.number()?)
        .ok_or_else(|| node.unexpected("a number of seconds from 0.5 to 60, with up to three decimals"))
}

fn read_hls_form(node: &Node<'_>) -> Result<CaptionForm, Fault> {
    match node.text()? {
        "webvtt" => Ok(CaptionForm::WebVtt),
        "imsc1" => Ok(CaptionForm::Stpp),
        _ => Err(node.unexpected("\"webvtt\" or \"imsc1\"")),
    }
}

fn read_dash_form(node: &Node<'_>) -> Result<CaptionForm, Fault> {
    match node.text()? {
        "webvtt" => Ok(CaptionForm::WebVtt),
        "wvtt" => Ok(CaptionForm::Wvtt),
        "stpp" => Ok(CaptionForm::Stpp),
        _ => Err(node.unexpected("\"wvtt\", \"stpp\" or \"webvtt\"")),
    }
}
