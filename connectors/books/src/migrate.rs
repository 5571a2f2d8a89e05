//! Brings the tables to this program's version, each step once and in a transaction of its own.

use crate::column::{Columns, hex};
use crate::error::from_sqlx;
use crate::transaction::{begin, commit};
use didtron_ports::Error;
use sqlx::SqliteConnection;

/// One step: the portable text, and what SQLite says in words of its own.
struct Migration {
    version: i64,
    name: &'static str,
    texts: &'static [&'static str],
}

const MIGRATIONS: &[Migration] = &[
    Migration {
        version: 1,
        name: "books",
        texts: &[
            include_str!("../../../schemas/migrations/0001_books.sql"),
            include_str!("../../../schemas/migrations/sqlite/0001_immutable.sql"),
        ],
    },
    Migration {
        version: 2,
        name: "rerates",
        texts: &[
            include_str!("../../../schemas/migrations/0002_rerates.sql"),
            include_str!("../../../schemas/migrations/sqlite/0002_rerates.sql"),
        ],
    },
];

const CREATE_TABLE: &str = "CREATE TABLE IF NOT EXISTS schema_versions \
    (version BIGINT NOT NULL PRIMARY KEY, name TEXT NOT NULL, digest TEXT NOT NULL)";

/// Applies the steps that are missing.
pub(crate) async fn migrate(connection: &mut SqliteConnection, attempt: &str) -> Result<(), Error> {
    let failed = |error| from_sqlx(attempt, error);
    sqlx::query(CREATE_TABLE).execute(&mut *connection).await.map_err(failed)?;
    let applied = compare(connection, attempt).await?;
    for step in &MIGRATIONS[applied..] {
        let mut transaction = begin(connection).await?;
        for &text in step.texts {
            sqlx::raw_sql(text).execute(&mut *transaction).await.map_err(failed)?;
        }
        sqlx::query("INSERT INTO schema_versions (version, name, digest) VALUES ($1, $2, $3)")
            .bind(step.version)
            .bind(step.name)
            .bind(step.digest())
            .execute(&mut *transaction)
            .await
            .map_err(failed)?;
        commit(transaction).await?;
    }
    Ok(())
}

/// Refuses books that this program cannot read.
pub(crate) async fn check(connection: &mut SqliteConnection, attempt: &str) -> Result<(), Error> {
    let applied = compare(connection, attempt).await?;
    match applied == MIGRATIONS.len() {
        true => Ok(()),
        false => Err(Error::Damaged(format!(
            "could not {attempt}: an older program made them (schema {applied}, this one needs {}); \
             run a command that writes, such as catalog load, to bring them up to date",
            MIGRATIONS.len()
        ))),
    }
}

/// How many steps were applied, all of them as this program knows them.
async fn compare(connection: &mut SqliteConnection, attempt: &str) -> Result<usize, Error> {
    let rows = sqlx::query("SELECT version, digest FROM schema_versions ORDER BY version")
        .fetch_all(connection)
        .await
        .map_err(|error| from_sqlx(attempt, error))?;
    for (at, row) in rows.iter().enumerate() {
        let (version, digest) = (Columns(row).integer("version")?, Columns(row).text("digest")?);
        let Some(known) = MIGRATIONS.get(at) else {
            return Err(Error::Damaged(format!(
                "could not {attempt}: a newer program made them (schema {version}, this one knows {}); use that program",
                MIGRATIONS.len()
            )));
        };
        if known.version != version || known.digest() != digest {
            return Err(Error::Damaged(format!(
                "could not {attempt}: their schema {version} is not the one of this program; use the program that made them"
            )));
        }
    }
    Ok(rows.len())
}

impl Migration {
    fn digest(&self) -> String {
        let mut hasher = blake3::Hasher::new();
        for text in self.texts {
            hasher.update(text.as_bytes());
        }
        hex(hasher.finalize().as_bytes())
    }
}
