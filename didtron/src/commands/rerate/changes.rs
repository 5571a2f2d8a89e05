//! Every changed call as a file: of a dry run as it is found, of a re-rate from the history of ratings.

use crate::commands::report::source;
use crate::data_dir::Writing;
use crate::failure::unreachable;
use crate::settings::Settings;
use anyhow::{Context, Result};
use didtron_books::Books;
use didtron_domain::NameId;
use didtron_pipeline::SeeChanged;
use didtron_ports::Error;
use didtron_query::{ChangesFile, Format, Session};
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

const LOCKED: &str = "no thread panics while it writes changed calls";

type Open = ChangesFile<BufWriter<File>>;

/// A file of a dry run.
pub(super) struct Changes {
    path: PathBuf,
    /// `None` once it is finished.
    file: Arc<Mutex<Option<Open>>>,
}

impl Changes {
    /// `more` are names that only the catalog of the dry run has.
    pub(super) async fn begin(path: &Path, books: &Books, more: &[(NameId, String)]) -> Result<Self> {
        let names = books.names().await?.into_iter().chain(more.iter().cloned()).collect();
        let file = ChangesFile::begin(format_of(path), names, create(path)?)?;
        Ok(Self { path: path.to_owned(), file: Arc::new(Mutex::new(Some(file))) })
    }

    /// What writes the calls.
    pub(super) fn see(&self) -> SeeChanged {
        let (path, file) = (self.path.clone(), Arc::clone(&self.file));
        Arc::new(move |old, new, rows| {
            let mut file = file.lock().expect(LOCKED);
            let written = file.as_mut().map_or(Ok(()), |file| file.write(old, new, rows));
            written.map_err(|error| Error::unavailable(format!("could not write {}", path.display()), error))
        })
    }

    pub(super) fn finish(self) -> Result<()> {
        let file = self.file.lock().expect(LOCKED).take();
        file.map_or(Ok(()), ChangesFile::finish).with_context(|| format!("could not write {}", self.path.display()))
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
