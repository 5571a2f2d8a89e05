//! A call record after mapping and before rating, as a rule borrows it.

use crate::amount::Price;
use crate::instant::Instant;

/// One record as its mapping understands it. Texts are as received; an empty text is an absent one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CallRecord<'a> {
    /// The switch, never the file (R16).
    pub source: &'a str,
    /// The switch's own id of the call.
    pub call_id: &'a str,
    /// What tells two legs of one call apart.
    pub branch: &'a str,
    /// The greater the newer, where the source gives one (R16).
    pub version: Option<i64>,
    /// When the attempt began.
    pub start: Instant,
    /// The instant of every choice by time (R11).
    pub answer: Instant,
    /// Talk time in milliseconds, further digits cut.
    pub duration_ms: u64,
    /// Answered by the mapping's word, whatever it lasted.
    pub marked_answered: bool,
    /// The source marks this record as the last attempt (R1 `attempt_fee`).
    pub last_attempt: bool,
    /// The mapping says that the called numbers were treated before they were recorded: no tech prefix, no translation
    /// (R9).
    pub clean: bool,
    /// The party on the customer's side: the name of an ingress interconnect.
    pub ingress: &'a str,
    /// The party on the supplier's side: the name of an egress interconnect.
    pub egress: &'a str,
    /// The caller's own number.
    pub caller: &'a str,
    /// The number as the customer sent it.
    pub called: &'a str,
    /// The number as it went to the supplier; empty where the record has but one.
    pub called_egress: &'a str,
    /// The location routing number, where the switch looked one up.
    pub lrn: &'a str,
    /// The switch's own charge to the customer, kept for comparison.
    pub stated_revenue: Option<Price>,
    /// The switch's own cost, kept for comparison.
    pub stated_cost: Option<Price>,
}

impl CallRecord<'_> {
    /// Whether it is billable: marked answered and longer than 0 ms (R1).
    #[inline]
    #[must_use]
    pub const fn is_billable(&self) -> bool {
        self.marked_answered && self.duration_ms > 0
    }
}

impl CallRecord<'static> {
    /// What the columns of a malformed record hold.
    pub const PLACEHOLDER: Self = Self {
        source: "",
        call_id: "",
        branch: "",
        version: None,
        start: Instant(0),
        answer: Instant(0),
        duration_ms: 0,
        marked_answered: false,
        last_attempt: false,
        clean: false,
        ingress: "",
        egress: "",
        caller: "",
        called: "",
        called_egress: "",
        lrn: "",
        stated_revenue: None,
        stated_cost: None,
    };
}
