//! `suspense`: the identities that wait, one row each.

use super::Journals;
use datafusion::error::Result;
use datafusion::functions::expr_fn::nullif;
use datafusion::logical_expr::{LogicalPlan, col, lit};
use didtron_ports::JournalKind;

/// The rows that nothing took out.
pub(crate) async fn waiting(journals: &Journals) -> Result<LogicalPlan> {
    let functions = &journals.functions;
    // 0 says that the record is not understood, and so concerns no side.
    let side = functions.side(nullif(col("side"), lit(0_u8)));
    let columns = vec![
        functions.lossy(col("record")).alias("record"),
        functions.name(col("source")).alias("source"),
        col("call_id"),
        col("branch"),
        col("start"),
        functions.reason(col("reason")).alias("reason"),
        side.alias("side"),
        col("at").alias("place"),
        col("customer_charge"),
        col("supplier_charge"),
        col("first_seen"),
        functions.place(col("partition"), col("seq"), col("row")).alias("id"),
        col("mapping"),
        col("note"),
    ];
    journals.rows_in_force(JournalKind::Suspense).await?.project(columns)?.build()
}
