//! What the steps of a rating say (R18): words and figures, made only for a trace that keeps them.

use crate::catalog::decks::Deck;
use crate::catalog::plans::Plan;
use crate::choose::{self, Asked, Choice};
use crate::fx::{FxBook, Ratio};
use crate::jurisdiction::ChosenPrice;
use crate::leg::LegNumber;
use crate::number::{Treated, Treatment};
use crate::price::{Priced, Terms};
use crate::service::{Interconnect, Service};
use crate::trace::Trace;
use crate::us_states::UsState;
use didtron_domain::decimal::format_scaled;
use didtron_domain::deck::{RowPrice, RowStatus};
use didtron_domain::{
    Amount, CallRecord, Currency, DialPrefix, E164, Instant, Jurisdiction, RatedCall, RatedSide, Reason, Rejection,
};
use didtron_rate_tables::CompiledRow;

/// Rows that are told of for one side at most; more would tell less.
const ROWS_TOLD_MAX: usize = 40;

pub(crate) fn billable(record: &CallRecord<'_>) -> String {
    let answer = record.answer;
    let seconds = format_scaled(record.duration_ms.into(), 3);
    match (record.marked_answered, record.is_billable()) {
        (_, true) => format!("answered at {answer}, lasted {seconds} s: billable"),
        (true, false) => format!("marked answered at {answer}, but lasted 0 s: not billable, no fee is due"),
        (false, false) => format!("not answered (its instant is {answer}): not billable"),
    }
}

pub(crate) fn party(interconnect: &Interconnect) -> String {
    let Interconnect { name, carrier_name, currency, .. } = interconnect;
    format!("interconnect {name} of carrier {carrier_name}, whose account is in {currency}")
}

pub(crate) fn service(service: &Service, leg: LegNumber<'_>) -> String {
    let name = &service.name;
    let validity = validity(service.from, service.to);
    let because = match (leg, service.tech_prefix.as_str()) {
        (LegNumber::Customers, _) => "the record has no number of this leg".to_owned(),
        (LegNumber::Clean(text), _) => {
            format!("number {text:?} is clean by the mapping, so no tech prefix is asked for")
        }
        (LegNumber::AsReceived(text), "") => format!("number {text:?} as received carries no tech prefix"),
        (LegNumber::AsReceived(text), tech) => format!("number {text:?} as received begins with tech prefix {tech}"),
    };
    format!("{because}: service {name}, {validity}")
}

pub(crate) fn customers_number(number: Option<E164>) -> String {
    match number {
        Some(number) => format!("number {number}, as the customer's side made it"),
        None => "the customer's side made no number".to_owned(),
    }
}

/// `tech_prefix` is what was taken off; empty where nothing was.
pub(crate) fn number(text: &str, tech_prefix: &str, habits: &Treatment, treated: Treated) -> String {
    let mut steps = Vec::new();
    if !tech_prefix.is_empty() {
        steps.push(format!("tech prefix {tech_prefix} taken off"));
    }
    if let Some(rule) = treated.translation.map(|at| &habits.translations[at]) {
        steps.push(format!("translation {:?} to {:?}", rule.strip, rule.add));
    }
    if let Some(at) = treated.international {
        steps.push(format!("international prefix {} taken off", habits.international_prefixes[at]));
    }
    if treated.national {
        steps.push("1 put before ten digits".to_owned());
    }
    let steps = if steps.is_empty() { "as received".to_owned() } else { steps.join(", ") };
    match treated.number {
        Some(number) => format!("number {number} from {text:?}: {steps}"),
        None => format!("no number remains of {text:?} ({steps}): 1 to 15 digits that do not begin with 0 are needed"),
    }
}

pub(crate) fn plan(plan: &Plan, decks: &[Deck], at: Instant) -> String {
    let names: Vec<&str> = plan.decks.iter().map(|&deck| decks[deck as usize].head().name.as_str()).collect();
    format!("plan {} is in force at {at}; its decks, highest layer first: {}", plan.name, names.join(", "))
}

pub(crate) fn lrn(text: &str, lrn: Option<E164>) -> String {
    match lrn {
        Some(lrn) => format!("the plan looks up the LRN: {lrn}"),
        None => format!("the plan looks up the LRN, but {text:?} is unusable and ignored"),
    }
}

/// Tells of every row of the number's prefixes whether it is a candidate, or why not.
pub(crate) fn candidates<T: Trace>(decks: &[Deck], plan: &Plan, asked: Asked, trace: &mut T) {
    let mut told = 0;
    for length in (1..=asked.number.digit_count()).rev() {
        let prefix = asked.number.prefix(length);
        for deck in plan.decks.iter().map(|&deck| &decks[deck as usize]) {
            for row in deck.table.rows_of(prefix) {
                told += 1;
                if told <= ROWS_TOLD_MAX {
                    trace.step("R10", || candidate(deck, prefix, row, asked));
                }
            }
        }
    }
    if told > ROWS_TOLD_MAX {
        trace.step("R10", || format!("and {} more rows of shorter prefixes", told - ROWS_TOLD_MAX));
    }
}

fn candidate(deck: &Deck, prefix: DialPrefix, row: &CompiledRow, asked: Asked) -> String {
    let class = deck.hours.as_ref().and_then(|hours| hours.class_at(asked.at).class);
    let why = if asked.at < row.from {
        "passed over: not yet in force".to_owned()
    } else if asked.at >= row.to {
        "passed over: expired".to_owned()
    } else if row.status == RowStatus::Closed {
        "passed over: closed".to_owned()
    } else if choose::rank(deck, &CompiledRow { time_class: None, ..*row }, asked.caller, class).is_none() {
        "passed over: other origin".to_owned()
    } else if choose::rank(deck, row, asked.caller, class).is_none() {
        "passed over: other time class".to_owned()
    } else {
        "a candidate".to_owned()
    };
    format!("prefix {prefix} of deck {}: {}: {why}", deck.head().name, row_words(deck, row))
}

fn row_words(deck: &Deck, row: &CompiledRow) -> String {
    let table = &deck.table;
    let destination: &str = &table.destinations()[row.destination as usize];
    let mut words = format!("{destination}, version {}, {}", row.version, validity(row.from, row.to));
    if let Some(set) = row.origin_set {
        words += &format!(", origin set {}", table.origin_sets()[set as usize]);
    }
    if let Some(class) = row.time_class {
        words += &format!(", time class {}", table.time_classes()[class as usize]);
    }
    if row.status != RowStatus::Open {
        words += &format!(", {}", row.status.as_str());
    }
    if let Some(price) = table.terms(row).price {
        words += &format!(", {}", prices(price));
    }
    words
}

pub(crate) fn choice(choice: &Choice<'_>, number: E164) -> String {
    let best = &choice.best;
    let (prefix, name) = (number.prefix(best.prefix_length), &best.deck.head().name);
    let chosen = format!("chosen: prefix {prefix} of deck {name}: {}", row_words(best.deck, best.row));
    match (choice.is_blocked(), choice.pricing().map(|(row, _)| row)) {
        (false, _) => chosen,
        (true, None) => format!("{chosen}; it has no price and no open row is a candidate"),
        (true, Some(pricing)) if pricing.prefix_length == best.prefix_length && std::ptr::eq(pricing.row, best.row) => {
            format!("{chosen}; blocked, its own price holds")
        }
        (true, Some(pricing)) => format!(
            "{chosen}; blocked without a price, so prefix {} of deck {} prices the call: {}",
            number.prefix(pricing.prefix_length),
            pricing.deck.head().name,
            row_words(pricing.deck, pricing.row)
        ),
    }
}

pub(crate) fn jurisdiction(chosen: ChosenPrice, asked: Asked, deck: &Deck) -> String {
    let rate = chosen.rate;
    let text = |known: Option<String>| known.unwrap_or_else(|| "none".to_owned());
    match chosen.jurisdiction {
        None => format!("one price: {rate} {} a minute", deck.currency),
        Some(kind @ (Jurisdiction::Inter | Jurisdiction::Intra | Jurisdiction::Indeterminate)) => {
            let state = |number: Option<E164>| text(number.and_then(UsState::of).map(|state| state.to_string()));
            let (there, here) = (state(Some(asked.number)), state(asked.caller));
            format!(
                "state called {there}, state of the caller {here}: {}, {rate} {} a minute",
                kind.as_str(),
                deck.currency
            )
        }
        Some(kind) => {
            let country =
                |number: Option<E164>| text(number.and_then(|x| deck.countries.of(x)).map(|code| format!("+{code}")));
            let (there, here) = (country(Some(asked.number)), country(asked.caller));
            format!(
                "country called {there}, country of the caller {here}: {}, {rate} {} a minute",
                kind.as_str(),
                deck.currency
            )
        }
    }
}

pub(crate) fn band(deck: &Deck, begin: Instant, row: &CompiledRow, seconds: u64) -> String {
    format!(
        "the increments that begin from {begin} on in {} (split), {seconds} s: {}",
        deck.zone.name(),
        row_words(deck, row)
    )
}

pub(crate) fn charge(terms: &Terms, priced: &Priced, duration_ms: u64, currency: Currency) -> String {
    let Priced { whole_s, billed_s, exact, charge } = priced;
    let seconds = format_scaled(duration_ms.into(), 3);
    let rounding = terms.duration_rounding.as_str();
    let start = format!("{seconds} s are {whole_s} whole seconds ({rounding})");
    if *billed_s == 0 {
        return format!("{start}; at most {} s are free: charge {charge} {currency}", terms.grace_s);
    }
    let (initial, next) = (terms.increment.initial_s(), terms.increment.next_s());
    let mut words =
        format!("{start}; {billed_s} s billed in increments {initial}/{next}, {}", terms.increment_origin.as_str());
    if terms.grace_s > 0 {
        words += &format!(", grace {} s {}", terms.grace_s, terms.grace_mode.as_str());
    }
    if let Some(first) = terms.initial_rate {
        words += &format!("; first increment at {first} a minute");
    }
    words += &format!("; connect fee {}; exact price {exact}", terms.connect_fee);
    words += &format!("; rounded {} at {} decimals", terms.mode.as_str(), terms.decimals);
    if let Some(least) = terms.min_charge {
        words += &format!("; at least {least}");
    }
    if let Some(most) = terms.max_charge {
        words += &format!("; at most {most}");
    }
    format!("{words}: charge {charge} {currency}")
}

pub(crate) fn conversion(
    fx: &FxBook,
    ratio: &Ratio,
    (from, to): (Currency, Currency),
    amount: Option<Amount>,
) -> String {
    let amount = amount.map_or_else(|| "more than any ledger holds".to_owned(), |amount| amount.to_string());
    match ratio.day {
        None => format!("{amount} {to}, without a conversion"),
        Some(day) => {
            let Ratio { numerator, denominator, .. } = ratio;
            format!(
                "{from} to {to} at {numerator}/{denominator} of {day} ({}): {amount} {to}, half-even",
                fx.source(ratio)
            )
        }
    }
}

pub(crate) fn attempt_fee(fee: Amount, currency: Currency, base: Amount) -> String {
    format!("attempt fee {fee} {currency}, {base} in base")
}

pub(crate) fn stopped(reason: Reason, billable: bool) -> String {
    match billable {
        true => format!("cannot be rated: {}", reason.as_str()),
        false => format!("nothing more was found ({}); the call is stored all the same", reason.as_str()),
    }
}

pub(crate) fn outcome(outcome: &Result<RatedCall, Rejection>, base: Option<Currency>) -> String {
    let base = base.map(|currency| currency.to_string()).unwrap_or_default();
    match outcome {
        Ok(rated) => {
            let part =
                |side: &Option<RatedSide>| side.map_or_else(|| "absent".to_owned(), |x| x.base_amount.to_string());
            let (revenue, cost) = (part(&rated.customer), part(&rated.supplier));
            format!("revenue {revenue}, cost {cost}, margin {} {base}", rated.margin())
        }
        Err(rejection) => {
            let side = rejection.side.map(|side| format!(" on the {}'s side", side.as_str())).unwrap_or_default();
            let charge = |amount: Option<Amount>| amount.map_or_else(|| "none".to_owned(), |amount| amount.to_string());
            let (customer, supplier) = (charge(rejection.customer_charge), charge(rejection.supplier_charge));
            format!(
                "waits in suspense: {}{side}; customer's charge {customer}, supplier's {supplier}",
                rejection.reason.as_str()
            )
        }
    }
}

fn validity(from: Instant, to: Instant) -> String {
    match (from == Instant::MIN, to == Instant::MAX) {
        (true, true) => "in force always".to_owned(),
        (false, true) => format!("in force since {from}"),
        (true, false) => format!("in force until {to}"),
        (false, false) => format!("in force since {from} until {to}"),
    }
}

/// The prices of a row in words.
fn prices(price: RowPrice) -> String {
    match price {
        RowPrice::One { rate, initial_rate: None } => format!("{rate} a minute"),
        RowPrice::One { rate, initial_rate: Some(first) } => format!("{rate} a minute, {first} in the first increment"),
        RowPrice::Us { inter, intra, indeterminate } => {
            format!("inter {inter}, intra {intra}, indeterminate {indeterminate} a minute")
        }
        RowPrice::Eea { local, eea, international } => {
            format!("local {local}, eea {eea}, international {international} a minute")
        }
    }
}
