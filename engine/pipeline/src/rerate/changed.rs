//! The changed calls of one batch, and their rows: of each call the reversal of what was in force, then the new rating.

use crate::build::{Ready, Sums, inconsistent, owed, posting_day, row_hash_at};
use crate::error::RunError;
use crate::index::Index;
use crate::outside::{Rate, Settings};
use crate::rerate::cells::{Fate, Tally};
use didtron_domain::{Currency, Day, NameId, Optional, RatedColumns, Side, UsageDigest};
use didtron_ports::{Claim, Counts, Journal, Moved, Rerated, RowPlace, StoredRows, UsageColumns};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Calls whose rating is replaced, in the order of their identities.
#[derive(Debug, Default)]
pub(crate) struct Changed {
    /// The rows in force until now.
    pub(crate) old: StoredRows,
    /// Both sides of each from now on, and what they were rated with.
    pub(crate) new: RatedColumns,
    pub(crate) catalog_version: Vec<u32>,
    pub(crate) base_currency: Vec<u32>,
    pub(crate) tally: Tally,
}

impl Changed {
    /// Of calls that were rated again, all of which must have changed: the scan said so of each.
    pub(crate) fn rated<R: Rate>(
        old: StoredRows,
        new: RatedColumns,
        fates: &[Option<Fate>],
        catalog: &R,
        tally: Tally,
    ) -> Result<Self, RunError> {
        if fates.iter().any(|fate| *fate != Some(Fate::Changed)) {
            return Err(inconsistent("a call is rated otherwise than a moment ago"));
        }
        let count = old.len();
        let base_currency = catalog.base_currency().map_or(0, Currency::to_bits);
        let (catalog_version, base_currency) = (vec![catalog.version(); count], vec![base_currency; count]);
        Ok(Self { old, new, catalog_version, base_currency, tally })
    }

    /// Tells the index which rows are in force after the batch.
    pub(crate) fn enter(&self, index: &mut Index, seq: u64) -> Result<(), RunError> {
        for (row, (&identity, &place)) in
            (1..).step_by(2).zip(self.old.columns.calls.identity.iter().zip(&self.old.places))
        {
            let force = index.known(identity).and_then(|known| known.force);
            if force.map(RowPlace::packed) != Some(place) {
                return Err(inconsistent("the row that a re-rate takes back is not in force"));
            }
            index.rerate(identity, RowPlace { seq, row });
        }
        Ok(())
    }

    /// The rows in force again: of each pair of a reversal and its rating the one that the reversal took back.
    fn undone(pairs: &StoredRows, tally: Tally) -> Self {
        let count = u32::try_from(pairs.len() / 2).expect("fewer rows than 2^32 are held at a time");
        let every_other = |first: u32| (0..count).map(|pair| 2 * pair + first).collect::<Vec<u32>>();
        let (back, old) = (pairs.columns.gather(&every_other(0)), pairs.gather(&every_other(1)));
        let mut new = back.rated;
        new.negate();
        Self { old, new, catalog_version: back.catalog_version, base_currency: back.base_currency, tally }
    }
}

/// What an undo changes, from the rows of the re-rate in the order of identity and place.
pub(crate) fn pairs(rows: &StoredRows, tally: Tally) -> Result<Changed, RunError> {
    let identity = &rows.columns.calls.identity;
    let is_pair = |pair: usize| {
        let (back, own) = (2 * pair, 2 * pair + 1);
        identity[back] == identity[own]
            && rows.columns.sign[back] < 0
            && rows.columns.sign[own] > 0
            && rows.places[back] + 1 == rows.places[own]
    };
    if !rows.len().is_multiple_of(2) || !(0..rows.len() / 2).all(is_pair) {
        return Err(inconsistent("a re-rated row has no reversal before it"));
    }
    Ok(Changed::undone(rows, tally))
}

/// Builds the rows of a batch of a re-rate.
pub(crate) fn build_changed(claim: Claim, changed: Changed, settings: &Settings) -> Result<Ready, RunError> {
    let mut digest = UsageDigest::default();
    for row in 0..changed.old.len() {
        digest.add(-1, row_hash_at(&changed.old.columns, row));
    }
    let tally = changed.tally.clone();
    let usage = columns(&claim, changed, settings);
    let mut rerated = Rerated { calls: tally.calls, changed: tally.changed, kept: tally.kept, ..Rerated::default() };
    let mut moved = BTreeMap::new();
    for at in 0..usage.sign.len() {
        if usage.sign[at] > 0 {
            digest.add(1, row_hash_at(&usage, at));
        }
        add_moved(&usage, at, &mut moved)?;
    }
    // Both are the same sums, the accruals without the days of the calls.
    let mut sums = Sums::default();
    for (&(carrier, side, currency, _, posting_day), &amount) in &moved {
        sums.add((carrier, side, currency, posting_day), amount);
    }
    rerated.base_currency = usage.base_currency.first().copied().and_then(Currency::from_bits);
    (rerated.revenue, rerated.cost) =
        (base_sum(&usage.rated.customer.base_amount)?, base_sum(&usage.rated.supplier.base_amount)?);
    rerated.moved = of_sums(moved)?;
    let accruals = sums.accruals(claim.request.seq)?;
    let counts = Counts { usage_rows: usage.len() as u64, ..Counts::default() };
    let journal = Arc::new(Journal { usage, ..Journal::default() });
    Ok(Ready { claim, journal, accruals, counts, digest, rerated: Some(rerated) })
}

/// Each call twice: taken back, then as it is rated now.
fn columns(claim: &Claim, changed: Changed, settings: &Settings) -> UsageColumns {
    let Changed { old, mut new, catalog_version, base_currency, .. } = changed;
    let StoredRows { places, columns: old } = old;
    let count = u32::try_from(places.len()).expect("settings keep a batch below 2^24 rows");
    let twice: Vec<u32> = (0..count).flat_map(|call| [call, call]).collect();
    let mut rated = old.rated;
    rated.negate();
    rated.append(&mut new);
    let both: Vec<u32> = (0..count).flat_map(|call| [call, count + call]).collect();
    let calls = old.calls.gather(&twice);
    let in_turn = |old: &[u32], new: &[u32]| old.iter().zip(new).flat_map(|(old, new)| [*old, *new]).collect();
    let mut reverses = Optional::default();
    reverses.extend(places.iter().flat_map(|place| [Some(*place), None]));
    UsageColumns {
        seq: claim.request.seq,
        partition: claim.request.partition,
        order: (0..2 * count).collect(),
        sign: [-1, 1].repeat(places.len()),
        reverses,
        posting_day: calls.answer.iter().map(|answer| posting_day(settings, claim, *answer)).collect(),
        catalog_version: in_turn(&old.catalog_version, &catalog_version),
        base_currency: in_turn(&old.base_currency, &base_currency),
        source: in_turn(&old.source, &old.source),
        clean: old.clean.iter().flat_map(|clean| [*clean, *clean]).collect(),
        calls,
        rated: rated.gather(&both),
    }
}

type Account = (NameId, Side, Currency, Day, Day);

fn add_moved(usage: &UsageColumns, at: usize, moved: &mut BTreeMap<Account, i128>) -> Result<(), RunError> {
    for (side, rated) in [(Side::Customer, &usage.rated.customer), (Side::Supplier, &usage.rated.supplier)] {
        if let Some((carrier, currency, amount)) = owed(rated, at)? {
            let key = (carrier, side, currency, usage.calls.answer[at].day(), Day(usage.posting_day[at]));
            *moved.entry(key).or_default() += amount;
        }
    }
    Ok(())
}

fn of_sums(moved: BTreeMap<Account, i128>) -> Result<Vec<Moved>, RunError> {
    let sums = moved.into_iter().filter(|(_, amount)| *amount != 0);
    let sum = |((carrier, side, currency, answer_day, posting_day), amount)| {
        let amount = i64::try_from(amount).map_err(|_| beyond())?;
        Ok(Moved { carrier, side, currency, answer_day, posting_day, amount })
    };
    sums.map(sum).collect()
}

fn base_sum(amounts: &[i64]) -> Result<i64, RunError> {
    let sum: i128 = amounts.iter().map(|amount| i128::from(*amount)).sum();
    i64::try_from(sum).map_err(|_| beyond())
}

#[cold]
fn beyond() -> RunError {
    RunError::damaged(
        "could not sum up a batch of a re-rate: its amounts are beyond what the books hold; use smaller batches",
    )
}
