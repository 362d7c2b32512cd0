//! Documents, element by element.

use std::collections::HashMap;

use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::reader::NsReader;

use crate::collector::Collector;
use crate::limits::{MAX_DEPTH, MAX_NAME_BYTES};
use crate::spans::single_line;
use crate::{Captions, Error};

use super::FORMAT;
use super::attributes::{Attributes, Parameters};
use super::frame::{Frame, Region};
use super::paragraph::{Paragraph, Space};
use super::region;
use super::style::{Properties, StyleTable};
use super::time::NEVER;
use super::vocabulary::Element;

/// Reads a document.
///
/// Timecodes of `ttp:timeBase` `smpte` count frames from the start of the media; `clock` is read as media time. A cue
/// without an end ends at [`OPEN_END`](super::OPEN_END). A paragraph whose parts are shown at different times becomes
/// several cues.
///
/// # Errors
/// [`Error::Invalid`] if it is not well-formed XML, not TTML, has a document type definition or an entity other
/// than the five of XML, or has images and no text; [`Error::Limit`].
pub fn read(text: &str) -> Result<Captions, Error> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text).trim_start();
    let mut reader = NsReader::from_str(text);
    reader.config_mut().expand_empty_elements = true;
    reader.config_mut().allow_dangling_amp = true;
    let mut document = Document::new();
    loop {
        match step(&mut reader, &mut document) {
            Ok(true) => {}
            Ok(false) => return document.finish(),
            Err(Fault::Limit(error)) => return Err(error),
            Err(Fault::Text(reason)) => {
                let position = reader.error_position().max(reader.buffer_position());
                return Err(invalid(line_at(text, position), &reason));
            }
        }
    }
}

/// Why reading ends.
enum Fault {
    Limit(Error),
    Text(String),
}

impl From<quick_xml::Error> for Fault {
    fn from(error: quick_xml::Error) -> Self {
        Self::Text(error.to_string())
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        Self::Limit(error)
    }
}

/// Reads one event; says whether there is more to come.
fn step(reader: &mut NsReader<&[u8]>, document: &mut Document) -> Result<bool, Fault> {
    match reader.read_event()? {
        Event::Start(element) => document.start(reader, &element)?,
        Event::End(_) => {
            document.end()?;
            return Ok(document.frames.len() > 1);
        }
        Event::Text(text) => document.text(&text.xml10_content())?,
        Event::CData(text) => document.text(&text.xml10_content())?,
        Event::GeneralRef(reference) => document.text(&resolve(&reference)?)?,
        Event::DocType(declaration) if declaration.contains('[') => {
            return Err(Fault::Text("document type definitions are not read".to_owned()));
        }
        Event::Eof => return Err(Fault::Text("it ends before its root element does".to_owned())),
        Event::Empty(_) | Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_) => {}
    }
    Ok(true)
}

/// The character that a reference stands for: none but those of XML itself (§4.1, §4.6).
fn resolve(reference: &BytesRef<'_>) -> Result<String, Fault> {
    if let Some(character) = reference.resolve_char_ref()? {
        return Ok(character.to_string());
    }
    let name: &str = reference;
    match quick_xml::escape::resolve_xml_entity(name) {
        Some(text) => Ok(text.to_owned()),
        None => Err(Fault::Text(format!("the entity &{}; is not defined", single_line(name)))),
    }
}

struct Document {
    parameters: Parameters,
    language: Option<String>,
    styles: StyleTable,
    /// `initial` elements: what holds where nothing is specified.
    initial: Properties,
    regions: HashMap<String, Region>,
    region: Option<RegionDefinition>,
    agents: HashMap<String, String>,
    agent: Option<(String, String)>,
    frames: Vec<Frame>,
    paragraph: Option<(Paragraph, Option<String>)>,
    cues: Collector,
    images: bool,
}

/// A region whose element is open.
struct RegionDefinition {
    id: Option<String>,
    own: Properties,
    nested: Properties,
    referenced: Properties,
}

/// Regions and agents of a document; more are not read.
const MAX_DEFINITIONS: usize = 10_000;

impl Document {
    fn new() -> Self {
        Self {
            parameters: Parameters::default(),
            language: None,
            styles: StyleTable::default(),
            initial: Properties::default(),
            regions: HashMap::new(),
            region: None,
            agents: HashMap::new(),
            agent: None,
            frames: vec![Frame::outermost()],
            paragraph: None,
            cues: Collector::new(FORMAT),
            images: false,
        }
    }

    fn finish(self) -> Result<Captions, Error> {
        let captions = self.cues.finish(self.language);
        if captions.cues.is_empty() && self.images {
            return Err(invalid(1, "it shows images, not text"));
        }
        Ok(captions)
    }

    fn start(&mut self, reader: &NsReader<&[u8]>, start: &BytesStart<'_>) -> Result<(), Fault> {
        let Some(parent) = self.frames.last() else { return Ok(()) };
        let (parent, depth) = (parent.clone(), self.frames.len());
        if depth > MAX_DEPTH {
            let limit = u64::try_from(MAX_DEPTH).unwrap_or(u64::MAX);
            return Err(Fault::Limit(Error::Limit {
                format: FORMAT,
                what: "elements within each other",
                limit,
            }));
        }
        let named = Element::of(reader, start.name());
        if depth == 1 {
            return self.start_root(reader, start, named, &parent);
        }
        self.images |= named == Element::Image;
        let element = if named.may_be_in(parent.element) { named } else { Element::Other };
        let attributes = Attributes::read(reader, start, &self.parameters.canvas)?;
        // Styles may refer to later ones: what they come to is found when they are used.
        let is_definition = (element, parent.element) == (Element::Style, Element::Styling);
        let styles = if is_definition { "" } else { &attributes.style };
        let referenced = self.styles.referenced(styles);
        let specified = attributes.own.over(referenced);
        let mut frame = parent.child(element, &attributes, specified, self.parameters.rates);
        match element {
            Element::Style => self.define_style(attributes, specified),
            Element::Initial => self.initial = attributes.own.over(self.initial),
            Element::Region => self.region = Some(RegionDefinition::new(attributes, referenced)),
            Element::Agent => self.agent = attributes.id.map(|id| (id, String::new())),
            Element::Body | Element::Div | Element::P | Element::Span => {
                self.start_content(&mut frame, attributes);
            }
            Element::Br => self.line_break()?,
            _ => {}
        }
        self.frames.push(frame);
        Ok(())
    }

    fn start_root(
        &mut self,
        reader: &NsReader<&[u8]>,
        start: &BytesStart<'_>,
        element: Element,
        around: &Frame,
    ) -> Result<(), Fault> {
        if element != Element::Tt {
            return Err(Fault::Text("its root element is not tt of TTML".to_owned()));
        }
        self.parameters = Parameters::read(reader, start)?;
        let attributes = Attributes::read(reader, start, &self.parameters.canvas)?;
        let root = around.child(element, &attributes, Properties::default(), self.parameters.rates);
        self.language.clone_from(&root.language);
        self.frames.push(root);
        Ok(())
    }

    fn define_style(&mut self, attributes: Attributes, specified: Properties) {
        match (&mut self.region, attributes.id) {
            (Some(region), _) => region.nested = specified.over(region.nested),
            (None, Some(id)) => self.styles.define(id, &attributes.style, attributes.own),
            (None, None) => {}
        }
    }

    fn start_content(&mut self, frame: &mut Frame, attributes: Attributes) {
        self.images |= attributes.image;
        if let Some(region) = attributes.region.as_deref().and_then(|id| self.regions.get(id)) {
            frame.region = Some(*region);
        }
        if let Some(agent) = attributes.agent {
            frame.voice = agent.split_whitespace().find_map(|id| self.agents.get(id)).cloned();
        }
        if frame.element == Element::P {
            self.paragraph = Some((Paragraph::default(), attributes.id));
        }
    }

    fn line_break(&mut self) -> Result<(), Error> {
        self.show("\n", Space::Preserve)
    }

    fn text(&mut self, text: &str) -> Result<(), Error> {
        let Some(frame) = self.frames.last() else { return Ok(()) };
        match frame.element {
            Element::P | Element::Span => {
                let space = frame.space;
                self.show(text, space)
            }
            Element::AgentName => {
                if let Some((_, name)) = self.agent.as_mut().filter(|(_, name)| name.len() < MAX_NAME_BYTES) {
                    name.push_str(text);
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// Puts text into the open paragraph.
    fn show(&mut self, text: &str, space: Space) -> Result<(), Error> {
        let (Some(frame), Some((paragraph, _))) = (self.frames.last_mut(), &mut self.paragraph) else {
            return Ok(());
        };
        let blank = text.trim_matches([' ', '\t', '\n', '\r']).is_empty();
        frame.interval.has_text |= !blank;
        let (region, (opens, closes)) = frame
            .region
            .map_or((Properties::default(), (0, NEVER)), |region| (region.properties, region.times));
        let properties = frame.properties.over(region.inherited()).over(self.initial);
        let times = (frame.interval.begin.max(opens), frame.interval.end.min(closes));
        let untimed = frame.interval.sequential && !blank;
        if untimed
            || frame.suppressed
            || frame.is_ruby_container
            || properties.hidden == Some(true)
            || times.1 <= times.0
        {
            return Ok(());
        }
        let mut style = properties.style(frame.background, frame.ruby);
        style.voice.clone_from(&frame.voice);
        style.language = frame.language.clone().filter(|language| Some(language) != self.language.as_ref());
        paragraph.push(text, style, times, space)
    }

    fn end(&mut self) -> Result<(), Error> {
        let Some(frame) = self.frames.pop() else { return Ok(()) };
        match frame.element {
            Element::P => self.end_paragraph(&frame)?,
            Element::Region => self.end_region((frame.interval.begin, frame.interval.end)),
            Element::Agent => {
                if let Some((id, name)) = self.agent.take().filter(|(_, name)| !name.is_empty())
                    && self.agents.len() < MAX_DEFINITIONS
                {
                    self.agents.insert(id, single_line(&name));
                }
            }
            _ => {}
        }
        if let Some(parent) = self.frames.last_mut() {
            parent.close_child(&frame);
        }
        Ok(())
    }

    fn end_paragraph(&mut self, frame: &Frame) -> Result<(), Error> {
        let Some((paragraph, id)) = self.paragraph.take() else { return Ok(()) };
        let placement = region::placement(frame.region.map(|region| region.properties), frame.properties);
        let id = id.map(|id| single_line(&id)).filter(|id| !id.is_empty() && !id.contains("-->"));
        paragraph.finish(id.as_deref(), placement, &mut self.cues)
    }

    fn end_region(&mut self, times: (u64, u64)) {
        if let Some(region) = self.region.take()
            && let Some(id) = region.id
            && self.regions.len() < MAX_DEFINITIONS
        {
            let properties = region.own.over(region.nested).over(region.referenced);
            self.regions.insert(id, Region { properties, times });
        }
    }
}

impl RegionDefinition {
    fn new(attributes: Attributes, referenced: Properties) -> Self {
        Self { id: attributes.id, own: attributes.own, nested: Properties::default(), referenced }
    }
}

fn invalid(line: u64, reason: &str) -> Error {
    Error::Invalid { format: FORMAT, line, reason: single_line(reason) }
}

fn line_at(text: &str, position: u64) -> u64 {
    let before =
        usize::try_from(position).ok().and_then(|end| text.as_bytes().get(..end)).unwrap_or(text.as_bytes());
    before.iter().fold(1, |lines, &byte| lines + u64::from(byte == b'\n'))
}

#[cfg(test)]
mod tests;
