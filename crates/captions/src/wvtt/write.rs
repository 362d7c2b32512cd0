//! Cues to samples.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use isobmff::write::BoxWriter;

use super::FORMAT;
use crate::{Cue, Error, webvtt};

/// Most bytes of samples in a window: hundreds of cues at a time for minutes.
const MAX_BYTES: usize = 16 << 20;

/// A sample of a `wvtt` track.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WvttSample {
    /// In milliseconds, more than 0.
    pub duration: u32,
    /// Its bytes.
    pub data: Vec<u8>,
}

/// The samples that show these cues in a window of time in milliseconds; they follow each other without gap or
/// overlap from its start to its end (§7.2).
///
/// A cue that is shown in part of its time alone, because another one starts or ends meanwhile or the window is
/// cut there, has the same source number (`vsid`) in all its samples of all windows. No cue needs a `ctim`:
/// there are no times within cues. Fails where so many cues are shown at once that samples grow too large.
pub fn write(cues: &[Cue], window: Range<u64>) -> Result<Vec<WvttSample>, Error> {
    let mut writer = Writer { cues, boxes: BTreeMap::new(), samples: Vec::new(), bytes: 0 };
    let mut shown = BTreeSet::new();
    let mut from = window.start;
    for (at, places) in changes(cues, &window) {
        writer.write(&shown, from..at)?;
        from = at;
        for place in places {
            // Every cue is named twice: where it starts and where it ends.
            if !shown.remove(&place) {
                shown.insert(place);
            }
        }
    }
    writer.write(&shown, from..window.end)?;
    Ok(writer.samples)
}

/// The sample entry of such tracks, a whole box (§7.5).
pub fn sample_entry() -> Vec<u8> {
    let mut writer = BoxWriter::default();
    writer.open(b"wvtt", |w| {
        w.zeros(6);
        w.u16(1); // data_reference_index
        w.open(b"vttC", |w| w.raw(b"WEBVTT"));
    });
    writer.into_bytes()
}

/// When cues start and end within a window, and which.
fn changes(cues: &[Cue], window: &Range<u64>) -> BTreeMap<u64, Vec<usize>> {
    let mut changes = BTreeMap::<u64, Vec<usize>>::new();
    for (place, cue) in cues.iter().enumerate() {
        let (start, end) = (cue.start.max(window.start), cue.end.min(window.end));
        if start < end {
            changes.entry(start).or_default().push(place);
            changes.entry(end).or_default().push(place);
        }
    }
    changes
}

struct Writer<'a> {
    cues: &'a [Cue],
    /// The boxes of cues that are cut, which come again.
    boxes: BTreeMap<usize, Vec<u8>>,
    samples: Vec<WvttSample>,
    bytes: usize,
}

impl Writer<'_> {
    fn write(&mut self, shown: &BTreeSet<usize>, time: Range<u64>) -> Result<(), Error> {
        let mut data = Vec::new();
        let mut rest = time.end.saturating_sub(time.start);
        if rest == 0 {
            return Ok(());
        }
        for &place in shown {
            let Some(cue) = self.cues.get(place) else { continue };
            if (cue.start..cue.end) == time {
                data.extend(cue_box(cue, false));
            } else {
                data.extend(self.boxes.entry(place).or_insert_with(|| cue_box(cue, true)).iter());
            }
            if self.bytes + data.len() > MAX_BYTES {
                return Err(Error::Limit {
                    format: FORMAT,
                    what: "bytes in a window",
                    limit: MAX_BYTES as u64,
                });
            }
        }
        if data.is_empty() {
            data.extend(b"\0\0\0\x08vtte");
        }
        self.bytes += data.len();
        // A duration of a track has 32 bits; a longer time is several samples.
        while rest > 0 {
            let duration = u32::try_from(rest).unwrap_or(u32::MAX);
            rest -= u64::from(duration);
            self.samples.push(WvttSample { duration, data: data.clone() });
        }
        Ok(())
    }
}

/// A cue as `vttc` (§7.4); nothing if it has no text.
fn cue_box(cue: &Cue, is_cut: bool) -> Vec<u8> {
    let mut content = BoxWriter::default();
    if let Some(id) = &cue.id {
        content.open(b"iden", |w| w.raw(id.as_bytes()));
    }
    let settings = webvtt::settings(&cue.placement);
    if !settings.is_empty() {
        content.open(b"sttg", |w| w.raw(settings.as_bytes()));
    }
    let payload = webvtt::payload(&cue.text);
    if payload.is_empty() {
        return Vec::new();
    }
    content.open(b"payl", |w| w.raw(payload.as_bytes()));
    let content = content.into_bytes();
    let mut writer = BoxWriter::default();
    writer.open(b"vttc", |w| {
        if is_cut {
            w.open(b"vsid", |w| w.u32(source_number(cue, &content)));
        }
        w.raw(&content);
    });
    writer.into_bytes()
}

/// A number that follows from the cue alone, so that windows written apart agree on it: FNV-1a, without the
/// sign bit.
fn source_number(cue: &Cue, content: &[u8]) -> u32 {
    let times = [cue.start.to_be_bytes(), cue.end.to_be_bytes()];
    let bytes = times.as_flattened().iter().chain(content);
    bytes.fold(0x811c_9dc5, |hash: u32, &byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
        & 0x7fff_ffff
}
