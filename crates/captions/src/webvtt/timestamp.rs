//! Timestamps (§4.1, §6.3).

use crate::limits::MAX_TIME_MS;

/// Reads a timestamp at the start of the text: milliseconds, and what follows it. Hours may be missing, and a
/// comma may stand for the point, as files made from SubRip have it.
pub(super) fn read(text: &str) -> Option<(u64, &str)> {
    let (first, digits, rest) = number(text)?;
    let (second, rest) = two_digits(rest.strip_prefix(':')?)?;
    let (hours, minutes, seconds, rest) = match rest.strip_prefix(':') {
        Some(rest) => {
            let (third, rest) = two_digits(rest)?;
            (first, second, third, rest)
        }
        None if digits == 2 => (0, first, second, rest),
        None => return None,
    };
    let (millis, digits, rest) = number(rest.strip_prefix(['.', ','])?)?;
    if minutes > 59 || seconds > 59 || digits != 3 {
        return None;
    }
    let at = hours.checked_mul(3_600_000)?.checked_add(minutes * 60_000 + seconds * 1_000 + millis)?;
    (at <= MAX_TIME_MS).then_some((at, rest))
}

/// `HH:MM:SS.mmm`; hours take as many digits as they need, two at least.
pub(super) fn print(at: u64) -> String {
    let seconds = at / 1_000;
    format!("{:02}:{:02}:{:02}.{:03}", seconds / 3_600, seconds / 60 % 60, seconds % 60, at % 1_000)
}

/// Leading digits as a number, how many there are, and what follows them.
fn number(text: &str) -> Option<(u64, usize, &str)> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, rest) = text.split_at_checked(digits)?;
    Some((number.parse().ok()?, digits, rest))
}

fn two_digits(text: &str) -> Option<(u64, &str)> {
    let (value, digits, rest) = number(text)?;
    (digits == 2).then_some((value, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Oracle: the examples and rules of §6.3, by hand.
    #[test]
    fn timestamps_with_and_without_hours() {
        assert_eq!(read("01:02:03.004 x"), Some((3_723_004, " x")));
        assert_eq!(read("59:59.999"), Some((3_599_999, "")));
        assert_eq!(read("1:00:00.000"), Some((3_600_000, "")));
        assert_eq!(read("123:00:00.000"), Some((442_800_000, "")));
        assert_eq!(read("00:01,500"), Some((1_500, "")));
        for wrong in [
            "",
            "1",
            "00:01",
            "0:01.000",
            "60:00.000",
            "00:60.000",
            "00:00:00.00",
            "00:00:0.000",
            "00:00.0000",
            "-00:01.000",
            "99999999999999999999:00:00.000",
            "18446744073709551615:00:00.000",
        ] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn hours_are_always_printed() {
        assert_eq!(print(0), "00:00:00.000");
        assert_eq!(print(3_723_004), "01:02:03.004");
        assert_eq!(print(442_800_000), "123:00:00.000");
    }
}
