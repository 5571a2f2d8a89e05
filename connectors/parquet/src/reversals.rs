//! Which rows were taken back, and by which batch: few columns, and only of row groups that have a reversal at all.

use crate::damage::{illegal, spoilt};
use crate::file::{Cut, OpenFile, positions};
use crate::parallel;
use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{Int8Type, UInt32Type, UInt64Type};
use didtron_ports::{Error, JournalKind, RowPlace, StoredFile};
use std::path::Path;

/// In the order of the layout, which is the order in which they are read.
const COLUMNS: [&str; 4] = ["seq", "sign", "reverses_seq", "reverses_row"];
const SIGN: usize = 1;

/// What takes the reversals: see [`didtron_ports::TakeReversals`].
pub(crate) type Take = dyn Fn(&[(RowPlace, u64)]) + Send + Sync;

/// Hands all reversals in the usage files among `files` to `take`, many at a time, from several threads.
pub(crate) fn read_reversals(root: &Path, files: &[StoredFile], take: &Take) -> Result<(), Error> {
    let columns = positions(JournalKind::Usage, &COLUMNS);
    let files: Vec<_> = files.iter().filter(|file| file.journal == JournalKind::Usage).collect();
    let open = parallel::each(&files, |stored| OpenFile::open(root, stored, false))?;
    let parts = open.iter().flat_map(|file| (0..file.row_group_count()).map(move |row_group| (file, row_group)));
    let may_reverse = |file: &OpenFile<'_>, row_group| {
        file.extent(row_group, columns[SIGN]).is_none_or(|(least_sign, _)| least_sign < 0)
    };
    let parts: Vec<_> = parts.filter(|(file, row_group)| may_reverse(file, *row_group)).collect();
    parallel::each(&parts, |(file, row_group)| {
        let cut = Cut { row_group: Some(*row_group), columns: Some(columns.clone()), ..Cut::default() };
        file.read(cut, |batch| {
            let reversals = reversals(&batch).map_err(|why| spoilt(file.stored, why))?;
            if !reversals.is_empty() {
                take(&reversals);
            }
            Ok(())
        })
    })?;
    Ok(())
}

fn reversals(batch: &RecordBatch) -> Result<Vec<(RowPlace, u64)>, String> {
    let seq = batch.column(0).as_primitive::<UInt64Type>().values();
    let sign = batch.column(SIGN).as_primitive::<Int8Type>().values();
    let other_seq = batch.column(2).as_primitive::<UInt64Type>();
    let other_row = batch.column(3).as_primitive::<UInt32Type>();
    let reversal = |at: usize| {
        if other_seq.is_null(at) || other_row.is_null(at) {
            return Err(illegal("reverses_seq", "nothing in a reversal"));
        }
        Ok((RowPlace { seq: other_seq.value(at), row: other_row.value(at) }, seq[at]))
    };
    (0..batch.num_rows()).filter(|&at| sign[at] < 0).map(reversal).collect()
}
