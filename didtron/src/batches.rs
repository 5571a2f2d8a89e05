//! The batches of the books, and what each of them rated.

use didtron_books::{BatchRecord, Books};
use didtron_ports::{Error, Feed, Rerate, RerateWhat};
use didtron_query::{BatchCause, BatchKind};
use std::collections::BTreeMap;

/// All batches, and the re-rates that they are of.
pub(crate) struct Batches {
    /// By partition and number.
    records: Vec<BatchRecord>,
    /// By number.
    rerates: BTreeMap<i64, Rerate>,
}

impl Batches {
    pub(crate) async fn read(books: &Books) -> Result<Self, Error> {
        // In this order, so that no batch is of a re-rate that was not there yet.
        let records = books.batches().await?;
        let is_of_rerate = |record: &BatchRecord| matches!(record.claim.request.feed, Feed::Rerate { .. });
        let entries = if records.iter().any(is_of_rerate) { books.rerate_entries().await? } else { Vec::new() };
        Ok(Self { records, rerates: entries.into_iter().map(|entry| (entry.number, entry)).collect() })
    }

    pub(crate) fn records(&self) -> &[BatchRecord] {
        &self.records
    }

    pub(crate) fn get(&self, partition: u32, seq: u64) -> Option<&BatchRecord> {
        let place = |record: &BatchRecord| (record.claim.request.partition, record.claim.request.seq);
        let found = self.records.binary_search_by_key(&(partition, seq), place);
        found.ok().map(|at| &self.records[at])
    }

    /// The re-rate or undo that a batch is of.
    pub(crate) fn rerate(&self, record: &BatchRecord) -> Option<&Rerate> {
        match record.claim.request.feed {
            Feed::Rerate { rerate } => self.rerates.get(&rerate),
            Feed::File { .. } | Feed::Redrive { .. } | Feed::Dismiss { .. } => None,
        }
    }

    /// What a batch rated; `None` where that can be nothing.
    pub(crate) fn kind(&self, record: &BatchRecord) -> Option<BatchKind> {
        match (&record.claim.request.feed, self.rerate(record).map(|entry| &entry.what)) {
            (Feed::File { .. }, _) => Some(BatchKind::File),
            (Feed::Redrive { .. }, _) => Some(BatchKind::Redrive),
            (Feed::Dismiss { .. }, _) => None,
            (Feed::Rerate { .. }, Some(RerateWhat::Undo { .. })) => Some(BatchKind::Undo),
            (Feed::Rerate { .. }, _) => Some(BatchKind::Rerate),
        }
    }

    /// What the views are told of them.
    pub(crate) fn causes(&self) -> Vec<BatchCause> {
        let cause = |record: &BatchRecord| {
            let (request, id) = (&record.claim.request, self.rerate(record).map(|entry| entry.id.clone()));
            Some(BatchCause { partition: request.partition, seq: request.seq, kind: self.kind(record)?, id })
        };
        self.records.iter().filter_map(cause).collect()
    }
}
