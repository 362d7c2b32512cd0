//! The media elements of a SMIL file, with their parameters and places.

use std::borrow::Cow;

use captions::text_encoding;
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::element::Element;
use crate::route::TrackKind;
use crate::set::error::{Error, Form, Place, shown};
use crate::set::limits;

/// Most attributes of an element, and most parameters.
const MAX_ATTRIBUTES: usize = 64;
/// Longest message, in characters: those of the XML reader repeat what they found.
const MAX_REASON_CHARS: usize = 200;
/// Elements of the whole that hold others and say nothing about time.
const HOLDERS: [&str; 3] = ["head", "body", "switch"];

/// The text without a byte order mark: UTF-8, or UTF-16, which has one (XML 1.0 §4.3.3).
pub(super) fn text(bytes: &[u8]) -> Result<Cow<'_, str>, Error> {
    if matches!(bytes, [0xff, 0xfe, ..] | [0xfe, 0xff, ..]) {
        return Ok(text_encoding::decode(bytes));
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(Cow::Borrowed(text.strip_prefix('\u{feff}').unwrap_or(text))),
        Err(error) => {
            let valid = bytes.get(..error.valid_up_to()).unwrap_or_default();
            let valid = std::str::from_utf8(valid).unwrap_or_default();
            Err(syntax(valid, valid.len(), "not UTF-8"))
        }
    }
}

/// The elements `video`, `audio` and `textstream` of a text, in order.
pub(super) fn read(text: &str) -> Result<Vec<Element>, Error> {
    let mut walk = Walk { text, open: Vec::new(), elements: Vec::new(), has_root: false, count: 0 };
    let mut reader = Reader::from_str(text);
    reader.config_mut().expand_empty_elements = true;
    loop {
        let offset = usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX);
        let event = reader.read_event().map_err(|error| {
            let at = usize::try_from(reader.error_position()).unwrap_or(usize::MAX);
            syntax(text, at, &error.to_string())
        })?;
        match event {
            Event::Start(start) => walk.open(&start, offset)?,
            Event::End(_) => walk.open.truncate(walk.open.len().saturating_sub(1)),
            // A name and an address alone declare nothing, and the address is never asked.
            Event::DocType(declaration) if declaration.contains('[') => {
                return Err(syntax(text, offset, "a document type with declarations is not taken"));
            }
            Event::Eof => break,
            Event::Empty(_)
            | Event::Text(_)
            | Event::CData(_)
            | Event::Comment(_)
            | Event::Decl(_)
            | Event::DocType(_)
            | Event::PI(_)
            | Event::GeneralRef(_) => {}
        }
    }
    match (walk.open.last(), walk.has_root) {
        (Some(name), _) => Err(syntax(text, text.len(), &format!("<{name}> is not closed"))),
        (None, false) => Err(syntax(text, text.len(), "there is no <smil>")),
        (None, true) => Ok(walk.elements),
    }
}

struct Walk<'a> {
    text: &'a str,
    /// Names of the elements that are open.
    open: Vec<String>,
    elements: Vec<Element>,
    has_root: bool,
    count: usize,
}

impl<'a> Walk<'a> {
    fn open(&mut self, start: &BytesStart<'a>, offset: usize) -> Result<(), Error> {
        let name = start.local_name().as_ref().to_owned();
        self.count += 1;
        if self.count > limits::NODES {
            return Err(syntax(
                self.text,
                offset,
                &format!("there are more than {} elements", limits::NODES),
            ));
        }
        if self.open.len() >= limits::DEPTH {
            let reason = format!("elements are nested more than {} deep", limits::DEPTH);
            return Err(syntax(self.text, offset, &reason));
        }
        self.place(&name, start, offset)?;
        self.open.push(name);
        Ok(())
    }

    /// What an element is for, by its name and the one that it stands in.
    fn place(&mut self, name: &str, start: &BytesStart<'a>, offset: usize) -> Result<(), Error> {
        let parent = self.open.last().map(String::as_str);
        let kind = match name {
            "video" => Some(TrackKind::Video),
            "audio" => Some(TrackKind::Audio),
            "textstream" => Some(TrackKind::Text),
            _ => None,
        };
        match (parent, kind) {
            _ if self.open.get(1).is_some_and(|second| second == "head") => Ok(()),
            (None, _) if name == "smil" && !self.has_root => {
                self.has_root = true;
                Ok(())
            }
            (None, _) => {
                Err(syntax(self.text, offset, &format!("{} is found where <smil> belongs", shown(name))))
            }
            (Some("body" | "switch"), Some(kind)) => {
                let attributes = attributes(self.text, start, offset)?;
                self.elements.push(Element { kind, offset, attributes, params: Vec::new() });
                Ok(())
            }
            (Some("video" | "audio" | "textstream"), _) if name == "param" => self.param(start, offset),
            (Some("body"), _) if matches!(name, "alias" | "switch") => Ok(()),
            (Some("smil"), _) if HOLDERS.contains(&name) => Ok(()),
            (Some("switch"), _) if name == "alias" => Ok(()),
            (Some(parent), _) => Err(Error::Field {
                form: Form::Smil,
                place: Place::of(self.text, offset),
                field: tag(name),
                reason: format!("the element is not supported in <{parent}>"),
            }),
        }
    }
}

impl Walk<'_> {
    /// A parameter of the last element.
    fn param(&mut self, start: &BytesStart<'_>, offset: usize) -> Result<(), Error> {
        let attributes = attributes(self.text, start, offset)?;
        let value = |wanted: &str| attributes.iter().find(|(name, _)| name == wanted);
        let Some(element) = self.elements.last_mut() else { return Ok(()) };
        if element.params.len() == MAX_ATTRIBUTES {
            let reason = format!("an element has more than {MAX_ATTRIBUTES} parameters");
            return Err(syntax(self.text, offset, &reason));
        }
        if let (Some((_, name)), Some((_, value))) = (value("name"), value("value")) {
            element.params.push((name.clone(), value.clone()));
        }
        Ok(())
    }
}

/// Names and values of the attributes of an element.
fn attributes(text: &str, start: &BytesStart<'_>, offset: usize) -> Result<Vec<(String, String)>, Error> {
    let mut found = Vec::new();
    for attribute in start.attributes() {
        let attribute = attribute.map_err(|error| syntax(text, offset, &error.to_string()))?;
        if found.len() == MAX_ATTRIBUTES {
            let reason = format!("an element has more than {MAX_ATTRIBUTES} attributes");
            return Err(syntax(text, offset, &reason));
        }
        let value = attribute.normalized_value(quick_xml::XmlVersion::Implicit1_0);
        let value = value.map_err(|error| syntax(text, offset, &error.to_string()))?;
        found.push((attribute.key.as_ref().to_owned(), value.into_owned()));
    }
    Ok(found)
}

/// An element in a message.
fn tag(name: &str) -> String {
    let is_plain = name.len() <= 40 && name.bytes().all(|b| b.is_ascii_alphanumeric());
    if is_plain { format!("<{name}>") } else { shown(name) }
}

fn syntax(text: &str, offset: usize, reason: &str) -> Error {
    let plain = |c: char| if c.is_control() { ' ' } else { c };
    let reason = reason.chars().take(MAX_REASON_CHARS).map(plain).collect();
    Error::Syntax { form: Form::Smil, place: Place::of(text, offset), reason }
}
