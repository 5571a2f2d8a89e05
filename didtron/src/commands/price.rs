//! `didtron price`: answered calls priced by R2 to R7, without a catalog.

use crate::failure::{read_file, usage};
use crate::show::Out;
use anyhow::Result;
use clap::Args;
use csv::StringRecord;
use didtron_domain::decimal::{format_scaled, parse_milliseconds};
use didtron_domain::{Amount, DurationRounding, GraceMode, Increment, IncrementOrigin, Price, RoundingMode};
use didtron_rating::price::{Terms, price};
use std::collections::HashMap;
use std::io::{Read, Write, stdin};
use std::path::Path;

const EXAMPLES: &str = "\
Examples:
  didtron price --rate 0.006 --increments 30/6 --duration 31
  didtron price --rate 0.2 --increments 1/1 --decimals 4 --mode up --duration 4
  didtron price --csv cases.csv > priced.csv";

/// The columns of a file of cases; any may be absent or empty.
const COLUMNS: [&str; 14] = [
    "rate_per_min",
    "initial_interval_s",
    "next_interval_s",
    "initial_rate_per_min",
    "connect_fee",
    "grace_s",
    "grace_mode",
    "decimals",
    "mode",
    "increment_origin",
    "duration_rounding",
    "min_charge",
    "max_charge",
    "duration_s",
];

/// The figures of one case, or a file of them.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct PriceArgs {
    /// A CSV file of cases (`-`: standard input); the same rows come back with whole_s, billed_s, exact, charge
    #[arg(long, value_name = "FILE", conflicts_with_all = ["rate", "duration"])]
    csv: Option<String>,
    /// Price per minute
    #[arg(long, value_name = "PRICE")]
    rate: Option<String>,
    /// Increments in seconds, initial/next [default: 1/1]
    #[arg(long, value_name = "I/N")]
    increments: Option<String>,
    /// Price per minute of the first increment [default: the rate]
    #[arg(long, value_name = "PRICE")]
    initial_rate: Option<String>,
    /// Due once per call
    #[arg(long, value_name = "PRICE")]
    connect_fee: Option<String>,
    /// Whole seconds up to which a call is free (R3)
    #[arg(long, value_name = "S")]
    grace: Option<String>,
    /// `from_start` or `after_grace` (R3)
    #[arg(long, value_name = "WORD")]
    grace_mode: Option<String>,
    /// 0 to 6 (R6)
    #[arg(long, value_name = "N")]
    decimals: Option<String>,
    /// `half_up`, `up`, `down`, `half_down` or `half_even` (R6)
    #[arg(long, value_name = "WORD")]
    mode: Option<String>,
    /// `after_initial` or `from_zero` (R4)
    #[arg(long, value_name = "WORD")]
    increment_origin: Option<String>,
    /// `up`, `down`, `half_up` or `half_down` (R2)
    #[arg(long, value_name = "WORD")]
    duration_rounding: Option<String>,
    /// Least charge (R7)
    #[arg(long, value_name = "AMOUNT")]
    min_charge: Option<String>,
    /// Greatest charge (R7)
    #[arg(long, value_name = "AMOUNT")]
    max_charge: Option<String>,
    /// Seconds talked; may have a fraction
    #[arg(long, value_name = "S")]
    duration: Option<String>,
}

pub(crate) fn run(args: &PriceArgs, out: &mut Out) -> Result<()> {
    match &args.csv {
        Some(path) => price_file(path, out),
        None => price_one(args, out),
    }
}

fn price_one(args: &PriceArgs, out: &mut Out) -> Result<()> {
    let (Some(rate), Some(duration)) = (&args.rate, &args.duration) else {
        return Err(usage("give --rate and --duration, or --csv FILE"));
    };
    let increments = args.increments.as_deref().unwrap_or("1/1");
    let (initial, next) = increments
        .split_once('/')
        .ok_or_else(|| usage(format!("{increments:?} is not an increment such as 60/1 (--increments)")))?;
    let given: [(&str, Option<&str>); 14] = [
        ("rate_per_min", Some(rate)),
        ("initial_interval_s", Some(initial)),
        ("next_interval_s", Some(next)),
        ("initial_rate_per_min", args.initial_rate.as_deref()),
        ("connect_fee", args.connect_fee.as_deref()),
        ("grace_s", args.grace.as_deref()),
        ("grace_mode", args.grace_mode.as_deref()),
        ("decimals", args.decimals.as_deref()),
        ("mode", args.mode.as_deref()),
        ("increment_origin", args.increment_origin.as_deref()),
        ("duration_rounding", args.duration_rounding.as_deref()),
        ("min_charge", args.min_charge.as_deref()),
        ("max_charge", args.max_charge.as_deref()),
        ("duration_s", Some(duration)),
    ];
    let cells: HashMap<&str, &str> = given.into_iter().filter_map(|(key, text)| Some((key, text?))).collect();
    let [whole, billed, exact, charge] = answer(&|column| cells.get(column).copied().unwrap_or("")).map_err(usage)?;
    writeln!(
        out,
        "whole seconds   {whole}\nbilled seconds  {billed}\nexact price     {exact}\ncharge          {charge}"
    )?;
    Ok(())
}

fn price_file(path: &str, out: &mut Out) -> Result<()> {
    let mut bytes = Vec::new();
    match path {
        "-" => drop(stdin().read_to_end(&mut bytes)?),
        path => bytes = read_file(Path::new(path))?,
    }
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(&bytes[..]);
    let header = reader.headers()?.clone();
    let places = places(&header)?;
    let mut writer = csv::Writer::from_writer(out);
    writer.write_record(header.iter().chain(["whole_s", "billed_s", "exact", "charge", "error"]))?;
    for row in reader.records() {
        let row = row?;
        let cell = |column: &'static str| places.get(column).and_then(|&at| row.get(at)).unwrap_or("").trim();
        let fits = if row.len() == header.len() { Ok(()) } else { Err("has another number of cells than the header") };
        let answered = fits.map_err(str::to_owned).and_then(|()| answer(&cell));
        let kept = (0..header.len()).map(|at| row.get(at).unwrap_or(""));
        match &answered {
            Ok(answers) => writer.write_record(kept.chain(answers.iter().map(String::as_str)).chain([""]))?,
            Err(error) => writer.write_record(kept.chain(["", "", "", "", error]))?,
        }
    }
    Ok(writer.flush()?)
}

/// Where each known column is; an unknown one is wrong usage.
fn places(header: &StringRecord) -> Result<HashMap<String, usize>> {
    let mut places = HashMap::new();
    for (at, name) in header.iter().enumerate() {
        let name = name.trim_start_matches('\u{feff}').trim();
        if !COLUMNS.contains(&name) {
            return Err(usage(format!("column {name:?} is not known; there are {}", COLUMNS.join(", "))));
        }
        if places.insert(name.to_owned(), at).is_some() {
            return Err(usage(format!("column {name:?} is there twice")));
        }
    }
    Ok(places)
}

/// Whole seconds, billed seconds, exact price and charge of one case.
fn answer<'a>(cell: &dyn Fn(&'static str) -> &'a str) -> Result<[String; 4], String> {
    let (terms, decimals) = terms(cell)?;
    let text = cell("duration_s");
    let duration = parse_milliseconds(text).map_err(|error| format!("duration_s: {text:?} {error}"))?;
    let priced = price(&terms, duration).map_err(|error| error.to_string())?;
    let charge = format_scaled(priced.charge.0.into(), Amount::DECIMALS);
    let places = charge.split_once('.').map_or(0, |(_, rest)| rest.len());
    // As many decimals as the case asks for; a limit may have more.
    let missing = usize::from(decimals).saturating_sub(places);
    let point = if places == 0 && missing > 0 { "." } else { "" };
    let charge = format!("{charge}{point}{}", "0".repeat(missing));
    Ok([priced.whole_s.to_string(), priced.billed_s.to_string(), priced.exact.to_string(), charge])
}

fn terms<'a>(cell: &dyn Fn(&'static str) -> &'a str) -> Result<(Terms, u8), String> {
    let seconds = |column: &'static str, default: u32| whole(column, cell(column), default);
    let price = |column: &'static str| {
        let text = cell(column);
        let parsed = Price::parse(text).map_err(|error| format!("{column}: {text:?} {error}"));
        if text.is_empty() { Ok(None) } else { parsed.map(Some) }
    };
    let amount = |column: &'static str| {
        let text = cell(column);
        let parsed = Amount::parse(text).map_err(|error| format!("{column}: {text:?} {error}"));
        if text.is_empty() { Ok(None) } else { parsed.map(Some) }
    };
    let (initial, next) = (seconds("initial_interval_s", 1)?, seconds("next_interval_s", 1)?);
    let decimals = seconds("decimals", 6)?;
    let decimals = u8::try_from(decimals)
        .ok()
        .filter(|decimals| *decimals <= Amount::DECIMALS)
        .ok_or_else(|| format!("decimals: {decimals} is not 0 to 6 (R6)"))?;
    let increment = Increment::new(initial, next)
        .ok_or_else(|| format!("increments {initial}/{next} are not legal: 0/0 bills nothing (R4)"))?;
    let terms = Terms {
        rate: price("rate_per_min")?.unwrap_or_default(),
        initial_rate: price("initial_rate_per_min")?,
        connect_fee: price("connect_fee")?.unwrap_or_default(),
        increment,
        grace_s: seconds("grace_s", 0)?,
        grace_mode: word("grace_mode", cell("grace_mode"), GraceMode::parse, GraceMode::WORDS)?,
        increment_origin: word(
            "increment_origin",
            cell("increment_origin"),
            IncrementOrigin::parse,
            IncrementOrigin::WORDS,
        )?,
        duration_rounding: word(
            "duration_rounding",
            cell("duration_rounding"),
            DurationRounding::parse,
            DurationRounding::WORDS,
        )?,
        decimals,
        mode: word("mode", cell("mode"), RoundingMode::parse, RoundingMode::WORDS)?,
        min_charge: amount("min_charge")?,
        max_charge: amount("max_charge")?,
    };
    match (terms.min_charge, terms.max_charge) {
        (Some(least), Some(most)) if least > most => Err(format!("min_charge {least} is above max_charge {most}")),
        _ => Ok((terms, decimals)),
    }
}

fn whole(column: &str, text: &str, default: u32) -> Result<u32, String> {
    if text.is_empty() {
        return Ok(default);
    }
    text.parse().map_err(|_| format!("{column}: {text:?} is not a whole number of 0 or more"))
}

fn word<T: Default>(column: &str, text: &str, parse: impl Fn(&str) -> Option<T>, words: &[&str]) -> Result<T, String> {
    if text.is_empty() {
        return Ok(T::default());
    }
    parse(text).ok_or_else(|| format!("{column}: {text:?} is none of {}", words.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_case_is_answered_or_told_what_is_wrong() {
        let of = |cells: &[(&'static str, &'static str)]| {
            let cells: HashMap<&str, &str> = cells.iter().copied().collect();
            answer(&|column| cells.get(column).copied().unwrap_or(""))
        };
        let priced = of(&[("rate_per_min", "0.2"), ("decimals", "4"), ("mode", "up"), ("duration_s", "4")]);
        assert_eq!(priced, Ok(["4", "4", "1/75", "0.0134"].map(str::to_owned)));
        assert!(of(&[("rate_per_min", "0.2"), ("duration_s", "-4")]).is_err());
        assert!(of(&[("initial_interval_s", "0"), ("next_interval_s", "0"), ("duration_s", "4")]).is_err());
        assert!(of(&[("mode", "sideways"), ("duration_s", "4")]).unwrap_err().contains("half_even"));
    }
}
