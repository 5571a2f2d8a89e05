//! What a failure of the database means to a caller: try again, or a person must look.

use didtron_ports::Error;

/// Result codes of SQLite (without the extended part) that trying again does not cure.
const ERROR: i32 = 1;
const CORRUPT: i32 = 11;
const CONSTRAINT: i32 = 19;
const MISMATCH: i32 = 20;
const NOT_A_DATABASE: i32 = 26;

/// Names what was attempted when the database refused it.
pub(crate) fn failed(attempt: &str) -> impl Fn(sqlx::Error) -> Error + '_ {
    move |error| from_sqlx(attempt, error)
}

pub(crate) fn from_sqlx(attempt: &str, error: sqlx::Error) -> Error {
    match &error {
        sqlx::Error::Database(inner) => match code(inner.as_ref()) {
            CORRUPT | NOT_A_DATABASE => Error::Damaged(format!(
                "could not {attempt}: the file is damaged or no database of this program ({inner}); restore it from a backup"
            )),
            ERROR | CONSTRAINT | MISMATCH => Error::Damaged(format!("could not {attempt}: {inner}")),
            _ => Error::unavailable(format!("could not {attempt}"), error),
        },
        sqlx::Error::ColumnDecode { .. } | sqlx::Error::ColumnNotFound(_) | sqlx::Error::RowNotFound => {
            Error::Damaged(format!("could not {attempt}: {error}"))
        }
        _ => Error::unavailable(format!("could not {attempt}"), error),
    }
}

fn code(error: &dyn sqlx::error::DatabaseError) -> i32 {
    error.code().and_then(|code| code.parse::<i32>().ok()).map_or(0, |code| code & 0xff)
}
