//! Re-rates and their undoing: each call of a part once, as it stands when the part comes.

use super::{Batch, Catalogs, Key, Model, Rating};
use crate::calls::{currency, side_verdict, verdict};
use didtron_domain::{Day, NameId, RatedSide, Reason, Side};
use didtron_ports::{Kept, Moved, Rerated, Scope, Sides};
use std::collections::BTreeMap;
use std::ops::Range;

/// What one batch of a re-rate does.
#[derive(Clone, Debug)]
pub struct Part<'a> {
    /// Of the re-rate.
    pub number: i64,
    /// Of the identities' hash.
    pub range: Range<u64>,
    pub batch: &'a Batch,
}

impl Model {
    /// Rates the calls of a part by a catalog version; tells what the batch is to say that it did.
    pub fn rerate(&mut self, part: &Part<'_>, catalog: u32, scope: &Scope) -> Rerated {
        let mut told = Told::default();
        for (key, old) in self.in_force(&part.range) {
            if !is_in_scope(&old, scope) {
                continue;
            }
            let by = |side, before| if scope.sides.has(side) { catalog } else { before };
            let catalogs = Catalogs {
                customer: by(Side::Customer, old.catalogs.customer),
                supplier: by(Side::Supplier, old.catalogs.supplier),
            };
            if let Some(reason) = why_not(old.line.content, catalog, scope.sides) {
                told.keep(Kept::Rejected(reason));
                continue;
            }
            let new = Rating { catalogs, rerated: Some((part.number, old.catalogs)), ..old };
            if new.rated() == old.rated() {
                told.rerated.calls += 1;
            } else {
                told.change(&old, &new, part.batch);
                self.replace(&key, new, Kept::Rerated, part.batch);
            }
        }
        told.finish()
    }

    /// Gives the calls of a part what they cost before another re-rate, where its rating is still in force.
    pub fn undo(&mut self, part: &Part<'_>, of: i64) -> Rerated {
        let mut told = Told::default();
        for (key, old) in self.in_force(&part.range) {
            match old.rerated {
                Some((number, before)) if number == of => {
                    let new = Rating { catalogs: before, rerated: Some((part.number, old.catalogs)), ..old };
                    told.change(&old, &new, part.batch);
                    self.replace(&key, new, Kept::Rerated, part.batch);
                }
                _ => self.calls[&key].replaced.get(&of).into_iter().for_each(|why| told.keep(*why)),
            }
        }
        told.finish()
    }

    fn in_force(&self, range: &Range<u64>) -> Vec<(Key, Rating)> {
        let mut found = Vec::new();
        for (key, call) in &self.calls {
            if let (Key::Call(mapping, _), Some(rating)) = (key, call.force)
                && range.contains(&rating.line.identity(mapping).range_hash())
            {
                found.push((key.clone(), rating));
            }
        }
        found
    }
}

/// Calls of this world have no destination, no deck and no number.
fn is_in_scope(rating: &Rating, scope: &Scope) -> bool {
    let Scope { from, to, customer, supplier, destination, deck, prefix, sides: _ } = scope;
    let (answer, rated) = (rating.line.answer(), rating.rated());
    let is_carrier =
        |name: &Option<NameId>, side: Option<RatedSide>| name.is_none() || *name == side.and_then(|side| side.carrier);
    from.is_none_or(|from| from <= answer)
        && to.is_none_or(|to| answer < to)
        && is_carrier(customer, rated.customer)
        && is_carrier(supplier, rated.supplier)
        && destination.is_none()
        && deck.is_none()
        && prefix.is_none()
}

fn why_not(content: u32, catalog: u32, sides: Sides) -> Option<Reason> {
    match sides {
        Sides::Both => verdict(content, catalog).err().map(|rejection| rejection.reason),
        Sides::Customer => side_verdict(Side::Customer, content, catalog).err(),
        Sides::Supplier => side_verdict(Side::Supplier, content, catalog).err(),
    }
}

/// What a part did so far.
#[derive(Debug, Default)]
struct Told {
    rerated: Rerated,
    kept: BTreeMap<Kept, u64>,
    /// By carrier, side, the day of the answer and that of posting.
    moved: BTreeMap<(NameId, Side, Day, Day), i64>,
}

impl Told {
    fn keep(&mut self, why: Kept) {
        self.rerated.calls += 1;
        *self.kept.entry(why).or_default() += 1;
    }

    fn change(&mut self, old: &Rating, new: &Rating, batch: &Batch) {
        self.rerated.calls += 1;
        self.rerated.changed += 1;
        self.rerated.base_currency = Some(currency());
        let (answer_day, posting_day) = (old.line.answer().day(), batch.posting_day(old));
        for (sign, rated) in [(-1, old.rated()), (1, new.rated())] {
            let [customer, supplier] = [rated.customer, rated.supplier].map(|side| side.expect("both sides are there"));
            self.rerated.revenue += sign * customer.base_amount.0;
            self.rerated.cost += sign * supplier.base_amount.0;
            for (side, rated) in [(Side::Customer, customer), (Side::Supplier, supplier)] {
                let account = (rated.carrier.expect("a carrier"), side, answer_day, posting_day);
                *self.moved.entry(account).or_default() += sign * rated.amount.0;
            }
        }
    }

    fn finish(self) -> Rerated {
        let moved = self.moved.into_iter().filter(|(_, amount)| *amount != 0);
        let moved = moved.map(|((carrier, side, answer_day, posting_day), amount)| Moved {
            carrier,
            side,
            currency: currency(),
            answer_day,
            posting_day,
            amount,
        });
        Rerated { kept: self.kept.into_iter().collect(), moved: moved.collect(), ..self.rerated }
    }
}
