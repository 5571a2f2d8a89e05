//! Rows that a scan lays aside: on shelves, each a file of the journal's layout in a folder of its own, which lives as
//! long as its handle. Nothing here outlives a crash, so nothing is synced.

use crate::columns::stored_rows;
use crate::damage::spoilt;
use crate::file::{Cut, OpenFile};
use crate::layout::Coding;
use crate::pages::{RowGroup, Rows};
use crate::parallel;
use crate::usage_file::{UsageWriter, usage_writer, write_columns};
use crate::write::failed;
use arrow::array::{RecordBatch, UInt32Array};
use arrow::compute::take_record_batch;
use didtron_ports::{Error, Fields, JournalKind, RowPlace, StoredFile, StoredRows};
use parquet::errors::Result as ParquetResult;
use std::fs::{self, File};
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock, PoisonError};

/// Shelves have the numbers below.
const SHELF_COUNT: usize = 64;
/// Rows that a shelf has in memory before they go to its file, as a row group: some megabyte.
const SHELF_ROWS: usize = 2048;
/// What the name of a folder begins with.
const FOLDER: &str = "laid-";

/// Whether something below the root is a folder of rows laid aside.
pub(crate) fn is_folder(name: &str) -> bool {
    name.strip_prefix(FOLDER).is_some_and(|number| number.bytes().all(|digit| digit.is_ascii_digit()))
}

/// Whether a file is a shelf.
pub(crate) fn is_laid(file: &StoredFile) -> bool {
    file.path.split_once('/').is_some_and(|(folder, _)| is_folder(folder))
}

/// Removes a folder with all that is in it.
pub(crate) fn remove(folder: &Path) -> Result<(), Error> {
    fs::remove_dir_all(folder).map_err(|e| Error::unavailable(format!("cannot remove {}", folder.display()), e))
}

/// Rows that a scan laid aside. They are gone with it.
#[derive(Debug)]
pub struct Laid {
    /// In the order of the shelves; `None` where nothing lies.
    shelves: Vec<Option<StoredFile>>,
    _folder: Option<Folder>,
}

impl Laid {
    /// The files of some shelves.
    pub(crate) fn files(&self, shelves: Range<u8>) -> Vec<StoredFile> {
        let shelf = |shelf: u8| self.shelves.get(usize::from(shelf)).and_then(Option::clone);
        shelves.filter_map(shelf).collect()
    }
}

/// A folder that goes when this does.
#[derive(Debug)]
struct Folder {
    path: PathBuf,
    name: String,
}

impl Folder {
    /// Makes a folder below the root under a number that no other has.
    fn new(root: &Path) -> Result<Self, Error> {
        let failed = |e| Error::unavailable(format!("cannot make a folder in {} to lay rows aside", root.display()), e);
        fs::create_dir_all(root).map_err(failed)?;
        for number in 1.. {
            let name = format!("{FOLDER}{number}");
            let path = root.join(&name);
            match fs::create_dir(&path) {
                Ok(()) => return Ok(Self { path, name }),
                Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {}
                Err(e) => return Err(failed(e)),
            }
        }
        unreachable!("there are fewer folders than numbers")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // Where this fails, a sweep does it.
        let _ = fs::remove_dir_all(&self.path);
    }
}

/// Where the files of the shelves are, once there are some: the writers borrow them.
pub(crate) fn shelf_files() -> Vec<OnceLock<File>> {
    (0..SHELF_COUNT).map(|_| OnceLock::new()).collect()
}

/// The shelves while rows come.
pub(crate) struct Shelves<'f> {
    root: &'f Path,
    files: &'f [OnceLock<File>],
    folder: Mutex<Option<Folder>>,
    shelves: Vec<Mutex<Shelf<'f>>>,
}

/// One of them. Its rows go to the file in row groups.
#[derive(Default)]
struct Shelf<'f> {
    waiting: StoredRows,
    writer: Option<UsageWriter<'f>>,
    written: u64,
}

/// Why rows could not be laid aside.
pub(crate) enum NotLaid {
    /// They are not what rows can be.
    Spoilt(String),
    Other(Error),
}

impl NotLaid {
    /// The error that it is for rows of this file.
    pub(crate) fn of(self, file: &StoredFile) -> Error {
        match self {
            Self::Spoilt(why) => spoilt(file, why),
            Self::Other(error) => error,
        }
    }
}

impl<'f> Shelves<'f> {
    /// No shelves yet; `files` are [`shelf_files`].
    pub(crate) fn new(root: &'f Path, files: &'f [OnceLock<File>]) -> Self {
        let shelves = files.iter().map(|_| Mutex::default()).collect();
        Self { root, files, folder: Mutex::new(None), shelves }
    }

    /// Lays rows of a batch with all columns on the shelves that `named` says.
    pub(crate) fn lay(&self, batch: &RecordBatch, mut named: Vec<(u32, u8)>) -> Result<(), NotLaid> {
        named.sort_by_key(|&(_, shelf)| shelf);
        let is_there =
            |&(row, shelf): &(u32, u8)| (row as usize) < batch.num_rows() && usize::from(shelf) < SHELF_COUNT;
        if let Some((row, shelf)) = named.iter().find(|named| !is_there(named)) {
            let what = format!("cannot lay row {row} of {} on shelf {shelf} of {SHELF_COUNT}", batch.num_rows());
            return Err(NotLaid::Other(Error::unavailable(what, "a row or a shelf that is not there was named")));
        }
        let positions = UInt32Array::from_iter_values(named.iter().map(|(row, _)| *row));
        let picked = take_record_batch(batch, &positions);
        let picked = picked.map_err(|e| NotLaid::Other(Error::unavailable("cannot pick rows to lay aside", e)))?;
        let rows = stored_rows(&picked, Fields::Whole).map_err(NotLaid::Spoilt)?;
        let mut begin = 0;
        for same in named.chunk_by(|(_, a), (_, b)| a == b) {
            self.add(same[0].1.into(), &rows, begin..begin + same.len()).map_err(NotLaid::Other)?;
            begin += same.len();
        }
        Ok(())
    }

    /// Adds these rows to a shelf.
    fn add(&self, number: usize, rows: &StoredRows, mut added: Range<usize>) -> Result<(), Error> {
        let shelf = &mut *self.shelves[number].lock().unwrap_or_else(PoisonError::into_inner);
        if shelf.waiting.is_empty() && shelf.writer.is_none() {
            // All at once: grown step by step they would take twice the memory.
            shelf.waiting.reserve(SHELF_ROWS);
        }
        while !added.is_empty() {
            let room = SHELF_ROWS - shelf.waiting.len();
            let end = added.end.min(added.start + room);
            shelf.waiting.extend_from(rows, &(added.start..end));
            added.start = end;
            if shelf.waiting.len() == SHELF_ROWS {
                self.write(number, shelf)?;
            }
        }
        Ok(())
    }

    /// Writes what waits of a shelf as a row group.
    fn write(&self, number: usize, shelf: &mut Shelf<'f>) -> Result<(), Error> {
        let writer = match &mut shelf.writer {
            Some(writer) => writer,
            None => shelf.writer.insert(self.begin(number)?),
        };
        write_rows(&shelf.waiting, writer).map_err(failed)?;
        shelf.written += shelf.waiting.len() as u64;
        shelf.waiting.clear();
        Ok(())
    }

    /// Begins the file of a shelf.
    fn begin(&self, number: usize) -> Result<UsageWriter<'f>, Error> {
        let path = {
            let folder = &mut *self.folder.lock().unwrap_or_else(PoisonError::into_inner);
            let folder = match folder {
                Some(folder) => folder,
                None => folder.insert(Folder::new(self.root)?),
            };
            folder.path.join(shelf_name(number))
        };
        let file = File::create_new(&path);
        let file = file.map_err(|e| Error::unavailable(format!("cannot create {}", path.display()), e))?;
        let (writer, mut columns) = usage_writer(self.files[number].get_or_init(|| file)).map_err(failed)?;
        // Nobody seeks in it: it is read whole.
        for (_, coding) in &mut columns {
            *coding = match *coding {
                Coding::Sought => Coding::Text,
                Coding::Ranged => Coding::Packed,
                other => other,
            };
        }
        Ok((writer, columns))
    }

    /// No more rows come: all are written and the files closed.
    pub(crate) fn finish(mut self) -> Result<Laid, Error> {
        let mut shelves = std::mem::take(&mut self.shelves);
        let shelves = shelves.iter_mut().enumerate().map(|(number, shelf)| {
            let shelf = shelf.get_mut().unwrap_or_else(PoisonError::into_inner);
            if !shelf.waiting.is_empty() {
                self.write(number, shelf)?;
            }
            let Some((writer, _)) = shelf.writer.take() else { return Ok(None) };
            writer.close().map_err(failed)?;
            self.stored(number, shelf.written).map(Some)
        });
        let shelves = shelves.collect::<Result<_, Error>>()?;
        Ok(Laid { shelves, _folder: self.folder.into_inner().unwrap_or_else(PoisonError::into_inner) })
    }

    /// The file of a shelf as the books would list it.
    fn stored(&self, number: usize, rows: u64) -> Result<StoredFile, Error> {
        let folder = self.folder.lock().unwrap_or_else(PoisonError::into_inner);
        let (folder, file) = folder.as_ref().zip(self.files[number].get()).expect("a shelf that was written has both");
        let path = format!("{}/{}", folder.name, shelf_name(number));
        let bytes =
            file.metadata().map_err(|e| Error::unavailable(format!("cannot tell the length of {path}"), e))?.len();
        Ok(StoredFile {
            journal: JournalKind::Usage,
            partition: 0,
            seq_first: 0,
            seq_last: u64::MAX,
            path,
            rows,
            bytes,
        })
    }
}

fn shelf_name(number: usize) -> String {
    format!("{number:02}.parquet")
}

/// Writes rows as a row group; their partition is not told.
fn write_rows(rows: &StoredRows, (writer, columns): &mut UsageWriter<'_>) -> ParquetResult<()> {
    let positions = &rows.columns.order;
    let mut to = RowGroup::new(writer.next_row_group()?, columns, Rows { numbers: positions, positions }, SHELF_ROWS);
    let place = |at: usize| RowPlace::unpack(rows.places[at]);
    to.integers(|_| Some(0_i32))?;
    to.integers(|at| Some(place(at).seq.cast_signed()))?;
    to.integers(|at| Some(place(at).row.cast_signed()))?;
    write_columns(&rows.columns, &mut to)?;
    to.close()
}

/// All rows of these shelves, which stay there.
pub(crate) fn laid_rows(root: &Path, files: &[StoredFile]) -> Result<StoredRows, Error> {
    let open = parallel::each(files, |stored| OpenFile::open_for_scan(root, stored))?;
    let parts = open.iter().flat_map(|file| (0..file.row_group_count()).map(move |row_group| (file, row_group)));
    let parts: Vec<_> = parts.collect();
    let mut all = StoredRows::default();
    all.reserve(files.iter().map(|file| file.rows as usize).sum());
    // One for all: parts that wait for each other would take as much memory once more.
    let all = Mutex::new(all);
    parallel::each(&parts, |(file, row_group)| {
        file.read(Cut { row_group: Some(*row_group), ..Cut::default() }, |batch| {
            let rows = stored_rows(&batch, Fields::Whole).map_err(|why| spoilt(file.stored, why))?;
            all.lock().unwrap_or_else(PoisonError::into_inner).extend_from(&rows, &(0..rows.len()));
            Ok(())
        })
    })?;
    Ok(all.into_inner().unwrap_or_else(PoisonError::into_inner))
}
