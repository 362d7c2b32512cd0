//! `STYLE` blocks (§4.3, §8.2): rules for `::cue`, for classes and for tags, as far as a [`Style`] can tell them.

use std::collections::HashMap;

use crate::color::parse_css;
use crate::{Color, Style};

/// The rules of a file, by tag and class; either is empty if the rule does not name it.
#[derive(Debug, Default)]
pub(super) struct StyleSheet {
    rules: HashMap<(String, String), Declarations>,
}

/// What a rule sets.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Declarations {
    italic: Option<bool>,
    bold: Option<bool>,
    underline: Option<bool>,
    color: Option<Color>,
    background: Option<Color>,
}

/// Rules of a file; more are not read.
const MAX_RULES: usize = 1_000;

impl StyleSheet {
    /// Adds the rules of one block. Selectors of other kinds and at-rules are left out.
    pub(super) fn add(&mut self, block: &str) {
        let block = without_comments(block);
        for rule in block.split('}') {
            let Some((selectors, body)) = rule.split_once('{') else { continue };
            let declarations = Declarations::read(body);
            for key in selectors.split(',').filter_map(|selector| read_selector(selector.trim())) {
                if self.rules.len() < MAX_RULES {
                    self.rules.entry(key).or_default().take(declarations);
                }
            }
        }
    }

    /// The style that holds for all text.
    pub(super) fn base(&self) -> Style {
        let mut style = Style::default();
        self.apply("", "", &mut style);
        style
    }

    /// Applies what the sheet says of a tag, then of its classes: a selector with a class is the more specific.
    pub(super) fn restyle<'a>(
        &self,
        tag: &str,
        classes: impl Iterator<Item = &'a str> + Clone,
        style: &mut Style,
    ) {
        if self.rules.is_empty() {
            return;
        }
        self.apply(tag, "", style);
        for class in classes.clone() {
            self.apply("", class, style);
        }
        for class in classes {
            self.apply(tag, class, style);
        }
    }

    fn apply(&self, tag: &str, class: &str, style: &mut Style) {
        if let Some(declarations) = self.rules.get(&(tag.to_owned(), class.to_owned())) {
            declarations.apply(style);
        }
    }
}

impl Declarations {
    fn read(body: &str) -> Self {
        let mut read = Self::default();
        for (name, value) in body.split(';').filter_map(|declaration| declaration.split_once(':')) {
            let value = value.trim().trim_end_matches("!important").trim().to_ascii_lowercase();
            match name.trim().to_ascii_lowercase().as_str() {
                "color" => read.color = parse_css(&value).or(read.color),
                "background" | "background-color" => read.background = parse_css(&value).or(read.background),
                "font-style" => {
                    read.italic = Some(value.starts_with("italic") || value.starts_with("oblique"));
                }
                "font-weight" => read.bold = Some(is_bold(&value)),
                "text-decoration" | "text-decoration-line" => {
                    read.underline = Some(value.contains("underline"));
                }
                _ => {}
            }
        }
        read
    }

    /// Later rules win.
    fn take(&mut self, later: Self) {
        self.italic = later.italic.or(self.italic);
        self.bold = later.bold.or(self.bold);
        self.underline = later.underline.or(self.underline);
        self.color = later.color.or(self.color);
        self.background = later.background.or(self.background);
    }

    fn apply(self, style: &mut Style) {
        style.italic = self.italic.unwrap_or(style.italic);
        style.bold = self.bold.unwrap_or(style.bold);
        style.underline = self.underline.unwrap_or(style.underline);
        style.color = self.color.or(style.color);
        style.background = self.background.or(style.background);
    }
}

fn is_bold(value: &str) -> bool {
    matches!(value, "bold" | "bolder") || value.parse::<u32>().is_ok_and(|weight| weight >= 600)
}

/// `::cue`, `::cue(.class)`, `::cue(tag)`, `::cue(tag.class)` as tag and class.
fn read_selector(selector: &str) -> Option<(String, String)> {
    let inner = match selector.strip_prefix("::cue")? {
        "" => return Some((String::new(), String::new())),
        rest => rest.strip_prefix('(')?.strip_suffix(')')?.trim(),
    };
    let (tag, class) = inner.split_once('.').unwrap_or((inner, ""));
    let is_name =
        |name: &str| name.chars().all(|character| character.is_alphanumeric() || "-_".contains(character));
    (!inner.is_empty() && is_name(tag) && is_name(class)).then(|| (tag.to_owned(), class.to_owned()))
}

fn without_comments(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, comment)) = rest.split_once("/*") {
        kept.push_str(before);
        rest = comment.split_once("*/").map_or("", |(_, after)| after);
    }
    kept + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_apply_by_how_specific_they_are() {
        let mut sheet = StyleSheet::default();
        sheet.add(
            "/* all */ ::cue { color: white }\n::cue(c.loud), ::cue(.x) { color: #f00; font-weight: 700 }\n\
             ::cue(.loud) { color: lime; background-color: rgba(0,0,0,0.5) } ::cue(b) { font-weight: normal }\n\
             ::cue(v[voice=\"Ann\"]) { color: blue } @media x { ::cue(i) { color: blue } }",
        );
        assert_eq!(sheet.base().color, Some(Color([255, 255, 255, 255])));
        let mut style = Style::default();
        sheet.restyle("c", ["loud"].into_iter(), &mut style);
        assert_eq!(style.color, Some(Color([255, 0, 0, 255])));
        assert_eq!(style.background, Some(Color([0, 0, 0, 128])));
        assert!(style.bold);
        sheet.restyle("b", [].into_iter(), &mut style);
        assert!(!style.bold);
    }
}
