//! Times of 90 kHz in 33 bits, and the program clock reference (ISO/IEC 13818-1 §2.4.2.2, §2.4.3.5).

/// Ticks per second of PTS and DTS.
pub const TICKS_PER_SECOND: u32 = 90_000;
/// PTS, DTS and the base of the PCR have 33 bits and wrap after 26.5 hours.
const WRAP: i64 = 1 << 33;
/// Longest distance of two PCR (§2.7.2: 0.1 s).
pub(crate) const PCR_DISTANCE: i64 = 9_000;
/// How long before its decoding time a picture has arrived at the latest.
const LEAD: i64 = 9_000;
/// How long the clock goes on while one picture arrives: of a longer gap the rest is passed over.
const LONGEST_ARRIVAL: i64 = 60 * 90_000;

/// A time as its field holds it.
pub(crate) fn wrapped(ticks: i64) -> u64 {
    ticks.rem_euclid(WRAP).cast_unsigned()
}

/// While an access unit arrives, in ticks. It arrives in the time between the decoding of the one before and
/// its own, so the clock is never behind a decoding time and goes as fast as the pictures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Arrival {
    /// When its first byte arrives.
    pub(crate) start: i64,
    /// How long it takes.
    pub(crate) ticks: i64,
}

impl Arrival {
    /// `before`: decoding time of the access unit before; the first of a segment follows one that is not known.
    pub(crate) fn new(before: i64, dts: i64) -> Self {
        let start = before.min(dts).max(dts.saturating_sub(LONGEST_ARRIVAL));
        Self { start: start.saturating_sub(LEAD), ticks: dts.saturating_sub(start) }
    }

    pub(crate) fn end(self) -> i64 {
        self.start.saturating_add(self.ticks)
    }

    /// How many PCR it takes beside the one at its start, so that none is further from the next than allowed.
    pub(crate) fn inner_references(self) -> u64 {
        let distances = self.ticks.cast_unsigned().div_ceil(PCR_DISTANCE.cast_unsigned());
        distances.saturating_sub(1)
    }

    /// The time of one of them, from 1.
    pub(crate) fn inner(self, number: u64) -> i64 {
        self.part(number, self.inner_references().saturating_add(1))
    }

    /// When this part of it has arrived.
    pub(crate) fn part(self, part: u64, of: u64) -> i64 {
        let ticks = i128::from(self.ticks) * i128::from(part) / i128::from(of.max(1));
        self.start.saturating_add(i64::try_from(ticks).unwrap_or(i64::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// §2.4.3.7: 33 bits; -1 is the last tick before the wrap.
    #[test]
    fn times_wrap() {
        assert_eq!(wrapped(-1), (1 << 33) - 1);
        assert_eq!(wrapped((1 << 33) + 5), 5);
    }

    /// One picture a second: 90,000 ticks in ten parts of 9,000.
    #[test]
    fn long_arrivals_have_more_references() {
        let slow = Arrival::new(900_000, 990_000);
        assert_eq!((slow.start, slow.end(), slow.inner_references()), (891_000, 981_000, 9));
        assert_eq!((slow.inner(1), slow.inner(9)), (900_000, 972_000));
        assert_eq!(Arrival::new(0, 3_600).inner_references(), 0);
        assert_eq!(Arrival::new(0, 9_000).inner_references(), 0);
        assert_eq!(Arrival::new(0, 9_001).inner_references(), 1);
    }

    #[test]
    fn gaps_and_steps_back_are_bounded() {
        assert_eq!(Arrival::new(0, i64::MAX).inner_references(), 599);
        assert_eq!(Arrival::new(5_000, 4_000).ticks, 0);
        assert_eq!(Arrival::new(i64::MIN, i64::MIN).ticks, 0);
    }
}
