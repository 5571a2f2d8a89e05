//! What a new version does to traffic, in calls and money: rated again as a re-rate would, and not booked.

use crate::commands::differences::Told;
use crate::commands::rate::PARTITION;
use crate::commands::report::source;
use crate::settings::instant;
use crate::snapshot::Draft;
use anyhow::{Context, Result};
use didtron_books::Books;
use didtron_domain::catalog::CatalogSpec;
use didtron_domain::{Instant, NameId};
use didtron_parquet::ParquetStore;
use didtron_pipeline::{RunError, Trial, try_rerate};
use didtron_ports::{Books as _, Scope};
use didtron_query::{Format, Session};
use serde_json::{Value, json};
use std::ops::Range;
use std::sync::Arc;

const WEEK_MICROS: i64 = 7 * 86_400 * 1_000_000;

/// Where traffic lies, and what it is told with.
#[derive(Clone, Copy)]
pub(super) struct Around<'a> {
    pub(super) books: &'a Books,
    pub(super) store: &'a ParquetStore,
    pub(super) threads: usize,
}

/// What a version does to calls that are rated already, and the command that re-rates them.
pub(super) struct Past {
    pub(super) told: Told,
    pub(super) command: String,
}

impl Past {
    /// What scripts read.
    pub(super) fn json(&self) -> Value {
        json!({ "effect": self.told.json(), "command": self.command })
    }
}

/// What can be told of calls; a note where that is nothing, for they have another base currency than the catalog.
pub(super) fn or_note<T>(found: Result<Option<T>>, notes: &mut Vec<String>) -> Result<Option<T>> {
    let error = match found {
        Ok(found) => return Ok(found),
        Err(error) => error,
    };
    let Some(RunError::OtherBaseCurrency { own, stored, .. }) = error.downcast_ref() else { return Err(error) };
    let note = format!(
        "what it does to calls that are rated already is not known: their base currency is {stored} and the catalog's {own}"
    );
    if !notes.contains(&note) {
        notes.push(note);
    }
    Ok(None)
}

/// `FROM..TO`, each a time or a day.
pub(super) fn traffic(text: &str) -> Result<Range<Instant>, String> {
    let expected = "expected is FROM..TO, such as 2026-05-01..2026-06-01";
    let (from, to) = text.split_once("..").ok_or_else(|| format!("{text:?} is no span; {expected}"))?;
    let span = instant(from)?..instant(to)?;
    if span.is_empty() { Err(format!("{text:?} ends before it begins; {expected}")) } else { Ok(span) }
}

impl Around<'_> {
    /// What the draft does to calls answered within `span`, or in the seven days up to the last answer; `None` where
    /// there are no calls, or no plan has the deck.
    pub(super) async fn effect(
        &self,
        draft: &Draft,
        (spec, deck): (&CatalogSpec, &str),
        span: Option<Range<Instant>>,
    ) -> Result<Option<Told>> {
        let span = match (self.last_answer(spec, deck).await?, span) {
            (None, _) => return Ok(None),
            (Some(_), Some(span)) => span,
            (Some(last), None) => last.plus_micros(1 - WEEK_MICROS)..last.plus_micros(1),
        };
        self.compare(draft, None, (spec, within(span))).await.map(Some)
    }

    /// What the draft costs less what another one does, of calls answered within `span`.
    pub(super) async fn between(
        &self,
        [from, to]: [&Draft; 2],
        spec: &CatalogSpec,
        span: Range<Instant>,
    ) -> Result<Told> {
        self.compare(to, Some(from), (spec, within(span))).await
    }

    /// What the draft does to calls that are rated already: those answered from `effective` on which the deck prices.
    /// `None` where there are none.
    pub(super) async fn past(
        &self,
        draft: &Draft,
        (spec, deck): (&CatalogSpec, &str),
        effective: Option<Instant>,
    ) -> Result<Option<Past>> {
        let last = self.last_answer(spec, deck).await?;
        if last.is_none_or(|last| effective.is_some_and(|effective| effective > last)) {
            return Ok(None);
        }
        let known = self.books.names().await?;
        let id = known.iter().chain(&draft.1).find(|(_, name)| name == deck).map(|(id, _)| *id);
        let scope = Scope { from: effective, deck: Some(id.unwrap_or(NameId(0))), ..Scope::default() };
        let told = self.compare(draft, None, (spec, scope)).await?;
        let from = effective.map_or_else(String::new, |effective| format!(" --from {effective}"));
        let command = format!("didtron rerate{from} --deck {deck}");
        Ok(Some(Past { told, command }).filter(|past| past.told.found.total.calls > 0))
    }

    async fn compare(
        &self,
        (catalog, names): &Draft,
        against: Option<&Draft>,
        (spec, scope): (&CatalogSpec, Scope),
    ) -> Result<Told> {
        let files = self.books.live_files(PARTITION).await?;
        let trial = Trial {
            catalog: Arc::clone(catalog),
            against: against.map(|(catalog, _)| Arc::clone(catalog)),
            scope,
            first_open_day: self.books.first_open_day().await?,
            see_changed: None,
            see_kept: None,
        };
        let found = try_rerate(self.store, &files, trial).await?;
        Told::of((self.books, self.store), &files, found, (spec.base_currency, names.clone())).await
    }

    /// The last answer there is; `None` where the deck can price none.
    async fn last_answer(&self, spec: &CatalogSpec, deck: &str) -> Result<Option<Instant>> {
        let is_used = spec.plans.iter().any(|plan| plan.decks.iter().any(|own| own == deck));
        if !is_used || spec.base_currency.is_none() || self.books.all_live_files().await?.is_empty() {
            return Ok(None);
        }
        let session = Session::open(source(self.books, self.store).await?, self.threads).await?;
        let mut csv = Vec::new();
        session.sql("select max(answer) as last from usage_current").await?.write(Format::Csv, &mut csv).await?;
        let text = String::from_utf8(csv).context("a query's answer is text")?;
        let last = text.lines().nth(1).filter(|line| !line.is_empty());
        last.map(|line| Instant::parse(line).context("the last answer is an instant")).transpose()
    }
}

fn within(span: Range<Instant>) -> Scope {
    Scope { from: Some(span.start), to: Some(span.end), ..Scope::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_of_traffic_begin_before_they_end() {
        assert_eq!(traffic("1970-01-01..1970-01-02"), Ok(Instant(0)..Instant(86_400_000_000)));
        for wrong in ["", "1970-01-01", "1970-01-02..1970-01-01", "1970-01-01..1970-01-01", "x..1970-01-01"] {
            assert!(traffic(wrong).is_err(), "{wrong}");
        }
    }
}
