//! What stands in a paragraph.

use std::collections::HashMap;

use crate::spans::single_line;
use crate::{Color, Ruby, Span, Style};

/// Those who speak, in order of appearance.
#[derive(Default)]
pub(super) struct Agents {
    names: Vec<String>,
    numbers: HashMap<String, usize>,
}

impl Agents {
    /// The name by which elements refer to a voice.
    fn id(&mut self, voice: &str) -> Option<String> {
        let name = single_line(voice);
        if name.is_empty() {
            return None;
        }
        let index = *self.numbers.entry(name).or_insert_with_key(|name| {
            self.names.push(name.clone());
            self.names.len() - 1
        });
        Some(format!("a{index}"))
    }

    /// The head's metadata; nothing if nobody is named.
    pub(super) fn element(&self) -> String {
        if self.names.is_empty() {
            return String::new();
        }
        let mut element = String::from("<metadata>\n");
        for (index, name) in self.names.iter().enumerate() {
            let id = index.to_string();
            element.extend(["<ttm:agent xml:id=\"a", &id, "\" type=\"character\"><ttm:name type=\"alias\">"]);
            push_escaped(&mut element, name);
            element.push_str("</ttm:name></ttm:agent>\n");
        }
        element + "</metadata>\n"
    }
}

/// Writes the rest of a paragraph's start tag, and its content.
pub(super) fn push(out: &mut String, text: &[Span], agents: &mut Agents) {
    if is_right_to_left(text) {
        out.push_str(" tts:direction=\"rtl\" tts:unicodeBidi=\"embed\"");
    }
    out.push('>');
    let mut rest = text;
    while let Some((first, others)) = rest.split_first() {
        let ruby = ruby_run(rest);
        if ruby > 0 {
            let (run, after) = rest.split_at_checked(ruby).unwrap_or((rest, &[]));
            push_ruby(out, run, agents);
            rest = after;
        } else {
            push_span(out, first, agents);
            rest = others;
        }
    }
}

/// How many spans make one annotation: bases, then texts. A base that no text follows is none.
fn ruby_run(spans: &[Span]) -> usize {
    let bases = spans.iter().take_while(|span| span.style.ruby == Ruby::Base).count();
    let texts = spans.iter().skip(bases).take_while(|span| span.style.ruby == Ruby::Text).count();
    if texts == 0 { 0 } else { bases + texts }
}

fn push_ruby(out: &mut String, run: &[Span], agents: &mut Agents) {
    out.push_str("<span tts:ruby=\"container\">");
    for (part, name) in [(Ruby::Base, "base"), (Ruby::Text, "text")] {
        out.extend(["<span tts:ruby=\"", name, "\">"]);
        for span in run.iter().filter(|span| span.style.ruby == part) {
            push_span(out, span, agents);
        }
        out.push_str("</span>");
    }
    out.push_str("</span>");
}

fn push_span(out: &mut String, span: &Span, agents: &mut Agents) {
    let attributes = attributes(&span.style, agents);
    if !attributes.is_empty() {
        out.extend(["<span", &attributes, ">"]);
    }
    push_escaped(out, &span.text);
    if !attributes.is_empty() {
        out.push_str("</span>");
    }
}

fn attributes(style: &Style, agents: &mut Agents) -> String {
    let color = |name: &str, color: Option<Color>| {
        color.map_or_else(String::new, |color| format!(" tts:{name}=\"{}\"", hexadecimal(color)))
    };
    let language = style.language.as_deref().and_then(crate::spans::language_tag);
    let agent = style.voice.as_deref().and_then(|voice| agents.id(voice));
    [
        language.map_or_else(String::new, |tag| format!(" xml:lang=\"{tag}\"")),
        agent.map_or_else(String::new, |id| format!(" ttm:agent=\"{id}\"")),
        if style.italic { " tts:fontStyle=\"italic\"".to_owned() } else { String::new() },
        if style.bold { " tts:fontWeight=\"bold\"".to_owned() } else { String::new() },
        if style.underline { " tts:textDecoration=\"underline\"".to_owned() } else { String::new() },
        color("color", style.color),
        color("backgroundColor", style.background),
    ]
    .concat()
}

fn hexadecimal(Color([red, green, blue, opacity]): Color) -> String {
    match opacity {
        u8::MAX => format!("#{red:02x}{green:02x}{blue:02x}"),
        _ => format!("#{red:02x}{green:02x}{blue:02x}{opacity:02x}"),
    }
}

fn push_escaped(out: &mut String, text: &str) {
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\n' => out.push_str("<br/>"),
            other => out.push(other),
        }
    }
}

/// Whether the first letter that has a direction runs from right to left (Unicode UAX #9, rules P2 and P3).
fn is_right_to_left(text: &[Span]) -> bool {
    let letters = text.iter().filter(|span| span.style.ruby != Ruby::Text).flat_map(|span| span.text.chars());
    for character in letters {
        match character {
            '\u{200f}'
            | '\u{61c}'
            | '\u{590}'..='\u{8ff}'
            | '\u{fb1d}'..='\u{fdff}'
            | '\u{fe70}'..='\u{feff}'
            | '\u{10800}'..='\u{10fff}'
            | '\u{1e800}'..='\u{1efff}'
                if !character.is_numeric() =>
            {
                return true;
            }
            '\u{200e}' => return false,
            other if other.is_alphabetic() => return false,
            _ => {}
        }
    }
    false
}
