//! R18: the steps of one call's rating in words and figures, from the same code that rates it.

use crate::catalog::Catalog;
use crate::trace::Trace;
use didtron_domain::{CallRecord, RatedCall, Rejection, Side};

/// One step: the rule that it follows and what it did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The rule or rules of rating.md, such as `R10`.
    pub rule: &'static str,
    /// A sentence without a full stop.
    pub text: String,
}

/// How a call came to its rating, step by step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// What concerns the call as a whole: first whether it is billable, last the outcome.
    pub call: Vec<Step>,
    /// The customer's side in the order of the steps; empty where it is absent.
    pub customer: Vec<Step>,
    /// The supplier's side, likewise.
    pub supplier: Vec<Step>,
    /// What [`Catalog::rate`] gives for the same call.
    pub outcome: Result<RatedCall, Rejection>,
}

/// Keeps every step under the side that it is about.
#[derive(Default)]
struct Recorder {
    now: Option<Side>,
    call: Vec<Step>,
    customer: Vec<Step>,
    supplier: Vec<Step>,
}

impl Trace for Recorder {
    const KEEPS: bool = true;

    fn side(&mut self, side: Option<Side>) {
        self.now = side;
    }

    fn step(&mut self, rule: &'static str, sentence: impl FnOnce() -> String) {
        let steps = match self.now {
            None => &mut self.call,
            Some(Side::Customer) => &mut self.customer,
            Some(Side::Supplier) => &mut self.supplier,
        };
        steps.push(Step { rule, text: sentence() });
    }
}

impl Catalog {
    /// Rates one call and tells every step (R18).
    #[must_use]
    pub fn explain(&self, call: &CallRecord<'_>) -> Explanation {
        let mut recorder = Recorder::default();
        let outcome = self.rate_traced(call, &mut recorder);
        let Recorder { call, customer, supplier, .. } = recorder;
        Explanation { call, customer, supplier, outcome }
    }
}
