//! What a new version would have changed on the last week of traffic, in calls and money, before it is published.

use crate::commands::explain::{Names, record};
use crate::commands::report::source;
use crate::data_dir::Writing;
use crate::settings::Settings;
use crate::show::{self, Out};
use anyhow::{Context, Result};
use didtron_ports::{RowPlace, UsageStore};
use didtron_query::{Format, Session};
use didtron_rating::Catalog;
use serde_json::{Value, json};
use std::io::Write;

/// Calls rated again at most: the last ones of the week.
const CALLS_MAX: usize = 500_000;
const CALLS_AT_A_TIME: usize = 50_000;

/// The difference, in base currency, new less old.
#[derive(Clone, Debug, Default)]
pub(super) struct Effect {
    /// Calls rated again.
    calls: u64,
    changed: u64,
    /// Calls that the new version could not rate.
    failed: u64,
    revenue: i128,
    cost: i128,
    is_cut: bool,
}

/// Rates the last week's calls with the catalog to come; `None` while there are none.
pub(super) async fn of(dir: &Writing, catalog: &Catalog, settings: &Settings) -> Result<Option<Effect>> {
    if catalog.base_currency().is_none() || dir.books.all_live_files().await?.is_empty() {
        return Ok(None);
    }
    let places = last_week(dir, settings).await?;
    let names = Names(dir.books.names().await?);
    let files = dir.books.all_live_files().await?;
    let mut effect = Effect { is_cut: places.len() == CALLS_MAX, ..Effect::default() };
    for places in places.chunks(CALLS_AT_A_TIME) {
        for row in dir.store.usage_rows(&files, places).await? {
            effect.calls += 1;
            let base = |side: &Option<didtron_domain::RatedSide>| {
                side.as_ref().map_or(0, |side| i128::from(side.base_amount.0))
            };
            match catalog.rate(&record(&row, &names)) {
                Ok(rated) => {
                    let revenue = base(&rated.customer) - base(&row.rated.customer);
                    let cost = base(&rated.supplier) - base(&row.rated.supplier);
                    effect.changed += u64::from(revenue != 0 || cost != 0);
                    effect.revenue += revenue;
                    effect.cost += cost;
                }
                Err(_) => effect.failed += 1,
            }
        }
    }
    Ok(Some(effect))
}

/// The places of the rows in force that were answered in the seven days before the last answer.
async fn last_week(dir: &Writing, settings: &Settings) -> Result<Vec<RowPlace>> {
    let session = Session::open(source(&dir.books, &dir.store).await?, settings.threads.value).await?;
    let query = format!(
        "select seq, row from usage_current where answer > (select max(answer) from usage_current) - interval '7 days' \
         order by answer desc limit {CALLS_MAX}"
    );
    let mut csv = Vec::new();
    session.sql(&query).await?.write(Format::Csv, &mut csv).await?;
    let mut places = Vec::new();
    for row in csv::Reader::from_reader(&csv[..]).into_records() {
        let row = row?;
        let number = |at: usize| row.get(at).and_then(|text| text.parse().ok()).context("a place is two numbers");
        places.push(RowPlace { seq: number(0)?, row: u32::try_from(number(1)?)? });
    }
    places.sort_unstable();
    Ok(places)
}

impl Effect {
    pub(super) fn json(&self) -> Value {
        json!({
            "calls": self.calls,
            "changed": self.changed,
            "failed": self.failed,
            "revenue": show::money(self.revenue),
            "cost": show::money(self.cost),
            "margin": show::money(self.revenue - self.cost),
            "is_cut": self.is_cut,
        })
    }

    pub(super) fn show(&self, out: &mut Out) -> Result<()> {
        let Self { calls, changed, failed, revenue, cost, is_cut } = *self;
        let which = if is_cut { "the last calls of the last week" } else { "the last week's calls" };
        writeln!(
            out,
            "on {which} ({calls}): {changed} would cost otherwise, revenue {}, cost {}, margin {} in base currency",
            show::money(revenue),
            show::money(cost),
            show::money(revenue - cost)
        )?;
        if failed > 0 {
            writeln!(out, "{failed} of them could not be rated any more")?;
        }
        Ok(writeln!(out, "calls that are rated already stay as they are")?)
    }
}
