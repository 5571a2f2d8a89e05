//! The usage store in memory. A write may land late, when its owner is gone, and land again later still.

use crate::chance::{Chance, pause};
use didtron_domain::{CallBatch, RatedColumns, SideColumns};
use didtron_pipeline::columns::{suspense_row, usage_row};
use didtron_ports::{
    Claim, Error, Fields, IdentityEntry, Journal, JournalKind, RowPlace, Scan, See, StoredFile, StoredRows,
    SuspenseRow, TakeEntries, TakeReversals, UsageColumns, UsageRow, UsageStore,
};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ops::Range;
use std::rc::Rc;
use std::sync::Arc;

#[derive(Debug, Default)]
pub struct Shelves {
    /// By claim id.
    pub landed: BTreeMap<String, Arc<Journal>>,
    /// Begun and not landed, or about to land once more.
    pub under_way: Vec<(String, Arc<Journal>)>,
    /// Claims whose rows were not the same each time.
    pub torn: Vec<String>,
}

impl Shelves {
    /// One write that is under way lands, or is lost.
    pub fn land(&mut self, chance: &Chance) {
        if !self.under_way.is_empty() {
            let (id, journal) = self.under_way.swap_remove(chance.below(self.under_way.len()));
            if !chance.one_in(4) {
                self.put(&id, &journal);
            }
        }
    }

    /// The write lands while its owner waits for it; perhaps once more later.
    fn land_at_last(&mut self, id: &str, journal: &Arc<Journal>, again: bool) {
        if !again {
            self.under_way.retain(|(other, _)| other != id);
        }
        self.put(id, journal);
    }

    fn put(&mut self, id: &str, journal: &Arc<Journal>) {
        let last = self.landed.insert(id.to_owned(), Arc::clone(journal));
        if last.is_some_and(|last| format!("{last:?}") != format!("{journal:?}")) {
            self.torn.push(id.to_owned());
        }
    }

    fn journal(&self, files: &[StoredFile], kind: JournalKind, place: RowPlace) -> Result<&Journal, Error> {
        let file = files.iter().find(|file| file.journal == kind && file.seq_first == place.seq);
        let file = file.ok_or_else(|| Error::Damaged(format!("no live {kind:?} file holds {place:?}")))?;
        self.file(file)
    }

    /// All rows of the usage files.
    fn usage(&self, files: &[StoredFile]) -> Result<Vec<UsageRow<'static>>, Error> {
        let mut rows = Vec::new();
        for file in files.iter().filter(|file| file.journal == JournalKind::Usage) {
            let columns = &self.file(file)?.usage;
            rows.extend((0..).take(columns.len()).map(|row| usage_row(columns, row)));
        }
        Ok(rows)
    }

    pub fn file(&self, file: &StoredFile) -> Result<&Journal, Error> {
        let missing = || Error::Damaged(format!("the live file {} is not there", file.path));
        self.landed.get(&file.path).map(|journal| &**journal).ok_or_else(missing)
    }
}

#[derive(Clone, Debug)]
pub struct FakeStore {
    pub shelves: Rc<RefCell<Shelves>>,
    pub chance: Rc<Chance>,
    /// A planted fault: a write is said to be done when it has begun.
    pub answers_early: bool,
}

/// Rows that a scan laid aside, each on its shelf.
#[derive(Debug, Default)]
pub struct FakeLaid(Vec<(u8, UsageRow<'static>)>);

impl FakeStore {
    /// In no order.
    fn shuffled<T>(&self, mut all: Vec<T>) -> Vec<T> {
        for at in (1..all.len()).rev() {
            all.swap(at, self.chance.below(at + 1));
        }
        all
    }
}

impl UsageStore for FakeStore {
    type Laid = FakeLaid;

    async fn write(&self, claim: &Claim, journal: Arc<Journal>) -> Result<Vec<StoredFile>, Error> {
        let id = claim.request.id.clone();
        let file = |kind, rows: usize| StoredFile {
            journal: kind,
            partition: claim.request.partition,
            seq_first: claim.request.seq,
            seq_last: claim.request.seq,
            path: id.clone(),
            rows: rows as u64,
            bytes: 0,
        };
        let files = [(JournalKind::Usage, journal.usage.len()), (JournalKind::Suspense, journal.suspense.len())];
        let files = files.into_iter().filter(|(_, rows)| *rows > 0).map(|(kind, rows)| file(kind, rows)).collect();
        self.shelves.borrow_mut().under_way.push((id.clone(), Arc::clone(&journal)));
        for _ in 0..self.chance.below(12) {
            pause().await;
        }
        if self.answers_early {
            return Ok(files);
        }
        self.shelves.borrow_mut().land_at_last(&id, &journal, self.chance.one_in(8));
        pause().await;
        Ok(files)
    }

    async fn remove(&self, claim: &Claim) -> Result<(), Error> {
        pause().await;
        self.shelves.borrow_mut().landed.remove(&claim.request.id);
        pause().await;
        Ok(())
    }

    async fn usage_rows(&self, files: &[StoredFile], places: &[RowPlace]) -> Result<Vec<UsageRow<'static>>, Error> {
        pause().await;
        let shelves = self.shelves.borrow();
        let row = |place: &RowPlace| {
            let columns = &shelves.journal(files, JournalKind::Usage, *place)?.usage;
            Ok(usage_row(columns, place.row))
        };
        places.iter().map(row).collect()
    }

    async fn suspense_rows(
        &self,
        files: &[StoredFile],
        places: &[RowPlace],
    ) -> Result<Vec<SuspenseRow<'static>>, Error> {
        pause().await;
        let shelves = self.shelves.borrow();
        let row = |place: &RowPlace| {
            let columns = &shelves.journal(files, JournalKind::Suspense, *place)?.suspense;
            Ok(suspense_row(columns, place.row as usize))
        };
        places.iter().map(row).collect()
    }

    async fn scan(&self, files: &[StoredFile], scan: Scan, see: See) -> Result<FakeLaid, Error> {
        pause().await;
        let is_asked_for = |row: &UsageRow<'_>| {
            let within = |batches: &Vec<Range<u64>>| batches.iter().any(|range| range.contains(&row.place.seq));
            scan.answers.contains(&row.answer) && scan.batches.as_ref().is_none_or(within)
        };
        let rows = self.shelves.borrow().usage(files)?.into_iter().filter(is_asked_for).collect();
        let mut rows = self.shuffled(rows);
        let mut laid = FakeLaid::default();
        while !rows.is_empty() {
            let chunk = rows.split_off(rows.len() - 1 - self.chance.below(rows.len().min(9)));
            let named = see(shown(&chunk, scan.fields))?;
            if scan.fields != Fields::Whole && !named.is_empty() {
                return Err(Error::Damaged("only whole rows are laid aside".to_owned()));
            }
            for (row, shelf) in named {
                assert!(shelf < 64, "there is no shelf {shelf}");
                laid.0.push((shelf, chunk[row as usize].clone()));
            }
            if self.chance.one_in(4) {
                pause().await;
            }
        }
        Ok(laid)
    }

    async fn laid_rows(&self, laid: &FakeLaid, shelves: Range<u8>) -> Result<StoredRows, Error> {
        pause().await;
        let rows = laid.0.iter().filter(|(shelf, _)| shelves.contains(shelf)).map(|(_, row)| row.clone()).collect();
        Ok(shown(&self.shuffled(rows), Fields::Whole))
    }

    async fn reversals(&self, files: &[StoredFile], take: TakeReversals) -> Result<(), Error> {
        pause().await;
        let usage = self.shelves.borrow().usage(files)?;
        let reversals = usage.iter().filter_map(|row| row.reverses.map(|taken| (taken, row.place.seq))).collect();
        self.shuffled(reversals).chunks(1 + self.chance.below(4)).for_each(|some| take(some));
        pause().await;
        Ok(())
    }

    async fn identities(&self, files: &[StoredFile], take: TakeEntries) -> Result<(), Error> {
        pause().await;
        let mut entries = Vec::new();
        for file in files {
            let shelves = self.shelves.borrow();
            let journal = shelves.file(file)?;
            entries.extend(match file.journal {
                JournalKind::Usage => {
                    (0..).take(journal.usage.len()).map(|row| entry_of_usage(journal, row)).collect::<Vec<_>>()
                }
                JournalKind::Suspense => (0..journal.suspense.len()).map(|at| entry_of_suspense(journal, at)).collect(),
            });
        }
        while !entries.is_empty() {
            take(&[entries.swap_remove(self.chance.below(entries.len()))]);
        }
        pause().await;
        Ok(())
    }
}

/// Rows as a scan shows them: columns that its fields do not promise are empty, so that nobody relies on them.
fn shown(rows: &[UsageRow<'_>], fields: Fields) -> StoredRows {
    let mut all = StoredRows::default();
    rows.iter().for_each(|row| all.push(row));
    // Without the places of texts, which stored rows do not have.
    let mut all = all.gather(&(0..).take(rows.len()).collect::<Vec<u32>>());
    if fields == Fields::Judged {
        let UsageColumns { order, sign, base_currency, clean, calls, rated, .. } = all.columns;
        let [customer, supplier] = [rated.customer, rated.supplier].map(judged_side);
        let (calls, rated) = (judged_calls(calls), RatedColumns { customer, supplier, rejected: Vec::new() });
        all.columns = UsageColumns { order, sign, base_currency, clean, calls, rated, ..UsageColumns::default() };
    }
    all
}

fn judged_calls(calls: CallBatch) -> CallBatch {
    CallBatch {
        identity: calls.identity,
        answer: calls.answer,
        duration_ms: calls.duration_ms,
        marked_answered: calls.marked_answered,
        last_attempt: calls.last_attempt,
        ingress: calls.ingress,
        egress: calls.egress,
        caller: calls.caller,
        called: calls.called,
        called_egress: calls.called_egress,
        lrn: calls.lrn,
        ..CallBatch::default()
    }
}

fn judged_side(side: SideColumns) -> SideColumns {
    SideColumns {
        found: side.found,
        carrier: side.carrier,
        number: side.number,
        looked_up: side.looked_up,
        prefix_length: side.prefix_length,
        destination: side.destination,
        deck: side.deck,
        currency: side.currency,
        billed_s: side.billed_s,
        charge: side.charge,
        amount: side.amount,
        account_currency: side.account_currency,
        base_amount: side.base_amount,
        ..SideColumns::default()
    }
}

fn entry_of_usage(journal: &Journal, row: u32) -> IdentityEntry {
    let row = usage_row(&journal.usage, row);
    IdentityEntry {
        journal: JournalKind::Usage,
        place: row.place,
        sign: row.sign,
        identity: row.identity,
        content: row.content,
        version: row.version,
        reverses: row.reverses,
        reason: None,
    }
}

fn entry_of_suspense(journal: &Journal, at: usize) -> IdentityEntry {
    let row = suspense_row(&journal.suspense, at);
    IdentityEntry {
        journal: JournalKind::Suspense,
        place: row.place,
        sign: row.sign,
        identity: row.identity,
        content: row.content,
        version: row.version,
        reverses: row.takes_out,
        reason: Some(row.rejection.reason),
    }
}
