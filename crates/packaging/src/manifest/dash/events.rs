//! Cues as events of a period (ISO/IEC 23009-1 §5.10).

use std::io;

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
                xml.write_event(Event::Text(BytesText::new(&base64(&splice.bytes))))
            })
        })
    })
}

/// RFC 4648 §4.
fn base64(bytes: &[u8]) -> String {
    const DIGITS: [char; 64] = digits();
    let mut out = String::new();
    for group in bytes.chunks(3) {
        let byte = |at: usize| group.get(at).map_or(0, |&byte| u32::from(byte));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for at in 0..4u32 {
            let digit = usize::try_from(bits >> (18 - 6 * at) & 63).unwrap_or(0);
            let is_padding = usize::try_from(at).is_ok_and(|at| at > group.len());
            out.push(if is_padding { '=' } else { DIGITS.get(digit).copied().unwrap_or('=') });
        }
    }
    out
}

const fn digits() -> [char; 64] {
    let text = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = ['='; 64];
    let mut at = 0;
    while at < 64 {
        #[expect(clippy::indexing_slicing, reason = "checked when it is compiled")]
        {
            out[at] = text[at] as char;
        }
        at += 1;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Oracle: the test vectors of RFC 4648 §10.
    #[test]
    fn base64_as_in_the_rfc() {
        for (text, encoded) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(base64(text.as_bytes()), encoded);
        }
    }
}
