//! Turns a batch's plan into journal rows, accruals and digest. Pure: the same plan and records give the same rows.

use crate::columns::{suspense_row, usage_row};
use crate::decide::because;
use crate::desk::Rated;
use crate::error::RunError;
use crate::outside::{Fault, Settings};
use crate::plan::{Action, Plan};
use didtron_domain::digest::call_hash;
use didtron_domain::{Amount, Currency, Day, NameId, RatedCall, RatedSide, Rejection, Side, UsageDigest};
use didtron_ports::{
    Accrual, Claim, Counts, Feed, Journal, RowPlace, SuspenseCause, SuspenseRow, UsageColumns, UsageRow,
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
}

/// All that a plan refers to.
#[derive(Debug)]
pub(crate) struct Material<'a> {
    pub(crate) settings: &'a Settings,
    pub(crate) claim: &'a Claim,
    pub(crate) rated: &'a Rated,
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

/// Builds the rows of a plan, those of usage in `room`, which is empty.
pub(crate) fn build(
    plan: &Plan,
    material: &Material<'_>,
    stored: Stored,
    room: UsageColumns,
) -> Result<Ready, RunError> {
    let mut builder = Builder {
        material,
        stored,
        journal: Journal { usage: room, ..Journal::default() },
        sums: BTreeMap::new(),
        digest: UsageDigest::default(),
    };
    builder.journal.usage.reserve(usize::try_from(plan.counts.usage_rows).expect("a batch has fewer rows than 2^24"));
    for actions in plan.actions.chunk_by(|a, b| is_plain(a) && is_plain(b)) {
        builder.act(actions)?;
    }
    let Builder { journal, digest, .. } = builder;
    debug_assert_eq!(journal.usage.len() as u64, plan.counts.usage_rows, "the plan counted its rows");
    let accruals = accruals(&builder.sums, plan.seq)?;
    let counts = plan.counts.clone();
    Ok(Ready { claim: material.claim.clone(), journal: Arc::new(journal), accruals, counts, digest })
}

/// Rows that are laid out at a time: few enough to stay in a core's caches.
const ROWS_AT_A_TIME: usize = 64;

/// Whether it is a rating that takes nothing back, as nearly all are.
const fn is_plain(action: &Action) -> bool {
    matches!(action, Action::Rate { reverses: None, .. })
}

type Account = (NameId, Side, Currency, Day);

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
    sums: BTreeMap<Account, i128>,
    digest: UsageDigest,
}

impl<'a> Builder<'a> {
    /// Does one step, or several plain ones.
    fn act(&mut self, actions: &[Action]) -> Result<(), RunError> {
        match *actions {
            [Action::Rate { reverses: None, .. }, ..] => {
                for actions in actions.chunks(ROWS_AT_A_TIME) {
                    self.rate(actions)?;
                }
                Ok(())
            }
            [Action::Rate { record, reverses: Some(place) }] => {
                self.reverse(place)?;
                self.rate(&[Action::Rate { record, reverses: None }])
            }
            [Action::Wait { record, rejection }] => {
                let row = self.suspense_row(record, SuspenseCause::Rejected, rejection);
                self.journal.suspense.push(&row);
                Ok(())
            }
            [Action::Leave { place, cause }] => self.leave(place, cause),
            [Action::Remember { record, cause, reason }] => {
                self.remember(record, cause, because(reason));
                Ok(())
            }
            _ => Err(inconsistent("steps that do not go together")),
        }
    }

    /// Plain ratings.
    fn rate(&mut self, actions: &[Action]) -> Result<(), RunError> {
        let row = |(action, at): (&Action, usize)| {
            let Action::Rate { record, .. } = *action else { unreachable!("only ratings are plain") };
            self.rated_row(record, place(self.material.claim, at))
        };
        let rows: Vec<_> = actions.iter().zip(self.journal.usage.len()..).map(row).collect();
        for row in &rows {
            self.digest.add(1, call_hash(row.identity, &row.rated));
        }
        self.push_usage(&rows)
    }

    fn rated_row(&self, record: usize, place: RowPlace) -> UsageRow<'a> {
        let Material { claim, rated: Rated { batch, verdicts, base_currency }, .. } = *self.material;
        let call = batch.call(record);
        UsageRow {
            place,
            partition: claim.request.partition,
            sign: 1,
            reverses: None,
            identity: batch.identity[record],
            content: batch.content[record],
            posting_day: self.posting_day(call.answer.day()),
            catalog_version: claim.request.catalog_version,
            base_currency: base_currency.expect("a catalog that rates a call has a base currency"),
            source: self.source(record).expect("the sources of all that a plan rates have ids"),
            call_id: call.call_id.into(),
            branch: call.branch.into(),
            version: call.version,
            start: call.start,
            answer: call.answer,
            duration_ms: call.duration_ms,
            marked_answered: call.marked_answered,
            last_attempt: call.last_attempt,
            clean: call.clean,
            ingress: call.ingress.into(),
            egress: call.egress.into(),
            caller: call.caller.into(),
            called: call.called.into(),
            called_egress: call.called_egress.into(),
            lrn: call.lrn.into(),
            stated_revenue: call.stated_revenue,
            stated_cost: call.stated_cost,
            rated: *verdicts[record].as_ref().expect("a plan rates only what was not rejected"),
        }
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
        row.posting_day = self.posting_day(row.answer.day());
        row.rated = RatedCall {
            customer: row.rated.customer.as_ref().map(negated),
            supplier: row.rated.supplier.as_ref().map(negated),
        };
        self.push_usage(&[row])
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
        let Material { claim, rated: Rated { batch, .. }, .. } = *self.material;
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
        self.material.sources[self.material.rated.batch.source.codes[record] as usize]
    }

    /// Its own day, or the claim's first open day when that is later.
    fn posting_day(&self, day: Day) -> Day {
        match self.material.settings.has(Fault::PostsIntoClosedDay) {
            true => day,
            false => day.max(self.material.claim.first_open_day),
        }
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
            return Ok(usage_row(&self.journal.usage, place.row as usize));
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

    fn push_usage(&mut self, rows: &[UsageRow<'_>]) -> Result<(), RunError> {
        for row in rows {
            for (side, rated) in [(Side::Customer, &row.rated.customer), (Side::Supplier, &row.rated.supplier)] {
                let Some(rated) = rated.as_ref().filter(|rated| rated.amount != Amount(0)) else { continue };
                let account = rated.carrier.zip(rated.account_currency);
                let (carrier, currency) = account.ok_or_else(|| inconsistent("an amount has no account"))?;
                let account = (carrier, side, currency, row.posting_day);
                *self.sums.entry(account).or_default() += i128::from(rated.amount.0);
            }
        }
        self.journal.usage.extend(rows);
        Ok(())
    }
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
fn inconsistent(what: &str) -> RunError {
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
