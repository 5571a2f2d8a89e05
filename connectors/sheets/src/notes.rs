//! What a person should look at though nothing is wrong: old lists, prices far from those of their country.

use crate::codes::calling_code_length;
use didtron_domain::deck::{DeckRow, RowPrice, RowStatus};
use didtron_domain::{Instant, Price};
use std::collections::BTreeMap;

/// A list whose newest date is older than this many days is likely to be an old file.
const OLD_DAYS: i64 = 180;
/// A price this many times below or above the middle one of its country is likely to be a slip.
const FAR_FACTOR: i64 = 100;
/// Countries with fewer prices than this have no middle worth comparing with.
const PRICES_MIN: usize = 4;
/// Prices that are named one by one; the rest are counted.
const NAMED_MAX: usize = 10;

/// Whether the newest date of a list is long past.
pub(crate) fn old(newest: Option<Instant>, now: Instant) -> Option<String> {
    let newest = newest?;
    let age_days = (now.0 - newest.0) / 86_400_000_000;
    (age_days > OLD_DAYS)
        .then(|| format!("the newest effective date of the file is {}, {age_days} days ago", newest.day()))
}

/// Prices far from the middle one of their country code.
pub(crate) fn far_prices<'a>(rows: impl Iterator<Item = &'a DeckRow>) -> Vec<String> {
    let mut by_country: BTreeMap<String, Vec<(Price, &DeckRow)>> = BTreeMap::new();
    for row in rows {
        if let (RowStatus::Open, Some(RowPrice::One { rate, .. })) = (row.status, row.price) {
            let digits = row.prefix.to_string();
            let length = calling_code_length(&digits).min(digits.len());
            by_country.entry(digits[..length].to_owned()).or_default().push((rate, row));
        }
    }
    let mut far = Vec::new();
    for rates in by_country.values_mut().filter(|rates| rates.len() >= PRICES_MIN) {
        rates.sort_by_key(|&(rate, _)| rate);
        let (middle, _) = rates[rates.len() / 2];
        for (rate, row) in rates.iter().filter(|(rate, _)| is_far(*rate, middle)) {
            let side = if *rate < middle { "below" } else { "above" };
            far.push(format!(
                "{} ({}) at {rate} is far {side} the rest of its country, whose middle price is {middle}",
                row.prefix, row.destination
            ));
        }
    }
    let more = far.len().saturating_sub(NAMED_MAX);
    far.truncate(NAMED_MAX);
    if more > 0 {
        far.push(format!("{more} more prices are far from the rest of their country"));
    }
    far
}

/// Prices of 0 are free numbers more often than slips.
fn is_far(rate: Price, middle: Price) -> bool {
    rate > Price(0) && (rate.0 < middle.0 / FAR_FACTOR || rate.0 / FAR_FACTOR > middle.0)
}
