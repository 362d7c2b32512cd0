//! Markup in SubRip text: tags of HTML, and override codes of SSA (`{\an8}`, `{\i1}`).

use crate::limits::MAX_DEPTH;
use crate::spans::SpanBuilder;
use crate::{
    Alignment, Color, LineAlignment, LinePosition, Placement, PositionAlignment, Span, Style, color, entity,
};

/// The text of a cue, and where its codes place it. Tags that are not known are left out; a `<` that begins no
/// tag is text; `\N` breaks the line.
pub(super) fn read(text: &str) -> (Vec<Span>, Placement) {
    let mut reader = Reader {
        open: Vec::new(),
        style: Style::default(),
        spans: SpanBuilder::default(),
        place: Place::default(),
    };
    let mut rest = text;
    while let Some(at) = rest.find(['<', '{']) {
        let (before, markup) = rest.split_at(at);
        reader.text(before);
        rest = reader.markup(markup);
    }
    reader.text(rest);
    (reader.spans.finish(), reader.place.placement())
}

struct Reader {
    open: Vec<Open>,
    style: Style,
    spans: SpanBuilder,
    place: Place,
}

/// Something that is open: its name, and what it does.
struct Open {
    name: &'static str,
    effect: Effect,
}

#[derive(Clone, Copy)]
enum Effect {
    Italic,
    Bold,
    Underline,
    Color(Color),
    Nothing,
}

/// Longer markup is text.
const MAX_MARKUP_BYTES: usize = 512;

impl Reader {
    fn text(&mut self, text: &str) {
        if !text.is_empty() {
            self.spans.push(&entity::decode(text).replace("\\N", "\n"), &self.style);
        }
    }

    /// Reads a tag or code at the start of the text, and says what follows it.
    fn markup<'a>(&mut self, text: &'a str) -> &'a str {
        let window = text.get(..text.floor_char_boundary(MAX_MARKUP_BYTES)).unwrap_or(text);
        let close = if text.starts_with('<') { '>' } else { '}' };
        let inner = window.find(close).and_then(|end| window.get(1..end));
        let understood = match inner {
            Some(tag) if close == '>' => self.tag(tag),
            Some(codes) => codes.strip_prefix('\\').is_some_and(|codes| self.codes(codes)),
            None => false,
        };
        match inner {
            Some(inner) if understood => text.get(inner.len() + 2..).unwrap_or_default(),
            _ => {
                self.text(text.get(..1).unwrap_or_default());
                text.get(1..).unwrap_or_default()
            }
        }
    }

    fn tag(&mut self, tag: &str) -> bool {
        let (closing, body) = match tag.strip_prefix('/') {
            Some(body) => (true, body),
            None => (false, tag),
        };
        let end = body.find(|character: char| !character.is_ascii_alphanumeric()).unwrap_or(body.len());
        let (name, attributes) = body.split_at(end);
        if !name.starts_with(|character: char| character.is_ascii_alphabetic()) || tag.contains('<') {
            return false;
        }
        let Some((name, effect)) = known_tag(&name.to_ascii_lowercase(), attributes) else { return true };
        match (name, closing) {
            ("br", _) => self.spans.push("\n", &self.style),
            (_, true) => self.close(name),
            (_, false) => self.open(name, effect),
        }
        true
    }

    /// Override codes, without the first backslash.
    fn codes(&mut self, codes: &str) -> bool {
        for code in codes.split('\\') {
            let code = code.trim();
            match code {
                "i1" => self.open("i", Effect::Italic),
                "i0" | "i" => self.close("i"),
                "b0" | "b" => self.close("b"),
                "u1" => self.open("u", Effect::Underline),
                "u0" | "u" => self.close("u"),
                "c" | "1c" => self.close("font"),
                "r" => self.reset(),
                _ => self.code_with_value(code),
            }
        }
        true
    }

    fn code_with_value(&mut self, code: &str) {
        if let Some(number) = code.strip_prefix("an") {
            self.place.align(number.parse().ok().filter(|number| (1..=9).contains(number)));
        } else if let Some(position) = code.strip_prefix("pos(") {
            self.place.position = read_point(position).or(self.place.position);
        } else if let Some(color) =
            code.strip_prefix("1c").or_else(|| code.strip_prefix('c')).and_then(read_ssa_color)
        {
            self.open("font", Effect::Color(color));
        } else if let Some(number) = code.strip_prefix('a').and_then(|number| number.parse().ok()) {
            self.place.align(ssa_alignment(number));
        } else if code
            .strip_prefix('b')
            .and_then(|weight| weight.parse::<u16>().ok())
            .is_some_and(|weight| weight == 1 || weight >= 600)
        {
            self.open("b", Effect::Bold);
        }
    }

    fn open(&mut self, name: &'static str, effect: Effect) {
        if self.open.len() < MAX_DEPTH {
            self.open.push(Open { name, effect });
            self.restyle();
        }
    }

    /// Closes the innermost of this name, even if others were opened after it.
    fn close(&mut self, name: &str) {
        if let Some(index) = self.open.iter().rposition(|open| open.name == name) {
            self.open.remove(index);
            self.restyle();
        }
    }

    fn reset(&mut self) {
        self.open.clear();
        self.restyle();
    }

    fn restyle(&mut self) {
        self.style = Style::default();
        for open in &self.open {
            match open.effect {
                Effect::Italic => self.style.italic = true,
                Effect::Bold => self.style.bold = true,
                Effect::Underline => self.style.underline = true,
                Effect::Color(color) => self.style.color = Some(color),
                Effect::Nothing => {}
            }
        }
    }
}

fn known_tag(name: &str, attributes: &str) -> Option<(&'static str, Effect)> {
    Some(match name {
        "i" | "em" => ("i", Effect::Italic),
        "b" | "strong" => ("b", Effect::Bold),
        "u" => ("u", Effect::Underline),
        "font" => ("font", font_color(attributes).map_or(Effect::Nothing, Effect::Color)),
        "br" => ("br", Effect::Nothing),
        _ => return None,
    })
}

/// The color of ` color="#ffff00"`, with any quotes or none.
fn font_color(attributes: &str) -> Option<Color> {
    let lower = attributes.to_ascii_lowercase();
    let (_, value) = lower.split_once("color")?;
    let value = value.trim_start().strip_prefix('=')?.trim_start();
    let value = match value.strip_prefix(['"', '\'']) {
        Some(quoted) => quoted.split(['"', '\'']).next()?,
        None => value.split_whitespace().next()?,
    };
    color::parse_font(value)
}

/// `&HBBGGRR&`.
fn read_ssa_color(text: &str) -> Option<Color> {
    let digits = text.trim_matches('&').strip_prefix(['H', 'h'])?;
    let [_, blue, green, red] = u32::from_str_radix(digits, 16).ok()?.to_be_bytes();
    Some(Color([red, green, blue, u8::MAX]))
}

/// `x,y)` in the coordinates that SubRip files mean, 384 by 288, in hundredths of a percent.
fn read_point(text: &str) -> Option<(u16, u16)> {
    let (x, y) = text.strip_suffix(')')?.split_once(',')?;
    let share = |text: &str, full: u32| {
        let whole = text.trim().split('.').next()?.parse::<u32>().ok()?.min(full);
        u16::try_from(whole * 10_000 / full).ok()
    };
    Some((share(x, 384)?, share(y, 288)?))
}

/// The older code `\a`: 1 to 3 below, 5 to 7 above, 9 to 11 in the middle, as the newer one numbers them.
fn ssa_alignment(number: u8) -> Option<u8> {
    match number {
        1..=3 => Some(number),
        5..=7 => Some(number + 2),
        9..=11 => Some(number - 5),
        _ => None,
    }
}

/// Where the codes of a cue place it.
#[derive(Default)]
struct Place {
    /// As on a numeric keypad: 1 is below at the left, 9 above at the right.
    alignment: Option<u8>,
    position: Option<(u16, u16)>,
}

impl Place {
    /// The first code counts, as in SSA.
    fn align(&mut self, alignment: Option<u8>) {
        self.alignment = self.alignment.or(alignment);
    }

    fn placement(&self) -> Placement {
        let key = self.alignment.unwrap_or(2);
        let alignment = match key % 3 {
            1 => Alignment::Left,
            2 => Alignment::Center,
            _ => Alignment::Right,
        };
        if let Some((x, y)) = self.position {
            return at_point(key, alignment, x, y);
        }
        let (line, line_alignment) = match key {
            7.. => (Some(LinePosition::Line(0)), LineAlignment::Start),
            4.. => (Some(LinePosition::Percent(5_000)), LineAlignment::Center),
            _ => (None, LineAlignment::Start),
        };
        Placement { line, line_alignment, alignment, ..Placement::default() }
    }
}

fn at_point(key: u8, alignment: Alignment, x: u16, y: u16) -> Placement {
    Placement {
        line: Some(LinePosition::Percent(y)),
        line_alignment: match key {
            7.. => LineAlignment::Start,
            4.. => LineAlignment::Center,
            _ => LineAlignment::End,
        },
        position: Some(x),
        position_alignment: match alignment {
            Alignment::Left => PositionAlignment::LineLeft,
            Alignment::Right => PositionAlignment::LineRight,
            _ => PositionAlignment::Center,
        },
        alignment,
        ..Placement::default()
    }
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

    #[test]
    fn tags_of_html() {
        let yellow = Style { color: Some(Color([255, 255, 0, 255])), ..Style::default() };
        let italic = Style { italic: true, ..yellow.clone() };
        let (spans, placement) = read("a<font face=\"x\" color='#FFFF00'>b<I>c</font></I>d<br/>e<u>f");
        let wanted = [
            plain("a"),
            span("b", yellow),
            span("c", italic),
            plain("d\ne"),
            span("f", Style { underline: true, ..Style::default() }),
        ];
        assert_eq!(spans, wanted);
        assert_eq!(placement, Placement::default());
        assert_eq!(read("<font color=ffff00>b</font>").0[0].style.color, Some(Color([255, 255, 0, 255])));
    }

    /// As ffmpeg reads what was made from SSA without care: `\\N` breaks the line.
    #[test]
    fn a_line_break_of_ssa() {
        assert_eq!(
            read("a\\N<i>b</i>\\N").0,
            [plain("a\n"), span("b", Style { italic: true, ..Style::default() })]
        );
        assert_eq!(read("C:\\new").0, [plain("C:\\new")]);
    }

    #[test]
    fn what_looks_like_markup_and_is_none() {
        for text in ["1 < 2 > 0", "I <3 you", "{text}", "a {b", "<", "<i", "{\\an8", "5 <6> 7", "a < <b"] {
            assert_eq!(read(text).0, [plain(text)], "{text}");
        }
        assert_eq!(
            read("<x:y>a</x:y><i>&lt;b&gt; &amp;</i>").0,
            [plain("a"), span("<b> &", Style { italic: true, ..Style::default() })]
        );
    }

    #[test]
    fn codes_of_ssa() {
        let (spans, placement) = read("{\\an8\\i1}a{\\i0}b{\\c&H00FFFF&}c{\\r\\b1}d{\\k20}{\\fad(1,2)}");
        let wanted = [
            span("a", Style { italic: true, ..Style::default() }),
            plain("b"),
            span("c", Style { color: Some(Color([255, 255, 0, 255])), ..Style::default() }),
            span("d", Style { bold: true, ..Style::default() }),
        ];
        assert_eq!(spans, wanted);
        assert_eq!(placement.line, Some(LinePosition::Line(0)));
        assert_eq!(placement.alignment, Alignment::Center);
    }

    /// Oracle: the keys of a numeric keypad, and the manual of SSA for the older code.
    #[test]
    fn places_are_those_of_the_keypad() {
        for (code, line, alignment) in [
            ("{\\an1}", None, Alignment::Left),
            ("{\\an2}", None, Alignment::Center),
            ("{\\an3}", None, Alignment::Right),
            ("{\\an4}", Some(LinePosition::Percent(5_000)), Alignment::Left),
            ("{\\an6}", Some(LinePosition::Percent(5_000)), Alignment::Right),
            ("{\\an7}", Some(LinePosition::Line(0)), Alignment::Left),
            ("{\\an9}{\\an1}", Some(LinePosition::Line(0)), Alignment::Right),
            ("{\\a6}", Some(LinePosition::Line(0)), Alignment::Center),
            ("{\\a9}", Some(LinePosition::Percent(5_000)), Alignment::Left),
            ("{\\an0}{\\a4}", None, Alignment::Center),
        ] {
            let placement = read(&format!("{code}x")).1;
            assert_eq!((placement.line, placement.alignment), (line, alignment), "{code}");
        }
        let placement = read("{\\an7\\pos(192,72)}x").1;
        assert_eq!((placement.position, placement.line), (Some(5_000), Some(LinePosition::Percent(2_500))));
        assert_eq!(placement.position_alignment, PositionAlignment::LineLeft);
        assert_eq!(read("{\\pos(9999,-1)}x").1, Placement::default());
    }
}
