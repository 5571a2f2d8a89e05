//! A file or standard input as a feed of the pipeline.

use crate::failure::usage;
use crate::progress::Progress;
use anyhow::Result;
use didtron_files::{CallFile, ReadAhead};
use didtron_pipeline::FeedName;
use didtron_schemas::call_mapping::CallMapping;
use std::fs;
use std::io::stdin;
use std::path::{Path, PathBuf};

const STANDARD_INPUT: &str = "-";

/// An open feed and what it is called.
pub(super) struct OpenFeed {
    pub(super) source: ReadAhead,
    pub(super) name: FeedName,
    /// Where standard input was spooled.
    spool: Option<PathBuf>,
}

impl OpenFeed {
    /// Everything of it is settled: what was spooled is not needed any more.
    pub(super) fn settled(self) -> Result<()> {
        match self.spool {
            Some(path) => Ok(fs::remove_file(path)?),
            None => Ok(()),
        }
    }
}

/// Opens a file, or spools standard input.
pub(super) fn open(file: &str, mapping: &CallMapping, source: Option<&str>, data_dir: &Path) -> Result<OpenFeed> {
    if file == STANDARD_INPUT {
        let called = source.unwrap_or("standard input");
        let spooled = CallFile::spool(stdin().lock(), &data_dir.join("spool"), mapping, called)?;
        let spool = spooled.path().to_owned();
        let path = std::path::absolute(&spool)?.display().to_string();
        let name = FeedName { mapping: mapping.name.clone(), source: called.to_owned(), path };
        return Ok(OpenFeed { source: ReadAhead::new(spooled), name, spool: Some(spool) });
    }
    if source.is_some() {
        return Err(usage("--source names standard input, and goes with the file `-` only"));
    }
    // Absolute, so that a later run finds it from wherever it is started.
    let path = std::path::absolute(file)?;
    let shown = path.display().to_string();
    let opened = CallFile::open(&path, mapping, Some(&shown))?;
    let name = FeedName { mapping: mapping.name.clone(), source: String::new(), path: shown };
    Ok(OpenFeed { source: ReadAhead::new(opened), name, spool: None })
}

/// Progress over all files; the total is known where none is compressed or standard input.
pub(super) fn progress(files: &[String]) -> Progress {
    let size = |file: &String| {
        let is_packed = Path::new(file).extension().is_some_and(|end| end == "gz" || end == "zst");
        let metadata = fs::metadata(file).ok().filter(|_| !is_packed && file != STANDARD_INPUT);
        metadata.map(|metadata| metadata.len())
    };
    let total = files.iter().map(size).sum::<Option<u64>>();
    Progress::new("rating", total)
}
