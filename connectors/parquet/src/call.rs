//! All rows of one call id: bloom filters name the row groups that may hold it, the others are not read.

use crate::file::{Cut, OpenFile, positions};
use crate::parallel;
use crate::places::{Placed, rows_at_positions};
use arrow::array::{Array, AsArray};
use didtron_ports::{Error, StoredFile};
use std::path::Path;

/// The journal's rows of a call id, by file and place.
pub(crate) fn rows_of_call<R: Placed>(root: &Path, files: &[StoredFile], call_id: &str) -> Result<Vec<R>, Error> {
    let files: Vec<_> = files.iter().filter(|file| file.journal == R::JOURNAL).collect();
    let found = parallel::each(&files, |stored| rows_in_file(root, stored, call_id))?;
    let mut rows: Vec<R> = found.into_iter().flatten().collect();
    rows.sort_by_key(R::place);
    Ok(rows)
}

fn rows_in_file<R: Placed>(root: &Path, stored: &StoredFile, call_id: &str) -> Result<Vec<R>, Error> {
    let column = positions(R::JOURNAL, &["call_id"]);
    let file = OpenFile::open(root, stored, true)?;
    let mut rows = Vec::new();
    for row_group in 0..file.row_group_count() {
        let filter = file.bloom_filter(row_group, column[0])?;
        if filter.is_none_or(|filter| filter.check(call_id)) {
            let at = positions_of(&file, row_group, &column, call_id)?;
            rows.extend(rows_at_positions::<R>(&file, row_group, &at)?);
        }
    }
    Ok(rows)
}

fn positions_of(file: &OpenFile<'_>, row_group: usize, column: &[usize], call_id: &str) -> Result<Vec<usize>, Error> {
    let cut = Cut { row_group: Some(row_group), columns: Some(column.to_vec()), ..Cut::default() };
    let mut found = Vec::new();
    let mut begin = 0;
    file.read(cut, |batch| {
        let ids = batch.column(0).as_string::<i32>();
        found.extend((0..ids.len()).filter(|&at| ids.is_valid(at) && ids.value(at) == call_id).map(|at| begin + at));
        begin += ids.len();
        Ok(())
    })?;
    Ok(found)
}
