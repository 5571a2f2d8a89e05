//! Times as files write them.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::Deserialize;

/// An instant, or a bare date, which is midnight in the zone that it is read in.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum When {
    At(Timestamp),
    Day(Date),
}

impl When {
    pub(crate) fn in_zone(self, zone: &TimeZone) -> Result<Timestamp, jiff::Error> {
        match self {
            Self::At(at) => Ok(at),
            Self::Day(day) => Ok(day.to_zoned(zone.clone())?.timestamp()),
        }
    }
}

/// Half-open; an end that is absent is open.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Validity {
    pub(crate) from: Option<Timestamp>,
    pub(crate) to: Option<Timestamp>,
}

impl Validity {
    pub(crate) fn new(from: Option<When>, to: Option<When>, zone: &TimeZone) -> Result<Self, jiff::Error> {
        let read = |when: Option<When>| when.map(|when| when.in_zone(zone)).transpose();
        Ok(Self { from: read(from)?, to: read(to)? })
    }

    pub(crate) fn holds(&self, at: Timestamp) -> bool {
        self.from.is_none_or(|from| from <= at) && self.to.is_none_or(|to| at < to)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bare_date_is_midnight_in_its_zone() {
        let london = TimeZone::get("Europe/London").unwrap();
        let day = When::Day("2026-06-08".parse().unwrap());
        let from = day.in_zone(&london).unwrap();
        assert_eq!(from, "2026-06-07T23:00:00Z".parse().unwrap());
        let week = Validity { from: Some(from), to: Some("2026-06-14T23:00:00Z".parse().unwrap()) };
        assert!(week.holds(from) && !week.holds("2026-06-14T23:00:00Z".parse().unwrap()));
    }
}
