//! `margin_by_minute` and `margin_by_route`: signed sums over all journal rows, so that a correction takes back what
//! it took the place of. Ids are grouped, names are put to them afterwards.

use super::Journals;
use super::usage::{answered, base_amount};
use crate::columns::of_side;
use crate::functions::DateTrunc;
use datafusion::error::Result;
use datafusion::functions::expr_fn::coalesce;
use datafusion::functions_aggregate::expr_fn::sum;
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder, ScalarUDF, cast, col, lit, when};
use didtron_domain::Side;
use didtron_ports::JournalKind;

/// The columns of [`net_sums`] behind its groups and the base currency.
pub(crate) const NET_SUMS: [&str; 5] = ["calls", "answered", "duration_ms", "revenue", "cost"];

/// The sums of a journal's rows by `groups` and base currency. A group that corrections have emptied is left out.
pub(crate) fn net_sums(
    journals: &Journals,
    rows: LogicalPlanBuilder,
    mut groups: Vec<Expr>,
) -> Result<LogicalPlanBuilder> {
    groups.push(col("base_currency"));
    let sign = || cast(col("sign"), arrow::datatypes::DataType::Int64);
    let answered = when(answered(), sign()).otherwise(lit(0_i64))?;
    let duration = journals.functions.signed_ms(col("sign"), col("duration_ms"));
    let sums = [sign(), answered, duration, base_amount(Side::Customer), base_amount(Side::Supplier)];
    let named = sums.into_iter().zip(NET_SUMS).map(|(value, name)| sum(value).alias(name));
    let net = |name: &str| coalesce(vec![col(name), lit(0_i64)]).not_eq(lit(0_i64));
    rows.aggregate(groups, named.collect::<Vec<_>>())?.filter(net("calls").or(net("revenue")).or(net("cost")))
}

/// By the minute of the answer.
pub(crate) fn by_minute(journals: &Journals) -> Result<LogicalPlan> {
    let minute = ScalarUDF::from(DateTrunc::default()).call(vec![lit("minute"), col("answer")]).alias("minute");
    let sums = net_sums(journals, journals.rows(JournalKind::Usage)?, vec![minute])?;
    sums.project([vec![col("minute")], figures(journals)].concat())?.build()
}

/// By customer, supplier and destination.
pub(crate) fn by_route(journals: &Journals) -> Result<LogicalPlan> {
    let [customer, supplier, destination] = route();
    let groups =
        vec![customer.alias("customer_id"), supplier.alias("supplier_id"), destination.alias("destination_id")];
    let sums = net_sums(journals, journals.rows(JournalKind::Usage)?, groups)?;
    let named = |name: &str| journals.functions.name(col(format!("{name}_id"))).alias(name);
    let names = vec![named("customer"), named("supplier"), named("destination")];
    sums.project([names, figures(journals)].concat())?.build()
}

/// The ids of customer, supplier, and the customer's destination, else the supplier's.
pub(crate) fn route() -> [Expr; 3] {
    let of = |side, name| col(of_side(side, name));
    let destinations = vec![of(Side::Customer, "destination"), of(Side::Supplier, "destination")];
    [of(Side::Customer, "carrier"), of(Side::Supplier, "carrier"), coalesce(destinations)]
}

/// What both views show of the sums.
fn figures(journals: &Journals) -> Vec<Expr> {
    let functions = &journals.functions;
    let zero = || lit(datafusion::scalar::ScalarValue::Decimal128(Some(0), 28, 6));
    let (revenue, cost) = (coalesce(vec![col("revenue"), zero()]), coalesce(vec![col("cost"), zero()]));
    vec![
        col("calls"),
        col("answered"),
        functions.minutes(col("duration_ms")).alias("minutes"),
        revenue.clone().alias("revenue"),
        cost.clone().alias("cost"),
        (revenue - cost).alias("margin"),
        functions.currency(col("base_currency")).alias("base_currency"),
    ]
}
