//! Which live files to compact: pure, over the books' list.

use didtron_ports::{JournalKind, StoredFile};
use std::collections::BTreeMap;

/// A file with so many rows is not compacted again.
const ROWS_FINAL: u64 = 500_000;
/// From this tier on a file reads as well alone as joined: it is joined only where there are too many files.
const TIER_LARGE: u32 = 5;
/// What one compaction makes has at most so many rows, unless a single file has more.
const ROWS_MAX: u64 = 1 << 20;
/// So many files of a tier become one file, and a tier holds so many times the rows of the one below.
const FAN_IN: usize = 8;
/// Files that one compaction joins: each is open meanwhile, with some rows of all columns in memory.
const GROUP_FILES_MAX: usize = 64;
/// Files above which neighbours are joined whatever their tiers: so many, or so many per million rows. Batches of the
/// usual size stay below, so that their rows are written once.
const FILES_MIN: u64 = 100;
const FILES_PER_MILLION: u64 = 20;

/// Groups of neighbouring files, each of which should become one by `ParquetStore::compact`; empty when all is well.
///
/// | rows of a file | tier | joined |
/// |---|---|---|
/// | 0 to 7 | 0 | where 8 of them are neighbours |
/// | 8 to 63 | 1 | where 8 of them are neighbours but for files of tier 0 |
/// | eight times as many | one more | where 8 of them are neighbours but for files of lower tiers |
/// | 32,768 and more | 5 and up | where there are too many files |
/// | 500,000 and more | final | never |
///
/// So a row is rewritten once per tier, six times in its life at most and once where batches are large; and 10M rows
/// lie in at most 200 files: where the tiers alone would leave more, the neighbours are joined at once. A group never
/// passes a final file, so that what it makes covers one range of batches that nothing else lies in.
#[must_use]
pub fn plan(live: &[StoredFile]) -> Vec<Vec<StoredFile>> {
    let mut journals: BTreeMap<(JournalKind, u32), Vec<&StoredFile>> = BTreeMap::new();
    for file in live {
        journals.entry((file.journal, file.partition)).or_default().push(file);
    }
    let mut groups = Vec::new();
    for files in journals.values_mut() {
        files.sort_by_key(|file| file.seq_first);
        let crowded = is_crowded(files);
        for run in files.split(|file| file.rows >= ROWS_FINAL) {
            let found = if crowded { Some(run).filter(|run| run.len() > 1) } else { by_tiers(run) };
            groups.extend(found.map(|run| front(run).iter().copied().cloned().collect()));
        }
    }
    groups
}

fn is_crowded(files: &[&StoredFile]) -> bool {
    let rows: u64 = files.iter().map(|file| file.rows).sum();
    files.len() as u64 > FILES_MIN.max(rows * FILES_PER_MILLION / 1_000_000)
}

fn tier(file: &StoredFile) -> u32 {
    file.rows.checked_ilog(FAN_IN as u64).unwrap_or(0)
}

/// The first neighbours among which enough files are of one tier and none of a higher one, lowest tier first.
fn by_tiers<'a, 'b>(run: &'b [&'a StoredFile]) -> Option<&'b [&'a StoredFile]> {
    (0..TIER_LARGE).find_map(|own| {
        let is_due = |low: &&[&StoredFile]| low.iter().filter(|file| tier(file) == own).count() >= FAN_IN;
        run.split(|file| tier(file) > own).find(is_due)
    })
}

/// The front of neighbours, as far as what it becomes is not too large.
fn front<'a, 'b>(run: &'b [&'a StoredFile]) -> &'b [&'a StoredFile] {
    let mut rows = 0;
    let fits = run.iter().take(GROUP_FILES_MAX).take_while(|file| {
        rows += file.rows;
        rows <= ROWS_MAX
    });
    &run[..fits.count().max(2)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn file(seq: u64, rows: u64) -> StoredFile {
        let path = format!("{seq}");
        StoredFile { journal: JournalKind::Usage, partition: 0, seq_first: seq, seq_last: seq, path, rows, bytes: 0 }
    }

    /// What compaction makes of a group, as far as the plan sees it.
    fn joined(group: &[StoredFile]) -> StoredFile {
        let rows = group.iter().map(|file| file.rows).sum();
        StoredFile { seq_last: group.last().expect("no group is empty").seq_last, rows, ..group[0].clone() }
    }

    fn settle(live: &mut Vec<StoredFile>, rewritten: &mut u64) {
        loop {
            let groups = plan(live);
            if groups.is_empty() {
                break;
            }
            for group in groups {
                assert!((2..=GROUP_FILES_MAX).contains(&group.len()));
                *rewritten += group.iter().map(|file| file.rows).sum::<u64>();
                let at = live.iter().position(|file| *file == group[0]).expect("planned files are live");
                assert_eq!(live[at..at + group.len()], group[..], "a group is a run of neighbours");
                live.splice(at..at + group.len(), [joined(&group)]);
            }
        }
    }

    #[test]
    fn few_files_and_few_rewrites_whatever_the_batch() {
        for (batch_rows, batches) in [(1, 3000), (500, 20_000), (30_000, 333), (100_000, 100), (600_000, 17)] {
            let (mut live, mut rewritten) = (Vec::new(), 0);
            for seq in 0..batches {
                live.push(file(seq, batch_rows));
                settle(&mut live, &mut rewritten);
            }
            let rows = batch_rows * batches;
            assert_eq!(live.iter().map(|file| file.rows).sum::<u64>(), rows);
            assert!(live.len() <= 200, "{batch_rows} rows a batch: {} files", live.len());
            assert!(rewritten <= 6 * rows, "{batch_rows} rows a batch: {rewritten} rows rewritten for {rows}");
        }
    }

    #[test]
    fn batches_of_the_usual_size_are_written_once() {
        let live: Vec<_> = (0..940).map(|seq| file(seq, 53_248)).collect();
        for count in [1, 20, 188, 940] {
            assert_eq!(plan(&live[..count]), Vec::<Vec<_>>::new(), "{count} files");
        }
    }

    proptest! {
        #[test]
        fn at_most_two_hundred_files_per_ten_million_rows(
            batches in prop::collection::vec(prop_oneof![1u64..100, 1000u64..50_000, 400_000u64..700_000], 1..400),
        ) {
            let (mut live, mut rewritten) = (Vec::new(), 0);
            let mut rows = 0;
            for (seq, batch_rows) in (0..).zip(batches) {
                rows += batch_rows;
                live.push(file(seq, batch_rows));
                settle(&mut live, &mut rewritten);
                let most = 200 * rows.div_ceil(10_000_000);
                prop_assert!(live.len() as u64 <= most, "{} files for {rows} rows", live.len());
            }
        }
    }
}
