//! R11: whether a time class holds at an instant, by the calendar of its deck.

use super::World;
use super::deck::NaiveDeck;
use didtron_domain::Instant;
use jiff::{Timestamp, civil};

impl World {
    pub(super) fn holds(&self, deck: &NaiveDeck, class: &str, at: Instant) -> bool {
        let local = deck.zone.to_datetime(Timestamp::from_microsecond(at.0).expect("in range"));
        let minute = 60 * i32::from(local.hour()) + i32::from(local.minute());
        let (today, yesterday) =
            (self.day_name(local.date()), self.day_name(local.date().yesterday().expect("in range")));
        let class = self.spec.time_classes.iter().find(|known| known.name == class).expect("a time class");
        class.bands.iter().any(|band| {
            let (begin, end) = (i32::from(band.from_minute), i32::from(band.to_minute));
            let on = |name: &str| band.days.iter().any(|day| day.as_str() == name);
            if begin < end {
                on(today) && begin <= minute && minute < end
            } else {
                (on(today) && minute >= begin) || (on(yesterday) && minute < end)
            }
        })
    }

    fn day_name(&self, date: civil::Date) -> &'static str {
        if self.holidays.contains(&date) {
            return "holiday";
        }
        let week = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
        week[usize::try_from(date.weekday().to_monday_zero_offset()).expect("0 to 6")]
    }
}
