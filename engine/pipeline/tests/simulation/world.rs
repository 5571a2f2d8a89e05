//! One seeded run: two owners who may die at any port call, late writes, days that close, catalogs that come.

use crate::books::{Broken, FakeBooks, Pages};
use crate::calls::{CATALOGS, CONTENTS, FIRST_DAY, FakeCatalog, FakeDecoder, FakeSource, Mended};
use crate::chance::{Chance, pause};
use crate::store::{FakeStore, Shelves};
use didtron_domain::{Instant, NameId, Reason};
use didtron_pipeline::columns::suspense_row;
use didtron_pipeline::{
    Fault, FeedName, Feeds, NamedFeed, Outside, Pipeline, Redrive, RunError, RunReport, Settings, VoidedInput,
};
use didtron_ports::{CallSource, Decode, Error, JournalKind, RerateWhat, RowPlace, Scope, Sides};
use std::cell::{Cell, RefCell};
use std::fmt::Write as _;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll, Waker};

const DAY_MICROS: i64 = 86_400_000_000;
const FILES: usize = 4;

/// What is broken on purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Planted {
    Nothing,
    SettleWithoutSwap,
    SettleBeforeWrite,
    InPipeline(Fault),
}

/// A file that grows.
#[derive(Debug)]
pub struct GrowingFile {
    pub name: String,
    pub mapping: &'static str,
    pub bytes: Vec<u8>,
    visible: Cell<usize>,
}

/// All that owners share.
#[derive(Clone)]
pub struct World {
    pub chance: Rc<Chance>,
    pub pages: Rc<RefCell<Pages>>,
    pub shelves: Rc<RefCell<Shelves>>,
    pub files: Rc<Vec<GrowingFile>>,
    pub horizon: Option<Instant>,
    /// The batch from which on the mappings are mended.
    pub mended_from: Rc<Cell<u64>>,
    mended: Mended,
    now: Rc<Cell<Instant>>,
    pub newest_catalog: Rc<Cell<u32>>,
    claim_ids: Rc<Cell<u32>>,
    /// Who voids: an operator stops the other owner first.
    alone: Rc<Cell<Option<usize>>>,
    planted: Planted,
    decoder: Rc<FakeDecoder>,
    books: FakeBooks,
    store: FakeStore,
}

type Life = Pin<Box<dyn Future<Output = Result<(), String>>>>;

impl World {
    pub fn new(seed: u64, planted: Planted) -> Self {
        let chance = Chance::new(seed);
        let files = (0..FILES).map(|at| file(&chance, at)).collect();
        Self::of(chance, planted, files)
    }

    /// A world without accidents.
    pub fn calm(files: Vec<GrowingFile>) -> Self {
        Self { horizon: None, ..Self::of(Chance::new(1), Planted::Nothing, files) }
    }

    /// The same books over other files.
    pub fn over(&self, files: Vec<GrowingFile>) -> Self {
        Self { files: Rc::new(files), ..self.clone() }
    }

    fn of(chance: Chance, planted: Planted, files: Vec<GrowingFile>) -> Self {
        let chance = Rc::new(chance);
        let pages = Rc::new(RefCell::new(Pages { first_open_day: FIRST_DAY.plus(-3), ..Pages::default() }));
        let shelves = Rc::new(RefCell::new(Shelves::default()));
        let mended = Mended::default();
        let broken = Broken { settles_without_swap: planted == Planted::SettleWithoutSwap };
        let answers_early = planted == Planted::SettleBeforeWrite;
        Self {
            files: Rc::new(files),
            horizon: chance.one_in(3).then(|| FIRST_DAY.midnight().plus_micros(2_000_000)),
            mended_from: Rc::new(Cell::new(u64::MAX)),
            now: Rc::new(Cell::new(FIRST_DAY.midnight().plus_micros(6 * DAY_MICROS))),
            newest_catalog: Rc::new(Cell::new(1)),
            claim_ids: Rc::default(),
            alone: Rc::default(),
            decoder: Rc::new(FakeDecoder { is_mended: Arc::clone(&mended) }),
            books: FakeBooks { pages: Rc::clone(&pages), chance: Rc::clone(&chance), broken },
            store: FakeStore { shelves: Rc::clone(&shelves), chance: Rc::clone(&chance), answers_early },
            chance,
            pages,
            shelves,
            mended,
            planted,
        }
    }

    /// Lets two owners live and die for a while, then lets one finish everything.
    pub fn run(&self) -> Result<(), String> {
        let mut lives: [Option<Life>; 2] = [None, None];
        for _ in 0..300 + self.chance.below(500) {
            self.happen();
            if self.chance.one_in(150) {
                lives = [None, None];
                self.alone.set(None);
                self.mend();
            }
            let which = self.chance.below(2);
            if self.chance.one_in(80) {
                lives[which] = None;
                self.alone.set(self.alone.get().filter(|alone| *alone != which));
            }
            if let Some(alone) = self.alone.get() {
                lives[1 - alone] = None;
                if alone != which {
                    continue;
                }
            }
            let life = lives[which].get_or_insert_with(|| Box::pin(self.clone().live(which)));
            if let Poll::Ready(end) = poll(life) {
                end?;
                lives[which] = None;
            }
        }
        drop(lives);
        self.alone.set(None);
        self.finish()
    }

    fn finish(&self) -> Result<(), String> {
        self.files.iter().for_each(|file| file.visible.set(file.bytes.len()));
        let mut last: Life = Box::pin(self.clone().end());
        let mut polls = 0;
        loop {
            if let Poll::Ready(end) = poll(&mut last) {
                end?;
                break;
            }
            polls += 1;
            if self.chance.one_in(5) {
                self.shelves.borrow_mut().land(&self.chance);
            }
            if polls > 1_000_000 {
                return Err("the last owner never comes to an end".to_owned());
            }
        }
        drop(last);
        while !self.shelves.borrow().under_way.is_empty() {
            self.shelves.borrow_mut().land(&self.chance);
        }
        self.close_all()
    }

    /// Turns all accruals into ledger entries.
    pub fn close_all(&self) -> Result<(), String> {
        let is_closed = self.pages.borrow_mut().close(FIRST_DAY.plus(1000));
        if is_closed { Ok(()) } else { Err("a claim is unsettled in the end".to_owned()) }
    }

    /// What the world does between two steps of owners.
    fn happen(&self) {
        let chance = &self.chance;
        match chance.below(300) {
            0..10 => self.shelves.borrow_mut().land(chance),
            10..20 => {
                let file = &self.files[chance.below(FILES)];
                file.grow(1 + chance.below(6));
            }
            20..24 => drop(self.pages.borrow_mut().close(FIRST_DAY.plus(chance.below(7) as i32 - 1))),
            24..27 => self.newest_catalog.set((self.newest_catalog.get() + 1).min(CATALOGS)),
            27..29 => self.pass_days(1),
            29..34 => {
                let mut pages = self.pages.borrow_mut();
                let day = pages.first_open_day;
                pages.close(day);
            }
            _ => {}
        }
    }

    /// Time goes by.
    pub fn pass_days(&self, days: i64) {
        self.now.set(self.now.get().plus_micros(days * DAY_MICROS));
    }

    /// Mappings change only between batches and while no owner lives: a claim does not name their form.
    pub fn mend(&self) {
        let pages = self.pages.borrow();
        if pages.unsettled().is_empty() && !self.mended.swap(true, Ordering::Relaxed) {
            self.mended_from.set(pages.next_seq());
        }
    }

    fn settings(&self) -> Settings {
        Settings {
            batch_rows: 1 + self.chance.below(5),
            claims_ahead: 1 + self.chance.below(4),
            horizon: self.horizon,
            fault: match self.planted {
                Planted::InPipeline(fault) => Some(fault),
                _ => None,
            },
            ..Settings::default()
        }
    }

    /// One owner's life: some work, in no order.
    async fn live(self, which: usize) -> Result<(), String> {
        let mut pipeline = Pipeline::new(&self, self.settings());
        for _ in 0..1 + self.chance.below(6) {
            self.one_work(&mut pipeline, which).await.map_err(|error| format!("an alarm: {error}"))?;
        }
        Ok(())
    }

    async fn one_work(&self, pipeline: &mut Pipeline<'_, Self>, which: usize) -> Result<(), RunError> {
        match self.chance.below(24) {
            0..8 => self.rate(pipeline, self.chance.below(FILES)).await.map(drop),
            8..13 => {
                let files = (0..1 + self.chance.below(FILES)).map(|_| self.chance.below(FILES)).collect();
                self.rate_all(pipeline, files, self.chance.one_in(2)).await.map(drop)
            }
            13..17 => {
                let reasons = [None, None, Some(Reason::NoRate), Some(Reason::MalformedRecord)];
                let places = if self.chance.one_in(3) { 0..RowPlace { seq: 9, row: 0 }.packed() } else { 0..u64::MAX };
                let what = Redrive { reason: reasons[self.chance.below(4)], places };
                pipeline.redrive(&what, &mut |_| {}).await.map(drop)
            }
            17..19 => {
                let Some(place) = self.some_place() else { return Ok(()) };
                match pipeline.dismiss(&[place], "not ours", &mut |_| {}).await {
                    Err(RunError::NotWaiting { .. }) => Ok(()),
                    other => other.map(drop),
                }
            }
            19..23 => {
                let number = self.some_rerate();
                self.rerate(pipeline, number).await
            }
            _ => {
                let input = if self.chance.one_in(2) { VoidedInput::Lost } else { VoidedInput::ClaimAgain };
                self.alone.set(Some(which));
                pause().await;
                let voided = pipeline.void("by the operator", input).await.map(drop);
                self.alone.set(None);
                voided
            }
        }
    }

    /// Does what is left of a re-rate. Somebody else may take it back meanwhile.
    async fn rerate(&self, pipeline: &mut Pipeline<'_, Self>, number: i64) -> Result<(), RunError> {
        match pipeline.rerate(number, &mut |_| {}).await {
            Err(RunError::RerateUndone { .. }) => Ok(()),
            other => other.map(drop),
        }
    }

    /// The number of a new re-rate, one that stands in the books, or the undoing of one.
    fn some_rerate(&self) -> i64 {
        let mut pages = self.pages.borrow_mut();
        let count = pages.rerates.len();
        let some = |chance: &Chance| 1 + chance.below(count) as i64;
        match self.chance.below(4) {
            0 if count > 0 => some(&self.chance),
            1 if count > 0 => {
                let of = if self.chance.one_in(2) { count as i64 } else { some(&self.chance) };
                pages.add_rerate(RerateWhat::Undo { of }, &format!("undo {of}"))
            }
            _ => {
                let catalog_version = 1 + self.chance.below(self.newest_catalog.get() as usize) as u32;
                let what = RerateWhat::Rate { catalog_version, scope: self.some_scope() };
                pages.add_rerate(what, &format!("re-rate {}", count + 1))
            }
        }
    }

    fn some_scope(&self) -> Scope {
        let at = |day: usize| Some(FIRST_DAY.plus(day as i32).midnight());
        let one_of = |number: usize| [None, None, Some(NameId(1)), Some(NameId(2))][number];
        let from = self.chance.below(4);
        Scope {
            from: at(from).filter(|_| self.chance.one_in(4)),
            to: at(from + 1 + self.chance.below(3)).filter(|_| self.chance.one_in(4)),
            customer: one_of(self.chance.below(4)).filter(|_| self.chance.one_in(4)),
            supplier: one_of(self.chance.below(4)).filter(|_| self.chance.one_in(4)),
            sides: [Sides::Both, Sides::Both, Sides::Customer, Sides::Supplier][self.chance.below(4)],
            ..Scope::default()
        }
    }

    /// A place of suspense that may still be filled.
    fn some_place(&self) -> Option<RowPlace> {
        let places = self.suspense_places();
        (!places.is_empty()).then(|| places[self.chance.below(places.len())])
    }

    fn suspense_places(&self) -> Vec<RowPlace> {
        let shelves = self.shelves.borrow();
        let pages = self.pages.borrow();
        let files = pages.files.iter().filter(|file| file.journal == JournalKind::Suspense);
        let journals = files.filter_map(|file| shelves.file(file).ok());
        let rows =
            journals.flat_map(|journal| (0..journal.suspense.len()).map(|at| suspense_row(&journal.suspense, at)));
        rows.filter(|row| row.sign == 1).map(|row| row.place).collect()
    }

    pub async fn rate(&self, pipeline: &mut Pipeline<'_, Self>, at: usize) -> Result<RunReport, RunError> {
        let file = &self.files[at];
        pipeline.rate(&mut self.open_file(file), &file.feed_name(), &mut |_| {}).await
    }

    /// Rates files in this order, as they are when their turn comes; one may come twice.
    pub async fn rate_all(
        &self,
        pipeline: &mut Pipeline<'_, Self>,
        files: Vec<usize>,
        is_at_hand: bool,
    ) -> Result<RunReport, RunError> {
        pipeline.rate_all(&mut SomeFiles { world: self, files: files.into_iter(), is_at_hand }, &mut |_| {}).await
    }

    pub fn open_file(&self, file: &GrowingFile) -> FakeSource {
        FakeSource::new(&file.bytes[..file.visible.get()], file.mapping, Arc::clone(&self.mended))
    }

    async fn end(self) -> Result<(), String> {
        let mut pipeline = Pipeline::new(&self, self.settings());
        let alarm = |error: RunError| format!("an alarm in the end: {error}");
        for at in 0..FILES {
            self.rate(&mut pipeline, at).await.map_err(alarm)?;
        }
        pipeline.redrive(&Redrive::default(), &mut |_| {}).await.map_err(alarm)?;
        let unfinished = self.pages.borrow().rerates.clone();
        for entry in unfinished.iter().filter(|entry| entry.undone_by.is_none()) {
            pipeline.rerate(entry.number, &mut |_| {}).await.map_err(alarm)?;
        }
        // The last one is taken back, and that perhaps as well.
        let undoes = if unfinished.is_empty() { 0 } else { self.chance.below(3) };
        for _ in 0..undoes {
            let of = self.pages.borrow().rerates.len() as i64;
            let number = self.pages.borrow_mut().add_rerate(RerateWhat::Undo { of }, &format!("undo {of}"));
            pipeline.rerate(number, &mut |_| {}).await.map_err(alarm)?;
        }
        Ok(())
    }
}

fn poll(life: &mut Life) -> Poll<Result<(), String>> {
    life.as_mut().poll(&mut Context::from_waker(Waker::noop()))
}

impl GrowingFile {
    /// A file that is there as a whole.
    pub fn whole(name: &str, mapping: &'static str, text: &str) -> Self {
        Self { name: name.to_owned(), mapping, bytes: text.as_bytes().to_vec(), visible: Cell::new(text.len()) }
    }

    fn feed_name(&self) -> FeedName {
        FeedName { mapping: self.mapping.to_owned(), source: String::new(), path: self.name.clone() }
    }

    fn grow(&self, lines: usize) {
        let rest = &self.bytes[self.visible.get()..];
        let ends = rest.iter().enumerate().filter(|(_, byte)| **byte == b'\n').map(|(at, _)| at + 1);
        self.visible.set(self.visible.get() + ends.take(lines).last().unwrap_or(0));
    }
}

/// Files of the world, one after the other.
struct SomeFiles<'a> {
    world: &'a World,
    files: std::vec::IntoIter<usize>,
    is_at_hand: bool,
}

impl Feeds for SomeFiles<'_> {
    fn next(&mut self) -> Result<Option<NamedFeed>, Error> {
        let file = self.files.next().map(|at| &self.world.files[at]);
        Ok(file.map(|file| (Box::new(self.world.open_file(file)) as Box<dyn CallSource>, file.feed_name())))
    }

    fn is_at_hand(&self) -> bool {
        self.is_at_hand
    }
}

/// A few calls with several contents, versions for some, malformed lines, and many repeats.
fn file(chance: &Chance, at: usize) -> GrowingFile {
    let mut text = format!("! this is file {at}\n");
    for _ in 0..chance.below(25) {
        let mark = if chance.one_in(12) { "!" } else { "" };
        let call = chance.below(8);
        let version =
            if call.is_multiple_of(2) && !chance.one_in(15) { chance.below(4).to_string() } else { "-".to_owned() };
        let content = chance.below(CONTENTS as usize);
        let content = if chance.one_in(3) { call + 1 } else { content };
        writeln!(text, "{mark}c{call} {version} {content}").expect("writing to text");
    }
    let mapping = if at % 3 == 2 { "strict" } else { "plain" };
    let file = GrowingFile { name: format!("file {at}"), mapping, bytes: text.into_bytes(), visible: Cell::new(0) };
    file.grow(1 + chance.below(12));
    file
}

impl Outside for World {
    type Books = FakeBooks;
    type Store = FakeStore;
    type Rate = FakeCatalog;

    fn books(&self) -> &FakeBooks {
        &self.books
    }

    fn store(&self) -> &FakeStore {
        &self.store
    }

    async fn catalog(&self, version: Option<u32>) -> Result<Arc<FakeCatalog>, Error> {
        pause().await;
        Ok(Arc::new(FakeCatalog(version.unwrap_or_else(|| self.newest_catalog.get()))))
    }

    async fn open(&self, feed: i64) -> Result<Box<dyn CallSource>, Error> {
        pause().await;
        let pages = self.pages.borrow();
        let path = &pages.feeds.iter().find(|known| known.id == feed).expect("a feed of the books").path;
        let file = self.files.iter().find(|file| file.name == *path).expect("a file of the world");
        Ok(Box::new(self.open_file(file)))
    }

    fn decoder(&self) -> &dyn Decode {
        &*self.decoder
    }

    fn now(&self) -> Instant {
        self.now.get()
    }

    fn claim_id(&self) -> String {
        self.claim_ids.set(self.claim_ids.get() + 1);
        format!("claim_{}", self.claim_ids.get())
    }
}
