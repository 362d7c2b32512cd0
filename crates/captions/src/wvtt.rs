//! WebVTT in samples (ISO/IEC 14496-30 §7): `wvtt`.
//!
//! ```text
//! sample -> vttc (vsid, iden, ctim, sttg, payl)...   what is shown throughout the sample
//!           vtte                                    nothing is
//!           vtta                                    a comment
//! ```

use std::collections::BTreeMap;

use isobmff::FourCc;
use isobmff::read::Boxes;

use crate::collector::Collector;
use crate::sample::{TextSample, are_touching, boxes};
use crate::spans::single_line;
use crate::{Cue, Error, webvtt};

#[cfg(test)]
mod tests;
mod write;

pub use write::{WvttSample, sample_entry, write};

const FORMAT: &str = "wvtt";

/// The cues of a track.
///
/// Samples are cut where any cue starts or ends; what stems from one cue, by its source's number or, without
/// one, by its equal content in samples that touch, is one cue again.
pub fn read<'a>(samples: impl Iterator<Item = TextSample<'a>>) -> Result<Vec<Cue>, Error> {
    let mut cues = Collector::new(FORMAT);
    let mut open = BTreeMap::<Piece<'a>, Vec<usize>>::new();
    let mut until = 0;
    for sample in samples {
        let mut before = std::mem::take(&mut open);
        if !are_touching(until, sample.start) {
            before.clear();
        }
        until = sample.end;
        for (kind, payload) in boxes(FourCc(*b"wvtt"), sample.data) {
            if kind != *b"vttc" {
                continue;
            }
            let piece = Piece::parse(payload);
            let continued = before.get_mut(&piece).and_then(Vec::pop);
            let place = match continued.and_then(|place| Some((place, cues.at(place)?))) {
                Some((place, cue)) => {
                    cue.end = cue.end.max(sample.end);
                    Some(place)
                }
                None => cues.place(piece.cue(&sample))?,
            };
            if let Some(place) = place {
                open.entry(piece).or_default().push(place);
            }
        }
    }
    Ok(cues.finish(None).cues)
}

/// The head of the WebVTT file that a track was made of: `vttC` of its whole sample entry (§7.5). Without one
/// it says what every file begins with.
pub fn config(entry: &[u8]) -> String {
    const HEADER: usize = 16;
    let children = Boxes::new(FourCc(*b"wvtt"), entry.get(HEADER..).unwrap_or_default(), HEADER as u64);
    match children.find_kind(FourCc(*b"vttC")) {
        Ok(Some(config)) => String::from_utf8_lossy(config.payload).into_owned(),
        _ => "WEBVTT".to_owned(),
    }
}

/// What a sample says of a cue (`VTTCueBox`, §7.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
struct Piece<'a> {
    /// Which cue of the source it is from.
    source: Option<[u8; 4]>,
    id: &'a [u8],
    settings: &'a [u8],
    payload: &'a [u8],
}

impl<'a> Piece<'a> {
    fn parse(content: &'a [u8]) -> Self {
        let mut piece = Self::default();
        for (kind, payload) in boxes(FourCc(*b"vttc"), content) {
            match &kind {
                // The number −1 is none.
                b"vsid" => piece.source = payload.first_chunk().copied().filter(|id| *id != [0xff; 4]),
                b"iden" => piece.id = payload,
                b"sttg" => piece.settings = payload,
                b"payl" => piece.payload = payload,
                _ => {}
            }
        }
        piece
    }

    fn cue(&self, sample: &TextSample<'_>) -> Cue {
        let id = single_line(&String::from_utf8_lossy(self.id));
        Cue {
            id: (!id.is_empty() && !id.contains("-->")).then_some(id),
            start: sample.start,
            end: sample.end,
            placement: webvtt::read_settings(&String::from_utf8_lossy(self.settings)),
            text: webvtt::read_payload(&String::from_utf8_lossy(self.payload)),
        }
    }
}
