//! Rates the calls of a batch, some thousand at a time: those of one plan after the other, so that what a plan decides
//! is decided alike from call to call, and their numbers are looked up together.

use crate::catalog::Catalog;
use crate::catalog::plans::Plan;
use crate::conversion::Conversions;
use crate::front::{Front, Leg, Party};
use crate::leg::Dialled;
use crate::rate_call::{Call, Half, MALFORMED, SideRow, Stop, Verdict, rejection};
use crate::trace::Silent;
use didtron_domain::{Amount, CallBatch, E164, Found, RatedColumns, Side, SideColumns};
use didtron_rate_tables::{Longest, prefetch};
use std::ops::Range;

/// Calls that are rated together: enough that those of one plan are some hundred, whose lookups overlap.
const CALLS_AT_A_TIME: usize = 4096;

impl Catalog {
    /// Rates these records of a batch and adds what it found to `out`. Malformed ones get their rejection. Names of
    /// parties are looked up once for each different word of the batch.
    pub fn rate_batch(&self, batch: &CallBatch, rows: Range<usize>, out: &mut RatedColumns) {
        let parties = |words: &[String], side| words.iter().map(|word| self.party(word, side)).collect();
        let ingress = parties(&batch.ingress.words, Side::Customer);
        let egress = parties(&batch.egress.words, Side::Supplier);
        let mut begin = out.len();
        out.resize(begin + rows.len());
        let asks_lrn = self.plans.iter().any(|plan| plan.policies.use_lrn);
        let mut rater = Rater::new(self, Calls { batch, asks_lrn, ingress, egress });
        for from in rows.clone().step_by(CALLS_AT_A_TIME) {
            let run = from..rows.end.min(from + CALLS_AT_A_TIME);
            begin += rater.rate(run, begin, out);
        }
    }
}

/// The records of a batch with who stands behind its words.
struct Calls<'a> {
    batch: &'a CallBatch,
    /// Whether any plan takes it.
    asks_lrn: bool,
    ingress: Vec<Party<'a>>,
    egress: Vec<Party<'a>>,
}

impl<'a> Calls<'a> {
    #[inline]
    fn parties(&self, row: usize) -> [Party<'a>; 2] {
        let batch = self.batch;
        [self.ingress[batch.ingress.codes[row] as usize], self.egress[batch.egress.codes[row] as usize]]
    }

    /// A call for a side by this plan.
    #[inline]
    fn call(&self, row: usize, plan: Option<&Plan>) -> Call {
        let batch = self.batch;
        let egress = self.egress[batch.egress.codes[row] as usize];
        Call {
            at: batch.answer[row],
            duration_ms: batch.duration_ms[row],
            marked_answered: batch.marked_answered[row],
            last_attempt: batch.last_attempt[row],
            has_supplier: !matches!(egress, Party::Absent),
            caller: plan.filter(|plan| plan.asks_caller).and_then(|_| self.caller(row)),
        }
    }

    /// R9: the caller is read by the habits of the customer's interconnect, else of the supplier's.
    fn caller(&self, row: usize) -> Option<E164> {
        let [ingress, egress] = self.parties(row);
        let habits = ingress.known().or_else(|| egress.known())?;
        habits.treatment.last_steps(self.batch.caller.get(row).as_bytes()).number
    }

    /// What R9 asks for a side.
    #[inline]
    fn dialled(&self, row: usize, side: Side, has_customer: bool) -> Dialled<'a> {
        let batch = self.batch;
        let called_egress = if side == Side::Supplier { batch.called_egress.get(row) } else { "" };
        // Texts that this side does not read are not fetched.
        let is_customers = side == Side::Supplier && has_customer && called_egress.is_empty();
        Dialled {
            called: if is_customers { "" } else { batch.called.get(row) },
            called_egress,
            lrn: if self.asks_lrn { batch.lrn.get(row) } else { "" },
            has_customer,
            clean: batch.clean,
            at: batch.answer[row],
        }
    }
}

/// What is being rated, and memory that is used again from run to run.
struct Rater<'a> {
    catalog: &'a Catalog,
    calls: Calls<'a>,
    conversions: Conversions<'a>,
    /// The fronts of one side of a run's calls.
    fronts: Vec<Front<'a>>,
    /// What the customers' sides made of the numbers.
    customers_numbers: Vec<Option<E164>>,
    /// By plan the calls of a run whose side it rates; last those that come to no plan.
    by_plan: Vec<Vec<u32>>,
    lookups: Lookups,
    /// Sides that cannot be rated, by their call.
    stopped: Vec<(u32, Side, Stop)>,
}

impl<'a> Rater<'a> {
    fn new(catalog: &'a Catalog, calls: Calls<'a>) -> Self {
        Self {
            catalog,
            calls,
            conversions: Conversions::new(&catalog.fx),
            fronts: Vec::new(),
            customers_numbers: Vec::new(),
            by_plan: vec![Vec::new(); catalog.plans.len() + 1],
            lookups: Lookups::default(),
            stopped: Vec::new(),
        }
    }

    /// Rates a run of records into the rows from `begin` on; returns how many there are.
    fn rate(&mut self, run: Range<usize>, begin: usize, out: &mut RatedColumns) -> usize {
        self.customers_numbers.clear();
        self.find_fronts(&run, Side::Customer);
        self.rate_sides(&run, Side::Customer, &mut out.customer, begin);
        self.find_fronts(&run, Side::Supplier);
        self.rate_sides(&run, Side::Supplier, &mut out.supplier, begin);
        self.reject(&run, begin, out);
        run.len()
    }

    fn find_fronts(&mut self, run: &Range<usize>, side: Side) {
        self.fronts.clear();
        self.by_plan.iter_mut().for_each(Vec::clear);
        let none = self.by_plan.len() - 1;
        for (at, row) in run.clone().enumerate() {
            let [ingress, egress] = self.calls.parties(row);
            let party = match side {
                Side::Customer => ingress,
                Side::Supplier => egress,
            };
            let mut front = Front::default();
            if !matches!(party, Party::Absent) {
                let dialled = self.calls.dialled(row, side, !matches!(ingress, Party::Absent));
                let habits = ingress.known().or_else(|| egress.known());
                let customers_number = self.customers_numbers.get(at).copied().flatten();
                let leg = Leg { side, party, habits, customers_number };
                let usual = self.catalog.usual_front(&dialled, leg);
                front = usual.unwrap_or_else(|| self.catalog.front(&dialled, leg, &mut Silent));
                let plan = front.plan.filter(|_| front.stop.is_none());
                self.by_plan[plan.map_or(none, |plan| plan.at)].push(at as u32);
            }
            if side == Side::Customer {
                self.customers_numbers.push(front.number);
            }
            self.fronts.push(front);
        }
    }

    fn rate_sides(&mut self, run: &Range<usize>, side: Side, out: &mut SideColumns, begin: usize) {
        let plans = self.catalog.plans.iter().map(Some).chain([None]);
        for (plan, calls) in plans.zip(&self.by_plan) {
            let numbers = calls.iter().filter_map(|&at| self.fronts[at as usize].looked_up);
            self.lookups.find(self.catalog, plan, numbers);
            for (nth, &at) in calls.iter().enumerate() {
                let at = at as usize;
                let call = self.calls.call(run.start + at, plan);
                let half = Half { call: &call, side, front: &self.fronts[at], longest: self.lookups.longest(nth) };
                let found = &mut SideRow::new(out, begin + at);
                if let Some(stop) = self.catalog.rate_side(half, found, &mut self.conversions, &mut Silent) {
                    self.stopped.push((at as u32, side, stop));
                }
            }
        }
    }

    /// R15, of the calls with a side that cannot be rated or without any.
    fn reject(&mut self, run: &Range<usize>, begin: usize, out: &mut RatedColumns) {
        let malformed = &self.calls.batch.malformed;
        let first = malformed.partition_point(|malformed| malformed.row < run.start);
        let mut malformed = malformed[first..].iter().map(|malformed| malformed.row).peekable();
        self.stopped.sort_unstable_by_key(|&(at, side, _)| (at, side));
        let mut stopped = self.stopped.drain(..).peekable();
        for (at, row) in run.clone().enumerate() {
            let sides = [&out.customer, &out.supplier];
            let has = |side: &SideColumns| side.found[begin + at].has(Found::SIDE);
            let is_malformed = malformed.next_if_eq(&row).is_some() || !sides.into_iter().any(has);
            if !is_malformed && stopped.peek().is_none_or(|(own, ..)| *own as usize != at) {
                continue;
            }
            let verdict = |side: &SideColumns| Verdict { charge: Amount(side.charge[begin + at]), stop: None };
            let mut verdicts = sides.map(|side| has(side).then(|| verdict(side)));
            while let Some((_, side, stop)) = stopped.next_if(|(own, ..)| *own as usize == at) {
                if let Some(verdict) = &mut verdicts[side as usize] {
                    verdict.stop = Some(stop);
                }
            }
            let [customer, supplier] = verdicts;
            let rejection = if is_malformed { Some(MALFORMED) } else { rejection(customer, supplier) };
            out.rejected.extend(rejection.map(|rejection| (begin + at, rejection)));
        }
    }
}

/// The longest prefixes of the numbers of one plan's calls.
#[derive(Default)]
struct Lookups {
    numbers: Vec<E164>,
    /// Of the numbers in one deck.
    found: Vec<Option<Longest>>,
    /// Of each call in each deck of the plan, in the order of the layers.
    longest: Vec<Option<Longest>>,
    layer_count: usize,
}

impl Lookups {
    /// Looks up all numbers in all decks of a plan.
    fn find(&mut self, catalog: &Catalog, plan: Option<&Plan>, numbers: impl Iterator<Item = E164>) {
        self.numbers.clear();
        self.longest.clear();
        self.layer_count = plan.map_or(0, |plan| plan.decks.len());
        let Some(plan) = plan else { return };
        self.numbers.extend(numbers);
        self.longest.resize(self.numbers.len() * self.layer_count, None);
        for (layer, &deck) in plan.decks.iter().enumerate() {
            let deck = &catalog.decks[deck as usize];
            deck.table.longest_batch(&self.numbers, &mut self.found);
            deck.table.prefetch(&self.found, |row| prefetch(&deck.destinations, row.destination as usize));
            for (places, longest) in self.longest.chunks_exact_mut(self.layer_count).zip(&self.found) {
                places[layer] = *longest;
            }
        }
    }

    /// Those of one call.
    #[inline]
    fn longest(&self, nth: usize) -> &[Option<Longest>] {
        &self.longest[nth * self.layer_count..(nth + 1) * self.layer_count]
    }
}
