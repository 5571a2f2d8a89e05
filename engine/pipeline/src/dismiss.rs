//! A person takes a record out of suspense, with a note. It stays known, so that it is a duplicate when it comes again.

use crate::desk::{Desk, Input, Order, Task};
use crate::error::{RunError, Stop};
use crate::feeder::Feeder;
use crate::outside::Outside;
use crate::redriven::waits_at;
use crate::report::{Progress, RunReport};
use crate::run::Pipeline;
use crate::waiting::{input_digest, rows_at};
use didtron_domain::IdentityKey;
use didtron_ports::{Feed, RowPlace};
use rustc_hash::FxHashMap;

impl<O: Outside> Pipeline<'_, O> {
    /// Dismisses the records that wait at `places`, each in a batch of its own. One that does not wait is an error;
    /// those before it are dismissed.
    pub async fn dismiss(
        &mut self,
        places: &[RowPlace],
        note: &str,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<RunReport, RunError> {
        self.work(&mut DismissFeeder { places, note, waiting: FxHashMap::default() }, progress).await
    }
}

struct DismissFeeder<'a> {
    /// Those not claimed yet.
    places: &'a [RowPlace],
    note: &'a str,
    /// Whose records wait at the places, as the partition was read.
    waiting: FxHashMap<RowPlace, IdentityKey>,
}

impl<O: Outside> Feeder<O> for DismissFeeder<'_> {
    async fn begin(&mut self, desk: &mut Desk<'_, O>) -> Result<(), Stop> {
        let (Some(first), Some(last)) = (self.places.iter().min(), self.places.iter().max()) else { return Ok(()) };
        let waiting = desk.index().await?.waiting(&(first.packed()..last.packed() + 1), None);
        self.waiting = waiting.into_iter().map(|(identity, place)| (place, identity)).collect();
        Ok(())
    }

    async fn next(&mut self, desk: &mut Desk<'_, O>) -> Result<Option<Task>, Stop> {
        let Some((&place, rest)) = self.places.split_first() else { return Ok(None) };
        let index = desk.index().await?;
        let waits = |identity: &&IdentityKey| waits_at(index, **identity, place).is_some();
        let identity = *self.waiting.get(&place).filter(waits).ok_or_else(|| RunError::not_waiting(place))?;
        let row = rows_at(desk, &[(identity, place)]).await?.remove(0);
        let order = Order {
            feed: Feed::Dismiss { note: self.note.to_owned() },
            range: place.packed()..place.packed() + 1,
            first_line: 0,
            line_count: 0,
            digest: input_digest(std::slice::from_ref(&row)),
        };
        let claim = desk.claim(order).await?;
        self.places = rest;
        Ok(Some(Task { claim, input: Input::Dismissal(Box::new(row)) }))
    }
}
