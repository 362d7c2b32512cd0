//! Bit rates of a track from the exact sizes of its segments (RFC 8216bis §4.1, "bit rate").

use isobmff::Timescale;

use crate::segmentation::Segment;

/// Average and peak of one track, in bits per second, rounded up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BitRates {
    /// All bytes over the whole duration.
    pub average: u64,
    /// The largest rate of any run of segments that lasts between half and one and a half target
    /// durations (plus half a second); of a single segment if no run does.
    pub peak: u64,
    /// The rate at which a player that starts after a short while never runs dry (ISO/IEC 23009-1
    /// §5.3.5.2): the peak, or all bytes over the time that is presented, if that is more.
    pub sustained: u64,
}

impl BitRates {
    /// The rates of these segments in a playlist with this target duration.
    pub fn new(segments: &[Segment], timescale: Timescale, target_duration_secs: u64) -> Self {
        let ticks = u64::from(timescale.get());
        let bytes = segments.iter().map(|s| s.bytes).sum();
        let duration = segments.iter().map(|s| s.duration).sum();
        let presented = segments.iter().map(|s| s.end - s.start).sum();
        let peak = peak(segments, ticks, target_duration_secs);
        Self {
            average: rate(bytes, duration, ticks),
            peak,
            sustained: peak.max(rate(bytes, presented, ticks)),
        }
    }
}

fn peak(segments: &[Segment], ticks: u64, target: u64) -> u64 {
    let shortest = target.saturating_mul(ticks) / 2;
    let longest = target.saturating_mul(ticks).saturating_mul(3).saturating_add(ticks) / 2;
    let runs = segments.iter().enumerate().flat_map(|(first, _)| {
        let rest = segments.get(first..).unwrap_or_default();
        rest.iter()
            .scan((0u64, 0u64), |(bytes, duration), segment| {
                *bytes += segment.bytes;
                *duration += segment.duration;
                Some((*bytes, *duration))
            })
            .take_while(move |&(_, duration)| duration <= longest)
            .filter(move |&(_, duration)| duration >= shortest)
    });
    let single = |s: &Segment| rate(s.bytes, s.duration, ticks);
    runs.map(|(bytes, duration)| rate(bytes, duration, ticks))
        .max()
        .or_else(|| segments.iter().filter(|s| s.duration > 0).map(single).max())
        .unwrap_or(0)
}

fn rate(bytes: u64, duration: u64, ticks: u64) -> u64 {
    let bits = u128::from(bytes) * 8 * u128::from(ticks);
    u64::try_from(bits.div_ceil(u128::from(duration.max(1)))).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn segment(secs: u64, bytes: u64) -> Segment {
        Segment { samples: 1, decode_time: 0, duration: secs * 1000, start: 0, end: secs * 1000, bytes }
    }

    /// Oracle: the definition worked by hand. Target 6 s, so runs of 3 to 9.5 s count: each 6 s segment
    /// alone (4 and 8 Mbit/s), 6 + 2 and 2 + 6 s. The 2 s segment alone (12 Mbit/s) is too short; the peak
    /// is (6 + 3) MB in 8 s.
    #[test]
    fn short_segments_do_not_make_the_peak() {
        let list =
            [segment(6, 3_000_000), segment(6, 6_000_000), segment(2, 3_000_000), segment(6, 3_000_000)];
        let found = BitRates::new(&list, Timescale::new(1000).unwrap(), 6);
        assert_eq!(found.peak, 9_000_000);
        assert_eq!(found.average, 6_000_000);
    }

    #[test]
    fn a_lone_short_segment_counts() {
        let found = BitRates::new(&[segment(1, 1000)], Timescale::new(1000).unwrap(), 6);
        assert_eq!(found, BitRates { average: 8000, peak: 8000, sustained: 8000 });
    }

    /// 1000 bytes in a second, of which half a second is heard: 16000 bit/s are needed to play on.
    #[test]
    fn what_an_edit_hides_must_come_all_the_same() {
        let hidden_sound = Segment { end: 500, ..segment(1, 1000) };
        let found = BitRates::new(&[hidden_sound], Timescale::new(1000).unwrap(), 1);
        assert_eq!(found, BitRates { average: 8000, peak: 8000, sustained: 16_000 });
    }

    /// 1 byte in 3 s is 8/3 bit/s, up to 3.
    #[test]
    fn rates_are_rounded_up() {
        let found = BitRates::new(&[segment(3, 1)], Timescale::new(1000).unwrap(), 3);
        assert_eq!(found, BitRates { average: 3, peak: 3, sustained: 3 });
    }

    #[test]
    fn no_time_and_no_segments_do_not_divide_by_zero() {
        let found = BitRates::new(&[segment(0, 10)], Timescale::new(1000).unwrap(), 6);
        assert_eq!(found.peak, 0);
        assert_eq!(BitRates::new(&[], Timescale::new(1000).unwrap(), 6).peak, 0);
    }
}
