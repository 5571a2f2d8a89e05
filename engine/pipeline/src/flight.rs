//! Batches whose rows are decided but not yet settled or were just now, and stored rows by place, from there or from the
//! store.

use crate::columns::{suspense_row, usage_row};
use crate::error::RunError;
use crate::outside::{Fault, Outside, Settings};
use crate::rate_rows::Room;
use didtron_domain::{CallBatch, RatedColumns};
use didtron_ports::{Books, Journal, RowPlace, SuspenseRow, UsageRow, UsageStore};
use rustc_hash::FxHashMap;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Rows of landed batches that are kept. What a record corrects mostly came shortly before it, and reading it from the
/// store takes the decoding of a page for each of its columns.
const LANDED_ROWS_MAX: usize = 110_000;

/// The journals in flight and those that landed last, by batch; and the room of older ones: memory that was used before
/// is far cheaper than new. Shared by the two halves of the loop, which run on one thread.
#[derive(Debug, Default)]
pub(crate) struct Flight {
    journals: RefCell<BTreeMap<u64, Arc<Journal>>>,
    landed: RefCell<Landed>,
    spare_rated: RefCell<Vec<RatedColumns>>,
    spare_calls: RefCell<Vec<CallBatch>>,
    spare_texts: RefCell<Vec<Vec<u8>>>,
    room: RefCell<Room>,
}

#[derive(Debug, Default)]
struct Landed {
    journals: BTreeMap<u64, Arc<Journal>>,
    rows: usize,
}

impl Flight {
    pub(crate) fn insert(&self, seq: u64, journal: Arc<Journal>) {
        self.journals.borrow_mut().insert(seq, journal);
    }

    /// From its settlement on, the store has a batch's rows.
    pub(crate) fn land(&self, seq: u64) {
        let Some(journal) = self.journals.borrow_mut().remove(&seq) else { return };
        let mut landed = self.landed.borrow_mut();
        landed.rows += journal.usage.sign.len();
        landed.journals.insert(seq, journal);
        while landed.rows > LANDED_ROWS_MAX
            && let Some((_, oldest)) = landed.journals.pop_first()
        {
            landed.rows -= oldest.usage.sign.len();
            if let Some(Journal { usage, .. }) = Arc::into_inner(oldest) {
                leave(&self.spare_rated, usage.rated);
                leave(&self.spare_calls, usage.calls);
            }
        }
    }

    /// The same of a batch whose rows nobody asks for: those of a re-rate share no call.
    pub(crate) fn leave(&self, seq: u64) {
        self.journals.borrow_mut().remove(&seq);
    }

    /// Room for the ratings of a batch.
    pub(crate) fn take_room(&self) -> Room {
        let room = self.room.take();
        Room { rated: self.spare_rated.borrow_mut().pop().unwrap_or_default(), ..room }
    }

    /// Takes back what is left of it.
    pub(crate) fn leave_room(&self, room: Room) {
        self.room.replace(room);
    }

    /// Room for the records of a batch, with what it held before.
    pub(crate) fn take_calls(&self) -> CallBatch {
        let raw = self.spare_texts.borrow_mut().pop().unwrap_or_default();
        CallBatch { raw, ..self.spare_calls.borrow_mut().pop().unwrap_or_default() }
    }

    /// Takes the memory of a batch's texts.
    pub(crate) fn leave_texts(&self, texts: Vec<u8>) {
        leave(&self.spare_texts, texts);
    }

    fn journal(&self, seq: u64) -> Option<Arc<Journal>> {
        let flying = self.journals.borrow().get(&seq).cloned();
        flying.or_else(|| self.landed.borrow().journals.get(&seq).cloned())
    }
}

/// Keeps memory for later, unless nobody took what was kept before.
fn leave<T>(spare: &RefCell<Vec<T>>, memory: T) {
    const KEPT_MAX: usize = 3;
    let mut spare = spare.borrow_mut();
    if spare.len() < KEPT_MAX {
        spare.push(memory);
    }
}

/// Usage rows of earlier batches.
pub(crate) async fn usage_rows<O: Outside>(
    outside: &O,
    settings: &Settings,
    flight: &Flight,
    places: &[RowPlace],
) -> Result<FxHashMap<RowPlace, UsageRow<'static>>, RunError> {
    let overlay = |place: &RowPlace| flight.journal(place.seq).filter(|_| !settings.has(Fault::NoOverlay));
    let mut found = FxHashMap::default();
    let mut rest = Vec::new();
    for place in places {
        match overlay(place) {
            Some(journal) => drop(found.insert(*place, usage_row(&journal.usage, place.row))),
            None => rest.push(*place),
        }
    }
    if !rest.is_empty() {
        // Asked after the overlay: a batch that left it since is in the list.
        let files = outside.books().live_files(settings.partition).await?;
        let rows = outside.store().usage_rows(&files, &rest).await?;
        found.extend(rest.into_iter().zip(rows));
    }
    Ok(found)
}

/// Suspense rows of earlier batches.
pub(crate) async fn suspense_rows<O: Outside>(
    outside: &O,
    settings: &Settings,
    flight: &Flight,
    places: &[RowPlace],
) -> Result<FxHashMap<RowPlace, SuspenseRow<'static>>, RunError> {
    let mut found = FxHashMap::default();
    let mut rest = Vec::new();
    for place in places {
        match flight.journal(place.seq) {
            Some(journal) => drop(found.insert(*place, suspense_row(&journal.suspense, place.row as usize))),
            None => rest.push(*place),
        }
    }
    if !rest.is_empty() {
        let files = outside.books().live_files(settings.partition).await?;
        let rows = outside.store().suspense_rows(&files, &rest).await?;
        found.extend(rest.into_iter().zip(rows));
    }
    Ok(found)
}
