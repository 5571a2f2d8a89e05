//! Decks and numbers drawn by a seed: prefixes of one to twelve digits in runs of siblings, a few thousand destinations,
//! and traffic that follows Zipf's law.

use didtron_domain::deck::{DeckHead, DeckRow, DeckVersion, RowPrice, RowStatus, VersionMode};
use didtron_domain::{Currency, DialPrefix, E164, Increment, Price, Side};
use didtron_rate_tables::DeckTable;
use std::collections::BTreeSet;

/// How many in a thousand prefixes have one digit, two digits, and so on.
const LENGTHS: [u32; 12] = [0, 0, 1, 7, 48, 166, 288, 232, 135, 73, 32, 18];
/// How many in a hundred prefixes come with all their siblings.
const RUNS_PERCENT: u32 = 35;
const DESTINATIONS: u64 = 8000;

/// A deck of at least so many prefixes, each with one open row.
///
/// # Panics
///
/// Never for a count below some hundred millions: so many different prefixes there are.
#[must_use]
pub fn deck(prefix_count: usize, dice: &mut fastrand::Rng) -> DeckTable {
    let mut prefixes = BTreeSet::new();
    while prefixes.len() < prefix_count {
        let prefix = prefix(dice);
        prefixes.insert(prefix);
        if dice.u32(..100) < RUNS_PERCENT {
            prefixes.extend((0..10).map(|digit| prefix / 10 * 10 + digit).filter(|sibling| *sibling > 0));
        }
    }
    let head = DeckHead {
        name: "synthetic".to_owned(),
        direction: Side::Customer,
        currency: Currency::parse("USD").expect("a currency"),
        zone: "UTC".to_owned(),
        increment: Increment::new(60, 1),
        country_lists: None,
    };
    let rows = prefixes.into_iter().map(row).collect();
    DeckTable::compile(&head, &[DeckVersion { number: 1, mode: VersionMode::Full, effective: None, rows }])
        .expect("a legal deck")
}

/// Digits are skewed, so that some countries have far more prefixes than others.
fn prefix(dice: &mut fastrand::Rng) -> u64 {
    let mut rest = dice.u32(..LENGTHS.iter().sum::<u32>());
    let is_longer = |share: &&u32| {
        let is_longer = rest >= **share;
        rest = rest.saturating_sub(**share);
        is_longer
    };
    let length = LENGTHS.iter().take_while(is_longer).count() + 1;
    (0..length).fold(0, |prefix, at| {
        let least = u64::from(at == 0);
        let digit = dice.u64(least..10);
        let digit = if dice.bool() { digit.min(dice.u64(least..10)) } else { digit };
        prefix * 10 + digit
    })
}

fn row(prefix: u64) -> DeckRow {
    let text = prefix.to_string();
    let destination = text[..text.len().min(5)].parse::<u64>().expect("digits") % DESTINATIONS;
    let rate = Price(1_000_000 + destination.cast_signed() * 1000);
    DeckRow {
        prefix: DialPrefix::parse(&text).expect("digits"),
        destination: format!("Place {destination}"),
        price: Some(RowPrice::One { rate, initial_rate: None }),
        increment: None,
        connect_fee: Price(0),
        grace_s: None,
        effective_from: None,
        effective_to: None,
        status: RowStatus::Open,
        origin_set: None,
        time_class: None,
        group: None,
    }
}

/// Numbers below a deck's prefixes: the few that most calls go to are anywhere among them.
///
/// # Panics
///
/// For a deck without prefixes.
#[must_use]
pub fn numbers(deck: &DeckTable, count: usize, dice: &mut fastrand::Rng) -> Vec<E164> {
    /// A prime, so that ranks and places have nothing to do with each other.
    const SCATTER: usize = 2_654_435_761;
    let prefixes: Vec<u64> = deck.entries().map(|(prefix, _)| prefix.value()).collect();
    let number = |_| {
        let rank = (prefixes.len() as f64).powf(dice.f64()) as usize;
        let mut value = prefixes[rank.wrapping_mul(SCATTER) % prefixes.len()];
        let least = 10u64.pow(dice.u32(8..12));
        while value < least {
            value = value * 10 + dice.u64(..10);
        }
        E164::from_value(value).expect("fifteen digits at most")
    };
    (0..count).map(number).collect()
}
