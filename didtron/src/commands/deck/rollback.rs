//! `didtron deck rollback`: the deck as it was before its newest version, published as a new catalog version. Both versions
//! stay, and so do calls that the newer one rated.

use super::effect::{Around, Past, or_note};
use super::find;
use crate::commands::suspense::Cures;
use crate::data_dir;
use crate::deck_table::DeckCache;
use crate::failure::usage;
use crate::outside::now;
use crate::settings::Settings;
use crate::show::{self, Out};
use crate::snapshot::Snapshots;
use anyhow::Result;
use clap::Args;
use serde_json::json;
use std::io::Write;
use std::sync::Arc;

/// What to take back.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  didtron deck rollback base-out")]
pub(crate) struct RollbackArgs {
    /// The deck's name
    name: String,
    /// As JSON
    #[arg(long)]
    json: bool,
}

pub(crate) async fn run(args: &RollbackArgs, settings: &Settings, out: &mut Out) -> Result<()> {
    let name = args.name.as_str();
    let dir = data_dir::write(&settings.data.value, &format!("deck rollback {name}")).await?;
    let mut deck = find(&dir.books, &dir.dir, name).await?;
    let dropped = deck.versions.pop().filter(|_| !deck.versions.is_empty());
    let only = || usage(format!("the deck {name} has one version: there is none before it to go back to"));
    let dropped = dropped.ok_or_else(only)?;
    let snapshots = Snapshots::new(&dir.books, &dir.dir);
    let (_, mut spec) = snapshots.spec(None).await?;
    if let Some(own) = spec.decks.iter_mut().find(|own| own.head.name == name) {
        own.versions.clone_from(&deck.versions);
    }
    let table = Arc::new(DeckCache::new(&dir.dir).table(&dir.books, &deck).await?);
    let draft = snapshots.draft(&spec, vec![(name.to_owned(), table)]).await?;
    let versions = dir.books.deck_versions(name).await?;
    let effective = versions.iter().find(|info| info.number == dropped).and_then(|info| info.effective);
    let around = Around { books: &dir.books, store: &dir.store, threads: settings.threads.value };
    let mut notes = Vec::new();
    let past = or_note(around.past(&draft, (&spec, name), effective).await, &mut notes)?;
    let published = dir.books.publish(&spec, now()).await?;
    let cures = Cures::of(&dir.books, &dir.store, &dir.dir).await?;
    if args.json {
        let value = json!({
            "deck": name,
            "versions": deck.versions,
            "no_longer": dropped,
            "catalog_version": published.number,
            "notes": notes,
            "past": past.as_ref().map(Past::json),
            "cures": cures.as_ref().map(Cures::json),
        });
        return show::json(out, &value);
    }
    writeln!(
        out,
        "deck {name}: version {dropped} no longer holds; catalog version {} lays the ones before",
        published.number
    )?;
    for note in &notes {
        writeln!(out, "note: {note}")?;
    }
    if let Some(Past { told, command }) = past {
        writeln!(out, "\ncalls that it rated stay as they are until `{command}`:")?;
        told.tell(out)?;
    }
    cures.map_or(Ok(()), |cures| cures.tell(out))
}
