//! R11: which time class holds at an instant, by the clock on the wall of a deck's zone.
//!
//! The zone's changes of offset and the day's boundaries are laid out when the catalog is compiled, so that a call asks
//! two small tables and no calendar.

use didtron_domain::catalog::{DayKind, TimeBand, TimeClass};
use didtron_domain::{Day, Instant};
use jiff::Timestamp;
use jiff::tz::{TimeZone, TimeZoneDatabase};
use std::sync::Arc;

const SECONDS_PER_DAY: i64 = 86_400;
const MINUTES_PER_DAY: u16 = 1440;
/// The changes of offset between these seconds are laid out: 1970 to 2199.
const LAID_OUT: std::ops::Range<i64> = 0..7_258_118_400;
/// Beyond them an offset is asked again after this many seconds: no zone's rule changes within a quarter of an hour.
const ASKED_AGAIN_S: i64 = 900;

/// A named zone and its offsets from UTC.
#[derive(Debug)]
pub(crate) struct Zone {
    name: String,
    zone: TimeZone,
    /// From which second (UTC) which offset in seconds holds; the first entry holds from before 1970.
    offsets: Box<[(i64, i32)]>,
}

/// An offset and the second before which it is known to hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Offset {
    seconds: i64,
    until_s: i64,
}

impl Zone {
    /// The zone of an IANA name, from the database that the program carries; `None` when there is none.
    pub(crate) fn load(name: &str) -> Option<Arc<Self>> {
        let zone = TimeZoneDatabase::bundled().get(name).ok()?;
        let begin = Timestamp::from_second(LAID_OUT.start).ok()?;
        let mut offsets = vec![(LAID_OUT.start, zone.to_offset(begin).seconds())];
        let changes = zone.following(begin).map(|change| (change.timestamp().as_second(), change.offset().seconds()));
        offsets.extend(changes.take_while(|(second, _)| *second < LAID_OUT.end));
        Some(Arc::new(Self { name: name.to_owned(), zone, offsets: offsets.into() }))
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    fn offset_at(&self, second: i64) -> Offset {
        if !LAID_OUT.contains(&second) {
            return self.asked(second);
        }
        let after = self.offsets.partition_point(|(from, _)| *from <= second);
        let until_s = self.offsets.get(after).map_or(LAID_OUT.end, |next| next.0);
        Offset { seconds: self.offsets[after - 1].1.into(), until_s }
    }

    /// The offset of a second that is not laid out. The years of a calendar end at 9999: its last offset stays.
    #[cold]
    fn asked(&self, second: i64) -> Offset {
        let known = second.clamp(Timestamp::MIN.as_second(), Timestamp::MAX.as_second());
        let at = Timestamp::from_second(known).unwrap_or(Timestamp::MAX);
        let until_s = (second.div_euclid(ASKED_AGAIN_S) + 1) * ASKED_AGAIN_S;
        Offset { seconds: self.zone.to_offset(at).seconds().into(), until_s }
    }
}

/// The days that are `holiday` and no weekday.
#[derive(Clone, Debug, Default)]
pub(crate) struct Holidays(Box<[Day]>);

impl Holidays {
    pub(crate) fn new(days: &[Day]) -> Self {
        let mut days = days.to_vec();
        days.sort_unstable();
        days.dedup();
        Self(days.into())
    }

    fn kind(&self, day: i64) -> DayKind {
        let holiday = i32::try_from(day).is_ok_and(|day| self.0.binary_search(&Day(day)).is_ok());
        if holiday { DayKind::Holiday } else { weekday(day) }
    }

    /// Which kinds of day follow each other: yesterday's and today's. Every week has the first seven.
    fn pairs(&self) -> impl Iterator<Item = (DayKind, DayKind)> + '_ {
        let week = (0..7).map(|day| (weekday(day - 1), weekday(day)));
        let around = |holiday: &Day| [i64::from(holiday.0), i64::from(holiday.0) + 1];
        week.chain(self.0.iter().flat_map(around).map(|day| (self.kind(day - 1), self.kind(day))))
    }
}

/// The weekday of a day counted from 1970-01-01, a Thursday.
fn weekday(day: i64) -> DayKind {
    use DayKind::{Friday, Monday, Saturday, Sunday, Thursday, Tuesday, Wednesday};
    match day.rem_euclid(7) {
        0 => Thursday,
        1 => Friday,
        2 => Saturday,
        3 => Sunday,
        4 => Monday,
        5 => Tuesday,
        _ => Wednesday,
    }
}

/// Whether a band holds at a minute of a day of kind `today`; the hours after midnight belong to the day it began on.
fn holds(band: &TimeBand, (yesterday, today): (DayKind, DayKind), minute: u16) -> bool {
    let (begins_today, began_yesterday) = (band.days.contains(&today), band.days.contains(&yesterday));
    if band.from_minute < band.to_minute {
        begins_today && (band.from_minute..band.to_minute).contains(&minute)
    } else {
        (begins_today && minute >= band.from_minute) || (began_yesterday && minute < band.to_minute)
    }
}

/// Two classes of one deck that hold at one time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ClassOverlap {
    /// Positions among the deck's classes.
    pub(crate) classes: (usize, usize),
    /// The kind of day.
    pub(crate) day: DayKind,
    /// The first such minute after midnight.
    pub(crate) minute: u16,
}

/// What holds over a day: the minute at which each class ends, and the class, in order.
type DayClasses = Box<[(u16, Option<u32>)]>;

/// The hours of a deck: at most one of its time classes holds at any time.
#[derive(Debug)]
pub(crate) struct Hours {
    zone: Arc<Zone>,
    holidays: Arc<Holidays>,
    /// By yesterday's kind x 8 + today's. Empty where such days never meet.
    days: Box<[DayClasses]>,
}

/// The class at an instant, and until when it is known to hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ClassSpan {
    /// Position among the deck's classes; `None` outside all of them.
    pub(crate) class: Option<u32>,
    /// Exclusive; what follows may be the same class.
    pub(crate) until: Instant,
}

impl Hours {
    /// Lays out the days of a deck whose rows name `classes`.
    pub(crate) fn new(zone: Arc<Zone>, holidays: Arc<Holidays>, classes: &[&TimeClass]) -> Result<Self, ClassOverlap> {
        let mut days = vec![Box::default(); 64];
        for pair in holidays.pairs() {
            days[pair_index(pair)] = lay_out(pair, classes)?;
        }
        Ok(Self { zone, holidays, days: days.into() })
    }

    /// The class at an instant.
    pub(crate) fn class_at(&self, at: Instant) -> ClassSpan {
        let second = at.second();
        let offset = self.zone.offset_at(second);
        let local = second.saturating_add(offset.seconds);
        let day = local.div_euclid(SECONDS_PER_DAY);
        let of_day = local.rem_euclid(SECONDS_PER_DAY);
        let pair = (self.holidays.kind(day - 1), self.holidays.kind(day));
        let spans = &self.days[pair_index(pair)];
        let span = spans.iter().find(|(end, _)| of_day < i64::from(*end) * 60).copied();
        let (end, class) = span.unwrap_or((MINUTES_PER_DAY, None));
        let until_s = (second + i64::from(end) * 60 - of_day).min(offset.until_s);
        ClassSpan { class, until: Instant(until_s.saturating_mul(1_000_000)) }
    }
}

const fn pair_index((yesterday, today): (DayKind, DayKind)) -> usize {
    yesterday as usize * 8 + today as usize
}

fn lay_out(pair: (DayKind, DayKind), classes: &[&TimeClass]) -> Result<DayClasses, ClassOverlap> {
    let bands = classes.iter().flat_map(|class| &class.bands);
    let mut edges: Vec<u16> = bands.flat_map(|band| [band.from_minute, band.to_minute]).collect();
    edges.extend([0, MINUTES_PER_DAY]);
    edges.sort_unstable();
    edges.dedup();
    let mut spans: Vec<(u16, Option<u32>)> = Vec::new();
    for edge in edges.windows(2) {
        let class = class_in(pair, classes, edge[0])?;
        match spans.last_mut() {
            Some(last) if last.1 == class => last.0 = edge[1],
            _ => spans.push((edge[1], class)),
        }
    }
    Ok(spans.into())
}

fn class_in(pair: (DayKind, DayKind), classes: &[&TimeClass], minute: u16) -> Result<Option<u32>, ClassOverlap> {
    let holding = |class: &&TimeClass| class.bands.iter().any(|band| holds(band, pair, minute));
    let mut found = classes.iter().enumerate().filter(|(_, class)| holding(class)).map(|(at, _)| at);
    let first = found.next();
    if let (Some(one), Some(other)) = (first, found.next()) {
        return Err(ClassOverlap { classes: (one, other), day: pair.1, minute });
    }
    Ok(first.map(|at| u32::try_from(at).expect("a deck names fewer classes than it has rows")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn class(name: &str, bands: &[(&str, u16, u16)]) -> TimeClass {
        let days = |words: &str| words.split(' ').map(|word| DayKind::parse(word).expect("a day")).collect();
        let band = |&(words, from_minute, to_minute): &(&str, u16, u16)| TimeBand {
            days: days(words),
            from_minute,
            to_minute,
        };
        TimeClass { name: name.to_owned(), bands: bands.iter().map(band).collect() }
    }

    fn hours(zone: &str, holidays: &[&str], classes: &[&TimeClass]) -> Result<Hours, ClassOverlap> {
        let days: Vec<Day> = holidays.iter().map(|day| Day::parse(day).expect("a day")).collect();
        Hours::new(Zone::load(zone).expect("a zone"), Arc::new(Holidays::new(&days)), classes)
    }

    fn at(text: &str) -> Instant {
        Instant::parse(text).expect("an instant")
    }

    #[test]
    fn the_hours_after_midnight_belong_to_the_day_it_began_on() {
        let party = class("party", &[("fri sat holiday", 21 * 60, 5 * 60)]);
        let hours = hours("Europe/Berlin", &["2026-03-17"], &[&party]).expect("no overlap");
        let cases = [
            ("2026-03-06T19:59:59.999999Z", None),
            ("2026-03-06T20:00:00Z", Some(0)),
            ("2026-03-07T03:59:59Z", Some(0)),
            ("2026-03-07T04:00:00Z", None),
            ("2026-03-08T03:59:00Z", Some(0)),
            ("2026-03-08T21:00:00Z", None),
            ("2026-03-17T20:00:00Z", Some(0)),
            ("2026-03-18T03:59:59Z", Some(0)),
            ("2026-03-18T04:00:00Z", None),
            ("2026-03-17T02:00:00Z", None),
            // The clocks go forward in the night to Sunday 29 March: 05:00 is an hour earlier in UTC.
            ("2026-03-29T02:59:59Z", Some(0)),
            ("2026-03-29T03:00:00Z", None),
        ];
        for (text, class) in cases {
            assert_eq!(hours.class_at(at(text)).class, class, "{text}");
        }
    }

    #[test]
    fn finds_overlaps_across_midnight_and_holidays() {
        let night = class("night", &[("sun", 22 * 60, 6 * 60)]);
        let early = class("early", &[("mon", 5 * 60, 7 * 60)]);
        let free = class("free", &[("holiday", 0, 1440)]);
        let found = hours("UTC", &[], &[&night, &early]).map(|_| ());
        assert_eq!(found, Err(ClassOverlap { classes: (0, 1), day: DayKind::Monday, minute: 300 }));
        assert!(hours("UTC", &[], &[&night, &free]).is_ok());
        assert!(hours("UTC", &["2026-03-17"], &[&night, &free]).is_ok(), "a Tuesday");
        assert_eq!(
            hours("UTC", &["2026-03-16"], &[&night, &free]).map(|_| ()).map_err(|x| x.day),
            Err(DayKind::Holiday)
        );
    }

    #[test]
    fn knows_no_zone_that_is_not_in_the_database() {
        assert!(Zone::load("Europe/Nowhere").is_none());
    }

    proptest! {
        #[test]
        fn agrees_with_a_calendar_and_says_rightly_until_when(
            second in -3_000_000_000i64..9_000_000_000,
            zone in prop::sample::select(vec!["UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe", "Pacific/Apia"]),
            (from, to, rest) in (0u16..1440, 0u16..=1440, 0u64..u64::MAX),
        ) {
            let some = class("some", &[("mon wed sat holiday", from, to)]);
            let hours = hours(zone, &["2026-03-17", "2026-03-18", "2030-01-01"], &[&some]).expect("one class");
            let naive = |second: i64| {
                let local = TimeZone::get(zone).expect("a zone").to_datetime(Timestamp::from_second(second).expect("in range"));
                let kind = |date: jiff::civil::Date| {
                    let free = ["2026-03-17", "2026-03-18", "2030-01-01"].contains(&date.to_string().as_str());
                    free || matches!(date.weekday().to_monday_zero_offset(), 0 | 2 | 5)
                };
                let minute = u16::try_from(local.hour()).expect("0 to 23") * 60 + u16::try_from(local.minute()).expect("0 to 59");
                let (today, yesterday) = (kind(local.date()), kind(local.date().yesterday().expect("in range")));
                if from < to { today && minute >= from && minute < to } else { (today && minute >= from) || (yesterday && minute < to) }
            };
            let span = hours.class_at(Instant(second * 1_000_000));
            prop_assert_eq!(span.class.is_some(), naive(second));
            prop_assert!(span.until.second() > second);
            let inside = second + i64::try_from(rest % u64::try_from(span.until.second() - second).expect("later")).expect("small");
            prop_assert_eq!(naive(inside), span.class.is_some());
        }
    }
}
