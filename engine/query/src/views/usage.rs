//! `usage` and `usage_current`: a journal row as people read it.

use super::Journals;
use crate::columns::of_side;
use crate::functions::Functions;
use datafusion::error::Result;
use datafusion::functions::expr_fn::coalesce;
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder, col, lit};
use didtron_domain::Side;
use didtron_ports::JournalKind;

/// All rows, of both signs.
pub(crate) fn all(journals: &Journals) -> Result<LogicalPlan> {
    shown(journals.rows(JournalKind::Usage)?, &journals.functions)
}

/// The rows in force.
pub(crate) async fn current(journals: &Journals) -> Result<LogicalPlan> {
    shown(journals.rows_in_force(JournalKind::Usage).await?, &journals.functions)
}

fn shown(rows: LogicalPlanBuilder, functions: &Functions) -> Result<LogicalPlan> {
    let mut columns = whole_call(functions);
    columns.extend(side(Side::Customer, functions));
    columns.extend(side(Side::Supplier, functions));
    rows.project(columns)?.build()
}

/// Answered as R1 says.
pub(crate) fn answered() -> Expr {
    col("marked_answered").and(col("duration_ms").gt(lit(0_u64)))
}

/// A side's amount in base currency.
pub(crate) fn base_amount(side: Side) -> Expr {
    col(of_side(side, "base_amount"))
}

fn whole_call(functions: &Functions) -> Vec<Expr> {
    let (revenue, cost) = (base_amount(Side::Customer), base_amount(Side::Supplier));
    let reverses = functions.place(col("partition"), col("reverses_seq"), col("reverses_row"));
    vec![
        functions.name(col("source")).alias("source"),
        col("call_id"),
        col("branch"),
        col("version"),
        col("start"),
        col("answer"),
        col("duration_ms"),
        answered().alias("answered"),
        col("sign"),
        col("partition"),
        col("seq"),
        col("row"),
        reverses.alias("reverses"),
        col("posting_day"),
        col("catalog_version"),
        functions.currency(col("base_currency")).alias("base_currency"),
        revenue.clone().alias("revenue"),
        cost.clone().alias("cost"),
        functions.margin(revenue, cost).alias("margin"),
        col("stated_revenue"),
        col("stated_cost"),
        col("caller"),
    ]
}

/// What is shown of a side.
pub(crate) fn side(side: Side, functions: &Functions) -> Vec<Expr> {
    let stored = |name: &str| col(of_side(side, name));
    let named = |name: &str| functions.name(stored(name)).alias(of_side(side, name));
    let currency = |name: &str| functions.currency(stored(name)).alias(of_side(side, name));
    let looked_up = || coalesce(vec![stored("looked_up"), stored("number")]);
    vec![
        functions.name(stored("carrier")).alias(side.as_str()),
        named("interconnect"),
        named("service"),
        functions.number(stored("number")).alias(of_side(side, "number")),
        functions.number(looked_up()).alias(of_side(side, "looked_up")),
        functions.prefix(looked_up(), stored("prefix_length")).alias(of_side(side, "prefix")),
        named("destination"),
        named("group"),
        named("deck"),
        stored("deck_version"),
        stored("rate").alias(of_side(side, "rate_per_min")),
        functions.jurisdiction(stored("jurisdiction")).alias(of_side(side, "jurisdiction")),
        stored("blocked"),
        stored("whole_s"),
        stored("billed_s"),
        stored("charge"),
        currency("currency"),
        stored("fx_rate"),
        stored("fx_day"),
        stored("amount"),
        currency("account_currency"),
    ]
}
