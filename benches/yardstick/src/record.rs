//! Records as they come in, and rated calls as they go out.

use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// A line of a call file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Record {
    pub(crate) source: String,
    pub(crate) call_id: String,
    pub(crate) version: Option<i64>,
    pub(crate) start: Timestamp,
    pub(crate) answer: Option<Timestamp>,
    pub(crate) duration_s: Decimal,
    pub(crate) status: String,
    pub(crate) ingress: String,
    pub(crate) egress: String,
    pub(crate) caller: String,
    pub(crate) called: String,
    pub(crate) called_egress: String,
    pub(crate) stated_revenue: Option<Decimal>,
    pub(crate) stated_cost: Option<Decimal>,
}

impl Record {
    /// Whether it makes sense as a whole.
    pub(crate) fn is_well_formed(&self) -> bool {
        let has_quote = [&self.caller, &self.called, &self.called_egress].iter().any(|cell| cell.contains('"'));
        let has_party = !(self.ingress.is_empty() && self.egress.is_empty());
        let is_duration = self.duration().is_zero() || self.is_answered();
        !has_quote && has_party && is_duration && !self.duration_s.is_sign_negative() && !self.status.is_empty()
    }

    /// R1.
    pub(crate) fn is_billable(&self) -> bool {
        self.is_answered() && !self.duration().is_zero()
    }

    /// Digits beyond the milliseconds are cut.
    pub(crate) fn duration(&self) -> Decimal {
        self.duration_s.trunc_with_scale(3)
    }

    fn is_answered(&self) -> bool {
        self.status == "answered"
    }
}

/// A line of the output.
#[derive(Debug, Serialize)]
pub(crate) struct RatedCall<'a> {
    pub(crate) source: &'a str,
    pub(crate) call_id: &'a str,
    pub(crate) version: Option<i64>,
    pub(crate) start: Timestamp,
    pub(crate) answer: Timestamp,
    pub(crate) duration_s: Decimal,
    pub(crate) caller: &'a str,
    pub(crate) called: &'a str,
    pub(crate) customer: Option<RatedSide<'a>>,
    pub(crate) supplier: Option<RatedSide<'a>>,
    pub(crate) stated_revenue: Option<Decimal>,
    pub(crate) stated_cost: Option<Decimal>,
}

#[derive(Debug, Serialize)]
pub(crate) struct RatedSide<'a> {
    pub(crate) carrier: &'a str,
    pub(crate) number: String,
    pub(crate) prefix: String,
    pub(crate) destination: &'a str,
    pub(crate) deck: &'a str,
    pub(crate) rate_per_min: Decimal,
    pub(crate) billed_s: u64,
    pub(crate) charge: Decimal,
    pub(crate) currency: &'a str,
    pub(crate) amount: Decimal,
    pub(crate) account_currency: &'a str,
    pub(crate) base_amount: Decimal,
}
