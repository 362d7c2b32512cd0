//! Elements of the manifest.

use std::io;

use quick_xml::Writer;
use quick_xml::events::{BytesEnd, BytesStart, BytesText, Event};

pub(in crate::manifest) type Xml = Writer<Vec<u8>>;

pub(in crate::manifest) fn text_element(xml: &mut Xml, name: &str, text: &str) -> io::Result<()> {
    element(xml, name, &[], |xml| xml.write_event(Event::Text(BytesText::new(text))))
}

pub(in crate::manifest) fn descriptor(
    xml: &mut Xml,
    name: &str,
    scheme: &str,
    value: &str,
) -> io::Result<()> {
    let mut tag = BytesStart::new(name);
    tag.push_attribute(("schemeIdUri", scheme));
    tag.push_attribute(("value", value));
    xml.write_event(Event::Empty(tag))
}

pub(in crate::manifest) fn element(
    xml: &mut Xml,
    name: &str,
    attributes: &[(&'static str, String)],
    fill: impl FnOnce(&mut Xml) -> io::Result<()>,
) -> io::Result<()> {
    let mut tag = BytesStart::new(name);
    for (key, value) in attributes {
        tag.push_attribute((*key, value.as_str()));
    }
    xml.write_event(Event::Start(tag))?;
    fill(xml)?;
    xml.write_event(Event::End(BytesEnd::new(name)))
}

pub(in crate::manifest) fn ratio((horizontal, vertical): (u64, u64)) -> String {
    format!("{horizontal}:{vertical}")
}
