//! The directory of a world: taken when it is new, empty, or holds an earlier world.

use crate::error::WorldError;
use std::fs;
use std::path::Path;

/// Written last: where it is, there is a whole world.
pub(crate) const TRUTH: &str = "truth.json";
const FOLDERS: [&str; 2] = ["calls", "decks"];

/// Makes the folders, empty of an earlier world's files.
pub(crate) fn prepare(out: &Path) -> Result<(), WorldError> {
    fs::create_dir_all(out).map_err(WorldError::io("create", out))?;
    let truth = out.join(TRUTH);
    if truth.exists() {
        fs::remove_file(&truth).map_err(WorldError::io("remove", &truth))?;
        for folder in FOLDERS {
            remove_files(&out.join(folder))?;
        }
    } else if out.read_dir().map_err(WorldError::io("read", out))?.next().is_some() {
        return Err(WorldError::NotAWorld(out.to_owned()));
    }
    for folder in FOLDERS.map(|folder| out.join(folder)) {
        fs::create_dir_all(&folder).map_err(WorldError::io("create", &folder))?;
    }
    Ok(())
}

/// Only what a world has: files that end in `.csv`.
fn remove_files(folder: &Path) -> Result<(), WorldError> {
    if !folder.exists() {
        return Ok(());
    }
    for entry in folder.read_dir().map_err(WorldError::io("read", folder))? {
        let path = entry.map_err(WorldError::io("read", folder))?.path();
        if path.extension().is_some_and(|extension| extension == "csv") {
            fs::remove_file(&path).map_err(WorldError::io("remove", &path))?;
        }
    }
    Ok(())
}

pub(crate) fn write_file(path: &Path, bytes: &[u8]) -> Result<(), WorldError> {
    fs::write(path, bytes).map_err(WorldError::io("write", path))
}
