//! Records in, lines of JSON and totals out.

use crate::catalog::Catalog;
use crate::deck::Status;
use crate::interconnect::{Direction, Leg};
use crate::plan::{Found, Plan};
use crate::record::{RatedCall, RatedSide, Record};
use anyhow::Result;
use jiff::Timestamp;
use rust_decimal::Decimal;
use std::io::{Read, Write};
use std::ops::AddAssign;

/// What all records of a source came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Records that were rated, whatever they cost.
    pub calls: u64,
    /// Records that cannot be understood or rated.
    pub rejected: u64,
    /// In the base currency.
    pub revenue: Decimal,
    /// In the base currency.
    pub cost: Decimal,
}

/// More is no charge of one call (R15).
const CHARGE_MAX: u64 = 1_000_000_000;

/// A record that cannot be rated, for whatever reason.
#[derive(Clone, Copy, Debug)]
struct Rejected;

/// Rates every record of a call file; each that can be rated becomes a line of JSON in `lines`.
/// It is written in small pieces: give it a buffer.
pub fn rate(catalog: &Catalog, calls: impl Read, mut lines: impl Write) -> Result<Totals> {
    let mut totals = Totals::default();
    // A quote that nothing closes would swallow the lines below it.
    let mut reader = csv::ReaderBuilder::new().quoting(false).from_reader(calls);
    for record in reader.deserialize::<Record>() {
        let record = match record {
            Err(error) if error.is_io_error() => return Err(error.into()),
            record => record.ok(),
        };
        let Some(rated) = record.as_ref().and_then(|record| rate_record(catalog, record).ok()) else {
            totals.rejected += 1;
            continue;
        };
        totals.add(&rated);
        serde_json::to_writer(&mut lines, &rated)?;
        lines.write_all(b"\n")?;
    }
    Ok(totals)
}

impl AddAssign for Totals {
    fn add_assign(&mut self, other: Self) {
        self.calls += other.calls;
        self.rejected += other.rejected;
        self.revenue += other.revenue;
        self.cost += other.cost;
    }
}

impl Totals {
    fn add(&mut self, rated: &RatedCall<'_>) {
        let worth = |side: &Option<RatedSide<'_>>| side.as_ref().map_or(Decimal::ZERO, |side| side.base_amount);
        self.calls += 1;
        self.revenue += worth(&rated.customer);
        self.cost += worth(&rated.supplier);
    }
}

fn rate_record<'a>(catalog: &'a Catalog, record: &'a Record) -> Result<RatedCall<'a>, Rejected> {
    if !record.is_well_formed() {
        return Err(Rejected);
    }
    let call = Call { catalog, record, at: record.answer.unwrap_or(record.start) };
    let ingress = call.ingress();
    let egress = call.egress(ingress.as_ref().ok().and_then(Option::as_ref));
    let customer = ingress.and_then(|leg| leg.map(|leg| call.customer(leg)).transpose());
    let supplier = egress.and_then(|leg| leg.map(|leg| call.supplier(leg)).transpose());
    let (customer, supplier) = if record.is_billable() {
        (customer?, supplier?)
    } else {
        // Kept with whatever was found.
        (customer.unwrap_or_default(), supplier.unwrap_or_default())
    };
    Ok(RatedCall {
        source: &record.source,
        call_id: &record.call_id,
        version: record.version,
        start: record.start,
        answer: call.at,
        duration_s: record.duration_s,
        caller: &record.caller,
        called: &record.called,
        customer,
        supplier,
        stated_revenue: record.stated_revenue,
        stated_cost: record.stated_cost,
    })
}

struct Call<'a> {
    catalog: &'a Catalog,
    record: &'a Record,
    at: Timestamp,
}

impl<'a> Call<'a> {
    /// `None` where no customer is named.
    fn ingress(&self) -> Result<Option<Leg<'a>>, Rejected> {
        if self.record.ingress.is_empty() {
            return Ok(None);
        }
        let interconnect = self.catalog.interconnect(&self.record.ingress, Direction::Ingress).ok_or(Rejected)?;
        interconnect.leg(&self.record.called).map(Some).ok_or(Rejected)
    }

    /// `None` where no supplier is named.
    fn egress(&self, ingress: Option<&Leg<'_>>) -> Result<Option<Leg<'a>>, Rejected> {
        if self.record.egress.is_empty() {
            return Ok(None);
        }
        let interconnect = self.catalog.interconnect(&self.record.egress, Direction::Egress).ok_or(Rejected)?;
        let own = match self.record.called_egress.as_str() {
            "" if self.record.ingress.is_empty() => &self.record.called,
            own => own,
        };
        let leg = if own.is_empty() {
            interconnect.leg_of_treated(ingress.ok_or(Rejected)?.number.clone())
        } else {
            interconnect.leg(own)
        };
        leg.map(Some).ok_or(Rejected)
    }

    fn customer(&self, leg: Leg<'a>) -> Result<RatedSide<'a>, Rejected> {
        let plan = leg.service.plan_at(self.at).ok_or(Rejected)?;
        let found = plan.best(&leg.number, self.at).ok_or(Rejected)?;
        if found.row.status == Status::Blocked {
            return Err(Rejected);
        }
        self.side(leg, plan, found)
    }

    /// It carried a call to a blocked number all the same, and is paid for it.
    fn supplier(&self, leg: Leg<'a>) -> Result<RatedSide<'a>, Rejected> {
        let plan = leg.service.plan_at(self.at).ok_or(Rejected)?;
        let found = plan.best(&leg.number, self.at).ok_or(Rejected)?;
        let priced = match found.row.rate_per_min {
            Some(_) => found,
            None => plan.best_open(&leg.number, self.at).ok_or(Rejected)?,
        };
        self.side(leg, plan, priced)
    }

    fn side(
        &self,
        leg: Leg<'a>,
        plan: &'a Plan,
        Found { deck, prefix_length, row }: Found<'a>,
    ) -> Result<RatedSide<'a>, Rejected> {
        let carrier = &leg.interconnect.carrier;
        let rate_per_min = row.rate_per_min.ok_or(Rejected)?;
        let mut side = RatedSide {
            carrier: &carrier.name,
            prefix: leg.number[..prefix_length].to_owned(),
            number: leg.number,
            destination: &row.destination,
            deck: &deck.name,
            rate_per_min,
            billed_s: 0,
            charge: Decimal::ZERO,
            currency: &deck.currency,
            amount: Decimal::ZERO,
            account_currency: &carrier.currency,
            base_amount: Decimal::ZERO,
        };
        if self.record.is_billable() {
            side.billed_s = plan.billed_s(row, self.record.duration()).ok_or(Rejected)?;
            side.charge = plan.charge(row, rate_per_min, side.billed_s);
            if side.charge > CHARGE_MAX.into() {
                return Err(Rejected);
            }
            side.amount = self.convert(side.charge, &deck.currency, &carrier.currency)?;
            side.base_amount = self.convert(side.charge, &deck.currency, &self.catalog.base_currency)?;
        }
        Ok(side)
    }

    fn convert(&self, charge: Decimal, from: &str, to: &str) -> Result<Decimal, Rejected> {
        self.catalog.convert(charge, (from, to), self.at).ok_or(Rejected)
    }
}
