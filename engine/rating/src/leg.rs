//! The numbers of a record, and which of them is the called one of a leg (R9).

use didtron_domain::{CallRecord, Instant, Side};

/// What R9 asks of a record, and when it asks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Dialled<'a> {
    pub(crate) called: &'a str,
    pub(crate) called_egress: &'a str,
    pub(crate) lrn: &'a str,
    pub(crate) has_customer: bool,
    pub(crate) clean: bool,
    /// The answer.
    pub(crate) at: Instant,
}

/// The called number of a side's leg as the record has it (R9).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LegNumber<'a> {
    /// Its own, with whatever the interconnect puts before it.
    AsReceived(&'a str),
    /// Its own, which the mapping calls clean: tech prefix and translations are done with.
    Clean(&'a str),
    /// None: the record has but one, and a customer sent it, so it is what the customer's side made of it.
    Customers,
}

impl<'a> Dialled<'a> {
    pub(crate) const fn of(record: &CallRecord<'a>) -> Self {
        Self {
            called: record.called,
            called_egress: record.called_egress,
            lrn: record.lrn,
            has_customer: !record.ingress.is_empty(),
            clean: record.clean,
            at: record.answer,
        }
    }

    /// The one of a side.
    #[inline]
    pub(crate) const fn of_leg(&self, side: Side) -> LegNumber<'a> {
        let text = match side {
            Side::Customer => self.called,
            Side::Supplier if !self.called_egress.is_empty() => self.called_egress,
            Side::Supplier if !self.has_customer => self.called,
            Side::Supplier => return LegNumber::Customers,
        };
        if self.clean { LegNumber::Clean(text) } else { LegNumber::AsReceived(text) }
    }
}
