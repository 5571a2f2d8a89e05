//! The date cell: which order of day and month it proves, and the civil time or instant that it means.

use crate::cell::Cell;
use didtron_domain::Instant;
use didtron_schemas::deck_mapping::{DateOrder, DateRules};
use jiff::civil::{Date, DateTime, Time};
use jiff::fmt::strtime;
use jiff::tz::TimeZone;

/// What a date cell means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum When {
    /// A word for as soon as possible.
    Asap,
    /// A day of the sheet's zone.
    Day(Date),
    /// A time on the clocks of the sheet's zone.
    Clock(DateTime),
    /// An instant with its own offset.
    At(Instant),
}

impl When {
    /// The instant in `zone`; `None` for as soon as possible, and beyond the calendar.
    pub(crate) fn instant(self, zone: &TimeZone) -> Option<Instant> {
        let civil = match self {
            Self::Asap => return None,
            Self::At(at) => return Some(at),
            Self::Day(day) => day.to_datetime(Time::midnight()),
            Self::Clock(civil) => civil,
        };
        let zoned = civil.to_zoned(zone.clone()).ok()?;
        Some(Instant(zoned.timestamp().as_microsecond()))
    }

    /// The day after, for a day; itself otherwise.
    pub(crate) fn through_last_day(self) -> Option<Self> {
        match self {
            Self::Day(day) => day.tomorrow().ok().map(Self::Day),
            other => Some(other),
        }
    }
}

/// Reads a date by the rules of the mapping; `order` is how figures are read where the year does not come first.
pub(crate) fn when(cell: &Cell, rules: &DateRules, order: Option<DateOrder>) -> Result<When, String> {
    let text = match cell {
        Cell::Date(at, _) if at.time() == Time::midnight() => return Ok(When::Day(at.date())),
        Cell::Date(at, _) => return Ok(When::Clock(*at)),
        cell => cell.text(),
    };
    if rules.asap.iter().any(|word| word.eq_ignore_ascii_case(text)) {
        return Ok(When::Asap);
    }
    if let Some(found) = rules.patterns.iter().find_map(|pattern| by_pattern(pattern, text)) {
        return Ok(found);
    }
    if let Ok(at) = Instant::parse(text) {
        return Ok(When::At(at));
    }
    let figures = Figures::scan(text)
        .ok_or_else(|| "is not a date that can be read; give its pattern in a mapping".to_owned())?;
    let date = figures.date(order)?;
    Ok(figures.time.map_or(When::Day(date), |time| When::Clock(date.to_datetime(time))))
}

fn by_pattern(pattern: &str, text: &str) -> Option<When> {
    let parts = strtime::parse(pattern, text).ok()?;
    match parts.hour() {
        Some(_) => parts.to_datetime().ok().map(When::Clock),
        None => parts.to_date().ok().map(When::Day),
    }
}

/// What one date proves of the order of day and month.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OrderProof {
    DayFirst,
    MonthFirst,
    Either,
}

/// What a date tells of the order; `None` where its order is no question.
pub(crate) fn order_proof(cell: &Cell, rules: &DateRules) -> Option<OrderProof> {
    let Cell::Text(text) = cell else { return None };
    if rules.patterns.iter().any(|pattern| by_pattern(pattern, text).is_some()) {
        return None;
    }
    match Figures::scan(text)?.parts {
        Parts::YearLast(a, b, _) if a == b => None,
        Parts::YearLast(13..=31, 1..=12, _) => Some(OrderProof::DayFirst),
        Parts::YearLast(1..=12, 13..=31, _) => Some(OrderProof::MonthFirst),
        Parts::YearLast(1..=12, 1..=12, _) => Some(OrderProof::Either),
        _ => None,
    }
}

/// A time of day on its own, such as `12:30` or `00:00:00`.
pub(crate) fn time_of(cell: &Cell) -> Option<Time> {
    match cell {
        Cell::Date(at, _) => Some(at.time()),
        cell => clock(cell.text(), None),
    }
}

/// The pieces of a date that is written in figures or with the name of a month.
struct Figures {
    parts: Parts,
    time: Option<Time>,
}

enum Parts {
    /// Year, month, day.
    Known(i16, i8, i8),
    /// Two figures whose order is open, and the year.
    YearLast(i8, i8, i16),
}

impl Figures {
    fn scan(text: &str) -> Option<Self> {
        let mut words: Vec<&str> = text.split([' ', '\u{a0}', ',']).filter(|word| !word.is_empty()).collect();
        if let [only] = *words
            && let Some((date, time)) = only.split_once('T')
            && time.contains(':')
        {
            words = vec![date, time];
        }
        let half = words.pop_if(|word| word.eq_ignore_ascii_case("am") || word.eq_ignore_ascii_case("pm"));
        let time = match words.last() {
            Some(word) if word.contains(':') => Some(clock(words.pop()?, half)?),
            _ if half.is_some() => return None,
            _ => None,
        };
        let pieces: Vec<&str> =
            words.iter().flat_map(|word| word.split(['-', '/', '.'])).filter(|part| !part.is_empty()).collect();
        let parts = match *pieces {
            [only] if only.len() == 8 => {
                Parts::Known(year(only.get(..4)?)?, figure(only.get(4..6)?)?, figure(only.get(6..)?)?)
            }
            [a, b, c] => of_three(a, b, c)?,
            _ => return None,
        };
        Some(Self { parts, time })
    }

    fn date(&self, order: Option<DateOrder>) -> Result<Date, String> {
        let (year, month, day) = match self.parts {
            Parts::Known(year, month, day) => (year, month, day),
            Parts::YearLast(a, b, year) => match order {
                Some(DateOrder::DayFirst) => (year, b, a),
                Some(DateOrder::MonthFirst) => (year, a, b),
                Some(DateOrder::Iso) => {
                    return Err("is not written as YYYY-MM-DD, which the mapping asks for".to_owned());
                }
                // Only dates whose order is no question, or was found to be one, come here.
                None => (year, a.min(b), a.max(b)),
            },
        };
        Date::new(year, month, day).map_err(|_| "is a day that the calendar does not have".to_owned())
    }
}

fn of_three(a: &str, b: &str, c: &str) -> Option<Parts> {
    if let Some(month) = month(b) {
        return Some(match a.len() {
            4 => Parts::Known(year(a)?, month, figure(c)?),
            _ => Parts::Known(year(c)?, month, figure(a)?),
        });
    }
    if let Some(month) = month(a) {
        return Some(Parts::Known(year(c)?, month, figure(b)?));
    }
    match a.len() {
        4 => Some(Parts::Known(year(a)?, figure(b)?, figure(c)?)),
        _ => Some(Parts::YearLast(figure(a)?, figure(b)?, year(c)?)),
    }
}

fn figure(text: &str) -> Option<i8> {
    let fits = matches!(text.len(), 1 | 2) && text.bytes().all(|byte| byte.is_ascii_digit());
    if fits { text.parse().ok() } else { None }
}

/// Four digits, or two of this century.
fn year(text: &str) -> Option<i16> {
    if !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let value: i16 = text.parse().ok()?;
    match text.len() {
        4 => Some(value),
        2 => Some(2000 + value),
        _ => None,
    }
}

fn month(text: &str) -> Option<i8> {
    const MONTHS: [&str; 12] = [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ];
    let word = text.to_ascii_lowercase();
    if word.len() < 3 {
        return None;
    }
    // `sept` is the one short form of four letters.
    let at = MONTHS
        .iter()
        .position(|month| *month == word || month[..3] == word || (word == "sept" && month.starts_with(&word)))?;
    i8::try_from(at + 1).ok()
}

/// `HH:MM` or `HH:MM:SS`, fractions cut, with or without AM and PM.
fn clock(text: &str, half: Option<&str>) -> Option<Time> {
    let whole = text.split('.').next()?;
    let parts: Vec<i8> = whole.split(':').map(figure).collect::<Option<_>>()?;
    let (hour, minute, second) = match *parts {
        [hour, minute] => (hour, minute, 0),
        [hour, minute, second] => (hour, minute, second),
        _ => return None,
    };
    let hour = match half {
        None => hour,
        Some(_) if !(1..=12).contains(&hour) => return None,
        Some(half) => hour % 12 + if half.eq_ignore_ascii_case("pm") { 12 } else { 0 },
    };
    Time::new(hour, minute, second, 0).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str, order: Option<DateOrder>) -> String {
        match when(&Cell::of_text(text), &DateRules::default(), order) {
            Ok(When::Asap) => "asap".to_owned(),
            Ok(When::Day(day)) => day.to_string(),
            Ok(When::Clock(civil)) => civil.to_string(),
            Ok(When::At(at)) => at.to_string(),
            Err(message) => message,
        }
    }

    #[test]
    fn reads_dates_of_every_fashion() {
        let cases = [
            ("2026-09-23", "2026-09-23"),
            ("2026/9/3", "2026-09-03"),
            ("20260923", "2026-09-23"),
            ("2026-09-23 00:00:00", "2026-09-23T00:00:00"),
            ("2026-09-23T10:30", "2026-09-23T10:30:00"),
            ("2026-09-23T10:30:00+02:00", "2026-09-23T08:30:00Z"),
            ("21-Sep-18", "2018-09-21"),
            ("1 September 2026", "2026-09-01"),
            ("Sep 1, 2026", "2026-09-01"),
            ("14-Sept-2026", "2026-09-14"),
            ("23.09.2026", "2026-09-23"),
            ("03/04/2027", "2027-04-03"),
            ("3/4/27 1:05 PM", "2027-04-03T13:05:00"),
            ("ASAP", "asap"),
        ];
        for (text, expected) in cases {
            assert_eq!(shown(text, Some(DateOrder::DayFirst)), expected, "{text}");
        }
        assert_eq!(shown("03/04/2027", Some(DateOrder::MonthFirst)), "2027-03-04");
        assert!(shown("03/04/2027", Some(DateOrder::Iso)).contains("YYYY-MM-DD"));
        for text in ["soon", "46281", "31/02/2026", "2026-13-01", "1/2", "2026-09-23 25:00", "12 PM"] {
            assert!(shown(text, Some(DateOrder::DayFirst)).starts_with("is "), "{text}");
        }
        let rules = DateRules { patterns: vec!["%y%m%d".to_owned()], ..DateRules::default() };
        assert_eq!(when(&Cell::of_text("260923"), &rules, None), Ok(When::Day(jiff::civil::date(2026, 9, 23))));
    }

    #[test]
    fn knows_which_orders_prove_themselves() {
        let cases = [
            ("16/09/2026", Some(OrderProof::DayFirst)),
            ("09/16/2026", Some(OrderProof::MonthFirst)),
            ("03/04/2027", Some(OrderProof::Either)),
            ("05/05/2026", None),
            ("2026-03-04", None),
            ("03-Apr-2026", None),
            ("ASAP", None),
        ];
        for (text, expected) in cases {
            assert_eq!(order_proof(&Cell::of_text(text), &DateRules::default()), expected, "{text}");
        }
    }
}
