//! Re-rates as a person drives them: seen, booked, undone, scoped, refused; and what decks do to traffic before they are
//! published. Two catalogs rate one small world; the second one is dearer on every fifth row.

use crate::driver::{MONEY, World, same};
use serde_json::Value;
use std::fs;
use std::path::Path;

/// A second catalog beside the world's: another price on every fifth row, and the words of a line may be changed.
fn other_catalog(world: &World, change: impl Fn(&str, usize, &mut [String])) -> String {
    let (from, to) = (world.top.path().join("world"), world.top.path().join("other"));
    fs::create_dir_all(to.join("decks")).expect("a folder");
    fs::copy(from.join("catalog.toml"), to.join("catalog.toml")).expect("copied");
    for deck in fs::read_dir(from.join("decks")).expect("the decks").map(|entry| entry.expect("an entry").path()) {
        let name = deck.file_name().expect("a name").to_string_lossy().into_owned();
        let text = fs::read_to_string(&deck).expect("a deck");
        let mut lines = Vec::new();
        for (at, line) in text.lines().enumerate() {
            let mut cells: Vec<String> = line.split(',').map(str::to_owned).collect();
            if at > 0 {
                change(&name, at, &mut cells);
            }
            lines.push(cells.join(","));
        }
        fs::write(to.join("decks").join(name), lines.join("\n") + "\n").expect("written");
    }
    to.join("catalog.toml").to_string_lossy().into_owned()
}

const RATE: usize = 2;

/// Prices of the world have eight decimals at most; one more digit in front is dearer.
fn dearer(_: &str, at: usize, cells: &mut [String]) {
    if at.is_multiple_of(5) && !cells[RATE].is_empty() {
        cells[RATE] = format!("1{}", cells[RATE]);
    }
}

/// A world that was rated by the first catalog, with the second one published; and what that one makes of it at once.
fn world() -> (World, Value, Value) {
    let world = World::new(4_000);
    let other = other_catalog(&world, dearer);
    world.load("data");
    world.rate("data", &[]);
    let before = world.audit("data");
    world.succeeds("data", &["catalog", "load", &other]);
    world.succeeds("other", &["catalog", "load", &other]);
    world.rate("other", &[]);
    let after = world.audit("other");
    assert_ne!(before["usage_digest"], after["usage_digest"], "the two catalogs rate alike");
    (world, before, after)
}

fn json(world: &World, words: &[&str]) -> Value {
    let words = [words, &["--json"]].concat();
    serde_json::from_str(&world.succeeds("data", &words)).expect("JSON")
}

const SUMS: &[&str] = &["calls", "changed", "failed", "differences"];

/// Micro-units of a decimal text.
fn micros(value: &Value) -> i128 {
    let text = value.as_str().expect("decimal text");
    let (whole, fraction) = text.split_once('.').expect("six decimals");
    assert_eq!(fraction.len(), 6, "{text}");
    format!("{whole}{fraction}").parse().expect("digits")
}

fn revenue_and_cost(report: &Value) -> (i128, i128) {
    let difference = &report["differences"][0];
    (micros(&difference["revenue"]), micros(&difference["cost"]))
}

#[test]
fn what_is_seen_is_what_is_booked_and_an_undo_takes_it_back() {
    let (world, before, after) = world();
    let seen = json(&world, &["rerate", "--dry-run"]);
    same(&world.audit("data"), &before, MONEY);
    assert_eq!(json(&world, &["rerate", "list"]), Value::Array(Vec::new()), "a dry run leaves no trace");
    let done = json(&world, &["rerate", "--id", "june", "--batch-rows", "150"]);
    same(&done, &seen, SUMS);
    same(&world.audit("data"), &after, MONEY);
    let moved = revenue_and_cost(&done);
    let totals = |report: &Value| (micros(&report["totals"][0]["revenue"]), micros(&report["totals"][0]["cost"]));
    let (old, new) = (totals(&before), totals(&after));
    assert_eq!(moved, (new.0 - old.0, new.1 - old.1));

    same(&json(&world, &["rerate", "--id", "june"]), &done, SUMS);
    let again = json(&world, &["rerate"]);
    assert_eq!((&again["changed"], revenue_and_cost(&again)), (&Value::from(0), (0, 0)), "it is rated so already");

    let undone = json(&world, &["rerate", "undo", "june", "--batch-rows", "90"]);
    assert_eq!(undone["changed"], done["changed"]);
    assert_eq!(revenue_and_cost(&undone), (-moved.0, -moved.1));
    same(&world.audit("data"), &before, MONEY);
    same(&json(&world, &["rerate", "undo", "june"]), &undone, SUMS);
    let states: Vec<Value> = json(&world, &["rerate", "list"])
        .as_array()
        .expect("a list")
        .iter()
        .map(|entry| entry["state"].clone())
        .collect();
    assert_eq!(states, ["undone", "done", "done"]);
    let text = world.fails("data", &["rerate", "--id", "june"], 1);
    assert!(text.contains("june") && text.contains("undone"), "{text}");
    // What was undone can be undone.
    json(&world, &["rerate", "undo", "undo-june"]);
    same(&world.audit("data"), &after, MONEY);
}

#[test]
fn scopes_are_parts_of_the_whole() {
    let (world, ..) = world();
    let whole = revenue_and_cost(&json(&world, &["rerate", "--dry-run"]));
    let day = "2026-06-03";
    let parts = [
        vec![vec!["--to", day], vec!["--from", day]],
        vec![vec!["--side", "customer"], vec!["--side", "supplier"]],
        (1..=9).map(|digit| vec!["--prefix", ["1", "2", "3", "4", "5", "6", "7", "8", "9"][digit - 1]]).collect(),
    ];
    for parts in parts {
        let sums = parts
            .iter()
            .map(|words| revenue_and_cost(&json(&world, &[&["rerate", "--dry-run"], words.as_slice()].concat())));
        let sum = sums.fold((0, 0), |sum, part| (sum.0 + part.0, sum.1 + part.1));
        assert_eq!(sum, whole, "{parts:?}");
    }
    let seen = json(&world, &["rerate", "--dry-run"]);
    let customers = seen["customers"].as_array().expect("customers");
    let mut sum = (0, 0);
    for customer in customers.iter().filter_map(|customer| customer["customer"].as_str()) {
        let part = json(&world, &["rerate", "--dry-run", "--customer", customer]);
        let own = customers.iter().find(|known| known["customer"] == customer).expect("it is listed");
        assert_eq!(part["changed"], own["calls"], "{customer}");
        let part = revenue_and_cost(&part);
        sum = (sum.0 + part.0, sum.1 + part.1);
    }
    let nobody = customers.iter().find(|known| known["customer"].is_null());
    let rest = nobody.map_or((0, 0), |known| (micros(&known["revenue"]), micros(&known["cost"])));
    assert_eq!((sum.0 + rest.0, sum.1 + rest.1), whole);

    let applied = json(&world, &["rerate", "--side", "supplier", "--from", day]);
    let again = json(&world, &["rerate", "--dry-run", "--side", "supplier", "--from", day]);
    assert!(applied["changed"].as_u64() > Some(0) && again["changed"] == 0, "{applied}");
    assert_eq!(world.audit("data")["clean"], true);
}

/// The rows of a CSV file without quotes, each by its header.
fn csv_rows(path: &str) -> Rows {
    let text = fs::read_to_string(path).expect("a file");
    let mut lines = text.lines().map(|line| line.split(',').map(str::to_owned).collect::<Vec<_>>());
    let header = lines.next().expect("a header");
    lines.map(|cells| header.iter().cloned().zip(cells).collect()).collect()
}

#[test]
fn every_changed_call_is_written_before_and_after() {
    let (world, ..) = world();
    let (seen_to, booked_to) = (world.path("seen.csv"), world.path("booked.csv"));
    let seen = json(&world, &["rerate", "--dry-run", "--out", &seen_to]);
    let parquet = world.path("seen.parquet");
    json(&world, &["rerate", "--dry-run", "--out", &parquet]);
    assert!(fs::read(&parquet).expect("a file").starts_with(b"PAR1"));
    json(&world, &["rerate", "--id", "june", "--out", &booked_to]);
    let sum = |rows: &[std::collections::HashMap<String, String>], column: &str| {
        rows.iter().map(|row| micros(&Value::from(row[column].as_str()))).sum::<i128>()
    };
    for path in [seen_to, booked_to] {
        let rows = csv_rows(&path);
        assert_eq!(rows.len() as u64, seen["changed"].as_u64().expect("a count"), "{path}");
        let sums = (sum(&rows, "revenue_difference"), sum(&rows, "cost_difference"));
        assert_eq!(sums, revenue_and_cost(&seen), "{path}");
    }
    let text = world.fails("data", &["rerate", "--dry-run", "--out", "/nowhere/x.csv"], 3);
    assert!(text.contains("/nowhere/x.csv"), "{text}");
}

#[test]
fn closed_days_post_into_the_first_open_one_and_are_noted() {
    let (world, ..) = world();
    world.succeeds("data", &["day", "close", "2026-06-04"]);
    let closed = world.audit("data");
    let seen = json(&world, &["rerate", "--dry-run"]);
    assert!(!seen["closed_days"].as_array().expect("sums").is_empty());
    let done = json(&world, &["rerate", "--id", "late"]);
    same(&done, &seen, SUMS);
    assert_eq!(done["accounts"], seen["accounts"]);
    let notes = done["notes"].as_array().expect("notes");
    assert!(!notes.is_empty() && notes.iter().all(|note| note["period"] == "2026-06"), "{notes:?}");
    assert_eq!(world.audit("data")["clean"], true);
    json(&world, &["rerate", "undo", "late"]);
    same(&world.audit("data"), &closed, &["calls", "totals", "usage_digest", "ledger_digest"]);
}

#[test]
fn a_correction_after_a_re_rate_survives_its_undo() {
    let (world, ..) = world();
    json(&world, &["rerate", "--id", "once"]);
    let calls = fs::read_to_string(&world.files()[0]).expect("calls");
    let (header, rest) = calls.split_once('\n').expect("a header");
    let answered: Vec<&str> = rest.lines().filter(|line| line.contains(",answered,")).take(200).collect();
    let longer: Vec<String> = answered
        .iter()
        .map(|line| {
            let mut cells: Vec<String> = line.split(',').map(str::to_owned).collect();
            (cells[2], cells[5]) = ("99".to_owned(), "7200".to_owned());
            cells.join(",")
        })
        .collect();
    let path = world.path("corrections.csv");
    fs::write(&path, format!("{header}\n{}\n", longer.join("\n"))).expect("written");
    world.succeeds("data", &["rate", &path]);
    let corrected = world.audit("data");
    // And some of the others are rated by the first catalog again.
    let back = json(&world, &["rerate", "--catalog", "1", "--id", "back", "--from", "2026-06-20"]);
    assert!(back["changed"].as_u64() > Some(0), "{back}");
    let kept_to = world.path("kept.csv");
    let undone = json(&world, &["rerate", "undo", "once", "--kept", &kept_to]);
    assert!(
        undone["failed"]["corrected"].as_u64() > Some(0) && undone["failed"]["rerated"].as_u64() > Some(0),
        "{undone}"
    );
    assert_eq!(world.audit("data")["clean"], true);
    assert_eq!(world.audit("data")["calls"], corrected["calls"]);

    // Which ones: the re-rate's row of each was taken back by the batch named.
    let rows = csv_rows(&kept_to);
    same_kept(&undone, &rows);
    let taken = "select r.call_id, u.seq from usage_history r join usage u \
                 on u.reverses = concat(r.partition, '-', r.seq, '-', r.row) where r.rerate = 'once' and r.call_id = ";
    for row in rows.iter().step_by(rows.len() / 9 + 1) {
        let text = world.succeeds("data", &["sql", &format!("{taken}'{}'", row["call_id"]), "--format", "csv"]);
        assert!(text.contains(&format!("{},{}", row["call_id"], row["batch"])), "{row:?}: {text}");
        assert_eq!(row["rerate"], if row["kept"] == "rerated" { "back" } else { "" }, "{row:?}");
    }
    // On the screen the first of them, and whatever comes afterwards the same ones.
    let shown = world.succeeds("data", &["rerate", "show", "undo-once"]);
    let more = format!("and {} more; --kept FILE writes them all", rows.len() - 20);
    assert!(shown.contains("keeps its rating") && shown.contains(&more), "{shown}");
    json(&world, &["rerate", "--id", "all"]);
    let (later_to, again_to) = (world.path("later.csv"), world.path("again.csv"));
    let later = json(&world, &["rerate", "show", "undo-once", "--kept", &later_to]);
    same(&later, &undone, &["failed", "kept", "kept_total"]);
    assert_eq!(sorted(csv_rows(&later_to)), sorted(rows));
    let again = json(&world, &["rerate", "undo", "once", "--kept", &again_to]);
    same(&again, &undone, &["failed", "kept", "kept_total"]);
}

type Rows = Vec<std::collections::HashMap<String, String>>;

fn sorted(rows: Rows) -> Vec<Vec<(String, String)>> {
    let cells = |row: std::collections::HashMap<String, String>| {
        let mut cells: Vec<(String, String)> = row.into_iter().collect();
        cells.sort();
        cells
    };
    let mut rows: Vec<_> = rows.into_iter().map(cells).collect();
    rows.sort();
    rows
}

/// A file of calls that keep their rating has as many as the report counts, by cause, and those that it names.
fn same_kept(report: &Value, rows: &Rows) {
    let failed = report["failed"].as_object().expect("counts by cause");
    assert!(!rows.is_empty() && report["kept_total"] == rows.len());
    for (cause, calls) in failed {
        assert_eq!(*calls, rows.iter().filter(|row| row["kept"] == *cause).count(), "{cause}");
    }
    let named = report["kept"].as_array().expect("calls");
    assert_eq!(named.len(), rows.len().min(20));
    for call in named {
        let is_it = |row: &&std::collections::HashMap<String, String>| {
            call["call_id"] == row["call_id"] && call["start"] == row["start"] && call["kept"] == row["kept"]
        };
        assert!(rows.iter().any(|row| is_it(&row)), "{call}");
    }
}

#[test]
fn mistakes_are_told_and_leave_nothing() {
    let (world, before, _) = world();
    let cases: &[(&[&str], i32, &str)] = &[
        (&["--from", "2026-06-02", "--to", "2026-06-01"], 2, "before"),
        (&["--from", "2026-06-01", "--to", "2026-06-01"], 2, "before"),
        (&["--customer", "nobody"], 2, "atlas-connect"),
        (&["--supplier", "nobody"], 2, "nobody"),
        (&["--destination", "Atlantis"], 2, "Atlantis"),
        (&["--deck", "nodeck"], 2, "atoz-buy"),
        (&["--prefix", "+49"], 2, "+49"),
        (&["--side", "left"], 2, "customer, supplier"),
        (&["--catalog", "9"], 1, "9"),
        (&["--with-deck", "atoz-buy=x.csv"], 2, "dry-run"),
    ];
    for (words, code, says) in cases {
        let text = world.fails("data", &[&["rerate"], *words].concat(), *code);
        assert!(text.contains(says), "{words:?}: {text}");
    }
    let text = world.fails("data", &["rerate", "undo", "nothing"], 2);
    assert!(text.contains("nothing"), "{text}");
    assert_eq!(json(&world, &["rerate", "list"]), Value::Array(Vec::new()));
    same(&world.audit("data"), &before, MONEY);

    let none = json(&world, &["rerate", "--id", "none", "--from", "2030-01-01"]);
    assert_eq!((&none["calls"], &none["changed"], revenue_and_cost(&none)), (&0.into(), &0.into(), (0, 0)));
    let text = world.fails("data", &["rerate", "--id", "none", "--from", "2029-01-01"], 2);
    assert!(text.contains("none") && text.contains("2030-01-01"), "{text}");
    same(&world.audit("data"), &before, MONEY);
}

#[test]
fn calls_that_an_old_catalog_cannot_rate_keep_their_rating() {
    let world = World::new(1_500);
    let bare = world.path("bare.toml");
    fs::write(&bare, "base_currency = \"USD\"\n").expect("written");
    world.succeeds("data", &["catalog", "load", &bare]);
    world.load("data");
    world.rate("data", &[]);
    let before = world.audit("data");
    let (seen_to, booked_to, parquet) = (world.path("seen.csv"), world.path("booked.csv"), world.path("kept.parquet"));
    let seen = json(&world, &["rerate", "--dry-run", "--catalog", "1", "--kept", &seen_to]);
    let done = json(&world, &["rerate", "--catalog", "1", "--id", "bare", "--kept", &booked_to]);
    assert_eq!(done["changed"], 0);
    let failed: u64 = done["failed"].as_object().expect("reasons").values().filter_map(Value::as_u64).sum();
    assert!(failed > 0, "{done}");
    same(&world.audit("data"), &before, MONEY);
    let rows = csv_rows(&booked_to);
    same_kept(&done, &rows);
    same(&seen, &done, &["failed", "kept", "kept_total"]);
    assert_eq!(sorted(csv_rows(&seen_to)), sorted(rows));
    world.succeeds("data", &["rerate", "show", "bare", "--kept", &parquet]);
    assert!(fs::read(&parquet).expect("a file").starts_with(b"PAR1"));
}

/// The world's catalog in another base currency.
fn in_euro(world: &World, catalog: &str) -> String {
    let text = fs::read_to_string(catalog).expect("a catalog");
    let euro = Path::new(catalog).with_file_name("euro.toml");
    fs::write(&euro, text.replacen("base_currency = \"USD\"", "base_currency = \"EUR\"", 1)).expect("written");
    world.succeeds("data", &["catalog", "load", &euro.to_string_lossy()]);
    euro.to_string_lossy().into_owned()
}

#[test]
fn a_catalog_in_another_base_currency_is_refused_before_anything_is_entered() {
    let world = World::new(1_500);
    world.load("data");
    world.rate("data", &[]);
    let before = world.audit("data");
    in_euro(&world, &world.path("world/catalog.toml"));
    let draft = format!("northgate-voice={}", world.path("world/decks/northgate-voice.csv"));
    let cases: [&[&str]; 5] = [
        &[],
        &["--side", "supplier"],
        &["--from", "2026-06-02", "--id", "mine"],
        &["--dry-run"],
        &["--dry-run", "--with-deck", &draft],
    ];
    for words in cases {
        let text = world.fails("data", &[&["rerate"], words].concat(), 1);
        for says in ["catalog version 2", "is EUR", "is USD", "version 1)", "--catalog", "nothing was written"] {
            assert!(text.contains(says), "{words:?}: {text}");
        }
        assert_eq!(json(&world, &["rerate", "list"]), Value::Array(Vec::new()), "{words:?}");
    }
    // No call of the scope is in dollars, or the catalog is.
    let none = json(&world, &["rerate", "--from", "2030-01-01"]);
    assert_eq!((&none["calls"], &none["state"]), (&0.into(), &"done".into()));
    assert_eq!(json(&world, &["rerate", "--catalog", "1"])["changed"], 0);
    same(&world.audit("data"), &before, MONEY);

    // What a deck does to these calls is not known, which stops nobody from publishing it.
    let deck = world.path("world/decks/northgate-voice.csv");
    let import = ["deck", "import", &deck, "--deck", "northgate-voice", "--mode", "delta", "--effective", "2020-01-01"];
    for words in [&import[..], &["deck", "rollback", "northgate-voice"]] {
        let told = json(&world, words);
        assert!(
            told["past"].is_null() && told["notes"].to_string().contains("base currency is USD"),
            "{words:?}: {told}"
        );
    }
    same(&world.audit("data"), &before, MONEY);
}

#[test]
fn a_re_rate_that_meets_another_base_currency_later_on_can_be_taken_back() {
    let (world, control) = (World::new(2_000), "control");
    let files = world.files();
    let (first, rest) = files.split_first().expect("files");
    let rest: Vec<&str> = std::iter::once("rate").chain(rest.iter().map(String::as_str)).collect();
    let other = other_catalog(&world, dearer);
    for data in ["data", control] {
        world.load(data);
        world.succeeds(data, &["rate", first]);
        world.succeeds(data, &["catalog", "load", &other]);
    }
    let mut killed = world.command("data", &["rerate", "--id", "half", "--batch-rows", "2"]).spawn().expect("it runs");
    let entry = || json(&world, &["rerate", "list"]).get(0).cloned().unwrap_or_default();
    while entry()["changed"].as_u64().unwrap_or(0) == 0 {
        assert!(killed.try_wait().expect("it is ours").is_none(), "it was to be killed on the way");
    }
    killed.kill().and_then(|()| killed.wait()).expect("it is ours");
    assert_eq!(entry()["state"], "unfinished");
    let euro = in_euro(&world, &other);
    world.succeeds(control, &["catalog", "load", &euro]);
    for data in ["data", control] {
        world.succeeds(data, &rest);
    }
    let text = world.fails("data", &["rerate", "--id", "half"], 1);
    for says in ["half", "USD", "EUR", "rerate undo half"] {
        assert!(text.contains(says), "{text}");
    }
    assert_eq!(json(&world, &["rerate", "undo", "half"])["state"], "done");
    assert_eq!(entry()["state"], "undone");
    same(&world.audit("data"), &world.audit(control), MONEY);
}

#[test]
fn a_draft_deck_is_tried_and_its_effect_is_that_of_the_import() {
    let (world, ..) = world();
    let draft = world.path("other/decks/northgate-voice.csv");
    // The deck is the second catalog's already; the first one's is the draft.
    let first = world.path("world/decks/northgate-voice.csv");
    let same_deck = json(&world, &["rerate", "--dry-run", "--with-deck", &format!("northgate-voice={draft}")]);
    same(&same_deck, &json(&world, &["rerate", "--dry-run"]), SUMS);
    json(&world, &["rerate"]);
    let tried = json(&world, &["rerate", "--dry-run", "--with-deck", &format!("northgate-voice={first}")]);
    assert!(tried["changed"].as_u64() > Some(0));
    let import = ["deck", "import", &first, "--deck", "northgate-voice", "--mode", "full", "--effective", "2020-01-01"];
    let traffic = ["--traffic", "2026-01-01..2027-01-01"];
    let seen = json(&world, &[&import[..], &["--dry-run"], &traffic[..]].concat());
    same(&seen["effect"], &tried, SUMS);
    assert_eq!(json(&world, &["catalog", "versions"]).as_array().map(Vec::len), Some(2), "nothing was imported");
    let imported = json(&world, &[&import[..], &traffic[..]].concat());
    same(&imported["effect"], &tried, SUMS);
    let past = &imported["past"];
    assert_eq!(past["effect"]["changed"], tried["changed"]);
    let command = past["command"].as_str().expect("a command").to_owned();
    let words: Vec<&str> = command.split(' ').skip(1).collect();
    let between = json(&world, &["deck", "diff", "northgate-voice", "--traffic", "2026-01-01..2027-01-01"]);
    same(&between["effect"], &tried, &["changed", "differences"]);
    let before = world.audit("data");
    let booked = json(&world, &words);
    same(&booked, &past["effect"], SUMS);
    json(&world, &["deck", "rollback", "northgate-voice"]);
    json(&world, &words);
    same(&world.audit("data"), &before, &["calls", "totals", "usage_digest", "ledger_digest"]);
}

#[test]
fn a_catalog_that_cures_suspense_says_so() {
    let world = World::new(3_000);
    // A catalog without some rows: their calls wait for a rate.
    let poorer = other_catalog(&world, |_, at, cells| {
        if at % 3 == 1 && cells[0].len() > 1 {
            cells[0] = format!("99999{}", cells[0]);
        }
    });
    world.succeeds("data", &["catalog", "load", &poorer]);
    world.rate("data", &[]);
    let waiting = world.audit("data")["suspense"]["no_rate"].as_u64().expect("some wait");
    let path = Path::new(&world.path("world")).join("catalog.toml").to_string_lossy().into_owned();
    let loaded = json(&world, &["catalog", "load", &path]);
    let cured = loaded["cures"]["reasons"]["no_rate"].as_u64().expect("some are cured");
    assert!(cured > 0 && cured <= waiting, "{loaded}");
    let before = world.audit("data");
    json(&world, &["suspense", "redrive"]);
    let after = world.audit("data");
    let total = |report: &Value, what: &str| micros(&report["totals"][0][what]);
    for what in ["revenue", "cost"] {
        assert_eq!(total(&after, what) - total(&before, what), micros(&loaded["cures"][what]), "{what}");
    }
    assert_eq!(after["suspense"]["no_rate"].as_u64().unwrap_or(0), waiting - cured);
}
