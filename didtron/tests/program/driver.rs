//! A small world and the built program over it, for tests that drive the command line.

use serde_json::Value;
use std::fs;
use std::process::{Command, Output};
use tempfile::TempDir;

/// A small world and a data directory beside it.
pub(crate) struct World {
    pub(crate) top: TempDir,
}

impl World {
    pub(crate) fn new(calls: u32) -> Self {
        let world = Self { top: tempfile::tempdir().expect("a temporary directory") };
        let out = world.path("world");
        world.succeeds(
            "unused",
            &["world", "--calls", &calls.to_string(), "--seed", "11", "--prefixes", "800", "--out", &out],
        );
        world
    }

    pub(crate) fn path(&self, name: &str) -> String {
        self.top.path().join(name).to_string_lossy().into_owned()
    }

    pub(crate) fn command(&self, data: &str, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_didtron"));
        command.arg("--data").arg(self.top.path().join(data)).args(words);
        command
    }

    pub(crate) fn run(&self, data: &str, words: &[&str]) -> Output {
        self.command(data, words).output().expect("the program runs")
    }

    pub(crate) fn succeeds(&self, data: &str, words: &[&str]) -> String {
        let done = self.run(data, words);
        assert!(done.status.success(), "{words:?}: {}", String::from_utf8_lossy(&done.stderr));
        String::from_utf8(done.stdout).expect("UTF-8")
    }

    /// Runs a command that must fail with `code` and returns what it says.
    pub(crate) fn fails(&self, data: &str, words: &[&str], code: i32) -> String {
        let done = self.run(data, words);
        let text = String::from_utf8_lossy(&done.stderr).into_owned();
        assert_eq!(done.status.code(), Some(code), "{words:?}: {text}");
        text
    }

    pub(crate) fn load(&self, data: &str) {
        self.succeeds(data, &["catalog", "load", &self.path("world/catalog.toml")]);
    }

    pub(crate) fn files(&self) -> Vec<String> {
        let mut files: Vec<_> = fs::read_dir(self.top.path().join("world/calls"))
            .expect("the world's calls")
            .map(|entry| entry.expect("an entry").path().to_string_lossy().into_owned())
            .collect();
        files.sort();
        files
    }

    pub(crate) fn rate(&self, data: &str, more: &[&str]) -> String {
        let files = self.files();
        let words: Vec<&str> =
            ["rate"].into_iter().chain(more.iter().copied()).chain(files.iter().map(String::as_str)).collect();
        self.succeeds(data, &words)
    }

    pub(crate) fn audit(&self, data: &str) -> Value {
        serde_json::from_str(&self.succeeds(data, &["audit", "--json"])).expect("JSON")
    }

    pub(crate) fn truth(&self) -> Value {
        serde_json::from_str(&fs::read_to_string(self.top.path().join("world/truth.json")).expect("the truth"))
            .expect("JSON")
    }
}

pub(crate) fn same(left: &Value, right: &Value, keys: &[&str]) {
    for key in keys {
        assert_eq!(left[key], right[key], "{key}");
    }
}

pub(crate) const MONEY: &[&str] =
    &["calls", "duplicates", "corrections", "suspense", "totals", "usage_digest", "ledger_digest"];

/// Says something in the test's output.
#[expect(clippy::print_stdout, reason = "a skipped test says so")]
pub(crate) fn note(text: &str) {
    println!("{text}");
}
