//! Time expressions (TTML1 §10.3.1), in nanoseconds: fine enough that sums of frames come out right.

use crate::limits::MAX_TIME_MS;

/// What frames, sub-frames and ticks are (TTML1 §6.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Rates {
    /// Frames in a second, as a fraction.
    frames: (u64, u64),
    /// Frames that a second of timecode counts.
    nominal: u64,
    /// Which numbers of frames timecodes leave out; `None`: clock times are of the media.
    dropped: Option<Dropped>,
    /// Sub-frames in a frame.
    sub_frames: u64,
    /// Ticks in a second.
    ticks: u64,
}

/// Which numbers of frames timecodes leave out (`ttp:dropMode`), so that they keep up with a clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Dropped {
    /// None.
    Never,
    /// The first two of each minute but the tenth ones, of 30 in a second.
    Ntsc,
    /// The first four of each second minute but the twentieth ones.
    Pal,
}

/// The parameters of the root element, as they stand there.
#[derive(Debug, Default)]
pub(super) struct RateParameters {
    /// `ttp:frameRate`.
    pub(super) frame_rate: Option<String>,
    /// `ttp:frameRateMultiplier`.
    pub(super) multiplier: Option<String>,
    /// `ttp:subFrameRate`.
    pub(super) sub_frame_rate: Option<String>,
    /// `ttp:tickRate`.
    pub(super) tick_rate: Option<String>,
    /// `ttp:timeBase`.
    pub(super) time_base: Option<String>,
    /// `ttp:dropMode`.
    pub(super) drop_mode: Option<String>,
}

/// A moment that never comes.
pub(super) const NEVER: u64 = u64::MAX;

const SECOND: u128 = 1_000_000_000;

impl Rates {
    /// The rates that the parameters say; what is not a number counts for nothing.
    pub(super) fn new(parameters: &RateParameters) -> Self {
        let number = |text: &Option<String>| text.as_deref().and_then(positive);
        let frame_rate = number(&parameters.frame_rate);
        let sub_frames = number(&parameters.sub_frame_rate).unwrap_or(1);
        let nominal = frame_rate.unwrap_or(30);
        let (numerator, denominator) = parameters.multiplier.as_deref().and_then(fraction).unwrap_or((1, 1));
        let ticks = number(&parameters.tick_rate)
            .or_else(|| frame_rate.map(|rate| rate.saturating_mul(sub_frames)))
            .unwrap_or(1);
        let is_timecode = parameters.time_base.as_deref().is_some_and(|base| base.trim() == "smpte");
        let dropped = is_timecode.then(|| Dropped::of(parameters.drop_mode.as_deref().unwrap_or_default()));
        let frames = (nominal.saturating_mul(numerator), denominator);
        Self { frames, nominal, dropped, sub_frames, ticks }
    }

    /// A clock time (`01:02:03.004`, `01:02:03:12`, `01:02:03:12.1`), an offset (`1.5s`, `30f`) or, as some
    /// files have it, a bare number of seconds. A semicolon may stand before frames, as in timecodes that leave out
    /// numbers.
    pub(super) fn read(&self, text: &str) -> Option<u64> {
        let text = text.trim();
        let nanoseconds = if text.contains(':') { self.clock(text)? } else { self.offset(text)? };
        u64::try_from(nanoseconds).ok().filter(|&at| at <= MAX_TIME_MS * 1_000_000)
    }

    fn clock(&self, text: &str) -> Option<u128> {
        let mut fields = text.split([':', ';']);
        let (hours, minutes, seconds) = (fields.next()?, fields.next()?, fields.next()?);
        let frames = fields.next();
        if fields.next().is_some() || (frames.is_some() && seconds.contains('.')) {
            return None;
        }
        let (hours, minutes) = (integer(hours)?, integer(minutes)?);
        // A timecode counts frames, and a second of it lasts as long as they do (TTML1 §N.3).
        if let Some(dropped) = self.dropped.filter(|_| !seconds.contains('.')) {
            let seconds = (hours * 60 + minutes) * 60 + integer(seconds)?;
            let counted = (seconds * u128::from(self.nominal)).checked_sub(dropped.until(hours, minutes))?;
            return self.frames(counted, frames.unwrap_or("0"));
        }
        let at = (hours * 60 + minutes) * 60 * SECOND + Decimal::read(seconds)?.times(SECOND, 1);
        Some(at.saturating_add(frames.map_or(Some(0), |frames| self.frames(0, frames))?))
    }

    /// So many frames, and more: `12`, or with sub-frames `12.1`, which is no decimal fraction.
    fn frames(&self, counted: u128, text: &str) -> Option<u128> {
        let (frames, sub_frames) = text.split_once('.').unwrap_or((text, "0"));
        let sub_frame_rate = u128::from(self.sub_frames);
        let frames = counted.checked_add(integer(frames)?)?;
        let total = frames.checked_mul(sub_frame_rate)?.checked_add(integer(sub_frames)?)?;
        let (numerator, denominator) = self.frames;
        let nanoseconds = total.saturating_mul(SECOND).saturating_mul(denominator.into());
        Some(divide(nanoseconds, u128::from(numerator) * sub_frame_rate))
    }

    fn offset(&self, text: &str) -> Option<u128> {
        let digits = text.find(|character: char| character.is_ascii_alphabetic()).unwrap_or(text.len());
        let (number, metric) = text.split_at(digits);
        let number = Decimal::read(number)?;
        let (frames, per) = (u128::from(self.frames.0), u128::from(self.frames.1));
        Some(match metric {
            "h" => number.times(3_600 * SECOND, 1),
            "m" => number.times(60 * SECOND, 1),
            "s" | "" => number.times(SECOND, 1),
            "ms" => number.times(SECOND / 1_000, 1),
            "f" => number.times(SECOND * per, frames),
            "t" => number.times(SECOND, self.ticks.into()),
            _ => return None,
        })
    }
}

impl Dropped {
    fn of(word: &str) -> Self {
        match word.trim() {
            "dropNTSC" => Self::Ntsc,
            "dropPAL" => Self::Pal,
            _ => Self::Never,
        }
    }

    /// How many numbers are left out until this minute of this hour.
    fn until(self, hours: u128, minutes: u128) -> u128 {
        match self {
            Self::Never => 0,
            Self::Ntsc => (hours * 54 + minutes - minutes / 10) * 2,
            Self::Pal => (hours * 27 + minutes / 2 - minutes / 20) * 4,
        }
    }
}

/// Nanoseconds as milliseconds, rounded.
pub(super) fn to_millis(nanoseconds: u64) -> u64 {
    nanoseconds.saturating_add(500_000) / 1_000_000
}

/// A number as it is written.
struct Decimal {
    digits: u128,
    scale: u128,
}

impl Decimal {
    fn read(text: &str) -> Option<Self> {
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        let fraction = fraction.get(..MAX_DIGITS).unwrap_or(fraction);
        let digits = if fraction.is_empty() { 0 } else { integer(fraction)? };
        let scale = 10_u128.pow(u32::try_from(fraction.len()).ok()?);
        Some(Self { digits: integer(whole)? * scale + digits, scale })
    }

    fn times(&self, numerator: u128, denominator: u128) -> u128 {
        divide(self.digits.saturating_mul(numerator), self.scale.saturating_mul(denominator))
    }
}

/// More digits are no time.
const MAX_DIGITS: usize = 13;

fn integer(text: &str) -> Option<u128> {
    let well_formed =
        (1..=MAX_DIGITS).contains(&text.len()) && text.bytes().all(|digit| digit.is_ascii_digit());
    if well_formed { text.parse().ok() } else { None }
}

fn divide(value: u128, by: u128) -> u128 {
    value.saturating_add(by / 2).checked_div(by).unwrap_or(u128::MAX)
}

/// A rate: positive, and small enough to be one. Fractions are cut off.
fn positive(text: &str) -> Option<u64> {
    let whole = text.trim().split('.').next()?;
    whole.parse().ok().filter(|rate| (1..=1_000_000_000_000).contains(rate))
}

/// `1000 1001`, or as the drafts had it `1000:1001`.
fn fraction(text: &str) -> Option<(u64, u64)> {
    let mut parts = text.split([' ', ':', '/']).filter(|part| !part.is_empty());
    let numerator = positive(parts.next()?)?;
    Some((numerator, parts.next().map_or(Some(1), positive)?))
        .filter(|&(numerator, denominator)| numerator <= 1_000_000 && denominator <= 1_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rates(frame_rate: &str, multiplier: &str, tick_rate: &str) -> Rates {
        let given = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        Rates::new(&RateParameters {
            frame_rate: given(frame_rate),
            multiplier: given(multiplier),
            tick_rate: given(tick_rate),
            ..RateParameters::default()
        })
    }

    fn millis(rates: Rates, text: &str) -> Option<u64> {
        rates.read(text).map(to_millis)
    }

    /// Oracle: TTML1 §10.3.1 and §6.2, by hand.
    #[test]
    fn all_forms_of_time() {
        let none = rates("", "", "");
        for (text, at) in [
            ("01:02:03", 3_723_000),
            ("01:02:03.004", 3_723_004),
            ("00:00:01.0005", 1_001),
            ("123:00:00.1", 442_800_100),
            ("00:00:01:15", 1_500),
            ("1.5h", 5_400_000),
            ("2m", 120_000),
            ("12.345s", 12_345),
            ("12345ms", 12_345),
            ("15f", 500),
            ("7t", 7_000),
            ("12.5", 12_500),
        ] {
            assert_eq!(millis(none, text), Some(at), "{text}");
        }
        assert_eq!(millis(rates("25", "", ""), "00:00:01:05"), Some(1_200));
        assert_eq!(millis(rates("25", "", ""), "50t"), Some(2_000));
        // 24 frames at 24000/1001 a second.
        assert_eq!(millis(rates("24", "1000 1001", ""), "24f"), Some(1_001));
        assert_eq!(millis(rates("24", "1000:1001", ""), "00:00:00:24"), Some(1_001));
        assert_eq!(millis(rates("", "", "10000000"), "15000000t"), Some(1_500));
    }

    /// Oracle: the timecodes that Apple's film specification ("Timecode Formats") gives of one and the same frame,
    /// the 99,290th, and how long so many frames take; TTML1 §N.3 with its errata.
    #[test]
    fn timecodes_count_frames() {
        let timecode = |frame_rate: &str, multiplier: &str, drop_mode: &str, text: &str| {
            let given = |text: &str| (!text.is_empty()).then(|| text.to_owned());
            let rates = Rates::new(&RateParameters {
                frame_rate: given(frame_rate),
                multiplier: given(multiplier),
                time_base: given("smpte"),
                drop_mode: given(drop_mode),
                ..RateParameters::default()
            });
            millis(rates, text)
        };
        for (frame_rate, multiplier, drop_mode, text, at) in [
            ("30", "1000 1001", "nonDrop", "00:55:09:20", 3_312_976),
            ("30", "999 1000", "nonDrop", "00:55:09:20", 3_312_980),
            ("30", "1000 1001", "dropNTSC", "00:55:13:00", 3_312_976),
            ("30", "1000 1001", "dropNTSC", "00:55:13;00", 3_312_976),
            ("24", "1000 1001", "nonDrop", "01:08:57:02", 4_141_220),
            ("24", "1000 1001", "", "01:08:57:02", 4_141_220),
            ("24", "", "nonDrop", "01:08:57:02", 4_137_083),
            ("25", "", "nonDrop", "01:06:11:15", 3_971_600),
            ("30", "", "", "00:55:09:20", 3_309_667),
            // The first two frames of most minutes are no numbers: 17,982 in ten minutes, 107,892 in an hour.
            ("30", "1000 1001", "dropNTSC", "00:10:00:00", 599_999),
            ("30", "1000 1001", "dropNTSC", "01:00:00:00", 3_599_996),
            ("30", "1000 1001", "nonDrop", "01:00:00:00", 3_603_600),
            // Four of each second minute, but for each twentieth (PAL-M).
            ("30", "1000 1001", "dropPAL", "00:02:00:04", 120_120),
            // Without frames, too, and as no timecode is written.
            ("24", "1000 1001", "nonDrop", "01:00:00", 3_603_600),
            ("24", "1000 1001", "nonDrop", "01:00:00.5", 3_600_500),
        ] {
            assert_eq!(
                timecode(frame_rate, multiplier, drop_mode, text),
                Some(at),
                "{frame_rate} {multiplier} {drop_mode} {text}"
            );
        }
    }

    #[test]
    fn sub_frames_count_within_a_frame() {
        let rates = Rates::new(&RateParameters {
            frame_rate: Some("25".into()),
            sub_frame_rate: Some("4".into()),
            ..RateParameters::default()
        });
        assert_eq!(millis(rates, "00:00:00:01.2"), Some(60));
    }

    /// 10^13 frames of 10^12 sub-frames at a millionth: more than 128 bits hold.
    #[test]
    fn the_largest_numbers_are_no_time() {
        let rates = Rates::new(&RateParameters {
            frame_rate: Some("1".into()),
            multiplier: Some("1 1000000".into()),
            sub_frame_rate: Some("1000000000000".into()),
            tick_rate: Some("1".into()),
            ..RateParameters::default()
        });
        let most = "9999999999999";
        for text in
            [format!("{most}:{most}:{most}:{most}.{most}"), format!("{most}.{most}f"), format!("{most}h")]
        {
            assert_eq!(rates.read(&text), None, "{text}");
        }
    }

    #[test]
    fn what_is_no_time() {
        let rates = rates("0", "0 0", "-1");
        for text in [
            "",
            "s",
            "-1s",
            "1x",
            "01:02",
            "1:2:3:4:5",
            "01:02:03.1:4",
            "wallclock(2020)",
            "1e3s",
            "99999999999999s",
            "9999999999999h",
            "9999999999999:00:00",
            "1.2.3s",
            "٣s",
        ] {
            assert_eq!(rates.read(text), None, "{text}");
        }
    }
}
