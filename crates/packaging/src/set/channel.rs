//! Names of caption channels inside the pictures (RFC 8216bis §4.4.6.1: INSTREAM-ID).

use std::fmt;

use super::CaptionChannel;

impl fmt::Display for CaptionChannel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cc(number) => write!(f, "CC{number}"),
            Self::Service(number) => write!(f, "SERVICE{number}"),
        }
    }
}

impl CaptionChannel {
    /// The channel with this name: `CC1` to `CC4`, `SERVICE1` to `SERVICE63`.
    pub fn parse(name: &str) -> Option<Self> {
        let number = |digits: &str, max: u8| {
            let is_canonical = digits.bytes().all(|b| b.is_ascii_digit()) && !digits.starts_with('0');
            let number = is_canonical.then(|| digits.parse::<u8>().ok()).flatten();
            number.filter(|number| (1..=max).contains(number))
        };
        match name.strip_prefix("CC") {
            Some(digits) => number(digits, 4).map(Self::Cc),
            None => number(name.strip_prefix("SERVICE")?, 63).map(Self::Service),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        for name in ["CC1", "CC4", "SERVICE1", "SERVICE63"] {
            assert_eq!(CaptionChannel::parse(name).map(|channel| channel.to_string()).as_deref(), Some(name));
        }
        for name in ["CC0", "CC5", "cc1", "CC", "CC01", "CC+1", "SERVICE0", "SERVICE64", "SERVICE999", "TXT"]
        {
            assert_eq!(CaptionChannel::parse(name), None, "{name}");
        }
    }
}
