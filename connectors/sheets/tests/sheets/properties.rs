//! What holds for every sheet: no text makes the reader fail, and the fashion of a sheet does not change its rows.

use crate::shown::{findings, mapping, read, read_bytes, rows};
use didtron_domain::deck::DeckRow;
use didtron_schemas::deck_file;
use proptest::prelude::*;

/// A row: prefix, price in nano-units, day of January 2027.
fn deck() -> impl Strategy<Value = Vec<(u64, u32, u8)>> {
    let prices = prop_oneof![0u32..2_000_000_000, (0u32..30).prop_map(|units| units * 100_000_000)];
    prop::collection::btree_map(1u64..999_999, (prices, 1u8..=31), 1..20)
        .prop_map(|rows| rows.into_iter().map(|(prefix, (price, day))| (prefix, price, day)).collect())
}

/// The rows under a fashion of separator, decimal sign and date.
fn sheet(deck: &[(u64, u32, u8)], separator: &str, sign: &str, date: impl Fn(u8) -> String) -> String {
    let header = ["Destination", "Code", "Rate", "Effective Date", "Billing"].join(separator);
    let line = |(prefix, nano, day): &(u64, u32, u8)| {
        let price = format!("{}{sign}{:09}", nano / 1_000_000_000, nano % 1_000_000_000);
        ["Place", &format!("+{prefix}"), &price, &date(*day), "30/6"].join(separator)
    };
    let lines: Vec<String> = deck.iter().map(line).collect();
    format!("Rates\n{header}\n{}\nTerms\n", lines.join("\n"))
}

proptest! {
    #[test]
    fn fashion_does_not_change_the_rows(deck in deck()) {
        let iso = rows(&read(&sheet(&deck, ",", ".", |day| format!("2027-01-{day:02}")), None));
        prop_assert_eq!(iso.len(), deck.len());
        let day_first = mapping("[dates]\norder = 'day_first'");
        let german = read(&sheet(&deck, ";", ",", |day| format!("{day}.1.2027")), Some(&day_first));
        prop_assert_eq!(findings(&german), Vec::<String>::new());
        prop_assert_eq!(&rows(&german), &iso);
        let month_first = mapping("[dates]\norder = 'month_first'\n[prices]\ndecimal_sign = 'point'");
        let american = read(&sheet(&deck, "\t", ".", |day| format!("1/{day}/27")), Some(&month_first));
        prop_assert_eq!(&rows(&american), &iso);
        let plain: Vec<DeckRow> = american.rows.into_iter().map(|(row, _)| row).collect();
        let back: Vec<DeckRow> = read_bytes(&deck_file::write(&plain), None).rows.into_iter().map(|(row, _)| row).collect();
        let mut sorted = plain;
        sorted.sort_by_key(|row| (row.prefix.first(), row.prefix.length()));
        prop_assert_eq!(back, sorted);
    }

    #[test]
    fn no_sheet_makes_the_reader_fail(cells in prop::collection::vec("[0-9,;./+eE: \"\n-]{0,8}|[a-zäß–]{0,5}|[0-9]{1,2}/[0-9]{1,2}/[0-9]{2,4}", 0..60)) {
        let lines: Vec<String> = cells.chunks(6).map(|row| row.join(",")).collect();
        let text = format!("Code,Destination,Rate,Effective Date,Billing,Status\n{}", lines.join("\n"));
        let reading = read(&text, None);
        let is_file = reading.findings.iter().any(|finding| finding.scope == didtron_sheets::Scope::File);
        prop_assert!(reading.rows.is_empty() || !is_file);
        for (row, place) in &reading.rows {
            prop_assert!(place.row > 1 && row.price.is_some() == row.increment.is_some() || row.price.is_none());
            prop_assert!(!reading.findings.iter().any(|finding| finding.row == Some(place.row)));
        }
    }

    #[test]
    fn no_bytes_make_the_reader_fail(bytes in prop::collection::vec(any::<u8>(), 0..200), front in 0usize..4) {
        let front: &[u8] = [&b""[..], b"PK\x03\x04", b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", b"{\"cards\":"][front];
        let reading = read_bytes(&[front, &bytes].concat(), None);
        prop_assert!(!reading.findings.is_empty());
    }
}
