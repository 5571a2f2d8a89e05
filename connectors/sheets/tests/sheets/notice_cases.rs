//! The golden notice and the ten edge cases of the public importer test, where they are at hand, by mappings of our own.

use crate::shared_data::path;
use crate::shown::{assert_found, assert_noted, assert_rows, at, builtin, findings, head, mapping, read, rows};
use didtron_domain::deck::{DeckRow, RowPrice, RowStatus};
use didtron_schemas::deck_mapping::DeckMapping;
use didtron_sheets::read_deck_at;
use serde_json::Value;

const NOW: &str = "2026-09-17T00:00:00Z";

/// A row in the columns of the expected file.
fn expected_line(row: &DeckRow) -> String {
    let Some(RowPrice::One { rate, initial_rate }) = row.price else { panic!("{row:?}") };
    let increment = row.increment.expect("increments");
    let from = row.effective_from.filter(|from| *from != at(NOW));
    let from = from.map_or_else(|| "ASAP".to_owned(), |from| from.to_string().replace('T', " ").replace('Z', ""));
    let closed = u8::from(row.status == RowStatus::Closed);
    let first = initial_rate.unwrap_or(rate);
    format!(",,{},{from},,0,{closed},{first},{rate},{},{}", row.prefix, increment.initial_s(), increment.next_s())
}

#[test]
fn the_golden_notice_as_csv_and_as_workbook() {
    let Some(expected) = path("deck_conversion/acme_rate_notice_expected_tcxc.csv") else { return };
    let expected = std::fs::read_to_string(expected).expect("text");
    let expected: Vec<&str> = expected.lines().skip(1).collect();
    assert_eq!(expected.len(), 25);
    for name in ["acme_rate_notice.csv", "acme_rate_notice.xlsx"] {
        let path = path(&format!("deck_conversion/{name}")).expect("beside the expected file");
        let reading = read_deck_at(&path, Some(&builtin("notice")), &head(None), at(NOW)).expect("a file");
        assert_eq!(findings(&reading), Vec::<String>::new(), "{name}");
        let lines: Vec<String> = reading.rows.iter().map(|(row, _)| expected_line(row)).collect();
        assert_eq!(lines, expected, "{name}");
        assert_eq!(reading.rows[0].0.destination, "Germany - Mobile - Vodafone");
    }
}

/// The input of a case of the public test; `None` where the file is absent.
fn case(name: &str) -> Option<String> {
    let text = std::fs::read_to_string(path("deck_conversion/cases.json")?).expect("text");
    let cases: Value = serde_json::from_str(&text).expect("JSON");
    let found = cases.as_array().expect("a list").iter().find(|case| case["name"] == name);
    Some(found.unwrap_or_else(|| panic!("a case {name}"))["input"].as_str().expect("a text").to_owned())
}

fn check(name: &str, mapping: Option<&DeckMapping>, expected: &[&str]) {
    if let Some(input) = case(name) {
        assert_rows(&read(&input, mapping), expected);
    }
}

#[test]
fn country_and_area_columns_with_decimal_commas() {
    let recognising =
        mapping("recognise = true\n[columns]\nrate = ['New Rate', 'Current Rate']\n[dates]\norder = 'day_first'");
    check(
        "joined_cc_area_decimal_comma",
        Some(&recognising),
        &[
            "2: 346 Spain Mobile | 0.012 | 60/60 | 2027-04-03T00:00:00Z..",
            "2: 347 Spain Mobile | 0.012 | 60/60 | 2027-04-03T00:00:00Z..",
        ],
    );
    if let Some(input) = case("joined_cc_area_decimal_comma") {
        assert_found(&read(&input, None), "several columns could be a price");
        let silent = mapping("recognise = true\n[columns]\nrate = ['New Rate']");
        assert_found(&read(&input, Some(&silent)), "may begin with the day or the month");
    }
}

#[test]
fn two_prices_and_mixed_hyphens_are_refused() {
    if let Some(input) = case("several_price_columns") {
        assert_found(&read(&input, None), "several columns could be a price");
    }
    if let Some(input) = case("mixed_hyphen") {
        let reading = read(&input, None);
        assert_found(&reading, "some hyphens make a range and this one joins country and area");
        assert!(!reading.is_importable(true));
    }
}

#[test]
fn hyphens_that_can_only_join_are_joined() {
    check("country_area_hyphen", None, &["2: 8210 Korea-Mobile | 0.03 | 1/1", "3: 511 Peru-Lima | 0.004 | 1/1"]);
}

#[test]
fn increment_rules_by_name() {
    let rules = mapping(
        "[increments]\ndefault = '1/1'\nrules = [{ destination = 'Brazil', increment = '30/6' }, \
         { destination = 'Nepal Ncell Mobile', increment = '60/1' }, { destination = 'Korea South', increment = '60/1' }]",
    );
    let expected = [
        "2: 5511 Brazil-Sao Paulo | 0.01 | 30/6",
        "3: 97798 Nepal-Ncell Mobile | 0.1 | 60/1",
        "4: 977 Nepal-Other | 0.08 | 1/1",
    ];
    check("increment_rules", Some(&rules), &expected);
    if let Some(input) = case("increment_rules") {
        assert_noted(&read(&input, Some(&rules)), "\"korea south\" fits no destination");
    }
}

#[test]
fn a_markup_is_exact_and_rounds_up() {
    let markup = mapping("[prices]\nmarkup = { percent = '11', decimals = 6 }");
    check("markup_rounds_up", Some(&markup), &["2: 44 44 | 0.046065 | 1/1", "3: 33 33 | 0.111 | 1/1"]);
}

#[test]
fn the_increment_column_beside_a_second_date_column() {
    let concat = mapping("[codes]\nhyphen = 'country_area'");
    check(
        "bi_type_increment",
        Some(&concat),
        &[
            "2: 9376 Afghanistan-Mobile A | 0.15 | 1/1 | 2018-09-21T00:00:00Z..",
            "3: 9370 Afghanistan-Mobile B | 0.14 | 60/1 | 2025-02-06T00:00:00Z..",
            "4: 8435 Vietnam-Mobile | 0.05 | 60/60 | 2022-05-10T00:00:00Z..",
        ],
    );
}

#[test]
fn old_decks_and_odd_prices_are_noted() {
    if let Some(input) = case("old_deck") {
        let reading = read(&input, None);
        assert_rows(&reading, &["2: 44 44 | 0.01 | 1/1 | 2025-01-01T00:00:00Z.."]);
        assert_noted(&reading, "the newest effective date of the file is 2025-01-01");
    }
    if let Some(input) = case("suspicious_rate") {
        let reading = read(&input, None);
        assert_eq!(rows(&reading).len(), 5);
        assert_noted(&reading, "25479 (Kenya-Mobile C) at 0.0009 is far below");
    }
}

#[test]
fn a_market_file_that_was_edited_by_hand() {
    check(
        "hand_edited_tcxc",
        Some(&builtin("tcxc")),
        &[
            "2: 5531 5531 | 0.017 | 30/6 | 2026-09-17T00:00:00Z..",
            "3: 4930 4930 | 0.012 | 1/1 | 2026-09-17T00:00:00Z..",
        ],
    );
}
