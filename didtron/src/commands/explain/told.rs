//! What `explain` says: the call, its history in the journals, each step of both sides, and whether the same comes out.

use super::again::Again;
use super::history::Rating;
use super::{Call, Names};
use crate::show::{self, Out, money};
use anyhow::Result;
use didtron_domain::{Instant, NameId, Price, RatedCall, RatedSide};
use didtron_ports::{RowPlace, SuspenseRow, UsageRow};
use didtron_rating::{Explanation, Step};
use serde_json::{Value, json};
use std::io::Write;

/// A call with what is to be said of it.
pub(super) struct Told<'a> {
    pub(super) call: &'a Call,
    pub(super) names: &'a Names,
    /// The row in force, and its rating computed again.
    pub(super) rated: Option<(&'a UsageRow<'static>, Again)>,
    pub(super) waits: Option<Waits<'a>>,
    /// Every rating, where that was asked for.
    pub(super) ratings: Option<Vec<Rating<'a>>>,
}

/// A record in suspense, and what the newest catalog makes of it.
pub(super) struct Waits<'a> {
    pub(super) row: &'a SuspenseRow<'static>,
    pub(super) catalog_version: u32,
    /// `None` where the record is not understood.
    pub(super) explanation: Option<Explanation>,
}

/// One line of a call's history.
struct Event {
    place: RowPlace,
    what: String,
}

impl Told<'_> {
    /// Whether the stored rating is what comes out again; true where there is none.
    pub(super) fn is_equal(&self) -> bool {
        self.rated.as_ref().is_none_or(|(row, again)| again.is(&row.rated))
    }

    pub(super) fn json(&self) -> Value {
        let (source, branch, start) = self.head();
        let rated = self.rated.as_ref().map(|(row, again)| {
            json!({
                "row": place(row.partition, row.place),
                "catalog_version": row.catalog_version,
                "customer_catalog_version": again.brought.customer,
                "supplier_catalog_version": again.brought.supplier,
                "posting_day": row.posting_day.to_string(),
                "answer": row.answer.to_string(),
                "duration_ms": row.duration_ms,
                "stated_revenue": row.stated_revenue.map(|price| price.to_string()),
                "stated_cost": row.stated_cost.map(|price| price.to_string()),
                "steps": explanation_json(&again.explanation),
                "customer": row.rated.customer.as_ref().map(|side| self.side_json(side)),
                "supplier": row.rated.supplier.as_ref().map(|side| self.side_json(side)),
                "margin": row.rated.margin().to_string(),
                "base_currency": row.base_currency.to_string(),
            })
        });
        let waits = self.waits.as_ref().map(|waits| {
            json!({
                "row": place(waits.row.partition, waits.row.place),
                "reason": waits.row.rejection.reason.as_str(),
                "note": waits.row.note,
                "record": String::from_utf8_lossy(&waits.row.record),
                "against_catalog_version": waits.catalog_version,
                "steps": waits.explanation.as_ref().map(explanation_json),
            })
        });
        let history: Vec<_> =
            self.history().iter().map(|event| json!({ "batch": event.place.seq, "what": event.what })).collect();
        let mut told = json!({
            "source": source,
            "call_id": self.call_id(),
            "branch": branch,
            "start": start.map(|start| start.to_string()),
            "in_force": rated,
            "recomputed_equal": self.rated.is_some().then(|| self.is_equal()),
            "in_suspense": waits,
            "history": history,
        });
        if let Some(ratings) = &self.ratings {
            told["ratings"] = ratings.iter().map(|rating| self.rating_json(rating)).collect();
        }
        told
    }

    /// Named as `usage_history` names them.
    fn rating_json(&self, rating: &Rating<'_>) -> Value {
        let (row, difference) = (rating.row, rating.difference);
        let RatedCall { customer, supplier } = &row.rated;
        let base = |side: &Option<RatedSide>| side.map(|side| side.base_amount.to_string());
        json!({
            "row": place(row.partition, row.place),
            "batch": row.place.seq,
            "cause": rating.cause.as_str(),
            "rerate": rating.rerate,
            "catalog_version": row.catalog_version,
            "claimed_at": rating.claimed_at.to_string(),
            "posting_day": row.posting_day.to_string(),
            "in_force": rating.is_in_force,
            "customer": customer.as_ref().map(|side| self.side_json(side)),
            "supplier": supplier.as_ref().map(|side| self.side_json(side)),
            "base_currency": row.base_currency.to_string(),
            "revenue": base(customer),
            "cost": base(supplier),
            "margin": row.rated.margin().to_string(),
            "revenue_difference": difference.map(|made| money(made.revenue)),
            "cost_difference": difference.map(|made| money(made.cost)),
            "margin_difference": difference.map(|made| money(made.margin())),
        })
    }

    pub(super) fn show(&self, out: &mut Out) -> Result<()> {
        let (source, branch, start) = self.head();
        let branch = if branch.is_empty() { String::new() } else { format!(", branch {branch}") };
        let start = start.map_or_else(String::new, |start| format!(", started {start}"));
        writeln!(out, "call {} of {source}{branch}{start}", self.call_id())?;
        if let Some((row, again)) = &self.rated {
            self.show_rated(row, again, out)?;
        }
        if let Some(waits) = &self.waits {
            let reason = waits.row.rejection.reason.as_str();
            writeln!(
                out,
                "\nIn suspense as {} ({reason}): {}",
                place(waits.row.partition, waits.row.place),
                waits.row.note
            )?;
            if let Some(explanation) = &waits.explanation {
                writeln!(out, "Against catalog version {}, the newest:", waits.catalog_version)?;
                show_steps(explanation, out)?;
            }
        }
        writeln!(out, "\nHistory")?;
        let events = self.ratings.as_ref().map_or_else(|| self.history(), |ratings| self.whole_history(ratings));
        for event in events {
            writeln!(out, "  batch {}: {}", event.place.seq, event.what)?;
        }
        Ok(())
    }

    fn show_rated(&self, row: &UsageRow<'_>, again: &Again, out: &mut Out) -> Result<()> {
        let (version, posted) = (row.catalog_version, row.posting_day);
        writeln!(
            out,
            "row {}, rated with catalog version {version}, posted on {posted}",
            place(row.partition, row.place)
        )?;
        show_steps(&again.explanation, out)?;
        if row.stated_revenue.is_some() || row.stated_cost.is_some() {
            let stated = |price: Option<Price>| price.map_or_else(|| "nothing".to_owned(), |price| price.to_string());
            let (revenue, cost) = (stated(row.stated_revenue), stated(row.stated_cost));
            writeln!(out, "\nThe switch itself stated revenue {revenue} and cost {cost}")?;
        }
        let by = again.versions();
        if again.is(&row.rated) {
            return Ok(writeln!(out, "\nComputed again from {by}: the same, to the last micro-unit")?);
        }
        let margin = again.explanation.outcome.as_ref().map(|rated| rated.margin().to_string());
        Ok(writeln!(
            out,
            "\nNOT THE SAME: stored margin {}, computed again {} from {by}; the journal or the catalog is damaged, run \
             `didtron audit`",
            row.rated.margin(),
            margin.unwrap_or_else(|rejection| rejection.reason.as_str().to_owned())
        )?)
    }

    fn side_json(&self, side: &didtron_domain::RatedSide) -> Value {
        let name = |id: Option<NameId>| id.map(|id| self.names.of(id));
        let row = side.row;
        json!({
            "carrier": name(side.carrier),
            "interconnect": name(side.interconnect),
            "service": name(side.service),
            "number": side.number.map(|number| number.to_string()),
            "looked_up": side.looked_up.map(|number| number.to_string()),
            "prefix": side.prefix().map(|prefix| prefix.to_string()),
            "destination": name(row.map(|row| row.destination)),
            "deck": name(row.map(|row| row.deck)),
            "deck_version": row.map(|row| row.deck_version),
            "rate_per_min": row.map(|row| row.rate.to_string()),
            "whole_s": side.whole_s,
            "billed_s": side.billed_s,
            "charge": side.charge.to_string(),
            "currency": row.map(|row| row.currency.to_string()),
            "amount": side.amount.to_string(),
            "account_currency": side.account_currency.map(|currency| currency.to_string()),
            "base_amount": side.base_amount.to_string(),
        })
    }

    /// Source, branch and start, from whichever journal has the call.
    fn head(&self) -> (&str, &str, Option<Instant>) {
        head(self.call, self.names)
    }

    fn call_id(&self) -> &str {
        call_id(self.call)
    }

    fn history(&self) -> Vec<Event> {
        let rated = self.call.usage.iter().map(|row| {
            let margin = row.rated.margin();
            let what = match (row.sign > 0, row.reverses) {
                (true, _) => format!("rated with catalog version {}, margin {margin}", row.catalog_version),
                (false, Some(place)) => format!("row {}-{} reversed, margin {margin}", place.seq, place.row),
                (false, None) => format!("reversed, margin {margin}"),
            };
            Event { place: row.place, what }
        });
        in_order(rated.chain(self.waited()))
    }

    /// The same with all that is to say of a rating: what it took back shows by the difference that it made.
    fn whole_history(&self, ratings: &[Rating<'_>]) -> Vec<Event> {
        let rated = ratings.iter().map(|rating| Event { place: rating.row.place, what: rating.told(self.names) });
        in_order(rated.chain(self.waited()))
    }

    fn waited(&self) -> impl Iterator<Item = Event> {
        self.call.suspense.iter().map(|row| {
            let reason = row.rejection.reason.as_str();
            let what = match row.sign > 0 {
                true => format!("into suspense ({reason}) from {}", row.at),
                false => format!("out of suspense ({:?}) {}", row.cause, row.note).trim_end().to_lowercase(),
            };
            Event { place: row.place, what }
        })
    }
}

fn in_order(events: impl Iterator<Item = Event>) -> Vec<Event> {
    let mut events: Vec<Event> = events.collect();
    events.sort_by_key(|event| event.place);
    events
}

/// The candidates, where an id is not one call's alone.
pub(super) fn list(calls: &[Call], names: &Names, as_json: bool, out: &mut Out) -> Result<()> {
    let rows = calls.iter().map(|call| {
        let (source, branch, start) = head(call, names);
        let start = start.map_or_else(String::new, |start| start.to_string());
        let state = match (call.in_force(), call.waiting()) {
            (Some(_), None) => "in force",
            (Some(_), Some(_)) => "in force, newer content waits",
            (None, Some(_)) => "in suspense",
            (None, None) => "dismissed",
        };
        [call_id(call).to_owned(), source.to_owned(), branch.to_owned(), start, state.to_owned()]
    });
    if as_json {
        let item = |[call_id, source, branch, start, state]: [String; 5]| json!({ "call_id": call_id, "source": source, "branch": branch, "start": start, "state": state });
        return show::json(out, &json!({ "candidates": rows.map(item).collect::<Vec<_>>() }));
    }
    writeln!(out, "{} calls have this id; name one with --source, --branch or --start", calls.len())?;
    Ok(writeln!(out, "{}", show::table(&["call", "source", "branch", "start", "state"], &[], rows.map(Vec::from)))?)
}

fn head<'a>(call: &'a Call, names: &'a Names) -> (&'a str, &'a str, Option<Instant>) {
    match (call.usage.first(), call.suspense.first()) {
        (Some(row), _) => (names.of(row.source), &row.branch, Some(row.start)),
        (None, Some(row)) => (row.source.map_or("", |id| names.of(id)), &row.branch, row.start),
        (None, None) => ("", "", None),
    }
}

fn call_id(call: &Call) -> &str {
    let usage = call.usage.first().map(|row| &*row.call_id);
    usage.or_else(|| call.suspense.first().map(|row| &*row.call_id)).unwrap_or("")
}

fn place(partition: u32, place: RowPlace) -> String {
    format!("{partition}-{}-{}", place.seq, place.row)
}

fn explanation_json(explanation: &Explanation) -> Value {
    let steps = |steps: &[Step]| -> Vec<Value> {
        steps.iter().map(|step| json!({ "rule": step.rule, "text": step.text })).collect()
    };
    json!({
        "call": steps(&explanation.call),
        "customer": steps(&explanation.customer),
        "supplier": steps(&explanation.supplier),
    })
}

fn show_steps(explanation: &Explanation, out: &mut Out) -> Result<()> {
    let parts = [("Call", &explanation.call), ("Customer", &explanation.customer), ("Supplier", &explanation.supplier)];
    for (title, steps) in parts {
        let absent = if steps.is_empty() { " (absent)" } else { "" };
        writeln!(out, "\n{title}{absent}")?;
        for step in steps {
            writeln!(out, "  {:<9} {}", step.rule, step.text)?;
        }
    }
    Ok(())
}
