//! `didtron config check`: every setting, its value, and where it came from.

use crate::settings::{Setting, Settings};
use crate::show::{self, Out};
use anyhow::Result;
use clap::Subcommand;
use serde_json::json;
use std::io::Write;

/// What to do with the settings.
#[derive(Debug, Subcommand)]
pub(crate) enum ConfigCommand {
    /// Show every setting, its value and where it came from; exit code 2 when one is wrong
    Check {
        /// As JSON
        #[arg(long)]
        json: bool,
    },
}

pub(crate) fn run(command: &ConfigCommand, settings: &Settings, out: &mut Out) -> Result<()> {
    let ConfigCommand::Check { json } = command;
    let none = || "none".to_owned();
    let rows = [
        line("data", &settings.data, |path| path.display().to_string()),
        line("config", &settings.config, |path| path.as_ref().map_or_else(none, |path| path.display().to_string())),
        line("threads", &settings.threads, ToString::to_string),
        line("batch_rows", &settings.batch_rows, ToString::to_string),
        line("claims_ahead", &settings.claims_ahead, ToString::to_string),
        line("horizon", &settings.horizon, |at| at.map_or_else(none, |at| at.to_string())),
    ];
    if *json {
        let items = rows.map(|[key, value, from]| json!({ "setting": key, "value": value, "from": from }));
        return show::json(out, &json!(items));
    }
    Ok(writeln!(out, "{}", show::table(&["setting", "value", "from"], &[], rows.map(Vec::from)))?)
}

fn line<T>(key: &str, setting: &Setting<T>, shown: impl Fn(&T) -> String) -> [String; 3] {
    [key.to_owned(), shown(&setting.value), setting.from.clone()]
}
