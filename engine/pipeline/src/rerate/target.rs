//! What calls are rated again against: a catalog version, for the sides and calls in scope.

use crate::outside::Rate;
use crate::rate_rows::{Room, rate_part, rate_parts};
use crate::rerate::cells::Fate;
use crate::rerate::figures::{differ, looked_up};
use didtron_domain::{Amount, Currency, Found, Instant, NameId, RatedColumns, Reason, Rejection, Side, SideColumns};
use didtron_ports::{Kept, Scope, StoredRows, UsageColumns};
use std::ops::Range;
use std::sync::Arc;

#[derive(Debug)]
pub(crate) struct Target<R> {
    pub(crate) catalog: Arc<R>,
    /// The catalog's.
    pub(crate) base_currency: Currency,
    pub(crate) scope: Scope,
}

impl<R> Clone for Target<R> {
    fn clone(&self) -> Self {
        Self { catalog: Arc::clone(&self.catalog), base_currency: self.base_currency, scope: self.scope.clone() }
    }
}

impl<R: Rate> Target<R> {
    /// The answers in scope: what a scan leaves out by itself.
    pub(crate) fn answers(&self) -> Range<Instant> {
        self.scope.from.unwrap_or(Instant::MIN)..self.scope.to.unwrap_or(Instant::MAX)
    }

    /// Whether a row in force is in scope: its answer is (see [`Target::answers`]), and its deck may be the new
    /// rating's.
    pub(crate) fn takes(&self, rows: &StoredRows, row: usize) -> bool {
        let Scope { from: _, to: _, customer, supplier, destination, deck: _, prefix, sides } = &self.scope;
        let own = &rows.columns.rated;
        let is_named = |side: &SideColumns, found, column: &[u32], name: &Option<NameId>| {
            name.is_none_or(|name| side.value(found, column, row) == Some(name.0))
        };
        let either = |is_it: &dyn Fn(&SideColumns) -> bool| is_it(&own.customer) || is_it(&own.supplier);
        is_named(&own.customer, Found::CARRIER, &own.customer.carrier, customer)
            && is_named(&own.supplier, Found::CARRIER, &own.supplier.carrier, supplier)
            && either(&|side| is_named(side, Found::ROW, &side.destination, destination))
            && prefix
                .is_none_or(|prefix| either(&|side| looked_up(side, row).is_some_and(|number| prefix.begins(number))))
            && [Side::Customer, Side::Supplier]
                .into_iter()
                .any(|side| sides.has(side) && of(own, side).found[row].has(Found::SIDE))
    }

    /// Rates calls again, and what becomes of each; `None`: its decks are none in scope. A side that is not in scope
    /// keeps what it has, and what would reject it does not matter.
    pub(crate) fn rate(&self, old: &mut UsageColumns, threads: usize) -> (RatedColumns, Vec<Option<Fate>>) {
        let mut new = self.rate_calls(old, threads);
        let rejected = std::mem::take(&mut new.rejected);
        for side in [Side::Customer, Side::Supplier].into_iter().filter(|side| !self.scope.sides.has(*side)) {
            *of_mut(&mut new, side) = of(&old.rated, side).clone();
        }
        let mut rejected = rejected.into_iter().peekable();
        let fate = |row: usize| {
            let rejection = rejected.next_if(|(own, _)| *own == row).map(|(_, rejection)| rejection);
            let stopped = rejection.and_then(|rejection| self.stops(&rejection, &new, row));
            let stopped = stopped.or_else(|| self.loses(&old.rated, &new, row));
            let differs =
                || differ(&old.rated.customer, &new.customer, row) || differ(&old.rated.supplier, &new.supplier, row);
            match stopped {
                _ if !self.has_deck(old, stopped.is_none().then_some(&new), row) => None,
                Some(reason) => Some(Fate::Kept(Kept::Rejected(reason))),
                None if differs() => Some(Fate::Changed),
                None => Some(Fate::Same),
            }
        };
        let fates = (0..old.len()).map(fate).collect();
        (new, fates)
    }

    /// Calls whose numbers are clean and those whose are not are rated apart.
    fn rate_calls(&self, old: &mut UsageColumns, threads: usize) -> RatedColumns {
        let (calls, clean) = (&mut old.calls, &old.clean);
        let mut new = RatedColumns::default();
        let Some(&first) = clean.first() else { return new };
        if clean.iter().all(|own| *own == first) {
            calls.clean = first;
            let mut room = Room::default();
            rate_parts(&*self.catalog, calls, &mut room, threads);
            return room.rated;
        }
        let mut begin = 0;
        for run in clean.chunk_by(|a, b| a == b) {
            calls.clean = run[0];
            rate_part(&*self.catalog, calls, begin..begin + run.len(), &mut new);
            begin += run.len();
        }
        new
    }

    /// The reason that a side in scope cannot be rated for.
    fn stops(&self, rejection: &Rejection, new: &RatedColumns, row: usize) -> Option<Reason> {
        let is_in_scope = |side| self.scope.sides.has(side);
        let Some(side) = rejection.side else { return Some(rejection.reason) };
        if is_in_scope(side) {
            return Some(rejection.reason);
        }
        // The other side's reason comes first; whether this one can be rated shows by its charge.
        let (other, charge) = match side {
            Side::Customer => (Side::Supplier, rejection.supplier_charge),
            Side::Supplier => (Side::Customer, rejection.customer_charge),
        };
        match charge {
            None if of(new, other).found[row].has(Found::SIDE) => Some(rejection.reason),
            Some(charge) if is_beyond(of(new, other), charge, row) => Some(Reason::AmountOverflow),
            _ => None,
        }
    }

    /// Nothing rejects an unanswered call (R1). One that would lose its party or its row is as little rated as an
    /// answered one.
    fn loses(&self, old: &RatedColumns, new: &RatedColumns, row: usize) -> Option<Reason> {
        let is_lost = |side, found| of(old, side).found[row].has(found) && !of(new, side).found[row].has(found);
        let of_side = |side: Side, unknown| {
            let reasons = [(Found::CARRIER, unknown), (Found::ROW, Reason::NoRate)];
            let lost = reasons.into_iter().find(|(found, _)| is_lost(side, *found));
            lost.filter(|_| self.scope.sides.has(side)).map(|(_, reason)| reason)
        };
        of_side(Side::Customer, Reason::UnknownCustomer).or_else(|| of_side(Side::Supplier, Reason::UnknownSupplier))
    }

    fn has_deck(&self, old: &UsageColumns, new: Option<&RatedColumns>, row: usize) -> bool {
        let Some(deck) = self.scope.deck else { return true };
        let has = |side: &SideColumns| side.value(Found::ROW, &side.deck, row) == Some(deck.0);
        std::iter::once(&old.rated).chain(new).any(|rated| has(&rated.customer) || has(&rated.supplier))
    }
}

/// Whether an amount of a side is more than one call may cost.
fn is_beyond(side: &SideColumns, charge: Amount, row: usize) -> bool {
    let most = Amount::CHARGE_MAX.0.unsigned_abs();
    [charge.0, side.amount[row], side.base_amount[row]].into_iter().any(|amount| amount.unsigned_abs() > most)
}

pub(crate) const fn of(rated: &RatedColumns, side: Side) -> &SideColumns {
    match side {
        Side::Customer => &rated.customer,
        Side::Supplier => &rated.supplier,
    }
}

const fn of_mut(rated: &mut RatedColumns, side: Side) -> &mut SideColumns {
    match side {
        Side::Customer => &mut rated.customer,
        Side::Supplier => &mut rated.supplier,
    }
}
