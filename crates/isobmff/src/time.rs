//! Time scales: what one tick of a track lasts.

use std::num::NonZeroU32;

/// Ticks per second of one track or of the movie (`mdhd.timescale`, `mvhd.timescale`,
/// ISO/IEC 14496-12 §8.4.2 and §8.2.2). Never zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timescale(NonZeroU32);

impl Timescale {
    /// `None` for zero, which hostile files contain.
    pub const fn new(ticks_per_second: u32) -> Option<Self> {
        match NonZeroU32::new(ticks_per_second) {
            Some(value) => Some(Self(value)),
            None => None,
        }
    }

    /// Ticks per second.
    pub const fn get(self) -> u32 {
        self.0.get()
    }

    /// A span of `ticks` of this scale in ticks of `target`, to the nearest tick, halves up.
    /// `None` if it does not fit.
    pub fn rescale(self, ticks: i64, target: Self) -> Option<i64> {
        let den = i128::from(self.get());
        let scaled = i128::from(ticks) * i128::from(target.get()) * 2 + den;
        i64::try_from(scaled.div_euclid(den * 2)).ok()
    }

    /// As [`Self::rescale`], but rounded towards positive infinity.
    pub fn rescale_up(self, ticks: i64, target: Self) -> Option<i64> {
        let den = i128::from(self.get());
        let scaled = i128::from(ticks) * i128::from(target.get());
        i64::try_from(-(-scaled).div_euclid(den)).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scale(value: u32) -> Timescale {
        Timescale::new(value).unwrap()
    }

    #[test]
    fn rounding() {
        // 44 ms at 44.1 kHz is 1940.4 ticks.
        assert_eq!(scale(1000).rescale(44, scale(44_100)), Some(1940));
        assert_eq!(scale(1000).rescale_up(44, scale(44_100)), Some(1941));
        assert_eq!(scale(1000).rescale(-44, scale(44_100)), Some(-1940));
        assert_eq!(scale(2).rescale(1, scale(1)), Some(1));
        assert_eq!(scale(1).rescale(i64::MAX, scale(2)), None);
    }
}
