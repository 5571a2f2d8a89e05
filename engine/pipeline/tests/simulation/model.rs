//! R16 and R17 told once more, plainly: over the settled batches in their order, with maps of texts.

mod rerate;

use crate::books::Ledger;
use crate::calls::{Line, rewrites, side_verdict, verdict};
use didtron_domain::digest::call_hash;
use didtron_domain::{Day, Instant, RatedCall, Reason, Side, UsageDigest};
use didtron_ports::Kept;
pub use rerate::Part;
use std::collections::BTreeMap;

/// Whose record it is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Key {
    /// By mapping, which is the source here, and number.
    Call(String, u32),
    /// Malformed: its text.
    Text(String),
}

/// A record as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    pub mapping: String,
    pub text: String,
}

/// What of a batch its records depend on.
#[derive(Clone, Copy, Debug)]
pub struct Batch {
    pub seq: u64,
    pub catalog: u32,
    pub claimed_at: Instant,
    pub first_open_day: Day,
    pub horizon: Option<Instant>,
    pub is_mended: bool,
}

/// The catalog versions that rated the sides of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Catalogs {
    customer: u32,
    supplier: u32,
}

#[derive(Clone, Copy, Debug)]
struct Rating {
    line: Line,
    catalogs: Catalogs,
    /// The number of the re-rate that made it, and what the call was rated by before.
    rerated: Option<(i64, Catalogs)>,
}

impl Rating {
    fn rated(&self) -> RatedCall {
        let side = |side, catalog| side_verdict(side, self.line.content, catalog).expect("it was rated");
        let Catalogs { customer, supplier } = self.catalogs;
        RatedCall { customer: Some(side(Side::Customer, customer)), supplier: Some(side(Side::Supplier, supplier)) }
    }
}

#[derive(Clone, Debug)]
struct Wait {
    record: Record,
    content: Option<u32>,
    reason: Reason,
    /// The batch that put it there.
    since: u64,
}

#[derive(Clone, Debug, Default)]
struct Call {
    /// Contents with the batch in which each came first; `None` is a malformed one's.
    contents: Vec<(Option<u32>, u64)>,
    newest: Option<u32>,
    /// The greatest that any content came with.
    version: Option<i64>,
    force: Option<Rating>,
    waits: Option<Wait>,
    /// The re-rates whose rating was replaced, and what did.
    replaced: BTreeMap<i64, Kept>,
}

/// A record as it is understood in a batch.
struct Read {
    key: Key,
    line: Option<Line>,
    ratable: Result<(), Reason>,
}

#[derive(Debug, Default)]
pub struct Model {
    calls: BTreeMap<Key, Call>,
    pub ledger: Ledger,
    pub records: u64,
    pub duplicates: u64,
    pub usage_rows: u64,
    /// Contents that came to be neither in force nor waiting, seen as they go.
    pub corrections: u64,
}

impl Model {
    pub fn calls(&self) -> usize {
        self.calls.values().filter(|call| call.force.is_some()).count()
    }

    pub fn suspense(&self) -> BTreeMap<Reason, i64> {
        let mut sums = BTreeMap::new();
        for wait in self.calls.values().filter_map(|call| call.waits.as_ref()) {
            *sums.entry(wait.reason).or_default() += 1;
        }
        sums
    }

    pub fn digest(&self) -> UsageDigest {
        let mut digest = UsageDigest::default();
        for (key, call) in &self.calls {
            if let (Key::Call(mapping, _), Some(rating)) = (key, &call.force) {
                digest.add(1, call_hash(rating.line.identity(mapping), &rating.rated()));
            }
        }
        digest
    }

    /// A record that a file brought.
    pub fn arrive(&mut self, record: &Record, batch: &Batch) {
        self.records += 1;
        let read = read(record, batch);
        self.take(record, &read, batch, None);
    }

    /// The records that wait are tried again in the order of their places, which lie in the batches named.
    pub fn redrive(&mut self, records: &[(Record, u64)], reason: Option<Reason>, batch: &Batch) {
        let waiting: Vec<_> = records
            .iter()
            .filter(|(record, seq)| {
                self.waits(record, *seq).is_some_and(|(_, wait)| reason.is_none_or(|r| r == wait.reason))
            })
            .cloned()
            .collect();
        for (record, seq) in waiting {
            let Some((old_key, wait)) = self.waits(&record, seq) else { continue };
            let read = read(&record, batch);
            let Some(line) = read.line else { continue };
            if read.key != old_key {
                self.calls.get_mut(&old_key).expect("it waits").waits = None;
                self.take(&record, &read, batch, Some(seq));
                continue;
            }
            let own = [wait.content, Some(line.content)];
            let call = self.calls.get_mut(&old_key).expect("it waits");
            let is_other = call.contents.iter().any(|(content, _)| !own.contains(content));
            let ratable = match read.ratable {
                Err(Reason::TooOld) => read.ratable,
                _ if is_other && !rewrites(&record.mapping, batch.is_mended) => Err(Reason::IdentityConflict),
                other => other,
            };
            match ratable {
                Ok(()) => {
                    call.waits = None;
                    self.corrections += u64::from(call.force.is_some());
                    self.rate(&old_key, line, batch);
                }
                Err(reason) if reason == wait.reason => {}
                Err(reason) => call.waits = Some(Wait { reason, since: batch.seq, ..wait }),
            }
        }
    }

    pub fn dismiss(&mut self, record: &Record, seq: u64) {
        let (key, _) = self.waits(record, seq).expect("what is dismissed waits");
        self.calls.get_mut(&key).expect("it waits").waits = None;
        self.corrections += 1;
    }

    /// Whether a line is accounted for at all.
    pub fn has_seen(&self, record: &Record) -> bool {
        let keys = [false, true].map(|is_mended| (Line::understand(&record.text, is_mended), is_mended));
        keys.iter().any(|(line, _)| {
            let key = line.map_or(Key::Text(record.text.clone()), |line| Key::Call(record.mapping.clone(), line.call));
            let content = line.map(|line| line.content);
            let seen = |key: &Key, content| {
                self.calls.get(key).is_some_and(|call| call.contents.iter().any(|(known, _)| *known == content))
            };
            seen(&key, content) || seen(&Key::Text(record.text.clone()), None)
        })
    }

    /// The call that has this record waiting since that batch.
    fn waits(&self, record: &Record, since: u64) -> Option<(Key, Wait)> {
        let waits = self.calls.iter().filter_map(|(key, call)| call.waits.as_ref().map(|wait| (key, wait)));
        let mut found = waits.filter(|(_, wait)| wait.record == *record && wait.since == since);
        found.next().map(|(key, wait)| (key.clone(), wait.clone()))
    }

    fn take(&mut self, record: &Record, read: &Read, batch: &Batch, moved_from: Option<u64>) {
        let call = self.calls.entry(read.key.clone()).or_default();
        let (content, version) = (read.line.map(|line| line.content), read.line.and_then(|line| line.version));
        let is_first = call.contents.is_empty();
        let is_greater = version.is_some() && call.version.is_some() && version > call.version;
        let is_lower = version.is_some() && call.version.is_some() && version < call.version;
        let is_known = version.is_some() && call.version.is_some();
        let since =
            |call: &Call, content| call.contents.iter().find(|(known, _)| *known == content).map(|(_, seq)| *seq);
        if !is_first {
            if content == call.newest {
                call.version = call.version.max(version);
                self.duplicates += 1;
                return;
            }
            let is_seen = since(call, content).is_some();
            if is_seen && !is_greater {
                call.version = call.version.max(version);
                self.duplicates += 1;
                return;
            }
            let newest_since = since(call, call.newest).expect("the newest was seen");
            let comes_before =
                !is_known && moved_from.is_some_and(|seq| newest_since >= seq && newest_since != batch.seq);
            if !is_seen && (is_lower || comes_before) {
                call.contents.push((content, batch.seq));
                call.version = call.version.max(version);
                self.corrections += 1;
                return;
            }
        }
        if since(call, content).is_none() {
            call.contents.push((content, batch.seq));
        }
        call.newest = content;
        call.version = call.version.max(version);
        self.corrections += u64::from(call.waits.take().is_some());
        let ratable = match read.ratable {
            Err(reason) if reason < Reason::IdentityConflict => Err(reason),
            _ if !is_first && !rewrites(&record.mapping, batch.is_mended) => Err(Reason::IdentityConflict),
            other => other,
        };
        match (ratable, read.line) {
            (Ok(()), Some(line)) => {
                self.corrections += u64::from(call.force.is_some());
                self.rate(&read.key, line, batch);
            }
            (Ok(()), None) => unreachable!("what is malformed cannot be rated"),
            (Err(reason), _) => call.waits = Some(Wait { record: record.clone(), content, reason, since: batch.seq }),
        }
    }

    fn rate(&mut self, key: &Key, line: Line, batch: &Batch) {
        let catalogs = Catalogs { customer: batch.catalog, supplier: batch.catalog };
        self.replace(key, Rating { line, catalogs, rerated: None }, Kept::Corrected, batch);
    }

    /// Puts a rating in force in the place of the one that is; `why` is what an undo of that hears.
    fn replace(&mut self, key: &Key, rating: Rating, why: Kept, batch: &Batch) {
        let call = self.calls.get_mut(key).expect("it is known");
        if let Some(old) = call.force.replace(rating) {
            call.replaced.extend(old.rerated.map(|(number, _)| (number, why)));
            self.post(&old, -1, batch);
        }
        self.post(&rating, 1, batch);
    }

    fn post(&mut self, rating: &Rating, sign: i128, batch: &Batch) {
        self.usage_rows += 1;
        let (rated, day) = (rating.rated(), batch.posting_day(rating));
        for (side, rated) in [(Side::Customer, rated.customer), (Side::Supplier, rated.supplier)] {
            let rated = rated.expect("both sides are there");
            let account = (rated.carrier.expect("a carrier"), side, day);
            *self.ledger.entry(account).or_default() += sign * i128::from(rated.amount.0);
        }
    }
}

impl Batch {
    fn posting_day(&self, rating: &Rating) -> Day {
        rating.line.answer().day().max(self.first_open_day)
    }
}

fn read(record: &Record, batch: &Batch) -> Read {
    let tomorrow = batch.claimed_at.plus_micros(86_400_000_000);
    let line = Line::understand(&record.text, batch.is_mended).filter(|line| line.answer() <= tomorrow);
    let Some(call) = line else {
        return Read { key: Key::Text(record.text.clone()), line: None, ratable: Err(Reason::MalformedRecord) };
    };
    let is_old = batch.horizon.is_some_and(|horizon| call.start() < horizon);
    let rated = verdict(call.content, batch.catalog);
    let ratable = if is_old { Err(Reason::TooOld) } else { rated.map(|_| ()).map_err(|rejection| rejection.reason) };
    Read { key: Key::Call(record.mapping.clone(), call.call), line, ratable }
}
