//! Instants in the forms that a mapping allows.

use crate::lengths;
use didtron_domain::{Day, Instant};
use didtron_schemas::call_mapping::{CallMapping, InstantFormat};
use jiff::civil::DateTime;
use jiff::fmt::strtime;
use jiff::tz::{AmbiguousOffset, TimeZone};

const MICROS_PER_SECOND: i64 = 1_000_000;
/// The begin of the year 10000: what lies behind cannot be written as RFC 3339.
const END_SECOND: u64 = 253_402_300_800;

/// Reads a mapping's instants.
#[derive(Clone, Debug)]
pub(crate) struct InstantReader {
    formats: Vec<InstantFormat>,
    /// `None` is UTC, which needs no table.
    zone: Option<TimeZone>,
}

impl InstantReader {
    pub(crate) fn of(mapping: &CallMapping) -> Result<Self, String> {
        let name = mapping.zone.as_str();
        let zone = match name {
            "UTC" => None,
            _ => Some(TimeZone::get(name).map_err(|error| format!("the time zone {name} is not known: {error}"))?),
        };
        Ok(Self { formats: mapping.times.clone(), zone })
    }

    /// The instant that `text` is in the first form that fits.
    pub(crate) fn read(&self, text: &str) -> Option<Instant> {
        self.formats.iter().find_map(|format| self.read_as(text, format))
    }

    /// The forms, for a message.
    pub(crate) fn expected(&self) -> String {
        let names: Vec<String> = self.formats.iter().map(name).collect();
        names.join(" or ")
    }

    fn read_as(&self, text: &str, format: &InstantFormat) -> Option<Instant> {
        match format {
            InstantFormat::Rfc3339 => Instant::parse(text).ok(),
            InstantFormat::Date => self.at_civil(Day::parse(text).ok()?, 0, 0),
            InstantFormat::Civil => self.civil(text),
            InstantFormat::EpochSeconds => epoch(text, MICROS_PER_SECOND as u64),
            InstantFormat::EpochMilliseconds => epoch(text, 1_000),
            InstantFormat::EpochMicroseconds => epoch(text, 1),
            InstantFormat::Pattern(pattern) => self.by_pattern(pattern, text),
        }
    }

    /// `YYYY-MM-DD HH:MM:SS[.f][offset]`.
    fn civil(&self, text: &str) -> Option<Instant> {
        let day = Day::parse(text.get(..10)?).ok()?;
        let [b' ' | b'T', clock @ ..] = &text.as_bytes()[10..] else { return None };
        let [h1, h2, b':', m1, m2, b':', s1, s2, rest @ ..] = clock else { return None };
        let (hour, minute, second) = (two(*h1, *h2)?, two(*m1, *m2)?, two(*s1, *s2)?);
        if hour > 23 || minute > 59 || second > 59 {
            return None;
        }
        let seconds = hour * 3600 + minute * 60 + second;
        let (micros, rest) = fraction(rest)?;
        match rest {
            [] => self.at_civil(day, seconds, micros),
            offset => Some(utc(day, seconds - offset_seconds(offset)?, micros)),
        }
    }

    fn at_civil(&self, day: Day, seconds: i64, micros: i64) -> Option<Instant> {
        let Some(zone) = &self.zone else { return Some(utc(day, seconds, micros)) };
        let midnight = day.midnight().second();
        let local = jiff::Timestamp::from_second(midnight + seconds).ok()?;
        let whole = in_zone(TimeZone::UTC.to_datetime(local), zone)?;
        Some(whole.plus_micros(micros))
    }

    fn by_pattern(&self, pattern: &str, text: &str) -> Option<Instant> {
        let parts = strtime::parse(pattern, text).ok()?;
        if parts.offset().is_some() {
            return Some(Instant(parts.to_timestamp().ok()?.as_microsecond()));
        }
        let civil = DateTime::from_parts(parts.to_date().ok()?, parts.to_time().ok()?);
        in_zone(civil, self.zone.as_ref().unwrap_or(&TimeZone::UTC))
    }
}

/// A repeated time is its earlier one, a skipped time is none.
fn in_zone(civil: DateTime, zone: &TimeZone) -> Option<Instant> {
    let found = zone.to_ambiguous_timestamp(civil);
    match found.offset() {
        AmbiguousOffset::Gap { .. } => None,
        _ => Some(Instant(found.compatible().ok()?.as_microsecond())),
    }
}

fn utc(day: Day, seconds: i64, micros: i64) -> Instant {
    day.midnight().plus_micros(seconds * MICROS_PER_SECOND + micros)
}

fn epoch(text: &str, micros_per_unit: u64) -> Option<Instant> {
    let (whole, fraction) = lengths::decimal(text.as_bytes(), b'.').ok()?;
    if whole >= END_SECOND * (MICROS_PER_SECOND as u64 / micros_per_unit) {
        return None;
    }
    // The fraction has 18 decimals.
    let part = u128::from(fraction) * u128::from(micros_per_unit) / 1_000_000_000_000_000_000;
    i64::try_from(whole * micros_per_unit + part as u64).ok().map(Instant)
}

fn fraction(text: &[u8]) -> Option<(i64, &[u8])> {
    let [b'.', digits @ ..] = text else { return Some((0, text)) };
    let count = digits.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let at = |i: usize| if i < count { i64::from(digits[i] - b'0') } else { 0 };
    (count > 0).then(|| ((0..6).fold(0, |sum, i| sum * 10 + at(i)), &digits[count..]))
}

/// `Z`, `+HH`, `+HHMM` or `+HH:MM` as seconds; ` UTC` too.
fn offset_seconds(text: &[u8]) -> Option<i64> {
    let (sign, hours, minutes) = match *text {
        [b'Z'] | [b' ', b'U', b'T', b'C'] => return Some(0),
        [sign, h1, h2] => (sign, two(h1, h2)?, 0),
        [sign, h1, h2, b':', m1, m2] | [sign, h1, h2, m1, m2] => (sign, two(h1, h2)?, two(m1, m2)?),
        _ => return None,
    };
    let seconds = hours * 3600 + minutes * 60;
    match sign {
        _ if hours > 23 || minutes > 59 => None,
        b'+' => Some(seconds),
        b'-' => Some(-seconds),
        _ => None,
    }
}

fn two(tens: u8, ones: u8) -> Option<i64> {
    (tens.is_ascii_digit() && ones.is_ascii_digit()).then(|| i64::from(tens - b'0') * 10 + i64::from(ones - b'0'))
}

fn name(format: &InstantFormat) -> String {
    match format {
        InstantFormat::Rfc3339 => "RFC 3339 with an offset (2026-06-01T12:00:00Z)".to_owned(),
        InstantFormat::Date => "a date (2026-06-01)".to_owned(),
        InstantFormat::Civil => "2026-06-01 12:00:00".to_owned(),
        InstantFormat::EpochSeconds => "seconds since 1970".to_owned(),
        InstantFormat::EpochMilliseconds => "milliseconds since 1970".to_owned(),
        InstantFormat::EpochMicroseconds => "microseconds since 1970".to_owned(),
        InstantFormat::Pattern(pattern) => pattern.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reader(zone: &str, formats: &[&str]) -> InstantReader {
        let zone = (zone != "UTC").then(|| TimeZone::get(zone).unwrap());
        InstantReader { formats: formats.iter().map(|f| (*f).to_owned().try_into().unwrap()).collect(), zone }
    }

    #[test]
    fn instants_are_read_in_each_form_and_zone() {
        let table = [
            ("UTC", "civil", "2026-06-01 12:00:00", "2026-06-01T12:00:00Z"),
            ("UTC", "civil", "2026-06-01T12:00:00.1234567", "2026-06-01T12:00:00.123456Z"),
            ("UTC", "civil", "2026-06-01 12:00:00+02", "2026-06-01T10:00:00Z"),
            ("UTC", "civil", "2026-06-01 12:00:00.5-0330", "2026-06-01T15:30:00.500000Z"),
            ("UTC", "civil", "2026-06-01 12:00:00 UTC", "2026-06-01T12:00:00Z"),
            ("Europe/Berlin", "civil", "2026-06-01 12:00:00.25", "2026-06-01T10:00:00.250000Z"),
            ("Europe/Berlin", "civil", "2026-03-29 02:30:00", "none"),
            ("Europe/Berlin", "civil", "2026-10-25 02:30:00", "2026-10-25T00:30:00Z"),
            ("Europe/Berlin", "date", "2026-06-01", "2026-05-31T22:00:00Z"),
            ("UTC", "date", "2026-06-01", "2026-06-01T00:00:00Z"),
            ("UTC", "epoch_s", "1327521966", "2012-01-25T20:06:06Z"),
            ("UTC", "epoch_s", "1327521966.5000009", "2012-01-25T20:06:06.500000Z"),
            ("UTC", "epoch_ms", "1327521966001", "2012-01-25T20:06:06.001000Z"),
            ("UTC", "epoch_us", "1327521966000001", "2012-01-25T20:06:06.000001Z"),
            ("UTC", "epoch_s", "1327521966000001", "none"),
            ("UTC", "epoch_s", "-1", "none"),
            ("UTC", "%Y%m%d-%H%M%S", "20071101-110325", "2007-11-01T11:03:25Z"),
            ("America/New_York", "%Y%m%d-%H%M%S", "20071101-110325", "2007-11-01T15:03:25Z"),
            ("UTC", "%d.%m.%Y %H:%M:%S", "01.03.2026 10:00:00", "2026-03-01T10:00:00Z"),
            ("UTC", "%d.%m.%Y", "01.03.2026", "2026-03-01T00:00:00Z"),
            ("Europe/Berlin", "%d/%b/%Y:%H:%M:%S %z", "01/Mar/2026:10:00:00 -0100", "2026-03-01T11:00:00Z"),
            ("UTC", "%d.%m.%Y", "31.02.2026", "none"),
            ("UTC", "rfc3339", "2026-06-01T12:00:00", "none"),
            ("UTC", "civil", "2026-06-01 24:00:00", "none"),
            ("UTC", "civil", "2026-06-01 12:00", "none"),
            ("UTC", "civil", "2026-06-01 12:00:00 CET", "none"),
            ("UTC", "civil", "2026-06-0é 12:00:00", "none"),
        ];
        for (zone, format, text, expected) in table {
            let found = reader(zone, &[format]).read(text).map_or_else(|| "none".to_owned(), |at| at.to_string());
            assert_eq!(found, expected, "{zone} {format} {text}");
        }
    }

    #[test]
    fn the_first_form_that_fits_is_taken() {
        let reader = reader("UTC", &["rfc3339", "epoch_s"]);
        assert_eq!(reader.read("0"), Some(Instant(0)));
        assert_eq!(reader.read("1970-01-01T00:00:01Z"), Some(Instant(1_000_000)));
        assert_eq!(reader.read("soon"), None);
    }
}
