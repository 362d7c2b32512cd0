//! Exact decimals from ticks: integers until the last digit is written.

use std::fmt;

use isobmff::Timescale;

/// Microseconds from the start of a track to an instant, rounded up.
///
/// Sums of differences of such values never drift, and none falls short of the media: Shaka places
/// segments by the sum of EXTINF and lets sound jump where that is a fraction of a microsecond early.
pub(crate) fn micros_up(ticks: u64, scale: Timescale) -> u64 {
    let micros = (u128::from(ticks) * 1_000_000).div_ceil(u128::from(scale.get()));
    u64::try_from(micros).unwrap_or(u64::MAX)
}

/// Microseconds printed as seconds with six decimals.
pub(crate) struct Seconds(pub(crate) u64);

impl fmt::Display for Seconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:06}", self.0 / 1_000_000, self.0 % 1_000_000)
    }
}

/// Milliseconds printed as WebVTT has them: `00:00:00.000`.
pub(crate) struct Stamp(pub(crate) u64);

impl fmt::Display for Stamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (seconds, millis) = (self.0 / 1000, self.0 % 1000);
        write!(f, "{:02}:{:02}:{:02}.{millis:03}", seconds / 3600, seconds / 60 % 60, seconds % 60)
    }
}

/// A fraction printed with three decimals, to the nearest.
pub(crate) struct Thousandths(pub(crate) u64, pub(crate) u64);

impl fmt::Display for Thousandths {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (numerator, denominator) = (u128::from(self.0), u128::from(self.1.max(1)));
        let thousandths = (numerator * 2000 + denominator) / (denominator * 2);
        write!(f, "{}.{:03}", thousandths / 1000, thousandths % 1000)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn printed_by_hand() {
        let scale = Timescale::new(90_000).unwrap();
        // 180180 / 90000 = 2.002 exactly; 1 / 90000 = 11.1 µs.
        assert_eq!(Seconds(micros_up(180_180, scale)).to_string(), "2.002000");
        assert_eq!(Seconds(micros_up(1, scale)).to_string(), "0.000012");
        assert_eq!(Thousandths(30_000, 1001).to_string(), "29.970");
        assert_eq!(Thousandths(24_000, 1001).to_string(), "23.976");
    }
}
