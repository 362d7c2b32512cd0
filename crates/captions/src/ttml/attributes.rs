//! What an element says of itself.

use quick_xml::XmlVersion;
use quick_xml::events::BytesStart;
use quick_xml::events::attributes::Attribute;
use quick_xml::reader::NsReader;

use crate::spans::language_tag;

use super::length::{self, Canvas};
use super::paragraph::Space;
use super::style::Properties;
use super::time::{RateParameters, Rates};
use super::vocabulary::{Family, family};

/// The attributes of an element that mean something here.
#[derive(Debug, Default)]
pub(super) struct Attributes {
    pub(super) id: Option<String>,
    /// Names of styles, separated by spaces.
    pub(super) style: String,
    pub(super) region: Option<String>,
    pub(super) begin: Option<String>,
    pub(super) end: Option<String>,
    pub(super) dur: Option<String>,
    /// `timeContainer="seq"`.
    pub(super) sequential: bool,
    /// `xml:lang`; empty for "not known".
    pub(super) language: Option<String>,
    /// `xml:space`.
    pub(super) space: Option<Space>,
    /// `ttm:agent`.
    pub(super) agent: Option<String>,
    /// `smpte:backgroundImage` is there.
    pub(super) image: bool,
    /// The `tts:` attributes.
    pub(super) own: Properties,
}

/// The parameters of a document.
#[derive(Debug)]
pub(super) struct Parameters {
    pub(super) canvas: Canvas,
    pub(super) rates: Rates,
}

/// Attributes of one element; more are not read.
const MAX_ATTRIBUTES: usize = 128;

/// XML 1.0: the differences of 1.1 concern line ends alone.
pub(super) const XML: XmlVersion = XmlVersion::Explicit1_0;

impl Attributes {
    /// Reads an element's attributes.
    pub(super) fn read(
        reader: &NsReader<&[u8]>,
        element: &BytesStart<'_>,
        canvas: &Canvas,
    ) -> Result<Self, quick_xml::Error> {
        let mut attributes = Self::default();
        for_each(reader, element, |family, name, value| attributes.take(family, name, value, canvas))?;
        Ok(attributes)
    }

    fn take(&mut self, family: Family, name: &str, value: &str, canvas: &Canvas) {
        let given = || Some(value.trim().to_owned());
        match (family, name) {
            (Family::Xml, "id") => self.id = given(),
            (Family::Content, "id") => self.id = self.id.take().or_else(given),
            (Family::Content, "style") => value.clone_into(&mut self.style),
            (Family::Content, "region") => self.region = given(),
            (Family::Content, "begin") => self.begin = given(),
            (Family::Content, "end") => self.end = given(),
            (Family::Content, "dur") => self.dur = given(),
            (Family::Content, "timeContainer") => self.sequential = value.trim() == "seq",
            (Family::Xml, "lang") => self.language = Some(read_language(value)),
            (Family::Xml, "space") => self.space = Some(read_space(value)),
            (Family::Metadata, "agent") => self.agent = given(),
            (Family::Smpte, "backgroundImage") => self.image = true,
            (Family::Styling, property) => self.own.set(property, value, canvas),
            _ => {}
        }
    }
}

impl Parameters {
    /// Reads the root element's parameters.
    pub(super) fn read(reader: &NsReader<&[u8]>, root: &BytesStart<'_>) -> Result<Self, quick_xml::Error> {
        let mut canvas = Canvas::default();
        let mut rates = RateParameters::default();
        for_each(reader, root, |family, name, value| {
            let given = || Some(value.to_owned());
            match (family, name) {
                (Family::Styling, "extent") => canvas.pixels = length::pixels(value),
                (Family::Parameter, "cellResolution") => {
                    canvas.cells = length::cells(value).unwrap_or(canvas.cells);
                }
                (Family::Parameter, "frameRate") => rates.frame_rate = given(),
                (Family::Parameter, "frameRateMultiplier") => rates.multiplier = given(),
                (Family::Parameter, "subFrameRate") => rates.sub_frame_rate = given(),
                (Family::Parameter, "tickRate") => rates.tick_rate = given(),
                (Family::Parameter, "timeBase") => rates.time_base = given(),
                (Family::Parameter, "dropMode") => rates.drop_mode = given(),
                _ => {}
            }
        })?;
        Ok(Self { canvas, rates: Rates::new(&rates) })
    }
}

impl Default for Parameters {
    fn default() -> Self {
        Self { canvas: Canvas::default(), rates: Rates::new(&RateParameters::default()) }
    }
}

/// Empty if it is no tag; an underscore, as locales of programs have it, is a hyphen.
fn read_language(value: &str) -> String {
    language_tag(&value.replace('_', "-")).unwrap_or_default().to_owned()
}

fn read_space(value: &str) -> Space {
    if value.trim() == "preserve" { Space::Preserve } else { Space::Collapse }
}

/// Calls with family, local name and value of each attribute. Duplicates are not looked for: that would take
/// quadratic time.
fn for_each(
    reader: &NsReader<&[u8]>,
    element: &BytesStart<'_>,
    mut take: impl FnMut(Family, &str, &str),
) -> Result<(), quick_xml::Error> {
    for attribute in element.attributes().with_checks(false).take(MAX_ATTRIBUTES) {
        let attribute: Attribute<'_> = attribute?;
        let value = attribute.normalized_value(XML)?;
        let (resolved, local) = reader.resolver().resolve_attribute(attribute.key);
        take(family(&resolved), local.into_inner(), &value);
    }
    Ok(())
}
