//! `didtron report`: calls, answered, minutes, revenue, cost, margin, ASR and ACD, without SQL.

use crate::batches::Batches;
use crate::data_dir;
use crate::failure::usage;
use crate::settings::{Settings, instant};
use crate::show::{self, Out};
use anyhow::Result;
use clap::Args;
use didtron_books::Books;
use didtron_domain::Instant;
use didtron_domain::catalog::CatalogSpec;
use didtron_parquet::ParquetStore;
use didtron_query::{CarrierRow, DeckRow, Dimension, Report, Session, Source};
use std::io::Write;

const EXAMPLES: &str = "\
Examples:
  didtron report --by customer
  didtron report --by supplier,day --from 2026-06-01 --to 2026-06-08
  didtron report --losing 20";

/// What to report.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct ReportArgs {
    /// Dimensions with commas between: customer, supplier, destination, route, day, hour, source, customer_deck,
    /// supplier_deck, customer_service, supplier_service
    #[arg(long, default_value = "customer", value_name = "DIMENSIONS")]
    by: String,
    /// Calls answered from then on
    #[arg(long, value_name = "TIME", value_parser = instant)]
    from: Option<Instant>,
    /// Calls answered before then
    #[arg(long, value_name = "TIME", value_parser = instant)]
    to: Option<Instant>,
    /// Instead: so many of the routes that lose money, the worst first
    #[arg(long, value_name = "N")]
    losing: Option<usize>,
    /// As JSON
    #[arg(long)]
    json: bool,
}

pub(crate) async fn run(args: &ReportArgs, settings: &Settings, out: &mut Out) -> Result<()> {
    let by = args.by.split(',').map(|word| dimension(word.trim())).collect::<Result<Vec<_>>>()?;
    let dir = data_dir::read(&settings.data.value).await?;
    let session = Session::open(source(&dir.books, &dir.store).await?, settings.threads.value).await?;
    let table = match args.losing {
        Some(limit) => session.losing_routes(limit).await?,
        None => session.report(&Report { by, from: args.from, to: args.to }).await?,
    };
    match args.json {
        true => show::json(out, &table.to_json()),
        false => Ok(write!(out, "{table}")?),
    }
}

fn dimension(word: &str) -> Result<Dimension> {
    Dimension::parse(word)
        .ok_or_else(|| usage(format!("{word:?} is no dimension; there are {}", Dimension::WORDS.join(", "))))
}

/// What a query session looks at: one state of the books.
pub(crate) async fn source(books: &Books, store: &ParquetStore) -> Result<Source> {
    // Books without a catalog have neither carriers nor decks to show.
    let spec = books.newest().await?.map_or_else(CatalogSpec::default, |(_, spec)| spec);
    // Files before batches: what they hold comes of batches that stood in the books by then.
    let files = books.all_live_files().await?;
    Ok(Source {
        root: store.root().to_owned(),
        files,
        names: books.names().await?,
        carriers: carriers(&spec),
        decks: decks(books, &spec).await?,
        batches: Batches::read(books).await?.causes(),
    })
}

fn carriers(spec: &CatalogSpec) -> Vec<CarrierRow> {
    let row = |carrier: &didtron_domain::catalog::Carrier| CarrierRow {
        name: carrier.name.clone(),
        kind: carrier.kind,
        billing_model: carrier.billing_model,
        currency: carrier.currency,
    };
    spec.carriers.iter().map(row).collect()
}

async fn decks(books: &Books, spec: &CatalogSpec) -> Result<Vec<DeckRow>> {
    let mut rows = Vec::new();
    for version in books.all_deck_versions().await? {
        // A deck that the newest catalog does not have any more has no head to show.
        let Some(deck) = spec.decks.iter().find(|deck| deck.head.name == version.deck) else { continue };
        rows.push(DeckRow {
            deck: version.deck,
            direction: deck.head.direction,
            currency: deck.head.currency,
            zone: deck.head.zone.clone(),
            version: version.number,
            mode: version.mode,
            effective: version.effective,
            rows: version.row_count,
            imported_at: version.imported_at,
            source_file: version.source_file,
            in_catalog: deck.versions.contains(&version.number),
        });
    }
    Ok(rows)
}
