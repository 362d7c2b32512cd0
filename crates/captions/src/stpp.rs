//! TTML in samples (ISO/IEC 14496-30 §5 and -12 §12.6.3.2): `stpp`. Every sample is a document.

use std::collections::BTreeMap;

use isobmff::write::BoxWriter;

use crate::collector::Collector;
use crate::limits::{MAX_CUES, MAX_FILE_BYTES, MAX_SPANS, MAX_TEXT_BYTES};
use crate::sample::{TextSample, are_touching};
use crate::{Cue, Error, text_encoding, ttml};

#[cfg(test)]
mod tests;

const FORMAT: &str = "stpp";

/// The cues of a track.
///
/// `shift` is what brings a time of the track's media to the presentation's timeline, in milliseconds: documents
/// state media times (-30 §5.4). Some writers let each document begin at 0; that is so where more of the
/// documents' cues then fall within their samples. A cue is shown within its sample alone (§5.5); one that goes on in
/// the next is one cue. Pictures are refused.
pub fn read<'a>(samples: impl Iterator<Item = TextSample<'a>>, shift: i64) -> Result<Vec<Cue>, Error> {
    let mut documents = Vec::new();
    let mut size = Size::default();
    for sample in samples.filter(|sample| !sample.data.trim_ascii().is_empty()) {
        check(sample.data)?;
        let cues = ttml::read(&text_encoding::decode(sample.data))?.cues;
        size.add(&cues)?;
        documents.push(Document { start: sample.start, end: sample.end, cues });
    }
    let of_media = documents.iter().map(|document| document.shown(shift)).sum::<usize>();
    let of_samples = documents.iter().map(|document| document.shown(document.own_shift())).sum::<usize>();
    let is_relative = of_samples > of_media;
    let mut joined = Joined::new();
    for document in documents {
        let shift = if is_relative { document.own_shift() } else { shift };
        joined.add(document, shift)?;
    }
    Ok(joined.cues.finish(None).cues)
}

/// The sample entry of tracks of TTML text, a whole box (-12 §12.6.3.2): the TTML namespace, no schema, no
/// other types. Its codec is `stpp.ttml.im1t` if the documents are of the IMSC 1 text profile.
pub fn sample_entry() -> Vec<u8> {
    let mut writer = BoxWriter::default();
    writer.open(b"stpp", |w| {
        w.zeros(6);
        w.u16(1); // data_reference_index
        w.raw(b"http://www.w3.org/ns/ttml\0"); // namespace
        w.raw(b"\0"); // schema_location
        w.raw(b"\0"); // auxiliary_mime_types
    });
    writer.into_bytes()
}

/// Refuses what is too large, and pictures: they follow the document in the sample (-30 §5.6), or stand in it.
fn check(sample: &[u8]) -> Result<(), Error> {
    const SIGNS: [&[u8]; 3] = [b"\x89PNG\r\n", b"smpte:backgroundImage", b"smpte:image"];
    if sample.len() > MAX_FILE_BYTES {
        return Err(Error::Limit { format: FORMAT, what: "bytes in a sample", limit: MAX_FILE_BYTES as u64 });
    }
    let has_picture = SIGNS.iter().any(|sign| sample.windows(sign.len()).any(|found| found == *sign));
    if has_picture {
        return Err(Error::Sample { format: FORMAT, reason: "the captions are pictures" });
    }
    Ok(())
}

/// What all documents hold, since each may hold as much as a file.
#[derive(Default)]
struct Size {
    cues: usize,
    spans: usize,
    bytes: usize,
}

impl Size {
    fn add(&mut self, cues: &[Cue]) -> Result<(), Error> {
        let spans = cues.iter().flat_map(|cue| &cue.text);
        self.cues += cues.len();
        self.spans += spans.clone().count();
        self.bytes += spans.map(|span| span.text.len()).sum::<usize>();
        let limits = [
            (self.cues, MAX_CUES, "cues"),
            (self.spans, MAX_SPANS, "pieces of styled text"),
            (self.bytes, MAX_TEXT_BYTES, "bytes of text"),
        ];
        match limits.into_iter().find(|(amount, limit, _)| amount > limit) {
            Some((_, limit, what)) => Err(Error::Limit { format: FORMAT, what, limit: limit as u64 }),
            None => Ok(()),
        }
    }
}

/// A sample's cues in the times of its document.
struct Document {
    start: u64,
    end: u64,
    cues: Vec<Cue>,
}

impl Document {
    /// What brings its times to the presentation's timeline if they count from its sample's start.
    fn own_shift(&self) -> i64 {
        i64::try_from(self.start).unwrap_or(i64::MAX)
    }

    /// How many cues are shown after this shift.
    fn shown(&self, shift: i64) -> usize {
        self.cues.iter().filter(|cue| self.within(cue, shift).is_some()).count()
    }

    /// When a cue is shown: its time after this shift, within that of the sample.
    fn within(&self, cue: &Cue, shift: i64) -> Option<(u64, u64)> {
        let start = cue.start.saturating_add_signed(shift).max(self.start);
        let end = cue.end.saturating_add_signed(shift).min(self.end);
        (start < end).then_some((start, end))
    }
}

/// Cues, of which those that go on in the next sample are one.
struct Joined {
    cues: Collector,
    /// Places of the cues that last until the end of the sample before, by their text.
    open: BTreeMap<String, Vec<usize>>,
    until: u64,
}

impl Joined {
    /// With how many cues of the same text a cue is compared.
    const MAX_COMPARED: usize = 16;

    fn new() -> Self {
        Self { cues: Collector::new(FORMAT), open: BTreeMap::new(), until: 0 }
    }

    fn add(&mut self, document: Document, shift: i64) -> Result<(), Error> {
        let mut before = std::mem::take(&mut self.open);
        if !are_touching(self.until, document.start) {
            before.clear();
        }
        self.until = document.end;
        let times = document.cues.iter().map(|cue| document.within(cue, shift)).collect::<Vec<_>>();
        for (mut cue, times) in document.cues.into_iter().zip(times) {
            let Some((start, end)) = times else { continue };
            (cue.start, cue.end) = (start, end);
            let text = cue.plain_text();
            let place = match self.continued(&cue, document.start, before.get_mut(&text)) {
                Some(place) => Some(place),
                None => self.cues.place(cue)?,
            };
            if let Some(place) = place.filter(|_| end == document.end) {
                self.open.entry(text).or_default().push(place);
            }
        }
        Ok(())
    }

    /// Where the cue is of which this one is the next part; that one then lasts as long as this.
    fn continued(&mut self, cue: &Cue, from: u64, candidates: Option<&mut Vec<usize>>) -> Option<usize> {
        let candidates = candidates.filter(|_| cue.start == from)?;
        let number = candidates.iter().take(Self::MAX_COMPARED).position(|&place| {
            self.cues.at(place).is_some_and(|old| old.text == cue.text && old.placement == cue.placement)
        })?;
        let place = candidates.swap_remove(number);
        self.cues.at(place)?.end = cue.end;
        Some(place)
    }
}
