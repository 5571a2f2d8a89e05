//! The built program as a person or a script drives it: a small world rated whole, killed, resumed, grown, truncated,
//! locked and damaged. Everything here goes through the command line.

use crate::driver::{MONEY, World, same};
use serde_json::Value;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

fn parquet_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder").map(|e| e.expect("an entry").path()) {
        if entry.is_dir() {
            parquet_files(&entry, found);
        } else if entry.extension().is_some_and(|e| e == "parquet") {
            found.push(entry);
        }
    }
}

#[test]
fn the_books_hold_the_worlds_truth_however_it_is_cut() {
    let world = World::new(6_000);
    world.load("whole");
    world.rate("whole", &[]);
    let books = world.audit("whole");
    same(&books, &world.truth()["expect"], &["calls", "duplicates", "corrections", "suspense"]);
    assert_eq!(books["clean"], true);
    world.load("small");
    world.rate("small", &["--batch-rows", "137"]);
    same(&world.audit("small"), &books, MONEY);
    world.rate("small", &[]);
    same(&world.audit("small"), &books, MONEY);
}

#[test]
fn a_killed_run_goes_on_where_it_stopped() {
    let world = World::new(6_000);
    world.load("calm");
    world.rate("calm", &[]);
    world.load("torn");
    let files = world.files();
    for delay_ms in [30, 60, 90, 120, 160, 200, 250, 300] {
        let mut words = vec!["rate", "--batch-rows", "200"];
        words.extend(files.iter().map(String::as_str));
        let mut child =
            world.command("torn", &words).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("it starts");
        std::thread::sleep(Duration::from_millis(delay_ms));
        child.kill().expect("it can be killed");
        child.wait().expect("it ends");
        assert_eq!(world.audit("torn")["clean"], true);
    }
    world.rate("torn", &["--batch-rows", "200"]);
    same(&world.audit("torn"), &world.audit("calm"), MONEY);
}

#[test]
fn a_grown_file_is_continued_and_a_changed_one_is_another() {
    let world = World::new(2_000);
    let whole = fs::read(&world.files()[0]).expect("calls");
    let cut = whole.len() / 2;
    let path = world.path("grown.csv");
    fs::write(&path, &whole[..cut]).expect("written");
    world.load("data");
    world.succeeds("data", &["rate", &path]);
    let half = world.audit("data")["calls"].as_u64().expect("a count");
    fs::write(&path, &whole).expect("written");
    world.succeeds("data", &["rate", &path]);
    world.load("once");
    world.succeeds("once", &["rate", &world.files()[0]]);
    let (grown, once) = (world.audit("data"), world.audit("once"));
    assert!(half < once["calls"].as_u64().expect("a count"));
    same(&grown, &once, &["calls", "totals", "usage_digest", "ledger_digest"]);
}

#[test]
fn gzip_zstd_and_standard_input_give_the_same_books() {
    let world = World::new(1_500);
    let path = &world.files()[0];
    world.load("plain");
    world.succeeds("plain", &["rate", path]);
    let want = world.audit("plain");
    world.load("stdin");
    let mut child =
        world.command("stdin", &["rate", "-"]).stdin(Stdio::piped()).stdout(Stdio::null()).spawn().expect("it starts");
    child.stdin.take().expect("piped").write_all(&fs::read(path).expect("calls")).expect("written");
    assert!(child.wait().expect("it ends").success());
    same(&world.audit("stdin"), &want, MONEY);
    let packed = world.path("calls.csv.gz");
    let done = Command::new("gzip").arg("-c").arg(path).output().expect("gzip runs");
    fs::write(&packed, &done.stdout).expect("written");
    world.load("gzip");
    world.succeeds("gzip", &["rate", &packed]);
    same(&world.audit("gzip"), &want, MONEY);
    fs::write(&packed, &done.stdout[..done.stdout.len() * 2 / 3]).expect("written");
    world.load("torn");
    let text = world.fails("torn", &["rate", &packed], 1);
    assert!(text.contains("calls.csv.gz"), "{text}");
    assert_eq!(world.audit("torn")["clean"], true);
}

#[test]
fn a_deleted_or_damaged_usage_file_is_found() {
    let world = World::new(1_000);
    world.load("data");
    world.rate("data", &[]);
    let mut files = Vec::new();
    parquet_files(world.top.path(), &mut files);
    files.sort();
    let name = files[0].file_name().expect("a name").to_string_lossy().into_owned();
    let bytes = fs::read(&files[0]).expect("a file");
    fs::remove_file(&files[0]).expect("removed");
    let done = world.run("data", &["audit", "--json"]);
    assert_eq!(done.status.code(), Some(1));
    let report: Value = serde_json::from_slice(&done.stdout).expect("JSON");
    assert_eq!(report["clean"], false);
    assert!(report["findings"].to_string().contains(&name), "{report}");
    fs::write(&files[0], &bytes[..bytes.len() / 2]).expect("written");
    assert_eq!(world.run("data", &["audit", "--json"]).status.code(), Some(1));
    fs::write(&files[0], &bytes).expect("written");
    assert_eq!(world.audit("data")["clean"], true);
}

#[test]
fn a_second_writer_is_told_who_holds_the_directory() {
    let world = World::new(500);
    world.load("data");
    let mut first =
        world.command("data", &["rate", "-"]).stdin(Stdio::piped()).stdout(Stdio::null()).spawn().expect("it starts");
    std::thread::sleep(Duration::from_millis(700));
    let text = world.fails("data", &["rate", &world.files()[0]], 3);
    assert!(text.contains(&first.id().to_string()), "{text}");
    assert_eq!(world.audit("data")["clean"], true);
    drop(first.stdin.take());
    first.wait().expect("it ends");
}

#[test]
fn bad_input_is_refused_with_its_place_and_leaves_nothing() {
    let world = World::new(300);
    world.load("data");
    let before = world.audit("data");
    let deck = world.path("bad.csv");
    fs::write(&deck, "prefix,destination,rate_per_min,initial_interval_s,next_interval_s\n49,Germany,0.01,60,60\n4x,Nowhere,-1,0,0\n").expect("written");
    let words = ["deck", "import", &deck, "--deck", "bad", "--direction", "customer", "--currency", "USD"];
    let text = world.fails("data", &words, 1);
    assert!(text.contains("prefix") && text.contains("rate_per_min") && text.contains('3'), "{text}");
    let calls = world.path("bad-calls.csv");
    fs::write(&calls, "call_id,start,duration_s,status,colour\n1,2026-06-01T00:00:00Z,5,answered,red\n")
        .expect("written");
    let text = world.fails("data", &["rate", &calls], 1);
    assert!(text.contains("colour"), "{text}");
    let text = world.fails("data", &["rate", &world.path("absent.csv")], 3);
    assert!(text.contains("absent.csv"), "{text}");
    fs::write(
        world.top.path().join("bad.toml"),
        "base_currency = \"usd\"\n[[plan]]\nname = \"p\"\ndecks = [\"none\"]\n",
    )
    .expect("written");
    let text = world.fails("data", &["catalog", "load", &world.path("bad.toml")], 1);
    assert!(text.contains("usd"), "{text}");
    same(&world.audit("data"), &before, MONEY);
    world.fails("data", &["rate"], 2);
}

#[test]
fn garbage_instead_of_books_is_said_so() {
    let world = World::new(300);
    world.load("data");
    let books = world.top.path().join("data/books.sqlite");
    fs::write(&books, vec![0x5a; 8192]).expect("written");
    // A log that is still beside the books would mend them.
    drop(fs::remove_file(books.with_extension("sqlite-wal")));
    let text = world.fails("data", &["audit"], 1);
    assert!(text.contains("books.sqlite"), "{text}");
}

#[test]
fn a_day_is_closed_and_later_calls_post_behind_it() {
    let world = World::new(2_000);
    world.load("data");
    let files = world.files();
    world.succeeds("data", &["rate", &files[0]]);
    world.succeeds("data", &["day", "close", "2026-06-02"]);
    let rest: Vec<&str> = ["rate"].into_iter().chain(files[1..].iter().map(String::as_str)).collect();
    world.succeeds("data", &rest);
    let books = world.audit("data");
    assert_eq!(books["clean"], true);
    world.load("open");
    world.rate("open", &[]);
    same(&books, &world.audit("open"), &["calls", "totals", "usage_digest", "ledger_digest"]);
    let days = world.succeeds("data", &["day", "list"]);
    assert!(days.contains("2026-06-02"), "{days}");
}

#[test]
fn explain_recomputes_the_same_charge_after_later_catalogs() {
    let world = World::new(800);
    world.load("data");
    world.rate("data", &[]);
    let query = "select call_id, cast(customer_charge as varchar) c, cast(supplier_charge as varchar) s from usage_current where answered and customer_charge > 0 limit 5";
    let rows: Value = serde_json::from_str(&world.succeeds("data", &["sql", query, "--format", "json"])).expect("JSON");
    let catalog = fs::read_to_string(world.top.path().join("world/catalog.toml")).expect("the catalog");
    for version in 2..=11 {
        let changed = catalog.replacen("holidays = [", &format!("holidays = [\"2030-01-{version:02}\", "), 1);
        fs::write(world.top.path().join("world/later.toml"), changed).expect("written");
        world.succeeds("data", &["catalog", "load", &world.path("world/later.toml")]);
    }
    for row in rows.as_array().expect("rows") {
        let call = row["call_id"].as_str().expect("an id");
        let told: Value = serde_json::from_str(&world.succeeds("data", &["explain", call, "--json"])).expect("JSON");
        let text = told.to_string();
        assert_eq!(told["recomputed_equal"], true, "{text}");
        assert!(text.contains(row["c"].as_str().expect("a charge").trim_end_matches('0')), "{text}");
    }
}

#[test]
fn suspense_is_cured_by_a_catalog_and_dismissed_by_a_person() {
    let world = World::new(2_000);
    world.load("data");
    world.rate("data", &[]);
    let before = world.audit("data");
    world.succeeds("data", &["suspense", "redrive"]);
    same(&world.audit("data"), &before, MONEY);
    let listed: Value = serde_json::from_str(&world.succeeds("data", &["suspense", "list", "--json"])).expect("JSON");
    let first = &listed.as_array().expect("a list")[0];
    let id = first["id"].as_str().expect("an id");
    world.succeeds("data", &["suspense", "dismiss", id, "--note", "a test call"]);
    let after = world.audit("data");
    assert_eq!(after["clean"], true);
    let reason = first["reason"].as_str().expect("a reason");
    let count = |report: &Value| report["suspense"][reason].as_u64().unwrap_or(0);
    assert_eq!(count(&after) + 1, count(&before));
}

#[test]
fn a_reader_that_goes_away_is_no_fault() {
    let world = World::new(50);
    world.load("data");
    world.rate("data", &[]);
    let commands: [&[&str]; 4] =
        [&["completions", "bash"], &["man"], &["sql", "select * from usage"], &["ledger", "export"]];
    for words in commands {
        let mut running =
            world.command("data", words).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it runs");
        drop(running.stdout.take());
        let done = running.wait_with_output().expect("it ends");
        let said = String::from_utf8_lossy(&done.stderr);
        assert_eq!((done.status.code(), &*said), (Some(0), ""), "{words:?}");
    }
}
