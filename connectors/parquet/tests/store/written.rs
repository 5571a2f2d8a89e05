//! What is written is read again.

use crate::rows::{Batch, Dice};
use didtron_domain::digest::call_hash;
use didtron_domain::{Amount, RatedCall, RatedSide, Side};
use didtron_parquet::{AuditSums, ParquetStore};
use didtron_ports::{IdentityEntry, JournalKind, RowPlace, StoredFile, UsageRow, UsageStore};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use tempfile::TempDir;

pub struct Store {
    pub store: ParquetStore,
    pub files: Vec<StoredFile>,
    pub batches: Vec<Batch>,
    _folder: TempDir,
}

pub fn run<R>(work: impl Future<Output = R>) -> R {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap().block_on(work)
}

impl Store {
    /// A store of so many batches; the last has the most rows.
    pub async fn new(seed: u64, batch_count: u64) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = ParquetStore::new(folder.path());
        let mut dice = Dice::new(seed);
        let (mut files, mut batches) = (Vec::new(), Vec::new());
        for seq in 1..=batch_count {
            let batch = Batch::new(&mut dice, seq, u32::try_from(seq).unwrap() * 7);
            files.extend(store.write(&batch.claim, Arc::new(batch.journal())).await.unwrap());
            batches.push(batch);
        }
        Self { store, files, batches, _folder: folder }
    }

    pub fn of(&self, journal: JournalKind) -> Vec<StoredFile> {
        self.files.iter().filter(|file| file.journal == journal).cloned().collect()
    }

    pub fn usage(&self) -> impl Iterator<Item = &UsageRow<'static>> {
        self.batches.iter().flat_map(|batch| &batch.usage)
    }

    /// Everything that the store says of these files is what was written.
    async fn check(&self, files: &[StoredFile]) {
        let store = &self.store;
        let mut places: Vec<RowPlace> = self.usage().map(|row| row.place).collect();
        places.reverse();
        let rows = store.usage_rows(files, &places).await.unwrap();
        assert!(rows.iter().eq(self.usage().collect::<Vec<_>>().into_iter().rev()));
        let rows = store.suspense_rows(files, &places).await.unwrap();
        assert!(rows.iter().rev().eq(self.batches.iter().flat_map(|batch| &batch.suspense)));
        let of_call = store.usage_rows_of_call(files, "call-7").await.unwrap();
        assert!(of_call.iter().eq(self.usage().filter(|row| row.call_id == "call-7")));
        assert_eq!(store.usage_rows_of_call(files, "call-").await.unwrap(), []);
        let of_call = store.suspense_rows_of_call(files, "call-7").await.unwrap();
        let all = self.batches.iter().flat_map(|batch| &batch.suspense);
        assert!(of_call.iter().eq(all.filter(|row| row.call_id == "call-7")));
        assert_eq!(self.entries(files).await, self.expected_entries());
        assert_eq!(store.audit(files).await.unwrap(), self.expected_sums());
    }

    async fn entries(&self, files: &[StoredFile]) -> Vec<IdentityEntry> {
        let entries = Arc::new(Mutex::new(Vec::new()));
        let taker = Arc::clone(&entries);
        let take = move |rows: &[IdentityEntry]| taker.lock().unwrap().extend_from_slice(rows);
        self.store.identities(files, Arc::new(take)).await.unwrap();
        let mut entries = std::mem::take(&mut *entries.lock().unwrap());
        entries.sort_by_key(|entry| (entry.journal, entry.place));
        entries
    }

    fn expected_entries(&self) -> Vec<IdentityEntry> {
        let usage = self.usage().map(|row| IdentityEntry {
            journal: JournalKind::Usage,
            place: row.place,
            sign: row.sign,
            identity: row.identity,
            content: row.content,
            version: row.version,
            reverses: row.reverses,
            reason: None,
        });
        let suspense = self.batches.iter().flat_map(|batch| &batch.suspense).map(|row| IdentityEntry {
            journal: JournalKind::Suspense,
            place: row.place,
            sign: row.sign,
            identity: row.identity,
            content: row.content,
            version: row.version,
            reverses: row.takes_out,
            reason: Some(row.rejection.reason),
        });
        usage.chain(suspense).collect()
    }

    /// The sums once more, row by row.
    fn expected_sums(&self) -> AuditSums {
        let mut sums = AuditSums::default();
        for row in self.usage() {
            let sides = [(Side::Customer, row.rated.customer), (Side::Supplier, row.rated.supplier)];
            let totals = sums.totals.entry(row.base_currency).or_default();
            for (side, rated) in sides.iter().filter_map(|(side, rated)| rated.map(|rated| (*side, rated))) {
                match side {
                    Side::Customer => totals.revenue += i128::from(rated.base_amount.0),
                    Side::Supplier => totals.cost += i128::from(rated.base_amount.0),
                }
                if let (Some(carrier), Some(currency)) = (rated.carrier, rated.account_currency) {
                    let key = didtron_parquet::AccrualKey { carrier, side, currency, day: row.posting_day };
                    *sums.accruals.entry(key).or_default() += i128::from(rated.amount.0);
                }
            }
            let batch = sums.batches.entry((row.partition, row.place.seq)).or_default();
            batch.rows += 1;
            batch.calls += i64::from(row.sign);
            batch.digest.add(row.sign, call_hash(row.identity, &signed(row)));
        }
        for batch in sums.batches.values() {
            sums.rows += batch.rows;
            sums.calls += batch.calls;
            sums.digest.merge(batch.digest);
        }
        sums
    }
}

/// The rating that a row brings, or takes back: a reversal stores it negated.
fn signed(row: &UsageRow<'_>) -> RatedCall {
    let side = |side: Option<RatedSide>| {
        side.map(|side| RatedSide { charge: Amount(side.charge.0 * i64::from(row.sign)), ..side })
    };
    RatedCall { customer: side(row.rated.customer), supplier: side(row.rated.supplier) }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn every_field_comes_back(seed in any::<u64>(), batches in 1u64..6) {
        run(async {
            let store = Store::new(seed, batches).await;
            store.check(&store.files).await;
        });
    }

    #[test]
    fn compaction_changes_nothing_but_the_files(seed in any::<u64>(), cut in 1usize..5) {
        run(async {
            let store = Store::new(seed, 6).await;
            let mut files = Vec::new();
            for journal in [JournalKind::Usage, JournalKind::Suspense] {
                let all = store.of(journal);
                // Some of them, then what that made with the rest.
                let some = store.store.compact(&all[..=cut]).await.unwrap();
                store.check(&[&[some.clone()][..], &all[cut + 1..], &other(&store, journal)].concat()).await;
                files.push(match all.len() - cut {
                    1 => some,
                    _ => store.store.compact(&[&[some][..], &all[cut + 1..]].concat()).await.unwrap(),
                });
            }
            store.check(&files).await;
            let before: Vec<String> = files.iter().map(|file| file.path.clone()).collect();
            let swept = store.store.sweep(&files, &[]).await.unwrap();
            assert!(swept.iter().all(|path| !before.contains(path)) && swept.len() >= store.files.len());
            store.check(&files).await;
            assert_eq!(store.store.sweep(&files, &[]).await.unwrap(), Vec::<String>::new());
        });
    }
}

/// The files of the other journal.
fn other(store: &Store, journal: JournalKind) -> Vec<StoredFile> {
    store.files.iter().filter(|file| file.journal != journal).cloned().collect()
}

#[test]
fn the_same_claim_leaves_the_same_bytes() {
    run(async {
        let store = Store::new(3, 4).await;
        let bytes = |file: &StoredFile| std::fs::read(store.store.root().join(&file.path)).unwrap();
        let before: BTreeMap<String, Vec<u8>> =
            store.files.iter().map(|file| (file.path.clone(), bytes(file))).collect();
        for batch in &store.batches {
            let again = store.store.write(&batch.claim, Arc::new(batch.journal())).await.unwrap();
            for file in &again {
                assert!(store.files.contains(file));
                assert_eq!(bytes(file), before[&file.path]);
            }
        }
        let usage = store.of(JournalKind::Usage);
        let once = store.store.compact(&usage).await.unwrap();
        let first = bytes(&once);
        assert_eq!(store.store.compact(&usage).await.unwrap(), once);
        assert_eq!(bytes(&once), first);
    });
}

#[test]
fn a_batch_of_many_pages_and_row_groups_reads_back_row_by_row() {
    run(async {
        let folder = tempfile::tempdir().unwrap();
        let store = ParquetStore::new(folder.path());
        // Four days, each with a row group of its own and several pages.
        let batch = Batch::new(&mut Dice::new(11), 1, 80_000);
        let files = store.write(&batch.claim, Arc::new(batch.journal())).await.unwrap();
        let places: Vec<RowPlace> = batch.usage.iter().map(|row| row.place).collect();
        let rows = store.usage_rows(&files, &places).await.unwrap();
        assert!(rows.iter().eq(&batch.usage));
    });
}

#[test]
fn an_empty_journal_is_no_file_and_a_removed_claim_leaves_none() {
    run(async {
        let store = Store::new(5, 2).await;
        let empty = Batch::new(&mut Dice::new(1), 9, 0);
        assert_eq!(store.store.write(&empty.claim, Arc::new(empty.journal())).await.unwrap(), []);
        store.store.remove(&empty.claim).await.unwrap();
        store.store.remove(&store.batches[0].claim).await.unwrap();
        let gone = store.files.iter().filter(|file| !store.store.root().join(&file.path).exists()).count();
        assert_eq!(gone, 2);
        let live: Vec<_> = store.files.iter().filter(|file| file.seq_first == 2).cloned().collect();
        assert_eq!(store.store.audit(&live).await.unwrap().rows, 14);
    });
}

#[test]
fn a_sweep_spares_what_is_live_or_claimed() {
    run(async {
        let store = Store::new(6, 3).await;
        let (live, rest): (Vec<_>, Vec<_>) = store.files.iter().cloned().partition(|file| file.seq_first == 1);
        let begun = store.store.root().join("usage/p0/begun.parquet.tmp");
        std::fs::write(&begun, "half a file").unwrap();
        std::fs::write(store.store.root().join("usage/p0/note.txt"), "not ours").unwrap();
        let swept = store.store.sweep(&live, &[store.batches[1].claim.clone()]).await.unwrap();
        let mut expected: Vec<String> =
            rest.iter().filter(|file| file.seq_first == 3).map(|file| file.path.clone()).collect();
        expected.push("usage/p0/begun.parquet.tmp".to_owned());
        expected.sort();
        assert_eq!(swept, expected);
        assert!(!begun.exists() && store.store.root().join("usage/p0/note.txt").exists());
    });
}
