//! What the plain deck file means, error by error, and that writing and reading cancel out.

use super::*;
use didtron_domain::deck::{RowPrice, RowStatus};
use didtron_domain::{Currency, DialPrefix, Increment, Instant, Price, Side};
use proptest::prelude::*;

fn head(increment: Option<Increment>) -> DeckHead {
    DeckHead {
        name: "retail".to_owned(),
        direction: Side::Customer,
        currency: Currency::parse("USD").expect("a currency"),
        zone: "Europe/Berlin".to_owned(),
        increment,
        country_lists: None,
    }
}

fn shown(text: &str) -> Vec<String> {
    read_rows(text.as_bytes(), &head(None), Price::parse("30").ok()).findings.iter().map(ToString::to_string).collect()
}

#[test]
fn reads_columns_in_any_order_and_defaults() {
    let text = "\u{feff}next_interval_s,initial_interval_s,rate_per_min,effective_from,effective_to,destination,prefix\n\
        1,60,.5,2026-06-01,2026-06-02T00:00:00Z,\"Berlin, city\",4930\n\n,,0.1,,,Germany,49\n";
    let rows = read(text.as_bytes(), &head(Increment::new(6, 6))).expect("a legal deck");
    assert_eq!(rows[0].effective_from, Instant::parse("2026-05-31T22:00:00Z").ok(), "midnight of the deck's zone");
    assert_eq!(rows[0].effective_to, Instant::parse("2026-06-02T00:00:00Z").ok());
    assert_eq!(rows[0].destination, "Berlin, city");
    assert_eq!(rows[0].price, Some(RowPrice::One { rate: Price(500_000_000), initial_rate: None }));
    assert_eq!((rows[0].increment, rows[1].increment), (Increment::new(60, 1), Increment::new(6, 6)));
    assert_eq!((rows[1].connect_fee, rows[1].grace_s, rows[1].status), (Price(0), None, RowStatus::Open));
    assert_eq!(read_rows(text.as_bytes(), &head(Increment::new(6, 6)), None).lines, [2, 4]);
    let windows = text.replace('\n', "\r\n");
    assert_eq!(read_rows(windows.as_bytes(), &head(Increment::new(6, 6)), None).lines, [2, 4]);
}

#[test]
fn tells_everything_that_is_wrong_at_once() {
    let text = "prefix,destination,rate_per_min,initial_interval_s,next_interval_s,initial_rate_per_min,effective_from,effective_to,status,inter_per_min,intra_per_min,indeterminate_per_min\n\
        4x,,-1,0,0,,,,,,,\n\
        49,Germany,1e3,60,,,,,,,,\n\
        49,Germany,,60,60,0.1,01/02/2026,,shut,,,\n\
        49,Germany,,60,60,,,,,0.1,0.2,\n\
        49,Germany,0.1,60,60,,,,,0.1,0.2,0.3\n\
        49,Germany,,,,,2026-02-01,2026-02-01,blocked,,,\n\
        49,Germany,31,60,60,,,,,,,\n\
        49,Germany,0.0000000001,,,,,,,,,\n\
        49,Germany\n\
        49,Germany,,,,,,,,,,\n\
        49,Germany,0.1,,,,,,closed,,,\n";
    let deck = read_rows(text.as_bytes(), &head(None), Price::parse("30").ok());
    assert_eq!(deck.lines, [12], "a closed row needs no increments");
    let found: Vec<(u64, &str)> = deck.findings.iter().map(|f| (f.row.expect("a row"), f.column.as_str())).collect();
    let expected = [
        (2, "prefix"),
        (2, "destination"),
        (2, "rate_per_min"),
        (2, "next_interval_s"),
        (3, "rate_per_min"),
        (3, "next_interval_s"),
        (4, "status"),
        (4, "rate_per_min"),
        (4, "effective_from"),
        (5, "indeterminate_per_min"),
        (6, "rate_per_min"),
        (7, "effective_to"),
        (8, "rate_per_min"),
        (9, "rate_per_min"),
        (10, ""),
        (11, "rate_per_min"),
    ];
    let mut sorted = found.clone();
    sorted.sort_unstable();
    let mut expected_sorted = expected.to_vec();
    // An initial rate without its rate is told at its own column.
    expected_sorted.retain(|at| *at != (4, "rate_per_min"));
    expected_sorted.push((4, "initial_rate_per_min"));
    expected_sorted.sort_unstable();
    assert_eq!(sorted, expected_sorted);
    assert!(deck.findings.iter().all(|finding| finding.scope == Scope::Row && !finding.message.is_empty()));
}

#[test]
fn refuses_a_file_as_a_whole() {
    assert_eq!(shown(""), ["the file is empty; a header that names the columns is expected"]);
    let unknown = shown("prefix,prize,prefix\n");
    assert_eq!(unknown.len(), 3, "{unknown:?}");
    assert!(unknown[0].starts_with("row 1, column prize: \"prize\" is not a column of a plain deck"));
    assert!(unknown[2].contains("destination: the column is missing"));
    let latin = read_rows(b"prefix,destination\n49,M\xFCnchen\n", &head(None), None);
    assert!(latin.findings[0].message.contains("line 2"));
    assert_eq!(latin.findings[0].scope, Scope::File);
    let nowhere = DeckHead { zone: "Mars/Olympus".to_owned(), ..head(None) };
    assert!(read(b"prefix,destination\n", &nowhere).unwrap_err()[0].message.contains("Mars/Olympus"));
}

fn price() -> impl Strategy<Value = Price> {
    prop_oneof![
        (0i64..40_000_000_000).prop_map(Price),
        (0i64..1_000).prop_map(|n| Price(n * 100_000)),
        Just(Price(i64::MAX))
    ]
}

fn row_price() -> impl Strategy<Value = RowPrice> {
    let three = || (price(), price(), price());
    prop_oneof![
        (price(), prop::option::of(price())).prop_map(|(rate, initial_rate)| RowPrice::One { rate, initial_rate }),
        three().prop_map(|(inter, intra, indeterminate)| RowPrice::Us { inter, intra, indeterminate }),
        three().prop_map(|(local, eea, international)| RowPrice::Eea { local, eea, international }),
    ]
}

fn name() -> impl Strategy<Value = Option<String>> {
    prop::option::of(prop_oneof!["[a-z]{1,4}", "[ ,;\"\n\r'#a-zß]{1,6}"])
}

prop_compose! {
    fn deck_row()(
        digits in "[1-9][0-9]{0,14}",
        destination in name(),
        price in prop::option::of(row_price()),
        increment in (0u32..=86_400, 1u32..=86_400),
        fee in price(),
        grace_s in prop::option::of(any::<u32>()),
        from in prop::option::of(-1_000_000_000_000_000i64..4_000_000_000_000_000),
        span in prop::option::of(1i64..1_000_000_000_000_000),
        status in 0usize..3,
        names in (name(), name(), name()),
    ) -> DeckRow {
        DeckRow {
            prefix: DialPrefix::parse(&digits).expect("digits"),
            destination: destination.unwrap_or_else(|| "x".to_owned()),
            increment: price.and_then(|_| Increment::new(increment.0, increment.1)),
            status: if price.is_some() { RowStatus::Open } else { [RowStatus::Blocked, RowStatus::Closed][status % 2] },
            price,
            connect_fee: fee,
            grace_s,
            effective_from: from.map(Instant),
            effective_to: span.map(|span| Instant(from.unwrap_or(0) + span)),
            origin_set: names.0,
            time_class: names.1,
            group: names.2,
        }
    }
}

proptest! {
    #[test]
    fn reading_what_was_written_gives_the_rows_back(rows in prop::collection::vec(deck_row(), 0..12)) {
        let bytes = write(&rows);
        let back = read(&bytes, &head(Increment::new(7, 7)));
        let sorted = |rows: &[DeckRow]| {
            let mut texts: Vec<String> = rows.iter().map(|row| format!("{row:?}")).collect();
            texts.sort_unstable();
            texts
        };
        let back = back.map_err(|findings| TestCaseError::fail(format!("{findings:?}")))?;
        prop_assert_eq!(sorted(&back), sorted(&rows));
        prop_assert_eq!(write(&back), bytes, "canonical");
    }

    #[test]
    fn figures_are_those_of_the_vocabulary(nano in any::<i64>(), text in "-?[0-9]{0,9}[.]?[0-9]{0,10}") {
        let row = |price| DeckRow {
            prefix: DialPrefix::parse("49").expect("digits"), destination: "x".to_owned(),
            price: Some(RowPrice::One { rate: Price(price), initial_rate: None }), increment: Increment::new(1, 1),
            connect_fee: Price(0), grace_s: None, effective_from: None, effective_to: None, status: RowStatus::Open,
            origin_set: None, time_class: None, group: None,
        };
        let written = String::from_utf8(write(&[row(nano)])).expect("text");
        let cell = written.lines().nth(1).and_then(|line| line.split(',').nth(2)).expect("a rate").to_owned();
        prop_assert_eq!(cell, Price(nano).to_string());
        let text = format!("prefix,destination,rate_per_min,initial_interval_s,next_interval_s\n49,x,{text},1,1\n");
        let cell = text.lines().nth(1).and_then(|line| line.split(',').nth(2)).expect("a rate");
        let expected = Price::parse(cell).ok().filter(|price| *price >= Price(0));
        let rate = read(text.as_bytes(), &head(None)).ok().map(|rows| rows[0].price);
        prop_assert_eq!(rate, expected.map(|rate| Some(RowPrice::One { rate, initial_rate: None })));
    }
}
