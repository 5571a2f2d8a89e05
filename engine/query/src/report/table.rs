//! A finished report, as text for people and as JSON for scripts.

use super::figures::{Figures, money};
use didtron_domain::Currency;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::fmt;

/// Decimals of minutes for scripts, and for people.
const MINUTE_DECIMALS: u8 = 6;
const MINUTE_DECIMALS_SHOWN: u8 = 2;
const HEADS: [&str; 10] =
    ["calls", "answered", "minutes", "revenue", "cost", "margin", "margin %", "ASR %", "ACD s", "currency"];

/// One combination of keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportRow {
    /// In the order of the table's columns; `None` where the side is absent or nothing was found.
    pub keys: Vec<Option<String>>,
    /// The base currency of its money; rows of different ones are never added up.
    pub currency: Currency,
    pub figures: Figures,
}

/// A report's rows. `Display` aligns them in columns, with a line for the total.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportTable {
    /// Names of the key columns.
    pub columns: Vec<&'static str>,
    pub rows: Vec<ReportRow>,
}

impl ReportTable {
    /// The sums of all rows, by base currency.
    #[must_use]
    pub fn totals(&self) -> BTreeMap<Currency, Figures> {
        let mut totals = BTreeMap::new();
        for row in &self.rows {
            let total: &mut Figures = totals.entry(row.currency).or_default();
            *total = total.plus(row.figures);
        }
        totals
    }

    /// Only the rows with a negative margin, the worst first, at most `limit` of them.
    #[must_use]
    pub fn losing(mut self, limit: usize) -> Self {
        self.rows.retain(|row| row.figures.margin() < 0);
        self.rows.sort_by_key(|row| row.figures.margin());
        self.rows.truncate(limit);
        self
    }

    /// The first `limit` rows; the others become one row for each base currency, so that the totals stay what they are.
    #[must_use]
    pub fn folded(mut self, limit: usize) -> Self {
        if self.rows.len() <= limit {
            return self;
        }
        let rest = Self { columns: self.columns.clone(), rows: self.rows.split_off(limit) };
        let name = format!("{} others", rest.rows.len());
        for (currency, figures) in rest.totals() {
            let keys = (0..self.columns.len()).map(|at| Some(if at == 0 { name.clone() } else { String::new() }));
            self.rows.push(ReportRow { keys: keys.collect(), currency, figures });
        }
        self
    }

    /// `{"rows": [...], "totals": [...]}`; money, minutes and ratios are exact decimal text, an absent key is null.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let row = |row: &ReportRow| {
            let keys = self.columns.iter().zip(&row.keys).map(|(name, key)| ((*name).to_owned(), json!(key)));
            let mut object: Map<String, Value> = keys.collect();
            object.extend(members(row.currency, &row.figures));
            Value::Object(object)
        };
        let totals = self.totals().into_iter();
        let totals = totals.map(|(currency, figures)| Value::Object(members(currency, &figures).collect()));
        json!({ "rows": self.rows.iter().map(row).collect::<Vec<_>>(), "totals": totals.collect::<Vec<_>>() })
    }

    /// All lines as texts, the heads first.
    fn lines(&self) -> Vec<Vec<String>> {
        let heads = self.columns.iter().chain(&HEADS).map(|head| (*head).to_owned()).collect();
        let mut lines: Vec<Vec<String>> = vec![heads];
        lines.extend(self.rows.iter().map(|row| {
            let keys = row.keys.iter().map(|key| key.clone().unwrap_or_else(absent));
            keys.chain(shown(row.currency, &row.figures)).collect()
        }));
        if !self.columns.is_empty() {
            lines.extend(self.totals().into_iter().map(|(currency, figures)| {
                let keys = (0..self.columns.len()).map(|at| if at == 0 { "total".to_owned() } else { String::new() });
                keys.chain(shown(currency, &figures)).collect()
            }));
        }
        lines
    }
}

fn members(currency: Currency, figures: &Figures) -> impl Iterator<Item = (String, Value)> {
    let members = [
        ("calls", json!(figures.calls)),
        ("answered", json!(figures.answered)),
        ("minutes", json!(figures.minutes(MINUTE_DECIMALS))),
        ("revenue", json!(money(figures.revenue))),
        ("cost", json!(money(figures.cost))),
        ("margin", json!(money(figures.margin()))),
        ("margin_percent", json!(figures.margin_percent())),
        ("asr_percent", json!(figures.asr_percent())),
        ("acd_s", json!(figures.acd_s())),
        ("currency", json!(currency.as_str())),
    ];
    members.into_iter().map(|(name, value)| (name.to_owned(), value))
}

/// The figures in the order of `HEADS`.
fn shown(currency: Currency, figures: &Figures) -> [String; HEADS.len()] {
    [
        figures.calls.to_string(),
        figures.answered.to_string(),
        figures.minutes(MINUTE_DECIMALS_SHOWN),
        money(figures.revenue),
        money(figures.cost),
        money(figures.margin()),
        figures.margin_percent().unwrap_or_else(absent),
        figures.asr_percent().unwrap_or_else(absent),
        figures.acd_s().unwrap_or_else(absent),
        currency.to_string(),
    ]
}

fn absent() -> String {
    "-".to_owned()
}

impl fmt::Display for ReportTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines = self.lines();
        let columns = self.columns.len() + HEADS.len();
        let width = |at: usize| lines.iter().map(|line| line[at].chars().count()).max().unwrap_or_default();
        let widths: Vec<usize> = (0..columns).map(width).collect();
        for line in &lines {
            for (at, text) in line.iter().enumerate() {
                let gap = if at == 0 { "" } else { "  " };
                match (at < self.columns.len(), at + 1 == columns) {
                    (true, _) => write!(f, "{gap}{text:<width$}", width = widths[at])?,
                    (false, true) => write!(f, "{gap}{text}")?,
                    (false, false) => write!(f, "{gap}{text:>width$}", width = widths[at])?,
                }
            }
            writeln!(f)?;
        }
        Ok(())
    }
}
