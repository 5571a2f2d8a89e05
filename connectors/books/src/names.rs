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
        let rows = sqlx::query("SELECT id, name FROM names ORDER BY id")
            .fetch_all(&mut *connection)
            .await
            .map_err(failed("read the names"))?;
        rows.iter().map(|row| Ok((Columns(row).name_id("id")?, Columns(row).text("name")?))).collect()
    }
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
