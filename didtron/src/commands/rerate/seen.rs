//! A dry run: what a re-rate would do in money, and to whom.

use crate::commands::deck::read_draft;
use crate::commands::differences::Told;
use crate::commands::rate::PARTITION;
use crate::commands::rerate::RerateArgs;
use crate::commands::rerate::base;
use crate::commands::rerate::calls_file::Calls;
use crate::commands::rerate::scope::{self, Names};
use crate::data_dir;
use crate::failure::usage;
use crate::settings::Settings;
use crate::show::{self, Out};
use crate::snapshot::Snapshots;
use anyhow::Result;
use didtron_domain::catalog::CatalogSpec;
use didtron_pipeline::{Trial, try_rerate};
use didtron_ports::{Books as _, RerateWhat};
use didtron_rate_tables::DeckTable;
use serde_json::{Value, json};
use std::io::Write;
use std::path::Path;
use std::sync::Arc;

pub(super) async fn run(args: &RerateArgs, settings: &Settings, out: &mut Out) -> Result<()> {
    let checked = scope::check(&args.only)?;
    let dir = data_dir::read(&settings.data.value).await?;
    let snapshots = Snapshots::new(&dir.books, &dir.dir);
    let (number, spec) = snapshots.spec(args.catalog).await?;
    let names = Names::read(&dir.books, &spec).await?;
    let scope = names.scope(&args.only, checked)?;
    let (catalog, more) = match args.with_deck.is_empty() {
        true => (snapshots.catalog(Some(number)).await?, Vec::new()),
        false => {
            let drafts = args.with_deck.iter().map(|word| draft(word, &spec)).collect::<Result<Vec<_>>>()?;
            snapshots.draft(&spec, drafts).await?
        }
    };
    let files = dir.books.live_files(PARTITION).await?;
    let changed = match &args.files.out {
        Some(path) => Some(Calls::changed(path, &dir.books, &more).await?),
        None => None,
    };
    let kept = match &args.files.kept {
        Some(path) => Some(Calls::kept(path, &dir.books).await?),
        None => None,
    };
    let trial = Trial {
        catalog,
        against: None,
        scope: scope.clone(),
        first_open_day: dir.books.first_open_day().await?,
        see_changed: changed.as_ref().map(Calls::see_changed),
        see_kept: kept.as_ref().map(Calls::see_kept),
    };
    let found = match try_rerate(&dir.store, &files, trial).await {
        Ok(found) => found,
        Err(error) => return Err(base::told(error, number, (dir.view(), settings)).await?),
    };
    for file in [changed, kept].into_iter().flatten() {
        file.finish()?;
    }
    let told = Told::of((&dir.books, &dir.store), &files, found, (spec.base_currency, more)).await?;
    let what = names.told(&RerateWhat::Rate { catalog_version: number, scope });
    if args.json {
        let head = [
            ("id", json!(args.id)),
            ("dry_run", json!(true)),
            ("state", json!("dry run")),
            ("catalog_version", json!(number)),
            ("with_decks", json!(args.with_deck)),
            ("what", json!(what)),
        ];
        let all = head.into_iter().map(|(key, value)| (key.to_owned(), value)).chain(told.json());
        return show::json(out, &Value::Object(all.collect()));
    }
    writeln!(out, "dry run, {what}:")?;
    told.tell(out)?;
    if told.found.total.calls > 0 && args.with_deck.is_empty() {
        writeln!(out, "\nbook it with the same command without --dry-run")?;
    }
    Ok(())
}

/// `NAME=FILE`: a deck of the catalog as the file has it, whole.
fn draft(word: &str, spec: &CatalogSpec) -> Result<(String, Arc<DeckTable>)> {
    let (name, file) = word.split_once('=').ok_or_else(|| usage(format!("--with-deck {word:?} is not NAME=FILE")))?;
    let deck = spec.decks.iter().find(|deck| deck.head.name == name);
    let known = || spec.decks.iter().map(|deck| deck.head.name.clone()).collect::<Vec<_>>().join(", ");
    let deck = deck.ok_or_else(|| usage(format!("--with-deck: there is no deck {name:?}; there are {}", known())))?;
    Ok((name.to_owned(), Arc::new(read_draft(&deck.head, Path::new(file))?)))
}
