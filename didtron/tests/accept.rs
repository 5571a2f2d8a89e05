//! The outside checks of the command line, in short forms, where their folder lies beside the checkout. The same
//! properties are held without them by the crates' own tests and by `whole_program.rs`.

#![expect(clippy::print_stdout, reason = "what a check printed belongs to the test's output")]

use std::path::{Path, PathBuf};
use std::process::Command;

fn shared() -> Option<PathBuf> {
    let folder = Path::new("../../shared").to_owned();
    folder.join("accept/price.py").exists().then_some(folder)
}

/// Runs a check with the built program; says so and passes where the checks are not there.
fn check(script: &str, words: &[&str]) {
    let Some(shared) = shared() else {
        println!("skipped: the outside checks are not beside the checkout");
        return;
    };
    let done = Command::new("python3")
        .arg(shared.join("accept").join(script))
        .arg(env!("CARGO_BIN_EXE_didtron"))
        .args(words.iter().map(|word| word.replace("{shared}", &shared.to_string_lossy())))
        .output()
        .expect("python3 runs");
    let (out, err) = (String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
    assert!(done.status.success(), "{script} {words:?}:\n{out}\n{err}");
    println!("{out}");
}

#[test]
fn prices_of_other_engines() {
    check("price.py", &["{shared}/data/oracle_cases.csv"]);
}

#[test]
fn every_policy() {
    check("policies.py", &["--cases", "50000"]);
}

#[test]
fn longest_prefix_and_row_in_force() {
    for at in ["2026-02-01T00:00:00Z", "2026-05-31T23:59:59Z", "2026-08-15"] {
        check("lookup.py", &["--prefixes", "20000", "--numbers", "10000", "--at", at]);
    }
}

#[test]
fn whole_calls_through_a_hostile_catalog() {
    for seed in ["1", "2"] {
        check("rate.py", &["--calls", "5000", "--seed", seed]);
    }
}

#[test]
fn re_rated_undone_and_killed_meanwhile() {
    check("rerate.py", &["--calls", "5000", "--kills", "10"]);
}

#[test]
fn killed_and_run_again() {
    check("kill.py", &["--calls", "20000", "--kills", "20"]);
}
