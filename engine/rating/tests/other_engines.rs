//! Prices that other engines' own tests and manuals state, where their collection lies beside the repository. It is not
//! part of it. Rows marked `sem=reference` follow the formula of R4 to R6 and must match at the digits they state.

use didtron_domain::policy::GraceMode;
use didtron_domain::{Amount, DurationRounding, ExactPrice, Increment, IncrementOrigin, Price, RoundingMode};
use didtron_rating::price::{Priced, Terms, price};
use std::collections::HashMap;
use std::path::Path;

type Case = HashMap<String, String>;

/// The collection's rows; `None`, said on standard output, where it is not there.
#[expect(clippy::print_stdout, reason = "a test that is skipped says so")]
fn cases() -> Option<Vec<Case>> {
    let path = Path::new("../../../shared/data/oracle_cases.csv");
    let Ok(text) = std::fs::read_to_string(path) else {
        println!("skipped: {} is not there", path.display());
        return None;
    };
    let mut lines = text.lines().map(cells);
    let header = lines.next().expect("a header");
    Some(lines.map(|line| header.iter().cloned().zip(line).collect()).collect())
}

/// The cells of a line of CSV; no cell of the collection holds a line end.
fn cells(line: &str) -> Vec<String> {
    let (mut cells, mut is_quoted) = (vec![String::new()], false);
    let mut letters = line.chars().peekable();
    while let Some(letter) = letters.next() {
        let cell = cells.last_mut().expect("one at least");
        match letter {
            '"' if is_quoted && letters.next_if_eq(&'"').is_some() => cell.push('"'),
            '"' => is_quoted = !is_quoted,
            ',' if !is_quoted => cells.push(String::new()),
            other => cell.push(other),
        }
    }
    cells
}

/// Decimals and mode from words such as `half-up 4dp` or `truncate to 1/10000 USD`; `None` where nothing is rounded.
fn rounding(words: &str) -> Option<(u8, RoundingMode)> {
    if words.starts_with("truncate to") {
        return Some((if words.contains("1/10000") { 4 } else { 0 }, RoundingMode::Down));
    }
    let (mode, places) = words.split_once(' ')?;
    let places = places.split_once("dp")?.0;
    Some((places.parse().expect("decimals"), RoundingMode::parse(&mode.replace('-', "_")).expect("a mode")))
}

fn terms(case: &Case) -> Terms {
    let price = |column: &str| Price::parse(&case[column]).expect("a price");
    let seconds = |column: &str| case[column].parse().expect("seconds");
    let (decimals, mode) = rounding(&case["rounding"]).unwrap_or((6, RoundingMode::HalfUp));
    let is_subtracted = case["notes"].contains("subtracted");
    Terms {
        rate: price("rate_per_min"),
        initial_rate: (!case["initial_rate_per_min"].is_empty()).then(|| price("initial_rate_per_min")),
        connect_fee: price("connect_fee"),
        increment: Increment::new(seconds("initial_interval_s"), seconds("next_interval_s")).expect("increments"),
        grace_s: seconds("grace_free_s"),
        grace_mode: if is_subtracted { GraceMode::AfterGrace } else { GraceMode::FromStart },
        increment_origin: IncrementOrigin::AfterInitial,
        duration_rounding: DurationRounding::Up,
        decimals,
        mode,
        min_charge: None,
        max_charge: None,
    }
}

/// Seconds with at most three decimals.
fn milliseconds(text: &str) -> u64 {
    let (whole, rest) = text.split_once('.').unwrap_or((text, ""));
    format!("{whole}{rest:0<3}").parse().expect("seconds")
}

/// Whether the charge is the stated one, or the exact price is within half a unit of its last digit (or its stated
/// tolerance) where nothing is rounded.
fn is_near(priced: &Priced, case: &Case) -> bool {
    let expected = &case["expected_cost"];
    if rounding(&case["rounding"]).is_some() {
        return Ok(priced.charge) == Amount::parse(expected);
    }
    let exact_of = |text: &str| ExactPrice::fee(Price::parse(text).expect("at most nine decimals"));
    let digits = expected.split_once('.').map_or(0, |(_, digits)| digits.len());
    let slack = match case["notes"].split_once("tolerance ") {
        Some((_, words)) => {
            let end = words.find(|letter: char| letter != '.' && !letter.is_ascii_digit()).unwrap_or(words.len());
            2 * exact_of(&words[..end]).0
        }
        None => exact_of("1").0 / 10i128.pow(u32::try_from(digits).expect("few digits")),
    };
    2 * (priced.exact.0 - exact_of(expected).0).abs() <= slack
}

#[test]
fn reference_cases_match() {
    let Some(cases) = cases() else { return };
    // Tax is not rating (R8).
    let reference: Vec<&Case> = cases
        .iter()
        .filter(|case| case["notes"].contains("sem=reference") && !case["case_name"].contains("VAT"))
        .collect();
    assert!(reference.len() >= 80, "{} reference cases", reference.len());
    for case in reference {
        let priced = price(&terms(case), milliseconds(&case["duration_s"])).expect("small");
        assert!(is_near(&priced, case), "{} {}: {priced:?}\n{case:#?}", case["source_repo"], case["case_name"]);
    }
}
