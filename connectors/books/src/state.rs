//! The one row that says how far posting days and the ledger are.

use crate::column::Columns;
use crate::error::failed;
use didtron_domain::Day;
use didtron_ports::Error;
use sqlx::SqliteConnection;

/// The one row of the books' state.
pub(crate) struct State {
    pub(crate) first_open_day: Day,
    pub(crate) closed_through: Day,
    pub(crate) ledger_count: u64,
    pub(crate) ledger_hash: [u8; 32],
}

pub(crate) async fn state(connection: &mut SqliteConnection) -> Result<State, Error> {
    let row = sqlx::query("SELECT * FROM books_state WHERE only_row = 1")
        .fetch_one(connection)
        .await
        .map_err(failed("read the books' state"))?;
    let row = Columns(&row);
    Ok(State {
        first_open_day: row.day("first_open_day")?,
        closed_through: row.day("closed_through")?,
        ledger_count: row.number("ledger_count")?,
        ledger_hash: row.digest("ledger_hash")?,
    })
}
