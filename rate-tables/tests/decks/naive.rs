//! The same rules once more, written for clarity: every row of every version in a list, scanned from front to back.

use didtron_domain::deck::{DeckRow, DeckVersion, RowStatus, VersionMode};
use didtron_domain::{E164, Instant};
use didtron_rate_tables::Rank;
use std::collections::HashMap;

/// A row of a version with its true times.
#[derive(Clone, Debug)]
pub struct Laid {
    pub version: u32,
    pub row: DeckRow,
    pub from: Instant,
    pub to: Instant,
}

type Key = (u64, Option<String>, Option<String>);

fn key(row: &DeckRow) -> Key {
    (row.prefix.value(), row.origin_set.clone(), row.time_class.clone())
}

/// Lays versions over each other (rating.md section 4).
pub fn lay(versions: &[DeckVersion]) -> Vec<Laid> {
    let mut all: Vec<Laid> = Vec::new();
    for version in versions {
        let effective = version.effective.unwrap_or(Instant::MIN);
        let mut news = Vec::new();
        let mut starts: HashMap<Key, Instant> = HashMap::new();
        for row in &version.rows {
            let from = row.effective_from.unwrap_or(effective);
            let start = starts.entry(key(row)).or_insert(from);
            *start = from.min(*start);
            news.push(Laid {
                version: version.number,
                row: row.clone(),
                from,
                to: row.effective_to.unwrap_or(Instant::MAX),
            });
        }
        let closes = if version.mode == VersionMode::Full { effective } else { Instant::MAX };
        for old in &mut all {
            old.to = old.to.min(starts.get(&key(&old.row)).copied().unwrap_or(closes));
        }
        all.extend(news);
    }
    all
}

/// The best candidate (R10): of all rows whose prefix begins the number, by prefix length and then rank.
pub fn best(
    rows: &[Laid],
    number: E164,
    at: Instant,
    rank: impl Fn(&DeckRow) -> Option<Rank>,
) -> Option<(u8, Rank, &Laid)> {
    let text = number.to_string();
    let mut best: Option<(u8, Rank, &Laid)> = None;
    for laid in rows {
        let prefix = laid.row.prefix.to_string();
        let in_force = laid.from <= at && at < laid.to;
        if !text.starts_with(&prefix) || !in_force || laid.row.status == RowStatus::Closed {
            continue;
        }
        let Some(rank) = rank(&laid.row) else { continue };
        if best.is_none_or(|(length, known, _)| (prefix.len() as u8, rank) > (length, known)) {
            best = Some((prefix.len() as u8, rank, laid));
        }
    }
    best
}
