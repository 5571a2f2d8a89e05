//! From a deck's versions to its table: check, lay over each other, number the names, index the prefixes.

use crate::check;
use crate::finding::Finding;
use crate::layers::{Placed, Sheet};
use crate::names::Names;
use crate::prefix_index::{Longest, PrefixIndex};
use crate::row::{CompiledRow, RowTerms};
use crate::shared::Shared;
use crate::table::{DeckTable, List};
use didtron_domain::E164;
use didtron_domain::deck::{DeckHead, DeckRow, DeckVersion};
use rustc_hash::{FxBuildHasher, FxHashMap};
use std::hash::BuildHasher;

/// The most rows that the versions of one deck may hold together: 2^24.
pub const ROWS_MAX: usize = 1 << 24;

impl DeckTable {
    /// Lays versions over each other in the order given, each on those before it (rating.md section 4).
    ///
    /// Rows that are never in force, because later versions begin before them, are left out. The order of the rows
    /// inside a version does not matter: the same rows give the same table.
    ///
    /// # Errors
    /// Everything that [`crate::check_version`] finds in any of the versions.
    pub fn compile(head: &DeckHead, versions: &[DeckVersion]) -> Result<Self, Vec<Finding>> {
        if let Some(finding) = too_many(versions) {
            return Err(vec![finding]);
        }
        let mut findings = Vec::new();
        for version in versions {
            check::cells(head, version, &mut findings);
        }
        let mut sheet = Sheet::new(versions);
        sheet.overlaps(versions, &mut findings);
        if !findings.is_empty() {
            findings.sort_unstable();
            return Err(findings);
        }
        sheet.lay(versions);
        let builder = Builder {
            head,
            versions,
            terms: Shared::default(),
            destinations: Names::default(),
            groups: Names::default(),
        };
        Ok(builder.build(sheet))
    }
}

fn too_many(versions: &[DeckVersion]) -> Option<Finding> {
    let mut before = 0;
    for version in versions {
        if version.rows.len() > ROWS_MAX - before {
            let message = format!("the versions of this deck hold more than {ROWS_MAX} rows; split the deck");
            return Some(Finding {
                version: version.number,
                row: ROWS_MAX - before,
                other: None,
                field: "prefix",
                message,
            });
        }
        before += version.rows.len();
    }
    None
}

struct Builder<'a> {
    head: &'a DeckHead,
    versions: &'a [DeckVersion],
    terms: Shared<RowTerms>,
    destinations: Names<'a>,
    groups: Names<'a>,
}

impl<'a> Builder<'a> {
    fn build(mut self, sheet: Sheet<'a>) -> DeckTable {
        let mut lists = Lists::default();
        let mut prefixes = Vec::new();
        let mut answers = Vec::new();
        // The prefixes that begin the present one, and where each ends.
        let mut line: Vec<(Longest, u64)> = Vec::new();
        for same in sheet.rows.chunk_by(|a, b| a.prefix == b.prefix) {
            let prefix = self.source(&same[0]).prefix;
            while line.last().is_some_and(|&(_, end)| end <= prefix.first()) {
                line.pop();
            }
            let parent = line.last().map(|&(parent, _)| parent);
            let rows = same.iter().filter(|row| row.from < row.to).map(|row| self.row(row));
            let Some(list) = lists.number(parent, rows) else { continue };
            let answer = Longest::new(list, prefix.length());
            line.push((answer, prefix.end()));
            answers.push(answer);
            prefixes.push(E164::from_value(prefix.value()).expect("a dial prefix is 1 to 15 digits, as a number is"));
        }
        let (lists, rows) = lists.finish();
        DeckTable {
            head: self.head.clone(),
            index: PrefixIndex::new(prefixes.iter().copied().zip(answers.iter().copied())),
            prefixes,
            answers,
            lists,
            rows,
            terms: self.terms.in_order,
            destinations: self.destinations.into_table(),
            groups: self.groups.into_table(),
            origin_sets: sheet.origin_sets.into_table(),
            time_classes: sheet.time_classes.into_table(),
        }
    }

    fn source(&self, placed: &Placed) -> &'a DeckRow {
        &self.versions[placed.layer as usize].rows[placed.row as usize]
    }

    fn row(&mut self, placed: &Placed) -> CompiledRow {
        let row = self.source(placed);
        CompiledRow {
            from: placed.from,
            to: placed.to,
            terms: self.terms.number(RowTerms {
                price: row.price,
                connect_fee: row.connect_fee,
                increment: row.increment.or(self.head.increment),
                grace_s: row.grace_s,
            }),
            version: self.versions[placed.layer as usize].number,
            destination: self.destinations.number(&row.destination),
            group: row.group.as_deref().map(|name| self.groups.number(name)),
            origin_set: placed.origin_set.checked_sub(1),
            time_class: placed.time_class.checked_sub(1),
            status: row.status,
            own_from: row.effective_from.is_some(),
        }
    }
}

/// Lists of rows, equal ones kept once.
#[derive(Default)]
struct Lists {
    lists: Vec<List>,
    rows: Vec<CompiledRow>,
    /// By hash the last list that has it. One that another one hides is kept twice, which changes no answer.
    known: FxHashMap<u64, u32>,
}

impl Lists {
    /// The number of the list of these rows below this prefix; `None` where there are no rows.
    fn number(&mut self, parent: Option<Longest>, rows: impl Iterator<Item = CompiledRow>) -> Option<u32> {
        let begin = self.rows.len();
        self.rows.extend(rows);
        let own = &self.rows[begin..];
        if own.is_empty() {
            return None;
        }
        let hash = FxBuildHasher.hash_one((parent, own));
        let known = self.known.get(&hash).copied();
        if let Some(known) = known.filter(|&known| self.is(known, parent, begin)) {
            self.rows.truncate(begin);
            return Some(known);
        }
        let number = count(self.lists.len());
        self.lists.push(List { begin: count(begin), parent });
        self.known.insert(hash, number);
        Some(number)
    }

    /// Whether a list is one of the rows from `begin` on, below this prefix.
    fn is(&self, known: u32, parent: Option<Longest>, begin: usize) -> bool {
        let list = self.lists[known as usize];
        let end = self.lists.get(known as usize + 1).map_or(begin, |next| next.begin as usize);
        list.parent == parent && self.rows[list.begin as usize..end] == self.rows[begin..]
    }

    /// The lists with what ends the last one, and their rows.
    fn finish(mut self) -> (Vec<List>, Vec<CompiledRow>) {
        self.lists.push(List { begin: count(self.rows.len()), parent: None });
        self.rows.shrink_to_fit();
        (self.lists, self.rows)
    }
}

fn count(length: usize) -> u32 {
    u32::try_from(length).expect("a deck has at most 2^24 rows, checked before")
}
