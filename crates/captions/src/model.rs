//! Cues: what all formats have in common. Times are milliseconds, places are percentages.

use serde::{Deserialize, Serialize};

/// The captions of a track or file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Captions {
    /// In order of start, then of the source.
    pub cues: Vec<Cue>,
    /// BCP 47 tag that the file itself states, if any.
    pub language: Option<String>,
}

/// Some text, shown for some time.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cue {
    /// Name in the source; no line break and no `-->` in it.
    pub id: Option<String>,
    /// First moment at which it is shown, in milliseconds.
    pub start: u64,
    /// First moment at which it is shown no more, in milliseconds; later than the start.
    pub end: u64,
    /// Where it is shown.
    pub placement: Placement,
    /// The text in reading order; a `\n` breaks the line. Not empty.
    pub text: Vec<Span>,
}

/// A run of text with one style.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    /// Plain text: no markup, no entities. Control characters but `\n` are left out when it is read.
    pub text: String,
    /// How it looks.
    pub style: Style,
}

/// How text looks; all `None` and `false` is the player's usual style.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Style {
    /// Slanted.
    pub italic: bool,
    /// Heavy.
    pub bold: bool,
    /// Underlined.
    pub underline: bool,
    /// Of the letters.
    pub color: Option<Color>,
    /// Behind the letters.
    pub background: Option<Color>,
    /// Who speaks (WebVTT `<v>`, `ttm:agent`).
    pub voice: Option<String>,
    /// BCP 47 tag, where it differs from that of the track.
    pub language: Option<String>,
    /// Its part in a ruby annotation.
    pub ruby: Ruby,
}

/// Red, green, blue, opacity; each from 0 to 255.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Color(pub [u8; 4]);

/// A part of a ruby annotation: a base is followed by its text.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Ruby {
    /// None.
    #[default]
    None,
    /// What is annotated.
    Base,
    /// The annotation.
    Text,
}

/// Where a cue is shown, in the terms of WebVTT cue settings; the default is the player's usual place.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Placement {
    /// Direction of lines.
    pub writing: Writing,
    /// Where the lines begin, across the writing direction.
    pub line: Option<LinePosition>,
    /// Which part of the cue the line names.
    pub line_alignment: LineAlignment,
    /// Where the box is, along the writing direction, in hundredths of a percent of the picture.
    pub position: Option<u16>,
    /// Which part of the box the position names.
    pub position_alignment: PositionAlignment,
    /// Extent of the box along the writing direction, in hundredths of a percent of the picture.
    pub size: Option<u16>,
    /// How lines are set within the box.
    pub alignment: Alignment,
}

/// Direction of lines.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Writing {
    /// Lines run across, from top to bottom.
    #[default]
    Horizontal,
    /// Lines run down, from right to left (WebVTT `vertical:rl`, Japanese).
    VerticalFromRight,
    /// Lines run down, from left to right (WebVTT `vertical:lr`, Mongolian).
    VerticalFromLeft,
}

/// Where lines begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum LinePosition {
    /// In lines: 0 is the first from the top, -1 the last.
    Line(i16),
    /// In hundredths of a percent of the picture, from the top.
    Percent(u16),
}

/// Which part of the cue its line names.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum LineAlignment {
    /// Its first line's upper edge.
    #[default]
    Start,
    /// Its middle.
    Center,
    /// Its last line's lower edge.
    End,
}

/// Which part of the box its position names.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum PositionAlignment {
    /// That which the alignment of the text suggests.
    #[default]
    Auto,
    /// The left edge, of vertical text the upper one.
    LineLeft,
    /// The middle.
    Center,
    /// The right edge, of vertical text the lower one.
    LineRight,
}

/// How lines are set within the box.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Alignment {
    /// In the middle.
    #[default]
    Center,
    /// Where a line of its script starts.
    Start,
    /// Where a line of its script ends.
    End,
    /// At the left.
    Left,
    /// At the right.
    Right,
}

impl Cue {
    /// The text without styles.
    pub fn plain_text(&self) -> String {
        self.text.iter().map(|span| span.text.as_str()).collect()
    }
}
