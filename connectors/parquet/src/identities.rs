//! What the duplicate index needs of every row: few columns, read in parallel, handed over in batches.

use crate::damage::{illegal, spoilt};
use crate::file::{Cut, OpenFile, positions};
use crate::parallel;
use arrow::array::{Array, ArrowPrimitiveType, AsArray, PrimitiveArray, RecordBatch};
use arrow::datatypes::{Int8Type, Int64Type, UInt8Type, UInt32Type, UInt64Type};
use didtron_domain::{ContentHash, IdentityKey, Reason};
use didtron_ports::{Error, IdentityEntry, JournalKind, RowPlace, StoredFile};
use std::path::Path;

/// In the order of the layouts, which is the order in which they are read.
const USAGE: [&str; 9] =
    ["seq", "row", "sign", "identity_high", "identity_low", "content", "version", "reverses_seq", "reverses_row"];
const SUSPENSE: [&str; 10] = [
    "seq",
    "row",
    "sign",
    "identity_high",
    "identity_low",
    "content",
    "version",
    "takes_out_seq",
    "takes_out_row",
    "reason",
];

/// Reads every row of `files` and hands the rows over, many at a time, from several threads.
pub(crate) fn read_entries(
    root: &Path,
    files: &[StoredFile],
    take: &(dyn Fn(&[IdentityEntry]) + Sync),
) -> Result<(), Error> {
    let open = parallel::each(files, |stored| OpenFile::open(root, stored, false))?;
    let parts: Vec<_> =
        open.iter().flat_map(|file| (0..file.row_group_count()).map(move |row_group| (file, row_group))).collect();
    parallel::each(&parts, |(file, row_group)| {
        let names: &[&str] = match file.stored.journal {
            JournalKind::Usage => &USAGE,
            JournalKind::Suspense => &SUSPENSE,
        };
        let columns = positions(file.stored.journal, names);
        let cut = Cut { row_group: Some(*row_group), columns: Some(columns), ..Cut::default() };
        let mut reader = file.reader(cut)?;
        while let Some(batch) = file.next(&mut reader)? {
            take(&entries(file.stored.journal, &batch).map_err(|why| spoilt(file.stored, why))?);
        }
        Ok(())
    })?;
    Ok(())
}

fn column<T: ArrowPrimitiveType>(batch: &RecordBatch, at: usize) -> &PrimitiveArray<T> {
    batch.column(at).as_primitive()
}

fn entries(journal: JournalKind, batch: &RecordBatch) -> Result<Vec<IdentityEntry>, String> {
    let (seq, row) = (column::<UInt64Type>(batch, 0).values(), column::<UInt32Type>(batch, 1).values());
    let sign = column::<Int8Type>(batch, 2).values();
    let (high, low) = (column::<UInt64Type>(batch, 3).values(), column::<UInt64Type>(batch, 4).values());
    let content = column::<UInt64Type>(batch, 5).values();
    let version = column::<Int64Type>(batch, 6);
    let (other_seq, other_row) = (column::<UInt64Type>(batch, 7), column::<UInt32Type>(batch, 8));
    let reasons = (journal == JournalKind::Suspense).then(|| column::<UInt8Type>(batch, 9));
    let reason = |at: usize| {
        let Some(reasons) = reasons else { return Ok(None) };
        let code = reasons.value(at);
        Reason::from_code(code).map(Some).ok_or_else(|| illegal("reason", code))
    };
    let entry = |at: usize| {
        Ok(IdentityEntry {
            journal,
            place: RowPlace { seq: seq[at], row: row[at] },
            sign: sign[at],
            identity: IdentityKey(u128::from(high[at]) << 64 | u128::from(low[at])),
            content: ContentHash(content[at]),
            version: version.is_valid(at).then(|| version.value(at)),
            reverses: other_seq.is_valid(at).then(|| RowPlace { seq: other_seq.value(at), row: other_row.value(at) }),
            reason: reason(at)?,
        })
    };
    (0..batch.num_rows()).map(entry).collect()
}
