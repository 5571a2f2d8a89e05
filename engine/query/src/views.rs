//! The stable views as a schema of DataFusion. Each is a plain plan over a journal, so that what a query does not ask
//! for is not read; rows that are not in force are looked for when a view that tells them apart is first named.

mod books;
mod history;
mod journals;
mod margin;
mod suspense;
mod usage;

pub(crate) use journals::{JournalStore, Journals};
pub(crate) use margin::{NET_SUMS, net_sums, route};

use crate::source::{CarrierRow, DeckRow};
use datafusion::catalog::{MemTable, SchemaProvider, TableProvider};
use datafusion::datasource::ViewTable;
use datafusion::error::Result;
use futures::future::BoxFuture;
use std::sync::Arc;

/// The names of the views, in the order of the documentation.
const NAMES: [&str; 8] =
    ["usage", "usage_current", "usage_history", "margin_by_minute", "margin_by_route", "decks", "carriers", "suspense"];

/// The eight views.
#[derive(Debug)]
pub(crate) struct Views {
    journals: Arc<Journals>,
    carriers: Arc<MemTable>,
    decks: Arc<MemTable>,
}

impl Views {
    pub(crate) fn new(journals: Arc<Journals>, carriers: &[CarrierRow], decks: &[DeckRow]) -> Result<Self> {
        let (carriers, decks) = (books::carriers(carriers)?, books::decks(decks)?);
        Ok(Self { journals, carriers: Arc::new(carriers), decks: Arc::new(decks) })
    }

    async fn view(&self, name: &str) -> Result<Option<Arc<dyn TableProvider>>> {
        let plan = match name {
            "usage" => usage::all(&self.journals)?,
            "usage_current" => usage::current(&self.journals).await?,
            "usage_history" => history::ratings(&self.journals).await?,
            "margin_by_minute" => margin::by_minute(&self.journals)?,
            "margin_by_route" => margin::by_route(&self.journals)?,
            "suspense" => suspense::waiting(&self.journals).await?,
            "carriers" => return Ok(Some(Arc::clone(&self.carriers) as _)),
            "decks" => return Ok(Some(Arc::clone(&self.decks) as _)),
            _ => return Ok(None),
        };
        Ok(Some(Arc::new(ViewTable::new(plan, None))))
    }
}

impl SchemaProvider for Views {
    fn table_names(&self) -> Vec<String> {
        NAMES.map(str::to_owned).to_vec()
    }

    fn table_exist(&self, name: &str) -> bool {
        NAMES.contains(&name)
    }

    // As `async_trait` writes it; the crate is not needed for one function.
    fn table<'a, 'b, 'f>(&'a self, name: &'b str) -> BoxFuture<'f, Result<Option<Arc<dyn TableProvider>>>>
    where
        'a: 'f,
        'b: 'f,
        Self: 'f,
    {
        Box::pin(self.view(name))
    }
}
