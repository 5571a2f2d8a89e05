//! Files that look like those of real suppliers, read with the built-in mappings.

use crate::shown::{
    assert_found, assert_noted, assert_rows, at, builtin, findings, head, mapping, read, read_bytes, rows,
};
use didtron_domain::deck::VersionMode;
use didtron_schemas::deck_file;
use didtron_sheets::{Scope, SheetFile, read_deck, read_deck_at};
use std::path::{Path, PathBuf};

fn fixture(name: &str) -> PathBuf {
    Path::new("tests/fixtures").join(name)
}

fn text(name: &str) -> String {
    std::fs::read_to_string(fixture(name)).expect("a fixture")
}

#[test]
fn a_notice_with_lists_ranges_and_a_closed_row() {
    let expected = [
        "8: 43664 Austria - Mobile - A1 | 0.0395 | 60/1 | 2026-03-20T00:00:00Z..",
        "8: 43680 Austria - Mobile - A1 | 0.0395 | 60/1 | 2026-03-20T00:00:00Z..",
        "8: 43681 Austria - Mobile - A1 | 0.0395 | 60/1 | 2026-03-20T00:00:00Z..",
        "9: 43 Austria - Fixed | 0.0061 | 1/1 | 2026-03-16T00:00:00Z..",
        "10: 39330 Italy - Mobile - TIM | 0.041 | 1/1 | 2026-03-16T00:00:00Z..",
        "10: 39331 Italy - Mobile - TIM | 0.041 | 1/1 | 2026-03-16T00:00:00Z..",
        "11: 254700 Kenya - Mobile - Safaricom | 0.151 | 60/60 | 2026-03-16T00:00:00Z..",
        "11: 254701 Kenya - Mobile - Safaricom | 0.151 | 60/60 | 2026-03-16T00:00:00Z..",
        "12: 254730 Kenya - Mobile - Airtel | 0.16 | 60/60 | 2026-03-25T00:00:00Z.. | closed",
    ];
    let now = at("2026-03-16T00:00:00Z");
    let reading = read_deck_at(&fixture("notice.csv"), Some(&builtin("notice")), &head(None), now).expect("a file");
    assert_rows(&reading, &expected);
    assert_eq!((reading.mode, reading.mapping.as_str()), (Some(VersionMode::Delta), "notice"));
    assert_noted(&reading, "3 rows have a date in the past, which means now");
    // The file proves its order of dates and its hyphens; only the past is another question.
    let unmapped = read_deck_at(&fixture("notice.csv"), None, &head(None), now).expect("a file");
    assert_eq!(rows(&unmapped)[0], expected[0]);
    assert_eq!(rows(&unmapped)[3], "9: 43 Austria - Fixed | 0.0061 | 1/1 | 2026-03-01T00:00:00Z..");
    assert_noted(&unmapped, "rate from Rate/Min");
}

#[test]
fn the_same_notice_in_other_encodings_and_separators() {
    let notice = text("notice.csv");
    let expected = rows(&read(&notice, Some(&builtin("notice"))));
    assert_eq!(expected.len(), 9);
    let utf16: Vec<u8> = notice.encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(rows(&read_bytes(&utf16, Some(&builtin("notice")))), expected);
    let windows = format!("\u{feff}{}", notice.replace('\n', "\r\n"));
    assert_eq!(rows(&read(&windows, Some(&builtin("notice")))), expected);
}

#[test]
fn a_deck_over_two_files_joined_by_the_code() {
    let now = at("2026-09-17T00:00:00Z");
    let reading =
        read_deck_at(&fixture("cdrtool_rates.csv"), Some(&builtin("cdrtool")), &head(None), now).expect("a file");
    assert_eq!(
        rows(&reading),
        [
            "2: 43 AUSTRIA | 0.0061 | 1/1",
            "3: 43664 AUSTRIA MOBILE | 0.0395 + 0.01 | 60/1",
            "4: 4471 UK OLD | 0.0012 | 30/6 | closed"
        ]
    );
    assert_eq!(findings(&reading), ["row 7, the joined file does not have the key of this row"]);
    assert!(reading.is_importable(true) && !reading.is_importable(false));
    assert_noted(&reading, "2 rows are left out by the filters");
    let alone = read(&text("cdrtool_rates.csv"), Some(&builtin("cdrtool")));
    assert_found(&alone, "destinations.csv or cdrtool_destinations.csv, which is not beside the file");
}

#[test]
fn a_deck_without_a_header_in_small_units() {
    let buy = read(&text("cucm.csv"), Some(&builtin("cucm-buy")));
    assert_rows(&buy, &["1: 43 Austria | 0.01 | 1/1", "2: 43664 Austria - Mobile | 0.0395 | 1/1"]);
    let sell = read(&text("cucm.csv"), Some(&builtin("cucm")));
    assert_rows(&sell, &["1: 43 Austria | 0.013 | 1/1", "2: 43664 Austria - Mobile | 0.0514 | 1/1"]);
    let unmapped = read(&text("cucm.csv"), None);
    assert_found(&unmapped, "no row names all columns that are needed");
}

#[test]
fn two_prices_a_row_and_pseudo_codes() {
    let reading = read(&text("caribbeano.csv"), Some(&builtin("caribbeano")));
    assert_eq!(
        rows(&reading),
        [
            "2: 43 Austria | 0.05 then 0.04 | 60/60",
            "3: 43664 Austria-Mobile | 0.2 | 60/60",
            "6: 43900 Premium | blocked"
        ]
    );
    assert_eq!(
        findings(&reading),
        [
            "row 4, column Code: \"5.41144E+11\": \"5.41144E+11\" is a number that a spreadsheet has rounded; send the column as text"
        ]
    );
    assert_found(&read(&text("caribbeano.csv"), None), "several columns could be a price");
}

#[test]
fn an_open_rate_card() {
    let expected = [
        "1: 43 Austria | 0.0061 | 60/1 | 2026-06-30T22:00:00Z..2027-01-01T00:00:00Z",
        "2: 43664 Austria Mobile | 0.0395 + 0.01 | 30/6 | 2026-06-01T00:00:00Z..2027-01-01T00:00:00Z",
    ];
    let card = text("card.json");
    assert_rows(&read(&card, Some(&builtin("open-rate-card"))), &expected);
    let unmapped = read(&card, None);
    assert_rows(&unmapped, &expected);
    assert_noted(&unmapped, "tech prefix 77");
    assert_eq!(unmapped.rows[0].1.sheet.as_deref(), Some("default"));
    assert_found(&read(&card.replace("\"USD\"", "\"EUR\""), None), "the card is in EUR and the deck in USD");
    assert_found(
        &read(&card.replace("\"Europe\"]", "\"Europe\", 1]"), None),
        "rate 1 does not have one value for each field",
    );
    let two = card.replace("\"cards\": {", "\"cards\": { \"other\": {},");
    assert_found(&read(&two, None), "2 cards (default, other)");
    assert_found(&read("{\"cards\": ", None), "not JSON");
}

#[test]
fn the_plain_deck_needs_no_mapping() {
    let plain = "destination,prefix,rate_per_min,initial_interval_s,next_interval_s\nAustria,43,0.0061,60,1\nVienna,431,31,60,1\n";
    let reading = read(plain, None);
    assert_eq!(reading.mapping, "plain");
    assert_eq!(rows(&reading), ["2: 43 Austria | 0.0061 | 60/1"]);
    assert_found(&reading, "row 3, column rate_per_min: \"31\": is above the highest price allowed, 30");
    let dearer = mapping("form = 'plain'\n[prices]\nmax_price = '50'");
    let reading = read(plain, Some(&dearer));
    assert_eq!(rows(&reading).len(), 2);
    let deck: Vec<_> = reading.rows.into_iter().map(|(row, _)| row).collect();
    let written = String::from_utf8(deck_file::write(&deck)).expect("text");
    assert_eq!(rows(&read(&written, Some(&dearer))), ["2: 43 Austria | 0.0061 | 60/1", "3: 431 Vienna | 31 | 60/1"]);
}

#[test]
fn the_zone_of_bare_dates_is_the_decks_unless_the_mapping_says_otherwise() {
    let text = "Code,Destination,Rate,Effective Date,Effective To\n43,Austria,0.1,2026-07-01,2026-07-31\n";
    let vienna = didtron_domain::deck::DeckHead { zone: "Europe/Vienna".to_owned(), ..head(Some((1, 1))) };
    let file = SheetFile { name: "deck.csv", bytes: text.as_bytes() };
    let now = at("2026-01-01T00:00:00Z");
    let inclusive = mapping("[dates]\nlast_day_inclusive = true");
    let reading = read_deck(&file, &[], Some(&inclusive), &vienna, now);
    assert_rows(&reading, &["2: 43 Austria | 0.1 | 1/1 | 2026-06-30T22:00:00Z..2026-07-31T22:00:00Z"]);
    let utc = mapping("[dates]\nzone = 'UTC'");
    let reading = read_deck(&file, &[], Some(&utc), &vienna, now);
    assert_rows(&reading, &["2: 43 Austria | 0.1 | 1/1 | 2026-07-01T00:00:00Z..2026-07-31T00:00:00Z"]);
    assert!(reading.findings.iter().all(|finding| finding.scope == Scope::File));
}
