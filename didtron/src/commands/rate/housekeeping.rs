//! What runs by itself behind every writing command: compaction, and the removal of files that nobody reads any more.

use crate::data_dir::Writing;
use anyhow::Result;
use didtron_books::NoReaders;
use didtron_parquet::plan;
use didtron_ports::Books as _;

/// The one partition of an embedded directory.
pub(crate) const PARTITION: u32 = 0;

/// Joins small neighbouring files until no more is due, then removes what was replaced, unless somebody reads.
pub(crate) async fn tidy(dir: &Writing) -> Result<()> {
    let mut has_joined = false;
    loop {
        let groups = plan(&dir.books.all_live_files().await?);
        if groups.is_empty() {
            break;
        }
        for group in groups {
            let joined = dir.store.compact(&group).await?;
            dir.books.replace_files(&group, &[joined]).await?;
        }
        has_joined = true;
    }
    let retired = dir.books.retired_files().await?;
    if has_joined || !retired.is_empty() {
        sweep(dir, &retired).await?;
    }
    Ok(())
}

/// Removes what a run that died left behind, unless somebody reads.
pub(crate) async fn clear(dir: &Writing) -> Result<()> {
    sweep(dir, &dir.books.retired_files().await?).await
}

async fn sweep(dir: &Writing, retired: &[didtron_ports::StoredFile]) -> Result<()> {
    let Some(_nobody_reads) = NoReaders::acquire(&dir.dir)? else { return Ok(()) };
    let live = dir.books.all_live_files().await?;
    let unsettled = dir.books.partition(PARTITION).await?.unsettled;
    dir.store.sweep(&live, &unsettled).await?;
    Ok(dir.books.forget_retired(retired).await?)
}
