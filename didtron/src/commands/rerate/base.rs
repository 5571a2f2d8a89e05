//! The base currency of calls that are to be rated again: differences between two of them would add up to nothing.

use crate::commands::rate::PARTITION;
use crate::commands::report::source;
use crate::data_dir::View;
use crate::failure::data;
use crate::settings::Settings;
use crate::snapshot::Snapshots;
use anyhow::{Context, Result};
use didtron_domain::catalog::CatalogSpec;
use didtron_pipeline::{RunError, Trial, try_rerate};
use didtron_ports::{Books as _, Scope};
use didtron_query::{Format, Session};

/// Refuses a catalog that names no base currency, or another one than calls in scope have. Where the books have calls in
/// another one at all, only a dry run shows whether they are in scope.
pub(super) async fn check(
    (number, spec): (u32, &CatalogSpec),
    scope: &Scope,
    (view, settings): (View<'_>, &Settings),
) -> Result<()> {
    let own = spec.base_currency.ok_or(RunError::NoBaseCurrency { version: number })?;
    if rated_in(&format!("<> '{own}'"), (view, settings)).await?.is_none() {
        return Ok(());
    }
    let View { dir, books, store } = view;
    let trial = Trial {
        catalog: Snapshots::new(books, dir).catalog(Some(number)).await?,
        against: None,
        scope: scope.clone(),
        first_open_day: books.first_open_day().await?,
        see_changed: None,
        see_kept: None,
    };
    match try_rerate(store, &books.live_files(PARTITION).await?, trial).await {
        Ok(_) => Ok(()),
        Err(error) => Err(told(error, number, (view, settings)).await?),
    }
}

/// What to say of a failure before anything was entered, with the versions that would do where it is the base currency.
/// `number` is the catalog version that was asked for, with a draft in it or not.
pub(super) async fn told(
    error: RunError,
    number: u32,
    (view, settings): (View<'_>, &Settings),
) -> Result<anyhow::Error> {
    let RunError::OtherBaseCurrency { own, stored, .. } = error else { return Ok(error.into()) };
    let versions = rated_in(&format!("= '{stored}'"), (view, settings)).await?;
    let versions = versions.unwrap_or_else(|| "other versions".to_owned());
    Ok(data(format!(
        "could not rate calls again by catalog version {number}: its base currency is {own}, and that of calls in scope is \
         {stored} (rated by {versions}); their differences would have no currency; rate by a version in {stored} with \
         --catalog, or narrow the scope to calls in {own}; nothing was written"
    )))
}

/// The catalog versions that rated calls in such a base currency, in words; `None` where there are no such calls.
async fn rated_in(such: &str, (view, settings): (View<'_>, &Settings)) -> Result<Option<String>> {
    if view.books.all_live_files().await?.is_empty() {
        return Ok(None);
    }
    let session = Session::open(source(view.books, view.store).await?, settings.threads.value).await?;
    let query = format!("select min(catalog_version), max(catalog_version) from usage where base_currency {such}");
    let mut csv = Vec::new();
    session.sql(&query).await?.write(Format::Csv, &mut csv).await?;
    let text = String::from_utf8(csv).context("a query's answer is text")?;
    let versions = text.lines().nth(1).and_then(|line| line.split_once(',')).filter(|(first, _)| !first.is_empty());
    Ok(versions.map(|(first, last)| match first == last {
        true => format!("version {first}"),
        false => format!("versions from {first} to {last}"),
    }))
}

/// What to say of a re-rate that had begun when calls in another base currency came into its scope.
pub(super) fn begun(error: RunError, id: &str) -> anyhow::Error {
    let RunError::OtherBaseCurrency { own, stored, .. } = error else { return error.into() };
    data(format!(
        "could not go on with re-rate {id}: it rates in {own}, and calls that were rated in {stored} have come into its \
         scope since it began; their differences would have no currency; what it did stands: take it back with `didtron \
         rerate undo {id}`, and rate again with a narrower scope"
    ))
}
