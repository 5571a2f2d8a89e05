//! `catalog.toml`: currencies, decks with their versions, plans, carriers, interconnects and services.

use crate::carriers::{CUSTOMERS, Carrier, Currency, Habit, SUPPLIERS};
use crate::decks::{BUY, BUY_CHANGES, FIRST_DAY, SELL, SELL_CHANGES, file_of};
use crate::dice::{Dice, Stream};

/// The customer that changes its plan in the month.
const CHANGES_PLAN: &str = "kestrel-networks";
const CHANGE_OF_PLAN: &str = "2026-06-20";
/// From when every second supplier's own deck holds.
const OFFERS: &str = "2026-06-08";

/// Which side of calls a carrier is on.
#[derive(Clone, Copy, Debug)]
struct Way {
    direction: &'static str,
    side: &'static str,
    suffix: &'static str,
    full_deck: &'static str,
}

const IN: Way = Way { direction: "ingress", side: "customer", suffix: "in", full_deck: SELL };
const OUT: Way = Way { direction: "egress", side: "supplier", suffix: "out", full_deck: BUY };

/// The text of the catalog.
pub(crate) fn text(seed: u64) -> String {
    let mut text = String::with_capacity(64 * 1024);
    text.push_str("# The demo world, made by `didtron world`: every name and price in it is invented.\n");
    text.push_str("base_currency = \"USD\"\nholidays = [\"2026-06-19\", \"2026-12-25\"]\n");
    quotes(&mut text, seed);
    full_deck(&mut text, (SELL, "customer"), SELL_CHANGES);
    full_deck(&mut text, (BUY, "supplier"), BUY_CHANGES);
    for customer in &CUSTOMERS {
        carrier(&mut text, customer, IN, FIRST_DAY);
    }
    for (at, supplier) in SUPPLIERS.iter().enumerate() {
        carrier(&mut text, supplier, OUT, if at % 2 == 0 { FIRST_DAY } else { OFFERS });
    }
    text
}

/// A quote on each working day from two weeks before the calls to the month's last day.
fn quotes(text: &mut String, seed: u64) {
    const DAYS: u64 = 44;
    for day in (0..DAYS).filter(|day| day % 7 < 5) {
        let (month, of_month) = if day < 14 { (5, day + 18) } else { (6, day - 13) };
        for currency in [Currency::Eur, Currency::Gbp] {
            let mut dice = Dice::new(seed, Stream::Quote, day * 8 + currency as u64);
            let rate = currency.worth() - 60 + dice.below(120);
            text.push_str(&format!(
                "\n[[fx]]\nday = \"2026-{month:02}-{of_month:02}\"\nfrom = \"{}\"\nto = \"USD\"\nrate = \"{}.{:04}\"\nsource = \"fixing\"\n",
                currency.code(),
                rate / 10_000,
                rate % 10_000
            ));
        }
    }
}

fn full_deck(text: &mut String, (name, side): (&str, &str), changes: &str) {
    text.push_str(&format!(
        "\n[[deck]]\nname = \"{name}\"\ndirection = \"{side}\"\ncurrency = \"USD\"\nversions = [\n    \
         {{ file = \"decks/{name}-1.csv\", mode = \"full\", effective = \"{FIRST_DAY}\" }},\n    \
         {{ file = \"decks/{name}-2.csv\", mode = \"delta\", effective = \"{changes}\" }},\n]\n"
    ));
}

/// A carrier with everything that is its own: deck, plans, interconnect and services.
fn carrier(text: &mut String, own: &Carrier, way: Way, effective: &str) {
    let Carrier { name, billing_model, .. } = *own;
    let (currency, Way { direction, side, suffix, .. }) = (own.currency.code(), way);
    let zone = if own.currency == Currency::Gbp { "Europe/London" } else { "UTC" };
    text.push_str(&format!(
        "\n[[deck]]\nname = \"{name}\"\ndirection = \"{side}\"\ncurrency = \"{currency}\"\nzone = \"{zone}\"\n\
         versions = [{{ file = \"decks/{}\", mode = \"full\", effective = \"{effective}\" }}]\n",
        file_of(own)
    ));
    plans(text, own, way);
    text.push_str(&format!(
        "\n[[carrier]]\nname = \"{name}\"\nkind = \"{side}\"\nbilling_model = \"{billing_model}\"\n\
         currency = \"{currency}\"\n\n[[interconnect]]\nname = \"{name}-{suffix}\"\ncarrier = \"{name}\"\n\
         direction = \"{direction}\"\n"
    ));
    match own.habit {
        Habit::National => text.push_str("international_prefixes = [\"+\", \"011\"]\nnational = \"+1\"\n"),
        Habit::Tech(_) if own.home == 0 => text.push_str("tech_prefix_required = true\n"),
        Habit::Tech(_) | Habit::Plain => {}
    }
    services(text, own, way);
}

fn plans(text: &mut String, own: &Carrier, way: Way) {
    let mut plan = |name: &str, decks: &str, policies: &[&str]| {
        text.push_str(&format!("\n[[plan]]\nname = \"{name}\"\ndecks = [{decks}]\n"));
        for policy in policies {
            text.push_str(policy);
            text.push('\n');
        }
    };
    let (name, full) = (own.name, way.full_deck);
    let both = format!("\"{name}\", \"{full}\"");
    plan(name, &both, own.policies);
    if name == CHANGES_PLAN {
        plan(&format!("{name}-list-price"), &format!("\"{full}\""), own.policies);
    }
    if has_two_services(own) {
        plan(&format!("{name}-premium"), &both, &["min_charge = \"0.001\""]);
    }
}

fn services(text: &mut String, own: &Carrier, way: Way) {
    let name = own.name;
    let mut service = |kind: &str, plan: &str, tech_prefix: &str| {
        text.push_str(&format!(
            "\n[[service]]\nname = \"{name}-{kind}\"\ninterconnect = \"{name}-{}\"\ndirection = \"{}\"\n{plan}\n",
            way.suffix, way.direction
        ));
        if !tech_prefix.is_empty() {
            text.push_str(&format!("tech_prefix = \"{tech_prefix}\"\n"));
        }
    };
    let plan = if name == CHANGES_PLAN {
        format!(
            "plans = [{{ name = \"{name}\", to = \"{CHANGE_OF_PLAN}\" }}, {{ name = \"{name}-list-price\", from = \"{CHANGE_OF_PLAN}\" }}]"
        )
    } else {
        format!("plan = \"{name}\"")
    };
    match own.habit {
        Habit::Tech(prefix) if !has_two_services(own) => service("standard", &plan, prefix),
        Habit::Tech(prefix) => {
            service("standard", &plan, "");
            service("premium", &format!("plan = \"{name}-premium\""), prefix);
        }
        Habit::Plain | Habit::National => service("standard", &plan, ""),
    }
}

/// A customer's tech prefix leads to a service beside the standard one; a supplier demands it on every call.
const fn has_two_services(own: &Carrier) -> bool {
    matches!(own.habit, Habit::Tech(_)) && own.home != 0
}
