//! Why a call cannot be rated (R15): one reason each, declared in the order in which they apply.

use crate::amount::Amount;
use crate::policy::words;

/// The two sides of a call (R14).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Side {
    /// Who sent the call, through an ingress service.
    Customer,
    /// Who carried it on, through an egress service.
    Supplier,
}
words!(Side { Customer = "customer", Supplier = "supplier" });

/// The reasons of R15; the first that applies is the one stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum Reason {
    /// It started before the duplicate horizon.
    TooOld = 1,
    /// It lies in another partition than its identity's.
    WrongPartition,
    /// The record cannot be understood.
    MalformedRecord,
    /// Other content under an identity whose source does not rewrite calls.
    IdentityConflict,
    /// The ingress party matches no ingress interconnect.
    UnknownCustomer,
    /// The egress party matches no egress interconnect.
    UnknownSupplier,
    /// No service of the interconnect fits.
    NoService,
    /// The service has no plan valid at the answer.
    NoPlanInForce,
    /// No E.164 number remains after R9.
    InvalidNumber,
    /// No row of the plan's decks is a candidate.
    NoRate,
    /// The customer's row is blocked.
    BlockedDestination,
    /// A conversion has no quote in reach.
    NoFxRate,
    /// A charge beyond 10^9 units.
    AmountOverflow,
}
words!(Reason {
    TooOld = "too_old",
    WrongPartition = "wrong_partition",
    MalformedRecord = "malformed_record",
    IdentityConflict = "identity_conflict",
    UnknownCustomer = "unknown_customer",
    UnknownSupplier = "unknown_supplier",
    NoService = "no_service",
    NoPlanInForce = "no_plan_in_force",
    InvalidNumber = "invalid_number",
    NoRate = "no_rate",
    BlockedDestination = "blocked_destination",
    NoFxRate = "no_fx_rate",
    AmountOverflow = "amount_overflow",
});

impl Reason {
    /// The reason behind its number in stored rows; `None` when there is none.
    #[must_use]
    pub fn from_code(code: u8) -> Option<Self> {
        Self::WORDS.get(usize::from(code.checked_sub(1)?)).and_then(|word| Self::parse(word))
    }

    /// Its number in stored rows.
    #[must_use]
    pub const fn code(self) -> u8 {
        self as u8
    }
}

/// A call that waits in suspense, and what is at stake (R15).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rejection {
    /// The first reason in the order of R15.
    pub reason: Reason,
    /// The side that it concerns: the customer's when both; `None` for a record that is not understood.
    pub side: Option<Side>,
    /// The customer's charge in the deck's currency, where that side could be rated.
    pub customer_charge: Option<Amount>,
    /// The supplier's, likewise.
    pub supplier_charge: Option<Amount>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_and_words_lead_back() {
        for (at, word) in Reason::WORDS.iter().enumerate() {
            let reason = Reason::parse(word).expect("a word of the list");
            assert_eq!(Reason::from_code(reason.code()), Some(reason));
            assert_eq!(usize::from(reason.code()), at + 1);
        }
        assert_eq!(Reason::from_code(0), None);
        assert_eq!(Reason::from_code(14), None);
    }
}
