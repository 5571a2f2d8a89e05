//! Rates the calls of a batch, some thousand at a time: those of one plan after the other, so that what a plan decides
//! is decided alike from call to call, and their numbers are looked up together.

use crate::catalog::Catalog;
use crate::catalog::plans::Plan;
use crate::choose::{self, Asked, Candidate};
use crate::conversion::Conversions;
use crate::front::{Front, Leg, Party};
use crate::leg::Dialled;
use crate::price::columns::{ChargeRules, Charged, RateTerms};
use crate::rate_call::{Call, Half, MALFORMED, SideRow, Stop, Verdict, rejection};
use crate::trace::Silent;
use didtron_domain::deck::RowStatus;
use didtron_domain::{Amount, CallBatch, E164, Found, Price, RatedColumns, Side, SideColumns};
use didtron_rate_tables::{Longest, prefetch};
use std::ops::Range;

/// Calls that are rated together: enough that the lookups of those of one plan overlap, and few enough that what is
/// between the steps stays in the processor's caches.
const CALLS_AT_A_TIME: usize = 1024;

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
            let records = from..rows.end.min(from + CALLS_AT_A_TIME);
            rater.rate(&records, begin, out);
            begin += records.len();
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

    /// Its duration; 0 where it is not billable (R1).
    #[inline]
    fn billable_ms(&self, row: usize) -> u64 {
        let batch = self.batch;
        if batch.marked_answered[row] { batch.duration_ms[row] } else { 0 }
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
    together: Together<'a>,
    /// The sides of a run that were priced so, by their call.
    plain: Vec<Option<Plain<'a>>>,
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
            together: Together::default(),
            plain: Vec::new(),
        }
    }

    /// Rates a run of records into the rows from `begin` on.
    fn rate(&mut self, records: &Range<usize>, begin: usize, out: &mut RatedColumns) {
        self.customers_numbers.clear();
        let run = |side| Run { side, first: records.start, begin };
        self.find_fronts(records, Side::Customer);
        self.rate_sides(run(Side::Customer), &mut out.customer);
        self.find_fronts(records, Side::Supplier);
        self.rate_sides(run(Side::Supplier), &mut out.supplier);
        self.reject(records, begin, out);
    }

    fn find_fronts(&mut self, records: &Range<usize>, side: Side) {
        self.fronts.clear();
        self.by_plan.iter_mut().for_each(Vec::clear);
        let none = self.by_plan.len() - 1;
        for (at, row) in records.clone().enumerate() {
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

    fn rate_sides(&mut self, run: Run, out: &mut SideColumns) {
        self.plain.clear();
        self.plain.resize(self.fronts.len(), None);
        let by_plan = std::mem::take(&mut self.by_plan);
        let plans = self.catalog.plans.iter().map(Some).chain([None]);
        for (plan, places) in plans.zip(&by_plan) {
            let numbers = places.iter().filter_map(|&at| self.fronts[at as usize].looked_up);
            self.lookups.find(self.catalog, plan, numbers);
            match plan.and_then(|plan| Some((plan, plan.rules.as_ref()?))) {
                Some((plan, rules)) => self.rate_together(run, (plan, rules), places, out),
                None => places.iter().enumerate().for_each(|(nth, &at)| self.rate_alone(run, at, Some(nth), out)),
            }
        }
        self.by_plan = by_plan;
        self.take_plain(run, out);
    }

    /// Calls of a plan whose rows and prices depend on number and answer alone: first which row each call takes, then
    /// all charges. What is unusual about a call leaves it to be rated alone.
    fn rate_together(
        &mut self,
        run: Run,
        (plan, rules): (&'a Plan, &ChargeRules),
        places: &[u32],
        out: &mut SideColumns,
    ) {
        self.together.clear();
        let has_attempt_fee = plan.policies.attempt_fee.is_some();
        for (nth, &at) in places.iter().enumerate() {
            let row = run.first + at as usize;
            let billable_ms = self.calls.billable_ms(row);
            let found = self.fronts[at as usize].looked_up.and_then(|number| {
                let longest = self.lookups.longest(nth);
                let asked = Asked { number, caller: None, at: self.calls.batch.answer[row], longest };
                choose::best_candidate(&self.catalog.decks, &plan.decks, asked, false)
            });
            let open = found.filter(|found| found.row.status == RowStatus::Open);
            match (open.and_then(|row| Some((row, RateTerms::new(row.terms())?))), u32::try_from(billable_ms)) {
                (Some((row, terms)), Ok(duration_ms)) if (duration_ms > 0) | !has_attempt_fee => {
                    self.together.push((at, row), terms, duration_ms);
                }
                _ => self.rate_alone(run, at, Some(nth), out),
            }
        }
        let Together { calls, terms, durations_ms, charged } = &mut self.together;
        rules.price_all(terms, durations_ms, charged);
        for ((&(at, row), terms), &charged) in calls.iter().zip(&*terms).zip(&*charged) {
            self.plain[at as usize] = Some(Plain { row, rate: terms.rate(), charged });
        }
    }

    /// Puts the sides that were rated together into their columns, with what follows from the charge. In the order of
    /// the calls, so that each column is written from front to back.
    fn take_plain(&mut self, run: Run, out: &mut SideColumns) {
        for at in 0..self.plain.len() {
            let (Some(plain), front) = (self.plain[at], &self.fronts[at]) else { continue };
            let row = run.first + at;
            let found = &mut SideRow::new(out, run.begin + at);
            found.take_plain(front, &plain.row, plain.rate);
            if self.calls.billable_ms(row) == 0 {
                continue;
            }
            let conversion = front.interconnect.zip(front.plan).and_then(|(interconnect, plan)| {
                let day = self.calls.batch.answer[row].day();
                self.conversions.get(interconnect, plain.row.deck, day, plan.reach())
            });
            if !conversion.is_some_and(|conversion| found.take_charged(plain.charged, conversion)) {
                self.rate_alone(run, at as u32, None, out);
            }
        }
    }

    /// A side of one call of the run, which was looked up as the `nth` of its plan if at all.
    fn rate_alone(&mut self, run: Run, at: u32, nth: Option<usize>, out: &mut SideColumns) {
        let front = &self.fronts[at as usize];
        let call = self.calls.call(run.first + at as usize, front.plan.filter(|_| front.stop.is_none()));
        let longest = nth.map_or(&[][..], |nth| self.lookups.longest(nth));
        let half = Half { call: &call, side: run.side, front, longest };
        let found = &mut SideRow::new(out, run.begin + at as usize);
        if let Some(stop) = self.catalog.rate_side(half, found, &mut self.conversions, &mut Silent) {
            self.stopped.push((at, run.side, stop));
        }
    }

    /// R15, of the calls with a side that cannot be rated or without any.
    fn reject(&mut self, records: &Range<usize>, begin: usize, out: &mut RatedColumns) {
        let malformed = &self.calls.batch.malformed;
        let first = malformed.partition_point(|malformed| malformed.row < records.start);
        let mut malformed = malformed[first..].iter().map(|malformed| malformed.row).peekable();
        self.stopped.sort_unstable_by_key(|&(at, side, _)| (at, side));
        let mut stopped = self.stopped.drain(..).peekable();
        for (at, row) in records.clone().enumerate() {
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

/// One side of some records in a row.
#[derive(Clone, Copy, Debug)]
struct Run {
    side: Side,
    /// The first record.
    first: usize,
    /// Its row in the columns.
    begin: usize,
}

/// The calls of a plan that are priced in one loop; memory that is used again from plan to plan.
#[derive(Default)]
struct Together<'a> {
    /// Where they are in the run, and the rows that price them.
    calls: Vec<(u32, Candidate<'a>)>,
    terms: Vec<RateTerms>,
    durations_ms: Vec<u32>,
    charged: Vec<Charged>,
}

impl<'a> Together<'a> {
    fn clear(&mut self) {
        self.calls.clear();
        self.terms.clear();
        self.durations_ms.clear();
        self.charged.clear();
    }

    #[inline]
    fn push(&mut self, call: (u32, Candidate<'a>), terms: RateTerms, duration_ms: u32) {
        self.calls.push(call);
        self.terms.push(terms);
        self.durations_ms.push(duration_ms);
    }
}

/// A side whose row is open and has one price, and what it costs in the deck's currency.
#[derive(Clone, Copy, Debug)]
struct Plain<'a> {
    row: Candidate<'a>,
    rate: Price,
    charged: Charged,
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
