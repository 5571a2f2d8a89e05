//! R16 over all lines of the call files, in order, and what it leaves: the truth once more, by another way.

use crate::World;
use crate::catalog::Catalog;
use crate::naive::Record;
use didtron_world::Expect;
use std::collections::{HashMap, HashSet};
use std::fs;

/// What is known of one identity.
#[derive(Default)]
struct Known {
    contents: HashSet<String>,
    newest: String,
    version: Option<u64>,
    in_force: bool,
    waits: Option<&'static str>,
}

/// Counts what the files must come to.
pub(crate) fn read(world: &World) -> Expect {
    let catalog = Catalog::read(world.path());
    let (mut identities, mut expect) = (HashMap::<String, Known>::new(), Expect::default());
    let mut rows = 0;
    for path in world.call_files() {
        let text = fs::read_to_string(&path).expect("UTF-8");
        for line in text.lines().skip(1) {
            rows += 1;
            arrive(&catalog, &mut identities, &mut expect, line);
        }
    }
    for known in identities.values() {
        expect.calls += u64::from(known.in_force);
        if let Some(reason) = known.waits {
            *expect.suspense.entry(reason).or_default() += 1;
        }
        let kept = u64::from(known.in_force) + u64::from(known.waits.is_some());
        expect.corrections += known.contents.len() as u64 - kept;
    }
    let counted = expect.calls + expect.duplicates + expect.corrections + expect.suspense.values().sum::<u64>();
    assert_eq!(counted, rows, "every row is in one count");
    expect
}

fn arrive(catalog: &Catalog, identities: &mut HashMap<String, Known>, expect: &mut Expect, line: &str) {
    let (identity, content, version, refused) = match Record::read(line) {
        None => (line.to_owned(), line.to_owned(), None, Some("malformed_record")),
        Some(record) => {
            let cells: Vec<&str> = line.split(',').collect();
            let identity = [cells[0], cells[1], &record.start[..19]].join(",");
            (identity, cells[4..12].join(","), record.version.parse().ok(), record.refused(catalog))
        }
    };
    let known = identities.entry(identity).or_default();
    let is_older = known.version.zip(version).is_some_and(|(greatest, own)| own < greatest);
    if !known.contents.insert(content.clone()) {
        let is_newer = known.version.zip(version).is_some_and(|(greatest, own)| own > greatest);
        assert!(content == known.newest || !is_newer, "the world sends no old content as a newer version");
        expect.duplicates += 1;
    } else if !is_older {
        (known.newest, known.version, known.waits) = (content, version, refused);
        known.in_force |= refused.is_none();
    }
}
