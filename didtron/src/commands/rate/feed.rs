//! The files of a command line as feeds of the pipeline, standard input among them.

use super::RateArgs;
use crate::progress::Progress;
use anyhow::Result;
use didtron_files::{CallFile, FileError, ReadAhead};
use didtron_pipeline::{FeedName, Feeds, NamedFeed};
use didtron_ports::Error;
use didtron_schemas::call_mapping::CallMapping;
use std::fs;
use std::io::stdin;
use std::path::{Path, PathBuf};

const STANDARD_INPUT: &str = "-";

/// Files in order, opened one by one.
pub(super) struct FeedsOf<'a> {
    files: std::slice::Iter<'a, String>,
    mapping: &'a CallMapping,
    /// What places call standard input.
    source: Option<&'a str>,
    data_dir: &'a Path,
    /// Where standard input was spooled.
    spools: Vec<PathBuf>,
}

impl<'a> FeedsOf<'a> {
    pub(super) fn new(args: &'a RateArgs, mapping: &'a CallMapping, data_dir: &'a Path) -> Self {
        Self { files: args.files.iter(), mapping, source: args.source.as_deref(), data_dir, spools: Vec::new() }
    }

    /// Everything is settled: what was spooled is not needed any more.
    pub(super) fn settled(self) -> Result<()> {
        for spool in self.spools {
            fs::remove_file(spool)?;
        }
        Ok(())
    }

    fn open(&mut self, file: &str) -> Result<(CallFile, FeedName), FileError> {
        if file == STANDARD_INPUT {
            let called = self.source.unwrap_or("standard input");
            let spooled = CallFile::spool(stdin().lock(), &self.data_dir.join("spool"), self.mapping, called)?;
            self.spools.push(spooled.path().to_owned());
            let path = absolute(&spooled.path().display().to_string())?;
            return Ok((spooled, FeedName { mapping: self.mapping.name.clone(), source: called.to_owned(), path }));
        }
        // Absolute, so that a later run finds it from wherever it is started.
        let path = absolute(file)?;
        let opened = CallFile::open(Path::new(&path), self.mapping, Some(&path))?;
        Ok((opened, FeedName { mapping: self.mapping.name.clone(), source: String::new(), path }))
    }
}

impl Feeds for FeedsOf<'_> {
    fn next(&mut self) -> Result<Option<NamedFeed>, Error> {
        let Some(file) = self.files.next() else { return Ok(None) };
        let (opened, name) = self.open(file).map_err(|error| match error {
            FileError::Unreachable { action, file, source } => {
                Error::unavailable(format!("could not {action} {file}"), source)
            }
            FileError::Header { .. } | FileError::Damaged(_) => Error::Damaged(error.to_string()),
        })?;
        Ok(Some((Box::new(ReadAhead::new(opened)), name)))
    }

    fn is_at_hand(&self) -> bool {
        self.files.as_slice().first().is_some_and(|file| file != STANDARD_INPUT)
    }
}

fn absolute(file: &str) -> Result<String, FileError> {
    let path = std::path::absolute(file);
    let path = path.map_err(|source| FileError::Unreachable { action: "find", file: file.to_owned(), source })?;
    Ok(path.display().to_string())
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
