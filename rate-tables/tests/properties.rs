//! Whole decks, drawn at random, against the naive rules.

#[path = "decks/naive.rs"]
mod naive;
#[path = "decks/text.rs"]
mod text;

use didtron_domain::deck::{DeckRow, DeckVersion, RowPrice, RowStatus, VersionMode};
use didtron_domain::{DialPrefix, E164, Instant, Price};
use didtron_rate_tables::{CacheError, Change, CompiledRow, DeckTable, Rank, check_version, diff};
use proptest::prelude::*;
use proptest::sample::{Index, select};
use std::collections::{BTreeMap, BTreeSet};
use text::head;

/// Days count from 0; `None` is no bound.
type Span = (Option<i64>, Option<i64>);

/// What one key has in one version: spans that do not meet, and one status for all of them.
fn arb_spans() -> impl Strategy<Value = (Vec<Span>, RowStatus)> {
    let spans = select(vec![
        vec![(None, None)],
        vec![(None, None)],
        vec![(Some(3), None)],
        vec![(None, Some(4))],
        vec![(Some(2), Some(5))],
        vec![(Some(1), Some(3)), (Some(3), Some(4)), (Some(6), None)],
        vec![(Some(5), None), (Some(0), Some(5))],
    ]);
    let status = prop_oneof![6 => Just(RowStatus::Open), 1 => Just(RowStatus::Blocked), 1 => Just(RowStatus::Closed)];
    (spans, status)
}

fn arb_prefix() -> impl Strategy<Value = DialPrefix> {
    let digits = select(vec![
        "1",
        "10",
        "100",
        "1000",
        "10000",
        "12",
        "120",
        "1203",
        "12034",
        "2",
        "203",
        "2030",
        "20305",
        "203057",
        "9",
        "100000000000000",
    ]);
    digits.prop_map(|digits| DialPrefix::parse(digits).expect("digits"))
}

type Keys = BTreeMap<(DialPrefix, Option<&'static str>, Option<&'static str>), (Vec<Span>, RowStatus)>;

fn arb_keys() -> impl Strategy<Value = Keys> {
    let origin = select(vec![None, None, Some("near"), Some("city"), Some("far")]);
    let class = select(vec![None, None, Some("peak"), Some("night")]);
    prop::collection::btree_map((arb_prefix(), origin, class), arb_spans(), 0..20)
}

fn at(day: i64) -> Instant {
    Instant(day * 86_400_000_000)
}

fn rows(keys: &Keys, price: &mut i64) -> Vec<DeckRow> {
    let mut rows = Vec::new();
    for ((prefix, origin, class), (spans, status)) in keys {
        for (from, to) in spans {
            *price += 1;
            let mut row = text::row(&prefix.to_string());
            row.price = Some(RowPrice::One { rate: Price(*price), initial_rate: None });
            row.origin_set = origin.map(str::to_owned);
            row.time_class = class.map(str::to_owned);
            (row.effective_from, row.effective_to, row.status) = (from.map(at), to.map(at), *status);
            row.group = (*price % 3 == 0).then(|| "fixed".to_owned());
            rows.push(row);
        }
    }
    rows
}

/// Versions whose spans never meet: one of no begin beside others of the same key would, so effective times end it.
fn arb_versions() -> impl Strategy<Value = Vec<DeckVersion>> {
    let mode = select(vec![VersionMode::Full, VersionMode::Delta]);
    let version = (arb_keys(), mode, prop::option::weighted(0.7, -1i64..7), any::<u64>());
    prop::collection::vec(version, 0..5).prop_map(|drawn| {
        let mut price = 0;
        let number = 1u32..;
        number
            .zip(drawn)
            .map(|(number, (keys, mode, effective, seed))| {
                let mut rows = rows(&keys, &mut price);
                shuffle(&mut rows, seed);
                DeckVersion { number, mode, effective: effective.map(at), rows }
            })
            .collect()
    })
}

fn shuffle(rows: &mut [DeckRow], mut seed: u64) {
    for place in (1..rows.len()).rev() {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        rows.swap(place, (seed >> 33) as usize % (place + 1));
    }
}

fn compiled(versions: &[DeckVersion]) -> DeckTable {
    DeckTable::compile(&head(), versions).unwrap_or_else(|findings| panic!("{findings:#?}"))
}

/// Every row as text, all that it says in it.
fn lines_of_table(table: &DeckTable) -> BTreeSet<String> {
    let name = |names: &[Box<str>], at: u32| names[at as usize].to_string();
    let lines = table.entries().map(|(prefix, row)| {
        let origin_set = row.origin_set.map(|at| name(table.origin_sets(), at));
        let time_class = row.time_class.map(|at| name(table.time_classes(), at));
        let group = row.group.map(|at| name(table.groups(), at));
        let names = (name(table.destinations(), row.destination), group, origin_set, time_class);
        format!(
            "{:?}",
            (prefix, names, row.from, row.to, row.version, table.terms(row).price, row.status, row.effective_from())
        )
    });
    lines.collect()
}

fn lines_of_naive(rows: &[naive::Laid]) -> BTreeSet<String> {
    let lines = rows.iter().filter(|laid| laid.from < laid.to).map(|laid| {
        let row = &laid.row;
        let names = (&row.destination, &row.group, &row.origin_set, &row.time_class);
        format!(
            "{:?}",
            (row.prefix, names, laid.from, laid.to, laid.version, row.price, row.status, row.effective_from)
        )
    });
    lines.collect()
}

fn rank(row: &DeckRow) -> Option<Rank> {
    let origin_length = match row.origin_set.as_deref() {
        None => 0,
        Some("near") => 2,
        Some("city") => 4,
        Some(_) => return None,
    };
    let has_time_class = row.time_class.is_some();
    (row.time_class.as_deref() != Some("night")).then_some(Rank { origin_length, has_time_class })
}

fn arb_number() -> impl Strategy<Value = E164> {
    let tail = select(vec!["", "0", "00", "3", "5", "57", "000000", "0000000000", "9"]);
    (arb_prefix(), tail).prop_map(|(prefix, tail)| {
        let text = format!("{prefix}{tail}");
        E164::parse(&text.as_bytes()[..text.len().min(15)]).expect("digits")
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn layers_like_the_naive_rules(versions in arb_versions()) {
        prop_assert!(versions.iter().all(|version| check_version(&head(), version).is_empty()));
        prop_assert_eq!(lines_of_table(&compiled(&versions)), lines_of_naive(&naive::lay(&versions)));
    }

    #[test]
    fn chooses_like_a_scan(versions in arb_versions(), numbers in prop::collection::vec(arb_number(), 20), blocked_counts in any::<bool>()) {
        let table = compiled(&versions);
        let laid = naive::lay(&versions);
        let counts = |status| blocked_counts || status != RowStatus::Blocked;
        let mut nodes = Vec::new();
        table.longest_batch(&numbers, &mut nodes);
        table.prefetch(&nodes, |_| ());
        for day in [-2, 0, 2, 3, 4, 5, 7] {
            for (&number, &node) in numbers.iter().zip(&nodes) {
                let mut fits = |row: &CompiledRow| {
                    counts(row.status).then(|| text::rank(&table, row)).flatten()
                };
                let best = table.best(number, at(day), &mut fits);
                prop_assert_eq!(best, node.and_then(|node| table.best_from(node, at(day), &mut fits)));
                let scanned = naive::best(&laid, number, at(day), |row| counts(row.status).then(|| rank(row)).flatten());
                prop_assert_eq!(
                    best.map(|best| (best.prefix_length, best.rank, table.terms(best.row).price)),
                    scanned.map(|(length, rank, laid)| (length, rank, laid.row.price)),
                    "{} on day {}", number, day
                );
            }
        }
    }

    #[test]
    fn finds_the_longest_prefix_of_short_numbers_too(versions in arb_versions(), numbers in prop::collection::vec(arb_number(), 40)) {
        let table = compiled(&versions);
        let prefixes: BTreeSet<String> = table.entries().map(|(prefix, _)| prefix.to_string()).collect();
        let mut batch = vec![None; 3];
        table.longest_batch(&numbers, &mut batch);
        for (number, node) in numbers.iter().zip(&batch) {
            let text = number.to_string();
            let longest = |text: &str, below: usize| (1..=text.len().min(below)).rev().find(|length| prefixes.contains(&text[..*length]));
            let found = node.map(|found| number.prefix(found.length()).to_string());
            prop_assert_eq!(&found, &longest(&text, 15).map(|length| text[..length].to_owned()));
            prop_assert_eq!(*node, table.longest(*number));
        }
    }

    #[test]
    fn the_order_of_rows_does_not_matter(versions in arb_versions(), seed in any::<u64>()) {
        let mut others = versions.clone();
        for version in &mut others {
            shuffle(&mut version.rows, seed);
        }
        let (table, other) = (compiled(&versions), compiled(&others));
        prop_assert_eq!(&table, &other);
        prop_assert_eq!(table.to_bytes(), other.to_bytes());
    }

    #[test]
    fn all_rows_as_one_full_list_make_the_same_rows(versions in arb_versions()) {
        let table = compiled(&versions);
        let mut again: Vec<DeckRow> = naive::lay(&versions)
            .into_iter()
            .filter(|laid| laid.from < laid.to)
            .map(|laid| DeckRow {
                effective_from: (laid.from != Instant::MIN).then_some(laid.from),
                effective_to: (laid.to != Instant::MAX).then_some(laid.to),
                ..laid.row
            })
            .collect();
        again.reverse();
        let one = compiled(&[DeckVersion { number: 9, mode: VersionMode::Full, effective: None, rows: again }]);
        let plain = |table: &DeckTable| table.entries().map(|(prefix, row)| (prefix, row.from, row.to, table.terms(row).price, row.status)).collect::<Vec<_>>();
        prop_assert_eq!(plain(&table), plain(&one));
    }

    #[test]
    fn the_diff_of_two_states_counts_every_key_once(one in arb_versions(), other in arb_versions(), day in -1i64..8) {
        let (old, new) = (compiled(&one), compiled(&other));
        let keys = |table: &DeckTable| -> BTreeMap<String, Option<RowPrice>> {
            let open = table.in_force(at(day)).filter(|(_, row)| row.status != RowStatus::Closed);
            open.map(|(prefix, row)| (key_words(table, prefix, row), table.terms(row).price)).collect()
        };
        let (olds, news) = (keys(&old), keys(&new));
        let changes = diff(&old, &new, at(day));
        let total: usize = Change::ALL.iter().map(|change| changes.counts.of(*change)).sum();
        prop_assert_eq!(total, olds.keys().chain(news.keys()).collect::<BTreeSet<_>>().len());
        prop_assert_eq!(changes.counts.of(Change::New), news.keys().filter(|key| !olds.contains_key(*key)).count());
        prop_assert_eq!(changes.counts.of(Change::Closed), olds.keys().filter(|key| !news.contains_key(*key)).count());
        prop_assert_eq!(changes.entries.len(), total - changes.counts.of(Change::Unchanged));
        for entry in &changes.entries {
            prop_assert_eq!(entry.old.is_none(), entry.change == Change::New);
            prop_assert_eq!(entry.new.is_none(), entry.change == Change::Closed);
        }
        prop_assert_eq!(diff(&new, &new, at(day)).entries, []);
    }

    #[test]
    fn bytes_lead_back_to_the_table(versions in arb_versions(), cut in any::<Index>(), spoilt in any::<Index>(), bit in 0u8..8) {
        let table = compiled(&versions);
        let bytes = table.to_bytes();
        prop_assert_eq!(DeckTable::from_bytes(&bytes), Ok(table));
        let cut = &bytes[..cut.index(bytes.len())];
        let refused = DeckTable::from_bytes(cut);
        prop_assert!(matches!(refused, Err(CacheError::Length { .. } | CacheError::Foreign)), "{:?}", refused);
        let mut other = bytes.clone();
        other[spoilt.index(bytes.len())] ^= 1 << bit;
        if let Ok(table) = DeckTable::from_bytes(&other) {
            // Not noticed, then: but no question may lead out of bounds or for ever in a circle.
            for number in [1, 12, 1_203_412, 203_057_000, 999_999_999_999_999] {
                let number = E164::from_value(number).expect("a number");
                let _ = table.best(number, at(3), &mut |_| None);
            }
        }
    }
}

fn key_words(table: &DeckTable, prefix: DialPrefix, row: &CompiledRow) -> String {
    let name = |names: &[Box<str>], at: Option<u32>| at.map(|at| names[at as usize].to_string());
    format!("{prefix} {:?} {:?}", name(table.origin_sets(), row.origin_set), name(table.time_classes(), row.time_class))
}

#[test]
fn bytes_that_are_no_table_are_refused_by_what_is_wrong() {
    let table = text::table(
        "full\n 49 us=0.1/0.2/0.3 grace=3 fee=0.5\n 493 eea=1/2/3 increment=60/0 status=closed\n 4930 initial=0.2 status=blocked",
    );
    let bytes = table.to_bytes();
    assert_eq!(DeckTable::from_bytes(&bytes), Ok(table));
    assert_eq!(DeckTable::from_bytes(b"prefix,destination"), Err(CacheError::Foreign));
    assert_eq!(DeckTable::from_bytes(&[]), Err(CacheError::Foreign));
    let length = bytes.len() as u64;
    assert_eq!(
        DeckTable::from_bytes(&bytes[..bytes.len() - 1]),
        Err(CacheError::Length { expected: length, found: length - 1 })
    );
    let longer = [&bytes[..], b"\n"].concat();
    assert_eq!(DeckTable::from_bytes(&longer), Err(CacheError::Length { expected: length, found: length + 1 }));
    let mut newer = bytes;
    newer[8] = 200;
    assert_eq!(DeckTable::from_bytes(&newer), Err(CacheError::Format { found: 200, known: 2 }));
}
