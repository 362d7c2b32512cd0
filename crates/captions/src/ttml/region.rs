//! Regions (TTML1 §9), told as the placements of a cue.

use crate::{Alignment, LineAlignment, LinePosition, Placement, PositionAlignment, Writing};

use super::length::FULL;
use super::style::Properties;

/// Where text is shown whose paragraph has these properties, in this region.
///
/// Without a region, or in one that says nothing of its place, it is the player's usual place; so it is for what
/// amounts to the same, text set in the middle at the lower end of the picture.
pub(super) fn placement(region: Option<Properties>, paragraph: Properties) -> Placement {
    // TTML2 allows a paragraph to bring its own place.
    let region = Properties { alignment: None, ..paragraph }.over(region.unwrap_or_default());
    let placed = region.origin.is_some()
        || region.position.is_some()
        || region.extent.is_some()
        || region.display.is_some();
    let stated = paragraph.alignment.or(region.alignment);
    if !placed {
        return Placement { alignment: stated.unwrap_or_default(), ..Placement::default() };
    }
    let alignment = stated.unwrap_or(Alignment::Start);
    let display = region.display.unwrap_or(LineAlignment::Start);
    let frame = Frame::of(region);
    if region.writing.unwrap_or_default() == Writing::Horizontal && frame.is_usual(display, alignment) {
        return Placement::default();
    }
    frame.placement(region.writing.unwrap_or_default(), display, alignment)
}

/// A rectangle within the picture, in hundredths of a percent.
struct Frame {
    left: u16,
    right: u16,
    top: u16,
    bottom: u16,
}

impl Frame {
    fn of(region: Properties) -> Self {
        let (left, top) = match region.position {
            Some((across, down)) => {
                let (width, height) = region.extent.unwrap_or((FULL, FULL));
                (across.origin(width), down.origin(height))
            }
            None => region.origin.unwrap_or((0, 0)),
        };
        let (width, height) = region.extent.unwrap_or((FULL - left, FULL - top));
        Self {
            left: within(left),
            right: within(left + width),
            top: within(top),
            bottom: within(top + height),
        }
    }

    fn is_usual(&self, display: LineAlignment, alignment: Alignment) -> bool {
        let middle = self.left.midpoint(self.right);
        let width = self.right.saturating_sub(self.left);
        display == LineAlignment::End
            && alignment == Alignment::Center
            && (4_900..=5_100).contains(&middle)
            && width >= 6_000
            && self.bottom >= 8_000
    }

    /// The box takes the region's whole extent along the lines. Its position is said as far as can be without its
    /// alignment, which not all players read.
    fn placement(&self, writing: Writing, display: LineAlignment, alignment: Alignment) -> Placement {
        let (along, across, display) = match writing {
            Writing::Horizontal => ((self.left, self.right), (self.top, self.bottom), display),
            Writing::VerticalFromLeft => ((self.top, self.bottom), (self.left, self.right), display),
            // Lines begin at the right, and WebVTT counts from the left.
            Writing::VerticalFromRight => {
                ((self.top, self.bottom), (self.left, self.right), opposite(display))
            }
        };
        let line = match display {
            LineAlignment::Start => across.0,
            LineAlignment::Center => across.0.midpoint(across.1),
            LineAlignment::End => across.1,
        };
        let size = along.1.saturating_sub(along.0);
        let (position, position_alignment, size) = match alignment {
            // The middle of an odd size would stand between two hundredths.
            Alignment::Center => (along.0 + size / 2, PositionAlignment::Auto, size / 2 * 2),
            Alignment::Left => (along.0, PositionAlignment::Auto, size),
            Alignment::Right => (along.1, PositionAlignment::Auto, size),
            // Which edge that is depends on the text.
            Alignment::Start | Alignment::End => (along.0, PositionAlignment::LineLeft, size),
        };
        Placement {
            writing,
            line: Some(LinePosition::Percent(line)),
            line_alignment: display,
            position: Some(position),
            position_alignment,
            size: Some(size),
            alignment,
        }
    }
}

fn opposite(display: LineAlignment) -> LineAlignment {
    match display {
        LineAlignment::Start => LineAlignment::End,
        LineAlignment::Center => LineAlignment::Center,
        LineAlignment::End => LineAlignment::Start,
    }
}

fn within(at: i64) -> u16 {
    u16::try_from(at.clamp(0, FULL)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ttml::length::Canvas;

    fn properties(pairs: &[(&str, &str)]) -> Properties {
        let mut properties = Properties::default();
        for (name, value) in pairs {
            properties.set(name, value, &Canvas::default());
        }
        properties
    }

    /// Oracle: geometry by hand.
    #[test]
    fn a_region_is_a_box() {
        let region = properties(&[("origin", "10% 5%"), ("extent", "40% 20%"), ("displayAlign", "after")]);
        let placement = placement(Some(region), properties(&[("textAlign", "end")]));
        assert_eq!(placement.line, Some(LinePosition::Percent(2_500)));
        assert_eq!(placement.line_alignment, LineAlignment::End);
        assert_eq!((placement.position, placement.size), (Some(1_000), Some(4_000)));
        assert_eq!(placement.position_alignment, PositionAlignment::LineLeft);
        assert_eq!(placement.alignment, Alignment::End);
    }

    #[test]
    fn the_usual_place_needs_no_words() {
        let bottom = properties(&[
            ("origin", "10% 70%"),
            ("extent", "80% 20%"),
            ("displayAlign", "after"),
            ("textAlign", "center"),
        ]);
        assert_eq!(placement(Some(bottom), Properties::default()), Placement::default());
        assert_eq!(placement(None, Properties::default()), Placement::default());
        let color = properties(&[("color", "red")]);
        assert_eq!(placement(Some(color), Properties::default()), Placement::default());
        let left = placement(None, properties(&[("textAlign", "left")]));
        assert_eq!(left, Placement { alignment: Alignment::Left, ..Placement::default() });
    }

    #[test]
    fn vertical_lines_begin_where_their_script_has_them() {
        let region =
            |mode| properties(&[("origin", "60% 10%"), ("extent", "30% 80%"), ("writingMode", mode)]);
        let japanese = placement(Some(region("tbrl")), Properties::default());
        assert_eq!(japanese.writing, Writing::VerticalFromRight);
        assert_eq!(
            (japanese.line, japanese.line_alignment),
            (Some(LinePosition::Percent(9_000)), LineAlignment::End)
        );
        assert_eq!((japanese.position, japanese.size), (Some(1_000), Some(8_000)));
        let mongolian = placement(Some(region("tblr")), Properties::default());
        assert_eq!(
            (mongolian.line, mongolian.line_alignment),
            (Some(LinePosition::Percent(6_000)), LineAlignment::Start)
        );
    }

    #[test]
    fn regions_outside_the_picture_are_cut() {
        let region = properties(&[("origin", "-50% 90%"), ("extent", "300% 300%")]);
        let placement = placement(Some(region), Properties::default());
        assert_eq!((placement.line, placement.size), (Some(LinePosition::Percent(9_000)), Some(10_000)));
    }
}
