//! Dates as playlists say them (ISO 8601), without a clock.

use std::fmt;

use serde::{Deserialize, Serialize};

const DAY_MILLIS: i64 = 86_400_000;
/// From 1904-01-01 to 1970-01-01: 66 years, 17 of them leap years.
const MOVIE_EPOCH_SECS: u64 = (66 * 365 + 17) * 86_400;
/// 3000-01-01: later dates are not printed in four digits for long.
const MAX_MILLIS: i64 = 32_503_680_000_000;
/// 2100-01-01.
const MAX_CREATION_MILLIS: i64 = 4_102_444_800_000;

/// Milliseconds since 1970-01-01T00:00:00Z.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Date(i64);

impl Date {
    /// 1970-01-01T00:00:00Z.
    pub const EPOCH: Self = Self(0);

    /// A date such as `2024-05-01T12:00:00Z`, with up to nine decimals of a second, of which three count, and with
    /// `+02:00` for `Z` (RFC 3339 §5.6); of the years 1970 to 2999.
    pub fn parse(text: &str) -> Option<Self> {
        let number = |range: std::ops::Range<usize>| -> Option<i64> {
            let digits = text.get(range)?;
            digits.bytes().all(|b| b.is_ascii_digit()).then(|| digits.parse().ok())?
        };
        let marks = [(4, "-"), (7, "-"), (10, "T"), (13, ":"), (16, ":")];
        if marks.iter().any(|&(at, mark)| text.get(at..=at) != Some(mark)) {
            return None;
        }
        let (year, month, day) = (number(0..4)?, number(5..7)?, number(8..10)?);
        let (hour, minute, second) = (number(11..13)?, number(14..16)?, number(17..19)?);
        let is_date = (1970..3000).contains(&year) && (1..=12).contains(&month);
        if !is_date
            || !(1..=month_days(year, month)).contains(&day)
            || hour > 23
            || minute > 59
            || second > 59
        {
            return None;
        }
        let (millis, zone) = decimals(text.get(19..)?)?;
        let days = days_before(year) + (1..month).map(|month| month_days(year, month)).sum::<i64>() + day - 1;
        let seconds = (hour * 60 + minute) * 60 + second;
        Some(Self(days * DAY_MILLIS + seconds * 1000 + millis - zone * 60_000))
    }

    /// The date that a movie header says (`creation_time`, ISO/IEC 14496-12 §8.2.2); `None` where it says none that can
    /// be meant: 0, up to the first day of 1970 (programs whose clock was not set, or that count from then), and from
    /// 2100 on.
    pub fn of_movie(creation_secs: u64) -> Option<Self> {
        let millis = creation_secs.checked_sub(MOVIE_EPOCH_SECS)?.checked_mul(1000)?;
        let millis = i64::try_from(millis).ok()?;
        (DAY_MILLIS..MAX_CREATION_MILLIS).contains(&millis).then_some(Self(millis))
    }

    /// The date so many milliseconds after 1970-01-01; `None` from the year 3000 on.
    pub fn of_millis(millis: u64) -> Option<Self> {
        i64::try_from(millis).ok().filter(|&millis| millis < MAX_MILLIS).map(Self)
    }

    /// The same as a number that [`Self::of_millis`] takes; `None` if there is none.
    pub fn millis(self) -> Option<u64> {
        u64::try_from(self.0).ok().filter(|_| self.0 < MAX_MILLIS)
    }

    /// So much later.
    #[must_use]
    pub fn after_millis(self, millis: u64) -> Self {
        Self(self.0.saturating_add(i64::try_from(millis).unwrap_or(i64::MAX)))
    }

    /// How much later it is than another, in milliseconds; `None` if it is earlier.
    pub fn millis_since(self, other: Self) -> Option<u64> {
        u64::try_from(self.0.checked_sub(other.0)?).ok()
    }
}

/// Milliseconds of what follows the seconds, and the zone in minutes.
fn decimals(rest: &str) -> Option<(i64, i64)> {
    let (part, zone) = match rest.strip_prefix('.') {
        Some(rest) => rest.split_at(rest.find(|c: char| !c.is_ascii_digit())?),
        None => ("0", rest),
    };
    if part.is_empty() || part.len() > 9 {
        return None;
    }
    let millis = format!("{part:0<3}").get(..3)?.parse().ok()?;
    if zone == "Z" {
        return Some((millis, 0));
    }
    let sign = if zone.starts_with('+') { 1 } else { -1 };
    let (hours, minutes) = zone.strip_prefix(['+', '-'])?.split_once(':')?;
    let two = |digits: &str| {
        let is_two = digits.len() == 2 && digits.bytes().all(|b| b.is_ascii_digit());
        is_two.then(|| digits.parse::<i64>().ok())?
    };
    let (hours, minutes) = (two(hours)?, two(minutes)?);
    (hours < 24 && minutes < 60).then_some((millis, sign * (hours * 60 + minutes)))
}

fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

fn month_days(year: i64, month: i64) -> i64 {
    match month {
        2 => 28 + i64::from(is_leap(year)),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days from 1970 to the first of a year's.
fn days_before(year: i64) -> i64 {
    let leaps = |year: i64| year / 4 - year / 100 + year / 400;
    (year - 1970) * 365 + leaps(year - 1) - leaps(1969)
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (mut days, millis) = (self.0.div_euclid(DAY_MILLIS), self.0.rem_euclid(DAY_MILLIS));
        // At most a year too late: years have 365 days or more.
        let mut year = 1970 + days.div_euclid(365);
        while days_before(year) > days {
            year -= 1;
        }
        days -= days_before(year);
        let mut month = 1;
        while days >= month_days(year, month) {
            days -= month_days(year, month);
            month += 1;
        }
        let (seconds, millis) = (millis / 1000, millis % 1000);
        let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
        write!(f, "{year:04}-{month:02}-{:02}T{hour:02}:{minute:02}:{second:02}.{millis:03}Z", days + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Oracle: `date -u -d TEXT +%s` and `date -u -d 1904-01-01 +%s`, which is -2082844800.
    #[test]
    fn dates_of_movies() {
        let of = |unix: i64| Date::of_movie(u64::try_from(unix + 2_082_844_800).unwrap());
        assert_eq!(of(1_714_557_600).unwrap().to_string(), "2024-05-01T10:00:00.000Z");
        assert_eq!(of(86_400).unwrap().to_string(), "1970-01-02T00:00:00.000Z");
        assert_eq!(of(4_102_444_799).unwrap().to_string(), "2099-12-31T23:59:59.000Z");
        for nonsense in [-2_082_844_800, -1, 0, 86_399, 4_102_444_800] {
            assert_eq!(of(nonsense), None, "{nonsense}");
        }
        assert_eq!(Date::of_movie(1_714_557_600), None, "counted from 1970, it is a day in 1958");
        assert_eq!(Date::of_movie(u64::MAX), None);
    }

    #[test]
    fn dates_as_numbers() {
        let date = Date::parse("2999-12-31T23:59:59.999Z").unwrap();
        assert_eq!(date.millis(), Some(32_503_679_999_999));
        assert_eq!(Date::of_millis(32_503_679_999_999), Some(date));
        assert_eq!(Date::of_millis(32_503_680_000_000), None);
        assert_eq!(Date::of_millis(u64::MAX), None);
        assert_eq!(Date::parse("1970-01-01T00:00:00+02:00").unwrap().millis(), None);
    }

    /// Oracle: `date -u -d TEXT +%s`.
    #[test]
    fn dates() {
        for (text, seconds, printed) in [
            ("1970-01-01T00:00:00Z", 0, "1970-01-01T00:00:00.000Z"),
            ("2024-02-29T23:59:59.5Z", 1_709_251_199, "2024-02-29T23:59:59.500Z"),
            ("2000-12-31T12:00:00+02:00", 978_256_800, "2000-12-31T10:00:00.000Z"),
            ("2024-05-01T10:00:00.123987+00:00", 1_714_557_600, "2024-05-01T10:00:00.123Z"),
            ("2999-12-31T00:00:00-00:30", 32_503_595_400, "2999-12-31T00:30:00.000Z"),
        ] {
            let date = Date::parse(text).unwrap();
            assert_eq!(date.0.div_euclid(1000), seconds, "{text}");
            assert_eq!(date.to_string(), printed);
        }
        for wrong in [
            "",
            "2024-02-30T00:00:00Z",
            "2023-02-29T00:00:00Z",
            "2024-13-01T00:00:00Z",
            "2024-01-01",
            "1969-12-31T00:00:00Z",
            "2024-01-01T24:00:00Z",
            "2024-01-01T00:00:00",
            "2024-01-01T00:00:00.Z",
            "2024-01-01T00:00:00.1234567890Z",
            "2024-01-01T00:00:00+2:00",
            "2024-01-01 00:00:00Z",
            "2024-01-01T00:00:00é",
        ] {
            assert_eq!(Date::parse(wrong), None, "{wrong}");
        }
    }
}
