//! Spans, to cue text with its markup (§4.2.2).

use crate::spans::{canonical, is_blank, language_tag, single_line};
use crate::{Color, Ruby, Span, Style};

use super::CLASS_COLORS;

/// The text of a cue with its markup, safe to stand in a file or in a `payl` box: no empty line (it gets a
/// no-break space), no `-->`, no line break around it. Colors other than those with a class of their own, and
/// opacities, cannot be told.
pub fn payload(spans: &[Span]) -> String {
    let mut writer = Writer::default();
    for span in canonical(spans) {
        writer.switch_to(elements(&span.style));
        writer.text(&span.text);
    }
    writer.switch_to(Vec::new());
    writer.out
}

/// Something with a start and an end tag, in the order in which they are nested.
#[derive(Debug, PartialEq, Eq)]
enum Element {
    Voice(String),
    Language(String),
    Ruby,
    RubyText,
    Classes(String),
    Bold,
    Italic,
    Underline,
}

#[derive(Default)]
struct Writer {
    out: String,
    open: Vec<Element>,
    line_is_visible: bool,
}

impl Writer {
    /// Closes what does not hold any more, and opens what holds now.
    fn switch_to(&mut self, wanted: Vec<Element>) {
        let same = self.open.iter().zip(&wanted).take_while(|(open, wanted)| open == wanted).count();
        while self.open.len() > same {
            if let Some(element) = self.open.pop() {
                self.out.push_str(element.end_tag());
            }
        }
        for element in wanted.into_iter().skip(same) {
            self.out.push_str(&element.start_tag());
            self.open.push(element);
        }
    }

    fn text(&mut self, text: &str) {
        for character in text.chars() {
            if character == '\n' {
                if !self.line_is_visible {
                    self.out.push_str("&nbsp;");
                }
                self.line_is_visible = false;
            } else {
                self.line_is_visible |= !is_blank(character);
            }
            push_escaped(&mut self.out, character);
        }
    }
}

impl Element {
    fn start_tag(&self) -> String {
        match self {
            Self::Voice(name) => format!("<v {}>", escape(name)),
            Self::Language(tag) => format!("<lang {tag}>"),
            Self::Ruby => "<ruby>".to_owned(),
            Self::RubyText => "<rt>".to_owned(),
            Self::Classes(classes) => format!("<c{classes}>"),
            Self::Bold => "<b>".to_owned(),
            Self::Italic => "<i>".to_owned(),
            Self::Underline => "<u>".to_owned(),
        }
    }

    fn end_tag(&self) -> &'static str {
        match self {
            Self::Voice(_) => "</v>",
            Self::Language(_) => "</lang>",
            Self::Ruby => "</ruby>",
            Self::RubyText => "</rt>",
            Self::Classes(_) => "</c>",
            Self::Bold => "</b>",
            Self::Italic => "</i>",
            Self::Underline => "</u>",
        }
    }
}

fn elements(style: &Style) -> Vec<Element> {
    let voice = style.voice.as_deref().map(single_line).filter(|name| !name.is_empty());
    let language = style.language.as_deref().and_then(language_tag);
    let classes = [("", style.color), ("bg_", style.background)]
        .into_iter()
        .filter_map(|(prefix, color)| Some(format!(".{prefix}{}", class(color?)?)))
        .collect::<String>();
    [
        voice.map(Element::Voice),
        language.map(|tag| Element::Language(tag.to_owned())),
        (style.ruby != Ruby::None).then_some(Element::Ruby),
        (style.ruby == Ruby::Text).then_some(Element::RubyText),
        (!classes.is_empty()).then_some(Element::Classes(classes)),
        style.bold.then_some(Element::Bold),
        style.italic.then_some(Element::Italic),
        style.underline.then_some(Element::Underline),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn class(color: Color) -> Option<&'static str> {
    CLASS_COLORS.iter().find(|(_, known)| *known == color).map(|&(name, _)| name)
}

fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    text.chars().for_each(|character| push_escaped(&mut escaped, character));
    escaped
}

fn push_escaped(target: &mut String, character: char) {
    match character {
        '&' => target.push_str("&amp;"),
        '<' => target.push_str("&lt;"),
        '>' => target.push_str("&gt;"),
        '\u{a0}' => target.push_str("&nbsp;"),
        other => target.push(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(text: &str, style: Style) -> Span {
        Span { text: text.to_owned(), style }
    }

    /// Oracle: the grammar of §4.2.2, by hand.
    #[test]
    fn styles_become_tags() {
        let yellow = Style { color: Some(Color([255, 255, 0, 255])), ..Style::default() };
        let both = Style { italic: true, background: Some(Color([0, 0, 0, 255])), ..yellow.clone() };
        let odd = Style { color: Some(Color([1, 2, 3, 255])), ..Style::default() };
        let spans = [
            span("a & b\n", Style::default()),
            span("y", yellow),
            span("<z>", both),
            span("odd", odd),
            span("w", Style { voice: Some("Mary > Ann".into()), bold: true, ..Style::default() }),
            span("l", Style { language: Some("he".into()), underline: true, ..Style::default() }),
        ];
        assert_eq!(
            payload(&spans),
            "a &amp; b\n<c.yellow>y</c><c.yellow.bg_black><i>&lt;z&gt;</i></c>odd\
             <v Mary &gt; Ann><b>w</b></v><lang he><u>l</u></lang>"
        );
    }

    #[test]
    fn ruby_keeps_its_order() {
        let ruby = |ruby| Style { ruby, ..Style::default() };
        let spans = [
            span("漢", ruby(Ruby::Base)),
            span("kan", ruby(Ruby::Text)),
            span("字", ruby(Ruby::Base)),
            span("ji", Style { italic: true, ..ruby(Ruby::Text) }),
        ];
        assert_eq!(payload(&spans), "<ruby>漢<rt>kan</rt>字<rt><i>ji</i></rt></ruby>");
    }

    #[test]
    fn no_line_is_empty_and_no_arrow_is_left() {
        let spans = [span("\na\n\nb --> c\n \nd\n", Style::default())];
        assert_eq!(payload(&spans), "a\n&nbsp;\nb --&gt; c\n &nbsp;\nd");
    }

    #[test]
    fn a_name_cannot_break_out_of_its_tag() {
        let style =
            Style { voice: Some(">\n\n<b>".into()), language: Some("en><b>".into()), ..Style::default() };
        assert_eq!(payload(&[span("x", style)]), "<v &gt; &lt;b&gt;>x</v>");
    }
}
