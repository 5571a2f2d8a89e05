//! Lays the versions of a deck over each other (rating.md section 4).
//!
//! | a later version | what becomes of an earlier version's row |
//! |---|---|
//! | has the row's key (prefix, origin set, time class) | ends at the earliest begin that the later one gives the key |
//! | is a full list without the key | ends at the later one's effective time |
//! | is a delta without the key | stays |

use crate::finding::Finding;
use crate::names::Names;
use didtron_domain::Instant;
use didtron_domain::deck::{DeckRow, DeckVersion, VersionMode};

/// Where a row lies: its key, its version and its times. Sorts by key, then from the first version to the last.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Placed {
    /// The least number of the prefix, then its length: a prefix comes directly before those that it begins.
    pub(crate) prefix: u64,
    /// 0 for none, else one more than its number.
    pub(crate) origin_set: u32,
    /// Likewise.
    pub(crate) time_class: u32,
    /// The position of the version.
    pub(crate) layer: u32,
    /// The position of the row in its version.
    pub(crate) row: u32,
    pub(crate) from: Instant,
    pub(crate) to: Instant,
}

impl Placed {
    fn key(&self) -> (u64, u32, u32) {
        (self.prefix, self.origin_set, self.time_class)
    }

    fn is_empty(&self) -> bool {
        self.from >= self.to
    }
}

/// The rows of all versions, sorted, each still with its own times; and the names of origin sets and time classes.
pub(crate) struct Sheet<'a> {
    pub(crate) rows: Vec<Placed>,
    pub(crate) origin_sets: Names<'a>,
    pub(crate) time_classes: Names<'a>,
}

impl<'a> Sheet<'a> {
    /// The versions must hold fewer than 2^32 rows.
    pub(crate) fn new(versions: &'a [DeckVersion]) -> Self {
        let all = || versions.iter().flat_map(|version| &version.rows);
        let mut origin_sets = names(all().filter_map(|row| row.origin_set.as_deref()));
        let mut time_classes = names(all().filter_map(|row| row.time_class.as_deref()));
        let mut rows = Vec::with_capacity(versions.iter().map(|version| version.rows.len()).sum());
        for (layer, version) in (0u32..).zip(versions) {
            rows.extend((0u32..).zip(&version.rows).map(|(at, row)| Placed {
                prefix: row.prefix.first() * 16 + u64::from(row.prefix.length()),
                origin_set: row.origin_set.as_deref().map_or(0, |name| origin_sets.number(name) + 1),
                time_class: row.time_class.as_deref().map_or(0, |name| time_classes.number(name) + 1),
                layer,
                row: at,
                from: begin(row, version),
                to: row.effective_to.unwrap_or(Instant::MAX),
            }));
        }
        rows.sort_unstable_by_key(|row| (row.key(), row.layer, row.from, row.row));
        Self { rows, origin_sets, time_classes }
    }

    /// Rows of one key that meet inside one version.
    pub(crate) fn overlaps(&self, versions: &[DeckVersion], findings: &mut Vec<Finding>) {
        for same in self.rows.chunk_by(|a, b| a.key() == b.key() && a.layer == b.layer) {
            if same.len() > 1 {
                overlaps_of_key(same, &versions[same[0].layer as usize], findings);
            }
        }
    }

    /// Ends the rows that later versions end.
    pub(crate) fn lay(&mut self, versions: &[DeckVersion]) {
        let closers = Closers::new(versions);
        for group in self.rows.chunk_by_mut(|a, b| a.key() == b.key()) {
            let mut end = Instant::MAX;
            let mut above = versions.len();
            for own in group.chunk_by_mut(|a, b| a.layer == b.layer).rev() {
                let layer = own[0].layer as usize;
                end = end.min(closers.between(layer, above));
                for row in &mut *own {
                    row.to = row.to.min(end);
                }
                // Sorted: the first begins first.
                end = end.min(own[0].from);
                above = layer;
            }
        }
    }
}

/// When a row begins: by its own word, else with its version, else always.
pub(crate) fn begin(row: &DeckRow, version: &DeckVersion) -> Instant {
    row.effective_from.or(version.effective).unwrap_or(Instant::MIN)
}

fn names<'a>(all: impl Iterator<Item = &'a str>) -> Names<'a> {
    let mut names = Names::default();
    for name in all {
        names.number(name);
    }
    names.sorted()
}

fn overlaps_of_key(same: &[Placed], version: &DeckVersion, findings: &mut Vec<Finding>) {
    let mut latest: Option<&Placed> = None;
    for row in same.iter().filter(|row| !row.is_empty()) {
        if let Some(other) = latest.filter(|other| row.from < other.to) {
            findings.push(overlap(row, other, version));
        }
        if latest.is_none_or(|other| row.to > other.to) {
            latest = Some(row);
        }
    }
}

fn overlap(one: &Placed, other: &Placed, version: &DeckVersion) -> Finding {
    let (earlier, row) = (one.row.min(other.row) as usize, one.row.max(other.row) as usize);
    let prefix = version.rows[row].prefix;
    let (field, message) = if (one.from, one.to) == (other.from, other.to) {
        ("prefix", format!("{prefix} is here twice for the same callers, hours and dates; keep one of the two rows"))
    } else {
        (
            "effective_from",
            format!(
                "two rows of {prefix} for the same callers and hours hold at the same time; let one end where the other begins"
            ),
        )
    };
    Finding { version: version.number, row, other: Some(earlier), field, message }
}

/// When full lists close the keys that they lack.
struct Closers {
    /// By version: its effective time where it is a full list, else never.
    at: Vec<Instant>,
    /// By version: the earliest of it and all later ones, so that a deck of many versions costs one step per key.
    earliest_from: Vec<Instant>,
}

impl Closers {
    fn new(versions: &[DeckVersion]) -> Self {
        let closes = |version: &DeckVersion| match version.mode {
            VersionMode::Full => version.effective.unwrap_or(Instant::MIN),
            VersionMode::Delta => Instant::MAX,
        };
        let at: Vec<Instant> = versions.iter().map(closes).collect();
        let mut earliest_from = at.clone();
        earliest_from.push(Instant::MAX);
        for layer in (0..at.len()).rev() {
            earliest_from[layer] = earliest_from[layer].min(earliest_from[layer + 1]);
        }
        Self { at, earliest_from }
    }

    /// The earliest close by a version strictly between two.
    fn between(&self, layer: usize, above: usize) -> Instant {
        if above == self.at.len() {
            return self.earliest_from[layer + 1];
        }
        self.at[layer + 1..above].iter().copied().min().unwrap_or(Instant::MAX)
    }
}
