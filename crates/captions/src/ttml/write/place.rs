//! Placements, told as regions.

use crate::{Alignment, LineAlignment, LinePosition, Placement, PositionAlignment, Writing};

/// A region; distances are hundredths of a percent of the picture.
pub(super) struct Region {
    /// The same for the same place in all documents of a track, so that players see that cues are the same.
    pub(super) id: String,
    attributes: String,
}

impl Region {
    pub(super) fn element(&self) -> String {
        format!("<region xml:id=\"{}\" {}/>\n", self.id, self.attributes)
    }
}

/// All of the picture.
const FULL: u32 = 10_000;
/// What is left free at each edge where the placement does not say.
const MARGIN: u32 = 1_000;
/// Height of a line: WebVTT's letters are 5.33 % of the picture's height (§7.1).
const LINE: u32 = 533;

/// The region for a cue of so many lines.
pub(super) fn region(placement: &Placement, lines: usize) -> Region {
    let lines = u32::try_from(lines).unwrap_or(u32::MAX);
    let (along, extent) = along_the_lines(placement);
    let (across, depth, display) = across_the_lines(placement, lines);
    let (x, y, width, height, mode) = match placement.writing {
        Writing::Horizontal => (along, across, extent, depth, ""),
        Writing::VerticalFromRight => (across, along, depth, extent, " tts:writingMode=\"tbrl\""),
        Writing::VerticalFromLeft => (across, along, depth, extent, " tts:writingMode=\"tblr\""),
    };
    let display = match (display, placement.writing) {
        (LineAlignment::Center, _) => "center",
        (LineAlignment::Start, Writing::VerticalFromRight)
        | (LineAlignment::End, Writing::Horizontal | Writing::VerticalFromLeft) => "after",
        (LineAlignment::End, Writing::VerticalFromRight) | (LineAlignment::Start, _) => "before",
    };
    let align = match placement.alignment {
        Alignment::Center => "center",
        Alignment::Start => "start",
        Alignment::End => "end",
        Alignment::Left => "left",
        Alignment::Right => "right",
    };
    let writing = match placement.writing {
        Writing::Horizontal => "h",
        Writing::VerticalFromRight => "r",
        Writing::VerticalFromLeft => "l",
    };
    Region {
        id: format!("r-{writing}-{display}-{align}-{x}-{y}-{width}-{height}"),
        attributes: format!(
            "tts:origin=\"{} {}\" tts:extent=\"{} {}\" tts:displayAlign=\"{display}\" tts:textAlign=\"{align}\"{mode}",
            percent(x),
            percent(y),
            percent(width),
            percent(height)
        ),
    }
}

/// Where the box begins along the lines, and how far it goes.
fn along_the_lines(placement: &Placement) -> (u32, u32) {
    let size = placement.size.map(|size| u32::from(size).min(FULL));
    let Some(position) = placement.position.map(|position| u32::from(position).min(FULL)) else {
        let size = size.unwrap_or(FULL - 2 * MARGIN);
        let room = FULL - size;
        return match placement.alignment {
            Alignment::Left => (room.min(MARGIN), size),
            Alignment::Right => (room.saturating_sub(MARGIN), size),
            Alignment::Center | Alignment::Start | Alignment::End => (room / 2, size),
        };
    };
    let size = size.unwrap_or(FULL);
    let alignment = match (placement.position_alignment, placement.alignment) {
        (PositionAlignment::Auto, Alignment::Left | Alignment::Start) => PositionAlignment::LineLeft,
        (PositionAlignment::Auto, Alignment::Right | Alignment::End) => PositionAlignment::LineRight,
        (PositionAlignment::Auto, Alignment::Center) => PositionAlignment::Center,
        (chosen, _) => chosen,
    };
    // The box keeps to the picture (WebVTT §7.2, maximum size).
    match alignment {
        PositionAlignment::LineLeft => (position, size.min(FULL - position)),
        PositionAlignment::LineRight => {
            let size = size.min(position);
            (position - size, size)
        }
        PositionAlignment::Center | PositionAlignment::Auto => {
            let size = size.min(2 * position.min(FULL - position));
            (position - size / 2, size)
        }
    }
}

/// Where the region begins across the lines, how far it goes, and at which of its edges the text stands.
fn across_the_lines(placement: &Placement, lines: u32) -> (u32, u32, LineAlignment) {
    let text = LINE.saturating_mul(lines).min(FULL);
    match placement.line {
        None => match placement.writing {
            Writing::VerticalFromRight => (MARGIN, FULL - 2 * MARGIN, LineAlignment::Start),
            Writing::Horizontal | Writing::VerticalFromLeft => {
                (MARGIN, FULL - 2 * MARGIN, LineAlignment::End)
            }
        },
        Some(LinePosition::Line(number)) => {
            let (edge, depth, display) = at_line(number, text);
            match (placement.writing, display) {
                // They are counted from the right.
                (Writing::VerticalFromRight, LineAlignment::Start) => {
                    (FULL - edge - depth, depth, LineAlignment::End)
                }
                (Writing::VerticalFromRight, _) => (FULL - edge - depth, depth, LineAlignment::Start),
                _ => (edge, depth, display),
            }
        }
        Some(LinePosition::Percent(line)) => {
            let line = u32::from(line).min(FULL);
            match placement.line_alignment {
                LineAlignment::Start => {
                    let top = line.min(FULL - text);
                    (top, FULL - top, LineAlignment::Start)
                }
                LineAlignment::Center => {
                    let middle = line.clamp(text / 2, FULL - text / 2);
                    let half = middle.min(FULL - middle);
                    (middle - half, 2 * half, LineAlignment::Center)
                }
                LineAlignment::End => (0, line.max(text), LineAlignment::End),
            }
        }
    }
}

/// Lines are counted from the edge, within a margin of half the usual one.
fn at_line(number: i16, text: u32) -> (u32, u32, LineAlignment) {
    let edge = MARGIN / 2;
    let distance = LINE.saturating_mul(number.unsigned_abs().into());
    let highest = (FULL - edge).saturating_sub(text);
    if number >= 0 {
        let top = (edge + distance.min(FULL)).min(highest);
        return (top, FULL - edge - top, LineAlignment::Start);
    }
    let top = (FULL - edge).saturating_sub(distance).min(highest);
    let bottom = (top + text).min(FULL - edge);
    (edge, bottom.saturating_sub(edge).max(LINE), LineAlignment::End)
}

/// `50%`, `12.34%`.
fn percent(hundredths: u32) -> String {
    match hundredths % 100 {
        0 => format!("{}%", hundredths / 100),
        fraction => format!("{}.{fraction:02}%", hundredths / 100),
    }
}
