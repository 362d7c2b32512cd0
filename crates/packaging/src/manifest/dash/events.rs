//! Cues as events of a period (ISO/IEC 23009-1 §5.10).

use std::io;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use quick_xml::events::{BytesText, Event};

use super::xml::{Xml, element};
use crate::set::Cue;

/// Messages of SCTE 35 in base64 within XML (ANSI/SCTE 214-1 §6.7.4).
const SPLICES: &str = "urn:scte:scte35:2014:xml+bin";
const SCTE35: &str = "http://www.scte.org/schemas/35/2016";

/// The cues that begin in a period from `start` to `end`, in microseconds: those with messages of SCTE 35, and
/// those whose class is a URI, which names the scheme. Times count from the period's start.
pub(super) fn write_events(xml: &mut Xml, cues: &[Cue], (start, end): (u64, u64)) -> io::Result<()> {
    let micros = |cue: &Cue| cue.start_millis.saturating_mul(1000);
    let inside = (1u32..).zip(cues).filter(|(_, cue)| (start..end).contains(&micros(cue)));
    let inside: Vec<_> = inside.filter_map(|(number, cue)| Some((number, cue, scheme(cue)?))).collect();
    let mut schemes: Vec<_> = inside.iter().map(|(_, _, scheme)| *scheme).collect();
    schemes.sort_unstable();
    schemes.dedup();
    for scheme in schemes {
        let attributes = [("schemeIdUri", scheme.to_owned()), ("timescale", "1000".to_owned())];
        element(xml, "EventStream", &attributes, |xml| {
            inside
                .iter()
                .filter(|(_, _, other)| *other == scheme)
                .try_for_each(|(number, cue, _)| write_event(xml, (*number, cue), start / 1000))
        })?;
    }
    Ok(())
}

fn scheme(cue: &Cue) -> Option<&str> {
    match &cue.scte35 {
        Some(_) => Some(SPLICES),
        None => cue.class.as_deref().filter(|class| class.contains(':') && !class.contains(' ')),
    }
}

fn write_event(xml: &mut Xml, (number, cue): (u32, &Cue), start_millis: u64) -> io::Result<()> {
    let mut attributes =
        vec![("presentationTime", cue.start_millis.saturating_sub(start_millis).to_string())];
    attributes.extend(cue.duration_millis.map(|duration| ("duration", duration.to_string())));
    attributes.push(("id", number.to_string()));
    let Some(splice) = &cue.scte35 else {
        let message = |xml: &mut Xml| xml.write_event(Event::Text(BytesText::new(&cue.id)));
        return element(xml, "Event", &attributes, message);
    };
    element(xml, "Event", &attributes, |xml| {
        element(xml, "Signal", &[("xmlns", SCTE35.to_owned())], |xml| {
            element(xml, "Binary", &[], |xml| {
                xml.write_event(Event::Text(BytesText::new(&BASE64_STANDARD.encode(&splice.bytes))))
            })
        })
    })
}
