//! Calls of a re-rate as a file: those that change, of a dry run as they are found and of a re-rate from the history of
//! ratings; and those that keep what they have.

use crate::commands::kept::rerate_ids;
use crate::commands::report::source;
use crate::data_dir::Writing;
use crate::failure::unreachable;
use crate::settings::Settings;
use anyhow::{Context, Result};
use didtron_books::Books;
use didtron_domain::NameId;
use didtron_pipeline::{SeeChanged, SeeKept};
use didtron_ports::Error;
use didtron_query::{CallsFile, Error as QueryError, Format, Session};
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

const LOCKED: &str = "no thread panics while it writes calls";

type Open = CallsFile<BufWriter<File>>;

/// A file that is written as calls are found.
#[derive(Clone)]
pub(super) struct Calls {
    path: PathBuf,
    /// `None` once it is finished.
    file: Arc<Mutex<Option<Open>>>,
}

impl Calls {
    /// Of calls that change; `more` are names that only the catalog of a dry run has.
    pub(super) async fn changed(path: &Path, books: &Books, more: &[(NameId, String)]) -> Result<Self> {
        let names = books.names().await?.into_iter().chain(more.iter().cloned()).collect();
        Ok(Self::new(path, CallsFile::of_changed(format_of(path), names, create(path)?)?))
    }

    /// Of calls that keep their rating.
    pub(super) async fn kept(path: &Path, books: &Books) -> Result<Self> {
        let names = books.names().await?.into_iter().collect();
        let file = CallsFile::of_kept(format_of(path), names, rerate_ids(books).await?, create(path)?)?;
        Ok(Self::new(path, file))
    }

    fn new(path: &Path, file: Open) -> Self {
        Self { path: path.to_owned(), file: Arc::new(Mutex::new(Some(file))) }
    }

    /// What writes calls that change.
    pub(super) fn see_changed(&self) -> SeeChanged {
        let own = self.clone();
        Arc::new(move |old, new, rows| own.write(|file| file.write_changed(old, new, rows)))
    }

    /// What writes calls that keep their rating.
    pub(super) fn see_kept(&self) -> SeeKept {
        let own = self.clone();
        Arc::new(move |rows, calls| own.write(|file| file.write_kept(rows, calls)))
    }

    fn write(&self, write: impl FnOnce(&mut Open) -> Result<(), QueryError>) -> Result<(), Error> {
        let mut file = self.file.lock().expect(LOCKED);
        let written = file.as_mut().map_or(Ok(()), write);
        written.map_err(|error| Error::unavailable(format!("could not write {}", self.path.display()), error))
    }

    pub(super) fn finish(self) -> Result<()> {
        let file = self.file.lock().expect(LOCKED).take();
        file.map_or(Ok(()), CallsFile::finish).with_context(|| format!("could not write {}", self.path.display()))
    }
}

/// What a re-rate changed, as the view `usage_history` has it.
pub(super) async fn of_history(dir: &Writing, id: &str, path: &Path, settings: &Settings) -> Result<()> {
    let session = Session::open(source(&dir.books, &dir.store).await?, settings.threads.value).await?;
    // A name has no quotes in it.
    let query = format!("select * from usage_history where rerate = '{id}' order by partition, seq, row");
    let mut file = create(path)?;
    session.sql(&query).await?.write(format_of(path), &mut file).await?;
    file.flush().with_context(|| format!("could not write {}", path.display()))
}

fn create(path: &Path) -> Result<BufWriter<File>> {
    let file = File::create(path);
    file.map(BufWriter::new).map_err(|error| unreachable(format!("could not write {}: {error}", path.display())))
}

fn format_of(path: &Path) -> Format {
    let is_parquet = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("parquet"));
    if is_parquet { Format::Parquet } else { Format::Csv }
}
