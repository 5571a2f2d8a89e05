//! Workbooks: several sheets, numbers as stored doubles, dates as cells, letters in findings.

use crate::shown::{assert_found, assert_noted, findings, mapping, read_bytes, rows};
use crate::xlsx::Value::{Blank, Date, Number, Text};
use crate::xlsx::workbook;

fn book() -> Vec<u8> {
    let header =
        || vec![Blank, Text("Code"), Text("Destination"), Text("Rate"), Text("Effective Date"), Text("Billing")];
    let row = |code, rate| vec![Blank, Number(code), Text("Germany"), Number(rate), Date("46288"), Text("60/1")];
    workbook(&[
        ("Cover", false, vec![vec![Text("Acme rates")]]),
        (
            "Rates",
            false,
            vec![
                vec![Text("Acme")],
                vec![],
                header(),
                row("49", "4.9500000000000002E-2"),
                row("4930", "0.30000000000000004"),
            ],
        ),
        ("More", false, vec![header(), row("4989", "1E-7"), row("4940", "-0.05"), row("49.5", "12345678.123456789")]),
        ("Old", true, vec![header(), row("1", "0.5")]),
    ])
}

#[test]
fn reads_every_sheet_that_can_be_seen() {
    let reading = read_bytes(&book(), None);
    assert_eq!(
        rows(&reading),
        [
            "4: 49 Germany | 0.0495 | 60/1 | 2026-09-23T00:00:00Z..",
            "5: 4930 Germany | 0.3 | 60/1 | 2026-09-23T00:00:00Z..",
            "2: 4989 Germany | 0.0000001 | 60/1 | 2026-09-23T00:00:00Z..",
        ]
    );
    assert_eq!(reading.rows[2].1.sheet.as_deref(), Some("More"));
    assert_eq!(
        findings(&reading),
        [
            "sheet More, row 3, column D (Rate): \"-0.05\": is negative; a price is 0 or more",
            "sheet More, row 4, column B (Code): \"49.5\": \"49.5\" is not a code: 1 to 15 digits that do not begin with 0 are expected",
            "sheet More, row 4, column D (Rate): \"12345678.1234568\": is above the highest price allowed, 30; a mapping's max_price changes that",
        ]
    );
    assert_noted(&reading, "sheet Cover has no rates");
    assert_noted(&reading, "the hidden sheet Old was not read");
}

#[test]
fn reads_the_sheets_and_letters_that_a_mapping_names() {
    let named = mapping(
        "[layout]\nsheets = ['Old']\nheader = 1\n[columns]\nprefix = { letter = 'B' }\ndestination = { letter = 'C' }\n\
         rate = { letter = 'D' }",
    );
    assert_eq!(rows(&read_bytes(&book(), Some(&named))), ["2: 1 Germany | 0.5 | 1/1"]);
    let missing = mapping("[layout]\nsheets = ['New']");
    assert_found(&read_bytes(&book(), Some(&missing)), "no sheet \"New\"; it has Cover, Rates, More, Old");
    let cover = mapping("[layout]\nsheets = ['Cover', 'Rates']");
    assert_found(&read_bytes(&book(), Some(&cover)), "sheet Cover, no row names all columns");
    assert_found(&read_bytes(b"PK\x03\x04 no archive", None), "the workbook cannot be read");
}
