//! Re-rates as the books know them: what each did, by account and day, and what closed days call for.

use crate::commands::differences::failed;
use crate::commands::kept::KeptCalls;
use crate::commands::rate::PARTITION;
use crate::commands::rerate::calls_file::Calls;
use crate::commands::rerate::scope::Names;
use crate::data_dir::{self, View};
use crate::failure::usage;
use crate::settings::Settings;
use crate::show::{self, Out, money};
use crate::snapshot::Snapshots;
use anyhow::Result;
use didtron_books::{Books, RerateRecord, RerateState};
use didtron_domain::catalog::CatalogSpec;
use didtron_domain::{Currency, Day, NameId, Side};
use didtron_pipeline::{KeptOf, kept_calls};
use didtron_ports::{Books as _, Moved, RerateWhat};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;

/// What is read of the books to tell of re-rates.
struct Teller {
    records: Vec<RerateRecord>,
    names: BTreeMap<NameId, String>,
    spoken: Names,
    /// By catalog version.
    base: BTreeMap<u32, Currency>,
}

pub(super) async fn list(as_json: bool, settings: &Settings, out: &mut Out) -> Result<()> {
    let dir = data_dir::read(&settings.data.value).await?;
    let teller = Teller::read(&dir.books).await?;
    if as_json {
        let items: Vec<Value> = teller.records.iter().map(|record| teller.head(record)).collect();
        return show::json(out, &json!(items));
    }
    let rows = teller.records.iter().map(|record| {
        let [_, revenue, cost, margin] = teller.difference(record);
        let counts = [record.changed.to_string(), record.calls.to_string()];
        let [changed, calls] = counts;
        let entry = &record.rerate;
        vec![
            entry.id.clone(),
            teller.state(record).to_owned(),
            entry.begun_at.to_string(),
            teller.what(record),
            calls,
            changed,
            revenue,
            cost,
            margin,
        ]
    });
    let header = ["id", "state", "begun", "what", "calls", "changed", "revenue", "cost", "margin"];
    Ok(writeln!(out, "{}", show::table(&header, &["calls", "changed", "revenue", "cost", "margin"], rows))?)
}

/// How one is told.
pub(super) struct Telling<'a> {
    pub(super) as_json: bool,
    /// Where all calls are written that keep their rating.
    pub(super) kept: Option<&'a Path>,
}

pub(super) async fn show_one(id: &str, telling: &Telling<'_>, settings: &Settings, out: &mut Out) -> Result<()> {
    let dir = data_dir::read(&settings.data.value).await?;
    show(dir.view(), id, telling, out).await
}

/// Tells all of one.
pub(super) async fn show(view: View<'_>, id: &str, telling: &Telling<'_>, out: &mut Out) -> Result<()> {
    let Some((record, moved)) = view.books.rerate_record(id).await? else {
        return Err(unknown(view.books, id).await?);
    };
    let teller = Teller::read(view.books).await?;
    let kept = kept(view, &record, telling.kept).await?;
    if telling.as_json {
        let mut told = teller.head(&record);
        let parts = [("accounts", teller.accounts(&moved)), ("notes", teller.notes(&moved))];
        if let Value::Object(told) = &mut told {
            told.extend(parts.map(|(key, value)| (key.to_owned(), value)));
            told.extend(kept.json());
        }
        return show::json(out, &told);
    }
    teller.tell((&record, &moved), &kept, out)
}

/// The calls that keep their rating, found again where the books count some.
async fn kept(view: View<'_>, record: &RerateRecord, file: Option<&Path>) -> Result<KeptCalls> {
    let View { dir, books, store } = view;
    let total = record.kept.iter().map(|(_, calls)| calls).sum();
    let file = match file {
        Some(path) => Some(Calls::kept(path, books).await?),
        None => None,
    };
    let calls = if total == 0 {
        Vec::new()
    } else {
        let see = file.as_ref().map(Calls::see_kept);
        let of = KeptOf { rerate: record.rerate.clone(), partition: PARTITION, see };
        let snapshots = Snapshots::new(books, dir);
        kept_calls((books, store), of, async |version| snapshots.catalog(Some(version)).await).await?
    };
    file.map_or(Ok(()), Calls::finish)?;
    KeptCalls::of((books, store), &books.live_files(PARTITION).await?, (total, &calls)).await
}

/// What to say where no re-rate has the name.
pub(super) async fn unknown(books: &Books, id: &str) -> Result<anyhow::Error> {
    let known: Vec<String> = books.rerates().await?.into_iter().map(|record| record.rerate.id).collect();
    let there =
        if known.is_empty() { "there are none yet".to_owned() } else { format!("there are {}", known.join(", ")) };
    Ok(usage(format!("there is no re-rate {id:?}; {there}")))
}

impl Teller {
    async fn read(books: &Books) -> Result<Self> {
        let records = books.rerates().await?;
        let names = books.names().await?.into_iter().collect();
        let spoken = Names::read(books, &CatalogSpec::default()).await?;
        let mut base = BTreeMap::new();
        for record in &records {
            if let RerateWhat::Rate { catalog_version, .. } = record.rerate.what
                && let Some(spec) = books.catalog(catalog_version).await?
            {
                base.extend(spec.base_currency.map(|currency| (catalog_version, currency)));
            }
        }
        Ok(Self { records, names, spoken, base })
    }

    fn what(&self, record: &RerateRecord) -> String {
        match record.rerate.what {
            RerateWhat::Undo { of } => format!("takes back {}", self.id(of).unwrap_or("another")),
            RerateWhat::Rate { .. } => self.spoken.told(&record.rerate.what),
        }
    }

    fn id(&self, number: i64) -> Option<&str> {
        self.by_number(number).map(|record| record.rerate.id.as_str())
    }

    fn by_number(&self, number: i64) -> Option<&RerateRecord> {
        self.records.iter().find(|record| record.rerate.number == number)
    }

    fn state(&self, record: &RerateRecord) -> &'static str {
        match (record.rerate.undone_by.and_then(|by| self.by_number(by)), &record.state) {
            (Some(undo), _) if undo.state == RerateState::Done => "undone",
            (Some(_), _) => "being undone",
            (None, RerateState::Done) => "done",
            (None, RerateState::Unfinished { .. }) => "unfinished",
        }
    }

    /// That of the catalog, or of the one that is taken back.
    fn base(&self, record: &RerateRecord) -> Option<Currency> {
        match record.rerate.what {
            RerateWhat::Rate { catalog_version, .. } => self.base.get(&catalog_version).copied(),
            RerateWhat::Undo { of } => self.by_number(of).and_then(|undone| self.base(undone)),
        }
    }

    /// Currency, revenue, cost, margin: new less old.
    fn difference(&self, record: &RerateRecord) -> [String; 4] {
        let (revenue, cost) = record.differences.map_or((0, 0), |(_, revenue, cost)| (revenue, cost));
        let currency = record.differences.map(|(currency, ..)| currency).or_else(|| self.base(record));
        let currency = currency.map_or_else(String::new, |currency| currency.to_string());
        [currency, money(revenue), money(cost), money(revenue - cost)]
    }

    /// What scripts read of each.
    fn head(&self, record: &RerateRecord) -> Value {
        let entry = &record.rerate;
        let (catalog_version, undoes) = match &entry.what {
            RerateWhat::Rate { catalog_version, .. } => (Some(*catalog_version), None),
            RerateWhat::Undo { of } => (None, self.id(*of)),
        };
        let [currency, revenue, cost, margin] = self.difference(record);
        json!({
            "id": entry.id,
            "kind": if undoes.is_some() { "undo" } else { "rerate" },
            "undoes": undoes,
            "undone_by": entry.undone_by.and_then(|by| self.id(by)),
            "state": self.state(record),
            "dry_run": false,
            "begun_at": entry.begun_at.to_string(),
            "catalog_version": catalog_version,
            "what": self.what(record),
            "calls": record.calls,
            "changed": record.changed,
            "failed": failed(&record.kept),
            "differences": [{ "currency": currency, "revenue": revenue, "cost": cost, "margin": margin }],
        })
    }

    fn name(&self, id: NameId) -> &str {
        self.names.get(&id).map_or("?", String::as_str)
    }

    fn accounts(&self, moved: &[Moved]) -> Value {
        let account = |moved: &Moved| {
            json!({
                "carrier": self.name(moved.carrier),
                "side": moved.side.as_str(),
                "currency": moved.currency.to_string(),
                "day": moved.answer_day.to_string(),
                "posting_day": moved.posting_day.to_string(),
                "amount": money(moved.amount.into()),
            })
        };
        moved.iter().map(account).collect::<Vec<_>>().into()
    }

    fn notes(&self, moved: &[Moved]) -> Value {
        let note = |note: Note| {
            json!({
                "carrier": self.name(note.carrier),
                "side": note.side.as_str(),
                "currency": note.currency.to_string(),
                "period": note.period,
                "kind": note.kind(),
                "amount": money(note.amount.abs()),
            })
        };
        notes(moved).into_iter().map(note).collect::<Vec<_>>().into()
    }

    fn tell(&self, (record, moved): (&RerateRecord, &[Moved]), kept: &KeptCalls, out: &mut Out) -> Result<()> {
        let entry = &record.rerate;
        let [currency, revenue, cost, margin] = self.difference(record);
        writeln!(out, "{} ({}): {}", entry.id, self.state(record), self.what(record))?;
        writeln!(
            out,
            "{} of {} calls changed; revenue {revenue}, cost {cost}, margin {margin} {currency}",
            record.changed, record.calls
        )?;
        for (why, calls) in &record.kept {
            writeln!(out, "{calls} calls keep their rating: {}", why.as_str())?;
        }
        kept.tell(out)?;
        let notes = notes(moved);
        if !notes.is_empty() {
            let rows = notes.iter().map(|note| {
                let carrier = self.name(note.carrier).to_owned();
                let (side, kind) = (note.side.as_str().to_owned(), note.kind().to_owned());
                vec![carrier, side, note.period.clone(), kind, money(note.amount.abs()), note.currency.to_string()]
            });
            let header = ["carrier", "side", "period", "note", "amount", "currency"];
            writeln!(out, "\nclosed days, to be noted:\n{}", show::table(&header, &["amount"], rows))?;
        }
        match (&entry.what, self.state(record)) {
            (RerateWhat::Rate { .. }, "unfinished") => {
                writeln!(out, "go on with `didtron rerate --id {}`", entry.id)?;
            }
            (RerateWhat::Rate { .. }, "done") => writeln!(out, "take it back with `didtron rerate undo {}`", entry.id)?,
            _ => {}
        }
        Ok(())
    }
}

/// What a carrier is to be told of a period whose days are closed.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Note {
    carrier: NameId,
    side: Side,
    currency: Currency,
    /// A month.
    period: String,
    amount: i128,
}

impl Note {
    /// A customer owes more by a debit note; a supplier is owed more by a credit note.
    const fn kind(&self) -> &'static str {
        match (self.side, self.amount > 0) {
            (Side::Customer, true) | (Side::Supplier, false) => "debit",
            (Side::Customer, false) | (Side::Supplier, true) => "credit",
        }
    }
}

fn notes(moved: &[Moved]) -> Vec<Note> {
    let mut sums: BTreeMap<(NameId, Side, Currency, String), i128> = BTreeMap::new();
    for moved in moved.iter().filter(|moved| moved.posting_day != moved.answer_day) {
        let key = (moved.carrier, moved.side, moved.currency, month(moved.answer_day));
        *sums.entry(key).or_default() += i128::from(moved.amount);
    }
    let note = |((carrier, side, currency, period), amount)| Note { carrier, side, currency, period, amount };
    sums.into_iter().filter(|(_, amount)| *amount != 0).map(note).collect()
}

fn month(day: Day) -> String {
    let text = day.to_string();
    text.rsplit_once('-').map_or_else(|| text.clone(), |(month, _)| month.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_closed_days_are_noted_by_month() {
        let currency = Currency::parse("USD").expect("a currency");
        let day = |text| Day::parse(text).expect("a day");
        let moved = |side, answer, posting, amount| Moved {
            carrier: NameId(1),
            side,
            currency,
            answer_day: day(answer),
            posting_day: day(posting),
            amount,
        };
        let found = notes(&[
            moved(Side::Customer, "2026-05-30", "2026-06-02", 5),
            moved(Side::Customer, "2026-05-31", "2026-06-02", -7),
            moved(Side::Customer, "2026-06-02", "2026-06-02", 100),
            moved(Side::Supplier, "2026-06-01", "2026-06-02", 9),
            moved(Side::Supplier, "2026-05-01", "2026-06-02", 9),
            moved(Side::Supplier, "2026-05-02", "2026-06-02", -9),
        ]);
        let told: Vec<_> = found.iter().map(|note| (note.period.as_str(), note.kind(), note.amount)).collect();
        assert_eq!(told, [("2026-05", "credit", -2), ("2026-06", "credit", 9)]);
    }
}
