//! Worlds as files: their bytes, their decks, and their truth against a second, naive reading of the same files.

mod books;
mod calls;
mod catalog;
mod decks;
mod naive;

use didtron_world::{Options, Truth, WorldError, write, write_watched};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

struct World {
    top: TempDir,
    truth: Truth,
}

impl World {
    fn new(calls: u64, seed: u64, prefixes: u32) -> Self {
        let top = tempfile::tempdir().expect("a temporary directory");
        let truth = write(&Options { calls, seed, prefixes }, top.path()).expect("a world");
        Self { top, truth }
    }

    fn path(&self) -> &Path {
        self.top.path()
    }

    /// The call files in their order.
    fn call_files(&self) -> Vec<PathBuf> {
        listed(&self.path().join("calls"))
    }
}

fn listed(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder");
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    paths
}

/// All files below a folder with their bytes.
fn bytes(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    for path in listed(folder) {
        if path.is_dir() {
            found.extend(bytes(&path).into_iter().map(|(name, bytes)| (folder.join(name), bytes)));
        } else {
            found.insert(path.clone(), fs::read(&path).expect("a file"));
        }
    }
    found.into_iter().map(|(path, bytes)| (path.strip_prefix(folder).unwrap_or(&path).to_owned(), bytes)).collect()
}

#[test]
fn the_same_seed_gives_the_same_bytes_and_another_others() {
    let (one, again) = (World::new(3000, 7, 900), World::new(3000, 7, 900));
    assert_eq!(bytes(one.path()), bytes(again.path()));
    let other = World::new(3000, 8, 900);
    let (one, other) = (bytes(one.path()), bytes(other.path()));
    for (path, bytes) in one.iter().filter(|(path, _)| !path.ends_with("truth.json")) {
        assert!(other[path] != *bytes, "{}", path.display());
    }
}

#[test]
fn the_files_hold_the_rows_that_the_truth_counts() {
    for calls in [10, 300, 3000] {
        let world = World::new(calls, 1, 400);
        let files = world.call_files();
        assert!(files.len() >= 2);
        let rows: Vec<usize> =
            files.iter().map(|path| fs::read_to_string(path).expect("UTF-8").lines().count() - 1).collect();
        assert!(rows.iter().all(|&rows| rows > 0), "{rows:?}");
        assert_eq!(rows.iter().sum::<usize>() as u64, calls);
        let truth: serde_json::Value =
            serde_json::from_slice(&fs::read(world.path().join("truth.json")).expect("a truth")).expect("JSON");
        assert_eq!(truth["rows"], calls);
        assert_eq!(truth["expect"]["calls"], world.truth.expect.calls);
        assert_eq!(truth["kinds"]["late"], world.truth.kinds.late);
    }
}

#[test]
fn a_naive_reading_of_the_files_finds_the_same_truth() {
    for (calls, seed, prefixes) in [(250, 3, 100), (4000, 7, 5000), (6000, 11, 800)] {
        let world = World::new(calls, seed, prefixes);
        assert_eq!(books::read(&world), world.truth.expect, "{calls} calls, seed {seed}, {prefixes} prefixes");
    }
}

#[test]
fn only_an_earlier_world_is_written_over() {
    let world = World::new(3000, 1, 200);
    let options = Options { calls: 20, seed: 1, prefixes: 200 };
    write(&options, world.path()).expect("an earlier world is replaced");
    assert_eq!(world.call_files().len(), 2, "of the earlier one nothing is left");
    let other = tempfile::tempdir().expect("a temporary directory");
    fs::write(other.path().join("thesis.txt"), "years of work").expect("written");
    let refused = write(&options, other.path()).expect_err("it is not a world");
    assert!(matches!(refused, WorldError::NotAWorld(_)), "{refused}");
    assert_eq!(listed(other.path()).len(), 1);
}

#[test]
fn sizes_that_no_world_has_are_refused() {
    let out = tempfile::tempdir().expect("a temporary directory");
    for (calls, prefixes, said) in [(9, 100, "calls is 9"), (10, 99, "prefixes is 99"), (10, 3_000_001, "3000001")] {
        let refused = write(&Options { calls, seed: 1, prefixes }, out.path()).expect_err(said).to_string();
        assert!(refused.contains(said), "{refused}");
    }
}

#[test]
fn the_progress_reaches_its_end() {
    let out = tempfile::tempdir().expect("a temporary directory");
    let mut last = BTreeMap::new();
    let options = Options { calls: 20_000, seed: 1, prefixes: 200 };
    write_watched(&options, out.path(), &mut |progress| {
        let before = last.insert(progress.part, progress.done);
        assert!(progress.done <= progress.total && before.is_none_or(|before| before <= progress.done));
    })
    .expect("a world");
    assert_eq!((last["decks"], last["calls"]), (34, 20_000));
}
