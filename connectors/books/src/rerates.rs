//! Re-rates as they were asked for, and which batches rate calls again. What the batches did stands beside them.

mod record;
pub(crate) mod rerated;

pub use record::{RerateRecord, RerateState};

use crate::Books;
use crate::column::Columns;
use crate::error::failed;
use crate::feeds;
use crate::transaction::{begin, commit};
use didtron_domain::{DialPrefix, Instant};
use didtron_ports::{ClaimedRange, Error, Rerate, RerateWhat, Scope, Sides};
use sqlx::SqliteConnection;
use sqlx::sqlite::SqliteRow;

/// What became of a re-rate that was to be entered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddedRerate {
    /// As it stands in the books.
    pub rerate: Rerate,
    /// `false`: it stood there already, and nothing was entered. Whether it is what was asked for now is for the
    /// caller to compare; of an undo it may also have another id.
    pub is_new: bool,
}

impl Books {
    /// Enters a re-rate under the next number. Where one has the id already, that one is returned; likewise where
    /// `what` undoes a re-rate that another entry undoes, for one is undone once. The names of the scope, the catalog
    /// version and the re-rate to be undone must be in the books: else an error, and nothing is entered.
    pub async fn add_rerate(&self, id: &str, what: &RerateWhat, begun_at: Instant) -> Result<AddedRerate, Error> {
        let mut writer = self.writer().await?;
        let mut transaction = begin(&mut writer.connection).await?;
        if let Some(rerate) = standing(&mut transaction, id, what).await? {
            return Ok(AddedRerate { rerate, is_new: false });
        }
        let number = insert(&mut transaction, id, what, begun_at).await?;
        commit(transaction).await?;
        let rerate = Rerate { number, id: id.to_owned(), what: what.clone(), begun_at, undone_by: None };
        Ok(AddedRerate { rerate, is_new: true })
    }

    /// Every re-rate in the order of numbers, without what came of it.
    pub async fn rerate_entries(&self) -> Result<Vec<Rerate>, Error> {
        all(&mut *self.reader().await?).await
    }
}

/// The entry that stands where a new one would have to.
async fn standing(connection: &mut SqliteConnection, id: &str, what: &RerateWhat) -> Result<Option<Rerate>, Error> {
    let named = find(connection, Key::Id(id)).await?;
    match what {
        RerateWhat::Undo { of } if named.is_none() => find(connection, Key::Undoes(*of)).await,
        _ => Ok(named),
    }
}

/// A re-rate by its number; see [`didtron_ports::Books::rerate`].
pub(crate) async fn of_number(connection: &mut SqliteConnection, number: i64) -> Result<Rerate, Error> {
    let missing = || Error::Damaged(format!("could not read re-rate {number}: the books have none of that number"));
    find(connection, Key::Number(number)).await?.ok_or_else(missing)
}

/// What is unique about an entry.
#[derive(Clone, Copy)]
enum Key<'a> {
    Number(i64),
    Id(&'a str),
    /// The number of what it undoes.
    Undoes(i64),
}

async fn find(connection: &mut SqliteConnection, key: Key<'_>) -> Result<Option<Rerate>, Error> {
    let (number, id, undoes) = match key {
        Key::Number(number) => (Some(number), None, None),
        Key::Id(id) => (None, Some(id), None),
        Key::Undoes(of) => (None, None, Some(of)),
    };
    // Nothing equals what is not bound.
    let row = sqlx::query(
        "SELECT r.*, u.number AS undone_by FROM rerates r LEFT JOIN rerates u ON u.undoes = r.number \
         WHERE r.number = $1 OR r.id = $2 OR r.undoes = $3",
    )
    .bind(number)
    .bind(id)
    .bind(undoes)
    .fetch_optional(connection)
    .await
    .map_err(failed("look a re-rate up"))?;
    row.as_ref().map(entry).transpose()
}

/// Every entry in the order of numbers.
async fn all(connection: &mut SqliteConnection) -> Result<Vec<Rerate>, Error> {
    let rows = sqlx::query(
        "SELECT r.*, u.number AS undone_by FROM rerates r LEFT JOIN rerates u ON u.undoes = r.number \
         ORDER BY r.number",
    )
    .fetch_all(connection)
    .await
    .map_err(failed("read the re-rates"))?;
    rows.iter().map(entry).collect()
}

fn entry(row: &SqliteRow) -> Result<Rerate, Error> {
    let row = Columns(row);
    let what = match row.some_integer("undoes")? {
        Some(of) => RerateWhat::Undo { of },
        None => RerateWhat::Rate { catalog_version: row.number("catalog_version")?, scope: scope(row)? },
    };
    Ok(Rerate {
        number: row.integer("number")?,
        id: row.text("id")?,
        what,
        begun_at: row.instant("begun_at")?,
        undone_by: row.some_integer("undone_by")?,
    })
}

fn scope(row: Columns<'_>) -> Result<Scope, Error> {
    Ok(Scope {
        from: row.some_integer("from_at")?.map(Instant),
        to: row.some_integer("to_at")?.map(Instant),
        customer: row.some_name_id("customer")?,
        supplier: row.some_name_id("supplier")?,
        destination: row.some_name_id("destination")?,
        deck: row.some_name_id("deck")?,
        prefix: row.some_word("prefix", DialPrefix::parse)?,
        sides: row.word("sides", sides_of)?,
    })
}

const fn sides_word(sides: Sides) -> &'static str {
    match sides {
        Sides::Both => "both",
        Sides::Customer => "customer",
        Sides::Supplier => "supplier",
    }
}

fn sides_of(word: &str) -> Option<Sides> {
    [Sides::Both, Sides::Customer, Sides::Supplier].into_iter().find(|sides| sides_word(*sides) == word)
}

/// Enters a re-rate and returns its number.
async fn insert(
    connection: &mut SqliteConnection,
    id: &str,
    what: &RerateWhat,
    begun_at: Instant,
) -> Result<i64, Error> {
    let (kind, undoes, rated) = match what {
        RerateWhat::Rate { catalog_version, scope } => ("rate", None, Some((*catalog_version, scope))),
        RerateWhat::Undo { of } => ("undo", Some(*of), None),
    };
    if let Some(of) = undoes {
        of_number(connection, of).await?;
    }
    let scope = rated.map(|(_, scope)| scope);
    let name = |of: fn(&Scope) -> Option<didtron_domain::NameId>| scope.and_then(of).map(|id| i64::from(id.0));
    let row = sqlx::query(
        "INSERT INTO rerates (number, id, kind, undoes, catalog_version, from_at, to_at, customer, supplier, \
         destination, deck, prefix, sides, begun_at) \
         VALUES ((SELECT COALESCE(MAX(number), 0) + 1 FROM rerates), $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, \
         $12, $13) RETURNING number",
    )
    .bind(id)
    .bind(kind)
    .bind(undoes)
    .bind(rated.map(|(version, _)| i64::from(version)))
    .bind(scope.and_then(|scope| scope.from).map(|at| at.0))
    .bind(scope.and_then(|scope| scope.to).map(|at| at.0))
    .bind(name(|scope| scope.customer))
    .bind(name(|scope| scope.supplier))
    .bind(name(|scope| scope.destination))
    .bind(name(|scope| scope.deck))
    .bind(scope.and_then(|scope| scope.prefix).map(|prefix| prefix.to_string()))
    .bind(scope.map(|scope| sides_word(scope.sides)))
    .bind(begun_at.0)
    .fetch_one(connection)
    .await
    .map_err(failed(&format!("enter re-rate {id}")))?;
    Columns(&row).integer("number")
}

/// See [`didtron_ports::Books::rerate_ranges`].
pub(crate) async fn ranges(
    connection: &mut SqliteConnection,
    partition: u32,
    number: i64,
) -> Result<Vec<ClaimedRange>, Error> {
    // Starts are below 2^63, so that their order is that of signed integers.
    let rows = sqlx::query(
        "SELECT seq, range_start, range_end, digest, first_line, line_count FROM claims \
         WHERE partition_no = $1 AND rerate = $2 AND state <> 'voided' ORDER BY range_start, seq",
    )
    .bind(i64::from(partition))
    .bind(number)
    .fetch_all(connection)
    .await
    .map_err(failed("read the claimed ranges of a re-rate"))?;
    rows.iter().map(feeds::range).collect()
}

/// See [`didtron_ports::Books::rerate_batches`].
pub(crate) async fn batches(connection: &mut SqliteConnection, partition: u32) -> Result<Vec<(u64, i64)>, Error> {
    let rows = sqlx::query(
        "SELECT seq, rerate FROM claims \
         WHERE partition_no = $1 AND rerate IS NOT NULL AND state <> 'voided' ORDER BY seq",
    )
    .bind(i64::from(partition))
    .fetch_all(connection)
    .await
    .map_err(failed("read the batches of re-rates"))?;
    rows.iter().map(|row| Ok((Columns(row).number("seq")?, Columns(row).integer("rerate")?))).collect()
}
