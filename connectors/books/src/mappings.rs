//! Mappings saved by name: TOML text, every version kept.

use crate::Books;
use crate::column::Columns;
use crate::error::failed;
use crate::transaction::{begin, commit};
use didtron_domain::Instant;
use didtron_ports::Error;
use sqlx::SqliteConnection;
use sqlx::sqlite::SqliteRow;

/// What a mapping is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MappingKind {
    /// Call records.
    Calls,
    /// Rate sheets.
    Deck,
}

impl MappingKind {
    /// The word in tables.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Calls => "calls",
            Self::Deck => "deck",
        }
    }

    /// The kind behind a word; `None` when there is none.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Calls, Self::Deck].into_iter().find(|kind| kind.as_str() == word)
    }
}

/// A version of a mapping.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SavedMapping {
    /// What it is for.
    pub kind: MappingKind,
    /// Unique among its kind.
    pub name: String,
    /// Counted from 1.
    pub number: u32,
    /// The TOML text as it was saved.
    pub text: String,
    /// By the clock of who saved it.
    pub saved_at: Instant,
}

impl Books {
    /// Saves a mapping as its next version, and returns its number; the same text as the newest is that version.
    pub async fn save_mapping(
        &self,
        kind: MappingKind,
        name: &str,
        text: &str,
        saved_at: Instant,
    ) -> Result<u32, Error> {
        let mut writer = self.writer().await?;
        let mut transaction = begin(&mut writer.connection).await?;
        let newest = stored(&mut transaction, kind, name, None).await?;
        if let Some(same) = newest.as_ref().filter(|newest| newest.text == text) {
            return Ok(same.number);
        }
        let number = newest.map_or(0, |newest| newest.number) + 1;
        sqlx::query("INSERT INTO mappings (kind, name, number, content, saved_at) VALUES ($1, $2, $3, $4, $5)")
            .bind(kind.as_str())
            .bind(name)
            .bind(i64::from(number))
            .bind(text)
            .bind(saved_at.0)
            .execute(&mut *transaction)
            .await
            .map_err(failed("save a mapping"))?;
        commit(transaction).await?;
        Ok(number)
    }

    /// A mapping: the version of that number, or the newest; `None` when there is none.
    pub async fn mapping(
        &self,
        kind: MappingKind,
        name: &str,
        number: Option<u32>,
    ) -> Result<Option<SavedMapping>, Error> {
        stored(&mut *self.reader().await?, kind, name, number).await
    }

    /// The newest version of every mapping, by kind and name.
    pub async fn mappings(&self) -> Result<Vec<SavedMapping>, Error> {
        let mut connection = self.reader().await?;
        let rows = sqlx::query(
            "SELECT * FROM mappings m WHERE number = \
             (SELECT MAX(number) FROM mappings n WHERE n.kind = m.kind AND n.name = m.name) ORDER BY kind, name",
        )
        .fetch_all(&mut *connection)
        .await
        .map_err(failed("read the mappings"))?;
        rows.iter().map(mapping).collect()
    }
}

async fn stored(
    connection: &mut SqliteConnection,
    kind: MappingKind,
    name: &str,
    number: Option<u32>,
) -> Result<Option<SavedMapping>, Error> {
    let row = sqlx::query(
        "SELECT * FROM mappings WHERE kind = $1 AND name = $2 AND number = \
         COALESCE($3, (SELECT MAX(number) FROM mappings WHERE kind = $1 AND name = $2))",
    )
    .bind(kind.as_str())
    .bind(name)
    .bind(number.map(i64::from))
    .fetch_optional(connection)
    .await
    .map_err(failed("read a mapping"))?;
    row.as_ref().map(mapping).transpose()
}

fn mapping(row: &SqliteRow) -> Result<SavedMapping, Error> {
    let row = Columns(row);
    Ok(SavedMapping {
        kind: row.word("kind", MappingKind::parse)?,
        name: row.text("name")?,
        number: row.number("number")?,
        text: row.text("content")?,
        saved_at: row.instant("saved_at")?,
    })
}
