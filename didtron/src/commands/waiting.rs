//! What waits in suspense, by the suspense journal itself.

use didtron_domain::Reason;
use didtron_parquet::ParquetStore;
use didtron_ports::{Error, IdentityEntry, JournalKind, RowPlace, StoredFile, UsageStore as _};
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex};

const LOCKED: &str = "no thread panics while it holds what was seen";

/// The places of rows that nothing took out, in any order, each with its reason.
pub(crate) async fn waiting(store: &ParquetStore, files: &[StoredFile]) -> Result<Vec<(RowPlace, Reason)>, Error> {
    let files: Vec<_> = files.iter().filter(|file| file.journal == JournalKind::Suspense).cloned().collect();
    let seen = Arc::new(Mutex::new((HashMap::<RowPlace, Reason>::new(), HashSet::<RowPlace>::new())));
    let taker = Arc::clone(&seen);
    let take = move |entries: &[IdentityEntry]| {
        let (came, left) = &mut *taker.lock().expect(LOCKED);
        for entry in entries {
            match (entry.sign > 0, entry.reason, entry.reverses) {
                (true, Some(reason), _) => drop(came.insert(entry.place, reason)),
                (false, _, Some(place)) => drop(left.insert(place)),
                _ => {}
            }
        }
    };
    store.identities(&files, Arc::new(take)).await?;
    let (came, left) = &*seen.lock().expect(LOCKED);
    Ok(came.iter().filter(|(place, _)| !left.contains(place)).map(|(place, reason)| (*place, *reason)).collect())
}
