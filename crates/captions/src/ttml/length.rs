//! Lengths (TTML1 §8.3.9), as parts of the picture.

/// What pixels and cells are parts of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Canvas {
    /// Width and height in pixels, if the root element says them.
    pub(super) pixels: Option<(u32, u32)>,
    /// Columns and rows of cells.
    pub(super) cells: (u32, u32),
}

/// Lengths beyond a hundred pictures are cut to that, so that sums and products of them are small numbers.
const FARTHEST: i64 = 100 * FULL;

/// All of the picture, in hundredths of a percent.
pub(super) const FULL: i64 = 10_000;

impl Default for Canvas {
    /// TTML1 §6.2.1.
    fn default() -> Self {
        Self { pixels: None, cells: (32, 15) }
    }
}

impl Canvas {
    /// A pair of lengths, across and down, in hundredths of a percent of the picture.
    pub(super) fn pair(&self, text: &str) -> Option<(i64, i64)> {
        let mut parts = text.split_whitespace();
        let (across, down) = (parts.next()?, parts.next()?);
        let (width, height) = self.pixels.map_or((None, None), |(width, height)| (Some(width), Some(height)));
        let pair = (part(across, width, self.cells.0)?, part(down, height, self.cells.1)?);
        parts.next().is_none().then_some(pair)
    }
}

/// `640px 480px`.
pub(super) fn pixels(text: &str) -> Option<(u32, u32)> {
    let mut parts = text.split_whitespace().map(|part| {
        let whole = part.strip_suffix("px")?.split('.').next()?;
        whole.parse().ok().filter(|&pixels| pixels > 0)
    });
    Some((parts.next()??, parts.next()??))
}

/// `32 15`.
pub(super) fn cells(text: &str) -> Option<(u32, u32)> {
    let mut parts = text.split_whitespace().map(|part| part.parse().ok().filter(|&cells| cells > 0));
    Some((parts.next()??, parts.next()??))
}

fn part(text: &str, pixels: Option<u32>, cells: u32) -> Option<i64> {
    let unit = text.find(|character: char| character.is_ascii_alphabetic() || character == '%')?;
    let (number, unit) = text.split_at(unit);
    let thousandths = thousandths(number)?;
    let whole = match unit {
        "%" | "rw" | "rh" | "vw" | "vh" => 100,
        "px" => i64::from(pixels?),
        "c" => i64::from(cells),
        _ => return None,
    };
    let scaled = thousandths.checked_mul(FULL / 100)?.checked_mul(100)?;
    let half = whole * 500 * scaled.signum();
    Some((scaled.saturating_add(half) / (whole * 1_000)).clamp(-FARTHEST, FARTHEST))
}

/// A decimal number, signed, in thousandths.
fn thousandths(text: &str) -> Option<i64> {
    let (negative, digits) = match text.strip_prefix(['-', '+']) {
        Some(digits) => (text.starts_with('-'), digits),
        None => (false, text),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    if digits.len() > 12 || !whole.bytes().chain(fraction.bytes()).all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    let whole = if whole.is_empty() && !fraction.is_empty() { 0 } else { whole.parse::<i64>().ok()? };
    let fraction = format!("{fraction:0<3}").get(..3)?.parse::<i64>().ok()?;
    let value = whole.checked_mul(1_000)?.checked_add(fraction)?;
    Some(if negative { -value } else { value })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Oracle: arithmetic by hand.
    #[test]
    fn lengths_are_parts_of_the_picture() {
        let canvas = Canvas { pixels: pixels("640px 480px"), cells: cells("40 24").unwrap() };
        assert_eq!(canvas.pair("10% 82.5%"), Some((1_000, 8_250)));
        assert_eq!(canvas.pair("64px 48px"), Some((1_000, 1_000)));
        assert_eq!(canvas.pair("4c 6c"), Some((1_000, 2_500)));
        assert_eq!(canvas.pair("-10% 12.345rh"), Some((-1_000, 1_235)));
        assert_eq!(Canvas::default().pair("16c 7.5c"), Some((5_000, 5_000)));
        assert_eq!(Canvas::default().pair("64px 48px"), None);
        for wrong in ["", "10%", "10% 10", "auto auto", "10% 10% 10%", "x% 1%", "999999999999999% 1%", "% %"]
        {
            assert_eq!(canvas.pair(wrong), None, "{wrong}");
        }
        for wrong in ["auto", "640 480", "0px 1px", "640px"] {
            assert_eq!(pixels(wrong), None, "{wrong}");
        }
    }
}
