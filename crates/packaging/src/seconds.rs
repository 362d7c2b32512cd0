//! Seconds as paths, sets and options say them.

/// Milliseconds of a decimal number of seconds with up to three decimals; `None` if it is none.
pub(crate) fn millis(text: &str) -> Option<u64> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let is_number = |digits: &str| digits.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() || part.len() > 3 || !is_number(whole) || !is_number(part) {
        return None;
    }
    format!("{whole}{part:0<3}").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals() {
        for (text, expected) in [("0", 0), ("7", 7000), ("0.5", 500), ("12.345", 12_345), ("01.10", 1100)] {
            assert_eq!(millis(text), Some(expected), "{text}");
        }
        for text in ["", ".5", "-1", "+1", "1.2345", "1e1", "a", "6s", "1.2.3", "99999999999999999999"] {
            assert_eq!(millis(text), None, "{text}");
        }
    }
}
