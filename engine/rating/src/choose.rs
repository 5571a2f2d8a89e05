//! R10: which row of a plan's decks is for a number at an instant; and R11 `split`: which rows the later increments of
//! a long call take.

use crate::catalog::decks::Deck;
use crate::jurisdiction;
use crate::price::LaterIncrements;
use didtron_domain::deck::{RowPrice, RowStatus};
use didtron_domain::{E164, ExactPrice, Instant, Reason};
use didtron_rate_tables::{CompiledRow, Longest, Rank, RowTerms};

/// What R10 to R12 ask about a call.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asked<'a> {
    /// The number, or the LRN where the plan takes it.
    pub(crate) number: E164,
    /// The caller's own number, where it is known.
    pub(crate) caller: Option<E164>,
    /// The answer.
    pub(crate) at: Instant,
    /// The longest prefix in each deck, in the order of the layers; empty where they were not looked up.
    pub(crate) longest: &'a [Option<Longest>],
}

/// A candidate that R10 chose.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Candidate<'a> {
    pub(crate) deck: &'a Deck,
    pub(crate) prefix_length: u8,
    pub(crate) row: &'a CompiledRow,
}

impl<'a> Candidate<'a> {
    pub(crate) fn terms(&self) -> &'a RowTerms {
        self.deck.table.terms(self.row)
    }
}

/// What R10 found for one side.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Choice<'a> {
    /// The best candidate.
    pub(crate) best: Candidate<'a>,
    /// The best open one, where the best is blocked and has no price.
    open: Option<Candidate<'a>>,
}

impl<'a> Choice<'a> {
    /// The row that prices the call, and its price.
    #[inline]
    pub(crate) fn pricing(&self) -> Option<(Candidate<'a>, RowPrice)> {
        let row = if self.best.terms().price.is_some() { self.best } else { self.open? };
        Some((row, row.terms().price?))
    }

    pub(crate) fn is_blocked(&self) -> bool {
        self.best.row.status == RowStatus::Blocked
    }
}

/// Chooses among the rows of `decks`, highest layer first. `None`: no candidate.
#[inline]
pub(crate) fn choose<'a>(decks: &'a [Deck], layers: &[u32], asked: Asked<'_>) -> Option<Choice<'a>> {
    let best = best_candidate(decks, layers, asked, false)?;
    let open = if best.terms().price.is_none() { best_candidate(decks, layers, asked, true) } else { None };
    Some(Choice { best, open })
}

/// The longest prefix over all layers; of equal ones the higher layer's.
#[inline]
pub(crate) fn best_candidate<'a>(
    decks: &'a [Deck],
    layers: &[u32],
    asked: Asked<'_>,
    open_only: bool,
) -> Option<Candidate<'a>> {
    let mut best: Option<Candidate<'a>> = None;
    for (at, &layer) in layers.iter().enumerate() {
        let deck = &decks[layer as usize];
        let longest = asked.longest.get(at).copied().unwrap_or_else(|| longest_alone(deck, asked.number));
        let is_longer = |length| best.is_none_or(|known| length > known.prefix_length);
        // What this deck chooses is at most as long as that, so that most lower layers need not be asked.
        let Some(longest) = longest.filter(|longest| is_longer(longest.length())) else { continue };
        let found = best_of_deck(deck, longest, asked, open_only);
        best = found.filter(|found| is_longer(found.prefix_length)).or(best);
    }
    best
}

/// Out of line, so that calls of a batch do not prepare for it.
#[cold]
fn longest_alone(deck: &Deck, number: E164) -> Option<Longest> {
    deck.table.longest(number)
}

#[inline]
fn best_of_deck<'a>(deck: &'a Deck, longest: Longest, asked: Asked<'_>, open_only: bool) -> Option<Candidate<'a>> {
    if deck.takes_any_call && !open_only {
        let (prefix_length, row) = deck.table.first_from(longest, asked.at)?;
        return Some(Candidate { deck, prefix_length, row });
    }
    best_that_fits(deck, longest, asked, open_only)
}

/// In a deck whose rows ask who calls, and when.
#[inline(never)]
fn best_that_fits<'a>(deck: &'a Deck, longest: Longest, asked: Asked<'_>, open_only: bool) -> Option<Candidate<'a>> {
    let class = deck.hours.as_ref().and_then(|hours| hours.class_at(asked.at).class);
    let mut fits = |row: &CompiledRow| {
        if open_only && row.status != RowStatus::Open {
            return None;
        }
        rank(deck, row, asked.caller, class)
    };
    let found = deck.table.best_from(longest, asked.at, &mut fits)?;
    Some(Candidate { deck, prefix_length: found.prefix_length, row: found.row })
}

/// A row's rank among those of its prefix; `None` where its origin set or time class does not fit.
#[inline]
pub(crate) fn rank(deck: &Deck, row: &CompiledRow, caller: Option<E164>, class: Option<u32>) -> Option<Rank> {
    let origin_length = match row.origin_set {
        None => 0,
        Some(set) => deck.origins[set as usize].longest(caller?)?,
    };
    match row.time_class {
        None => Some(Rank { origin_length, has_time_class: false }),
        own if own == class => Some(Rank { origin_length, has_time_class: true }),
        Some(_) => None,
    }
}

/// The longest call that `split` walks: ten years. A longer one is no call, and its charge is not to be had.
const SPLIT_SECONDS_MAX: u64 = 10 * 366 * 86_400;

/// Prices the increments after the first, each at the rate of the row that R10 would choose when it begins, among the
/// rows of the same deck, prefix and origin set that were in force at the answer (R11 `split`).
pub(crate) fn split(
    chosen: Candidate<'_>,
    asked: Asked<'_>,
    mut later: LaterIncrements,
    mut band: impl FnMut(Instant, &CompiledRow, u64),
) -> Result<ExactPrice, Reason> {
    if later.to_s > SPLIT_SECONDS_MAX {
        return Err(Reason::AmountOverflow);
    }
    let mut exact = ExactPrice::default();
    while later.seconds() > 0 {
        let begin = after_seconds(asked.at, later.from_s);
        let (class, until) = chosen.deck.hours.as_ref().map_or((None, Instant::MAX), |hours| {
            let span = hours.class_at(begin);
            (span.class, span.until)
        });
        let row = row_of_band(chosen, asked, class).filter(|row| row.status == RowStatus::Open);
        let priced = row.and_then(|row| chosen.deck.table.terms(row).price.map(|price| (row, price)));
        let (row, price) = priced.ok_or(Reason::NoRate)?;
        let end_s = later.end_of_those_begun_before(seconds_until(asked.at, until).min(later.to_s));
        let rate = jurisdiction::choose(price, chosen.deck, asked.number, asked.caller).rate;
        exact = exact.plus(ExactPrice::over(rate, end_s - later.from_s));
        band(begin, row, end_s - later.from_s);
        later = later.after(end_s);
    }
    Ok(exact)
}

/// The row for a time class: of the chosen row's prefix and origin set, in force at the answer.
fn row_of_band<'a>(chosen: Candidate<'a>, asked: Asked<'_>, class: Option<u32>) -> Option<&'a CompiledRow> {
    let rows = chosen.deck.table.rows_of(asked.number.prefix(chosen.prefix_length)).iter();
    rows.filter(|row| row.origin_set == chosen.row.origin_set && row.status != RowStatus::Closed)
        .filter(|row| row.is_in_force(asked.at))
        .filter(|row| row.time_class.is_none() || row.time_class == class)
        .max_by_key(|row| row.time_class.is_some())
}

fn after_seconds(at: Instant, seconds: u64) -> Instant {
    at.plus_micros(i64::try_from(seconds).unwrap_or(i64::MAX).saturating_mul(1_000_000))
}

/// The first whole second, counted from `at`, that does not lie before `until`.
fn seconds_until(at: Instant, until: Instant) -> u64 {
    let micros = until.0.saturating_sub(at.0);
    u64::try_from(micros).unwrap_or(0).div_ceil(1_000_000)
}
