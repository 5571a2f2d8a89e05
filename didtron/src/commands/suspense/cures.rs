//! What a new catalog version cures: records in suspense that it could rate, with what they are worth.

use crate::commands::rate::PARTITION;
use crate::commands::waiting::waiting;
use crate::mappings;
use crate::show::{Out, money};
use crate::snapshot::Snapshots;
use anyhow::Result;
use didtron_books::Books;
use didtron_domain::{Currency, RatedColumns, Reason};
use didtron_parquet::ParquetStore;
use didtron_ports::{Books as _, Decode, RowPlace, SuspenseRow, UsageStore as _};
use didtron_rating::Catalog;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;

/// Records that are read at a time.
const RECORDS_AT_A_TIME: usize = 50_000;

/// Records that wait and could be rated.
pub(crate) struct Cures {
    /// By the reason that they wait for.
    records: BTreeMap<Reason, u64>,
    /// Micro-units of the base currency.
    revenue: i128,
    cost: i128,
    base_currency: Option<Currency>,
}

impl Cures {
    /// Those of the newest catalog; `None` where it cures nothing.
    pub(crate) async fn of(books: &Books, store: &ParquetStore, dir: &Path) -> Result<Option<Self>> {
        let files = books.live_files(PARTITION).await?;
        let mut places: Vec<RowPlace> = waiting(store, &files)
            .await?
            .into_iter()
            .filter(|(_, reason)| is_catalogs(*reason))
            .map(|(at, _)| at)
            .collect();
        if places.is_empty() {
            return Ok(None);
        }
        places.sort_unstable();
        let catalog = Snapshots::new(books, dir).catalog(None).await?;
        let decoder = mappings::decoder(books).await?;
        let base_currency = catalog.base_currency();
        let mut cures = Self { records: BTreeMap::new(), revenue: 0, cost: 0, base_currency };
        for places in places.chunks(RECORDS_AT_A_TIME) {
            let rows = store.suspense_rows(&files, places).await?;
            for same in rows.chunk_by(|a, b| (&a.mapping, &a.header) == (&b.mapping, &b.header)) {
                cures.add(&catalog, &decoder, same)?;
            }
        }
        Ok(Some(cures).filter(|cures| !cures.records.is_empty()))
    }

    /// Records of one mapping and header.
    fn add(&mut self, catalog: &Catalog, decoder: &dyn Decode, rows: &[SuspenseRow<'_>]) -> Result<()> {
        let records: Vec<_> = rows.iter().map(|row| (row.record.to_vec(), row.at.to_string())).collect();
        let batch = decoder.decode_records(&rows[0].mapping, &rows[0].header, &records)?;
        let mut rated = RatedColumns::default();
        catalog.rate_batch(&batch, 0..batch.len(), &mut rated);
        let mut rejected = rated.rejected.iter().map(|(row, _)| *row).peekable();
        for (at, row) in rows.iter().enumerate().take(batch.len()) {
            let is_rejected = rejected.next_if_eq(&at).is_some();
            if is_rejected || batch.malformed_at(at).is_some() {
                continue;
            }
            *self.records.entry(row.rejection.reason).or_default() += 1;
            self.revenue += i128::from(rated.customer.base_amount[at]);
            self.cost += i128::from(rated.supplier.base_amount[at]);
        }
        Ok(())
    }

    /// What scripts read.
    pub(crate) fn json(&self) -> Value {
        let by_reason: Map<String, Value> =
            self.records.iter().map(|(reason, count)| (reason.as_str().to_owned(), json!(count))).collect();
        json!({
            "records": self.count(),
            "reasons": by_reason,
            "revenue": money(self.revenue),
            "cost": money(self.cost),
            "margin": money(self.revenue - self.cost),
            "currency": self.base_currency.map(|currency| currency.to_string()),
            "command": "didtron suspense redrive",
        })
    }

    /// What people read.
    pub(crate) fn tell(&self, out: &mut Out) -> Result<()> {
        let reasons: Vec<String> =
            self.records.iter().map(|(reason, count)| format!("{} {count}", reason.as_str())).collect();
        let currency = self.base_currency.map_or_else(String::new, |currency| currency.to_string());
        Ok(writeln!(
            out,
            "{} records in suspense could be rated now ({}): revenue {}, cost {} {currency}; take them out with\n  didtron suspense redrive",
            self.count(),
            reasons.join(", "),
            money(self.revenue),
            money(self.cost)
        )?)
    }

    fn count(&self) -> u64 {
        self.records.values().sum()
    }
}

/// Whether another catalog may rate what waits for it.
const fn is_catalogs(reason: Reason) -> bool {
    !matches!(reason, Reason::TooOld | Reason::WrongPartition | Reason::MalformedRecord | Reason::IdentityConflict)
}
