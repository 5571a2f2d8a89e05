//! `didtron ledger`: balances, and the ledger in the form of an outside checker.

use crate::data_dir;
use crate::settings::Settings;
use crate::show::{self, Out};
use anyhow::Result;
use clap::{Subcommand, ValueEnum};
use didtron_books::ExportForm;
use serde_json::json;
use std::io::Write;

/// What to show of the ledger.
#[derive(Debug, Subcommand)]
pub(crate) enum LedgerCommand {
    /// Every account with its balance: posted entries and open accruals
    Balances {
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// The whole ledger as text for an outside tool
    #[command(after_help = "Example:\n  didtron ledger export --form hledger | hledger -f - balance")]
    Export {
        /// Whose form
        #[arg(long, value_enum, default_value_t = Form::Hledger)]
        form: Form,
    },
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Form {
    Hledger,
    Beancount,
}

pub(crate) async fn run(command: &LedgerCommand, settings: &Settings, out: &mut Out) -> Result<()> {
    let dir = data_dir::read(&settings.data.value).await?;
    match command {
        LedgerCommand::Balances { json: as_json } => {
            let rows = dir
                .books
                .balances()
                .await?
                .into_iter()
                .map(|balance| [balance.account, balance.currency.to_string(), show::money(balance.amount.into())]);
            if *as_json {
                let item = |[account, currency, amount]: [String; 3]| json!({ "account": account, "currency": currency, "balance": amount });
                return show::json(out, &json!(rows.map(item).collect::<Vec<_>>()));
            }
            let header = ["account", "currency", "balance"];
            Ok(writeln!(out, "{}", show::table(&header, &["balance"], rows.map(Vec::from)))?)
        }
        LedgerCommand::Export { form } => {
            let form = match form {
                Form::Hledger => ExportForm::Hledger,
                Form::Beancount => ExportForm::Beancount,
            };
            Ok(write!(out, "{}", dir.books.export(form).await?)?)
        }
    }
}
