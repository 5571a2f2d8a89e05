//! Transactions of the books.

use crate::error::failed;
use didtron_ports::Error;
use sqlx::{Connection, Sqlite, SqliteConnection, Transaction};

/// Takes the write lock with the transaction's first statement.
const BEGIN: &str = "BEGIN IMMEDIATE";

/// Begins a transaction that holds the write lock from its first statement on.
pub(crate) async fn begin(connection: &mut SqliteConnection) -> Result<Transaction<'_, Sqlite>, Error> {
    forget_rolled_back(connection).await.map_err(failed("begin to write to the books"))?;
    connection.begin_with(BEGIN).await.map_err(failed("begin to write to the books"))
}

/// On a full disk SQLite rolls a transaction back by itself, which sqlx does not notice: it counts it as open, and
/// would refuse every later one.
async fn forget_rolled_back(connection: &mut SqliteConnection) -> Result<(), sqlx::Error> {
    if connection.is_in_transaction() {
        // It may be on its way to be rolled back properly.
        connection.ping().await?;
    }
    if connection.is_in_transaction() {
        sqlx::raw_sql("BEGIN").execute(&mut *connection).await?;
        // Refused, and what is refused is rolled back: the one just begun, and with it the count.
        drop(connection.begin_with(BEGIN).await);
    }
    Ok(())
}

/// Begins a transaction in which every statement reads the same state.
pub(crate) async fn begin_read(connection: &mut SqliteConnection) -> Result<Transaction<'_, Sqlite>, Error> {
    connection.begin().await.map_err(failed("begin to read the books"))
}

/// Makes a transaction durable.
pub(crate) async fn commit(transaction: Transaction<'_, Sqlite>) -> Result<(), Error> {
    transaction.commit().await.map_err(failed("commit to the books"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::open::{Books, Mode};

    #[tokio::test]
    async fn what_sqlite_rolled_back_by_itself_is_no_hindrance() {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let books = Books::open(dir.path(), Mode::Writer).await.expect("new books");
        let mut writer = books.writer().await.expect("they were opened for writing");
        let mut lost = begin(&mut writer.connection).await.expect("the first");
        sqlx::raw_sql("ROLLBACK").execute(&mut *lost).await.expect("as SQLite does on a full disk");
        drop(lost);
        let next = begin(&mut writer.connection).await.expect("the next one is not refused");
        commit(next).await.expect("nothing was written");
        drop(begin(&mut writer.connection).await.expect("one that is rolled back as it should be"));
        begin(&mut writer.connection).await.expect("and one behind it");
    }
}
