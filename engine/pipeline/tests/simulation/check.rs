//! What must hold in the end, whatever happened: the ledger, the journals and the model say the same.

use crate::books::{Ledger, Pages, State};
use crate::model::{Batch, Model, Part, Record};
use crate::scenarios::block_on;
use crate::world::World;
use didtron_domain::digest::call_hash;
use didtron_domain::{Amount, IdentityKey, RatedCall, RatedSide, Reason, Side, UsageDigest};
use didtron_pipeline::columns::{suspense_row, usage_row};
use didtron_pipeline::{KeptOf, Outside, SeeKept, kept_calls};
use didtron_ports::{
    Claim, Feed, JournalKind, KeptCall, Rerate, RerateWhat, RowPlace, SuspenseCause, SuspenseRow, UsageRow,
};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;
use std::sync::{Arc, Mutex};

/// Compares; the first difference is told.
pub fn check(world: &World) -> Result<(), String> {
    same("claims with other rows the second time", &world.shelves.borrow().torn, &vec![])?;
    let (usage, suspense) = (usage(world)?, suspense(world)?);
    check_files(world)?;
    check_rerates(world)?;
    check_kept(world, &usage)?;
    let (model, given_up) = replay(world, &suspense)?;
    check_counts(world, &model)?;
    check_money(world, &model, &usage)?;
    check_journals(&usage, &suspense, &model)?;
    for file in world.files.iter() {
        for text in str::from_utf8(&file.bytes).expect("text").lines() {
            let record = Record { mapping: file.mapping.to_owned(), text: text.to_owned() };
            if !model.has_seen(&record) && !given_up.contains(text) {
                return Err(format!("the record {text:?} of {} is lost", file.name));
            }
        }
    }
    Ok(())
}

fn same<T: PartialEq + Debug>(what: &str, found: &T, wanted: &T) -> Result<(), String> {
    if found == wanted { Ok(()) } else { Err(format!("{what}: found {found:?}, wanted {wanted:?}")) }
}

pub fn usage(world: &World) -> Result<Vec<UsageRow<'static>>, String> {
    let (pages, shelves) = (world.pages.borrow(), world.shelves.borrow());
    let mut rows = Vec::new();
    for file in pages.files.iter().filter(|file| file.journal == JournalKind::Usage) {
        let columns = &shelves.file(file).map_err(|error| error.to_string())?.usage;
        rows.extend((0..).take(columns.len()).map(|row| usage_row(columns, row)));
    }
    rows.sort_by_key(|row| row.place);
    Ok(rows)
}

pub fn suspense(world: &World) -> Result<Vec<SuspenseRow<'static>>, String> {
    let (pages, shelves) = (world.pages.borrow(), world.shelves.borrow());
    let mut rows = Vec::new();
    for file in pages.files.iter().filter(|file| file.journal == JournalKind::Suspense) {
        let columns = &shelves.file(file).map_err(|error| error.to_string())?.suspense;
        rows.extend((0..columns.len()).map(|at| suspense_row(columns, at)));
    }
    rows.sort_by_key(|row| row.place);
    Ok(rows)
}

/// Every byte of every file was claimed, and none twice for one feed. A file that an owner still sees shorter than
/// another has read it becomes a feed of its own, whose records are duplicates.
fn check_files(world: &World) -> Result<(), String> {
    let pages = world.pages.borrow();
    let mut read_to: BTreeMap<&str, u64> = BTreeMap::new();
    for feed in &pages.feeds {
        let of_feed = |claim: &Claim| claim.request.feed == Feed::File { feed: feed.id };
        let settled = pages.claims.iter().filter(|(claim, state)| *state == State::Settled && of_feed(claim));
        let mut claimed: Vec<_> = settled.map(|(claim, _)| claim.request.range.clone()).collect();
        claimed.sort_by_key(|range| range.start);
        let mut end = 0;
        for range in claimed {
            same("the begin of a claimed range", &range.start, &end)?;
            end = range.end;
        }
        let furthest = read_to.entry(&feed.path).or_default();
        *furthest = end.max(*furthest);
    }
    for file in world.files.iter() {
        same(&file.name, &read_to.get(&*file.name).copied(), &Some(file.bytes.len() as u64))?;
    }
    Ok(())
}

/// The settled parts of a re-rate share no call, and leave none out unless it was taken back.
fn check_rerates(world: &World) -> Result<(), String> {
    let pages = world.pages.borrow();
    for entry in &pages.rerates {
        let own = |claim: &Claim| claim.request.feed == Feed::Rerate { rerate: entry.number };
        let settled = pages.claims.iter().filter(|(claim, state)| *state == State::Settled && own(claim));
        let mut claimed: Vec<_> = settled.map(|(claim, _)| claim.request.range.clone()).collect();
        claimed.sort_by_key(|range| range.start);
        let mut end = 0;
        for range in claimed {
            if range.start < end || (range.start > end && entry.undone_by.is_none()) {
                return Err(format!("a part of {entry:?} begins at {} and the one before ends at {end}", range.start));
            }
            end = range.end;
        }
        if entry.undone_by.is_none() {
            same(&format!("the end of {entry:?}"), &end, &IdentityKey::RANGE_END)?;
        }
    }
    Ok(())
}

/// Calls that keep their rating, as the journal tells of a re-rate or an undo: those named first, and all.
pub fn kept(world: &World, rerate: &Rerate) -> Result<(Vec<KeptCall>, Vec<KeptCall>), String> {
    let all = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&all);
    let see: SeeKept = Arc::new(move |rows, calls| {
        let is_its_row = |(row, call): &(u32, KeptCall)| {
            rows.columns.sign[*row as usize] > 0 && rows.places[*row as usize] == call.place.packed()
        };
        assert!(calls.iter().all(is_its_row), "a call that is kept is shown with another row");
        seen.lock().expect("no thread panics").extend(calls.iter().map(|(_, call)| *call));
        Ok(())
    });
    let find = |see| {
        let of = KeptOf { rerate: rerate.clone(), partition: 0, see };
        let catalog = async |version| world.catalog(Some(version)).await;
        block_on(kept_calls((world.books(), world.store()), of, catalog)).map_err(|error| error.to_string())
    };
    let first = find(Some(see))?;
    same("the calls named where few columns are read", &find(None)?, &first)?;
    let mut all = std::mem::take(&mut *all.lock().expect("no thread panics"));
    all.sort_unstable();
    Ok((first, all))
}

/// Which calls keep their rating is found again, as many as each batch counted in its time; and what a kept row of an undo
/// was taken back by.
fn check_kept(world: &World, usage: &[UsageRow<'_>]) -> Result<(), String> {
    let entries = world.pages.borrow().rerates.clone();
    for entry in &entries {
        let mut counted = BTreeMap::new();
        for settlement in &world.pages.borrow().settlements {
            if settlement.claim.request.feed == (Feed::Rerate { rerate: entry.number }) {
                let kept = settlement.rerated.iter().flat_map(|told| &told.kept);
                kept.for_each(|(why, calls)| *counted.entry(*why).or_insert(0) += calls);
            }
        }
        let (first, all) = kept(world, entry)?;
        let mut found = BTreeMap::new();
        all.iter().for_each(|call| *found.entry(call.why).or_insert(0) += 1);
        same(&format!("the calls that {entry:?} keeps"), &found, &counted)?;
        same("the calls named first", &first, &all.iter().take(20).copied().collect())?;
        for call in &all {
            let taken_by = usage.iter().find(|row| row.reverses == Some(call.place)).map(|row| row.place.seq);
            match entry.what {
                RerateWhat::Undo { .. } => same("what took a kept row back", &taken_by, &Some(call.batch))?,
                RerateWhat::Rate { .. } => same("the batch of a kept row", &call.batch, &call.place.seq)?,
            }
        }
    }
    Ok(())
}

/// What a batch of a re-rate says that it did, against the model.
fn replay_rerate(pages: &Pages, part: &Part<'_>, model: &mut Model) -> Result<(), String> {
    let entry = pages.rerates.iter().find(|entry| entry.number == part.number).expect("an entry of the books");
    let wanted = match &entry.what {
        RerateWhat::Rate { catalog_version, scope } => model.rerate(part, *catalog_version, scope),
        RerateWhat::Undo { of } => model.undo(part, *of),
    };
    let settlement = pages.settlements.iter().find(|settlement| settlement.claim.request.seq == part.batch.seq);
    let told = settlement.and_then(|settlement| settlement.rerated.as_ref());
    same(&format!("what batch {} of {entry:?} did", part.batch.seq), &told, &Some(&wanted))
}

/// The model after all settled batches, and the lines that were given up.
fn replay(world: &World, suspense: &[SuspenseRow<'_>]) -> Result<(Model, BTreeSet<String>), String> {
    let pages = world.pages.borrow();
    let (mut model, mut given_up) = (Model::default(), BTreeSet::new());
    for (claim, _) in pages.claims.iter().filter(|(_, state)| *state == State::Settled) {
        let request = &claim.request;
        let batch = Batch {
            seq: request.seq,
            catalog: request.catalog_version,
            claimed_at: request.claimed_at,
            first_open_day: claim.first_open_day,
            horizon: request.horizon,
            is_mended: request.seq >= world.mended_from.get(),
        };
        match &request.feed {
            Feed::File { feed } => {
                let path = &pages.feeds.iter().find(|known| known.id == *feed).expect("a known feed").path;
                let file = world.files.iter().find(|file| file.name == *path).expect("a file");
                let bytes = &file.bytes[request.range.start as usize..request.range.end as usize];
                for text in str::from_utf8(bytes).expect("text").lines() {
                    let record = Record { mapping: file.mapping.to_owned(), text: text.to_owned() };
                    if request.line_count == 0 {
                        given_up.insert(record.text);
                    } else {
                        model.arrive(&record, &batch);
                    }
                }
            }
            Feed::Redrive { reason } => model.redrive(&waiting(claim, suspense), *reason, &batch),
            Feed::Dismiss { .. } => {
                let (record, seq) = waiting(claim, suspense).remove(0);
                model.dismiss(&record, seq);
            }
            Feed::Rerate { rerate } => {
                let part = Part { number: *rerate, range: request.range.clone(), batch: &batch };
                replay_rerate(&pages, &part, &mut model)?;
            }
        }
        let counts = pages.settlements.iter().filter(|settlement| settlement.claim.request.seq <= request.seq);
        let duplicates = counts.map(|settlement| settlement.counts.duplicates).sum();
        same(&format!("duplicates up to {request:?}"), &duplicates, &model.duplicates)?;
    }
    Ok((model, given_up))
}

/// The records whose last arrival in suspense before the claim lies in its range.
fn waiting(claim: &Claim, suspense: &[SuspenseRow<'_>]) -> Vec<(Record, u64)> {
    let mut last: BTreeMap<(IdentityKey, String, String), RowPlace> = BTreeMap::new();
    let came = |row: &&SuspenseRow<'_>| row.sign == 1 && row.cause == SuspenseCause::Rejected;
    for row in suspense.iter().filter(came).filter(|row| row.place.seq < claim.request.seq) {
        let text = String::from_utf8(row.record.to_vec()).expect("text");
        last.insert((row.identity, row.mapping.to_string(), text), row.place);
    }
    let mut found: Vec<_> =
        last.into_iter().filter(|(_, place)| claim.request.range.contains(&place.packed())).collect();
    found.sort_by_key(|(_, place)| *place);
    found.into_iter().map(|((_, mapping, text), place)| (Record { mapping, text }, place.seq)).collect()
}

fn check_counts(world: &World, model: &Model) -> Result<(), String> {
    let pages = world.pages.borrow();
    let sum = |of: &dyn Fn(&didtron_ports::Counts) -> u64| pages.settlements.iter().map(|s| of(&s.counts)).sum::<u64>();
    same("records", &sum(&|counts| counts.records), &model.records)?;
    same("duplicates", &sum(&|counts| counts.duplicates), &model.duplicates)?;
    same("calls", &sum(&|counts| counts.calls), &(model.calls() as u64))?;
    same("usage rows", &sum(&|counts| counts.usage_rows), &model.usage_rows)?;
    let mut suspense: BTreeMap<Reason, i64> = BTreeMap::new();
    for (reason, change) in pages.settlements.iter().flat_map(|settlement| &settlement.counts.suspense) {
        *suspense.entry(*reason).or_default() += change;
    }
    suspense.retain(|_, waiting| *waiting != 0);
    same("suspense", &suspense, &model.suspense())?;
    let waiting: i64 = model.suspense().values().sum();
    let accounted = model.calls() as u64 + model.duplicates + model.corrections + waiting as u64;
    same("records accounted for", &accounted, &model.records)
}

fn check_money(world: &World, model: &Model, usage: &[UsageRow<'_>]) -> Result<(), String> {
    let pages = world.pages.borrow();
    let (mut rows, mut digest) = (Ledger::new(), UsageDigest::default());
    for row in usage {
        for (side, rated) in [(Side::Customer, row.rated.customer), (Side::Supplier, row.rated.supplier)] {
            let rated = rated.ok_or("a side is absent")?;
            same("the base amount", &rated.base_amount.0, &(2 * rated.amount.0))?;
            let account = (rated.carrier.ok_or("a side has no carrier")?, side, row.posting_day);
            *rows.entry(account).or_default() += i128::from(rated.amount.0);
        }
        let rated = if row.sign > 0 { row.rated } else { negated(&row.rated) };
        digest.add(row.sign, call_hash(row.identity, &rated));
    }
    let mut settled = UsageDigest::default();
    pages.settlements.iter().for_each(|settlement| settled.merge(settlement.digest));
    same("accruals after the last day", &pages.accruals.values().any(|amount| *amount != 0), &false)?;
    same("the ledger against the model", &nonzero(&pages.posted), &nonzero(&model.ledger))?;
    same("the ledger against usage", &nonzero(&pages.posted), &nonzero(&rows))?;
    same("the digest of usage", &digest, &model.digest())?;
    same("the digest that was settled", &settled, &digest)
}

fn nonzero(ledger: &Ledger) -> Ledger {
    ledger.iter().filter(|(_, amount)| **amount != 0).map(|(account, amount)| (*account, *amount)).collect()
}

fn negated(rated: &RatedCall) -> RatedCall {
    let side = |side: Option<RatedSide>| side.map(|side| minus(&side));
    RatedCall { customer: side(rated.customer), supplier: side(rated.supplier) }
}

fn minus(side: &RatedSide) -> RatedSide {
    let [charge, amount, base_amount] = [side.charge, side.amount, side.base_amount].map(|amount| Amount(-amount.0));
    RatedSide { charge, amount, base_amount, ..*side }
}

/// One rating in force and one row waiting per identity at most; every reversal takes back a rating, once.
fn check_journals(usage: &[UsageRow<'_>], suspense: &[SuspenseRow<'_>], model: &Model) -> Result<(), String> {
    let reversed: BTreeSet<RowPlace> = usage.iter().filter_map(|row| row.reverses).collect();
    same("rows reversed once", &reversed.len(), &usage.iter().filter(|row| row.sign < 0).count())?;
    let force = usage.iter().filter(|row| row.sign > 0 && !reversed.contains(&row.place));
    let identities: Vec<_> = force.map(|row| row.identity).collect();
    same("ratings in force", &identities.len(), &model.calls())?;
    same("identities in force", &identities.iter().collect::<BTreeSet<_>>().len(), &model.calls())?;
    for reversal in usage.iter().filter(|row| row.sign < 0) {
        let taken = usage.iter().find(|row| Some(row.place) == reversal.reverses).ok_or("a reversal of no row")?;
        let (place, sign, reverses, posting_day) = (taken.place, taken.sign, taken.reverses, taken.posting_day);
        let back = UsageRow { place, sign, reverses, posting_day, rated: negated(&reversal.rated), ..reversal.clone() };
        same("a row that was reversed", &back, taken)?;
    }
    let out: BTreeSet<RowPlace> = suspense.iter().filter_map(|row| row.takes_out).collect();
    same("rows taken out once", &out.len(), &suspense.iter().filter(|row| row.sign < 0).count())?;
    let mut waits: BTreeMap<Reason, i64> = BTreeMap::new();
    for row in suspense.iter().filter(|row| row.sign > 0 && !out.contains(&row.place)) {
        *waits.entry(row.rejection.reason).or_default() += 1;
    }
    same("rows that wait", &waits, &model.suspense())
}
