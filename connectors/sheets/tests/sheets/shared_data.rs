//! Real decks made by others, where they lie beside the repository. They are not part of it.

use crate::shown::{at, builtin, findings, head, read, row_text};
use didtron_sheets::{DeckReading, read_deck_at};
use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// A file of the shared data; where it is absent the test says so and passes.
#[expect(clippy::print_stdout, reason = "a test that is skipped says so")]
pub fn path(name: &str) -> Option<PathBuf> {
    let path = Path::new("../../../shared/data").join(name);
    if path.is_file() {
        return Some(path);
    }
    println!("skipped: {} is not here", path.display());
    None
}

fn reading(name: &str, mapping: &str) -> Option<DeckReading> {
    let path = path(name)?;
    Some(read_deck_at(&path, Some(&builtin(mapping)), &head(None), at("2026-09-17T00:00:00Z")).expect("a file"))
}

fn by_prefix(reading: &DeckReading) -> HashMap<String, String> {
    reading.rows.iter().map(|(row, _)| (row.prefix.to_string(), row_text(row))).collect()
}

#[test]
fn the_cucm_sheet() {
    let name = "rates/comdif_cucm_billing_rates.csv";
    let Some(sell) = reading(name, "cucm") else { return };
    assert_eq!(findings(&sell), Vec::<String>::new());
    assert_eq!(sell.rows.len(), 36_298);
    let sell = by_prefix(&sell);
    assert_eq!(sell.len(), 36_298);
    assert_eq!(sell["9375"], "9375 Afghanistan - Mobile - AT | 0.2778 | 1/1");
    let buy = by_prefix(&reading(name, "cucm-buy").expect("the same file"));
    assert_eq!(buy["9375"], "9375 Afghanistan - Mobile - AT | 0.2137 | 1/1");
}

#[test]
fn the_cdrtool_sheet_joined_with_its_destinations() {
    let Some(deck) = reading("rates/cdrtool_rates.csv", "cdrtool") else { return };
    assert_eq!(findings(&deck), Vec::<String>::new());
    // 13,127 rows less the one for text messages and the one that blocks a route.
    assert_eq!(deck.rows.len(), 13_125);
    let count = |text: &str| deck.rows.iter().filter(|(row, _)| row_text(row).contains(text)).count();
    assert_eq!((count("| 60/60"), count("| 6/6")), (419, 9));
    assert_eq!(by_prefix(&deck)["1"], format!("1 USA | {} | 6/6", price_of_one()));
}

/// The price of code 1 in the file, in ten-thousandths, as a decimal.
fn price_of_one() -> String {
    let text = std::fs::read_to_string(path("rates/cdrtool_rates.csv").expect("the file")).expect("text");
    let line = text.lines().find(|line| line.split(',').nth(3) == Some("1")).expect("code 1");
    let units: u32 = line.split(',').nth(6).expect("a price").parse().expect("an integer");
    format!("0.{units:04}").trim_end_matches('0').to_owned()
}

#[test]
fn the_caribbeano_table() {
    let Some(deck) = reading("rates/caribbeano_table.csv", "caribbeano") else { return };
    let rounded: Vec<&str> = deck.findings.iter().map(|finding| finding.value.as_str()).collect();
    assert_eq!(rounded, ["5.41144E+11"]);
    let text = std::fs::read_to_string(path("rates/caribbeano_table.csv").expect("the file")).expect("text");
    let starred = text.lines().filter(|line| line.contains(",*")).count();
    assert_eq!(deck.rows.len() + starred + rounded.len(), 874);
    assert_eq!(by_prefix(&deck)["937"], "937 Afghanistan-Mobile | 0.45 | 60/60");
    let unmapped = read(&text, None);
    assert!(unmapped.rows.is_empty() && findings(&unmapped)[0].contains("several columns could be a price"));
}

#[test]
fn the_open_rate_card() {
    let Some(deck) = reading("rates/connexcs_open_rate_card_example.json", "open-rate-card") else { return };
    assert_eq!(findings(&deck), Vec::<String>::new());
    let rows: Vec<String> = deck.rows.iter().map(|(row, _)| row_text(row)).collect();
    let span = "2024-06-01T00:00:00Z..2024-12-31T23:59:59Z";
    assert_eq!(
        rows,
        [
            format!("441 United Kingdom Landline | 0.012 | 60/60 | {span}"),
            format!("442 United Kingdom Mobile | 0.025 | 60/60 | {span}"),
            format!("447 United Kingdom Mobile | 0.028 | 60/60 | {span}"),
        ]
    );
}

#[test]
fn the_astpp_files_and_a_sample_with_two_prices() {
    for (name, count) in
        [("astpp_originationrates_sample", 2), ("astpp_terminationrates_sample", 2), ("astpp_export_bom", 1)]
    {
        let Some(deck) = reading(&format!("rates/{name}.csv"), "astpp") else { return };
        assert_eq!(findings(&deck), Vec::<String>::new(), "{name}");
        assert_eq!(deck.rows.len(), count, "{name}");
    }
    let sample =
        std::fs::read_to_string(path("rates/a2billing_semicolon_sample.csv").expect("the file")).expect("text");
    assert!(findings(&read(&sample, None))[0].contains("several columns could be a price"));
}
