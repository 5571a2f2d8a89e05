//! What a crash or a compaction left behind: files that no list names, and rows that a scan laid aside.

use crate::compact::folder;
use crate::durable::{remove_if_there, sync_folder};
use crate::laid;
use didtron_ports::{Claim, Error, JournalKind, StoredFile};
use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::Path;

/// The file of a claim's rows, below the root.
pub(crate) fn claim_path(journal: JournalKind, claim: &Claim) -> String {
    let request = &claim.request;
    format!("{}{:020}-{}.parquet", folder(journal, request.partition), request.seq, request.id)
}

/// Removes every file below the journals' folders that is neither live nor of an unsettled claim, and all rows laid
/// aside; returns their paths below the root.
pub(crate) fn sweep(root: &Path, live: &[StoredFile], unsettled: &[Claim]) -> Result<Vec<String>, Error> {
    let mut keep: BTreeSet<String> = live.iter().map(|file| file.path.clone()).collect();
    for journal in [JournalKind::Usage, JournalKind::Suspense] {
        keep.extend(unsettled.iter().map(|claim| claim_path(journal, claim)));
    }
    let mut removed = Vec::new();
    for journal in ["usage", "suspense"] {
        for partition in entries(root, journal)? {
            sweep_folder(root, &format!("{journal}/{partition}"), &keep, &mut removed)?;
        }
    }
    for name in entries(root, "")?.into_iter().filter(|name| laid::is_folder(name)) {
        laid::remove(&root.join(&name))?;
        removed.push(name);
    }
    removed.sort();
    Ok(removed)
}

fn sweep_folder(root: &Path, folder: &str, keep: &BTreeSet<String>, removed: &mut Vec<String>) -> Result<(), Error> {
    let before = removed.len();
    for name in entries(root, folder)? {
        let path = format!("{folder}/{name}");
        let ours = name.ends_with(".parquet") || name.ends_with(".parquet.tmp");
        if ours && !keep.contains(&path) && remove_if_there(&root.join(&path))? {
            removed.push(path);
        }
    }
    if removed.len() > before {
        sync_folder(&root.join(folder)).map_err(|e| Error::unavailable(format!("cannot sync {folder}"), e))?;
    }
    Ok(())
}

/// The names in a folder; none where there is no such folder.
fn entries(root: &Path, folder: &str) -> Result<Vec<String>, Error> {
    let list = || -> io::Result<Vec<String>> {
        let entries = match fs::read_dir(root.join(folder)) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            other => other?,
        };
        entries.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned())).collect()
    };
    list().map_err(|e| Error::unavailable(format!("cannot list {folder} of the usage store"), e))
}
