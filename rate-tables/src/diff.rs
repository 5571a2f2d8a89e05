//! What changes for a deck's keys from one state to another, at an instant (rating.md section 4).

use crate::row::{CompiledRow, RowTerms};
use crate::table::DeckTable;
use didtron_domain::deck::{RowPrice, RowStatus};
use didtron_domain::{DialPrefix, Instant, Price};
use std::cmp::Ordering;

/// What happens to a key (prefix, origin set, time class).
///
/// | old row | new row | change |
/// |---|---|---|
/// | none | some | `New` |
/// | some | none | `Closed` |
/// | open | blocked, or the other way round | `Status` |
/// | some | some figure is greater, none less | `Increase` |
/// | some | some figure is less, none greater | `Decrease` |
/// | some | figures of both kinds, or other kinds of price | `Mixed` |
/// | some | equal figures, other increments or grace | `Increment` |
/// | some | none of these | `Unchanged` |
///
/// A closed row is none. The figures are the prices of every kind, that of the first increment and the connect fee.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Change {
    /// A key that was not in force.
    New,
    /// A key that is no longer in force.
    Closed,
    /// Dearer.
    Increase,
    /// Cheaper.
    Decrease,
    /// Dearer for some calls, cheaper for others.
    Mixed,
    /// The same prices, other increments or grace.
    Increment,
    /// Blocked or no longer blocked.
    Status,
    /// Prices, increments, grace and status as before.
    Unchanged,
}

impl Change {
    /// Every change, in the order of declaration.
    pub const ALL: [Self; 8] = [
        Self::New,
        Self::Closed,
        Self::Increase,
        Self::Decrease,
        Self::Mixed,
        Self::Increment,
        Self::Status,
        Self::Unchanged,
    ];

    /// Its word in tables and files.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Closed => "closed",
            Self::Increase => "increase",
            Self::Decrease => "decrease",
            Self::Mixed => "mixed",
            Self::Increment => "increment",
            Self::Status => "status",
            Self::Unchanged => "unchanged",
        }
    }
}

/// How many keys there are of each change.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DiffCounts {
    changes: [usize; Change::ALL.len()],
    /// Keys whose increments differ, whatever else does; those of [`Change::Increment`] may differ in grace only.
    pub increment_changes: usize,
}

impl DiffCounts {
    /// The keys of one change. Over all changes they sum to the keys in force before or after.
    #[must_use]
    pub const fn of(&self, change: Change) -> usize {
        self.changes[change as usize]
    }
}

/// A key that changes, with both rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DiffEntry<'a> {
    /// The prefix.
    pub prefix: DialPrefix,
    /// The origin set, where the key has one.
    pub origin_set: Option<&'a str>,
    /// The time class, where the key has one.
    pub time_class: Option<&'a str>,
    /// The destination by the new row, else by the old one.
    pub destination: &'a str,
    /// What changes.
    pub change: Change,
    /// Whether the increments differ; never for a new or closed key.
    pub increment_changed: bool,
    /// The row in force in the old state, its names in the old table; `None` for a new key.
    pub old: Option<(&'a CompiledRow, &'a RowTerms)>,
    /// The row in force in the new state, its names in the new table; `None` for a closed key.
    pub new: Option<(&'a CompiledRow, &'a RowTerms)>,
}

/// The difference between two states of a deck at an instant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeckDiff<'a> {
    /// The instant at which both are compared.
    pub at: Instant,
    /// Of all keys, unchanged ones too.
    pub counts: DiffCounts,
    /// The keys that change, by prefix, origin set and time class; unchanged ones are only counted.
    pub entries: Vec<DiffEntry<'a>>,
}

/// Compares the keys in force at `at` in two states of a deck.
///
/// A new version shows its effect at its effective time; rows that begin later need a later `at`.
#[must_use]
pub fn diff<'a>(old: &'a DeckTable, new: &'a DeckTable, at: Instant) -> DeckDiff<'a> {
    let mut diff = DeckDiff { at, counts: DiffCounts::default(), entries: Vec::new() };
    let mut olds = Keyed::all(old, at).peekable();
    let mut news = Keyed::all(new, at).peekable();
    loop {
        let order = match (olds.peek(), news.peek()) {
            (None, None) => return diff,
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some(one), Some(other)) => one.key().cmp(&other.key()),
        };
        diff.add(olds.next_if(|_| order.is_le()), news.next_if(|_| order.is_ge()));
    }
}

impl<'a> DeckDiff<'a> {
    fn add(&mut self, old: Option<Keyed<'a>>, new: Option<Keyed<'a>>) {
        let Some(shown) = new.or(old) else { return };
        let (old, new) = (old.map(|keyed| (keyed.row, keyed.terms)), new.map(|keyed| (keyed.row, keyed.terms)));
        let (change, increment_changed) = change(old, new);
        self.counts.changes[change as usize] += 1;
        self.counts.increment_changes += usize::from(increment_changed);
        if change != Change::Unchanged {
            let Keyed { prefix, origin_set, time_class, destination, .. } = shown;
            self.entries.push(DiffEntry {
                prefix,
                origin_set,
                time_class,
                destination,
                change,
                increment_changed,
                old,
                new,
            });
        }
    }
}

/// A row in force and its key in words, which two tables have in common.
#[derive(Clone, Copy)]
struct Keyed<'a> {
    prefix: DialPrefix,
    origin_set: Option<&'a str>,
    time_class: Option<&'a str>,
    destination: &'a str,
    row: &'a CompiledRow,
    terms: &'a RowTerms,
}

impl<'a> Keyed<'a> {
    /// Those that are not closed, in the order of their keys: tables number these names alphabetically, none first.
    fn all(table: &'a DeckTable, at: Instant) -> impl Iterator<Item = Self> {
        table.entries().filter(move |(_, row)| row.competes(at)).map(|(prefix, row)| Self {
            prefix,
            origin_set: row.origin_set.map(|name| &*table.origin_sets[name as usize]),
            time_class: row.time_class.map(|name| &*table.time_classes[name as usize]),
            destination: &table.destinations[row.destination as usize],
            row,
            terms: table.terms(row),
        })
    }

    fn key(&self) -> (u64, u8, Option<&'a str>, Option<&'a str>) {
        (self.prefix.first(), self.prefix.length(), self.origin_set, self.time_class)
    }
}

/// What changes, and whether the increments do.
fn change(old: Option<(&CompiledRow, &RowTerms)>, new: Option<(&CompiledRow, &RowTerms)>) -> (Change, bool) {
    let ((old_row, old), (new_row, new)) = match (old, new) {
        (None, _) => return (Change::New, false),
        (_, None) => return (Change::Closed, false),
        (Some(old), Some(new)) => (old, new),
    };
    let increment_changed = old.increment != new.increment;
    let blocked = |row: &CompiledRow| row.status == RowStatus::Blocked;
    let change = match prices(old, new) {
        _ if blocked(old_row) != blocked(new_row) => Change::Status,
        None => Change::Mixed,
        Some((true, true)) => Change::Mixed,
        Some((true, false)) => Change::Increase,
        Some((false, true)) => Change::Decrease,
        Some((false, false)) if increment_changed || old.grace_s != new.grace_s => Change::Increment,
        Some((false, false)) => Change::Unchanged,
    };
    (change, increment_changed)
}

/// Whether some figure rises, and whether some falls; `None` where the kinds of price differ.
fn prices(old: &RowTerms, new: &RowTerms) -> Option<(bool, bool)> {
    let (old_kind, old_figures) = figures(old);
    let (new_kind, new_figures) = figures(new);
    let pairs = || old_figures.iter().zip(&new_figures);
    (old_kind == new_kind).then(|| (pairs().any(|(old, new)| new > old), pairs().any(|(old, new)| new < old)))
}

/// The kind of price and every figure.
fn figures(terms: &RowTerms) -> (u8, [Price; 4]) {
    let fee = terms.connect_fee;
    match terms.price {
        None => (0, [fee, Price(0), Price(0), Price(0)]),
        Some(RowPrice::One { rate, initial_rate }) => (1, [fee, rate, initial_rate.unwrap_or(rate), Price(0)]),
        Some(RowPrice::Us { inter, intra, indeterminate }) => (2, [fee, inter, intra, indeterminate]),
        Some(RowPrice::Eea { local, eea, international }) => (3, [fee, local, eea, international]),
    }
}
