//! Turns a batch's plan into journal rows, accruals and digest. Pure: the same plan and records give the same rows.

use crate::columns::{suspense_row, usage_row};
use crate::decide::because;
use crate::desk::Rated;
use crate::error::RunError;
use crate::outside::{Fault, Settings};
use crate::plan::{Action, Plan};
use didtron_domain::digest::{call_hash, row_hash};
use didtron_domain::{
    Amount, Currency, Day, E164, Found, Instant, NameId, Optional, RatedCall, RatedSide, Rejection, Side, SideColumns,
    UsageDigest,
};
use didtron_ports::{
    Accrual, Claim, Counts, Feed, Journal, Rerated, RowPlace, SuspenseCause, SuspenseRow, UsageColumns, UsageRow,
};
use rustc_hash::FxHashMap;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A batch that is ready to be written and settled.
#[derive(Debug)]
pub(crate) struct Ready {
    pub(crate) claim: Claim,
    pub(crate) journal: Arc<Journal>,
    pub(crate) accruals: Vec<Accrual>,
    pub(crate) counts: Counts,
    pub(crate) digest: UsageDigest,
    /// Of a re-rate's batch only.
    pub(crate) rerated: Option<Rerated>,
}

/// All that a plan refers to, beside the ratings.
#[derive(Debug)]
pub(crate) struct Material<'a> {
    pub(crate) settings: &'a Settings,
    pub(crate) claim: &'a Claim,
    /// In a re-drive the row of suspense behind each record; else empty.
    pub(crate) redriven: &'a [SuspenseRow<'static>],
    /// The ids of the batch's source words; `None` for words that no row needs.
    pub(crate) sources: &'a [Option<NameId>],
}

/// The rows of earlier batches that a plan takes back or out, each once.
#[derive(Debug)]
pub(crate) struct Stored {
    pub(crate) usage: FxHashMap<RowPlace, UsageRow<'static>>,
    pub(crate) suspense: FxHashMap<RowPlace, SuspenseRow<'static>>,
}

/// Builds the rows of a plan. The columns of its batch become those of its journal, so that no row is copied; the memory
/// of its texts is given back.
pub(crate) fn build(
    plan: &Plan,
    material: &Material<'_>,
    rated: Rated,
    stored: Stored,
) -> Result<(Ready, Vec<u8>), RunError> {
    let mut builder = Builder {
        material,
        stored,
        journal: Journal { usage: columns(material, rated), ..Journal::default() },
        sums: Sums::default(),
        digest: UsageDigest::default(),
    };
    for action in &plan.actions {
        builder.act(action)?;
    }
    let Builder { mut journal, sums, digest, .. } = builder;
    debug_assert_eq!(journal.usage.len() as u64, plan.counts.usage_rows, "the plan counted its rows");
    // From here on only columns are asked for, and the texts would wait for the writing.
    let texts = journal.usage.calls.take_texts();
    let (accruals, counts) = (sums.accruals(plan.seq)?, plan.counts.clone());
    let (claim, journal) = (material.claim.clone(), Arc::new(journal));
    Ok((Ready { claim, journal, accruals, counts, digest, rerated: None }, texts))
}

/// The records of a batch as usage columns, none of them a row yet.
fn columns(material: &Material<'_>, rated: Rated) -> UsageColumns {
    let Rated { batch, columns, base_currency } = rated;
    let Claim { request, .. } = material.claim;
    let count = batch.len();
    let mut reverses = Optional::default();
    reverses.extend(std::iter::repeat_n(None, count));
    let id = |code: &u32| material.sources[*code as usize].map_or(0, |id| id.0);
    UsageColumns {
        seq: request.seq,
        partition: request.partition,
        order: Vec::with_capacity(count),
        sign: vec![1; count],
        reverses,
        posting_day: batch
            .answer
            .iter()
            .map(|answer| posting_day(material.settings, material.claim, *answer))
            .collect(),
        catalog_version: vec![request.catalog_version; count],
        base_currency: vec![base_currency.map_or(0, Currency::to_bits); count],
        source: batch.source.codes.iter().map(id).collect(),
        clean: vec![batch.clean; count],
        calls: batch,
        rated: columns,
    }
}

/// The answer's own day, or the claim's first open day when that is later.
pub(crate) fn posting_day(settings: &Settings, claim: &Claim, answer: Instant) -> i32 {
    match settings.has(Fault::PostsIntoClosedDay) {
        true => answer.day().0,
        false => answer.day().max(claim.first_open_day).0,
    }
}

type Account = (NameId, Side, Currency, Day);

/// The amount of a side, whose it is and in what; `None` where there is none.
pub(crate) fn owed(rated: &SideColumns, at: usize) -> Result<Option<(NameId, Currency, i128)>, RunError> {
    let amount = rated.amount[at];
    if amount == 0 {
        return Ok(None);
    }
    let has_account = rated.found[at].has(Found::CARRIER | Found::ACCOUNT_CURRENCY);
    let currency = Currency::from_bits(rated.account_currency[at]).filter(|_| has_account);
    let currency = currency.ok_or_else(|| inconsistent("an amount has no account"))?;
    Ok(Some((NameId(rated.carrier[at]), currency, i128::from(amount))))
}

/// What rows add to accounts.
#[derive(Debug, Default)]
pub(crate) struct Sums(FxHashMap<Account, i128>);

impl Sums {
    /// Adds the amounts at a position to their accounts.
    fn add_up(&mut self, usage: &UsageColumns, at: usize) -> Result<(), RunError> {
        for (side, rated) in [(Side::Customer, &usage.rated.customer), (Side::Supplier, &usage.rated.supplier)] {
            if let Some((carrier, currency, amount)) = owed(rated, at)? {
                self.add((carrier, side, currency, Day(usage.posting_day[at])), amount);
            }
        }
        Ok(())
    }

    pub(crate) fn add(&mut self, account: Account, amount: i128) {
        *self.0.entry(account).or_default() += amount;
    }

    /// What is not zero, in order.
    pub(crate) fn accruals(self, seq: u64) -> Result<Vec<Accrual>, RunError> {
        accruals(&self.0.into_iter().collect(), seq)
    }
}

fn accruals(sums: &BTreeMap<Account, i128>, seq: u64) -> Result<Vec<Accrual>, RunError> {
    let moved = sums.iter().filter(|(_, amount)| **amount != 0);
    let accrual = |(&(carrier, side, currency, day), &amount): (&Account, &i128)| {
        let overflow = |_| RunError::SumOverflow { seq, carrier, currency, day, amount };
        i64::try_from(amount).map(|amount| Accrual { carrier, side, currency, day, amount }).map_err(overflow)
    };
    moved.map(accrual).collect()
}

struct Builder<'a> {
    material: &'a Material<'a>,
    stored: Stored,
    journal: Journal,
    sums: Sums,
    digest: UsageDigest,
}

impl Builder<'_> {
    fn act(&mut self, action: &Action) -> Result<(), RunError> {
        match *action {
            Action::Rate { record, reverses } => {
                if let Some(place) = reverses {
                    self.reverse(place)?;
                }
                self.rate(record)
            }
            Action::Wait { record, rejection } => {
                let row = self.suspense_row(record, SuspenseCause::Rejected, rejection);
                self.journal.suspense.push(&row);
                Ok(())
            }
            Action::Leave { place, cause } => self.leave(place, cause),
            Action::Remember { record, cause, reason } => {
                self.remember(record, cause, because(reason));
                Ok(())
            }
        }
    }

    /// The record at this position becomes a row.
    fn rate(&mut self, record: usize) -> Result<(), RunError> {
        let usage = &mut self.journal.usage;
        usage.order.push(u32::try_from(record).expect("a batch has fewer records than 2^24"));
        self.digest.add(1, row_hash_at(usage, record));
        self.sums.add_up(usage, record)
    }

    /// Takes a row back: its stored amounts and FX, negated, never computed again (R17).
    fn reverse(&mut self, place: RowPlace) -> Result<(), RunError> {
        let mut row = self.stored_usage(place)?;
        if row.sign != 1 {
            return Err(inconsistent("the row in force is a reversal"));
        }
        self.digest.add(-1, call_hash(row.identity, &row.rated));
        row.place = self.usage_place();
        row.sign = -1;
        row.reverses = Some(place);
        row.posting_day = Day(posting_day(self.material.settings, self.material.claim, row.answer));
        row.rated = RatedCall {
            customer: row.rated.customer.as_ref().map(negated),
            supplier: row.rated.supplier.as_ref().map(negated),
        };
        self.journal.usage.push(&row);
        self.sums.add_up(&self.journal.usage, self.journal.usage.sign.len() - 1)
    }

    fn leave(&mut self, place: RowPlace, cause: SuspenseCause) -> Result<(), RunError> {
        let mut row = self.stored_suspense(place)?;
        if row.sign != 1 {
            return Err(inconsistent("the row that waits in suspense is one that was taken out"));
        }
        row.place = self.suspense_place();
        (row.sign, row.cause, row.takes_out) = (-1, cause, Some(place));
        if let (SuspenseCause::Dismissed, Feed::Dismiss { note }) = (cause, &self.material.claim.request.feed) {
            row.note = Cow::Borrowed(note);
        }
        self.journal.suspense.push(&row);
        Ok(())
    }

    fn remember(&mut self, record: usize, cause: SuspenseCause, rejection: Rejection) {
        let mut row = self.suspense_row(record, cause, rejection);
        self.journal.suspense.push(&row);
        row.takes_out = Some(row.place);
        row.place.row += 1;
        row.sign = -1;
        self.journal.suspense.push(&row);
    }

    fn suspense_row(&self, record: usize, cause: SuspenseCause, rejection: Rejection) -> SuspenseRow<'static> {
        let (claim, batch) = (self.material.claim, &self.journal.usage.calls);
        let malformed = batch.malformed_at(record);
        let call = malformed.is_none().then(|| batch.call(record));
        // A re-driven record stays where and when it was first found.
        let redriven = self.material.redriven.get(record);
        let text = |text: Option<&str>| Cow::Owned(text.unwrap_or("").to_owned());
        SuspenseRow {
            place: self.suspense_place(),
            partition: claim.request.partition,
            sign: 1,
            cause,
            takes_out: None,
            identity: batch.identity[record],
            content: batch.content[record],
            version: call.and_then(|call| call.version),
            record: Cow::Owned(batch.text(record).to_vec()),
            mapping: text(Some(&batch.mapping)),
            header: text(Some(&batch.header)),
            at: redriven
                .map_or_else(|| Cow::Owned(format!("{}:{}", batch.file, batch.lines[record])), |row| row.at.clone()),
            source: call.and_then(|_| self.source(record)),
            call_id: text(call.map(|call| call.call_id)),
            branch: text(call.map(|call| call.branch)),
            start: call.map(|call| call.start),
            rejection,
            note: text(malformed.map(|malformed| malformed.message.as_str())),
            first_seen: redriven.map_or(claim.request.claimed_at, |row| row.first_seen),
        }
    }

    fn source(&self, record: usize) -> Option<NameId> {
        self.material.sources[self.journal.usage.calls.source.codes[record] as usize]
    }

    fn usage_place(&self) -> RowPlace {
        place(self.material.claim, self.journal.usage.len())
    }

    fn suspense_place(&self) -> RowPlace {
        place(self.material.claim, self.journal.suspense.len())
    }

    fn stored_usage(&mut self, place: RowPlace) -> Result<UsageRow<'static>, RunError> {
        let own = self.journal.usage.len();
        if place.seq == self.material.claim.request.seq && (place.row as usize) < own {
            return Ok(usage_row(&self.journal.usage, place.row));
        }
        self.stored.usage.remove(&place).ok_or_else(|| inconsistent("a row to reverse was not fetched"))
    }

    fn stored_suspense(&mut self, place: RowPlace) -> Result<SuspenseRow<'static>, RunError> {
        let own = self.journal.suspense.len();
        if place.seq == self.material.claim.request.seq && (place.row as usize) < own {
            return Ok(suspense_row(&self.journal.suspense, place.row as usize));
        }
        self.stored.suspense.remove(&place).ok_or_else(|| inconsistent("a row to take out was not fetched"))
    }
}

/// [`call_hash`] of what lies at a position.
pub(crate) fn row_hash_at(usage: &UsageColumns, at: usize) -> u128 {
    let side = |side: &SideColumns| {
        let found = side.found[at];
        let length = side.prefix_length[at];
        let number = if found.has(Found::LOOKED_UP) { side.looked_up[at] } else { side.number[at] };
        let prefix = E164::from_value(number).filter(|_| length > 0).map_or(0, |number| number.prefix(length).value());
        found.has(Found::SIDE).then(|| (side.charge[at], prefix, length, side.billed_s[at]))
    };
    row_hash(usage.calls.identity[at], side(&usage.rated.customer), side(&usage.rated.supplier))
}

fn place(claim: &Claim, row: usize) -> RowPlace {
    let row = u32::try_from(row).expect("settings keep a batch below 2^24 rows");
    RowPlace { seq: claim.request.seq, row }
}

/// A side's amounts with the other sign; its seconds stay.
fn negated(side: &RatedSide) -> RatedSide {
    let amount = |amount: Amount| Amount(-amount.0);
    RatedSide {
        charge: amount(side.charge),
        amount: amount(side.amount),
        base_amount: amount(side.base_amount),
        ..*side
    }
}

#[cold]
pub(crate) fn inconsistent(what: &str) -> RunError {
    RunError::damaged(format!(
        "could not build the rows of a batch: {what}; the books or the store are damaged, restore them"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sum_beyond_the_ledger_is_told_and_zero_moves_nothing() {
        let currency = Currency::parse("EUR").expect("a currency");
        let account = |carrier| (NameId(carrier), Side::Supplier, currency, Day(3));
        let sums = |amounts: &[i128]| (1..).map(account).zip(amounts.iter().copied()).collect::<BTreeMap<_, _>>();
        let found = accruals(&sums(&[5, 0, -7]), 1).expect("it fits");
        let amounts: Vec<_> = found.iter().map(|accrual| (accrual.carrier.0, accrual.amount)).collect();
        assert_eq!(amounts, [(1, 5), (3, -7)]);
        let error = accruals(&sums(&[1, i128::from(i64::MAX) + 1]), 9).expect_err("it does not fit");
        assert!(matches!(error, RunError::SumOverflow { seq: 9, carrier: NameId(2), .. }), "{error}");
    }
}
