//! Reports: calls, minutes and money by the dimensions that people ask for, from signed sums over the journal, so
//! that corrections are right without looking for what is in force.

mod dimension;
mod figures;
mod table;

pub use dimension::Dimension;
pub use figures::Figures;
pub use table::{ReportRow, ReportTable};

use crate::answer::{Answer, Cells};
use crate::error::Error;
use crate::views::{Journals, NET_SUMS, net_sums};
use arrow::array::{Array, AsArray, Decimal128Array, RecordBatch};
use arrow::datatypes::{Decimal128Type, Int64Type, UInt32Type};
use datafusion::error::Result as PlanResult;
use datafusion::logical_expr::{Expr, LogicalPlan, col, lit};
use datafusion::scalar::ScalarValue;
use didtron_domain::{Currency, Instant};
use didtron_ports::JournalKind;
use dimension::Column;

/// What to sum up. Rows come in the order of their keys when a day or an hour is among them, else by margin, the
/// greatest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// One row for each combination that occurs; without any, one row in all.
    pub by: Vec<Dimension>,
    /// Calls answered from here; unanswered ones count where R11 puts them.
    pub from: Option<Instant>,
    /// Until here, exclusive.
    pub to: Option<Instant>,
}

impl Report {
    /// By customer, supplier and destination, over all time.
    #[must_use]
    pub fn by_route() -> Self {
        Self { by: vec![Dimension::Route], ..Self::default() }
    }

    fn columns(&self) -> Vec<Column> {
        let mut columns = Vec::new();
        for column in self.by.iter().flat_map(|dimension| dimension.columns()) {
            if !columns.contains(column) {
                columns.push(*column);
            }
        }
        columns
    }

    /// Keys, base currency, sums.
    pub(crate) fn plan(&self, journals: &Journals) -> PlanResult<LogicalPlan> {
        let mut rows = journals.rows(JournalKind::Usage)?;
        let bounds = [(self.from, Expr::gt_eq as fn(Expr, Expr) -> Expr), (self.to, Expr::lt)];
        for (bound, compare) in bounds {
            if let Some(at) = bound {
                let at = ScalarValue::TimestampMicrosecond(Some(at.0), Some("UTC".into()));
                rows = rows.filter(compare(col("answer"), lit(at)))?;
            }
        }
        let columns = self.columns();
        let groups = columns.iter().map(|column| column.group()).collect();
        let mut shown: Vec<Expr> = columns.iter().map(|column| column.shown(&journals.functions)).collect();
        shown.push(col("base_currency"));
        shown.extend(NET_SUMS.map(col));
        net_sums(journals, rows, groups)?.project(shown)?.build()
    }

    pub(crate) async fn table(&self, mut sums: Answer) -> Result<ReportTable, Error> {
        let columns = self.columns();
        let mut rows = Vec::new();
        while let Some(batch) = sums.next().await? {
            rows.extend(read_rows(&batch, columns.len())?);
        }
        let chronological = columns.iter().any(|column| column.is_time());
        rows.sort_by(|a: &ReportRow, b| match chronological {
            true => a.keys.cmp(&b.keys),
            false => b.figures.margin().cmp(&a.figures.margin()).then_with(|| a.keys.cmp(&b.keys)),
        });
        Ok(ReportTable { columns: columns.iter().map(|column| column.as_str()).collect(), rows })
    }
}

/// The rows of a batch: `keys` columns of them, the base currency, the sums.
fn read_rows(batch: &RecordBatch, keys: usize) -> Result<Vec<ReportRow>, Error> {
    let cells = Cells::of_all(&batch.columns()[..keys])?;
    let currencies = batch.column(keys).as_primitive::<UInt32Type>();
    let count = |at: usize| batch.column(keys + at).as_primitive::<Int64Type>();
    let exact = |at: usize| batch.column(keys + at).as_primitive::<Decimal128Type>();
    let (calls, answered, durations, revenues, costs) = (count(1), count(2), exact(3), exact(4), exact(5));
    let row = |at: usize| -> Result<ReportRow, Error> {
        let bits = currencies.value(at);
        let currency = Currency::from_bits(bits).ok_or_else(|| {
            Error::Damaged(format!("the usage store holds {bits} as currency, which no row can have: restore it"))
        })?;
        let sum = |array: &Decimal128Array| if array.is_null(at) { 0 } else { array.value(at) };
        let figures = Figures {
            calls: calls.value(at),
            answered: answered.value(at),
            duration_ms: sum(durations),
            revenue: sum(revenues),
            cost: sum(costs),
        };
        let keys = cells.iter().map(|cells| cells.text(at)).collect::<Result<_, _>>()?;
        Ok(ReportRow { keys, currency, figures })
    };
    (0..batch.num_rows()).map(row).collect()
}
