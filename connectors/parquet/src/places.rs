//! Rows by their places: files by batch, row groups by statistics, then only the rows asked for.

use crate::damage::spoilt;
use crate::decode::{suspense_row, usage_row};
use crate::file::{Cut, OpenFile, positions};
use crate::parallel;
use arrow::array::{AsArray, RecordBatch};
use arrow::datatypes::{UInt32Type, UInt64Type};
use didtron_ports::{Error, JournalKind, RowPlace, StoredFile, SuspenseRow, UsageRow};
use parquet::arrow::arrow_reader::{RowSelection, RowSelector};
use std::path::Path;

/// A row that can be asked for by its place.
pub(crate) trait Placed: Clone + Send {
    const JOURNAL: JournalKind;
    fn decode(batch: &RecordBatch, at: usize) -> Result<Self, String>;
    fn place(&self) -> RowPlace;
}

impl Placed for UsageRow<'static> {
    const JOURNAL: JournalKind = JournalKind::Usage;

    fn decode(batch: &RecordBatch, at: usize) -> Result<Self, String> {
        usage_row(batch, at)
    }

    fn place(&self) -> RowPlace {
        self.place
    }
}

impl Placed for SuspenseRow<'static> {
    const JOURNAL: JournalKind = JournalKind::Suspense;

    fn decode(batch: &RecordBatch, at: usize) -> Result<Self, String> {
        suspense_row(batch, at)
    }

    fn place(&self) -> RowPlace {
        self.place
    }
}

/// The rows at `places`, in that order; a place may come twice.
pub(crate) fn rows_at<R: Placed>(root: &Path, files: &[StoredFile], places: &[RowPlace]) -> Result<Vec<R>, Error> {
    let mut wanted = places.to_vec();
    wanted.sort_unstable();
    wanted.dedup();
    let work = by_file::<R>(files, &wanted)?;
    let found = parallel::each(&work, |(file, wanted)| rows_of(root, file, wanted))?;
    let mut rows: Vec<Option<R>> = found.into_iter().flatten().map(Some).collect();
    let each_once = places.len() == wanted.len();
    let row = |place: &RowPlace| {
        let at = wanted.binary_search(place).expect("every place asked for is among those wanted");
        let row = if each_once { rows[at].take() } else { rows[at].clone() };
        row.expect("a row is taken only where it is asked for once")
    };
    Ok(places.iter().map(row).collect())
}

/// Which of the sorted places lie in which file.
fn by_file<'a, R: Placed>(
    files: &'a [StoredFile],
    wanted: &'a [RowPlace],
) -> Result<Vec<(&'a StoredFile, &'a [RowPlace])>, Error> {
    let mut files: Vec<_> = files.iter().filter(|file| file.journal == R::JOURNAL).collect();
    files.sort_by_key(|file| file.seq_first);
    let mut work = Vec::new();
    let mut rest = wanted;
    while let Some(first) = rest.first() {
        let after = files.partition_point(|file| file.seq_first <= first.seq);
        let file = after.checked_sub(1).map(|at| files[at]).filter(|file| first.seq <= file.seq_last);
        let file = file.ok_or_else(|| no_file(R::JOURNAL, *first))?;
        let (here, later) = rest.split_at(rest.partition_point(|place| place.seq <= file.seq_last));
        work.push((file, here));
        rest = later;
    }
    Ok(work)
}

#[cold]
fn no_file(journal: JournalKind, place: RowPlace) -> Error {
    Error::Damaged(format!(
        "row {}/{} of the {journal:?} journal is referred to, but no live file holds batch {}: restore the data directory from a backup",
        place.seq, place.row, place.seq
    ))
}

/// The rows at sorted places of one file, in that order.
fn rows_of<R: Placed>(root: &Path, stored: &StoredFile, wanted: &[RowPlace]) -> Result<Vec<R>, Error> {
    let file = OpenFile::open(root, stored, true)?;
    let mut rows: Vec<R> = Vec::with_capacity(wanted.len());
    for row_group in 0..file.row_group_count() {
        let wanted = within(wanted, seq_range(&file, row_group));
        if !wanted.is_empty() {
            let rows_there = positions_of(&file, row_group, wanted)?;
            rows.extend(rows_at_positions(&file, row_group, &rows_there)?);
        }
    }
    rows.sort_unstable_by_key(R::place);
    let missing = wanted.iter().zip(rows.iter().map(R::place).map(Some).chain(std::iter::repeat(None)));
    if let Some((place, _)) = missing.into_iter().find(|(wanted, found)| Some(**wanted) != *found) {
        return Err(spoilt(stored, format_args!("row {}/{} is not in it exactly once", place.seq, place.row)));
    }
    Ok(rows)
}

/// The places whose batch lies in the range.
fn within(places: &[RowPlace], (least, greatest): (u64, u64)) -> &[RowPlace] {
    let from = places.partition_point(|place| place.seq < least);
    let to = places.partition_point(|place| place.seq <= greatest);
    &places[from..to.max(from)]
}

/// The batches of a row group by its statistics.
pub(crate) fn seq_range(file: &OpenFile<'_>, row_group: usize) -> (u64, u64) {
    let [seq] = positions(file.stored.journal, &["seq"])[..] else { unreachable!("one name, one position") };
    let extent = file.extent(row_group, seq);
    extent.map_or((0, u64::MAX), |(least, greatest)| (least.cast_unsigned(), greatest.cast_unsigned()))
}

/// Where in a row group the rows of sorted places lie.
fn positions_of(file: &OpenFile<'_>, row_group: usize, wanted: &[RowPlace]) -> Result<Vec<usize>, Error> {
    let columns = positions(file.stored.journal, &["seq", "row"]);
    let cut = Cut { row_group: Some(row_group), columns: Some(columns), ..Cut::default() };
    let mut found = Vec::new();
    let mut begin = 0;
    file.read(cut, |batch| {
        let seq = batch.column(0).as_primitive::<UInt64Type>().values();
        let row = batch.column(1).as_primitive::<UInt32Type>().values();
        for (at, (&seq, &row)) in seq.iter().zip(row).enumerate() {
            if wanted.binary_search(&RowPlace { seq, row }).is_ok() {
                found.push(begin + at);
            }
        }
        begin += batch.num_rows();
        Ok(())
    })?;
    Ok(found)
}

/// The rows at sorted positions of a row group; pages without one of them are not decoded.
pub(crate) fn rows_at_positions<R: Placed>(
    file: &OpenFile<'_>,
    row_group: usize,
    at: &[usize],
) -> Result<Vec<R>, Error> {
    let cut = Cut { row_group: Some(row_group), rows: Some(selection(at)), ..Cut::default() };
    let mut rows = Vec::with_capacity(at.len());
    if at.is_empty() {
        return Ok(rows);
    }
    file.read(cut, |batch| {
        for at in 0..batch.num_rows() {
            rows.push(R::decode(&batch, at).map_err(|why| spoilt(file.stored, why))?);
        }
        Ok(())
    })?;
    Ok(rows)
}

fn selection(at: &[usize]) -> RowSelection {
    let mut selectors = Vec::with_capacity(2 * at.len());
    let mut end = 0;
    for &row in at {
        selectors.push(RowSelector::skip(row - end));
        selectors.push(RowSelector::select(1));
        end = row + 1;
    }
    RowSelection::from(selectors)
}
