//! June 2026, the month of the calls: busy hours and quiet ones, and how an instant is written.

use crate::figures::push_digits;

const HOURS: usize = 30 * 24;
const HOUR_MS: u64 = 3_600_000;
/// Calls by hour of a working day, in relation to each other.
const BUSY: [u64; 24] = [9, 6, 5, 4, 4, 6, 11, 20, 34, 46, 52, 54, 50, 51, 53, 52, 50, 47, 43, 40, 36, 29, 21, 14];
/// Saturday and Sunday, in per cent of a working day. The first of June 2026 is a Monday.
const WEEKEND_PER_CENT: u64 = 55;

/// Spreads a month's calls over its hours.
#[derive(Debug)]
pub(crate) struct Clock {
    /// Weight of everything before each hour.
    before: Vec<u64>,
    total: u64,
    count: u64,
}

impl Clock {
    /// For calls numbered `0..count` in order of their end.
    pub(crate) fn new(count: u64) -> Self {
        let mut before = Vec::with_capacity(HOURS);
        let mut total = 0;
        for hour in 0..HOURS {
            before.push(total);
            total += weight(hour);
        }
        Self { before, total, count }
    }

    /// Milliseconds from the month's begin to the end of a call.
    pub(crate) fn end_of(&self, index: u64) -> u64 {
        let at = (u128::from(index) * u128::from(self.total * HOUR_MS)) / u128::from(self.count);
        let at = at as u64;
        let hour = self.before.partition_point(|&before| before * HOUR_MS <= at) - 1;
        hour as u64 * HOUR_MS + (at - self.before[hour] * HOUR_MS) / weight(hour)
    }
}

const fn weight(hour: usize) -> u64 {
    let percent = if hour / 24 % 7 < 5 { 100 } else { WEEKEND_PER_CENT };
    BUSY[hour % 24] * percent
}

/// An instant as RFC 3339 in UTC, with milliseconds where it has some.
pub(crate) fn push_instant(out: &mut Vec<u8>, ms: u64) {
    let seconds = ms / 1000;
    let day = seconds / 86_400;
    let (month, of_month) = if day < 30 { (b"2026-06-", day + 1) } else { (b"2026-07-", day - 29) };
    out.extend_from_slice(month);
    push_digits(out, of_month, 2);
    out.push(b'T');
    push_digits(out, seconds / 3600 % 24, 2);
    out.push(b':');
    push_digits(out, seconds / 60 % 60, 2);
    out.push(b':');
    push_digits(out, seconds % 60, 2);
    if !ms.is_multiple_of(1000) {
        out.push(b'.');
        push_digits(out, ms % 1000, 3);
    }
    out.push(b'Z');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_fill_the_month_in_order() {
        let clock = Clock::new(10_000);
        let ends: Vec<u64> = (0..10_000).map(|index| clock.end_of(index)).collect();
        assert!(ends.is_sorted());
        assert!(ends[0] < 24 * HOUR_MS && ends[9_999] > 29 * 24 * HOUR_MS && ends[9_999] < 30 * 24 * HOUR_MS);
        let on = |day: u64| ends.iter().filter(|&&end| end / (24 * HOUR_MS) == day).count();
        assert!(on(4) > on(5) && on(5) > 0, "a Friday and a Saturday");
    }

    #[test]
    fn instants_are_written_in_utc() {
        let cases = [
            (0, "2026-06-01T00:00:00Z"),
            (86_399_250, "2026-06-01T23:59:59.250Z"),
            (29 * 86_400_000, "2026-06-30T00:00:00Z"),
            (30 * 86_400_000 + 61_000, "2026-07-01T00:01:01Z"),
        ];
        for (ms, expected) in cases {
            let mut out = Vec::new();
            push_instant(&mut out, ms);
            assert_eq!(String::from_utf8(out).unwrap(), expected);
        }
    }
}
