//! `usage_history`: every rating that a call ever had, why it came about, and the difference that it made.

use super::Journals;
use super::usage::{base_amount, side};
use crate::columns::of_side;
use datafusion::error::Result;
use datafusion::logical_expr::{Expr, LogicalPlan, col, lit};
use didtron_domain::Side;
use didtron_ports::JournalKind;
use std::sync::Arc;

/// What is shown of a side beside its carrier.
const OF_SIDE: [&str; 6] = ["prefix", "billed_s", "charge", "currency", "amount", "account_currency"];

/// The rows of sign +1, in force or not.
pub(crate) async fn ratings(journals: &Journals) -> Result<LogicalPlan> {
    let reversals = journals.reversals().await?;
    let (functions, batches) = (&journals.functions, journals.batches());
    let place = || vec![col("partition"), col("seq"), col("row")];
    let (revenue, cost) = (base_amount(Side::Customer), base_amount(Side::Supplier));
    let difference = |side| {
        let figures = [place(), vec![col("base_currency"), base_amount(side)]].concat();
        Arc::clone(&reversals).difference(side).call(figures)
    };
    let of_margin = [place(), vec![col("base_currency"), revenue.clone(), cost.clone()]].concat();
    let rerate = Arc::clone(batches).rerates().call(vec![col("partition"), col("seq")]);
    let mut columns = vec![
        functions.name(col("source")).alias("source"),
        col("call_id"),
        col("branch"),
        col("start"),
        col("answer"),
        col("partition"),
        col("seq"),
        col("row"),
        functions.cause(Arc::clone(batches).causes(Arc::clone(&reversals)).call(place())).alias("cause"),
        functions.rerate(rerate).alias("rerate"),
        col("catalog_version"),
        col("posting_day"),
        functions.currency(col("base_currency")).alias("base_currency"),
        revenue.clone().alias("revenue"),
        cost.clone().alias("cost"),
        functions.margin(revenue, cost).alias("margin"),
        difference(Side::Customer).alias("revenue_difference"),
        difference(Side::Supplier).alias("cost_difference"),
        Arc::clone(&reversals).margin_difference().call(of_margin).alias("margin_difference"),
        reversals.in_force().call([vec![col("sign")], place()].concat()).alias("in_force"),
    ];
    columns.extend(figures_of(journals, Side::Customer));
    columns.extend(figures_of(journals, Side::Supplier));
    let rows = journals.rows(JournalKind::Usage)?;
    let rows = if reversals.is_empty() { rows } else { rows.filter(col("sign").gt(lit(0_i8)))? };
    rows.project(columns)?.build()
}

/// Columns of `usage`, as that has them.
fn figures_of(journals: &Journals, of: Side) -> impl Iterator<Item = Expr> {
    let shown = OF_SIDE.map(|name| of_side(of, name));
    side(of, &journals.functions).into_iter().filter(move |column| {
        let name = column.schema_name().to_string();
        name == of.as_str() || shown.contains(&name)
    })
}
