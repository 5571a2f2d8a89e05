//! Many files of neighbouring batches into one: rows keep partition, batch and number, and lie by day, then by place.

use crate::damage::spoilt;
use crate::durable::write_whole;
use crate::file::{Cut, OpenFile};
use crate::write::{DayWriter, runs, store_days};
use arrow::array::RecordBatch;
use didtron_ports::{Error, JournalKind, StoredFile};
use parquet::arrow::arrow_reader::ParquetRecordBatchReader;
use std::path::Path;

/// Few, because every file has a batch of all columns in memory at once.
const BATCH_ROWS: usize = 2048;

/// A file read in order: its rows lie by store day.
struct Input<'a> {
    file: OpenFile<'a>,
    reader: ParquetRecordBatchReader,
    rows: Option<RecordBatch>,
    days: Vec<i32>,
}

impl<'a> Input<'a> {
    fn open(root: &'a Path, stored: &'a StoredFile) -> Result<Self, Error> {
        let file = OpenFile::open(root, stored, false)?;
        let reader = file.reader(Cut { batch_rows: Some(BATCH_ROWS), ..Cut::default() })?;
        let mut input = Self { file, reader, rows: None, days: Vec::new() };
        input.refill()?;
        Ok(input)
    }

    fn refill(&mut self) -> Result<(), Error> {
        self.rows = self.file.next(&mut self.reader)?;
        self.days = self.rows.as_ref().map_or_else(Vec::new, |rows| store_days(self.file.stored.journal, rows));
        if !self.days.is_sorted() {
            return Err(spoilt(self.file.stored, "its rows do not lie by day"));
        }
        Ok(())
    }

    /// Moves the rows of `day` to the writer.
    fn give(&mut self, day: i32, to: &mut DayWriter<'_>) -> Result<(), Error> {
        while let Some(rows) = self.rows.take() {
            let run = runs(&self.days).next().filter(|_| self.days.first() == Some(&day)).map_or(0, |run| run.len());
            to.push(&rows.slice(0, run))?;
            if run < rows.num_rows() {
                self.rows = Some(rows.slice(run, rows.num_rows() - run));
                self.days.drain(..run);
                break;
            }
            self.refill()?;
        }
        Ok(())
    }
}

/// Makes one file of `files`, which are neighbours of one journal and partition in order of their batches. They stay
/// where they are: the books swap them, a sweep removes them.
pub(crate) fn compact(root: &Path, files: &[StoredFile]) -> Result<StoredFile, Error> {
    let (first, last) = match files {
        [first, .., last] => (first, last),
        _ => return Err(Error::Damaged("a compaction was asked for of fewer than two files".to_owned())),
    };
    check_neighbours(files)?;
    let path = compacted_path(files);
    let bytes = write_whole(&root.join(&path), |to| merge(root, files, DayWriter::new(first.journal, to)?))?;
    let made = StoredFile {
        journal: first.journal,
        partition: first.partition,
        seq_first: first.seq_first,
        seq_last: last.seq_last,
        path,
        rows: files.iter().map(|file| file.rows).sum(),
        bytes,
    };
    OpenFile::open(root, &made, false)?;
    Ok(made)
}

fn check_neighbours(files: &[StoredFile]) -> Result<(), Error> {
    let fits = |pair: &[StoredFile]| {
        (pair[0].journal, pair[0].partition) == (pair[1].journal, pair[1].partition)
            && pair[0].seq_last < pair[1].seq_first
    };
    match files.windows(2).find(|pair| !fits(pair)) {
        None => Ok(()),
        Some(pair) => Err(Error::Damaged(format!(
            "{} and {} cannot become one file: they are not of one journal and partition with batches in order",
            pair[0].path, pair[1].path
        ))),
    }
}

/// Every day in order, and of every day the rows of each file in order: that is by day, then by place.
fn merge(root: &Path, files: &[StoredFile], mut to: DayWriter<'_>) -> Result<(), Error> {
    let mut inputs = files.iter().map(|stored| Input::open(root, stored)).collect::<Result<Vec<_>, _>>()?;
    while let Some(day) = inputs.iter().filter_map(|input| input.days.first()).min().copied() {
        for input in &mut inputs {
            input.give(day, &mut to)?;
        }
        to.end_day()?;
    }
    to.close()
}

/// Named by what it covers and what it was made of, so that the same compaction done again is the same file.
fn compacted_path(files: &[StoredFile]) -> String {
    let mut hasher = blake3::Hasher::new();
    for file in files {
        hasher.update(file.path.as_bytes()).update(b"\n");
    }
    let digest = hasher.finalize().to_hex();
    let (first, last) = (&files[0], &files[files.len() - 1]);
    format!(
        "{}{:020}-{:020}-{}.parquet",
        folder(first.journal, first.partition),
        first.seq_first,
        last.seq_last,
        &digest[..16]
    )
}

/// The folder of a journal's partition below the root, with a slash behind.
pub(crate) fn folder(journal: JournalKind, partition: u32) -> String {
    match journal {
        JournalKind::Usage => format!("usage/p{partition}/"),
        JournalKind::Suspense => format!("suspense/p{partition}/"),
    }
}
