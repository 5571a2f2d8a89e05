//! Records of real switches and of other programs' tests: every line is understood or reported with its place.

use crate::reading::{Read, mapping, read_all};
use didtron_files::CallFile;
use didtron_ports::CallSource;
use std::collections::BTreeSet;
use std::path::Path;

/// Opens a sample; `None`, said on standard error, where the samples are not there.
#[expect(clippy::print_stderr, reason = "a skipped sample should be seen")]
fn open(name: &str, mapping_name: &str) -> Option<CallFile> {
    let folder = Path::new("../../../shared/data/cdr");
    let path = folder.join(name);
    if !path.exists() {
        eprintln!("skipped: {} is not there", path.display());
        return None;
    }
    Some(CallFile::open(&path, &mapping(mapping_name), None).unwrap())
}

fn read(name: &str, mapping_name: &str) -> Option<Vec<Read>> {
    open(name, mapping_name).map(|mut file| read_all(&mut file, 100))
}

/// Name, mapping, records understood, and each report's line with a part of its message.
type Expected<'a> = (&'a str, &'a str, usize, &'a [(u64, &'a str)]);

const SAMPLES: &[Expected<'_>] = &[
    (
        "asterisk_pseudonymised.csv",
        "asterisk",
        213,
        &[(110, "\"NO ANSWER\" (R1)"), (111, "\"25\""), (112, "\"25\""), (113, "\"25\""), (119, "\"8\"")],
    ),
    ("asterisk_testsuite_good.csv", "asterisk", 5, &[]),
    ("asterisk_testsuite_master.csv", "asterisk", 2, &[]),
    ("asterisk_testsuite_buggy.csv", "asterisk", 0, &[(1, "column 18: \"\\\"\" opens with a quote")]),
    ("cdrstats_CDRImport-2015-10-26.csv", "cdr-stats", 5, &[]),
    ("cdrstats_import_cdr.txt", "cdr-stats-import", 5, &[]),
    ("cdrstats_import_cdr_100.txt", "cdr-stats-short", 99, &[(37, "\"-6\" is not a length")]),
    (
        "cdrstats_import_voipcall_report.txt",
        "cdr-stats-report",
        3,
        &[
            (2, "\"BUSY\""),
            (3, "\"NOANSWER\""),
            (4, "\"NOROUTE\""),
            (6, "\"BUSY\""),
            (7, "\"BUSY\""),
            (9, "\"BUSY\""),
            (10, "6 cells"),
        ],
    ),
    ("jbilling_asterisk_sample1.csv", "jbilling", 10, &[(9, "\"-295\" is not a length")]),
    ("jbilling_mediation_batch.csv.gz", "jbilling", 10_271, &[]),
];

#[test]
fn every_line_is_understood_or_reported() {
    for (name, mapping, understood, reported) in SAMPLES {
        let Some(read) = read(name, mapping) else { continue };
        let reports: Vec<(u64, &str)> =
            read.iter().filter_map(|r| r.outcome.as_ref().err().map(|message| (r.line, message.as_str()))).collect();
        assert_eq!(reports.len(), reported.len(), "{name}: {reports:#?}");
        for ((line, message), (expected_line, part)) in reports.iter().zip(*reported) {
            assert!(line == expected_line && message.contains(part), "{name}: {line} {message}");
        }
        assert_eq!(read.len() - reports.len(), *understood, "{name}");
    }
}

#[test]
fn the_first_record_of_each_sample_is_understood_as_it_is_meant() {
    let table = [
        (
            "asterisk_pseudonymised.csv",
            "asterisk",
            "asterisk 1497952162.0 2017-06-20T09:49:22Z 0ms not answered 2017-06-20T09:49:22Z | branch NOT_AVAILABLE | in asterisk | from 791-445-9811 | to 715-413-9112",
        ),
        (
            "cdrstats_CDRImport-2015-10-26.csv",
            "cdr-stats",
            "127.0.0.1 96aa82fe-7bd1-11e5-a230-5c514f6a0f72 2015-10-21T12:13:10Z 50000ms answered 2015-10-21T12:13:10Z | in 1000 | from 904151440 | to +34798400122",
        ),
        (
            "cdrstats_import_cdr.txt",
            "cdr-stats-import",
            "cdr-stats 3e308846-9036-11e1-964f-000c296bd875 2012-01-25T20:06:06Z 11000ms answered 2012-01-25T20:06:06Z | branch 1773500 | in cdr-stats | to 065350450",
        ),
        (
            "jbilling_mediation_batch.csv.gz",
            "jbilling",
            "jbilling 10000 2007-11-01T11:03:25Z 60000ms answered 2007-11-01T11:03:55Z | in mediation-batch-test-08 | from 4033211001 | to 4501231235",
        ),
    ];
    for (name, mapping, expected) in table {
        let Some(read) = read(name, mapping) else { continue };
        assert_eq!(read[0].outcome.as_deref(), Ok(expected), "{name}");
    }
}

/// Counted apart from this program: calls that lasted, their talk time in milliseconds, different identities.
const TALKED: &[(&str, &str, usize, u64, usize)] = &[
    ("asterisk_pseudonymised.csv", "asterisk", 109, 38_839_000, 206),
    ("cdrstats_CDRImport-2015-10-26.csv", "cdr-stats", 5, 110_000, 5),
    ("cdrstats_import_cdr.txt", "cdr-stats-import", 5, 154_000, 5),
    ("cdrstats_import_cdr_100.txt", "cdr-stats-short", 99, 13_842_000, 99),
    ("jbilling_mediation_batch.csv.gz", "jbilling", 10_271, 74_618_400_000, 10_271),
];

#[test]
fn the_samples_talk_as_long_as_they_say() {
    for (name, mapping_name, billable, talked_ms, identities) in TALKED {
        let Some(mut file) = open(name, mapping_name) else { continue };
        let (mut found, mut seen) = ((0, 0), BTreeSet::new());
        while let Some(chunk) = file.next_chunk(1000).unwrap() {
            let batch = file.decode(chunk);
            for row in (0..batch.len()).filter(|row| batch.malformed_at(*row).is_none()) {
                let call = batch.call(row);
                found.0 += usize::from(call.is_billable());
                found.1 += call.duration_ms;
                seen.insert(batch.identity[row]);
            }
        }
        assert_eq!((found, seen.len()), ((*billable, *talked_ms), *identities), "{name}");
    }
}

#[test]
fn two_legs_with_one_id_are_two_calls() {
    let Some(read) = read("asterisk_pseudonymised.csv", "asterisk") else { return };
    assert_ne!(read[0].identity, read[1].identity);
    // Its channels are masked, so legs that nobody took and that ended in one second look alike; they cost nothing.
    let answered = |r: &&Read| r.outcome.as_ref().is_ok_and(|call| !call.contains("not answered"));
    let mut identities: Vec<_> = read.iter().filter(answered).map(|r| r.identity).collect();
    let answered_count = identities.len();
    identities.sort_unstable();
    identities.dedup();
    assert_eq!((identities.len(), answered_count > 100), (answered_count, true));
}
