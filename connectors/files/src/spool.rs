//! Standard input into a file, so that it can be read again after a crash. The spool is named by its content.

use crate::call_file::CallFile;
use crate::error::FileError;
use didtron_schemas::call_mapping::CallMapping;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

const BLOCK: usize = 256 * 1024;

impl CallFile {
    /// Copies `reader` to its end into `directory`, under a name made of its content, and opens that as `source_name`.
    ///
    /// The bytes are kept as they come (compressed where they are) and are on disk when this returns. The same input
    /// once more is the same file. The spool is not removed: claims refer to it.
    pub fn spool(
        mut reader: impl Read,
        directory: &Path,
        mapping: &CallMapping,
        source_name: &str,
    ) -> Result<Self, FileError> {
        let path = copy(&mut reader, directory).map_err(|error| {
            FileError::unreachable("spool", &format!("{source_name} into {}", directory.display()), error)
        })?;
        Self::open(&path, mapping, Some(source_name))
    }
}

fn copy(reader: &mut impl Read, directory: &Path) -> io::Result<PathBuf> {
    fs::create_dir_all(directory)?;
    // One spool at a time: the data directory has one owner. What a killed run left here is written over.
    let aside = directory.join("incoming.part");
    let mut file = File::create(&aside)?;
    let mut hasher = blake3::Hasher::new();
    let mut block = vec![0; BLOCK];
    loop {
        match reader.read(&mut block) {
            Ok(0) => break,
            Ok(count) => {
                hasher.update(&block[..count]);
                file.write_all(&block[..count])?;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    file.sync_all()?;
    let path = directory.join(format!("{}.calls", hasher.finalize().to_hex()));
    fs::rename(&aside, &path)?;
    File::open(directory)?.sync_all()?;
    Ok(path)
}
