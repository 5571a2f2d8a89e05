//! Which live files to compact: pure, over the books' list.

use didtron_ports::{JournalKind, StoredFile};
use std::collections::BTreeMap;

/// A file with so many rows is not compacted again.
const ROWS_FINAL: u64 = 500_000;
/// What one compaction makes has at most so many rows, unless a single file has more.
const ROWS_MAX: u64 = 1 << 20;
/// So many neighbours of a tier become one file.
const FAN_IN: usize = 8;
/// Rows below which a file is in tier 0; each tier above holds eight times as many.
const TIER_ROWS: u64 = 8_192;
/// Tiers of files that are not final.
const TIERS: u64 = 3;
/// Files above which neighbours are joined whatever their tiers: so many, and so many more per million rows.
const FILES_BASE: u64 = 100;
const FILES_PER_MILLION: u64 = 10;

/// Groups of neighbouring files, each of which should become one by `ParquetStore::compact`; empty when all is well.
///
/// | rows of a file | tier | joined |
/// |---|---|---|
/// | below 8,192 | 0 | 8 neighbours of tier 0 |
/// | below 65,536 | 1 | 16 neighbours of tiers 0 and 1 |
/// | below 500,000 | 2 | 24 neighbours of any tier |
/// | above | final | never |
///
/// So a row is rewritten about three times in its life, and 10M rows lie in at most 200 files: where the tiers alone
/// would leave more (tiny batches between large ones), the smallest neighbours are joined at once. A group never
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
        for run in files.split(|file| tier(file) == TIERS) {
            let found = if crowded { large_enough(run, 2) } else { by_tiers(run) };
            groups.extend(found.map(|group| group.iter().map(|file| StoredFile::clone(file)).collect()));
        }
    }
    groups
}

fn is_crowded(files: &[&StoredFile]) -> bool {
    let rows: u64 = files.iter().map(|file| file.rows).sum();
    files.len() as u64 > FILES_BASE + rows / 1_000_000 * FILES_PER_MILLION
}

fn tier(file: &StoredFile) -> u64 {
    match file.rows {
        ROWS_FINAL.. => TIERS,
        rows => {
            u64::from((rows / TIER_ROWS).checked_ilog(u64::from(FAN_IN as u32)).map_or(0, |log| log + 1)).min(TIERS - 1)
        }
    }
}

/// The first run of neighbours of low tiers that is long enough, lowest tier first.
fn by_tiers<'a, 'b>(run: &'b [&'a StoredFile]) -> Option<&'b [&'a StoredFile]> {
    (0..TIERS).find_map(|highest| {
        let length = FAN_IN * (usize::try_from(highest).expect("a tier is a small number") + 1);
        run.split(|file| tier(file) > highest).find_map(|low| large_enough(low, length))
    })
}

/// The front of a run that has `length` files, as far as what it becomes is not too large.
fn large_enough<'a, 'b>(run: &'b [&'a StoredFile], length: usize) -> Option<&'b [&'a StoredFile]> {
    if run.len() < length {
        return None;
    }
    let mut rows = 0;
    let fits = run
        .iter()
        .take_while(|file| {
            rows += file.rows;
            rows <= ROWS_MAX
        })
        .count();
    Some(&run[..fits.max(2)])
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
                assert!(group.len() >= 2);
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
            assert!(live.len() <= 60, "{batch_rows} rows a batch: {} files", live.len());
            assert!(rewritten <= 7 * rows, "{batch_rows} rows a batch: {rewritten} rows rewritten for {rows}");
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
