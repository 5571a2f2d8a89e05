//! Files that are whole or not there: written aside, synced, renamed, the folder synced.

use didtron_ports::Error;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

/// What the name of a file ends with while it is written.
pub(crate) const ASIDE: &str = "tmp";

/// Writes a file durably and returns its length in bytes. What a crash leaves ends in `.tmp`.
pub(crate) fn write_whole(path: &Path, fill: impl FnOnce(&File) -> Result<(), Error>) -> Result<u64, Error> {
    let folder = path.parent().unwrap_or_else(|| Path::new("."));
    let failed = |e| Error::unavailable(format!("cannot write {}", path.display()), e);
    make_folder(folder).map_err(failed)?;
    let aside = aside(path);
    let file = File::create(&aside).map_err(failed)?;
    fill(&file)?;
    let finish = || -> io::Result<u64> {
        file.sync_all()?;
        let bytes = file.metadata()?.len();
        fs::rename(&aside, path)?;
        sync_folder(folder)?;
        Ok(bytes)
    };
    finish().map_err(failed)
}

/// Where a file is written before it has its name.
pub(crate) fn aside(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(ASIDE);
    PathBuf::from(name)
}

/// Removes a file if it is there, and says whether it was.
pub(crate) fn remove_if_there(path: &Path) -> Result<bool, Error> {
    match fs::remove_file(path) {
        Ok(()) => Ok(true),
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(e) => Err(Error::unavailable(format!("cannot remove {}", path.display()), e)),
    }
}

/// Makes what was renamed in or removed from a folder durable.
pub(crate) fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// A new folder is durable once the one above it is synced.
fn make_folder(folder: &Path) -> io::Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    if let Some(above) = folder.parent().filter(|above| !above.as_os_str().is_empty()) {
        make_folder(above)?;
    }
    match fs::create_dir(folder) {
        Err(e) if e.kind() != io::ErrorKind::AlreadyExists => return Err(e),
        _ => {}
    }
    folder.parent().filter(|above| !above.as_os_str().is_empty()).map_or(Ok(()), sync_folder)
}
