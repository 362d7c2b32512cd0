//! SubRip (`.srt`), which has no standard: files as they are found, with the markup that players honour.
//!
//! A cue begins at each line with two times. What stands before that line is the text of the cue before it, but
//! for a counter; so blank lines within a text, forgotten blank lines, forgotten and repeated counters all read
//! as meant.

mod markup;
mod timing;

use crate::collector::Collector;
use crate::limits::MAX_CUE_BYTES;
use crate::{Captions, Cue, Error};

/// For errors.
const FORMAT: &str = "SRT";

/// Reads a file.
///
/// # Errors
/// [`Error::Invalid`] for text without any line of times; [`Error::Limit`].
pub fn read(text: &str) -> Result<Captions, Error> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text).replace("\r\n", "\n").replace('\r', "\n");
    let mut reader = Reader { cues: Collector::new(FORMAT), pending: None, expected: None };
    let mut before = Vec::new();
    let mut any_times = false;
    for line in text.split('\n') {
        if let Some(times) = timing::read(line) {
            reader.finish_cue(&mut before, true)?;
            reader.pending = Some(times);
            any_times = true;
        } else {
            reader.keep(&mut before, line)?;
        }
    }
    reader.finish_cue(&mut before, false)?;
    if !any_times && !text.trim().is_empty() {
        return Err(Error::Invalid { format: FORMAT, line: 1, reason: "no line has times".to_owned() });
    }
    Ok(reader.cues.finish(None))
}

/// Whether there is a line with times near the start.
pub(crate) fn is_likely(text: &str) -> bool {
    text.lines().take(LINES_TO_LOOK_AT).any(|line| timing::read(line).is_some())
}

const LINES_TO_LOOK_AT: usize = 1_000;

struct Reader {
    cues: Collector,
    /// Start and end of the cue whose text is being read; not in order if it is to be dropped.
    pending: Option<(u64, u64)>,
    /// The counter that the next cue has if it is numbered as it should be.
    expected: Option<u64>,
}

impl Reader {
    /// Keeps a line that may be text of the open cue, or the counter of the next. Of blank lines the first of a
    /// run is enough; before the first cue only a counter matters.
    fn keep<'a>(&self, lines: &mut Vec<&'a str>, line: &'a str) -> Result<(), Error> {
        let blank = line.trim().is_empty();
        if blank && lines.last().is_none_or(|last| last.trim().is_empty()) {
            return Ok(());
        }
        if self.pending.is_none() && !blank {
            lines.clear();
        }
        lines.push(line);
        if lines.len() > MAX_CUE_BYTES { Err(too_long()) } else { Ok(()) }
    }

    /// Ends the cue whose text the lines are. `more`: another one follows, whose counter they may hold.
    fn finish_cue(&mut self, lines: &mut Vec<&str>, more: bool) -> Result<(), Error> {
        if more {
            self.take_counter(lines);
        }
        if let Some((start, end)) = self.pending.take() {
            let text = join(lines)?;
            let (text, placement) = markup::read(&text);
            self.cues.push(Cue { id: None, start, end, placement, text })?;
        }
        lines.clear();
        Ok(())
    }

    /// Takes the counter of the next cue off the end: a number right before the times, or, in files with blank
    /// lines everywhere, the expected number before blank lines.
    fn take_counter(&mut self, lines: &mut Vec<&str>) {
        let blank = lines.iter().rev().take_while(|line| line.trim().is_empty()).count();
        let Some(index) = lines.len().checked_sub(blank + 1) else { return };
        let Some(number) = lines.get(index).and_then(|line| read_counter(line)) else { return };
        let alone =
            index.checked_sub(1).and_then(|above| lines.get(above)).is_none_or(|line| line.trim().is_empty());
        if blank == 0 || (alone && (self.pending.is_none() || self.expected == Some(number))) {
            lines.truncate(index);
            self.expected = number.checked_add(1);
        }
    }
}

fn read_counter(line: &str) -> Option<u64> {
    let digits = line.trim_matches(|character: char| character.is_whitespace() || character == '\u{feff}');
    if digits.bytes().all(|digit| digit.is_ascii_digit()) { digits.parse().ok() } else { None }
}

/// The text of a cue: no white space at the ends of lines, no two blank lines in a row.
fn join(lines: &[&str]) -> Result<String, Error> {
    let mut text = String::new();
    let mut gap = false;
    for line in lines {
        let line = line.trim_end();
        if line.is_empty() {
            gap = !text.is_empty();
            continue;
        }
        if !text.is_empty() {
            text.push_str(if gap { "\n\n" } else { "\n" });
        }
        gap = false;
        text.push_str(line);
        if text.len() > MAX_CUE_BYTES {
            return Err(too_long());
        }
    }
    Ok(text)
}

fn too_long() -> Error {
    let limit = u64::try_from(MAX_CUE_BYTES).unwrap_or(u64::MAX);
    Error::Limit { format: FORMAT, what: "bytes in a cue", limit }
}

#[cfg(test)]
mod tests;
