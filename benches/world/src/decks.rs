//! The deck files: a full one for each side with a change in the middle of the month, and each carrier's own above it.

use crate::carriers::{CUSTOMERS, Carrier, SUPPLIERS};
use crate::deck_rows::{DeckRow, DeckRows, Status};
use crate::dice::{Dice, Spread, Stream};
use crate::increments::Increments;
use crate::options::Options;
use crate::prefixes::{Fate, Numbering, Prefix};
use crate::prices;

/// The full deck of the customers' side.
pub(crate) const SELL: &str = "atoz-sell";
/// The full deck of the suppliers' side.
pub(crate) const BUY: &str = "atoz-buy";
/// From when the full decks' first versions hold.
pub(crate) const FIRST_DAY: &str = "2026-01-01";
/// From when [`SELL`]'s change holds.
pub(crate) const SELL_CHANGES: &str = "2026-06-16";
/// From when [`BUY`]'s change holds.
pub(crate) const BUY_CHANGES: &str = "2026-06-11T12:00:00Z";

const SPRING: &str = "2026-04-01";
const AUTUMN: &str = "2026-09-01";
const SECOND_WEEK: &str = "2026-06-10";

/// A deck file, and how its rows are made.
pub(crate) struct DeckFile {
    pub(crate) name: String,
    pub(crate) rows: fn(&Numbering, usize) -> DeckRows,
    /// The place of the carrier whose own it is; nothing to a full deck.
    pub(crate) carrier: usize,
}

/// All deck files, the largest first.
pub(crate) fn files() -> Vec<DeckFile> {
    let full = |name, rows| DeckFile { name, rows, carrier: 0 };
    let mut files = vec![
        full(format!("{SELL}-1.csv"), sell),
        full(format!("{BUY}-1.csv"), buy),
        full(format!("{SELL}-2.csv"), sell_change),
        full(format!("{BUY}-2.csv"), buy_change),
    ];
    for (carrier, own) in CUSTOMERS.iter().enumerate() {
        files.push(DeckFile { name: file_of(own), rows: special, carrier });
    }
    for (carrier, own) in SUPPLIERS.iter().enumerate() {
        files.push(DeckFile { name: file_of(own), rows: offer, carrier });
    }
    files
}

/// The file of a carrier's own deck.
pub(crate) fn file_of(carrier: &Carrier) -> String {
    format!("{}.csv", carrier.name)
}

fn sell(numbering: &Numbering, _: usize) -> DeckRows {
    let mut rows = DeckRows::with_room_for(numbering.prefixes.len());
    for prefix in &numbering.prefixes {
        let row = numbering.row(prefix, prefix.rate);
        rows.add(&match prefix.fate {
            Fate::Open => row,
            Fate::Spring => DeckRow { from: SPRING, ..row },
            Fate::Future => DeckRow { from: AUTUMN, ..row },
            Fate::Expiring => DeckRow { to: SECOND_WEEK, ..row },
            Fate::Closed => row.closed(),
            Fate::Blocked => DeckRow { rate: None, status: Status::Blocked, ..row },
        });
    }
    rows
}

fn buy(numbering: &Numbering, _: usize) -> DeckRows {
    let mut rows = DeckRows::with_room_for(numbering.prefixes.len());
    for prefix in &numbering.prefixes {
        let mut dice = Dice::new(numbering.seed, Stream::Buy, prefix.digits);
        let row = numbering.row(prefix, prices::of_supplier(prefix.rate, &mut dice));
        match dice.below(1000) {
            _ if prefix.is_country() => rows.add(&row),
            // The supplier does not list it: calls fall to a shorter prefix.
            0..30 => {}
            30..340 => rows.add(&DeckRow { from: SPRING, ..row }),
            340..405 => rows.add(&DeckRow { from: AUTUMN, ..row }),
            405..408 => rows.add(&DeckRow { to: SECOND_WEEK, ..row }),
            // A supplier that carries a call to a blocked number is still paid for it.
            408 => rows.add(&DeckRow { status: Status::Blocked, ..row }),
            409 => rows.add(&DeckRow { rate: None, status: Status::Blocked, ..row }),
            410..412 => rows.add(&row.closed()),
            _ => rows.add(&row),
        }
    }
    rows
}

/// A supplier's price in the full deck.
fn buy_rate(numbering: &Numbering, prefix: &Prefix) -> u64 {
    prices::of_supplier(prefix.rate, &mut Dice::new(numbering.seed, Stream::Buy, prefix.digits))
}

fn sell_change(numbering: &Numbering, _: usize) -> DeckRows {
    change(numbering, Stream::SellChange, |prefix| prefix.rate)
}

fn buy_change(numbering: &Numbering, _: usize) -> DeckRows {
    change(numbering, Stream::BuyChange, |prefix| buy_rate(numbering, prefix))
}

/// Some four rows in a hundred rise, fall, are closed or are cut finer. Countries and blocked rows stay as they are.
fn change(numbering: &Numbering, stream: Stream, rate: impl Fn(&Prefix) -> u64) -> DeckRows {
    let mut rows = DeckRows::with_room_for(numbering.prefixes.len() / 20);
    for prefix in numbering.prefixes.iter().filter(|prefix| prefix.is_offered() && !prefix.is_country()) {
        let mut dice = Dice::new(numbering.seed, stream, prefix.digits);
        let kind = dice.below(1000);
        if kind >= 40 {
            continue;
        }
        let per_mille = if kind < 20 { dice.within(1010..1120) } else { dice.within(880..990) };
        let rate = prices::rounded(rate(prefix) * per_mille / 1000, &mut dice);
        let row = DeckRow { from: "", ..numbering.row(prefix, rate) };
        match kind {
            0..2 => rows.add(&row.closed()),
            2..5 if prefix.is_leaf => rows.add(&DeckRow { digits: prefix.digits * 10 + dice.below(10), ..row }),
            _ => rows.add(&row),
        }
    }
    rows
}

fn special(numbering: &Numbering, at: usize) -> DeckRows {
    own_deck(numbering, &CUSTOMERS[at], at as u64, |prefix, dice| prefix.rate * dice.within(930..1010) / 1000)
}

fn offer(numbering: &Numbering, at: usize) -> DeckRows {
    let index = (CUSTOMERS.len() + at) as u64;
    own_deck(numbering, &SUPPLIERS[at], index, |prefix, dice| {
        buy_rate(numbering, prefix) * dice.within(900..1050) / 1000
    })
}

/// A carrier's own deck: prefixes from everywhere, or those of a few countries, in its own currency.
fn own_deck(
    numbering: &Numbering,
    carrier: &Carrier,
    index: u64,
    rate: impl Fn(&Prefix, &mut Dice) -> u64,
) -> DeckRows {
    let mut dice = Dice::new(numbering.seed, Stream::Offer, index);
    let mut rows = DeckRows::with_room_for(carrier.deck_size as usize);
    for at in chosen(numbering, own_size(carrier, numbering.prefixes.len() as u64), index, &mut dice) {
        let prefix = &numbering.prefixes[at];
        let usd = rate(prefix, &mut dice);
        let own = prices::rounded(usd * 10_000 / carrier.currency.worth(), &mut dice);
        rows.add(&DeckRow { from: "", ..numbering.row(prefix, own) });
    }
    rows
}

/// Rows of a carrier's own deck, fewer in a small world.
fn own_size(carrier: &Carrier, prefix_count: u64) -> u64 {
    let scaled = carrier.deck_size * prefix_count / u64::from(Options::PREFIXES_DEFAULT);
    scaled.min(carrier.deck_size).max(20).min(prefix_count / 2)
}

/// Places of `count` prefixes in their order: spread over all countries where `index` is even, else in one run.
fn chosen(numbering: &Numbering, count: u64, index: u64, dice: &mut Dice) -> Vec<usize> {
    let total = numbering.prefixes.len() as u64;
    let spread = Spread::new(total, dice);
    let start = dice.below(total);
    let place = |step: u64| if index.is_multiple_of(2) { spread.at(step) } else { (start + step) % total };
    let offered = (0..total).map(|step| place(step) as usize).filter(|&at| numbering.prefixes[at].is_offered());
    let mut places: Vec<usize> = offered.take(count as usize).collect();
    places.sort_unstable();
    places
}

impl Numbering {
    /// A prefix as an open row of the first wave.
    fn row(&self, prefix: &Prefix, rate: u64) -> DeckRow<'_> {
        DeckRow {
            digits: prefix.digits,
            destination: &self.destinations[prefix.destination as usize],
            class: prefix.class,
            rate: Some(rate),
            increments: self.increments(prefix),
            from: FIRST_DAY,
            to: "",
            status: Status::Open,
        }
    }

    fn increments(&self, prefix: &Prefix) -> Increments {
        self.countries[prefix.country as usize].increments
    }
}
