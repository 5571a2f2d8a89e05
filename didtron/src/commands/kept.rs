//! Calls that keep their rating where they were to be rated again, or were to have an older one back: how many, which, and why.

use crate::commands::rate::PARTITION;
use crate::show::{self, Out};
use anyhow::Result;
use didtron_books::Books;
use didtron_domain::NameId;
use didtron_parquet::ParquetStore;
use didtron_ports::{Books as _, KeptCall, StoredFile, UsageRow, UsageStore as _};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::Write;

/// How many there are, and the first of them by place.
pub(crate) struct KeptCalls {
    total: u64,
    calls: Vec<(UsageRow<'static>, KeptCall)>,
    names: BTreeMap<NameId, String>,
    /// The ids of re-rates and undos by their batches.
    rerates: BTreeMap<u64, String>,
}

impl KeptCalls {
    pub(crate) async fn of(
        (books, store): (&Books, &ParquetStore),
        files: &[StoredFile],
        (total, calls): (u64, &[KeptCall]),
    ) -> Result<Self> {
        if calls.is_empty() {
            // Then nobody is to wait for names.
            return Ok(Self { total, calls: Vec::new(), names: BTreeMap::new(), rerates: BTreeMap::new() });
        }
        let places: Vec<_> = calls.iter().map(|call| call.place).collect();
        let rows = store.usage_rows(files, &places).await?;
        let calls = rows.into_iter().zip(calls.iter().copied()).collect();
        Ok(Self { total, calls, names: books.names().await?.into_iter().collect(), rerates: rerate_ids(books).await? })
    }

    /// What scripts read: how many, and the first of them.
    pub(crate) fn json(&self) -> [(String, Value); 2] {
        let call = |(row, kept): &(UsageRow<'_>, KeptCall)| {
            json!({
                "source": self.names.get(&row.source),
                "call_id": row.call_id,
                "branch": Some(&row.branch).filter(|branch| !branch.is_empty()),
                "start": row.start.to_string(),
                "kept": kept.why.as_str(),
                "batch": kept.batch,
                "rerate": self.rerates.get(&kept.batch),
            })
        };
        let calls: Vec<Value> = self.calls.iter().map(call).collect();
        [("kept_total".to_owned(), json!(self.total)), ("kept".to_owned(), calls.into())]
    }

    /// What people read. Columns that say nothing are left out.
    pub(crate) fn tell(&self, out: &mut Out) -> Result<()> {
        if self.calls.is_empty() {
            return Ok(());
        }
        let cells = |(row, kept): &(UsageRow<'_>, KeptCall)| {
            [
                row.call_id.to_string(),
                row.branch.to_string(),
                self.names.get(&row.source).map_or("?", String::as_str).to_owned(),
                row.start.to_string(),
                kept.why.as_str().to_owned(),
                kept.batch.to_string(),
                // Empty where the batch is of no re-rate.
                self.rerates.get(&kept.batch).cloned().unwrap_or_default(),
            ]
        };
        let cells: Vec<[String; 7]> = self.calls.iter().map(cells).collect();
        let header = ["keeps its rating", "branch", "source", "start", "because", "of batch", "of re-rate"];
        let shown: Vec<usize> = (0..header.len()).filter(|&at| cells.iter().any(|row| !row[at].is_empty())).collect();
        let header: Vec<&str> = shown.iter().map(|&at| header[at]).collect();
        let rows = cells.iter().map(|row| shown.iter().map(|&at| row[at].clone()).collect());
        writeln!(out, "\n{}", show::table(&header, &["of batch"], rows))?;
        match self.total.saturating_sub(self.calls.len() as u64) {
            0 => Ok(()),
            rest => Ok(writeln!(out, "and {rest} more; --kept FILE writes them all")?),
        }
    }
}

/// The ids of re-rates and undos by their batches.
pub(crate) async fn rerate_ids(books: &Books) -> Result<BTreeMap<u64, String>> {
    // In this order, so that no batch is of a re-rate that was not there yet.
    let batches = books.rerate_batches(PARTITION).await?;
    let ids: BTreeMap<i64, String> =
        books.rerate_entries().await?.into_iter().map(|entry| (entry.number, entry.id)).collect();
    Ok(batches.into_iter().filter_map(|(seq, number)| Some((seq, ids.get(&number)?.clone()))).collect())
}
