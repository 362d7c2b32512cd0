//! Whole files, by the parser of §6.1: a file that begins with `WEBVTT` has no further faults, only cues that
//! are left out.

use std::collections::HashMap;

use crate::collector::Collector;
use crate::spans::{language_tag, single_line};
use crate::{Captions, Cue, Error};

use super::payload::read_styled;
use super::region::Region;
use super::style_sheet::StyleSheet;
use super::{FORMAT, placement, timestamp};

/// Reads a file.
///
/// Beyond cues it honours `STYLE` and `REGION` blocks, and `Language:` in the header. `X-TIMESTAMP-MAP` (RFC 8216
/// §3.5) relates cues to the clock of transport streams, which most often starts at 10 s (`MPEGTS:900000`). Beside
/// an MP4 there is no such clock, and times are meant as they stand: 0 is the start of the pictures.
///
/// # Errors
/// [`Error::Invalid`] without the signature; [`Error::Limit`].
pub fn read(text: &str) -> Result<Captions, Error> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut lines = Lines { rest: text };
    if !lines.next().is_some_and(is_signature) {
        let reason = "it does not begin with WEBVTT".to_owned();
        return Err(Error::Invalid { format: FORMAT, line: 1, reason });
    }
    let mut document = Document::default();
    let mut cues = Collector::new(FORMAT);
    document.read_header(&mut lines);
    while !lines.rest.is_empty() {
        match read_block(&mut lines) {
            Block::Cue { id, timing, payload } => {
                if let Some(cue) = document.cue(id, timing, &payload) {
                    cues.push(cue)?;
                }
            }
            Block::Style(sheet) => document.styles.add(&sheet),
            Block::Region(settings) => document.add_region(&settings),
            Block::Nothing => {}
        }
    }
    Ok(cues.finish(document.language))
}

/// Whether a line is the signature: `WEBVTT`, alone or followed by white space.
pub(crate) fn is_signature(line: &str) -> bool {
    line.strip_prefix("WEBVTT").is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t']))
}

#[derive(Default)]
struct Document {
    language: Option<String>,
    styles: StyleSheet,
    regions: HashMap<String, Region>,
}

enum Block<'a> {
    Cue { id: &'a str, timing: &'a str, payload: String },
    Style(String),
    Region(String),
    Nothing,
}

/// Regions of a file; more are not read.
const MAX_REGIONS: usize = 1_000;

impl Document {
    /// The lines up to the first empty one, or to the first cue, whose empty line was forgotten.
    fn read_header(&mut self, lines: &mut Lines<'_>) {
        loop {
            let here = *lines;
            let Some(line) = lines.next().filter(|line| !line.is_empty()) else { return };
            if line.contains("-->") {
                *lines = here;
                return;
            }
            if let Some(tag) = line.strip_prefix("Language:") {
                self.language = language_tag(&tag.replace('_', "-")).map(str::to_owned);
            }
        }
    }

    fn add_region(&mut self, settings: &str) {
        if let Some((id, region)) = Region::read(settings)
            && self.regions.len() < MAX_REGIONS
        {
            self.regions.insert(id, region);
        }
    }

    fn cue(&self, id: &str, timing: &str, payload: &str) -> Option<Cue> {
        let (start, end, settings) = read_timing(timing)?;
        let (mut placement, region) = placement::parse(settings);
        if let Some(region) = region.and_then(|name| self.regions.get(name)) {
            placement = region.place(placement);
        }
        let id = single_line(id);
        Some(Cue {
            id: (!id.is_empty()).then_some(id),
            start,
            end,
            placement,
            text: read_styled(payload, &self.styles),
        })
    }
}

/// Collects a block (§6.1): it ends at an empty line, and before a line with an arrow that cannot be its own.
fn read_block<'a>(lines: &mut Lines<'a>) -> Block<'a> {
    let Some(first) = lines.next().filter(|line| !line.is_empty()) else { return Block::Nothing };
    if first.contains("-->") {
        return Block::Cue { id: "", timing: first, payload: read_rest(lines) };
    }
    let here = *lines;
    match lines.next() {
        Some(second) if second.contains("-->") => {
            return Block::Cue { id: first, timing: second, payload: read_rest(lines) };
        }
        _ => *lines = here,
    }
    let rest = read_rest(lines);
    match first.trim_ascii_end() {
        "STYLE" => Block::Style(rest),
        "REGION" => Block::Region(rest),
        _ => Block::Nothing,
    }
}

fn read_rest(lines: &mut Lines<'_>) -> String {
    let mut collected = String::new();
    loop {
        let here = *lines;
        let Some(line) = lines.next().filter(|line| !line.is_empty()) else { return collected };
        if line.contains("-->") {
            *lines = here;
            return collected;
        }
        if !collected.is_empty() {
            collected.push('\n');
        }
        collected.push_str(line);
    }
}

/// Start, end and settings of a cue (§6.3 "collect WebVTT cue timings and settings").
fn read_timing(line: &str) -> Option<(u64, u64, &str)> {
    let (start, rest) = timestamp::read(line.trim_ascii_start())?;
    let rest = rest.trim_ascii_start().strip_prefix("-->")?;
    let (end, settings) = timestamp::read(rest.trim_ascii_start())?;
    Some((start, end, settings))
}

/// Lines that end with LF, CR or both.
#[derive(Clone, Copy)]
struct Lines<'a> {
    rest: &'a str,
}

impl<'a> Lines<'a> {
    fn next(&mut self) -> Option<&'a str> {
        if self.rest.is_empty() {
            return None;
        }
        let end = self.rest.find(['\n', '\r']).unwrap_or(self.rest.len());
        let (line, rest) = self.rest.split_at(end);
        self.rest = rest.strip_prefix("\r\n").or_else(|| rest.strip_prefix(['\n', '\r'])).unwrap_or(rest);
        Some(line)
    }
}

#[cfg(test)]
mod tests;
