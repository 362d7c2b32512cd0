//! Regions (§4.5 and §6.2 "collect WebVTT region settings"), told as placements of their cues.

use crate::{Alignment, LineAlignment, LinePosition, Placement, PositionAlignment, Writing};

use super::placement::{FULL, read_percent};

/// A part of the picture in which cues show; distances are hundredths of a percent of the picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Region {
    width: u16,
    lines: u16,
    anchor: (u16, u16),
    viewport_anchor: (u16, u16),
}

/// Height of a line, 6 % of the picture (§7.1).
const LINE_HEIGHT: u32 = 600;

impl Default for Region {
    /// The values that hold where none is given (§3.4).
    fn default() -> Self {
        Self { width: FULL, lines: 3, anchor: (0, FULL), viewport_anchor: (0, FULL) }
    }
}

impl Region {
    /// Reads the settings of a `REGION` block; none without a name.
    pub(super) fn read(block: &str) -> Option<(String, Self)> {
        let mut region = Self::default();
        let mut id = None;
        for (name, value) in block.split_ascii_whitespace().filter_map(|setting| setting.split_once(':')) {
            match name {
                "id" if !value.is_empty() => id = Some(value.to_owned()),
                "width" => region.width = read_percent(value).unwrap_or(region.width),
                "lines" => region.lines = value.parse().unwrap_or(region.lines),
                "regionanchor" => region.anchor = read_anchor(value).unwrap_or(region.anchor),
                "viewportanchor" => {
                    region.viewport_anchor = read_anchor(value).unwrap_or(region.viewport_anchor);
                }
                _ => {}
            }
        }
        id.map(|id| (id, region))
    }

    /// Where a cue of this region is shown: its text stands at the region's lower edge. A cue that has a line or
    /// a size of its own, or is vertical, is in no region (§6.3).
    pub(super) fn place(&self, cue: Placement) -> Placement {
        let own_place = cue.line.is_some() || cue.size.is_some_and(|size| size != FULL);
        if own_place || cue.writing != Writing::Horizontal {
            return cue;
        }
        let height = LINE_HEIGHT.saturating_mul(self.lines.into());
        let left = edge(self.viewport_anchor.0, self.anchor.0, self.width.into());
        let top = edge(self.viewport_anchor.1, self.anchor.1, height);
        let position = cue.position.unwrap_or(match cue.alignment {
            Alignment::Start | Alignment::Left => 0,
            Alignment::Center => FULL / 2,
            Alignment::End | Alignment::Right => FULL,
        });
        let position_alignment = match (cue.position_alignment, cue.alignment) {
            (PositionAlignment::Auto, Alignment::Start | Alignment::Left) => PositionAlignment::LineLeft,
            (PositionAlignment::Auto, Alignment::Center) => PositionAlignment::Center,
            (PositionAlignment::Auto, Alignment::End | Alignment::Right) => PositionAlignment::LineRight,
            (chosen, _) => chosen,
        };
        Placement {
            line: Some(LinePosition::Percent(within(top.saturating_add(height.into())))),
            line_alignment: LineAlignment::End,
            position: Some(within(left.saturating_add(share(position, self.width.into())))),
            position_alignment,
            size: Some(self.width),
            ..cue
        }
    }
}

fn read_anchor(text: &str) -> Option<(u16, u16)> {
    let (x, y) = text.split_once(',')?;
    Some((read_percent(x)?, read_percent(y)?))
}

/// Where a box begins whose point `anchor` lies at `viewport_anchor` of the picture.
fn edge(viewport_anchor: u16, anchor: u16, extent: u32) -> i64 {
    i64::from(viewport_anchor).saturating_sub(share(anchor, extent))
}

fn share(part: u16, extent: u32) -> i64 {
    i64::from(part) * i64::from(extent) / i64::from(FULL)
}

fn within(at: i64) -> u16 {
    u16::try_from(at.clamp(0, FULL.into())).unwrap_or(FULL)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Oracle: example 9 of §1.4, its geometry worked out by hand: 40 % wide, 3 lines of 6 %, the point at its
    /// left and lower edge stands at 10 % and 90 % of the picture.
    #[test]
    fn a_region_tells_where_its_cues_are() {
        let block = "id:fred width:40% lines:3 regionanchor:0%,100% viewportanchor:10%,90% scroll:up";
        let (id, region) = Region::read(block).unwrap();
        assert_eq!(id, "fred");
        let placement = region.place(Placement { alignment: Alignment::Left, ..Placement::default() });
        assert_eq!(placement.line, Some(LinePosition::Percent(9_000)));
        assert_eq!(placement.line_alignment, LineAlignment::End);
        assert_eq!((placement.position, placement.size), (Some(1_000), Some(4_000)));
        assert_eq!(placement.position_alignment, PositionAlignment::LineLeft);

        let middle = region.place(Placement::default());
        assert_eq!((middle.position, middle.position_alignment), (Some(3_000), PositionAlignment::Center));
    }

    #[test]
    fn a_cue_with_a_place_of_its_own_is_in_no_region() {
        let (_, region) = Region::read("id:a lines:4294967295 width:x").unwrap();
        let cue = Placement { line: Some(LinePosition::Line(0)), ..Placement::default() };
        assert_eq!(region.place(cue), cue);
        assert!(Region::read("width:40%").is_none());
    }
}
