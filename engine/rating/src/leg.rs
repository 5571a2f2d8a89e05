//! Which of a record's numbers is the called one of a leg (R9).

use didtron_domain::{CallRecord, Side};

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

/// The one of a side.
pub(crate) fn leg_number<'a>(record: &CallRecord<'a>, side: Side) -> LegNumber<'a> {
    let text = match side {
        Side::Customer => record.called,
        Side::Supplier if !record.called_egress.is_empty() => record.called_egress,
        Side::Supplier if record.ingress.is_empty() => record.called,
        Side::Supplier => return LegNumber::Customers,
    };
    if record.clean { LegNumber::Clean(text) } else { LegNumber::AsReceived(text) }
}
