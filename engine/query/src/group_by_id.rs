//! Groups of names are groups of ids: a name has one id and an id one name, and numbers are hashed and compared in a
//! fraction of the time. Texts are put to the groups afterwards, of which there are few.

use crate::functions::Lookup;
use datafusion::common::Column;
use datafusion::common::tree_node::Transformed;
use datafusion::error::Result;
use datafusion::logical_expr::{Aggregate, Expr, LogicalPlan, Projection, ScalarUDF, SubqueryAlias};
use datafusion::optimizer::{ApplyOrder, OptimizerConfig, OptimizerRule};
use std::sync::Arc;

/// Takes [`Lookup`]s of a view out from under the groups of a query, where nothing else in it asks for their texts.
#[derive(Debug)]
pub(crate) struct GroupById;

/// A group whose texts are looked up: which of the groups, which column of the input, and by what.
struct Named {
    group: usize,
    column: usize,
    lookup: Arc<ScalarUDF>,
}

impl OptimizerRule for GroupById {
    fn name(&self) -> &str {
        "group_by_id"
    }

    fn apply_order(&self) -> Option<ApplyOrder> {
        Some(ApplyOrder::TopDown)
    }

    fn rewrite(&self, plan: LogicalPlan, _: &dyn OptimizerConfig) -> Result<Transformed<LogicalPlan>> {
        let LogicalPlan::Aggregate(aggregate) = &plan else { return Ok(Transformed::no(plan)) };
        let named: Vec<Named> = (0..aggregate.group_expr.len()).filter_map(|group| named(aggregate, group)).collect();
        if named.is_empty() {
            return Ok(Transformed::no(plan));
        }
        let input = Arc::new(with_ids(&aggregate.input, &named)?);
        let groups = Aggregate::try_new(input, aggregate.group_expr.clone(), aggregate.aggr_expr.clone())?;
        let shown = (0..aggregate.schema.fields().len()).map(|at| {
            let (table, field) = aggregate.schema.qualified_field(at);
            let column = Expr::Column(Column::new(table.cloned(), field.name()));
            match named.iter().find(|named| named.group == at) {
                Some(named) => named.lookup.call(vec![column]).alias_qualified(table.cloned(), field.name()),
                None => column,
            }
        });
        let shown = Projection::try_new(shown.collect(), Arc::new(LogicalPlan::Aggregate(groups)))?;
        Ok(Transformed::yes(LogicalPlan::Projection(shown)))
    }
}

/// What is looked up for a group, where it is a column and nothing else refers to that.
fn named(aggregate: &Aggregate, group: usize) -> Option<Named> {
    let Expr::Column(own) = &aggregate.group_expr[group] else { return None };
    let groups = aggregate.group_expr.iter().enumerate().filter(|(at, _)| *at != group).map(|(_, other)| other);
    if groups.chain(&aggregate.aggr_expr).any(|other| other.column_refs().contains(own)) {
        return None;
    }
    let column = aggregate.input.schema().maybe_index_of_column(own)?;
    let Expr::ScalarFunction(call) = unnamed(projection(&aggregate.input)?.expr.get(column)?) else { return None };
    call.func.inner().is::<Lookup>().then(|| Named { group, column, lookup: Arc::clone(&call.func) })
}

/// The projection that a view is, whatever a query calls it.
fn projection(plan: &LogicalPlan) -> Option<&Projection> {
    match plan {
        LogicalPlan::SubqueryAlias(alias) => projection(&alias.input),
        LogicalPlan::Projection(projection) => Some(projection),
        _ => None,
    }
}

fn unnamed(expr: &Expr) -> &Expr {
    match expr {
        Expr::Alias(alias) => unnamed(&alias.expr),
        expr => expr,
    }
}

/// The same rows, the named columns by their ids.
fn with_ids(plan: &LogicalPlan, named: &[Named]) -> Result<LogicalPlan> {
    Ok(match plan {
        LogicalPlan::SubqueryAlias(alias) => {
            let input = Arc::new(with_ids(&alias.input, named)?);
            LogicalPlan::SubqueryAlias(SubqueryAlias::try_new(input, alias.alias.clone())?)
        }
        LogicalPlan::Projection(own) => {
            let shown = own.expr.iter().enumerate().map(|(at, expr)| match unnamed(expr) {
                Expr::ScalarFunction(call) if named.iter().any(|named| named.column == at) => {
                    let (table, field) = own.schema.qualified_field(at);
                    call.args[0].clone().alias_qualified(table.cloned(), field.name())
                }
                _ => expr.clone(),
            });
            LogicalPlan::Projection(Projection::try_new(shown.collect(), Arc::clone(&own.input))?)
        }
        other => other.clone(),
    })
}
