//! R9 and R11: which service of an interconnect takes a call, and which plan it has then.

use crate::fx::Route;
use crate::number::{Treatment, begins_with};
use didtron_domain::{Currency, Instant, NameId, Side};

/// An interconnect with its carrier and services.
#[derive(Debug)]
pub(crate) struct Interconnect {
    pub(crate) id: NameId,
    pub(crate) name: String,
    pub(crate) direction: Side,
    pub(crate) carrier: NameId,
    pub(crate) carrier_name: String,
    /// Of the carrier's account.
    pub(crate) currency: Currency,
    /// From each currency of a deck to the account's, by the position of the deck's currency.
    pub(crate) to_account: Box<[Route]>,
    /// From the account's currency to base, for fees.
    pub(crate) account_to_base: Route,
    pub(crate) treatment: Treatment,
    pub(crate) tech_prefix_required: bool,
    pub(crate) services: Box<[Service]>,
}

/// A service: when, for which front of the number, by which plans.
#[derive(Debug)]
pub(crate) struct Service {
    pub(crate) id: NameId,
    pub(crate) name: String,
    pub(crate) tech_prefix: String,
    pub(crate) from: Instant,
    pub(crate) to: Instant,
    pub(crate) plans: Box<[PlanSpan]>,
}

/// A plan of a service and when it holds, half-open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PlanSpan {
    pub(crate) from: Instant,
    pub(crate) to: Instant,
    /// Position among the catalog's plans.
    pub(crate) plan: u32,
}

impl Service {
    /// The position of the plan in force at an instant.
    pub(crate) fn plan_at(&self, at: Instant) -> Option<usize> {
        self.plans.iter().find(|span| span.from <= at && at < span.to).map(|span| span.plan as usize)
    }

    fn is_valid(&self, at: Instant) -> bool {
        self.from <= at && at < self.to
    }
}

impl Interconnect {
    /// The service for a number as received: the longest tech prefix that fits, else the one without.
    pub(crate) fn service_for(&self, number: &str, at: Instant) -> Option<&Service> {
        let mut best: Option<&Service> = None;
        for service in self.services.iter().filter(|service| service.is_valid(at)) {
            let longer = best.is_none_or(|known| service.tech_prefix.len() > known.tech_prefix.len());
            if longer && self.counts(&service.tech_prefix, number) {
                best = Some(service);
            }
        }
        best
    }

    /// The service where no number tells of a tech prefix: the one valid, of several the one without.
    pub(crate) fn service_alone(&self, at: Instant) -> Option<&Service> {
        let mut valid = self.services.iter().filter(|service| service.is_valid(at));
        let first = valid.next()?;
        match valid.next() {
            None => Some(first),
            Some(second) => [first, second].into_iter().chain(valid).find(|service| service.tech_prefix.is_empty()),
        }
    }

    /// Whether a tech prefix takes a number: one of digits only needs an interconnect that demands tech prefixes.
    fn counts(&self, tech_prefix: &str, number: &str) -> bool {
        let doubtful = !tech_prefix.is_empty() && tech_prefix.bytes().all(|byte| byte.is_ascii_digit());
        begins_with(number.as_bytes(), tech_prefix) && (!doubtful || self.tech_prefix_required)
    }
}
