//! Cue settings (§4.4, §6.3 "parse the WebVTT cue settings") to and from a [`Placement`].

use crate::{Alignment, LineAlignment, LinePosition, Placement, PositionAlignment, Writing};

/// The settings of a cue, as they stand after its times; empty for the default. What only makes sense with a
/// line or a position is left out without one.
pub fn settings(placement: &Placement) -> String {
    let parts = [
        vertical(placement.writing).to_owned(),
        placement.line.map_or_else(String::new, |line| print_line(line, placement.line_alignment)),
        placement.position.map_or_else(String::new, |at| print_position(at, placement.position_alignment)),
        placement.size.map_or_else(String::new, |size| format!("size:{}", print_percent(size))),
        align(placement.alignment).to_owned(),
    ];
    parts.iter().filter(|part| !part.is_empty()).map(String::as_str).collect::<Vec<_>>().join(" ")
}

/// The placement that settings describe; what is not understood is left out, as players do. Regions count for
/// nothing here, since only a whole file defines them.
pub fn read_settings(text: &str) -> Placement {
    parse(text).0
}

/// The placement, and the name of the region if one is named.
pub(super) fn parse(text: &str) -> (Placement, Option<&str>) {
    let mut placement = Placement::default();
    let mut region = None;
    for setting in text.split_ascii_whitespace() {
        match setting.split_once(':') {
            Some(("region", name)) if !name.is_empty() => region = Some(name),
            Some((name, value)) => apply(&mut placement, name, value),
            None => {}
        }
    }
    (placement, region)
}

/// Hundredths of a percent from a percentage between 0% and 100% (§6.3 "parse a percentage string").
pub(super) fn read_percent(text: &str) -> Option<u16> {
    let number = text.strip_suffix('%')?;
    let (whole, fraction) = match number.split_once('.') {
        Some((_, "")) => return None,
        Some(parts) => parts,
        None => (number, ""),
    };
    if whole.is_empty() || !whole.bytes().chain(fraction.bytes()).all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    let thousandths = format!("{fraction:0<3}").get(..3)?.parse::<u32>().ok()?;
    let thousandths = whole.parse::<u32>().ok()?.checked_mul(1_000)?.checked_add(thousandths)?;
    u16::try_from((thousandths + 5) / 10).ok().filter(|&hundredths| hundredths <= FULL)
}

/// All of the picture, in hundredths of a percent.
pub(super) const FULL: u16 = 10_000;

fn apply(placement: &mut Placement, name: &str, value: &str) {
    match name {
        "vertical" => match value {
            "rl" => placement.writing = Writing::VerticalFromRight,
            "lr" => placement.writing = Writing::VerticalFromLeft,
            _ => {}
        },
        "line" => apply_line(placement, value),
        "position" => apply_position(placement, value),
        "size" => placement.size = read_percent(value).or(placement.size),
        "align" => apply_align(placement, value),
        _ => {}
    }
}

fn apply_line(placement: &mut Placement, value: &str) {
    let (position, alignment) = split_alignment(value);
    let alignment = match alignment {
        None | Some("start") => LineAlignment::Start,
        Some("center") => LineAlignment::Center,
        Some("end") => LineAlignment::End,
        Some(_) => return,
    };
    if let Some(line) = read_line(position) {
        placement.line = Some(line);
        placement.line_alignment = alignment;
    }
}

fn read_line(text: &str) -> Option<LinePosition> {
    if text.ends_with('%') {
        return read_percent(text).map(LinePosition::Percent);
    }
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let digits = whole.strip_prefix('-').unwrap_or(whole);
    let well_formed = [digits, fraction]
        .iter()
        .all(|part| !part.is_empty() && part.bytes().all(|digit| digit.is_ascii_digit()));
    if well_formed { whole.parse().ok().map(LinePosition::Line) } else { None }
}

fn apply_position(placement: &mut Placement, value: &str) {
    let (position, alignment) = split_alignment(value);
    let alignment = match alignment {
        None | Some("auto") => PositionAlignment::Auto,
        // "start", "middle" and "end" are of older drafts.
        Some("line-left" | "start") => PositionAlignment::LineLeft,
        Some("center" | "middle") => PositionAlignment::Center,
        Some("line-right" | "end") => PositionAlignment::LineRight,
        Some(_) => return,
    };
    if let Some(position) = read_percent(position) {
        placement.position = Some(position);
        placement.position_alignment = alignment;
    }
}

fn apply_align(placement: &mut Placement, value: &str) {
    placement.alignment = match value {
        "start" => Alignment::Start,
        "center" | "middle" => Alignment::Center,
        "end" => Alignment::End,
        "left" => Alignment::Left,
        "right" => Alignment::Right,
        _ => return,
    };
}

fn split_alignment(value: &str) -> (&str, Option<&str>) {
    value.split_once(',').map_or((value, None), |(position, alignment)| (position, Some(alignment)))
}

fn vertical(writing: Writing) -> &'static str {
    match writing {
        Writing::Horizontal => "",
        Writing::VerticalFromRight => "vertical:rl",
        Writing::VerticalFromLeft => "vertical:lr",
    }
}

fn print_line(line: LinePosition, alignment: LineAlignment) -> String {
    let position = match line {
        LinePosition::Line(number) => number.to_string(),
        LinePosition::Percent(hundredths) => print_percent(hundredths),
    };
    let alignment = match alignment {
        LineAlignment::Start => "",
        LineAlignment::Center => ",center",
        LineAlignment::End => ",end",
    };
    format!("line:{position}{alignment}")
}

fn print_position(position: u16, alignment: PositionAlignment) -> String {
    let alignment = match alignment {
        PositionAlignment::Auto => "",
        PositionAlignment::LineLeft => ",line-left",
        PositionAlignment::Center => ",center",
        PositionAlignment::LineRight => ",line-right",
    };
    format!("position:{}{alignment}", print_percent(position))
}

fn align(alignment: Alignment) -> &'static str {
    match alignment {
        Alignment::Center => "",
        Alignment::Start => "align:start",
        Alignment::End => "align:end",
        Alignment::Left => "align:left",
        Alignment::Right => "align:right",
    }
}

/// `50%`, `12.5%`, `33.33%`; more than all is all.
fn print_percent(hundredths: u16) -> String {
    let hundredths = hundredths.min(FULL);
    let (whole, fraction) = (hundredths / 100, hundredths % 100);
    match (fraction, fraction % 10) {
        (0, _) => format!("{whole}%"),
        (_, 0) => format!("{whole}.{}%", fraction / 10),
        _ => format!("{whole}.{fraction:02}%"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Oracle: §4.4 and the steps of §6.3, by hand.
    #[test]
    fn every_setting_is_understood() {
        let placement =
            read_settings("vertical:rl line:-2,center position:12.345%,line-left size:33.3% align:start");
        assert_eq!(placement.writing, Writing::VerticalFromRight);
        assert_eq!(placement.line, Some(LinePosition::Line(-2)));
        assert_eq!(placement.line_alignment, LineAlignment::Center);
        assert_eq!(placement.position, Some(1_235));
        assert_eq!(placement.position_alignment, PositionAlignment::LineLeft);
        assert_eq!(placement.size, Some(3_330));
        assert_eq!(placement.alignment, Alignment::Start);
        assert_eq!(read_settings("line:84.5%,end").line, Some(LinePosition::Percent(8_450)));
        assert_eq!(read_settings("align:middle").alignment, Alignment::Center);
        assert_eq!(parse("region:left align:left").1, Some("left"));
    }

    #[test]
    fn what_is_wrong_is_left_out() {
        for wrong in [
            "",
            "line",
            "line:",
            "line:x",
            "line:1-",
            "line:--1",
            "line:1.",
            "line:101%",
            "line:5,top",
            "line:99999",
            "position:50",
            "position:-1%",
            "position:50%,left",
            "size:",
            "size:1e1%",
            "size:%",
            "size:.5%",
            "align:top",
            "vertical:up",
            ":",
            "x:y",
            "line : 5",
        ] {
            assert_eq!(read_settings(wrong), Placement::default(), "{wrong}");
        }
    }

    #[test]
    fn settings_are_printed_in_their_shortest_form() {
        let placement = Placement {
            writing: Writing::VerticalFromLeft,
            line: Some(LinePosition::Percent(9_000)),
            line_alignment: LineAlignment::End,
            position: Some(1_250),
            position_alignment: PositionAlignment::Center,
            size: Some(3_333),
            alignment: Alignment::Right,
        };
        assert_eq!(
            settings(&placement),
            "vertical:lr line:90%,end position:12.5%,center size:33.33% align:right"
        );
        assert_eq!(settings(&Placement::default()), "");
        assert_eq!(settings(&Placement { line_alignment: LineAlignment::End, ..Placement::default() }), "");
    }
}
