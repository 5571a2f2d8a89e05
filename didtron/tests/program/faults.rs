//! What goes wrong around the program: full disks, growing files, broken caches, lost objects, mappings that are none.
//! Each must be said with its place, leave nothing half done, and be over once its cause is.

use crate::driver::{MONEY, World, same};
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::process::{Command, Stdio};
use std::time::Duration;

/// A small file system of its own, where this user may mount one.
struct SmallDisk<'a> {
    folder: &'a str,
}

impl<'a> SmallDisk<'a> {
    fn mount(folder: &'a str, size: &str) -> Option<Self> {
        fs::create_dir_all(folder).expect("a folder");
        let options = format!("size={size}");
        let done = Command::new("mount").args(["-t", "tmpfs", "-o", &options, "tmpfs", folder]).status();
        done.is_ok_and(|status| status.success()).then_some(Self { folder })
    }

    fn grow(&self, size: &str) {
        let options = format!("remount,size={size}");
        let done = Command::new("mount").args(["-o", &options, self.folder]).status().expect("mount runs");
        assert!(done.success());
    }
}

impl Drop for SmallDisk<'_> {
    fn drop(&mut self) {
        let done = Command::new("umount").arg(self.folder).status();
        assert!(done.is_ok_and(|status| status.success()), "{} could not be unmounted", self.folder);
    }
}

#[test]
fn a_full_disk_stops_the_run_and_a_larger_one_lets_it_go_on() {
    let world = World::new(20_000);
    world.load("calm");
    world.rate("calm", &[]);
    let folder = world.path("disk");
    let Some(disk) = SmallDisk::mount(&folder, "2500k") else {
        crate::driver::note("skipped: this user may not mount a file system");
        return;
    };
    world.load("disk/data");
    let files = world.files();
    let words: Vec<&str> =
        ["rate", "--batch-rows", "1000"].into_iter().chain(files.iter().map(String::as_str)).collect();
    let done = world.run("disk/data", &words);
    let text = String::from_utf8_lossy(&done.stderr);
    assert_eq!(done.status.code(), Some(3), "{text}");
    assert!(text.contains("space") || text.contains("full"), "{text}");
    disk.grow("200m");
    assert_eq!(world.audit("disk/data")["clean"], true);
    world.rate("disk/data", &["--batch-rows", "1000"]);
    same(&world.audit("disk/data"), &world.audit("calm"), MONEY);
}

#[test]
fn a_file_that_grows_while_it_is_read_is_rated_whole_in_the_end() {
    let world = World::new(6_000);
    let whole = fs::read(&world.files()[0]).expect("calls");
    let path = world.path("growing.csv");
    fs::write(&path, &whole[..whole.len() / 3]).expect("written");
    world.load("data");
    let mut child =
        world.command("data", &["rate", "--batch-rows", "50", &path]).stdout(Stdio::null()).spawn().expect("it starts");
    let mut file = OpenOptions::new().append(true).open(&path).expect("the growing file");
    for piece in whole[whole.len() / 3..].chunks(3_001) {
        file.write_all(piece).expect("written");
        std::thread::sleep(Duration::from_millis(2));
    }
    assert!(child.wait().expect("it ends").success());
    world.succeeds("data", &["rate", &path]);
    world.load("once");
    world.succeeds("once", &["rate", &world.files()[0]]);
    same(&world.audit("data"), &world.audit("once"), MONEY);
}

#[test]
fn a_mapping_that_is_none_is_refused_with_its_line() {
    let world = World::new(100);
    world.load("data");
    let mapping = world.path("mine.toml");
    fs::write(&mapping, "name = \"mine\"\nanswered = { statuses = [\"200\"] }\nseperator = \";\"\n").expect("written");
    let text = world.fails("data", &["rate", "--mapping", &mapping, &world.files()[0]], 1);
    assert!(text.contains("mine.toml") && text.contains("line 3"), "{text}");
    let text = world.fails("data", &["rate", "--mapping", "nobody", &world.files()[0]], 2);
    assert!(text.contains("asterisk"), "{text}");
    assert_eq!(world.audit("data")["calls"], 0);
}

#[test]
fn a_broken_cache_costs_time_and_a_lost_deck_is_found() {
    let world = World::new(500);
    world.load("data");
    world.rate("data", &[]);
    let before = world.audit("data");
    for entry in fs::read_dir(world.path("data/cache")).expect("a cache") {
        let path = entry.expect("an entry").path();
        let mut bytes = fs::read(&path).expect("a table");
        let middle = bytes.len() / 2;
        bytes[middle] ^= 0x55;
        fs::write(&path, bytes).expect("written");
    }
    world.succeeds("data", &["suspense", "redrive"]);
    same(&world.audit("data"), &before, MONEY);
    let decks = world.path("data/decks");
    let deck = fs::read_dir(&decks).expect("decks").next().expect("one").expect("an entry").path().join("1.csv.zst");
    fs::remove_file(&deck).expect("removed");
    let done = world.run("data", &["audit", "--json"]);
    assert_eq!(done.status.code(), Some(1));
    let report = String::from_utf8_lossy(&done.stdout).into_owned();
    assert!(report.contains("1.csv.zst"), "{report}");
}

#[test]
fn a_voided_batch_is_on_record_and_its_input_is_claimed_again() {
    let world = World::new(3_000);
    let path = world.path("calls.csv");
    fs::copy(&world.files()[0], &path).expect("copied");
    world.load("data");
    let mut claimed = false;
    for delay_ms in (5..400).step_by(5) {
        let mut child = world
            .command("data", &["rate", "--batch-rows", "20", &path])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("it starts");
        std::thread::sleep(Duration::from_millis(delay_ms));
        child.kill().expect("it can be killed");
        child.wait().expect("it ends");
        claimed = world.succeeds("data", &["batch", "list", "--json", "--last", "5"]).contains("\"claimed\"");
        if claimed {
            break;
        }
    }
    assert!(claimed, "no kill fell between a claim and its settlement");
    // The claimed input changes: an alarm, and nothing goes on.
    let whole = fs::read(&path).expect("calls");
    fs::write(&path, b"call_id,start,duration_s,status\n").expect("written");
    let text = world.run("data", &["rate", &world.files()[1]]);
    assert!(!text.status.success(), "work went on over a claim whose input is gone");
    world.succeeds("data", &["batch", "void", "--note", "the file was replaced"]);
    fs::write(&path, whole).expect("written");
    world.succeeds("data", &["rate", &path]);
    world.load("once");
    world.succeeds("once", &["rate", &path]);
    same(&world.audit("data"), &world.audit("once"), MONEY);
    let listed = world.succeeds("data", &["batch", "list", "--json", "--last", "0"]);
    assert!(listed.contains("the file was replaced"), "{listed}");
}

#[test]
fn an_id_of_several_calls_lists_them() {
    let world = World::new(100);
    world.load("data");
    let calls = world.path("twins.csv");
    fs::write(
        &calls,
        "call_id,branch,start,duration_s,status,ingress\n\
         twin,a,2026-06-01T10:00:00Z,0,busy,nobody\n\
         twin,b,2026-06-01T10:00:00Z,0,busy,nobody\n",
    )
    .expect("written");
    world.succeeds("data", &["rate", &calls]);
    let done = world.run("data", &["explain", "twin"]);
    assert_eq!(done.status.code(), Some(1));
    let listed = String::from_utf8_lossy(&done.stdout).into_owned();
    assert!(listed.contains("2 calls") && listed.contains("2026-06-01T10:00:00Z"), "{listed}");
    world.succeeds("data", &["explain", "twin", "--branch", "b"]);
    let text = world.fails("data", &["explain", "no-such-call"], 1);
    assert!(text.contains("no-such-call"), "{text}");
}
