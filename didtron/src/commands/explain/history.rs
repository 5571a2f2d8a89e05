//! Every rating that a call ever had, why it came about, and the difference that it made.

use super::{Call, Names};
use crate::batches::Batches;
use crate::failure::data;
use crate::show::money;
use anyhow::Result;
use didtron_domain::{Instant, RatedSide};
use didtron_ports::UsageRow;
use didtron_query::Cause;
use std::fmt::Write;

/// One rating.
pub(super) struct Rating<'a> {
    pub(super) row: &'a UsageRow<'static>,
    pub(super) cause: Cause,
    /// The id of the re-rate or undo.
    pub(super) rerate: Option<&'a str>,
    /// When its batch was.
    pub(super) claimed_at: Instant,
    /// `None` where what it took the place of is in another base currency.
    pub(super) difference: Option<Difference>,
    pub(super) is_in_force: bool,
}

/// New less old in micro-units of the base currency; of a first rating all of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Difference {
    pub(super) revenue: i128,
    pub(super) cost: i128,
}

impl Difference {
    pub(super) const fn margin(self) -> i128 {
        self.revenue - self.cost
    }
}

/// Those of a call in their order.
pub(super) fn ratings<'a>(call: &'a Call, batches: &'a Batches) -> Result<Vec<Rating<'a>>> {
    let in_force = call.in_force().map(|row| row.place);
    let rating = |row: &'a UsageRow<'static>| {
        let seq = row.place.seq;
        let batch = batches.get(row.partition, seq);
        let found = batch.and_then(|batch| Some((batch, batches.kind(batch)?)));
        let (batch, kind) = found.ok_or_else(|| {
            data(format!(
                "the usage store has rows of batch {seq}, which the books do not know or say has none: restore both \
                 from one backup"
            ))
        })?;
        let before = call.reversal_before(row);
        Ok(Rating {
            row,
            cause: Cause::of(kind, before.is_some()),
            rerate: batches.rerate(batch).map(|entry| entry.id.as_str()),
            claimed_at: batch.claim.request.claimed_at,
            difference: difference(row, before),
            is_in_force: in_force == Some(row.place),
        })
    };
    call.usage.iter().filter(|row| row.sign > 0).map(rating).collect()
}

/// A reversal's amounts are negative.
fn difference(row: &UsageRow<'_>, reversal: Option<&UsageRow<'_>>) -> Option<Difference> {
    if reversal.is_some_and(|reversal| reversal.base_currency != row.base_currency) {
        return None;
    }
    let rows = || std::iter::once(row).chain(reversal);
    let sum = |side: fn(&UsageRow<'_>) -> Option<RatedSide>| {
        rows().filter_map(side).map(|side| i128::from(side.base_amount.0)).sum()
    };
    Some(Difference { revenue: sum(|row| row.rated.customer), cost: sum(|row| row.rated.supplier) })
}

impl Rating<'_> {
    /// As `explain` tells it, in several lines.
    pub(super) fn told(&self, names: &Names) -> String {
        let (row, base) = (self.row, self.row.base_currency);
        let cause = match (self.cause, self.rerate) {
            (Cause::First, _) => "first rating".to_owned(),
            (Cause::Correction, _) => "correction".to_owned(),
            (Cause::Redrive, _) => "re-drive".to_owned(),
            (Cause::Rerate, id) => format!("re-rate {}", id.unwrap_or("without an entry in the books")),
            (Cause::Undo, id) => format!("re-rate taken back by {}", id.unwrap_or("without an entry in the books")),
        };
        let in_force = if self.is_in_force { ", in force" } else { "" };
        let (claimed, posted, version) = (self.claimed_at, row.posting_day, row.catalog_version);
        let mut text =
            format!("{cause}, claimed at {claimed}, catalog version {version}, posted on {posted}{in_force}");
        for (word, side) in [("customer", &row.rated.customer), ("supplier", &row.rated.supplier)] {
            if let Some(side) = side {
                let _infallible = write!(text, "\n    {word:<9} {}", costs(side, names));
            }
        }
        let made = match self.difference {
            Some(made) => {
                let [revenue, cost, margin] = [made.revenue, made.cost, made.margin()].map(signed);
                format!("revenue {revenue}, cost {cost}, margin {margin} {base}")
            }
            None => "unknown, for what it took the place of is in another base currency".to_owned(),
        };
        let _infallible = write!(text, "\n    {:<9} {made}", "change");
        text
    }
}

/// What one side costs, in words.
fn costs(side: &RatedSide, names: &Names) -> String {
    let mut text = side.carrier.map_or("nobody known", |id| names.of(id)).to_owned();
    if let Some(prefix) = side.prefix() {
        let _infallible = write!(text, ", prefix {prefix}");
    }
    let _infallible = write!(text, ", {} s", side.billed_s);
    if let Some(row) = side.row {
        let _infallible = write!(text, ", charge {} {}", side.charge, row.currency);
    }
    if let Some(currency) = side.account_currency {
        let _infallible = write!(text, ", account {} {currency}", side.amount);
    }
    text
}

/// With its sign, unless it is 0.
fn signed(micros: i128) -> String {
    let plus = if micros > 0 { "+" } else { "" };
    format!("{plus}{}", money(micros))
}
