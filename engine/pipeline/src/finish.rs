//! From what was decided over a batch to its rows: what they refer to is fetched, then they are built.

use crate::aside::aside;
use crate::build::{Material, Ready, Stored, build};
use crate::desk::{Decided, Work};
use crate::error::RunError;
use crate::flight::{self, Flight};
use crate::outside::{Outside, Settings};
use crate::plan::{Action, Plan};
use crate::rerate::changed::build_changed;
use didtron_domain::{CallBatch, NameId};
use didtron_ports::Books;
use std::sync::Arc;

/// Builds the rows. Batches must come in the list's order: each may take back rows of the one before.
pub(crate) async fn finish<O: Outside>(
    outside: &O,
    settings: &Settings,
    flight: &Flight,
    Decided { claim, work }: Decided,
) -> Result<Ready, RunError> {
    let seq = claim.request.seq;
    let (plan, rated, redriven) = match work {
        Work::Records { plan, rated, redriven } => (plan, *rated, redriven),
        Work::Changed(changed) => {
            let settings = settings.clone();
            let ready = aside(changed.old.len(), move || build_changed(claim, *changed, &settings)).await?;
            flight.insert(seq, Arc::clone(&ready.journal));
            return Ok(ready);
        }
    };
    let sources = sources(outside, &plan, &rated.batch).await?;
    let usage = flight::usage_rows(outside, settings, flight, &plan.reversed()).await?;
    let suspense = flight::suspense_rows(outside, settings, flight, &plan.left()).await?;
    let (stored, settings) = (Stored { usage, suspense }, settings.clone());
    let record_count = rated.batch.len();
    let building = move || {
        let material = Material { settings: &settings, claim: &claim, redriven: &redriven, sources: &sources };
        build(&plan, &material, rated, stored)
    };
    let (ready, texts) = aside(record_count, building).await?;
    flight.leave_texts(texts);
    flight.insert(seq, Arc::clone(&ready.journal));
    Ok(ready)
}

/// The ids of those source words that the plan's rows need: a duplicate adds no name.
async fn sources<O: Outside>(outside: &O, plan: &Plan, batch: &CallBatch) -> Result<Vec<Option<NameId>>, RunError> {
    let mut needed = vec![false; batch.source.words.len()];
    for action in &plan.actions {
        let (Action::Rate { record, .. } | Action::Wait { record, .. } | Action::Remember { record, .. }) = *action
        else {
            continue;
        };
        needed[batch.source.codes[record] as usize] |= batch.malformed_at(record).is_none();
    }
    let words = batch.source.words.iter().zip(&needed).filter(|(_, needed)| **needed);
    let names: Vec<String> = words.map(|(word, _)| word.clone()).collect();
    if names.is_empty() {
        return Ok(vec![None; needed.len()]);
    }
    let mut ids = outside.books().intern(&names).await?.into_iter();
    Ok(needed.into_iter().map(|needed| if needed { ids.next() } else { None }).collect())
}
