//! Which calls keep the rating that they have, and why. Nothing is stored of them: what a batch of a re-rate saw is what the
//! batches before it wrote, so that the journal tells it again at any time, however often the re-rate was killed.

use crate::error::RunError;
use crate::outside::Rate;
use crate::rerate::again::{batches_of, reversed, target, undoer};
use crate::rerate::judge::{CutBy, Judge, LOCKED, Part, Parts, Window};
use didtron_domain::Instant;
use didtron_ports::{
    Books, ClaimedRange, Error, Fields, KeptCall, Rerate, RerateWhat, Scan, See, StoredRows, UsageStore,
};
use std::sync::{Arc, Mutex};

/// How many are named.
const NAMED_MAX: usize = 20;

/// Looks at calls that keep their rating, some at a time, in any order and from several threads at once: rows, and those
/// of them that do. All columns are filled.
pub type SeeKept = Arc<dyn Fn(&StoredRows, &[(u32, KeptCall)]) -> Result<(), Error> + Send + Sync>;

/// The first by place.
#[derive(Debug, Default)]
pub(crate) struct FirstKept(Vec<KeptCall>);

impl FirstKept {
    pub(crate) fn add(&mut self, calls: &[(u32, KeptCall)]) {
        for (_, call) in calls {
            let at = self.0.partition_point(|known| known < call);
            if at < NAMED_MAX {
                self.0.insert(at, *call);
                self.0.truncate(NAMED_MAX);
            }
        }
    }

    pub(crate) fn into_calls(self) -> Vec<KeptCall> {
        self.0
    }
}

/// Of which re-rate or undo.
pub struct KeptOf {
    /// As it stands in the books.
    pub rerate: Rerate,
    /// Of the books' partitions.
    pub partition: u32,
    /// Shown every such call.
    pub see: Option<SeeKept>,
}

/// The first calls by place that keep the rating that they have, of all parts that are settled. `catalog` is asked for the
/// version of a re-rate.
pub async fn kept_calls<B: Books, S: UsageStore, R: Rate + 'static>(
    (books, store): (&B, &S),
    of: KeptOf,
    catalog: impl AsyncFnOnce(u32) -> Result<Arc<R>, Error>,
) -> Result<Vec<KeptCall>, RunError> {
    let KeptOf { rerate, partition, see } = of;
    let parts = settled(books, partition, rerate.number).await?;
    let files = books.live_files(partition).await?;
    let fields = if see.is_some() { Fields::Whole } else { Fields::Judged };
    let found = Arc::new(Mutex::new(FirstKept::default()));
    let taken = Arc::clone(&found);
    let take = move |rows: &StoredRows, calls: &[(u32, KeptCall)]| -> Result<Vec<(u32, u8)>, Error> {
        if let (Some(see), false) = (&see, calls.is_empty()) {
            see(rows, calls)?;
        }
        taken.lock().expect(LOCKED).add(calls);
        Ok(Vec::new())
    };
    let (answers, batches, see): (_, _, See) = match &rerate.what {
        RerateWhat::Rate { catalog_version, scope } => {
            let target = target(catalog(*catalog_version).await?, scope)?;
            let reversed = reversed(store, &files, &parts).await?;
            let (answers, (_, end)) = (target.answers(), parts.extent());
            let judge = Judge::new(target, None, Window { parts, cut_by: CutBy { place: false }, reversed });
            let see = move |rows| {
                let judged = judge.judge(rows);
                take(&judged.old, &judged.kept())
            };
            (answers, std::iter::once(0..end).collect(), Arc::new(see))
        }
        RerateWhat::Undo { of } => {
            let batches = books.rerate_batches(partition).await?;
            let undoer = undoer(store, &files, (rerate.number, *of), (&batches, parts)).await?;
            let see = move |rows: StoredRows| take(&rows, &undoer.see(&rows).kept);
            (Instant::MIN..Instant::MAX, batches_of(&batches, *of), Arc::new(see))
        }
    };
    store.scan(&files, Scan { fields, answers, batches: Some(batches) }, see).await?;
    let found = std::mem::take(&mut *found.lock().expect(LOCKED));
    Ok(found.into_calls())
}

/// The parts of a re-rate that are settled. What is live afterwards has all their rows, and all that they saw.
async fn settled<B: Books>(books: &B, partition: u32, number: i64) -> Result<Parts, RunError> {
    // In this order: a claim that settles in between counts, and one that is made is not known yet.
    let ranges = books.rerate_ranges(partition, number).await?;
    let unsettled = books.partition(partition).await?.unsettled;
    let is_settled = |claimed: &ClaimedRange| unsettled.iter().all(|claim| claim.request.seq != claimed.seq);
    let settled = ranges.into_iter().filter(is_settled);
    Ok(Parts(settled.map(|claimed| Part { range: claimed.range, before: claimed.seq }).collect()))
}
