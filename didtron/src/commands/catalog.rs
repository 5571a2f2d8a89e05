//! `didtron catalog`: publishes a catalog file with its decks, and shows what was published.

mod load;

use crate::data_dir;
use crate::failure::data;
use crate::settings::Settings;
use crate::show::{self, Out};
use crate::snapshot::Snapshots;
use anyhow::Result;
use clap::Subcommand;
use didtron_schemas::catalog_file;
use serde_json::json;
use std::io::Write;
use std::path::PathBuf;

/// What to do with catalog versions.
#[derive(Debug, Subcommand)]
pub(crate) enum CatalogCommand {
    /// Publish a catalog file and the decks it names as a new version; the same content again publishes nothing
    #[command(after_help = "Example:\n  didtron catalog load catalog.toml")]
    Load {
        /// The catalog, a TOML file; paths in it are relative to it
        file: PathBuf,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Print a version as it was published
    Show {
        /// Which one [default: the newest]
        #[arg(long, value_name = "N")]
        version: Option<u32>,
    },
    /// List the versions with what each changed
    Versions {
        /// As JSON
        #[arg(long)]
        json: bool,
    },
}

pub(crate) async fn run(command: &CatalogCommand, settings: &Settings, out: &mut Out) -> Result<()> {
    match command {
        CatalogCommand::Load { file, json } => {
            let loaded = load::load(file, settings).await?;
            loaded.show(*json, out)
        }
        CatalogCommand::Show { version } => show_version(*version, settings, out).await,
        CatalogCommand::Versions { json } => versions(*json, settings, out).await,
    }
}

pub(crate) use load::{intern, load};

async fn show_version(version: Option<u32>, settings: &Settings, out: &mut Out) -> Result<()> {
    let data = data_dir::read(&settings.data.value).await?;
    let (number, spec) = Snapshots::new(&data.books, &data.dir).spec(version).await?;
    writeln!(out, "# catalog version {number}; a deck's versions are numbers here")?;
    Ok(write!(out, "{}", catalog_file::to_canonical(&spec))?)
}

async fn versions(as_json: bool, settings: &Settings, out: &mut Out) -> Result<()> {
    let data_dir = data_dir::read(&settings.data.value).await?;
    let versions = data_dir.books.versions().await?;
    if versions.is_empty() {
        return Err(data("no catalog is published yet; load one with `didtron catalog load FILE`"));
    }
    if as_json {
        let items = versions.iter().map(|version| {
            json!({
                "version": version.number,
                "published_at": version.published_at.to_string(),
                "added": version.changes.added,
                "changed": version.changes.changed,
                "removed": version.changes.removed,
                "digest": show::hex(&version.digest),
            })
        });
        return show::json(out, &json!(items.collect::<Vec<_>>()));
    }
    let rows = versions.iter().map(|version| {
        let changes = version.changes;
        let counts = [changes.added, changes.changed, changes.removed].map(|count| count.to_string());
        [vec![version.number.to_string(), version.published_at.to_string()], counts.to_vec()].concat()
    });
    let header = ["version", "published at", "added", "changed", "removed"];
    Ok(writeln!(out, "{}", show::table(&header, &["version", "added", "changed", "removed"], rows))?)
}
