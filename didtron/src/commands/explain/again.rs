//! A stored rating computed again: each side by the catalog version that brought it. They are one and the same but where
//! a re-rate of one side left the other as it was.

use super::{Call, Names, record};
use crate::batches::Batches;
use crate::snapshot::Snapshots;
use anyhow::Result;
use didtron_domain::{CallBatch, CallRecord, RatedCall, RatedColumns, RatedSide, Side};
use didtron_ports::{RerateWhat, UsageRow};
use didtron_rating::{Catalog, Explanation, Step};
use std::sync::Arc;

/// The catalog versions that brought the sides of a rating; an absent side is the row's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Brought {
    pub(super) customer: u32,
    pub(super) supplier: u32,
}

/// A rating computed again.
pub(super) struct Again {
    pub(super) brought: Brought,
    pub(super) explanation: Explanation,
}

impl Brought {
    pub(super) fn of(call: &Call, row: &UsageRow<'_>, batches: &Batches) -> Self {
        let version = |side, stored: Option<RatedSide>| match stored {
            Some(_) => version_of(call, row, side, batches),
            None => row.catalog_version,
        };
        let RatedCall { customer, supplier } = row.rated;
        Self { customer: version(Side::Customer, customer), supplier: version(Side::Supplier, supplier) }
    }
}

impl Again {
    /// Whether the same comes out, to the last micro-unit.
    pub(super) fn is(&self, stored: &RatedCall) -> bool {
        self.explanation.outcome.as_ref() == Ok(stored)
    }

    /// The catalog versions in words.
    pub(super) fn versions(&self) -> String {
        let Brought { customer, supplier } = self.brought;
        match customer == supplier {
            true => format!("catalog version {customer}"),
            false => format!("catalog version {customer} for the customer's side and {supplier} for the supplier's"),
        }
    }
}

/// The catalog version that a side of `row` was last rated with. A re-rate of the other side took it over from the row
/// before; an undo took over what stood before the re-rate that it takes back.
fn version_of(call: &Call, row: &UsageRow<'_>, side: Side, batches: &Batches) -> u32 {
    let rerate = |row: &UsageRow<'_>| batches.rerate(batches.get(row.partition, row.place.seq)?);
    let from = match rerate(row).map(|entry| &entry.what) {
        None => None,
        Some(RerateWhat::Rate { scope, .. }) if scope.sides.has(side) => None,
        Some(RerateWhat::Rate { .. }) => call.rating_before(row),
        Some(RerateWhat::Undo { .. }) => call.rating_before(row).and_then(|undone| call.rating_before(undone)),
    };
    // Rows only take back what came before them; of any others a walk might not end.
    match from.filter(|from| from.place < row.place) {
        Some(from) => version_of(call, from, side, batches),
        None => row.catalog_version,
    }
}

pub(super) async fn compute(
    snapshots: &Snapshots<'_>,
    row: &UsageRow<'_>,
    brought: Brought,
    names: &Names,
) -> Result<Again> {
    let record = record(row, names);
    let explanation = match (brought.customer, brought.supplier) {
        (customer, supplier) if customer == supplier => snapshots.catalog(Some(customer)).await?.explain(&record),
        (customer, supplier) => {
            let catalogs = (snapshots.catalog(Some(customer)).await?, snapshots.catalog(Some(supplier)).await?);
            joined(&catalogs, row, &record)
        }
    };
    Ok(Again { brought, explanation })
}

/// Each side by its own catalog, whether or not that could rate the other.
fn joined(
    (customers, suppliers): &(Arc<Catalog>, Arc<Catalog>),
    row: &UsageRow<'_>,
    record: &CallRecord<'_>,
) -> Explanation {
    let (of_customer, of_supplier) = (customers.explain(record), suppliers.explain(record));
    let rated = RatedCall {
        customer: sides(customers, row, record).customer.get(0),
        supplier: sides(suppliers, row, record).supplier.get(0),
    };
    // Whether the call is billable no catalog decides; the outcome of either is not this one's.
    let mut call: Vec<Step> = of_customer.call.into_iter().filter(|step| step.rule != OUTCOME).collect();
    let (customer, supplier) = (customers.number(), suppliers.number());
    call.push(Step {
        rule: OUTCOME,
        text: format!(
            "margin {}; a re-rate of one side left the other as it was: the customer's by catalog version {customer}, the \
             supplier's by {supplier}",
            rated.margin()
        ),
    });
    Explanation { call, customer: of_customer.customer, supplier: of_supplier.supplier, outcome: Ok(rated) }
}

/// The rules of a call's outcome, as its last step names them.
const OUTCOME: &str = "R14, R15";

/// Both sides as a catalog makes them; one that it cannot rate is left unfinished.
fn sides(catalog: &Catalog, row: &UsageRow<'_>, record: &CallRecord<'_>) -> RatedColumns {
    let mut batch = CallBatch { clean: row.clean, ..CallBatch::default() };
    batch.push_call(row.identity, row.content, record);
    let mut rated = RatedColumns::default();
    catalog.rate_batch(&batch, 0..1, &mut rated);
    rated
}
