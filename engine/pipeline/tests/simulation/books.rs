//! The books in memory. Each call is one transaction, with pauses before and after it, where its caller may die.

use crate::calls::FIRST_DAY;
use crate::chance::{Chance, pause};
use didtron_domain::{Day, NameId, Side};
use didtron_ports::{
    Books, Claim, ClaimOutcome, ClaimRequest, ClaimedRange, Error, Feed, KnownFeed, PartitionState, Rerate, RerateWhat,
    SettleOutcome, Settlement, StoredFile,
};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

/// Carrier, side and day.
pub type Account = (NameId, Side, Day);
pub type Ledger = BTreeMap<Account, i128>;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    Claimed,
    Settled,
    Voided,
}

#[derive(Debug, Default)]
pub struct Pages {
    pub claims: Vec<(Claim, State)>,
    pub cursor: Option<(u64, String)>,
    /// In the order of their settling.
    pub settlements: Vec<Settlement>,
    pub accruals: Ledger,
    pub posted: Ledger,
    pub first_open_day: Day,
    pub closed_through: Option<Day>,
    pub files: Vec<StoredFile>,
    pub feeds: Vec<KnownFeed>,
    /// In the order of their numbers.
    pub rerates: Vec<Rerate>,
    pub names: Vec<String>,
    /// The most claims that were unsettled at a time.
    pub unsettled_most: usize,
}

impl Pages {
    pub fn unsettled(&self) -> Vec<Claim> {
        self.claims.iter().filter(|(_, state)| *state == State::Claimed).map(|(claim, _)| claim.clone()).collect()
    }

    pub fn next_seq(&self) -> u64 {
        self.claims.last().map_or(1, |(claim, _)| claim.request.seq + 1)
    }

    /// Raises the first open day, and closes up to `day` if no claim stands in the way.
    pub fn close(&mut self, day: Day) -> bool {
        self.first_open_day = self.first_open_day.max(day.plus(1));
        if self.unsettled().iter().any(|claim| claim.first_open_day <= day) {
            return false;
        }
        self.closed_through = self.closed_through.max(Some(day));
        for ((carrier, side, of), amount) in std::mem::take(&mut self.accruals) {
            let to = if of <= day { &mut self.posted } else { &mut self.accruals };
            *to.entry((carrier, side, of)).or_default() += amount;
        }
        true
    }

    /// Enters a re-rate and returns its number; that of the entry that stands already where one has the id, or undoes
    /// the same.
    pub fn add_rerate(&mut self, what: RerateWhat, id: &str) -> i64 {
        let is_same = |known: &&Rerate| matches!(what, RerateWhat::Undo { .. }) && known.what == what;
        let named = self.rerates.iter().find(|known| known.id == id);
        if let Some(known) = named.or_else(|| self.rerates.iter().find(is_same)) {
            return known.number;
        }
        let number = self.rerates.len() as i64 + 1;
        if let RerateWhat::Undo { of } = what {
            self.rerates[of as usize - 1].undone_by = Some(number);
        }
        let begun_at = FIRST_DAY.midnight();
        self.rerates.push(Rerate { number, id: id.to_owned(), what, begun_at, undone_by: None });
        number
    }

    fn rerate(&self, number: i64) -> Result<Rerate, Error> {
        let entry = self.rerates.iter().find(|entry| entry.number == number).cloned();
        entry.ok_or_else(|| Error::Damaged(format!("no re-rate has the number {number}")))
    }

    /// Parts of re-rates that were not voided, each with the number of its re-rate.
    fn rerated(&self) -> impl Iterator<Item = (&ClaimRequest, i64)> {
        let live = self.claims.iter().filter(|(_, state)| *state != State::Voided);
        live.filter_map(|(Claim { request, .. }, _)| match request.feed {
            Feed::Rerate { rerate } => Some((request, rerate)),
            _ => None,
        })
    }

    fn settle(&mut self, settlement: &Settlement, swaps: bool) -> Result<SettleOutcome, Error> {
        let request = &settlement.claim.request;
        if matches!(request.feed, Feed::Rerate { .. }) != settlement.rerated.is_some() {
            return Err(Error::Damaged("a re-rate's batch, and no other, says what it re-rated".to_owned()));
        }
        let follows = self.cursor.as_ref().map(|(_, id)| id.clone()) == request.predecessor;
        let entry = self.claims.iter_mut().find(|(claim, _)| claim.request.id == request.id);
        let (_, state) = entry.ok_or_else(|| Error::Damaged("a settlement of what was never claimed".to_owned()))?;
        if swaps && (!follows || *state != State::Claimed) {
            return Ok(SettleOutcome::Lost);
        }
        if let Some(accrual) = settlement.accruals.iter().find(|accrual| Some(accrual.day) <= self.closed_through) {
            return Err(Error::Damaged(format!("an accrual of the closed day {}", accrual.day)));
        }
        *state = State::Settled;
        self.cursor = Some((request.seq, request.id.clone()));
        for accrual in &settlement.accruals {
            let account = (accrual.carrier, accrual.side, accrual.day);
            *self.accruals.entry(account).or_default() += i128::from(accrual.amount);
        }
        self.files.extend(settlement.files.iter().cloned());
        self.settlements.push(settlement.clone());
        Ok(SettleOutcome::Settled)
    }

    fn claim(&mut self, request: ClaimRequest) -> Result<ClaimOutcome, Error> {
        let last = self.claims.last().map(|(claim, _)| &claim.request);
        if last.map(|last| &last.id) != request.predecessor.as_ref() {
            return Ok(ClaimOutcome::ListMovedOn);
        }
        if last.is_some_and(|last| last.seq + 1 != request.seq || last.catalog_version > request.catalog_version) {
            return Err(Error::Damaged("a claim that does not follow the one before".to_owned()));
        }
        if let Feed::Rerate { rerate } = request.feed {
            self.rerate(rerate)?;
        }
        let claim = Claim { request, first_open_day: self.first_open_day };
        self.claims.push((claim.clone(), State::Claimed));
        self.unsettled_most = self.unsettled_most.max(self.unsettled().len());
        Ok(ClaimOutcome::Claimed(claim))
    }

    fn void(&mut self) -> Vec<Claim> {
        let mut voided = Vec::new();
        for (claim, state) in self.claims.iter_mut().filter(|(_, state)| *state == State::Claimed) {
            *state = State::Voided;
            self.cursor = Some((claim.request.seq, claim.request.id.clone()));
            voided.push(claim.clone());
        }
        voided
    }
}

/// What may be broken in the books.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Broken {
    pub settles_without_swap: bool,
}

#[derive(Clone, Debug)]
pub struct FakeBooks {
    pub pages: Rc<RefCell<Pages>>,
    pub chance: Rc<Chance>,
    pub broken: Broken,
}

impl FakeBooks {
    async fn at_once<R>(&self, work: impl FnOnce(&mut Pages) -> R) -> R {
        for _ in 0..=self.chance.below(3) {
            pause().await;
        }
        let result = work(&mut self.pages.borrow_mut());
        pause().await;
        result
    }
}

impl Books for FakeBooks {
    async fn partition(&self, _: u32) -> Result<PartitionState, Error> {
        self.at_once(|pages| Ok(PartitionState { cursor: pages.cursor.clone(), unsettled: pages.unsettled() })).await
    }

    async fn claim(&self, request: ClaimRequest) -> Result<ClaimOutcome, Error> {
        self.at_once(|pages| pages.claim(request)).await
    }

    async fn settle(&self, settlement: &Settlement) -> Result<SettleOutcome, Error> {
        self.at_once(|pages| pages.settle(settlement, !self.broken.settles_without_swap)).await
    }

    async fn void(&self, _: u32, _: &str) -> Result<Vec<Claim>, Error> {
        self.at_once(|pages| Ok(pages.void())).await
    }

    async fn feeds(&self, mapping: &str, source: &str) -> Result<Vec<KnownFeed>, Error> {
        let is_it = |feed: &&KnownFeed| feed.mapping == mapping && feed.source == source;
        self.at_once(|pages| Ok(pages.feeds.iter().filter(is_it).cloned().collect())).await
    }

    async fn feed_ranges(&self, feed: i64) -> Result<Vec<ClaimedRange>, Error> {
        self.at_once(|pages| {
            let live = pages
                .claims
                .iter()
                .filter(|(claim, state)| *state != State::Voided && claim.request.feed == Feed::File { feed });
            Ok(live.map(|(claim, _)| claimed_range(&claim.request)).collect())
        })
        .await
    }

    async fn rerate(&self, number: i64) -> Result<Rerate, Error> {
        self.at_once(|pages| pages.rerate(number)).await
    }

    async fn rerate_ranges(&self, _: u32, number: i64) -> Result<Vec<ClaimedRange>, Error> {
        self.at_once(|pages| {
            let own = pages.rerated().filter(|(_, rerate)| *rerate == number);
            let mut ranges: Vec<_> = own.map(|(request, _)| claimed_range(request)).collect();
            ranges.sort_by_key(|claimed| claimed.range.start);
            Ok(ranges)
        })
        .await
    }

    async fn rerate_batches(&self, _: u32) -> Result<Vec<(u64, i64)>, Error> {
        self.at_once(|pages| Ok(pages.rerated().map(|(request, rerate)| (request.seq, rerate)).collect())).await
    }

    async fn add_feed(&self, feed: &KnownFeed) -> Result<i64, Error> {
        self.at_once(|pages| {
            let id = pages.feeds.len() as i64 + 1;
            pages.feeds.push(KnownFeed { id, ..feed.clone() });
            Ok(id)
        })
        .await
    }

    async fn live_files(&self, _: u32) -> Result<Vec<StoredFile>, Error> {
        self.at_once(|pages| Ok(pages.files.clone())).await
    }

    async fn raise_first_open_day(&self, day: Day) -> Result<(), Error> {
        self.at_once(|pages| {
            pages.first_open_day = pages.first_open_day.max(day.plus(1));
            Ok(())
        })
        .await
    }

    async fn close_through(&self, day: Day) -> Result<bool, Error> {
        self.at_once(|pages| Ok(pages.close(day))).await
    }

    async fn intern(&self, names: &[String]) -> Result<Vec<NameId>, Error> {
        self.at_once(|pages| {
            let id = |name: &String| {
                let at = pages.names.iter().position(|known| known == name).unwrap_or_else(|| {
                    pages.names.push(name.clone());
                    pages.names.len() - 1
                });
                NameId(100 + at as u32)
            };
            Ok(names.iter().map(id).collect())
        })
        .await
    }
}

fn claimed_range(request: &ClaimRequest) -> ClaimedRange {
    ClaimedRange {
        seq: request.seq,
        range: request.range.clone(),
        digest: request.digest,
        first_line: request.first_line,
        line_count: request.line_count,
    }
}
