//! One re-rate over a partition as it stands: scanned once, then cut into batches, each with its changed calls.
//!
//! Batches of one re-rate share no call, so that none changes what a later one reads: one scan serves them all until the
//! list moves on.

use crate::aside::aside;
use crate::error::RunError;
use crate::outside::{Fault, Outside, Rate, Settings};
use crate::rerate::cells::{Cells, shelves_of};
use crate::rerate::changed::{Changed, pairs};
use crate::rerate::judge::{CutBy, Judge, LOCKED, Part, Parts, Window};
use crate::rerate::reversed::Reversed;
use crate::rerate::target::Target;
use crate::rerate::undo::Undoer;
use didtron_domain::Instant;
use didtron_ports::{
    Books, Fields, Rerate, RerateWhat, RowPlace, Scan, Scope, See, StoredFile, StoredRows, TakeReversals, UsageStore,
};
use rustc_hash::{FxHashMap, FxHashSet};
use std::ops::Range;
use std::sync::{Arc, Mutex};

/// A re-rate, and what a scan found for it.
pub(crate) struct Again<O: Outside> {
    pub(crate) entry: Rerate,
    /// `None` of an undo.
    target: Option<Target<O::Rate>>,
    found: Option<Found<<O::Store as UsageStore>::Laid>>,
}

struct Found<L> {
    cells: Cells,
    laid: L,
    /// The shelves that were read last, their rows by cut, identity and place.
    loaded: Option<(Range<u8>, StoredRows)>,
}

impl<O: Outside> Again<O> {
    pub(crate) async fn open(outside: &O, number: i64) -> Result<Self, RunError> {
        let entry = outside.books().rerate(number).await?;
        let target = match &entry.what {
            RerateWhat::Undo { .. } => None,
            RerateWhat::Rate { catalog_version, scope } => {
                Some(target(outside.catalog(Some(*catalog_version)).await?, scope)?)
            }
        };
        Ok(Self { entry, target, found: None })
    }

    /// Forgets what was found.
    pub(crate) fn forget(&mut self) {
        self.found = None;
    }

    /// Scans for what lies in a part, unless it was done since [`Again::forget`].
    pub(crate) async fn scan(&mut self, outside: &O, settings: &Settings, part: &Part) -> Result<(), RunError> {
        if self.found.is_none() {
            let files = outside.books().live_files(settings.partition).await?;
            self.found = Some(match (&self.entry.what, &self.target) {
                (RerateWhat::Rate { .. }, Some(target)) => rate(outside, settings, &files, (target, part)).await?,
                (RerateWhat::Undo { of }, _) => undo(outside, settings, &files, (&self.entry, *of, part)).await?,
                (RerateWhat::Rate { .. }, None) => unreachable!("a re-rate was opened with its target"),
            });
        }
        Ok(())
    }

    /// The next range of what was found.
    pub(crate) fn range_from(&self, begin: u64, rows_max: usize) -> Range<u64> {
        self.found().cells.range_from(begin, rows_max)
    }

    /// The rows that a range changes, and their digest.
    pub(crate) async fn rows(
        &mut self,
        outside: &O,
        settings: &Settings,
        range: &Range<u64>,
    ) -> Result<(StoredRows, [u8; 32]), RunError> {
        let cut_by = cut_by(settings, &self.entry.what);
        let found = self.found.as_mut().expect("it was scanned");
        let mut rows = StoredRows::default();
        if found.cells.tally(range).changed > 0 {
            let shelves = shelves_of(range);
            let is_loaded = found
                .loaded
                .as_ref()
                .is_some_and(|(known, _)| known.start <= shelves.start && shelves.end <= known.end);
            if !is_loaded {
                found.loaded = None;
                let laid = outside.store().laid_rows(&found.laid, shelves.clone()).await?;
                found.loaded = Some((shelves, sorted(&laid, cut_by)));
            }
            let (_, loaded) = found.loaded.as_ref().expect("it was just loaded");
            let own: Vec<u32> =
                (0..).take(loaded.len()).filter(|&row| range.contains(&cut_by.hash(loaded, row as usize))).collect();
            rows = loaded.gather(&own);
        }
        let digest = digest(&rows);
        Ok((rows, digest))
    }

    /// What the rows cost from now on.
    pub(crate) async fn changed(
        &self,
        rows: StoredRows,
        range: &Range<u64>,
        threads: usize,
    ) -> Result<Changed, RunError> {
        let tally = self.found().cells.tally(range);
        let Some(target) = self.target.clone() else { return pairs(&rows, tally) };
        let count = rows.len();
        aside(count, move || {
            let mut old = rows;
            let (new, fates) = target.rate(&mut old.columns, threads);
            Changed::rated(old, new, &fates, &*target.catalog, tally)
        })
        .await
    }

    fn found(&self) -> &Found<<O::Store as UsageStore>::Laid> {
        self.found.as_ref().expect("it was scanned")
    }
}

/// The catalog that a scope is rated by.
pub(crate) fn target<R: Rate>(catalog: Arc<R>, scope: &Scope) -> Result<Target<R>, RunError> {
    let version = catalog.version();
    let base_currency = catalog.base_currency().ok_or(RunError::NoBaseCurrency { version })?;
    Ok(Target { catalog, base_currency, scope: scope.clone() })
}

fn cut_by(settings: &Settings, what: &RerateWhat) -> CutBy {
    CutBy { place: settings.has(Fault::RerateCutByPlace) && matches!(what, RerateWhat::Rate { .. }) }
}

/// Which rows of usage were taken back before the parts were looked at, and which meanwhile by other batches than their own.
pub(crate) async fn reversed<S: UsageStore>(
    store: &S,
    files: &[StoredFile],
    parts: &Parts,
) -> Result<Reversed, RunError> {
    let (first, last) = parts.extent();
    let own: FxHashSet<u64> = parts.0.iter().map(|part| part.before).collect();
    let add = move |reversed: &mut Reversed, place, by| match by {
        by if by < first => reversed.add(place),
        by if by < last && !own.contains(&by) => reversed.add_later(place, by),
        _ => {}
    };
    reversals(store, files, add).await
}

/// All reversals, each added to what is made of them: the place taken back, and the batch that did.
async fn reversals<S: UsageStore, T: Default + Send + 'static>(
    store: &S,
    files: &[StoredFile],
    add: impl Fn(&mut T, RowPlace, u64) + Send + Sync + 'static,
) -> Result<T, RunError> {
    let made = Arc::new(Mutex::new(T::default()));
    let taken = Arc::clone(&made);
    let take: TakeReversals = Arc::new(move |places: &[(RowPlace, u64)]| {
        let made = &mut *taken.lock().expect(LOCKED);
        places.iter().for_each(|(place, by)| add(made, *place, *by));
    });
    store.reversals(files, take).await?;
    Ok(std::mem::take(&mut *made.lock().expect(LOCKED)))
}

async fn rate<O: Outside>(
    outside: &O,
    settings: &Settings,
    files: &[StoredFile],
    (target, part): (&Target<O::Rate>, &Part),
) -> Result<Found<<O::Store as UsageStore>::Laid>, RunError> {
    let parts = Parts(vec![part.clone()]);
    let reversed = reversed(outside.store(), files, &parts).await?;
    let cut_by = CutBy { place: settings.has(Fault::RerateCutByPlace) };
    let window = Window { parts, cut_by, reversed };
    let answers = target.answers();
    let judge = Arc::new(Judge::new(target.clone(), None, window));
    let seeing = Arc::clone(&judge);
    let see: See = Arc::new(move |rows| Ok(seeing.changed(rows)));
    let scan = Scan { fields: Fields::Whole, answers, batches: Some(std::iter::once(0..part.before).collect()) };
    let laid = outside.store().scan(files, scan, see).await?;
    judge.check()?;
    let cells = std::mem::replace(&mut *judge.cells.lock().expect(LOCKED), Cells::new());
    Ok(Found { cells, laid, loaded: None })
}

async fn undo<O: Outside>(
    outside: &O,
    settings: &Settings,
    files: &[StoredFile],
    (entry, of, part): (&Rerate, i64, &Part),
) -> Result<Found<<O::Store as UsageStore>::Laid>, RunError> {
    let batches = outside.books().rerate_batches(settings.partition).await?;
    let parts = Parts(vec![part.clone()]);
    let undoer = Arc::new(undoer(outside.store(), files, (entry.number, of), (&batches, parts)).await?);
    let seeing = Arc::clone(&undoer);
    let see: See = Arc::new(move |rows| Ok(seeing.see(&rows).laid));
    let scan =
        Scan { fields: Fields::Whole, answers: Instant::MIN..Instant::MAX, batches: Some(batches_of(&batches, of)) };
    let laid = outside.store().scan(files, scan, see).await?;
    let cells = std::mem::replace(&mut *undoer.cells.lock().expect(LOCKED), Cells::new());
    Ok(Found { cells, laid, loaded: None })
}

/// What looks at the rows of re-rate `of` for the undo `number`.
pub(crate) async fn undoer<S: UsageStore>(
    store: &S,
    files: &[StoredFile],
    (number, of): (i64, i64),
    (batches, parts): (&[(u64, i64)], Parts),
) -> Result<Undoer, RunError> {
    let seqs = |number: i64| batches.iter().filter(move |(_, own)| *own == number).map(|(seq, _)| *seq);
    let (undone, own): (FxHashSet<u64>, FxHashSet<u64>) = (seqs(of).collect(), seqs(number).collect());
    let add = move |taken_by: &mut FxHashMap<u64, u64>, place: RowPlace, by| {
        if undone.contains(&place.seq) && !own.contains(&by) {
            taken_by.insert(place.packed(), by);
        }
    };
    let taken_by = reversals(store, files, add).await?;
    let rerates = batches.iter().map(|(seq, _)| *seq).collect();
    Ok(Undoer { parts, taken_by, rerates, cells: Mutex::new(Cells::new()) })
}

/// The batches of a re-rate, as a scan is asked for them.
pub(crate) fn batches_of(batches: &[(u64, i64)], number: i64) -> Vec<Range<u64>> {
    batches.iter().filter(|(_, own)| *own == number).map(|&(seq, _)| seq..seq + 1).collect()
}

fn sorted(rows: &StoredRows, cut_by: CutBy) -> StoredRows {
    let mut order: Vec<u32> = (0..).take(rows.len()).collect();
    let key = |&row: &u32| {
        let row = row as usize;
        (cut_by.hash(rows, row), rows.columns.calls.identity[row], rows.places[row])
    };
    order.sort_unstable_by_key(key);
    rows.gather(&order)
}

/// BLAKE3 of what a claim reads: which rows it takes back.
fn digest(rows: &StoredRows) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new();
    for (place, identity) in rows.places.iter().zip(&rows.columns.calls.identity) {
        hasher.update(&place.to_le_bytes()).update(&identity.0.to_le_bytes());
    }
    *hasher.finalize().as_bytes()
}
