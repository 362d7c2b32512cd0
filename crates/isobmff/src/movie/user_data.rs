//! `udta` of a track (ISO/IEC 14496-12 §8.10): what its maker says of it.

use crate::FourCc;
use crate::read::BoxRef;

/// Most kinds that are read of a track.
const MAX_KINDS: usize = 16;
/// Longest name and longest part of a kind, in bytes.
const MAX_TEXT_BYTES: usize = 256;

/// What a track is for (`kind`, §8.10.4).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kind {
    /// Whose names these are, such as `urn:mpeg:dash:role:2011`.
    pub scheme: String,
    /// The name in that scheme.
    pub value: String,
}

/// What `udta` says of a track. What cannot be read is left out: nothing depends on it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UserData {
    /// The track's name for people (QuickTime `name`, written by ffmpeg for a stream's title).
    pub label: Option<String>,
    /// What the track is for.
    pub kinds: Vec<Kind>,
}

impl UserData {
    pub(super) fn parse(trak: &BoxRef<'_>) -> Self {
        let mut out = Self::default();
        let Ok(Some(udta)) = trak.find(FourCc(*b"udta")) else { return out };
        for child in udta.children().flatten() {
            match &child.kind.0 {
                b"name" | b"titl" if out.label.is_none() => out.label = label(&child),
                b"kind" if out.kinds.len() < MAX_KINDS => out.kinds.extend(kind(&child)),
                _ => {}
            }
        }
        out
    }
}

/// `name` is text alone in QuickTime; `titl` (3GPP TS 26.244 §8) has version, flags and a language in front.
fn label(found: &BoxRef<'_>) -> Option<String> {
    let payload = match &found.kind.0 {
        b"titl" => found.payload.get(6..)?,
        _ => found.payload.strip_prefix(&[0; 4]).unwrap_or(found.payload),
    };
    let text = text(payload.split(|&b| b == 0).next()?);
    Some(text.trim().to_owned()).filter(|text| !text.is_empty())
}

fn kind(found: &BoxRef<'_>) -> Option<Kind> {
    let mut parts = found.payload.get(4..)?.split(|&b| b == 0);
    Some(Kind { scheme: text(parts.next()?), value: text(parts.next().unwrap_or_default()) })
}

fn text(bytes: &[u8]) -> String {
    let bytes = bytes.get(..MAX_TEXT_BYTES).unwrap_or(bytes);
    String::from_utf8_lossy(bytes).chars().filter(|c| !c.is_control() && *c != '\u{fffd}').collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::Boxes;
    use crate::write::BoxWriter;

    #[test]
    fn names_and_kinds() {
        let mut w = BoxWriter::default();
        w.open(b"trak", |w| {
            w.open(b"udta", |w| {
                w.open(b"name", |w| w.raw(b"Commentary"));
                w.open(b"titl", |w| w.raw(b"\0\0\0\0\x15\xc7Other\0"));
                w.open_full(b"kind", 0, 0, |w| w.raw(b"urn:mpeg:dash:role:2011\0commentary\0"));
                w.open_full(b"kind", 0, 0, |w| w.raw(b"about:html-kind"));
                w.open(b"kind", |w| w.raw(b"\0"));
            });
        });
        let bytes = w.into_bytes();
        let trak = Boxes::new(FourCc(*b"file"), &bytes, 0).next().unwrap().unwrap();
        let found = UserData::parse(&trak);
        assert_eq!(found.label.as_deref(), Some("Commentary"));
        let kinds: Vec<_> = found.kinds.iter().map(|k| (k.scheme.as_str(), k.value.as_str())).collect();
        assert_eq!(kinds, [("urn:mpeg:dash:role:2011", "commentary"), ("about:html-kind", "")]);
    }
}
