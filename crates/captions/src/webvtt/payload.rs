//! Cue text with its markup (§6.4 "WebVTT cue text parsing rules"), to spans.

use crate::limits::MAX_DEPTH;
use crate::spans::{SpanBuilder, language_tag, single_line};
use crate::{Color, Ruby, Span, Style, entity};

use super::CLASS_COLORS;
use super::style_sheet::StyleSheet;

/// The text of a cue. Tags that are not known and timestamps within the text are left out; a `<` that no `>`
/// follows is text.
pub fn read_payload(text: &str) -> Vec<Span> {
    read_styled(text, &StyleSheet::default())
}

/// As [`read_payload`], with what the file's style sheet says.
pub(super) fn read_styled(text: &str, sheet: &StyleSheet) -> Vec<Span> {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let mut reader = Reader { sheet, base: sheet.base(), open: Vec::new(), spans: SpanBuilder::default() };
    let mut rest = text.as_str();
    while let Some((before, inside)) = rest.split_once('<') {
        // No tag is closed behind this one either.
        let Some((tag, after)) = inside.split_once('>') else { break };
        reader.text(before);
        reader.tag(tag);
        rest = after;
    }
    reader.text(rest);
    reader.spans.finish()
}

struct Reader<'a> {
    sheet: &'a StyleSheet,
    base: Style,
    open: Vec<Node>,
    spans: SpanBuilder,
}

struct Node {
    tag: Tag,
    style: Style,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Tag {
    Class,
    Italic,
    Bold,
    Underline,
    Ruby,
    RubyText,
    Voice,
    Language,
}

impl Reader<'_> {
    fn text(&mut self, text: &str) {
        if !text.is_empty() {
            let style = self.open.last().map_or(&self.base, |node| &node.style);
            self.spans.push(&entity::decode(text), style);
        }
    }

    /// A tag, without its angle brackets.
    fn tag(&mut self, tag: &str) {
        if let Some(name) = tag.strip_prefix('/') {
            self.close(name.trim());
            return;
        }
        let name_end = tag.find(|character: char| character == '.' || character.is_ascii_whitespace());
        let (name, rest) = tag.split_at(name_end.unwrap_or(tag.len()));
        let annotation_start = rest.find(|character: char| character.is_ascii_whitespace());
        let (classes, annotation) = rest.split_at(annotation_start.unwrap_or(rest.len()));
        if let Some(kind) = Tag::named(name)
            && self.open.len() < MAX_DEPTH
        {
            self.open_node(kind, classes, annotation);
        }
    }

    fn open_node(&mut self, tag: Tag, classes: &str, annotation: &str) {
        let parent = self.open.last();
        if tag == Tag::RubyText && parent.is_none_or(|node| node.tag != Tag::Ruby) {
            return;
        }
        let mut style = parent.map_or(&self.base, |node| &node.style).clone();
        let classes = classes.split('.').filter(|class| !class.is_empty()).take(MAX_CLASSES);
        for class in classes.clone() {
            match class.strip_prefix("bg_") {
                Some(name) => style.background = class_color(name).or(style.background),
                None => style.color = class_color(class).or(style.color),
            }
        }
        tag.restyle(annotation, &mut style);
        self.sheet.restyle(tag.name(), classes, &mut style);
        self.open.push(Node { tag, style });
    }

    /// Closes the innermost node if it has this name; `</ruby>` closes an open `<rt>` with it.
    fn close(&mut self, name: &str) {
        let Some(tag) = self.open.last().map(|node| node.tag) else { return };
        if tag.name() == name {
            self.open.pop();
        } else if name == "ruby" && tag == Tag::RubyText {
            self.open.truncate(self.open.len().saturating_sub(2));
        }
    }
}

/// Classes of one tag; more are not read.
const MAX_CLASSES: usize = 16;

impl Tag {
    const ALL: [Self; 8] = [
        Self::Class,
        Self::Italic,
        Self::Bold,
        Self::Underline,
        Self::Ruby,
        Self::RubyText,
        Self::Voice,
        Self::Language,
    ];

    fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|tag| tag.name() == name)
    }

    fn name(self) -> &'static str {
        match self {
            Self::Class => "c",
            Self::Italic => "i",
            Self::Bold => "b",
            Self::Underline => "u",
            Self::Ruby => "ruby",
            Self::RubyText => "rt",
            Self::Voice => "v",
            Self::Language => "lang",
        }
    }

    /// What the tag does by itself.
    fn restyle(self, annotation: &str, style: &mut Style) {
        match self {
            Self::Class => {}
            Self::Italic => style.italic = true,
            Self::Bold => style.bold = true,
            Self::Underline => style.underline = true,
            Self::Ruby => style.ruby = Ruby::Base,
            Self::RubyText => style.ruby = Ruby::Text,
            Self::Voice => {
                let name = single_line(&entity::decode(annotation));
                style.voice = (!name.is_empty()).then_some(name);
            }
            Self::Language => style.language = language_tag(annotation).map(str::to_owned),
        }
    }
}

fn class_color(name: &str) -> Option<Color> {
    CLASS_COLORS.iter().find(|(class, _)| *class == name).map(|&(_, color)| color)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(text: &str, style: Style) -> Span {
        Span { text: text.to_owned(), style }
    }

    fn plain(text: &str) -> Span {
        span(text, Style::default())
    }

    /// Oracle: §1.3 and §6.4, by hand.
    #[test]
    fn tags_become_styles() {
        let italic = Style { italic: true, ..Style::default() };
        let both = Style { bold: true, ..italic.clone() };
        assert_eq!(
            read_payload("a <i>b <b>c</b></i><u.x>d</u>"),
            [
                plain("a "),
                span("b ", italic),
                span("c", both),
                span("d", Style { underline: true, ..Style::default() })
            ]
        );
        let voice = Style { voice: Some("Mary & Ann".into()), ..Style::default() };
        assert_eq!(read_payload("<v.loud Mary \n &amp; Ann>Hello\nyou"), [span("Hello\nyou", voice)]);
        let language = Style { language: Some("en-GB".into()), ..Style::default() };
        assert_eq!(read_payload("x<lang en-GB>colour</lang>"), [plain("x"), span("colour", language)]);
        let colored = Style {
            color: Some(Color([255, 255, 0, 255])),
            background: Some(Color([0, 0, 255, 255])),
            ..Style::default()
        };
        assert_eq!(read_payload("<c.yellow.bg_blue.other>y</c>"), [span("y", colored)]);
    }

    #[test]
    fn ruby_is_base_and_text() {
        let base = Style { ruby: Ruby::Base, ..Style::default() };
        let text = Style { ruby: Ruby::Text, ..Style::default() };
        let wanted = [
            span("漢", base.clone()),
            span("kan", text.clone()),
            span("字", base),
            span("ji", text),
            plain("!"),
        ];
        assert_eq!(read_payload("<ruby>漢<rt>kan</rt>字<rt>ji</rt></ruby>!"), wanted);
        assert_eq!(read_payload("<ruby>漢<rt>kan</rt>字<rt>ji</ruby>!"), wanted);
        assert_eq!(read_payload("<rt>alone</rt>"), [plain("alone")]);
    }

    #[test]
    fn what_is_no_tag_is_text_and_what_is_no_known_tag_is_nothing() {
        assert_eq!(read_payload("1 < 2 and 3"), [plain("1 < 2 and 3")]);
        assert_eq!(read_payload("I <3 you"), [plain("I <3 you")]);
        assert_eq!(
            read_payload("<i>x</i> <"),
            [span("x", Style { italic: true, ..Style::default() }), plain(" <")]
        );
        assert_eq!(read_payload("a > b"), [plain("a > b")]);
        assert_eq!(read_payload("a<br>b<00:00:01.000>c<>d</x></i>"), [plain("abcd")]);
        assert_eq!(read_payload("x &lt;i&gt; 2 &gt; 1 &amp; 3"), [plain("x <i> 2 > 1 & 3")]);
    }

    #[test]
    fn no_depth_and_no_length_does_harm() {
        let deep = "<b>".repeat(20_000) + "x";
        assert_eq!(read_payload(&deep).len(), 1);
        let unclosed = "<".repeat(60_000);
        assert_eq!(read_payload(&unclosed), [plain(&unclosed)]);
        let alternating = "a<i>b</i>".repeat(5_000);
        assert_eq!(read_payload(&alternating).len(), crate::limits::MAX_CUE_SPANS);
    }
}
