//! Timed text: 3GPP TS 26.245 (`tx3g`, known as `mov_text`) and its ancestor, QuickTime's `text`.
//!
//! Scrolling, karaoke, blinking, links and fonts are left out: WebVTT and IMSC players do not show them.

use isobmff::FourCc;

use crate::collector::Collector;
use crate::sample::{TextSample, boxes};
use crate::spans::SpanBuilder;
use crate::{Alignment, Color, Cue, Error, LineAlignment, LinePosition, Placement, Span, Style, Writing};

mod entry;
#[cfg(test)]
mod tests;

use entry::Entry;

/// The cues of a track; `entry` is its whole sample entry, `tx3g` or `text`.
///
/// Every sample is a cue of its own, also after one with the same text: this format does not cut cues.
pub fn read<'a>(entry: &[u8], samples: impl Iterator<Item = TextSample<'a>>) -> Result<Vec<Cue>, Error> {
    let entry = Entry::parse(entry)?;
    let mut cues = Collector::new("tx3g");
    for sample in samples {
        let Some((text, modifiers)) = split(sample.data) else { continue };
        let text = entry.decode(text);
        let modifiers = Modifiers::parse(modifiers, &entry);
        cues.push(Cue {
            id: None,
            start: sample.start,
            end: sample.end,
            placement: modifiers.placement,
            text: modifiers.spans(&text, &entry),
        })?;
    }
    Ok(cues.finish(None).cues)
}

/// Whether every sample of the track is a forced subtitle: one to be shown although the viewer has chosen
/// none (QuickTime File Format, "Subtitle sample description": `displayFlags` `0x8000_0000` beside `0x4000_0000`;
/// the latter alone says that some are).
pub fn is_forced(entry: &[u8]) -> bool {
    Entry::parse(entry).is_ok_and(|entry| entry.display_flags & 0xc000_0000 == 0xc000_0000)
}

/// The text of a sample and the boxes after it (§5.17); `None` for a sample that shows nothing.
fn split(sample: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = sample.split_first_chunk()?;
    let length = usize::from(u16::from_be_bytes(*length)).min(rest.len());
    (length > 0).then(|| rest.split_at(length))
}

/// What the boxes after a text say (§5.17.1).
struct Modifiers<'a> {
    styles: Vec<&'a [u8; 12]>,
    placement: Placement,
}

impl<'a> Modifiers<'a> {
    fn parse(bytes: &'a [u8], entry: &Entry) -> Self {
        let mut found = Self { styles: Vec::new(), placement: entry.placement };
        if entry.is_quicktime {
            return found;
        }
        for (kind, payload) in boxes(FourCc(*b"tx3g"), bytes) {
            match (&kind, payload) {
                (b"styl", [high, low, records @ ..]) => {
                    let count = usize::from(u16::from_be_bytes([*high, *low]));
                    found.styles.extend(records.as_chunks().0.iter().take(count));
                }
                (b"tbox", [top, top_low, ..]) if entry.has_vertical_placement() => {
                    found.placement = entry.placed_at(i16::from_be_bytes([*top, *top_low]));
                }
                _ => {}
            }
        }
        found
    }

    /// Offsets are in characters, ordered and without overlap (§5.16.1); what breaks this is cut to fit.
    fn spans(&self, text: &str, entry: &Entry) -> Vec<Span> {
        let mut spans = SpanBuilder::default();
        let (mut rest, mut at) = (text, 0);
        for record in &self.styles {
            let [s0, s1, e0, e1, _, _, face, _, color @ ..] = **record;
            let start = usize::from(u16::from_be_bytes([s0, s1])).max(at);
            let end = usize::from(u16::from_be_bytes([e0, e1]));
            if end <= start {
                continue;
            }
            let (before, from_start) = split_characters(rest, start - at);
            let (styled, after) = split_characters(from_start, end - start);
            spans.push(&lines(before), &entry.style);
            spans.push(&lines(styled), &entry.styled(face, color));
            (rest, at) = (after, end);
        }
        spans.push(&lines(rest), &entry.style);
        spans.finish()
    }
}

fn split_characters(text: &str, count: usize) -> (&str, &str) {
    let at = text.char_indices().nth(count).map_or(text.len(), |(at, _)| at);
    text.split_at(at)
}

/// Text whose lines end as ours do.
fn lines(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\r', "\n")
}
