//! The house rules, held by a test: who may depend on whom, what the pure crates may not know, how files begin and
//! how long they grow, and that every build shares one feature set per crate.

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

/// What each crate may depend on directly, own crates and others alike (dev-dependencies apart).
const ALLOWED: &[(&str, &[&str])] = &[
    ("didtron-domain", &["blake3", "hashbrown", "rustc-hash", "thiserror", "twox-hash"]),
    ("didtron-ports", &["didtron-domain", "thiserror"]),
    ("didtron-rate-tables", &["didtron-domain", "rustc-hash", "thiserror"]),
    ("didtron-rating", &["didtron-domain", "didtron-rate-tables", "jiff", "rustc-hash", "thiserror"]),
    (
        "didtron-pipeline",
        &[
            "blake3",
            "didtron-domain",
            "didtron-ports",
            "didtron-rating",
            "futures",
            "hashbrown",
            "rustc-hash",
            "thiserror",
        ],
    ),
    ("didtron-world", &["serde", "serde_json", "thiserror"]),
    ("didtron-yardstick", &["anyhow", "csv", "jiff", "rust_decimal", "serde", "serde_json", "toml"]),
    ("didtron-schemas", &["csv", "didtron-domain", "jiff", "rustc-hash", "serde", "serde_json", "thiserror", "toml"]),
    (
        "didtron-files",
        &[
            "blake3",
            "csv",
            "didtron-domain",
            "didtron-ports",
            "didtron-schemas",
            "encoding_rs",
            "flate2",
            "jiff",
            "memchr",
            "serde",
            "serde_json",
            "thiserror",
            "zstd",
        ],
    ),
    (
        "didtron-sheets",
        &[
            "calamine",
            "csv",
            "didtron-domain",
            "didtron-schemas",
            "encoding_rs",
            "jiff",
            "serde",
            "serde_json",
            "thiserror",
        ],
    ),
    (
        "didtron-books",
        &[
            "blake3",
            "didtron-domain",
            "didtron-ports",
            "didtron-schemas",
            "rustix",
            "sqlx",
            "thiserror",
            "tokio",
            "uuid",
            "zstd",
        ],
    ),
    (
        "didtron-parquet",
        &[
            "arrow",
            "blake3",
            "bytes",
            "didtron-domain",
            "didtron-ports",
            "parquet",
            "rustc-hash",
            "rustix",
            "thiserror",
            "tokio",
        ],
    ),
    (
        "didtron-query",
        &[
            "arrow",
            "datafusion",
            "didtron-domain",
            "didtron-ports",
            "futures",
            "object_store",
            "parquet",
            "rustc-hash",
            "serde_json",
            "thiserror",
            "tokio",
        ],
    ),
];

/// Heavy crates have one home.
const HOMES: &[(&str, &[&str])] = &[
    ("sqlx", &["didtron-books"]),
    ("datafusion", &["didtron-query"]),
    ("parquet", &["didtron-parquet", "didtron-query"]),
    ("calamine", &["didtron-sheets"]),
    ("anyhow", &["didtron", "didtron-yardstick"]),
    ("clap", &["didtron"]),
];

/// Crates that know no file, clock, environment or float.
const PURE: &[&str] = &["engine/domain", "rate-tables", "engine/rating"];

/// The workspace: tests run in the folder of their package.
fn root() -> PathBuf {
    Path::new("..").canonicalize().expect("the binary's folder lies in the workspace")
}

fn cargo(words: &[&str]) -> String {
    let done = Command::new(env!("CARGO")).current_dir(root()).args(words).output().expect("cargo runs");
    assert!(done.status.success(), "cargo {words:?}: {}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8(done.stdout).expect("cargo writes UTF-8")
}

fn dependencies() -> BTreeMap<String, BTreeSet<String>> {
    let metadata: Value =
        serde_json::from_str(&cargo(&["metadata", "--no-deps", "--format-version", "1", "--locked"])).expect("JSON");
    let text = |v: &Value| v.as_str().expect("a text").to_owned();
    let packages = metadata["packages"].as_array().expect("a list").iter();
    packages
        .map(|package| {
            let normal = package["dependencies"].as_array().expect("a list").iter().filter(|d| d["kind"].is_null());
            (text(&package["name"]), normal.map(|d| text(&d["name"])).collect())
        })
        .collect()
}

/// Our own Rust sources, tests included.
fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in folder.read_dir().expect("a folder that can be read").map(|e| e.expect("an entry").path()) {
        let name = entry.file_name().expect("a name").to_string_lossy().into_owned();
        if entry.is_dir() && name != "target" && !name.starts_with('.') {
            sources(&entry, found);
        } else if name.ends_with(".rs") {
            found.push(entry);
        }
    }
}

fn read_sources() -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    sources(&root(), &mut found);
    assert!(found.len() > 50, "the sources were found");
    found.sort();
    found
        .into_iter()
        .map(|path| {
            let text = std::fs::read_to_string(&path).expect("UTF-8 source");
            (path, text)
        })
        .collect()
}

/// The lines of a file before its inline tests.
fn before_tests(text: &str) -> &str {
    text.split("#[cfg(test)]\nmod ").next().unwrap_or(text)
}

#[test]
fn crates_depend_only_on_what_their_place_allows() {
    let actual = dependencies();
    for (name, allowed) in ALLOWED {
        let extra: Vec<_> = actual[*name].iter().filter(|d| !allowed.contains(&d.as_str())).collect();
        assert!(extra.is_empty(), "{name} may not depend on {extra:?}: see the table in this test");
    }
    for name in actual.keys().filter(|n| *n != "didtron") {
        assert!(
            ALLOWED.iter().any(|(known, _)| known == name) || name == "didtron-benches",
            "{name} has no allow-list"
        );
    }
    for (heavy, homes) in HOMES {
        for (name, depends) in &actual {
            assert!(
                !depends.contains(*heavy) || homes.contains(&name.as_str()) || name == "didtron-benches",
                "{heavy} has its home in {homes:?}, not in {name}"
            );
        }
    }
}

#[test]
fn pure_crates_know_no_file_clock_environment_or_float() {
    let banned =
        ["f64", "f32", "SystemTime", "Instant::now", "std::fs", "std::env", "std::net", "std::process", "println!"];
    for (path, text) in read_sources() {
        let relative = path.strip_prefix(root()).expect("below the root");
        if !PURE.iter().any(|pure| relative.starts_with(Path::new(pure).join("src"))) {
            continue;
        }
        for (at, line) in before_tests(&text).lines().enumerate() {
            let code = line.split("//").next().unwrap_or(line);
            for word in banned {
                assert!(!has_word(code, word), "{}:{}: {word} in a pure crate", relative.display(), at + 1);
            }
        }
    }
}

fn has_word(code: &str, word: &str) -> bool {
    let edge = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric() && c != '_');
    code.match_indices(word)
        .any(|(at, _)| edge(code[..at].chars().next_back()) && edge(code[at + word.len()..].chars().next()))
}

#[test]
fn files_open_with_what_they_are_and_stay_short() {
    for (path, text) in read_sources() {
        let name = path.file_name().expect("a name").to_string_lossy();
        let shown = path.strip_prefix(root()).expect("below the root").display().to_string();
        assert!(text.starts_with("//!"), "{shown} does not open with a module doc");
        assert!(name != "mod.rs", "{shown}: write foo.rs beside foo/ instead");
        for word in ["utils.rs", "helpers.rs", "common.rs", "types.rs", "misc.rs"] {
            assert!(name != word, "{shown}: a file is named for what it holds");
        }
        let lines = before_tests(&text).lines().count();
        assert!(
            lines <= 600 || shown.contains("/tests/"),
            "{shown} has {lines} lines before its tests: split it by noun"
        );
        for (at, line) in text.lines().enumerate() {
            let mark = ["TO", "FIX", "XX"].map(|half| {
                half.to_owned()
                    + if half == "XX" {
                        "X"
                    } else if half == "TO" {
                        "DO"
                    } else {
                        "ME"
                    }
            });
            assert!(!mark.iter().any(|m| has_word(line, m)), "{shown}:{}: left-over mark", at + 1);
        }
    }
}

/// Where unsafe code is, each file for one thing that measuring showed to be worth it.
const UNSAFE: &[&str] = &["rate-tables/src/machine.rs"];

#[test]
fn unsafe_code_lives_in_small_files_of_its_own() {
    for (path, text) in read_sources() {
        let shown = path.strip_prefix(root()).expect("below the root").display().to_string();
        let is_unsafe = text.lines().any(|line| line.contains(concat!("expect(", "unsafe_code")));
        assert_eq!(is_unsafe, UNSAFE.contains(&shown.as_str()), "{shown}: see the list in this test");
        let (blocks, reasons) = (text.matches(concat!("unsafe", " {")).count(), text.matches("// SAFETY: ").count());
        assert!(blocks <= reasons, "{shown}: an unsafe block without a word on why it is sound");
        assert!(!is_unsafe || text.lines().count() <= 100, "{shown}: unsafe code is kept small");
    }
}

#[test]
fn lints_are_expected_with_a_reason_and_never_allowed() {
    for (path, text) in read_sources() {
        for (at, line) in text.lines().enumerate() {
            let allowed = line.trim_start().starts_with(concat!("#[", "allow("))
                || line.trim_start().starts_with(concat!("#![", "allow("));
            assert!(!allowed, "{}:{}: expect the lint with a reason instead", path.display(), at + 1);
        }
    }
}

#[test]
fn every_build_shares_one_feature_set_and_one_arrow() {
    let features = |words: &[&str]| -> BTreeMap<String, String> {
        cargo(words)
            .lines()
            .filter_map(|line| line.split_once('|'))
            .map(|(package, features)| (package.to_owned(), features.trim_end_matches(" (*)").to_owned()))
            .collect()
    };
    // Without repeats: the whole tree with them is beyond counting.
    let format = ["--prefix", "none", "--locked", "-f", "{p}|{f}"];
    let whole = features(&[&["tree", "--workspace", "-e", "normal,build,dev"][..], &format].concat());
    let program = features(&[&["tree", "-p", "didtron", "-e", "normal,build"][..], &format].concat());
    for (package, set) in &program {
        assert_eq!(
            Some(set),
            whole.get(package),
            "{package} is built with other features in tests than in the program"
        );
    }
    let arrows = whole.keys().filter(|p| p.starts_with("arrow v") || p.starts_with("arrow-array v")).count();
    assert_eq!(arrows, 2, "one arrow and one arrow-array");
}
