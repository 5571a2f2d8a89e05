//! Readings as text tables, so that a case is a line.

use didtron_domain::deck::{DeckHead, DeckRow, RowPrice, RowStatus};
use didtron_domain::{Currency, Increment, Instant, Price, Side};
use didtron_schemas::deck_mapping::{self, DeckMapping};
use didtron_sheets::{DeckReading, SheetFile, read_deck};

pub fn head(increment: Option<(u32, u32)>) -> DeckHead {
    DeckHead {
        name: "acme".to_owned(),
        direction: Side::Supplier,
        currency: Currency::parse("USD").expect("a currency"),
        zone: "UTC".to_owned(),
        increment: increment.map(|(initial, next)| Increment::new(initial, next).expect("legal")),
        country_lists: None,
    }
}

pub fn at(text: &str) -> Instant {
    Instant::parse(text).expect("an instant")
}

pub fn builtin(name: &str) -> DeckMapping {
    deck_mapping::builtin(name).unwrap_or_else(|| panic!("a mapping {name}"))
}

pub fn mapping(toml: &str) -> DeckMapping {
    DeckMapping::parse(&format!("name = \"case\"\n{toml}")).expect("a mapping")
}

/// Reads text as a CSV on 2026-09-17, with per-second increments where nothing else says.
pub fn read(text: &str, mapping: Option<&DeckMapping>) -> DeckReading {
    read_bytes(text.as_bytes(), mapping)
}

pub fn read_bytes(bytes: &[u8], mapping: Option<&DeckMapping>) -> DeckReading {
    read_deck(&SheetFile { name: "deck", bytes }, &[], mapping, &head(Some((1, 1))), at("2026-09-17T00:00:00Z"))
}

/// `line: prefix destination | price | increments | from..to | status`, without what a row does not have.
pub fn rows(reading: &DeckReading) -> Vec<String> {
    reading.rows.iter().map(|(row, place)| format!("{}: {}", place.row, row_text(row))).collect()
}

pub fn row_text(row: &DeckRow) -> String {
    let mut text = format!("{} {}", row.prefix, row.destination);
    text += &match row.price {
        None => String::new(),
        Some(RowPrice::One { rate, initial_rate: None }) => format!(" | {rate}"),
        Some(RowPrice::One { rate, initial_rate: Some(initial) }) => format!(" | {initial} then {rate}"),
        Some(RowPrice::Us { inter, intra, indeterminate }) => format!(" | {inter} {intra} {indeterminate}"),
        Some(RowPrice::Eea { local, eea, international }) => format!(" | {local} {eea} {international}"),
    };
    if row.connect_fee != Price(0) {
        text += &format!(" + {}", row.connect_fee);
    }
    if let Some(increment) = row.increment {
        text += &format!(" | {}/{}", increment.initial_s(), increment.next_s());
    }
    if row.effective_from.is_some() || row.effective_to.is_some() {
        let shown = |at: Option<Instant>| at.map_or_else(String::new, |at| at.to_string());
        text += &format!(" | {}..{}", shown(row.effective_from), shown(row.effective_to));
    }
    if row.status != RowStatus::Open {
        text += &format!(" | {}", row.status.as_str());
    }
    text
}

pub fn findings(reading: &DeckReading) -> Vec<String> {
    reading.findings.iter().map(ToString::to_string).collect()
}

/// Asserts that nothing is wrong and that these are the rows.
pub fn assert_rows(reading: &DeckReading, expected: &[&str]) {
    assert_eq!(findings(reading), Vec::<String>::new());
    assert_eq!(rows(reading), expected);
}

/// Asserts that some finding has this text.
pub fn assert_found(reading: &DeckReading, word: &str) {
    assert!(findings(reading).iter().any(|finding| finding.contains(word)), "{word:?} in {:#?}", findings(reading));
}

pub fn assert_noted(reading: &DeckReading, word: &str) {
    assert!(reading.notes.iter().any(|note| note.contains(word)), "{word:?} in {:#?}", reading.notes);
}
