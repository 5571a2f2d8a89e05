//! A deck of the second rater: its versions laid over each other, and the rows of each prefix.

use didtron_domain::Instant;
use didtron_domain::deck::{DeckHead, DeckRow, DeckVersion, VersionMode};
use jiff::tz::{TimeZone, TimeZoneDatabase};
use rustc_hash::FxHashMap as HashMap;

/// A row with its true validity.
#[derive(Clone, Debug)]
pub(crate) struct Laid {
    pub(crate) row: DeckRow,
    pub(crate) version: u32,
    pub(crate) begin: Instant,
    pub(crate) end: Instant,
}

#[derive(Clone, Debug)]
pub(crate) struct NaiveDeck {
    pub(crate) head: DeckHead,
    pub(crate) zone: TimeZone,
    /// By the text of their prefix.
    pub(crate) rows: HashMap<String, Vec<Laid>>,
}

impl NaiveDeck {
    /// Lays versions over each other (rating.md section 4).
    pub(crate) fn new(head: &DeckHead, versions: &[DeckVersion]) -> Self {
        let mut rows: HashMap<String, Vec<Laid>> = HashMap::default();
        for version in versions {
            let effective = version.effective.unwrap_or(Instant::MIN);
            let mut news: HashMap<String, Vec<Laid>> = HashMap::default();
            for row in &version.rows {
                news.entry(row.prefix.to_string()).or_default().push(Laid {
                    row: row.clone(),
                    version: version.number,
                    begin: row.effective_from.unwrap_or(effective),
                    end: row.effective_to.unwrap_or(Instant::MAX),
                });
            }
            let lacking = if version.mode == VersionMode::Full { effective } else { Instant::MAX };
            for (prefix, olds) in &mut rows {
                let news = news.get(prefix).map_or(&[][..], Vec::as_slice);
                let same =
                    |a: &Laid, b: &Laid| a.row.origin_set == b.row.origin_set && a.row.time_class == b.row.time_class;
                for old in olds {
                    let first = news.iter().filter(|new| same(new, old)).map(|new| new.begin).min();
                    old.end = old.end.min(first.unwrap_or(lacking));
                }
            }
            for (prefix, news) in news {
                rows.entry(prefix).or_default().extend(news);
            }
        }
        let zone = TimeZoneDatabase::bundled().get(&head.zone).expect("a zone");
        Self { head: head.clone(), zone, rows }
    }

    /// The rows of a prefix.
    pub(crate) fn rows_of(&self, prefix: &str) -> &[Laid] {
        self.rows.get(prefix).map_or(&[], Vec::as_slice)
    }
}
