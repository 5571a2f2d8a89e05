//! What is legal in a version, row by row (rating.md section 4). That an initial rate goes with a single price only is
//! in the type of the price.

use crate::finding::Finding;
use crate::layers::Sheet;
use didtron_domain::Price;
use didtron_domain::deck::{DeckHead, DeckRow, DeckVersion, RowPrice, RowStatus};
use std::slice;

/// Everything wrong with a version, in the order of its rows; empty for a legal one.
///
/// Overlaps are looked for inside the version only: the versions before it end where it begins.
///
/// ```
/// use didtron_domain::deck::{DeckHead, DeckRow, DeckVersion, RowStatus, VersionMode};
/// use didtron_domain::{Currency, DialPrefix, Price, Side};
/// use didtron_rate_tables::check_version;
///
/// let head = DeckHead {
///     name: "retail".into(), direction: Side::Customer, currency: Currency::parse("USD").unwrap(),
///     zone: "UTC".into(), increment: None, country_lists: None,
/// };
/// let row = DeckRow {
///     prefix: DialPrefix::parse("49").unwrap(), destination: "Germany".into(), price: None, increment: None,
///     connect_fee: Price(0), grace_s: None, effective_from: None, effective_to: None, status: RowStatus::Open,
///     origin_set: None, time_class: None, group: None,
/// };
/// let version = DeckVersion { number: 1, mode: VersionMode::Full, effective: None, rows: vec![row] };
/// assert_eq!(check_version(&head, &version)[0].field, "rate_per_min");
/// ```
#[must_use]
pub fn check_version(head: &DeckHead, version: &DeckVersion) -> Vec<Finding> {
    let mut findings = Vec::new();
    let versions = slice::from_ref(version);
    cells(head, version, &mut findings);
    Sheet::new(versions).overlaps(versions, &mut findings);
    findings.sort_unstable();
    findings
}

/// What is wrong inside single rows.
pub(crate) fn cells(head: &DeckHead, version: &DeckVersion, findings: &mut Vec<Finding>) {
    for (at, row) in version.rows.iter().enumerate() {
        let mut find = |field, message| {
            findings.push(Finding { version: version.number, row: at, other: None, field, message });
        };
        presence(head, row, &mut find);
        figures(row, &mut find);
        if let (Some(from), Some(to)) = (row.effective_from, row.effective_to)
            && from >= to
        {
            find(
                "effective_to",
                format!("{to} is not after effective_from {from}; the end is exclusive and must lie after the begin"),
            );
        }
    }
}

fn presence(head: &DeckHead, row: &DeckRow, find: &mut impl FnMut(&'static str, String)) {
    let prefix = row.prefix;
    if row.status == RowStatus::Closed {
        return;
    }
    match row.price {
        None if row.status == RowStatus::Open => {
            find(
                "rate_per_min",
                format!("the open row of {prefix} has no price; give rate_per_min, or all three prices of a kind"),
            );
        }
        None => {}
        Some(price) => {
            if row.increment.or(head.increment).is_none() {
                find(
                    "initial_interval_s",
                    format!("the row of {prefix} has no increments and its deck names none; give both intervals"),
                );
            }
            if matches!(price, RowPrice::Eea { .. }) && head.country_lists.is_none() {
                find(
                    "local_per_min",
                    format!(
                        "the row of {prefix} has prices by country and its deck names no country lists; name them in the deck"
                    ),
                );
            }
        }
    }
}

fn figures(row: &DeckRow, find: &mut impl FnMut(&'static str, String)) {
    let mut check = |field, price: Price| {
        if price < Price(0) {
            find(field, format!("{price} is negative; a price is 0 or more"));
        }
    };
    check("connect_fee", row.connect_fee);
    match row.price {
        None => {}
        Some(RowPrice::One { rate, initial_rate }) => {
            check("rate_per_min", rate);
            if let Some(initial) = initial_rate {
                check("initial_rate_per_min", initial);
            }
        }
        Some(RowPrice::Us { inter, intra, indeterminate }) => {
            check("inter_per_min", inter);
            check("intra_per_min", intra);
            check("indeterminate_per_min", indeterminate);
        }
        Some(RowPrice::Eea { local, eea, international }) => {
            check("local_per_min", local);
            check("eea_per_min", eea);
            check("international_per_min", international);
        }
    }
}
