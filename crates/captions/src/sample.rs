//! Samples of text tracks, and what their readers share.

use std::borrow::Cow;

use isobmff::FourCc;
use isobmff::read::Boxes;

use crate::{Cue, Error, Span, Style};

/// A sample of a text track.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TextSample<'a> {
    /// When it starts on the presentation's timeline, in milliseconds.
    pub start: u64,
    /// When it ends, in milliseconds.
    pub end: u64,
    /// Its bytes.
    pub data: &'a [u8],
}

/// Most cues of a track: a cue each second for two days.
pub(crate) const MAX_CUES: usize = 200_000;

/// Most bytes of text in a cue.
pub(crate) const MAX_TEXT: usize = 0x1_0000;

/// The cues of a track while they are read, within the limits.
#[derive(Debug)]
pub(crate) struct CueList {
    format: &'static str,
    cues: Vec<Cue>,
}

impl CueList {
    pub(crate) fn new(format: &'static str) -> Self {
        Self { format, cues: Vec::new() }
    }

    /// Appends a cue; one that shows nothing is left out.
    pub(crate) fn push(&mut self, cue: Cue) -> Result<(), Error> {
        if cue.end <= cue.start || cue.text.iter().all(|span| span.text.trim().is_empty()) {
            return Ok(());
        }
        if cue.text.iter().map(|span| span.text.len()).sum::<usize>() > MAX_TEXT {
            return Err(self.limit("bytes of text in a cue", MAX_TEXT));
        }
        if self.cues.len() >= MAX_CUES {
            return Err(self.limit("cues", MAX_CUES));
        }
        self.cues.push(cue);
        Ok(())
    }

    /// All cues, in order of start, then of the source.
    pub(crate) fn into_cues(mut self) -> Vec<Cue> {
        self.cues.sort_by_key(|cue| cue.start);
        self.cues
    }

    fn limit(&self, what: &'static str, limit: usize) -> Error {
        Error::Limit { format: self.format, what, limit: limit as u64 }
    }
}

/// The boxes that lie in a sample, up to the first fault: what was read until then is shown.
pub(crate) fn boxes(format: FourCc, bytes: &[u8]) -> impl Iterator<Item = ([u8; 4], &[u8])> {
    Boxes::new(format, bytes, 0).map_while(Result::ok).map(|item| (item.kind.0, item.payload))
}

/// Text of a sample as cues hold it: lines end in `\n`, other control characters are left out.
pub(crate) fn plain(text: &str) -> Cow<'_, str> {
    if !text.contains(|letter: char| letter.is_control() && letter != '\n') {
        return Cow::Borrowed(text);
    }
    let lines = text.replace("\r\n", "\n").replace('\r', "\n").replace('\t', " ");
    Cow::Owned(lines.chars().filter(|&letter| letter == '\n' || !letter.is_control()).collect())
}

/// Appends text in a style; runs of one style are one span.
pub(crate) fn push_text(spans: &mut Vec<Span>, text: &str, style: &Style) {
    match spans.last_mut() {
        _ if text.is_empty() => {}
        Some(last) if last.style == *style => last.text.push_str(text),
        _ => spans.push(Span { text: text.to_owned(), style: style.clone() }),
    }
}

/// Takes line breaks and blanks away at both ends: they show nothing and move the text.
pub(crate) fn trim(spans: &mut Vec<Span>) {
    while let Some(last) = spans.last_mut() {
        last.text.truncate(last.text.trim_end().len());
        if !last.text.is_empty() {
            break;
        }
        spans.pop();
    }
    let blank = spans.iter().take_while(|span| span.text.trim().is_empty()).count();
    spans.drain(..blank);
    if let Some(first) = spans.first_mut() {
        let kept = first.text.trim_start_matches(['\n', ' ']).len();
        first.text.drain(..first.text.len() - kept);
    }
}

#[cfg(test)]
pub(crate) mod testing;
