//! A paragraph, to cues: one, or several where its parts have times of their own.

use crate::collector::Collector;
use crate::limits::{MAX_CUE_BYTES, MAX_TIME_MS};
use crate::spans::SpanBuilder;
use crate::{Cue, Error, Placement, Span, Style};

use super::time::{NEVER, to_millis};
use super::{FORMAT, OPEN_END};

/// A paragraph as it is read.
#[derive(Debug, Default)]
pub(super) struct Paragraph {
    pieces: Vec<Piece>,
    bytes: usize,
}

/// Text with one style and one time; times are milliseconds.
#[derive(Debug)]
struct Piece {
    text: String,
    style: Style,
    begin: u64,
    end: u64,
    space: Space,
}

/// What white space is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Space {
    /// A run of it is one space, at the ends of lines none (`xml:space="default"`).
    Collapse,
    /// It stays.
    Preserve,
}

/// Parts of a paragraph times the moments at which one begins or ends; more are refused.
const MAX_WORK: usize = 1_000_000;

impl Paragraph {
    /// Appends text that is shown from `begin` to `end`, in nanoseconds.
    pub(super) fn push(
        &mut self,
        text: &str,
        style: Style,
        times: (u64, u64),
        space: Space,
    ) -> Result<(), Error> {
        let (begin, end) = in_millis(times);
        self.bytes += text.len();
        if self.bytes > MAX_CUE_BYTES {
            return Err(limit("bytes in a cue", MAX_CUE_BYTES));
        }
        match self.pieces.last_mut() {
            Some(last) if last.continues(&style, begin, end, space) => last.text.push_str(text),
            _ => self.pieces.push(Piece { text: text.to_owned(), style, begin, end, space }),
        }
        Ok(())
    }

    /// Ends the paragraph: a cue for each span of time in which the same of its parts are shown.
    pub(super) fn finish(
        self,
        id: Option<&str>,
        placement: Placement,
        cues: &mut Collector,
    ) -> Result<(), Error> {
        let mut moments = self.pieces.iter().flat_map(|piece| [piece.begin, piece.end]).collect::<Vec<_>>();
        moments.sort_unstable();
        moments.dedup();
        if moments.len() > 2 && moments.len().saturating_mul(self.pieces.len()) > MAX_WORK {
            return Err(limit("changes within a paragraph", MAX_WORK));
        }
        let mut current: Option<Cue> = None;
        for (start, end) in moments.iter().copied().zip(moments.iter().copied().skip(1)) {
            let text = compose(self.pieces.iter().filter(|piece| piece.begin <= start && piece.end >= end));
            match &mut current {
                Some(cue) if cue.end == start && cue.text == text => cue.end = end,
                _ => {
                    let next = Cue { id: id.map(str::to_owned), start, end, placement, text };
                    if let Some(cue) = current.replace(next) {
                        cues.push(cue)?;
                    }
                }
            }
        }
        current.map_or(Ok(()), |cue| cues.push(cue))
    }
}

impl Piece {
    fn continues(&self, style: &Style, begin: u64, end: u64, space: Space) -> bool {
        self.space == space && self.begin == begin && self.end == end && self.style == *style
    }
}

/// What is never hidden again is, for the model, hidden very late.
fn in_millis((begin, end): (u64, u64)) -> (u64, u64) {
    let begin = to_millis(begin);
    let end = match end {
        NEVER if begin < OPEN_END => OPEN_END,
        NEVER => MAX_TIME_MS,
        end => to_millis(end),
    };
    (begin, end)
}

/// Puts the parts together, with white space as XSL-FO treats it (TTML1 §7.2.3).
fn compose<'a>(pieces: impl Iterator<Item = &'a Piece>) -> Vec<Span> {
    let mut spans = SpanBuilder::default();
    let mut gap: Option<&Style> = None;
    let mut at_line_start = true;
    for piece in pieces {
        if piece.space == Space::Preserve {
            if let Some(style) = gap.take().filter(|_| !piece.text.starts_with('\n')) {
                spans.push(" ", style);
            }
            spans.push(&piece.text, &piece.style);
            at_line_start = piece.text.ends_with('\n');
            continue;
        }
        let mut rest = piece.text.as_str();
        while !rest.is_empty() {
            let blank = rest.find(|character| !is_space(character)).unwrap_or(rest.len());
            let (_, after) = rest.split_at(blank);
            if blank > 0 && !at_line_start {
                gap = gap.or(Some(&piece.style));
            }
            let (word, after) = after.split_at(after.find(is_space).unwrap_or(after.len()));
            if !word.is_empty() {
                if let Some(style) = gap.take() {
                    spans.push(" ", style);
                }
                spans.push(word, &piece.style);
                at_line_start = false;
            }
            rest = after;
        }
    }
    spans.finish()
}

/// White space of XML (§2.3).
fn is_space(character: char) -> bool {
    matches!(character, ' ' | '\t' | '\n' | '\r')
}

fn limit(what: &'static str, limit: usize) -> Error {
    Error::Limit { format: FORMAT, what, limit: u64::try_from(limit).unwrap_or(u64::MAX) }
}
