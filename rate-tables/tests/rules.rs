//! The rules of versions and of the choice inside a deck, as text tables a person can read.

#[path = "decks/text.rs"]
mod text;

use didtron_domain::deck::RowStatus;
use didtron_domain::{DialPrefix, E164, Instant};
use didtron_rate_tables::{Change, CompiledRow, DeckTable, Rank, check_version, diff};
use text::{day, head, rank, table, versions};

/// A row as a line: version, prefix, key, times by day, status.
fn shown(table: &DeckTable, prefix: DialPrefix, row: &CompiledRow) -> String {
    let time = |at: Instant| match at {
        Instant::MIN | Instant::MAX => "always".to_owned(),
        at => at.to_string()[5..10].to_owned(),
    };
    let mut line = format!("v{} {prefix} {}..{}", row.version, time(row.from), time(row.to));
    if let Some(set) = row.origin_set {
        line += &format!(" origin={}", table.origin_sets()[set as usize]);
    }
    if let Some(class) = row.time_class {
        line += &format!(" class={}", table.time_classes()[class as usize]);
    }
    if row.status != RowStatus::Open {
        line += &format!(" {}", row.status.as_str());
    }
    line
}

/// What remains of the versions, line by line.
#[track_caller]
fn check_layers(deck: &str, expected: &str) {
    let table = table(deck);
    let lines: Vec<String> = table.entries().map(|(prefix, row)| shown(&table, prefix, row)).collect();
    let expected: Vec<&str> = expected.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    assert_eq!(lines, expected);
}

#[test]
fn a_delta_ends_only_the_keys_that_it_has() {
    check_layers(
        "full
           49
           33
         delta 05-01
           49 rate=0.02",
        "v1 33 always..always
         v1 49 always..05-01
         v2 49 05-01..always",
    );
}

#[test]
fn a_full_list_closes_the_keys_that_it_lacks() {
    check_layers(
        "full 01-01
           49
           33
         full 05-01
           49 from=06-01",
        "v1 33 01-01..05-01
         v1 49 01-01..06-01
         v2 49 06-01..always",
    );
}

#[test]
fn keys_are_prefix_origin_set_and_time_class() {
    check_layers(
        "full
           49
           49 origin=near
           49 class=peak
         delta 05-01
           49 origin=near class=peak
           49 class=peak",
        "v1 49 always..always
         v1 49 always..05-01 class=peak
         v2 49 05-01..always class=peak
         v1 49 always..always origin=near
         v2 49 05-01..always origin=near class=peak",
    );
}

#[test]
fn the_earliest_begin_of_a_version_ends_all_rows_before() {
    check_layers(
        "full
           49 to=03-01
           49 from=03-01 to=07-01
           49 from=07-01
         delta
           49 from=08-01
           49 from=05-01 to=06-01",
        "v1 49 always..03-01
         v1 49 03-01..05-01
         v2 49 05-01..06-01
         v2 49 08-01..always",
    );
}

#[test]
fn a_row_whose_end_lies_before_its_version_still_ends_earlier_rows() {
    check_layers(
        "full
           49
         delta 05-01
           49 to=04-01",
        "v1 49 always..05-01",
    );
}

#[test]
fn a_closed_row_ends_earlier_rows_and_is_kept() {
    check_layers(
        "full
           49
         delta 05-01
           49 status=closed rate=-
         delta 06-01
           49 status=blocked rate=-",
        "v1 49 always..05-01
         v2 49 05-01..06-01 closed
         v3 49 06-01..always blocked",
    );
}

#[test]
fn versions_are_laid_in_order_of_publication_not_of_time() {
    check_layers(
        "full
           49
         delta 06-01
           49
         delta 03-01
           49 to=04-01
         full 05-01
           33",
        "v4 33 05-01..always
         v1 49 always..03-01
         v3 49 03-01..04-01",
    );
}

#[test]
fn a_full_list_between_two_versions_of_a_key_closes_the_first() {
    check_layers(
        "full
           49
         full 02-01
           33
         full 03-01
           33
         delta 04-01
           49",
        "v2 33 02-01..03-01
         v3 33 03-01..always
         v1 49 always..02-01
         v4 49 04-01..always",
    );
}

#[track_caller]
fn check_findings(deck: &str, expected: &[(usize, Option<usize>, &str)]) {
    let versions = versions(deck);
    let version = versions.last().expect("a version");
    let found = check_version(&head(), version);
    let short: Vec<_> = found.iter().map(|finding| (finding.row, finding.other, finding.field)).collect();
    assert_eq!(short, expected, "{found:#?}");
    assert_eq!(DeckTable::compile(&head(), &versions).err().unwrap_or_default(), found);
}

#[test]
fn finds_all_that_is_wrong_at_once() {
    check_findings(
        "full
           49 rate=-
           33 rate=-0.5 initial=-1 fee=-2
           44 from=05-01 to=05-01
           1 us=0.1/-0.1/0.1
           7 eea=0.1/0.1/-0.1
           2 rate=- status=blocked
           2 rate=- status=closed class=peak
           8 eea=0.1/0.1/0.1 status=closed",
        &[
            (0, None, "rate_per_min"),
            (1, None, "connect_fee"),
            (1, None, "initial_rate_per_min"),
            (1, None, "rate_per_min"),
            (2, None, "effective_to"),
            (3, None, "intra_per_min"),
            (4, None, "international_per_min"),
            (4, None, "local_per_min"),
        ],
    );
}

#[test]
fn finds_overlaps_inside_a_version_only() {
    check_findings("full\n 49\n delta 05-01\n 49", &[]);
    check_findings("full\n 49 to=05-01\n 49 from=05-01\n 49 origin=near\n 49 class=peak", &[]);
    check_findings("full\n 49 from=05-01\n 49 to=05-02", &[(1, Some(0), "effective_from")]);
    check_findings("full\n 49\n 33\n 49", &[(2, Some(0), "prefix")]);
    check_findings("full\n 49 class=peak\n 49 class=peak status=closed", &[(1, Some(0), "prefix")]);
    check_findings(
        "full 03-01\n 49 to=09-01\n 49 from=04-01 to=05-01\n 49 from=06-01 to=07-01\n 49 to=02-01",
        &[(1, Some(0), "effective_from"), (2, Some(0), "effective_from")],
    );
}

#[test]
fn increments_come_from_the_row_else_the_deck_else_are_missing() {
    let deck =
        versions("full\n 49 increment=6/6\n 33\n 44 rate=- status=blocked\n 55 status=blocked\n 66 status=closed");
    let table = DeckTable::compile(&head(), &deck).expect("a legal deck");
    let schemes: Vec<_> = table
        .rows()
        .map(|row| table.terms(row).increment.map(|scheme| (scheme.initial_s(), scheme.next_s())))
        .collect();
    assert_eq!(schemes, [(60, 1), (60, 1), (6, 6), (60, 1), (60, 1)].map(Some));
    let mut bare = head();
    bare.increment = None;
    let fields: Vec<_> = check_version(&bare, &deck[0]).iter().map(|finding| (finding.row, finding.field)).collect();
    assert_eq!(fields, [(1, "initial_interval_s"), (3, "initial_interval_s")]);
}

/// Asks a deck about numbers at a day; each line of `expected` is `number day -> prefix v<version>`, or `nothing`.
#[track_caller]
fn check_best(deck: &str, expected: &str) {
    let table = table(deck);
    for line in expected.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let (asked, answer) = line.split_once(" -> ").expect("an arrow");
        let (number, at) = asked.split_once(' ').expect("number and day");
        let number = E164::parse(number.as_bytes()).expect("a number");
        let best = table.best(number, day(at), &mut |row| rank(&table, row));
        let found = best
            .map_or_else(|| "nothing".to_owned(), |best| shown(&table, number.prefix(best.prefix_length), best.row));
        assert!(format!("{found} ").starts_with(&format!("{answer} ")), "{line}: {found}");
    }
}

#[test]
fn the_longest_prefix_with_a_candidate_wins() {
    check_best(
        "full
           49
           493 from=05-01
           4930 to=04-01
           49301 status=closed
           493012 origin=far
           4930123 status=blocked rate=-",
        "49301234 03-01 -> v1 4930123
         4930129 03-01 -> v1 4930
         4930129 04-01 -> v1 49
         4930129 05-01 -> v1 493
         493012 05-01 -> v1 493
         49 03-01 -> v1 49 
         4 03-01 -> nothing
         50 03-01 -> nothing
         493012300000000 03-01 -> v1 4930123",
    );
}

#[test]
fn a_short_number_never_meets_a_longer_prefix_of_zeros() {
    check_best(
        "full
           4
           4000000
           40
           400000000000000",
        "4 03-01 -> v1 4 
         40 03-01 -> v1 40 
         400 03-01 -> v1 40 
         400000 03-01 -> v1 40 
         4000000 03-01 -> v1 4000000 
         40000000000000 03-01 -> v1 4000000 
         400000000000000 03-01 -> v1 400000000000000",
    );
}

#[test]
fn among_one_prefix_the_longer_origin_then_the_time_class_wins() {
    check_best(
        "full\n 49\n 49 class=peak\n 49 origin=near\n 49 origin=near class=peak\n 49 origin=city",
        "491 03-01 -> v1 49 always..always origin=city",
    );
    check_best(
        "full\n 49\n 49 class=peak\n 49 origin=near\n 49 origin=near class=peak",
        "491 03-01 -> v1 49 always..always origin=near class=peak",
    );
    check_best("full\n 49\n 49 class=peak\n 49 origin=near", "491 03-01 -> v1 49 always..always origin=near");
    check_best("full\n 49\n 49 class=peak\n 49 class=night", "491 03-01 -> v1 49 always..always class=peak");
    check_best("full\n 4\n 49 class=night\n 49 origin=far", "491 03-01 -> v1 4 ");
}

#[test]
fn whether_a_blocked_row_counts_is_the_callers_to_say() {
    let table = table("full\n 49\n 493 status=blocked");
    let number = E164::parse(b"4930").expect("a number");
    let mut open = |row: &CompiledRow| (row.status == RowStatus::Open).then(Rank::default);
    assert_eq!(table.best(number, Instant(0), &mut open).map(|best| best.prefix_length), Some(2));
    assert_eq!(table.best(number, Instant(0), &mut |_| Some(Rank::default())).map(|best| best.prefix_length), Some(3));
}

#[test]
fn of_rows_of_one_rank_the_first_by_name_wins() {
    for deck in ["full\n 49 origin=near\n 49 origin=far", "full\n 49 origin=far\n 49 origin=near"] {
        let table = table(deck);
        let number = E164::parse(b"4930").expect("a number");
        let best = table.best(number, day("03-01"), &mut |_| Some(Rank::default())).expect("two candidates");
        assert_eq!(shown(&table, number.prefix(best.prefix_length), best.row), "v1 49 always..always origin=far");
    }
}

#[test]
fn a_diff_names_destinations_by_the_new_row() {
    let (old, new) = (table("full\n 49 name=Old\n 33 name=Gone"), table("full\n 49 name=New rate=0.5"));
    let changes = diff(&old, &new, day("03-01"));
    assert_eq!(changes.entries.iter().map(|entry| entry.destination).collect::<Vec<_>>(), ["Gone", "New"]);
}

#[test]
fn compares_two_states_key_by_key() {
    let old = table(
        "full
           1
           2 rate=0.02
           3 rate=0.02
           4 rate=0.02 increment=6/6
           5 status=closed
           6
           7
           7 origin=near
           8 us=0.1/0.2/0.3
           9 rate=0.1
           91 fee=0.1
           92 grace=3
           93 to=02-01
           94 initial=0.01",
    );
    let new = table(
        "full
           2 rate=0.03
           3 rate=0.01 increment=6/6
           4 rate=0.02 increment=30/6
           5
           6 status=blocked
           7 name=Elsewhere
           7 class=peak
           8 us=0.1/0.1/0.4
           9 us=0.1/0.1/0.1
           91 fee=0.2
           92
           93
           94",
    );
    let diff = diff(&old, &new, day("03-01"));
    let lines: Vec<String> = diff
        .entries
        .iter()
        .map(|entry| {
            let key = [entry.origin_set, entry.time_class].into_iter().flatten().collect::<Vec<_>>().join(" ");
            let mark = if entry.increment_changed { "increments differ" } else { "" };
            format!("{} {key} {} {mark}", entry.prefix, entry.change.as_str())
                .split_whitespace()
                .collect::<Vec<_>>()
                .join(" ")
        })
        .collect();
    let expected = [
        "1 closed",
        "2 increase",
        "3 decrease increments differ",
        "4 increment increments differ",
        "5 new",
        "6 status",
        "7 peak new",
        "7 near closed",
        "8 mixed",
        "9 mixed",
        "91 increase",
        "92 increment",
        "93 new",
    ];
    assert_eq!(lines, expected);
    assert_eq!(Change::ALL.map(|change| diff.counts.of(change)), [3, 2, 2, 1, 2, 2, 1, 2]);
    assert_eq!(diff.counts.increment_changes, 2);
    assert!(diff.entries.iter().all(|entry| entry.old.is_some() || entry.new.is_some()));
}

#[test]
fn walks_all_rows_and_those_in_force() {
    let table = table("full\n 49 to=05-01\n 49 from=05-01\n 493 status=closed\n 44 from=06-01");
    let shown_all = |rows: Vec<_>| rows.into_iter().map(|(prefix, row)| shown(&table, prefix, row)).collect::<Vec<_>>();
    assert_eq!(
        shown_all(table.entries().collect()),
        ["v1 44 06-01..always", "v1 49 always..05-01", "v1 49 05-01..always", "v1 493 always..always closed"]
    );
    assert_eq!(
        shown_all(table.in_force(day("05-01")).collect()),
        ["v1 49 05-01..always", "v1 493 always..always closed"]
    );
    let berlin = DialPrefix::parse("49").expect("a prefix");
    assert_eq!(table.rows_of(berlin).len(), 2);
    assert_eq!(
        table.rows_of(berlin).iter().map(|row| row.effective_from()).collect::<Vec<_>>(),
        [None, Some(day("05-01"))]
    );
    assert_eq!(table.rows_of(DialPrefix::parse("4").expect("a prefix")), []);
}
