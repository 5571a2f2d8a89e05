//! `didtron deck lookup`: longest prefix and row in force, for many numbers at once.

use super::find;
use crate::data_dir;
use crate::deck_table::DeckCache;
use crate::failure::{read_file, usage};
use crate::outside::now;
use crate::settings::{Settings, instant};
use crate::show::{self, Out};
use anyhow::Result;
use clap::Args;
use didtron_domain::deck::RowPrice;
use didtron_domain::{E164, Instant};
use didtron_rate_tables::{CompiledRow, DeckTable, Rank};
use std::io::{Read, Write, stderr, stdin};
use std::path::Path;

const HEADER: [&str; 8] = [
    "number",
    "prefix",
    "destination",
    "rate_per_min",
    "initial_interval_s",
    "next_interval_s",
    "effective_from",
    "status",
];

const EXAMPLES: &str = "\
Examples:
  didtron deck lookup --deck base-out 4915112345678 --at 2026-06-01
  didtron deck lookup --deck base-out --numbers numbers.txt --csv > answers.csv

Rows for some callers or some hours only (origin sets, time classes) are left out: `explain` shows them.";

/// What to ask.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct LookupArgs {
    /// The deck's name
    #[arg(long, value_name = "NAME")]
    deck: String,
    /// Numbers in E.164, digits only
    #[arg(required_unless_present = "numbers", conflicts_with = "numbers")]
    number: Vec<String>,
    /// A file of numbers, one a line; `-` is standard input
    #[arg(long, value_name = "FILE")]
    numbers: Option<String>,
    /// When [default: now]
    #[arg(long, value_name = "TIME", value_parser = instant)]
    at: Option<Instant>,
    /// As CSV
    #[arg(long)]
    csv: bool,
}

pub(crate) async fn run(args: &LookupArgs, settings: &Settings, out: &mut Out) -> Result<()> {
    let dir = data_dir::read(&settings.data.value).await?;
    let deck = find(&dir.books, &dir.dir, &args.deck).await?;
    let table = DeckCache::new(&dir.dir).table(&dir.books, &deck).await?;
    let numbers = match &args.numbers {
        Some(file) => numbers_of(file)?,
        None => args.number.clone(),
    };
    if table.rows().any(|row| row.origin_set.is_some() || row.time_class.is_some()) {
        writeln!(stderr(), "didtron: rows of {} for some callers or hours only are left out", args.deck)?;
    }
    let answers = answers(&table, &numbers, args.at.unwrap_or_else(now));
    if args.csv {
        let mut writer = csv::Writer::from_writer(out);
        writer.write_record(HEADER)?;
        for answer in answers {
            writer.write_record(answer)?;
        }
        return Ok(writer.flush()?);
    }
    let right = ["rate_per_min", "initial_interval_s", "next_interval_s"];
    Ok(writeln!(out, "{}", show::table(&HEADER, &right, answers.map(Vec::from)))?)
}

fn numbers_of(file: &str) -> Result<Vec<String>> {
    let mut bytes = Vec::new();
    match file {
        "-" => drop(stdin().read_to_end(&mut bytes)?),
        path => bytes = read_file(Path::new(path))?,
    }
    let text = String::from_utf8(bytes).map_err(|_| usage(format!("{file} is not text")))?;
    Ok(text.lines().map(|line| line.trim().to_owned()).filter(|line| !line.is_empty()).collect())
}

/// One line per number in the order asked; empty fields where nothing matches.
fn answers<'a>(table: &'a DeckTable, numbers: &'a [String], at: Instant) -> impl Iterator<Item = [String; 8]> + 'a {
    let parsed: Vec<Option<E164>> = numbers.iter().map(|number| E164::parse(number.as_bytes())).collect();
    let asked: Vec<E164> = parsed.iter().flatten().copied().collect();
    let mut longest = Vec::new();
    table.longest_batch(&asked, &mut longest);
    let mut longest = longest.into_iter();
    numbers.iter().zip(parsed).map(move |(shown, number)| {
        let found = number.and_then(|number| Some((number, longest.next().flatten()?)));
        let mut fits = |row: &CompiledRow| (row.origin_set.is_none() && row.time_class.is_none()).then(Rank::default);
        let best = found.and_then(|(number, longest)| Some((number, table.best_from(longest, at, &mut fits)?)));
        let Some((number, choice)) = best else {
            return std::array::from_fn(|at| if at == 0 { shown.clone() } else { String::new() });
        };
        let (row, terms) = (choice.row, table.terms(choice.row));
        let seconds =
            |of: fn(didtron_domain::Increment) -> u32| terms.increment.map_or_else(String::new, |x| of(x).to_string());
        [
            shown.clone(),
            number.prefix(choice.prefix_length).to_string(),
            table.destinations()[row.destination as usize].to_string(),
            terms.price.map_or_else(String::new, price),
            seconds(didtron_domain::Increment::initial_s),
            seconds(didtron_domain::Increment::next_s),
            if row.from == Instant::MIN { String::new() } else { row.from.to_string() },
            row.status.as_str().to_owned(),
        ]
    })
}

/// The price, or the three of a kind with strokes between.
pub(super) fn price(price: RowPrice) -> String {
    match price {
        RowPrice::One { rate, .. } => rate.to_string(),
        RowPrice::Us { inter, intra, indeterminate } => format!("{inter}/{intra}/{indeterminate}"),
        RowPrice::Eea { local, eea, international } => format!("{local}/{eea}/{international}"),
    }
}
