//! Names and their small integers: only ever added.

use crate::Books;
use crate::column::Columns;
use crate::error::failed;
use didtron_domain::NameId;
use didtron_ports::Error;
use sqlx::{QueryBuilder, Sqlite, SqliteConnection};
use std::collections::HashMap;

/// Rows of one statement: far below the parameters that either database takes.
pub(crate) const ROWS_PER_STATEMENT: usize = 1000;

impl Books {
    /// Every name in the order of its id, counted from 1.
    pub async fn names(&self) -> Result<Vec<(NameId, String)>, Error> {
        let mut connection = self.reader().await?;
        // All in one text: a hundred thousand rows would each be handed from thread to thread, which takes most of the time.
        let row = sqlx::query(
            "SELECT COALESCE(STRING_AGG(id || ':' || OCTET_LENGTH(name) || ':' || name, ''), '') AS names FROM names",
        )
        .fetch_one(&mut *connection)
        .await
        .map_err(failed("read the names"))?;
        let mut names = split(&Columns(&row).text("names")?)?;
        names.sort_unstable_by_key(|(id, _)| *id);
        Ok(names)
    }
}

/// Names behind each other, before each its id and its length in bytes.
fn split(mut all: &str) -> Result<Vec<(NameId, String)>, Error> {
    let mut names = Vec::new();
    while !all.is_empty() {
        let (name, rest) = first(all).ok_or_else(|| {
            Error::Damaged("could not read the names from the books: their lengths do not fit".to_owned())
        })?;
        names.push(name);
        all = rest;
    }
    Ok(names)
}

fn first(all: &str) -> Option<((NameId, String), &str)> {
    let (id, all) = all.split_once(':')?;
    let (bytes, all) = all.split_once(':')?;
    let (name, rest) = all.split_at_checked(bytes.parse().ok()?)?;
    Some(((NameId(id.parse().ok()?), name.to_owned()), rest))
}

/// The ids of `names`, in their order, adding those that are new.
pub(crate) async fn intern(connection: &mut SqliteConnection, names: &[&str]) -> Result<Vec<NameId>, Error> {
    let mut known = find(connection, names).await?;
    let mut next = last_id(connection).await? + 1;
    let mut fresh = Vec::new();
    for &name in names {
        if !known.contains_key(name) {
            known.insert(name.to_owned(), name_id(next)?);
            fresh.push((next, name));
            next += 1;
        }
    }
    for rows in fresh.chunks(ROWS_PER_STATEMENT) {
        let mut insert = QueryBuilder::<Sqlite>::new("INSERT INTO names (id, name) ");
        insert.push_values(rows, |mut row, (id, name)| {
            row.push_bind(*id).push_bind(*name);
        });
        insert.build().persistent(false).execute(&mut *connection).await.map_err(failed("add names"))?;
    }
    Ok(names.iter().map(|&name| known[name]).collect())
}

/// The ids of those of `names` that are known.
pub(crate) async fn find(connection: &mut SqliteConnection, names: &[&str]) -> Result<HashMap<String, NameId>, Error> {
    let mut known = HashMap::with_capacity(names.len());
    for chunk in names.chunks(ROWS_PER_STATEMENT) {
        let mut select = QueryBuilder::<Sqlite>::new("SELECT id, name FROM names WHERE name IN (");
        let mut list = select.separated(", ");
        for &name in chunk {
            list.push_bind(name);
        }
        select.push(")");
        let rows =
            select.build().persistent(false).fetch_all(&mut *connection).await.map_err(failed("look names up"))?;
        for row in &rows {
            known.insert(Columns(row).text("name")?, Columns(row).name_id("id")?);
        }
    }
    Ok(known)
}

async fn last_id(connection: &mut SqliteConnection) -> Result<i64, Error> {
    let row = sqlx::query("SELECT COALESCE(MAX(id), 0) AS id FROM names")
        .fetch_one(connection)
        .await
        .map_err(failed("read the last name"))?;
    Columns(&row).integer("id")
}

fn name_id(id: i64) -> Result<NameId, Error> {
    u32::try_from(id).map(NameId).map_err(|_| Error::Damaged("could not add a name: there are 2^32 already".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_may_hold_what_stands_between_them() {
        let found = split("1:4:acme2:6:3:1:x:3:0:4:3:sü").unwrap();
        let names = [(1, "acme"), (2, "3:1:x:"), (3, ""), (4, "sü")];
        assert_eq!(found, names.map(|(id, name)| (NameId(id), name.to_owned())));
    }

    #[test]
    fn lengths_that_do_not_fit_are_damage() {
        for spoilt in ["1:5:acme", "1:acme", "1", "x:4:acme", "1:1:ü", "1:3:acme"] {
            assert!(matches!(split(spoilt), Err(Error::Damaged(_))), "{spoilt}");
        }
    }
}
