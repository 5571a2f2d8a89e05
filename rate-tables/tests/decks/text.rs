//! Decks as text tables, for tests: a line per row, words `key=value`, days of 2026 as `MM-DD`.

use didtron_domain::deck::{DeckHead, DeckRow, DeckVersion, RowPrice, RowStatus, VersionMode};
use didtron_domain::{Currency, DialPrefix, Increment, Instant, Price, Side};
use didtron_rate_tables::{CompiledRow, DeckTable, Rank};

pub fn head() -> DeckHead {
    DeckHead {
        name: "retail".into(),
        direction: Side::Customer,
        currency: Currency::parse("USD").expect("a currency"),
        zone: "UTC".into(),
        increment: Increment::new(60, 1),
        country_lists: None,
    }
}

pub fn day(text: &str) -> Instant {
    Instant::parse(&format!("2026-{text}T00:00:00Z")).expect("a day of 2026")
}

/// `prefix` and then `rate=`, `initial=`, `fee=`, `from=`, `to=`, `status=`, `origin=`, `class=`, `name=`, `group=`,
/// `increment=`, `grace=`; no rate where `rate=-`; without one, 0.01.
pub fn row(line: &str) -> DeckRow {
    let mut words = line.split_whitespace();
    let prefix = DialPrefix::parse(words.next().expect("a prefix")).expect("digits");
    let mut row = DeckRow {
        prefix,
        destination: format!("Place {prefix}"),
        price: Some(RowPrice::One { rate: Price(10_000_000), initial_rate: None }),
        increment: None,
        connect_fee: Price(0),
        grace_s: None,
        effective_from: None,
        effective_to: None,
        status: RowStatus::Open,
        origin_set: None,
        time_class: None,
        group: None,
    };
    for word in words {
        set(&mut row, word.split_once('=').unwrap_or_else(|| panic!("{word:?} is no key=value")));
    }
    row
}

fn set(row: &mut DeckRow, (key, value): (&str, &str)) {
    let price = || Price::parse(value).expect("a price");
    let three = || -> [Price; 3] {
        let all: Vec<Price> = value.split('/').map(|part| Price::parse(part).expect("a price")).collect();
        all.try_into().expect("three prices")
    };
    match (key, &mut row.price) {
        ("rate", place) if value == "-" => *place = None,
        ("rate", place) => *place = Some(RowPrice::One { rate: price(), initial_rate: None }),
        ("initial", Some(RowPrice::One { initial_rate, .. })) => *initial_rate = Some(price()),
        ("us", place) => {
            let [inter, intra, indeterminate] = three();
            *place = Some(RowPrice::Us { inter, intra, indeterminate });
        }
        ("eea", place) => {
            let [local, eea, international] = three();
            *place = Some(RowPrice::Eea { local, eea, international });
        }
        ("fee", _) => row.connect_fee = price(),
        ("from", _) => row.effective_from = Some(day(value)),
        ("to", _) => row.effective_to = Some(day(value)),
        ("status", _) => row.status = RowStatus::parse(value).expect("a status"),
        ("origin", _) => row.origin_set = Some(value.into()),
        ("class", _) => row.time_class = Some(value.into()),
        ("name", _) => row.destination = value.into(),
        ("group", _) => row.group = Some(value.into()),
        ("grace", _) => row.grace_s = Some(value.parse().expect("seconds")),
        ("increment", _) => {
            let (initial, next) = value.split_once('/').expect("initial/next");
            row.increment = Increment::new(initial.parse().expect("seconds"), next.parse().expect("seconds"));
        }
        other => panic!("{other:?} is no field"),
    }
}

/// Versions, each begun by a line `full` or `delta` and, where it has one, its effective day.
pub fn versions(text: &str) -> Vec<DeckVersion> {
    let mut versions: Vec<DeckVersion> = Vec::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let mut words = line.split_whitespace();
        if let Some(mode) = words.next().and_then(VersionMode::parse) {
            let number = versions.len() as u32 + 1;
            versions.push(DeckVersion { number, mode, effective: words.next().map(day), rows: Vec::new() });
        } else {
            versions.last_mut().expect("a version's line comes first").rows.push(row(line));
        }
    }
    versions
}

pub fn table(text: &str) -> DeckTable {
    DeckTable::compile(&head(), &versions(text)).unwrap_or_else(|findings| panic!("{findings:#?}"))
}

/// What a row's names say about a call whose origin sets and time classes are `near` and `city`, `peak`.
pub fn rank(table: &DeckTable, row: &CompiledRow) -> Option<Rank> {
    let origin_length = match row.origin_set.map(|set| &*table.origin_sets()[set as usize]) {
        None => 0,
        Some("near") => 2,
        Some("city") => 4,
        Some(_) => return None,
    };
    let has_time_class = match row.time_class.map(|class| &*table.time_classes()[class as usize]) {
        None => false,
        Some("peak") => true,
        Some(_) => return None,
    };
    Some(Rank { origin_length, has_time_class })
}
