//! Sample entries of timed text.

use std::borrow::Cow;

use encoding_rs::{MACINTOSH, UTF_16BE};

use super::{Alignment, Color, Error, LineAlignment, LinePosition, Placement, Style, Writing};

/// `displayFlags`: lines run down (TS 26.245 §5.16).
const VERTICAL_TEXT: u32 = 0x0002_0000;
/// `displayFlags`: the top of the text box says where subtitles go (QuickTime File Format, "Subtitle sample
/// description").
const VERTICAL_PLACEMENT: u32 = 0x2000_0000;

/// What a sample entry says of all its samples.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) is_quicktime: bool,
    pub(super) display_flags: u32,
    pub(super) style: Style,
    pub(super) placement: Placement,
}

impl Entry {
    pub(super) fn parse(entry: &[u8]) -> Result<Self, Error> {
        let cut = Error::Sample { format: "tx3g", reason: "the sample entry is cut" };
        let (header, fields) = entry.split_first_chunk::<16>().ok_or(cut.clone())?;
        let parsed = match &header[4..8] {
            b"tx3g" => Self::parse_tx3g(fields),
            // ffmpeg writes QuickTime's name over 3GPP's fields; those end in a font table.
            b"text" if fields.get(34..38) == Some(b"ftab") => Self::parse_tx3g(fields),
            b"text" => Self::parse_quicktime(fields),
            _ => {
                return Err(Error::Sample {
                    format: "tx3g",
                    reason: "the sample entry is neither tx3g nor text",
                });
            }
        };
        parsed.ok_or(cut)
    }

    /// `TextSampleEntry` (TS 26.245 §5.16): flags, justification, background, text box, style record.
    fn parse_tx3g(fields: &[u8]) -> Option<Self> {
        let [f0, f1, f2, f3, horizontal, vertical, rest @ ..] = fields.first_chunk::<30>()?;
        let [b0, b1, b2, b3, t0, t1, box_rest @ ..] = rest;
        let [_, _, _, _, _, _, _, _, _, _, _, _, face, _, color @ ..] = box_rest;
        let mut entry = Self {
            is_quicktime: false,
            display_flags: u32::from_be_bytes([*f0, *f1, *f2, *f3]),
            style: Style::default(),
            placement: Placement::default(),
        };
        entry.style = Style { background: background([*b0, *b1, *b2, *b3]), ..entry.styled(*face, *color) };
        // Writers that have nothing to say leave all of this zero; it would mean the upper left.
        let is_stated =
            [*horizontal, *vertical] != [0, 0] || rest.iter().skip(4).take(8).any(|&byte| byte != 0);
        if is_stated {
            entry.placement = justified(horizontal.cast_signed(), vertical.cast_signed());
        }
        if entry.has_vertical_placement() {
            entry.placement = entry.placed_at(i16::from_be_bytes([*t0, *t1]));
        }
        if entry.display_flags & VERTICAL_TEXT != 0 {
            entry.placement = Placement { writing: Writing::VerticalFromRight, ..Placement::default() };
        }
        Some(entry)
    }

    /// `TextDescription` (QuickTime File Format, "Text sample description"). Its colours are left out: they
    /// are usually black on white, which only goes together, and its left is what players had to begin with.
    fn parse_quicktime(fields: &[u8]) -> Option<Self> {
        let [f0, f1, f2, f3, j0, j1, j2, j3, rest @ ..] = fields.first_chunk::<34>()?;
        let [.., face] = rest;
        let alignment = match i32::from_be_bytes([*j0, *j1, *j2, *j3]) {
            -1 => Alignment::Right,
            _ => Alignment::Center,
        };
        Some(Self {
            is_quicktime: true,
            display_flags: u32::from_be_bytes([*f0, *f1, *f2, *f3]),
            style: faced(*face),
            placement: Placement { alignment, ..Placement::default() },
        })
    }

    /// The text of a sample (§5.2): UTF-16 after a byte order mark, else UTF-8; before that was agreed on,
    /// the Macintosh's.
    pub(super) fn decode<'a>(&self, text: &'a [u8]) -> Cow<'a, str> {
        if let Some((encoding, mark)) = encoding_rs::Encoding::for_bom(text) {
            return encoding.decode_without_bom_handling(text.get(mark..).unwrap_or_default()).0;
        }
        match std::str::from_utf8(text) {
            Ok(text) => Cow::Borrowed(text),
            Err(_) if self.is_quicktime => MACINTOSH.decode_without_bom_handling(text).0,
            // Some writers leave the mark out: Latin text in UTF-16 has a zero in every other byte.
            Err(_) if text.iter().step_by(2).all(|&byte| byte == 0) => {
                UTF_16BE.decode_without_bom_handling(text).0
            }
            Err(_) => String::from_utf8_lossy(text),
        }
    }

    /// The style of a style record; what it does not say is that of the entry.
    pub(super) fn styled(&self, face: u8, color: [u8; 4]) -> Style {
        Style { color: text_color(color), background: self.style.background, ..faced(face) }
    }

    pub(super) fn has_vertical_placement(&self) -> bool {
        self.display_flags & VERTICAL_PLACEMENT != 0
    }

    /// Where a text box with this top puts the text, if the entry leaves that to the box.
    pub(super) fn placed_at(&self, top: i16) -> Placement {
        let line = (top <= 0).then_some(LinePosition::Line(0));
        Placement { line, line_alignment: LineAlignment::Start, ..self.placement }
    }
}

/// Where justification puts the text (§5.16): 0 is left and top, 1 the middle, −1 right and bottom. The bottom
/// is where players put it anyway, each at the height it finds best.
fn justified(horizontal: i8, vertical: i8) -> Placement {
    let (line, line_alignment) = match vertical {
        0 => (Some(LinePosition::Line(0)), LineAlignment::Start),
        1 => (Some(LinePosition::Percent(5000)), LineAlignment::Center),
        _ => (None, LineAlignment::Start),
    };
    let alignment = match horizontal {
        0 => Alignment::Left,
        -1 => Alignment::Right,
        _ => Alignment::Center,
    };
    Placement { line, line_alignment, alignment, ..Placement::default() }
}

/// `face-style-flags` (§5.16).
fn faced(face: u8) -> Style {
    Style { bold: face & 1 != 0, italic: face & 2 != 0, underline: face & 4 != 0, ..Style::default() }
}

/// White is the usual; fully transparent is what writers leave that have none.
fn text_color(color: [u8; 4]) -> Option<Color> {
    let [red, green, blue, opacity] = color;
    let is_usual = opacity == 0 || [red, green, blue] == [255; 3];
    (!is_usual).then_some(Color(color))
}

/// Black is what writers leave that mean the usual.
fn background(color: [u8; 4]) -> Option<Color> {
    let [red, green, blue, opacity] = color;
    let is_usual = opacity == 0 || [red, green, blue] == [0; 3];
    (!is_usual).then_some(Color(color))
}
