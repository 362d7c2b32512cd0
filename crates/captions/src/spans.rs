//! Runs of text as they are read: cleaned, merged, without blank lines around them.

use crate::limits::{MAX_CUE_SPANS, MAX_NAME_BYTES};
use crate::{Span, Style};

/// Puts together the text of one cue.
#[derive(Debug, Default)]
pub(crate) struct SpanBuilder {
    spans: Vec<Span>,
}

impl SpanBuilder {
    /// Appends text; a style equal to the last one's continues that span.
    pub(crate) fn push(&mut self, text: &str, style: &Style) {
        let full = self.spans.len() >= MAX_CUE_SPANS;
        match self.spans.last_mut() {
            Some(last) if full || last.style == *style => push_clean(&mut last.text, text),
            _ => {
                let mut span = Span { text: String::new(), style: style.clone() };
                push_clean(&mut span.text, text);
                if !span.text.is_empty() {
                    self.spans.push(span);
                }
            }
        }
    }

    /// What was put together, without the blank lines before and after it.
    pub(crate) fn finish(self) -> Vec<Span> {
        trim_blank_lines(self.spans)
    }
}

/// The same text in the form in which readers return it.
pub(crate) fn canonical(spans: &[Span]) -> Vec<Span> {
    let mut builder = SpanBuilder::default();
    for span in spans {
        builder.push(&span.text, &span.style);
    }
    builder.finish()
}

/// Whether nothing is to be seen of this character: white space, and marks that only steer.
pub(crate) fn is_blank(character: char) -> bool {
    character.is_whitespace()
        || matches!(character, '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2060}' | '\u{feff}')
}

/// Text on one line, with single spaces; cut off where it is longer than any name.
pub(crate) fn single_line(text: &str) -> String {
    let mut line = String::new();
    for word in text.split_whitespace() {
        if !line.is_empty() {
            line.push(' ');
        }
        push_clean(&mut line, word);
        if line.len() > MAX_NAME_BYTES {
            line.truncate(line.floor_char_boundary(MAX_NAME_BYTES));
            break;
        }
    }
    line.truncate(line.trim_end().len());
    line
}

/// The text as a language tag, if it has the form of one (RFC 5646 §2.1, letters, digits and hyphens alone).
pub(crate) fn language_tag(text: &str) -> Option<&str> {
    let tag = text.trim();
    let well_formed = tag
        .split('-')
        .all(|part| (1..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric()));
    let starts_with_letter = tag.bytes().next().is_some_and(|byte| byte.is_ascii_alphabetic());
    (well_formed && starts_with_letter && tag.len() <= 35).then_some(tag)
}

/// Appends what can be shown and what XML can carry (XML 1.0 §2.2).
fn push_clean(target: &mut String, text: &str) {
    target.extend(text.chars().filter_map(|character| match character {
        '\t' => Some(' '),
        '\n' => Some('\n'),
        '\u{fffe}' | '\u{ffff}' => None,
        other if other.is_control() => None,
        other => Some(other),
    }));
}

fn trim_blank_lines(spans: Vec<Span>) -> Vec<Span> {
    let mut seen = false;
    let (mut first, mut end, mut total) = (0, None, 0);
    for span in &spans {
        for (index, character) in span.text.char_indices() {
            if character == '\n' {
                end = end.or(Some(total + index));
                if !seen {
                    first = total + index + 1;
                }
            } else if !is_blank(character) {
                (seen, end) = (true, None);
            }
        }
        total += span.text.len();
    }
    if seen { cut(spans, first, end.unwrap_or(total)) } else { Vec::new() }
}

/// Keeps the bytes from `first` to before `end` of the whole text.
fn cut(spans: Vec<Span>, first: usize, end: usize) -> Vec<Span> {
    let mut offset = 0;
    let mut kept = Vec::with_capacity(spans.len());
    for mut span in spans {
        let length = span.text.len();
        span.text.truncate(end.saturating_sub(offset).min(length));
        let before = first.saturating_sub(offset).min(span.text.len());
        span.text.drain(..before);
        offset += length;
        if !span.text.is_empty() {
            kept.push(span);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(text: &str) -> Span {
        Span { text: text.to_owned(), style: Style::default() }
    }

    #[test]
    fn blank_lines_around_the_text_go_and_those_within_it_stay() {
        let italic = Style { italic: true, ..Style::default() };
        let spans = [
            plain(" \n\u{a0}\n"),
            plain(" a\n\n"),
            Span { text: "b\n \n".into(), style: italic.clone() },
            plain("\n"),
        ];
        assert_eq!(canonical(&spans), [plain(" a\n\n"), Span { text: "b".into(), style: italic }]);
        assert_eq!(canonical(&[plain(" \n\u{200e}")]), []);
    }

    #[test]
    fn what_no_xml_can_carry_is_left_out() {
        assert_eq!(canonical(&[plain("a\u{0}\u{b}\tb\u{ffff}\u{85}")]), [plain("a b")]);
    }

    #[test]
    fn names_take_one_line() {
        assert_eq!(single_line("  Mary \n Ann\t"), "Mary Ann");
        assert_eq!(single_line(&"é".repeat(500)).len(), MAX_NAME_BYTES);
    }

    #[test]
    fn language_tags_are_told_from_other_text() {
        assert_eq!(language_tag(" zh-Hans-CN "), Some("zh-Hans-CN"));
        for wrong in ["", "e n", "1", "en_US", "en-", "\"", "internationalized"] {
            assert_eq!(language_tag(wrong), None, "{wrong:?}");
        }
    }
}
