//! Style properties (TTML1 §8), and how they are referenced, chained and inherited (§8.4).

use std::collections::HashMap;

use crate::color::parse_ttml;
use crate::{Alignment, Color, LineAlignment, Ruby, Style, Writing};

use super::length::Canvas;
use super::position::{self, Position};

/// The properties that an element specifies, or that hold for it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Properties {
    pub(super) italic: Option<bool>,
    pub(super) bold: Option<bool>,
    pub(super) underline: Option<bool>,
    pub(super) color: Option<Color>,
    pub(super) background: Option<Color>,
    pub(super) hidden: Option<bool>,
    pub(super) not_displayed: Option<bool>,
    pub(super) alignment: Option<Alignment>,
    pub(super) writing: Option<Writing>,
    pub(super) ruby: Option<RubyPart>,
    /// `tts:displayAlign`: where in its region the text stands.
    pub(super) display: Option<LineAlignment>,
    /// Left and upper edge of a region, in hundredths of a percent.
    pub(super) origin: Option<(i64, i64)>,
    /// Where a region stands in the room that it leaves; counts before its origin.
    pub(super) position: Option<Position>,
    /// Width and height of a region, in hundredths of a percent.
    pub(super) extent: Option<(i64, i64)>,
}

/// `tts:ruby` (TTML2 §10.2.35).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RubyPart {
    /// The whole annotation, or a group within it.
    Container,
    /// What is annotated.
    Base,
    /// The annotation.
    Text,
    /// Brackets, for players that cannot show ruby.
    Delimiter,
}

impl Properties {
    /// Takes a property from a `tts:` attribute; what is not understood counts for nothing.
    pub(super) fn set(&mut self, name: &str, value: &str, canvas: &Canvas) {
        let value = value.trim();
        match name {
            "fontStyle" => self.italic = Some(matches!(value, "italic" | "oblique" | "reverseOblique")),
            "fontWeight" => self.bold = Some(value == "bold"),
            "textDecoration" => self.underline = read_underline(value).or(self.underline),
            "color" => self.color = parse_ttml(value).or(self.color),
            "backgroundColor" => self.background = parse_ttml(value).or(self.background),
            "visibility" => self.hidden = Some(value == "hidden"),
            "display" => self.not_displayed = Some(value == "none"),
            "textAlign" => self.alignment = read_alignment(value).or(self.alignment),
            "writingMode" => self.writing = Some(read_writing(value)),
            "ruby" => self.ruby = read_ruby(value),
            "displayAlign" => self.display = read_display(value).or(self.display),
            "origin" => self.origin = canvas.pair(value).or(self.origin),
            "position" => self.position = position::read(value, canvas).or(self.position),
            "extent" => self.extent = canvas.pair(value).or(self.extent),
            _ => {}
        }
    }

    /// These properties, and the others' where these say nothing.
    pub(super) fn over(self, other: Self) -> Self {
        Self {
            italic: self.italic.or(other.italic),
            bold: self.bold.or(other.bold),
            underline: self.underline.or(other.underline),
            color: self.color.or(other.color),
            background: self.background.or(other.background),
            hidden: self.hidden.or(other.hidden),
            not_displayed: self.not_displayed.or(other.not_displayed),
            alignment: self.alignment.or(other.alignment),
            writing: self.writing.or(other.writing),
            ruby: self.ruby.or(other.ruby),
            display: self.display.or(other.display),
            origin: self.origin.or(other.origin),
            position: self.position.or(other.position),
            extent: self.extent.or(other.extent),
        }
    }

    /// What passes to the elements within.
    pub(super) fn inherited(self) -> Self {
        Self {
            background: None,
            not_displayed: None,
            writing: None,
            ruby: None,
            display: None,
            origin: None,
            position: None,
            extent: None,
            ..self
        }
    }

    /// The look of text, in the model's terms.
    pub(super) fn style(&self, background: Option<Color>, ruby: Ruby) -> Style {
        Style {
            italic: self.italic.unwrap_or(false),
            bold: self.bold.unwrap_or(false),
            underline: self.underline.unwrap_or(false),
            color: self.color,
            background: background.filter(|Color([_, _, _, opacity])| *opacity > 0),
            voice: None,
            language: None,
            ruby,
        }
    }
}

/// The `style` elements of a document's head.
#[derive(Debug, Default)]
pub(super) struct StyleTable {
    styles: HashMap<String, Definition>,
}

#[derive(Debug)]
enum Definition {
    /// As it stands in the document.
    Open { references: Vec<String>, own: Properties },
    /// With all that it refers to.
    Resolved(Properties),
}

/// Styles of a document; more are not read.
const MAX_STYLES: usize = 20_000;
/// References of one element, and length of a chain of styles; more are not followed.
const MAX_REFERENCES: usize = 16;

impl StyleTable {
    /// Adds a style; the first of a name counts.
    pub(super) fn define(&mut self, id: String, references: &str, own: Properties) {
        if self.styles.len() < MAX_STYLES {
            let references = names(references).map(str::to_owned).collect();
            self.styles.entry(id).or_insert(Definition::Open { references, own });
        }
    }

    /// What an element specifies by reference: of several styles the later wins.
    pub(super) fn referenced(&mut self, references: &str) -> Properties {
        names(references).fold(Properties::default(), |all, id| self.resolve(id, 0).over(all))
    }

    /// Follows each style once: what it comes to is kept, and a chain that leads back to itself ends.
    fn resolve(&mut self, id: &str, depth: usize) -> Properties {
        let Some(definition) = self.styles.get_mut(id) else { return Properties::default() };
        let open = std::mem::replace(definition, Definition::Resolved(Properties::default()));
        let resolved = match open {
            Definition::Resolved(properties) => properties,
            Definition::Open { own, .. } if depth >= MAX_REFERENCES => own,
            Definition::Open { references, own } => {
                let chained = references
                    .iter()
                    .fold(Properties::default(), |all, id| self.resolve(id, depth + 1).over(all));
                own.over(chained)
            }
        };
        self.styles.insert(id.to_owned(), Definition::Resolved(resolved));
        resolved
    }
}

fn names(references: &str) -> impl Iterator<Item = &str> {
    references.split_whitespace().take(MAX_REFERENCES)
}

fn read_underline(value: &str) -> Option<bool> {
    value.split_whitespace().find_map(|part| match part {
        "underline" => Some(true),
        "noUnderline" | "none" => Some(false),
        _ => None,
    })
}

fn read_alignment(value: &str) -> Option<Alignment> {
    match value {
        "left" => Some(Alignment::Left),
        "center" => Some(Alignment::Center),
        "right" => Some(Alignment::Right),
        "start" | "justify" => Some(Alignment::Start),
        "end" => Some(Alignment::End),
        _ => None,
    }
}

fn read_writing(value: &str) -> Writing {
    match value {
        "tbrl" | "tb" => Writing::VerticalFromRight,
        "tblr" => Writing::VerticalFromLeft,
        _ => Writing::Horizontal,
    }
}

fn read_display(value: &str) -> Option<LineAlignment> {
    match value {
        "before" => Some(LineAlignment::Start),
        "center" => Some(LineAlignment::Center),
        "after" => Some(LineAlignment::End),
        _ => None,
    }
}

fn read_ruby(value: &str) -> Option<RubyPart> {
    match value {
        "container" | "baseContainer" | "textContainer" => Some(RubyPart::Container),
        "base" => Some(RubyPart::Base),
        "text" => Some(RubyPart::Text),
        "delimiter" => Some(RubyPart::Delimiter),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn properties(pairs: &[(&str, &str)]) -> Properties {
        let mut properties = Properties::default();
        for (name, value) in pairs {
            properties.set(name, value, &Canvas::default());
        }
        properties
    }

    /// Oracle: TTML1 §8.4.1.2 and §8.4.1.3: later references win, and a style's own properties win over those
    /// it refers to.
    #[test]
    fn references_are_chained() {
        let mut table = StyleTable::default();
        table.define("base".into(), "", properties(&[("color", "red"), ("fontStyle", "italic")]));
        table.define(
            "strong".into(),
            "base missing",
            properties(&[("color", "blue"), ("fontWeight", "bold")]),
        );
        table.define("late".into(), "", properties(&[("color", "lime")]));
        let strong = table.referenced("strong");
        assert_eq!((strong.color, strong.italic, strong.bold), (parse_ttml("blue"), Some(true), Some(true)));
        assert_eq!(table.referenced("strong late").color, parse_ttml("lime"));
        assert_eq!(table.referenced("late strong").color, parse_ttml("blue"));
    }

    #[test]
    fn chains_may_be_circular_long_or_wide() {
        let mut table = StyleTable::default();
        table.define("a".into(), "b", properties(&[("color", "red")]));
        table.define("b".into(), "a", properties(&[("fontStyle", "italic")]));
        assert_eq!(table.referenced("a"), properties(&[("color", "red"), ("fontStyle", "italic")]));
        for n in 0..20_000 {
            let references = format!("s{0} s{0} s{0} s{0} s{0} s{0}", n + 1);
            table.define(format!("s{n}"), &references, Properties::default());
        }
        assert_eq!(table.referenced("s0"), Properties::default());
    }

    #[test]
    fn backgrounds_and_places_are_not_inherited() {
        let all = properties(&[
            ("backgroundColor", "red"),
            ("color", "red"),
            ("origin", "1% 1%"),
            ("textAlign", "end"),
        ]);
        assert_eq!(all.inherited(), properties(&[("color", "red"), ("textAlign", "end")]));
    }
}
