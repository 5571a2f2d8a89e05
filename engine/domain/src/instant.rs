//! Instants and days in UTC. Civil time in a named zone belongs to the crate that asks for it.

use std::fmt;

const MICROS_PER_SECOND: i64 = 1_000_000;
const SECONDS_PER_DAY: i64 = 86_400;

/// A moment: microseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Instant(pub i64);

/// A text that is not an instant.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not an instant: RFC 3339 with an offset is expected, such as 2026-06-01T12:00:00Z")]
pub struct InstantError(pub String);

/// A text that is not a day.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a day: YYYY-MM-DD is expected, such as 2026-06-01")]
pub struct DayError(pub String);

impl Instant {
    /// Before everything: the begin of a validity that has none.
    pub const MIN: Self = Self(i64::MIN);
    /// After everything: the end of a validity that has none.
    pub const MAX: Self = Self(i64::MAX);

    /// Reads RFC 3339 with an offset, years 0001 to 9999; digits beyond microseconds are cut.
    ///
    /// ```
    /// use didtron_domain::Instant;
    /// let at = Instant::parse("2026-06-01T02:00:00.5+02:00").unwrap();
    /// assert_eq!(at.to_string(), "2026-06-01T00:00:00.500000Z");
    /// assert!(Instant::parse("2026-06-01T02:00:00").is_err());
    /// ```
    #[inline]
    pub fn parse(text: &str) -> Result<Self, InstantError> {
        Self::scan(text.as_bytes()).ok_or_else(|| InstantError(text.to_owned()))
    }

    #[inline]
    fn scan(text: &[u8]) -> Option<Self> {
        match utc_micros(text) {
            Some(micros) => Some(Self(micros)),
            None => Self::scan_any(text),
        }
    }

    fn scan_any(text: &[u8]) -> Option<Self> {
        let day = Day::scan(text.get(..10)?)?;
        if !matches!(text.get(10)?, b'T' | b't' | b' ') {
            return None;
        }
        let seconds = clock(text.get(11..19)?)?;
        let (micros, rest) = fraction(&text[19..])?;
        let offset = offset_seconds(rest)?;
        let total = i64::from(day.0) * SECONDS_PER_DAY + seconds - offset;
        Some(Self(total * MICROS_PER_SECOND + micros))
    }

    /// The UTC day that it falls on.
    #[inline]
    #[must_use]
    pub const fn day(self) -> Day {
        Day(self.0.div_euclid(SECONDS_PER_DAY * MICROS_PER_SECOND) as i32)
    }

    /// The whole second that it falls in, counted from 1970.
    #[must_use]
    pub const fn second(self) -> i64 {
        self.0.div_euclid(MICROS_PER_SECOND)
    }

    /// `micros` later; stays within the range of the type.
    #[must_use]
    pub const fn plus_micros(self, micros: i64) -> Self {
        Self(self.0.saturating_add(micros))
    }
}

/// The commonest forms, `YYYY-MM-DDTHH:MM:SSZ` and that with milliseconds, as microseconds since 1970; `None` for any
/// other and what is no instant.
#[inline]
fn utc_micros(text: &[u8]) -> Option<i64> {
    let (head, rest) = text.split_first_chunk::<20>()?;
    let millis = match (head[19], rest) {
        (b'Z', []) => 0,
        (b'.', &[f1, f2, f3, b'Z']) => two(f1, f2)? * 10 + two(b'0', f3)?,
        _ => return None,
    };
    let eight = |at: usize| head[at..].first_chunk().map(|bytes| u64::from_le_bytes(*bytes));
    let date = pairs(eight(0)?, *b"0000-00-")?;
    let clock = pairs(eight(11)?, *b"00:00:00")?;
    let [.., d1, d2, b'T'] = head[..11] else { return None };
    let pair = |pairs: u64, at: u32| i64::from((pairs >> (8 * at)) as u8);
    let day = Day::from_civil(pair(date, 0) * 100 + pair(date, 2), pair(date, 5), two(d1, d2)?)?;
    let (hour, minute, second) = (pair(clock, 0), pair(clock, 3), pair(clock, 6));
    let seconds = i64::from(day.0) * SECONDS_PER_DAY + hour * 3600 + minute * 60 + second;
    (hour < 24 && minute < 60 && second < 60).then_some(seconds * MICROS_PER_SECOND + millis * 1000)
}

/// The numbers that the digits of `text` make, each with the next one, in the place of the first; `None` unless there are
/// digits where `form` has zeros, and else the bytes of `form`.
#[inline]
const fn pairs(text: u64, form: [u8; 8]) -> Option<u64> {
    const HIGH_BITS: u64 = 0x8080_8080_8080_8080;
    let form = u64::from_le_bytes(form);
    // Digits become their values, and the bytes between them 0.
    let values = text ^ form;
    let mut digits = 0;
    let mut at = 0;
    while at < 64 {
        if form >> at & 0xff == b'0' as u64 {
            digits |= 0xff << at;
        }
        at += 8;
    }
    // 9 + 0x76 is the greatest sum without the high bit.
    let beyond = ((values & !HIGH_BITS) + (digits & 0x7676_7676_7676_7676)) | values;
    let is_of_form = values & !digits == 0 && beyond & HIGH_BITS == 0;
    if is_of_form { Some(values * 10 + (values >> 8)) } else { None }
}

/// `HH:MM:SS` as seconds.
fn clock(text: &[u8]) -> Option<i64> {
    let [h1, h2, b':', m1, m2, b':', s1, s2] = *text else { return None };
    let (hour, minute, second) = (two(h1, h2)?, two(m1, m2)?, two(s1, s2)?);
    (hour < 24 && minute < 60 && second < 60).then_some(hour * 3600 + minute * 60 + second)
}

/// An optional `.digits` as microseconds, and what follows it.
fn fraction(text: &[u8]) -> Option<(i64, &[u8])> {
    let [b'.', digits @ ..] = text else { return Some((0, text)) };
    let count = digits.iter().take_while(|b| b.is_ascii_digit()).count();
    if count == 0 {
        return None;
    }
    let at = |i: usize| if i < count { i64::from(digits[i] - b'0') } else { 0 };
    Some(((0..6).fold(0, |sum, i| sum * 10 + at(i)), &digits[count..]))
}

/// `Z` or `+HH:MM` as seconds.
fn offset_seconds(text: &[u8]) -> Option<i64> {
    match *text {
        [b'Z' | b'z'] => Some(0),
        [sign @ (b'+' | b'-'), h1, h2, b':', m1, m2] => {
            let (hour, minute) = (two(h1, h2)?, two(m1, m2)?);
            let seconds = hour * 3600 + minute * 60;
            (hour < 24 && minute < 60).then_some(if sign == b'-' { -seconds } else { seconds })
        }
        _ => None,
    }
}

fn two(tens: u8, ones: u8) -> Option<i64> {
    (tens.is_ascii_digit() && ones.is_ascii_digit()).then(|| i64::from(tens - b'0') * 10 + i64::from(ones - b'0'))
}

impl fmt::Display for Instant {
    /// RFC 3339 in UTC; microseconds only where there are any.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let second = self.second();
        let micros = self.0 - second * MICROS_PER_SECOND;
        let of_day = second.rem_euclid(SECONDS_PER_DAY);
        write!(f, "{}T{:02}:{:02}:{:02}", self.day(), of_day / 3600, of_day / 60 % 60, of_day % 60)?;
        if micros != 0 {
            write!(f, ".{micros:06}")?;
        }
        f.write_str("Z")
    }
}

/// A day of the proleptic Gregorian calendar: days since 1970-01-01.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Day(pub i32);

impl Day {
    /// Reads `YYYY-MM-DD`, years 0001 to 9999.
    ///
    /// ```
    /// use didtron_domain::Day;
    /// assert_eq!(Day::parse("2026-02-28").unwrap().plus(1).to_string(), "2026-03-01");
    /// assert!(Day::parse("2026-02-29").is_err());
    /// ```
    pub fn parse(text: &str) -> Result<Self, DayError> {
        Self::scan(text.as_bytes()).ok_or_else(|| DayError(text.to_owned()))
    }

    fn scan(text: &[u8]) -> Option<Self> {
        let [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = *text else { return None };
        Self::from_civil(two(y1, y2)? * 100 + two(y3, y4)?, two(m1, m2)?, two(d1, d2)?)
    }

    /// The day of a civil date; `None` when the calendar has no such day.
    #[must_use]
    pub fn from_civil(year: i64, month: i64, day: i64) -> Option<Self> {
        if !(1..=9999).contains(&year) || !(1..=12).contains(&month) || day < 1 || day > days_in_month(year, month) {
            return None;
        }
        // Howard Hinnant, "chrono-compatible low-level date algorithms", days_from_civil.
        let y = if month <= 2 { year - 1 } else { year };
        let era = y.div_euclid(400);
        let year_of_era = y - era * 400;
        let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
        let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
        i32::try_from(era * 146_097 + day_of_era - 719_468).ok().map(Self)
    }

    /// Year, month and day of the month.
    #[must_use]
    pub const fn civil(self) -> (i64, i64, i64) {
        // Hinnant's civil_from_days.
        let z = self.0 as i64 + 719_468;
        let era = z.div_euclid(146_097);
        let day_of_era = z - era * 146_097;
        let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted = (5 * day_of_year + 2) / 153;
        let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
        let year = year_of_era + era * 400 + if month <= 2 { 1 } else { 0 };
        (year, month, day_of_year - (153 * shifted + 2) / 5 + 1)
    }

    /// `days` later.
    #[must_use]
    pub const fn plus(self, days: i32) -> Self {
        Self(self.0.saturating_add(days))
    }

    /// Its midnight in UTC.
    #[must_use]
    pub const fn midnight(self) -> Instant {
        Instant(self.0 as i64 * SECONDS_PER_DAY * MICROS_PER_SECOND)
    }
}

const fn days_in_month(year: i64, month: i64) -> i64 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 31,
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = self.civil();
        write!(f, "{year:04}-{month:02}-{day:02}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn refuses_what_is_not_an_instant() {
        for text in [
            "",
            "yesterday",
            "2026-13-01T00:00:00Z",
            "2026-02-30T10:00:00Z",
            "01/03/2026 10:00",
            "2026-03-01T10:00:00",
            "2026-03-01T24:00:00Z",
            "2026-03-01T10:00:60Z",
            "2026-03-01T10:00:00.Z",
            "2026-03-01T10:00:00+0200",
            "2026-03-01",
        ] {
            assert!(Instant::parse(text).is_err(), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn common_forms_are_read_as_any(
            text in "20[0-3][0-9]-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-6][0-9]:[0-6][0-9](\\.[0-9]{3})?Z",
            change in prop::option::of((0usize..24, "[ -~]")),
        ) {
            let mut text = text;
            if let Some((at, other)) = change.filter(|(at, _)| *at < text.len()) {
                text.replace_range(at..=at, &other);
            }
            prop_assert_eq!(Instant::scan(text.as_bytes()), Instant::scan_any(text.as_bytes()), "{}", text);
        }

        #[test]
        fn parse_of_display_is_identity(micros in -62_135_596_800_000_000i64..253_402_300_800_000_000) {
            let at = Instant(micros);
            prop_assert_eq!(Instant::parse(&at.to_string()), Ok(at));
            prop_assert_eq!(Day::parse(&at.day().to_string()), Ok(at.day()));
            prop_assert!(at.day().midnight() <= at && at < at.day().plus(1).midnight());
        }
    }
}
