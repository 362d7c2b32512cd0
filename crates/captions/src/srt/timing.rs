//! Lines of times: `00:01:02,003 --> 00:01:04,000`, and what people make of them.

use crate::limits::MAX_TIME_MS;

/// Start and end in milliseconds. Hours and fractions may be missing, the fraction may follow a comma, a point
/// or a colon, spaces may stand anywhere, and what follows the second time counts for nothing (`X1:40 Y1:…`). A
/// negative time makes a cue that ends as it starts, so that it is dropped.
pub(super) fn read(line: &str) -> Option<(u64, u64)> {
    let line = line.trim_start_matches('\u{feff}');
    let (left, right) = line.split_once('>')?;
    let shaft = left.trim_end();
    let start = shaft.trim_end_matches(['-', ' ', '\u{2013}', '\u{2014}']);
    if start.len() == shaft.len() || line.len() > MAX_LINE_BYTES {
        return None;
    }
    let (start, rest) = read_time(start)?;
    let (end, rest_of_line) = read_time(right)?;
    let separated = rest_of_line.is_empty() || rest_of_line.starts_with(|next: char| !next.is_alphanumeric());
    if !rest.trim().is_empty() || !separated {
        return None;
    }
    let (Some(start), Some(end)) = (start, end) else { return Some((0, 0)) };
    Some((start, end))
}

/// Longer lines are no times.
const MAX_LINE_BYTES: usize = 512;

/// A time, `None` within if it is negative or too late, and what follows it.
fn read_time(text: &str) -> Option<(Option<u64>, &str)> {
    let text = text.trim_start();
    let (negative, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let mut fields = Vec::with_capacity(3);
    let mut fraction = None;
    loop {
        let (digits, after) = split_digits(rest)?;
        rest = after;
        if fields.len() == 3 || fraction.is_some() {
            fraction = Some(digits);
            break;
        }
        fields.push(digits.parse::<u64>().ok()?);
        let next = rest.trim_start();
        if let Some(after) = next.strip_prefix(':').filter(|after| starts_with_digit(after)) {
            rest = after.trim_start();
        } else if let Some(after) = next.strip_prefix([',', '.']).filter(|after| starts_with_digit(after)) {
            rest = after.trim_start();
            fraction = Some("");
        } else {
            break;
        }
    }
    let at = match *fields.as_slice() {
        [minutes, seconds] => in_millis(0, minutes, seconds, fraction),
        [hours, minutes, seconds] => in_millis(hours, minutes, seconds, fraction),
        _ => return None,
    };
    Some((at.filter(|_| !negative), rest))
}

fn in_millis(hours: u64, minutes: u64, seconds: u64, fraction: Option<&str>) -> Option<u64> {
    let millis = format!("{:0<3}", fraction.unwrap_or_default()).get(..3)?.parse::<u64>().ok()?;
    let minutes = hours.checked_mul(60)?.checked_add(minutes)?;
    let seconds = minutes.checked_mul(60)?.checked_add(seconds)?;
    seconds.checked_mul(1_000)?.checked_add(millis).filter(|&at| at <= MAX_TIME_MS)
}

fn split_digits(text: &str) -> Option<(&str, &str)> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    if digits == 0 { None } else { text.split_at_checked(digits) }
}

fn starts_with_digit(text: &str) -> bool {
    text.trim_start().starts_with(|character: char| character.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_as_people_write_them() {
        for (line, start, end) in [
            ("00:01:02,003 --> 00:01:04,000", 62_003, 64_000),
            ("  1:02:03.5-->1:02:04.25  ", 3_723_500, 3_724_250),
            ("01:02,003 --> 01:04,000", 62_003, 64_000),
            ("00:00:01 --> 00:00:02", 1_000, 2_000),
            ("00:00:01:500 --> 00:00:02:750", 1_500, 2_750),
            ("00: 00: 01, 500 -- > 00: 00: 02, 000", 1_500, 2_000),
            ("00:00:01,000 -> 00:00:02,000", 1_000, 2_000),
            ("00:00:01,000 \u{2013}> 00:00:02,000", 1_000, 2_000),
            ("00:00:01,000 --> 00:00:02,000 X1:040 X2:600 Y1:050 Y2:100", 1_000, 2_000),
            ("00:00:01.000 --> 00:00:02.000 line:0 align:left", 1_000, 2_000),
            ("00:00:01,0009 --> 00:00:02,0000", 1_000, 2_000),
            ("100:00:00,000 --> 100:00:01,000", 360_000_000, 360_001_000),
            ("-00:00:01,000 --> 00:00:02,000", 0, 0),
            ("00:00:05,000 --> -00:00:02,000", 0, 0),
        ] {
            assert_eq!(read(line), Some((start, end)), "{line}");
        }
    }

    #[test]
    fn text_is_no_time() {
        for line in [
            "",
            "-->",
            "a --> b",
            "1 --> 2",
            "I said 1:20 --> 1:30",
            "00:00:01,000",
            "x > 00:00:02,000",
            "00:00:01,000 > 00:00:02,000",
            "00:00:01,000 --> 00:00:02,000abc",
            "99999999999999999999:00:00,0 --> 1:00:00,0",
        ] {
            assert_eq!(read(line), None, "{line}");
        }
    }
}
