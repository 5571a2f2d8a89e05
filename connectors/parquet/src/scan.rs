//! Rows of the usage journal, many at a time and from several threads, for whoever judges them; those that it names are
//! laid aside.

use crate::columns::{columns_of, stored_rows};
use crate::damage::spoilt;
use crate::file::{Cut, OpenFile, positions};
use crate::laid::{Laid, Shelves, shelf_files};
use crate::parallel;
use crate::places::seq_range;
use arrow::array::{AsArray, BooleanArray, RecordBatch};
use arrow::compute::filter_record_batch;
use arrow::datatypes::{TimestampMicrosecondType, UInt64Type};
use didtron_domain::Instant;
use didtron_ports::{Error, Fields, JournalKind, Scan, StoredFile, StoredRows};
use std::ops::Range;
use std::path::Path;

/// What looks at the rows: see [`didtron_ports::See`].
pub(crate) type Look = dyn Fn(StoredRows) -> Result<Vec<(u32, u8)>, Error> + Send + Sync;

/// Shows the rows that `scan` asks for to `see`, and lays aside what it names.
pub(crate) fn read_rows(root: &Path, files: &[StoredFile], scan: &Scan, see: &Look) -> Result<Laid, Error> {
    let may_hold = |file: &&StoredFile| {
        file.journal == JournalKind::Usage && holds(scan.batches.as_deref(), file.seq_first, file.seq_last)
    };
    let files: Vec<_> = files.iter().filter(may_hold).collect();
    let open = parallel::each(&files, |stored| OpenFile::open_for_scan(root, stored))?;
    let parts = open.iter().flat_map(|file| (0..file.row_group_count()).map(move |row_group| (file, row_group)));
    let parts: Vec<_> = parts.filter(|(file, row_group)| is_asked_for(file, *row_group, scan)).collect();
    let columns = columns_of(scan.fields);
    let files_of_shelves = shelf_files();
    let shelves = Shelves::new(root, &files_of_shelves);
    parallel::each(&parts, |(file, row_group)| {
        let cut = Cut { row_group: Some(*row_group), columns: columns.clone(), ..Cut::default() };
        file.read(cut, |batch| {
            let Some(batch) = asked_for(batch, scan)? else { return Ok(()) };
            let rows = stored_rows(&batch, scan.fields).map_err(|why| spoilt(file.stored, why))?;
            let named = see(rows)?;
            match scan.fields {
                _ if named.is_empty() => Ok(()),
                Fields::Whole => shelves.lay(&batch, named).map_err(|why| why.of(file.stored)),
                Fields::Judged => Err(Error::unavailable(
                    "cannot lay aside rows of a scan that does not read all columns",
                    "ask for a scan with `Fields::Whole`",
                )),
            }
        })
    })?;
    shelves.finish()
}

/// Whether a row group may hold rows that are asked for, by its statistics.
fn is_asked_for(file: &OpenFile<'_>, row_group: usize, scan: &Scan) -> bool {
    let [answer] = positions(JournalKind::Usage, &["answer"])[..] else { unreachable!("one name, one position") };
    let answers = file.extent(row_group, answer);
    let (seq_first, seq_last) = seq_range(file, row_group);
    answers.is_none_or(|(least, greatest)| Instant(least) < scan.answers.end && scan.answers.start <= Instant(greatest))
        && holds(scan.batches.as_deref(), seq_first, seq_last)
}

/// Whether one of the batches asked for, which are in order, lies between these, inclusive.
fn holds(batches: Option<&[Range<u64>]>, first: u64, last: u64) -> bool {
    batches.is_none_or(|batches| {
        let from = batches.partition_point(|range| range.end <= first);
        batches.get(from).is_some_and(|range| range.start <= last)
    })
}

/// The rows of a batch that are asked for; `None` where none is.
fn asked_for(batch: RecordBatch, scan: &Scan) -> Result<Option<RecordBatch>, Error> {
    let column = |name| batch.column_by_name(name).expect("every scan reads the columns that it is cut by");
    let answers = column("answer").as_primitive::<TimestampMicrosecondType>().values();
    let mut is_within: Vec<bool> = answers.iter().map(|&answer| scan.answers.contains(&Instant(answer))).collect();
    if let Some(batches) = &scan.batches {
        let seqs = column("seq").as_primitive::<UInt64Type>().values();
        let mut last = None;
        for (is_within, &seq) in is_within.iter_mut().zip(seqs) {
            // Rows of a batch lie together.
            let is_asked_for = match last {
                Some((known, is_asked_for)) if known == seq => is_asked_for,
                _ => holds(Some(batches), seq, seq),
            };
            last = Some((seq, is_asked_for));
            *is_within &= is_asked_for;
        }
    }
    match is_within.iter().filter(|&&is_within| is_within).count() {
        0 => Ok(None),
        all if all == batch.num_rows() => Ok(Some(batch)),
        _ => {
            let rows = filter_record_batch(&batch, &BooleanArray::from(is_within));
            rows.map(Some).map_err(|e| Error::unavailable("cannot pick rows of a scan", e))
        }
    }
}
