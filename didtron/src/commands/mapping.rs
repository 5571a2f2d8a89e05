//! `didtron mapping`: the built-in mappings, and a person's own in the books.

use crate::data_dir;
use crate::failure::{data, read_file, usage};
use crate::outside::now;
use crate::settings::Settings;
use crate::show::{self, Out};
use anyhow::Result;
use clap::{Subcommand, ValueEnum};
use didtron_books::MappingKind;
use didtron_schemas::{call_mapping, deck_mapping};
use serde_json::json;
use std::io::Write;
use std::path::PathBuf;

/// What to do with mappings.
#[derive(Debug, Subcommand)]
pub(crate) enum MappingCommand {
    /// List the built-in and the saved mappings
    List {
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Print a mapping as TOML, to read or to begin one of your own with
    #[command(after_help = "Example:\n  didtron mapping show asterisk > acme.toml")]
    Show {
        /// Its name
        name: String,
        /// Of which kind, where both have the name
        #[arg(long, value_enum)]
        kind: Option<Kind>,
    },
    /// Keep a mapping in the books under the name it gives itself; every version is kept
    #[command(after_help = "Example:\n  didtron mapping save acme.toml --kind calls")]
    Save {
        /// The TOML file
        file: PathBuf,
        /// What it is for
        #[arg(long, value_enum)]
        kind: Kind,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Kind {
    Calls,
    Deck,
}

impl Kind {
    const fn in_books(self) -> MappingKind {
        match self {
            Self::Calls => MappingKind::Calls,
            Self::Deck => MappingKind::Deck,
        }
    }

    fn builtin_text(self, name: &str) -> Option<&'static str> {
        match self {
            Self::Calls => call_mapping::builtin_text(name),
            Self::Deck => deck_mapping::builtin_text(name),
        }
    }
}

pub(crate) async fn run(command: &MappingCommand, settings: &Settings, out: &mut Out) -> Result<()> {
    match command {
        MappingCommand::List { json } => list(*json, settings, out).await,
        MappingCommand::Show { name, kind } => show_one(name, *kind, settings, out).await,
        MappingCommand::Save { file, kind } => {
            let text = String::from_utf8(read_file(file)?)
                .map_err(|_| data(format!("{} is not UTF-8 text", file.display())))?;
            let wrong = |error: String| data(format!("{}: {error}", file.display()));
            let name = match kind {
                Kind::Calls => call_mapping::CallMapping::parse(&text).map_err(|error| wrong(error.to_string()))?.name,
                Kind::Deck => deck_mapping::DeckMapping::parse(&text).map_err(|error| wrong(error.to_string()))?.name,
            };
            let dir = data_dir::write(&settings.data.value, "mapping save").await?;
            let number = dir.books.save_mapping(kind.in_books(), &name, &text, now()).await?;
            Ok(writeln!(out, "saved the mapping {name}, version {number}")?)
        }
    }
}

async fn list(as_json: bool, settings: &Settings, out: &mut Out) -> Result<()> {
    let mut rows: Vec<[String; 4]> = Vec::new();
    let mut add = |kind: &str, name: &str, from: String, about: &str| {
        rows.push([kind.to_owned(), name.to_owned(), from, about.to_owned()]);
    };
    for mapping in call_mapping::builtin_names().filter_map(call_mapping::builtin) {
        add("calls", &mapping.name, "built in".to_owned(), &mapping.description);
    }
    for mapping in deck_mapping::builtin_names().filter_map(deck_mapping::builtin) {
        add("deck", &mapping.name, "built in".to_owned(), &mapping.description);
    }
    if let Ok(dir) = data_dir::read(&settings.data.value).await {
        for saved in dir.books.mappings().await? {
            add(saved.kind.as_str(), &saved.name, format!("saved, version {}", saved.number), "");
        }
    }
    if as_json {
        let item = |[kind, name, from, about]: [String; 4]| json!({ "kind": kind, "name": name, "from": from, "description": about });
        return show::json(out, &json!(rows.into_iter().map(item).collect::<Vec<_>>()));
    }
    Ok(writeln!(
        out,
        "{}",
        show::table(&["kind", "name", "from", "description"], &[], rows.into_iter().map(Vec::from))
    )?)
}

async fn show_one(name: &str, kind: Option<Kind>, settings: &Settings, out: &mut Out) -> Result<()> {
    let kinds = kind.map_or_else(|| vec![Kind::Calls, Kind::Deck], |kind| vec![kind]);
    let dir = data_dir::read(&settings.data.value).await.ok();
    for kind in kinds {
        let saved = match &dir {
            Some(dir) => dir.books.mapping(kind.in_books(), name, None).await?,
            None => None,
        };
        let text = saved.map(|saved| saved.text).or_else(|| kind.builtin_text(name).map(str::to_owned));
        if let Some(text) = text {
            return Ok(write!(out, "{text}")?);
        }
    }
    Err(usage(format!("there is no mapping {name:?}; `didtron mapping list` names them")))
}
