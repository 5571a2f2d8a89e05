//! Which files of the usage store readers may see, and which were replaced and wait to be deleted.

use crate::Books;
use crate::column::{Columns, stored};
use crate::error::failed;
use crate::names::ROWS_PER_STATEMENT;
use crate::transaction::{begin, commit};
use didtron_ports::{Error, JournalKind, StoredFile};
use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, Sqlite, SqliteConnection};

impl Books {
    /// Every live file of every partition, in order of partition and first batch.
    pub async fn all_live_files(&self) -> Result<Vec<StoredFile>, Error> {
        let mut connection = self.reader().await?;
        in_state(&mut connection, "live").await
    }

    /// Replaces live files by others that hold the same rows (a compaction), in one transaction: no reader ever sees
    /// both or neither. Refused when one of `old` is not live or a journal's rows would not be the same number.
    pub async fn replace_files(&self, old: &[StoredFile], new: &[StoredFile]) -> Result<(), Error> {
        for kind in [JournalKind::Usage, JournalKind::Suspense] {
            let rows =
                |files: &[StoredFile]| -> u64 { files.iter().filter(|f| f.journal == kind).map(|f| f.rows).sum() };
            if rows(old) != rows(new) {
                return Err(Error::Damaged(format!(
                    "could not replace files of the {} journal: {} rows would become {}",
                    word(kind),
                    rows(old),
                    rows(new)
                )));
            }
        }
        let mut writer = self.writer().await?;
        let mut transaction = begin(&mut writer.connection).await?;
        for file in old {
            retire(&mut transaction, file).await?;
        }
        insert(&mut transaction, new).await?;
        commit(transaction).await
    }

    /// Files that were replaced, still on disk: they go under a [`crate::NoReaders`].
    pub async fn retired_files(&self) -> Result<Vec<StoredFile>, Error> {
        let mut connection = self.reader().await?;
        in_state(&mut connection, "retired").await
    }

    /// Forgets replaced files once they are deleted; live ones stay whatever is asked.
    pub async fn forget_retired(&self, files: &[StoredFile]) -> Result<(), Error> {
        let mut writer = self.writer().await?;
        let mut transaction = begin(&mut writer.connection).await?;
        for chunk in files.chunks(ROWS_PER_STATEMENT) {
            let mut delete =
                QueryBuilder::<Sqlite>::new("DELETE FROM stored_files WHERE state = 'retired' AND path IN (");
            let mut list = delete.separated(", ");
            for file in chunk {
                list.push_bind(file.path.as_str());
            }
            delete.push(")");
            let query = delete.build().persistent(false);
            query.execute(&mut *transaction).await.map_err(failed("forget replaced files"))?;
        }
        commit(transaction).await
    }
}

const fn word(kind: JournalKind) -> &'static str {
    match kind {
        JournalKind::Usage => "usage",
        JournalKind::Suspense => "suspense",
    }
}

async fn retire(connection: &mut SqliteConnection, file: &StoredFile) -> Result<(), Error> {
    let result = sqlx::query("UPDATE stored_files SET state = 'retired' WHERE path = $1 AND state = 'live'")
        .bind(&file.path)
        .execute(connection)
        .await
        .map_err(failed("retire a file"))?;
    match result.rows_affected() {
        1 => Ok(()),
        _ => Err(Error::Damaged(format!("could not replace {}: it is not a live file", file.path))),
    }
}

async fn in_state(connection: &mut SqliteConnection, state: &str) -> Result<Vec<StoredFile>, Error> {
    let rows =
        sqlx::query("SELECT * FROM stored_files WHERE state = $1 ORDER BY partition_no, seq_first, journal, path")
            .bind(state)
            .fetch_all(connection)
            .await
            .map_err(failed("read the list of files"))?;
    rows.iter().map(file).collect()
}

pub(crate) async fn live(connection: &mut SqliteConnection, partition: u32) -> Result<Vec<StoredFile>, Error> {
    let rows = sqlx::query(
        "SELECT * FROM stored_files WHERE state = 'live' AND partition_no = $1 ORDER BY seq_first, journal, path",
    )
    .bind(i64::from(partition))
    .fetch_all(connection)
    .await
    .map_err(failed("read the list of live files"))?;
    rows.iter().map(file).collect()
}

pub(crate) async fn all_live(connection: &mut SqliteConnection) -> Result<Vec<StoredFile>, Error> {
    in_state(connection, "live").await
}

fn file(row: &SqliteRow) -> Result<StoredFile, Error> {
    let row = Columns(row);
    let journal = |text: &str| [JournalKind::Usage, JournalKind::Suspense].into_iter().find(|kind| word(*kind) == text);
    Ok(StoredFile {
        journal: row.word("journal", journal)?,
        partition: row.number("partition_no")?,
        seq_first: row.number("seq_first")?,
        seq_last: row.number("seq_last")?,
        path: row.text("path")?,
        rows: row.number("row_count")?,
        bytes: row.number("byte_count")?,
    })
}

/// Enters files in the live list.
pub(crate) async fn insert(connection: &mut SqliteConnection, files: &[StoredFile]) -> Result<(), Error> {
    for file in files {
        sqlx::query(
            "INSERT INTO stored_files (path, state, journal, partition_no, seq_first, seq_last, row_count, byte_count) \
             VALUES ($1, 'live', $2, $3, $4, $5, $6, $7)",
        )
        .bind(&file.path)
        .bind(word(file.journal))
        .bind(i64::from(file.partition))
        .bind(stored(file.seq_first, "a batch's number")?)
        .bind(stored(file.seq_last, "a batch's number")?)
        .bind(stored(file.rows, "a count of rows")?)
        .bind(stored(file.bytes, "a count of bytes")?)
        .execute(&mut *connection)
        .await
        .map_err(failed("enter a live file"))?;
    }
    Ok(())
}
