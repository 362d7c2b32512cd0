//! What a set says of clips, cues and sessions.

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use super::fields::Fields;
use super::presentation::{CLIP, read_captions, read_language, read_sources};
use super::tree::{Fault, Node};
use crate::date::Date;
use crate::route::Reach;
use crate::seconds;
use crate::set::error::shown;
use crate::set::{
    Cue, SessionData, Set, SetClip, SetProgramme, Splice, SpliceKind, StartAt, Steering, limits,
};

pub(super) const CUE: [&str; 8] =
    ["id", "start", "date", "duration", "class", "scte35Out", "scte35In", "scte35Cmd"];
pub(super) const SESSION_DATA: [&str; 3] = ["id", "value", "language"];
pub(super) const START: [&str; 2] = ["offset", "precise"];
pub(super) const DEFINE: [&str; 2] = ["name", "value"];
pub(super) const STEERING: [&str; 3] = ["server", "default", "pathways"];
pub(super) const PATHWAY: [&str; 2] = ["id", "base"];
/// The padding may be missing.
const SPLICE_BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);
/// Latest time that clips and cues name: eleven days, in milliseconds.
const MAX_MILLIS: u64 = 1_000_000_000;

/// What the fields of a set say of it; `None`: nothing.
pub(super) fn read(fields: &Fields<'_, '_>, folder: &str) -> Result<Option<Box<SetProgramme>>, Fault> {
    let date = fields.map("date", read_date)?;
    let programme = SetProgramme {
        clips: fields.map("clips", |list| read_clips(list, folder))?.unwrap_or_default(),
        date,
        cues: fields.map("cues", |list| read_cues(list, date.unwrap_or(Date::EPOCH)))?.unwrap_or_default(),
        session_data: fields.map("sessionData", read_session_data)?.unwrap_or_default(),
        start: fields.map("start", read_start)?,
        defines: fields.map("define", read_defines)?.unwrap_or_default(),
        steering: fields.map("steering", read_steering)?,
    };
    Ok(Some(Box::new(programme)).filter(|programme| **programme != SetProgramme::default()))
}

fn read_clips(list: &Node<'_>, folder: &str) -> Result<Vec<SetClip>, Fault> {
    let mut clips = Vec::new();
    let mut sources = 0;
    for node in list.list(limits::CLIPS)? {
        let fields = Fields::of(node, &CLIP)?;
        let mut set = Set { sources: read_sources(fields.required("sources")?, folder)?, ..Set::default() };
        if let Some(captions) = fields.optional("captions") {
            read_captions(captions, folder, &mut set)?;
        }
        sources += set.sources.len() + set.captions.len();
        if sources > limits::CLIP_SOURCES {
            let max = limits::CLIP_SOURCES;
            return Err(node.fault(format!("the clips so far have more than {max} sources")));
        }
        let bound = |name| fields.map(name, read_whole_millis);
        let reach = Reach { from_millis: bound("clipFrom")?, to_millis: bound("clipTo")? };
        if reach.to_millis.is_some_and(|to| to <= reach.from_millis.unwrap_or(0)) {
            return Err(fields.required("clipTo")?.fault("the clip ends before it begins".to_owned()));
        }
        clips.push(SetClip { set, reach });
    }
    Ok(clips)
}

/// A time of a clip.
pub(super) fn read_whole_millis(node: &Node<'_>) -> Result<u32, Fault> {
    let millis = node.number()?.parse().ok().filter(|&millis: &u32| u64::from(millis) <= MAX_MILLIS);
    millis.ok_or_else(|| node.unexpected("a whole number of milliseconds up to 1000000000"))
}

fn read_date(node: &Node<'_>) -> Result<Date, Fault> {
    let text = node.text()?;
    Date::parse(text)
        .ok_or_else(|| node.fault(format!("{} is no date such as 2024-05-01T12:00:00Z", shown(text))))
}

/// Milliseconds of a number of seconds with up to three decimals.
fn read_seconds(node: &Node<'_>) -> Result<u64, Fault> {
    let millis = seconds::millis(node.number()?).filter(|&millis| millis <= MAX_MILLIS);
    millis.ok_or_else(|| node.unexpected("a number of seconds up to 1000000, with up to three decimals"))
}

fn read_cues(list: &Node<'_>, date: Date) -> Result<Vec<Cue>, Fault> {
    let mut cues: Vec<Cue> = Vec::new();
    for node in list.list(limits::CUES)? {
        let fields = Fields::of(node, &CUE)?;
        let id = fields.required("id")?;
        if cues.iter().any(|cue| id.text().is_ok_and(|text| cue.id == text)) {
            return Err(id.fault("another cue has the same id".to_owned()));
        }
        let start = match (fields.optional("start"), fields.optional("date")) {
            (Some(start), None) => read_seconds(start)?,
            (None, Some(at)) => {
                let millis = read_date(at)?.millis_since(date).filter(|&millis| millis <= MAX_MILLIS);
                millis.ok_or_else(|| at.fault("it lies before the set's date, or long after".to_owned()))?
            }
            _ => return Err(node.fault("a cue has either a start or a date".to_owned())),
        };
        cues.push(Cue {
            id: read_quotable(id)?,
            start_millis: start,
            duration_millis: fields.map("duration", read_seconds)?,
            class: fields.map("class", read_quotable)?,
            scte35: read_splice(&fields)?,
        });
    }
    cues.sort_by_key(|cue| cue.start_millis);
    Ok(cues)
}

fn read_splice(fields: &Fields<'_, '_>) -> Result<Option<Splice>, Fault> {
    let kinds =
        [("scte35Out", SpliceKind::Out), ("scte35In", SpliceKind::In), ("scte35Cmd", SpliceKind::Command)];
    let mut found = None;
    for (name, kind) in kinds {
        let Some(node) = fields.optional(name) else { continue };
        if found.is_some() {
            return Err(node.fault("a cue has one message of SCTE 35".to_owned()));
        }
        let text = node.text()?;
        let bytes = match text.strip_prefix("0x").or(text.strip_prefix("0X")) {
            Some(digits) => from_hex(digits),
            None => SPLICE_BASE64.decode(text).ok(),
        };
        // `table_id` of every `splice_info_section` (ANSI/SCTE 35 §9.6).
        let bytes = bytes.filter(|bytes| bytes.first() == Some(&0xfc) && bytes.len() <= limits::VALUE_BYTES);
        let bytes = bytes.ok_or_else(|| {
            node.fault("it is no splice_info_section in base64, or in hexadecimal behind 0x".to_owned())
        })?;
        found = Some(Splice { kind, bytes });
    }
    Ok(found)
}

fn from_hex(digits: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<_>> = digits.chars().map(|digit| digit.to_digit(16)).collect();
    digits?.chunks(2).map(|pair| u8::try_from(pair.first()? * 16 + pair.get(1)?).ok()).collect()
}

/// What may stand between quotes in a playlist (RFC 8216bis §4.2).
fn read_quotable(node: &Node<'_>) -> Result<String, Fault> {
    let text = node.text()?;
    let is_quotable = !text.is_empty() && !text.chars().any(|c| c.is_control() || c == '"');
    if !is_quotable || text.len() > limits::VALUE_BYTES {
        return Err(node.fault(format!("{} is empty, too long, or has quotes or line breaks", shown(text))));
    }
    Ok(text.to_owned())
}

fn read_session_data(list: &Node<'_>) -> Result<Vec<SessionData>, Fault> {
    let mut all: Vec<SessionData> = Vec::new();
    for node in list.list(limits::CUES)? {
        let fields = Fields::of(node, &SESSION_DATA)?;
        let data = SessionData {
            id: read_quotable(fields.required("id")?)?,
            value: read_quotable(fields.required("value")?)?,
            language: fields.map("language", read_language)?,
        };
        if all.iter().any(|other| other.id == data.id && other.language == data.language) {
            return Err(node.fault("id and language were there before".to_owned()));
        }
        all.push(data);
    }
    Ok(all)
}

fn read_start(node: &Node<'_>) -> Result<StartAt, Fault> {
    let fields = Fields::of(node, &START)?;
    let offset = fields.required("offset")?;
    let number = offset.number()?;
    let (sign, digits) = number.strip_prefix('-').map_or((1, number), |digits| (-1, digits));
    let millis = seconds::millis(digits).filter(|&millis| millis <= MAX_MILLIS);
    let millis = millis
        .and_then(|millis| i64::try_from(millis).ok())
        .ok_or_else(|| offset.unexpected("a number of seconds up to 1000000, with up to three decimals"))?;
    let is_precise = fields.map("precise", Node::boolean)?.unwrap_or(false);
    Ok(StartAt { offset_millis: sign * millis, is_precise })
}

fn read_defines(list: &Node<'_>) -> Result<Vec<(String, String)>, Fault> {
    let mut all: Vec<(String, String)> = Vec::new();
    for node in list.list(limits::TRACKS)? {
        let fields = Fields::of(node, &DEFINE)?;
        let name = fields.required("name")?;
        let text = read_quotable(name)?;
        let is_name = text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
        if !is_name || all.iter().any(|(known, _)| *known == text) {
            return Err(name.fault(format!("{} is no name of a variable, or there twice", shown(&text))));
        }
        all.push((text, read_quotable(fields.required("value")?)?));
    }
    Ok(all)
}

fn read_steering(node: &Node<'_>) -> Result<Steering, Fault> {
    let fields = Fields::of(node, &STEERING)?;
    let mut pathways: Vec<(String, String)> = Vec::new();
    let list = fields.required("pathways")?;
    for node in list.list(8)? {
        let fields = Fields::of(node, &PATHWAY)?;
        let id = fields.required("id")?;
        let text = id.text()?;
        let is_id = text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b));
        if !is_id || text.is_empty() || text.len() > 64 || pathways.iter().any(|(known, _)| known == text) {
            return Err(id.fault(format!("{} is no id of a pathway, or there twice", shown(text))));
        }
        let base = fields.required("base")?;
        let url = read_url(base)?;
        if !url.ends_with('/') {
            return Err(base.fault("it does not end with /".to_owned()));
        }
        pathways.push((text.to_owned(), url));
    }
    let Some((first, _)) = pathways.first() else { return Err(list.fault("there is no pathway".to_owned())) };
    let default = match fields.optional("default") {
        None => first.clone(),
        Some(node) => match pathways.iter().find(|(id, _)| node.text().is_ok_and(|text| text == id)) {
            Some((id, _)) => id.clone(),
            None => return Err(node.fault("it is none of the pathways".to_owned())),
        },
    };
    Ok(Steering { server: read_url(fields.required("server")?)?, default, pathways })
}

fn read_url(node: &Node<'_>) -> Result<String, Fault> {
    let text = read_quotable(node)?;
    let is_url = text.starts_with("https://") || text.starts_with("http://");
    if !is_url || text.contains(char::is_whitespace) {
        return Err(node.fault(format!("{} is no URL with http or https", shown(&text))));
    }
    Ok(text)
}
