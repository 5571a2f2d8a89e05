//! Catalog versions: immutable, numbered, each with its canonical text and what it changed.

use crate::Books;
use crate::column::{Columns, hex};
use crate::error::failed;
use crate::names;
use crate::transaction::{begin, commit};
use didtron_domain::Instant;
use didtron_domain::catalog::CatalogSpec;
use didtron_ports::Error;
use didtron_schemas::catalog_file;
use sqlx::SqliteConnection;
use sqlx::sqlite::SqliteRow;
use std::collections::HashMap;

/// How many named things (carriers, plans, quotes, …) a version adds, changes and removes against the one before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ChangeCounts {
    /// Not in the version before.
    pub added: u64,
    /// There, but other.
    pub changed: u64,
    /// No longer there.
    pub removed: u64,
}

/// What publishing did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Published {
    /// The version that holds the content.
    pub number: u32,
    /// `false`: the newest version says the same already, and nothing was stored.
    pub is_new: bool,
    /// Against the version before.
    pub changes: ChangeCounts,
}

/// A stored version, without its content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CatalogVersion {
    /// Counted from 1.
    pub number: u32,
    /// As given by who published it.
    pub published_at: Instant,
    /// BLAKE3 of the canonical text.
    pub digest: [u8; 32],
    /// Against the version before.
    pub changes: ChangeCounts,
}

impl Books {
    /// Stores a catalog as the next version, unless the newest says the same. Names of carriers, interconnects,
    /// services, plans and decks get their ids. A deck version that is not stored is refused.
    pub async fn publish(&self, spec: &CatalogSpec, published_at: Instant) -> Result<Published, Error> {
        let content = catalog_file::to_canonical(spec);
        let digest = *blake3::hash(content.as_bytes()).as_bytes();
        let mut writer = self.writer().await?;
        let mut transaction = begin(&mut writer.connection).await?;
        let last = stored(&mut transaction, None).await?;
        if let Some((version, _)) = last.as_ref().filter(|(version, _)| version.digest == digest) {
            return Ok(Published { number: version.number, is_new: false, changes: ChangeCounts::default() });
        }
        check_decks(&mut transaction, spec).await?;
        names::intern(&mut transaction, &named(spec)).await?;
        let changes = compare(last.as_ref().map(|(_, spec)| spec), spec);
        let number = last.map_or(0, |(version, _)| version.number) + 1;
        let version = CatalogVersion { number, published_at, digest, changes };
        insert(&mut transaction, &version, &content).await?;
        commit(transaction).await?;
        Ok(Published { number, is_new: true, changes })
    }

    /// A version's content; `None` when there is no such version.
    pub async fn catalog(&self, number: u32) -> Result<Option<CatalogSpec>, Error> {
        Ok(stored(&mut *self.reader().await?, Some(number)).await?.map(|(_, spec)| spec))
    }

    /// The newest version; `None` before the first.
    pub async fn newest(&self) -> Result<Option<(CatalogVersion, CatalogSpec)>, Error> {
        stored(&mut *self.reader().await?, None).await
    }

    /// Every version in order.
    pub async fn versions(&self) -> Result<Vec<CatalogVersion>, Error> {
        let mut connection = self.reader().await?;
        let rows = sqlx::query(
            "SELECT number, published_at, digest, added_count, changed_count, removed_count \
             FROM catalog_versions ORDER BY number",
        )
        .fetch_all(&mut *connection)
        .await
        .map_err(failed("read the catalog versions"))?;
        rows.iter().map(version).collect()
    }
}

fn version(row: &SqliteRow) -> Result<CatalogVersion, Error> {
    let row = Columns(row);
    Ok(CatalogVersion {
        number: row.number("number")?,
        published_at: row.instant("published_at")?,
        digest: row.digest("digest")?,
        changes: ChangeCounts {
            added: row.number("added_count")?,
            changed: row.number("changed_count")?,
            removed: row.number("removed_count")?,
        },
    })
}

/// A version with its content, checked against its digest; the newest where no number is asked for.
async fn stored(
    connection: &mut SqliteConnection,
    number: Option<u32>,
) -> Result<Option<(CatalogVersion, CatalogSpec)>, Error> {
    let row = sqlx::query(
        "SELECT * FROM catalog_versions \
         WHERE number = COALESCE($1, (SELECT MAX(number) FROM catalog_versions))",
    )
    .bind(number.map(i64::from))
    .fetch_optional(connection)
    .await
    .map_err(failed("read a catalog version"))?;
    let Some(row) = row else { return Ok(None) };
    let (version, content) = (version(&row)?, Columns(&row).text("content")?);
    if *blake3::hash(content.as_bytes()).as_bytes() != version.digest {
        return Err(Error::Damaged(format!(
            "catalog version {} is not what was published: its digest differs",
            version.number
        )));
    }
    let spec = catalog_file::from_canonical(&content)
        .map_err(|error| Error::Damaged(format!("could not read catalog version {}: {error}", version.number)))?;
    Ok(Some((version, spec)))
}

async fn check_decks(connection: &mut SqliteConnection, spec: &CatalogSpec) -> Result<(), Error> {
    for deck in &spec.decks {
        let rows = sqlx::query("SELECT number FROM deck_versions WHERE deck = $1")
            .bind(&deck.head.name)
            .fetch_all(&mut *connection)
            .await
            .map_err(failed("read the versions of a deck"))?;
        let known = rows.iter().map(|row| Columns(row).number("number")).collect::<Result<Vec<u32>, _>>()?;
        if let Some(number) = deck.versions.iter().find(|number| !known.contains(number)) {
            let name = &deck.head.name;
            return Err(Error::Damaged(format!("could not publish the catalog: deck {name} has no version {number}")));
        }
    }
    Ok(())
}

async fn insert(connection: &mut SqliteConnection, version: &CatalogVersion, content: &str) -> Result<(), Error> {
    let count = |count| crate::column::stored(count, "a count of changes");
    sqlx::query(
        "INSERT INTO catalog_versions \
         (number, published_at, digest, added_count, changed_count, removed_count, content) \
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(i64::from(version.number))
    .bind(version.published_at.0)
    .bind(hex(&version.digest))
    .bind(count(version.changes.added)?)
    .bind(count(version.changes.changed)?)
    .bind(count(version.changes.removed)?)
    .bind(content)
    .execute(connection)
    .await
    .map_err(failed("store a catalog version"))?;
    Ok(())
}

fn named(spec: &CatalogSpec) -> Vec<&str> {
    let carriers = spec.carriers.iter().map(|x| x.name.as_str());
    let interconnects = spec.interconnects.iter().map(|x| x.name.as_str());
    let services = spec.services.iter().map(|x| x.name.as_str());
    let plans = spec.plans.iter().map(|x| x.name.as_str());
    let decks = spec.decks.iter().map(|x| x.head.name.as_str());
    carriers.chain(interconnects).chain(services).chain(plans).chain(decks).collect()
}

fn compare(old: Option<&CatalogSpec>, new: &CatalogSpec) -> ChangeCounts {
    let mut before: HashMap<String, String> = old.map(catalog_file::canonical_items).into_iter().flatten().collect();
    let mut counts = ChangeCounts::default();
    for (key, text) in catalog_file::canonical_items(new) {
        match before.remove(&key) {
            None => counts.added += 1,
            Some(old) if old != text => counts.changed += 1,
            Some(_) => {}
        }
    }
    counts.removed = before.len() as u64;
    counts
}
