//! The example of the documentation, its round trip, and every error of a bad one.

use super::*;
use didtron_domain::catalog::{BillingModel, CarrierKind, DayKind, Policies};
use didtron_domain::{Amount, Currency, Day, DurationRounding, Increment, Side};

const FULL: &str = r##"
base_currency = "USD"
holidays = ["2026-12-25"]

[[fx]]
day = "2026-06-01"
from = "EUR"
to = "USD"
rate = "1.0834"
source = "ecb"

[[origin_set]]
name = "near"
prefixes = ["33", "49"]

[[time_class]]
name = "weekend"
bands = [{ days = ["sat", "sun", "holiday"], from = "00:00", to = "24:00" }]

[[country_lists]]
name = "eea"
caller = ["33", "49"]
called = ["33", "49", "39"]

[[deck]]
name = "base-out"
direction = "customer"
currency = "USD"
zone = "Europe/Berlin"
increments = "60/1"
country_lists = "eea"
versions = [{ file = "decks/base-1.csv", mode = "full", effective = "2026-01-01" }, { file = "decks/base-2.csv", mode = "delta", effective = "2026-05-01" }]

[[deck]]
name = "plain"
direction = "supplier"
currency = "EUR"
versions = [{ file = "decks/plain.csv" }]

[[plan]]
name = "retail"
decks = ["special", "base-out"]
duration_rounding = "down"
grace_s = 3
grace_mode = "after_grace"
increment_origin = "from_zero"
decimals = 4
mode = "half_even"
min_charge = "0.01"
max_charge = "100"
attempt_fee = "0.002"
band_split = "split"
use_lrn = true
fx_lag_days = 2
fx_max_age_days = 9

[[plan]]
name = "defaults"
decks = ["base-out"]

[[carrier]]
name = "acme"
kind = "customer"
billing_model = "wholesaler"
currency = "EUR"

[[interconnect]]
name = "acme-in"
carrier = "acme"
direction = "ingress"
international_prefixes = ["+", "00", "011"]
national = "+1"
tech_prefix_required = true
translations = [{ strip = "0", add = "49" }]

[[interconnect]]
name = "out"
carrier = "acme"
direction = "egress"

[[service]]
name = "acme-premium"
interconnect = "acme-in"
direction = "ingress"
plan = "retail"
tech_prefix = "55#"
from = "2026-01-01"

[[service]]
name = "acme-old"
interconnect = "out"
direction = "egress"
plans = [{ name = "retail", to = "2026-03-01" }, { name = "defaults", from = "2026-03-01T00:00:00+01:00" }]
to = "2027-01-01T00:00:00.5Z"
"##;

fn at(text: &str) -> Instant {
    Instant::parse(text).unwrap()
}

#[test]
fn the_documented_example_is_read_whole() {
    let file = parse(FULL).unwrap();
    let spec = &file.spec;
    assert_eq!(spec.base_currency, Some(Currency::parse("USD").unwrap()));
    assert_eq!(spec.holidays, [Day::parse("2026-12-25").unwrap()]);
    assert_eq!((spec.quotes[0].numerator, spec.quotes[0].denominator), (10_834, 10_000));
    assert_eq!(spec.origin_sets[0].prefixes.iter().map(ToString::to_string).collect::<Vec<_>>(), ["33", "49"]);
    let band = &spec.time_classes[0].bands[0];
    assert_eq!(
        (band.days.as_slice(), band.from_minute, band.to_minute),
        (&[DayKind::Saturday, DayKind::Sunday, DayKind::Holiday][..], 0, 1440)
    );
    assert_eq!(spec.country_lists[0].called.len(), 3);
    let head = &spec.decks[0].head;
    assert_eq!(
        (head.direction, head.zone.as_str(), head.increment),
        (Side::Customer, "Europe/Berlin", Increment::new(60, 1))
    );
    assert_eq!((spec.decks[1].head.zone.as_str(), spec.decks[1].head.increment), ("UTC", None));
    assert_eq!(spec.plans[1].policies, Policies::default());
    let retail = &spec.plans[0].policies;
    assert_eq!((retail.attempt_fee, retail.duration_rounding), (Some(Amount(2_000)), DurationRounding::Down));
    assert_eq!((retail.fx_lag_days, retail.fx_max_age_days, retail.use_lrn), (2, 9, true));
    assert_eq!(
        (spec.carriers[0].kind, spec.carriers[0].billing_model),
        (CarrierKind::Customer, BillingModel::Wholesaler)
    );
    assert_eq!((spec.interconnects[0].national_plus_one, spec.interconnects[1].national_plus_one), (true, false));
    assert_eq!(spec.interconnects[1].international_prefixes, ["+", "00"]);
    assert_eq!((spec.services[0].from, spec.services[0].to), (at("2026-01-01T00:00:00Z"), Instant::MAX));
    let spans: Vec<_> = spec.services[1].plans.iter().map(|span| (span.plan.as_str(), span.from, span.to)).collect();
    let turn = at("2026-03-01T00:00:00Z");
    assert_eq!(spans, [("retail", Instant::MIN, turn), ("defaults", at("2026-02-28T23:00:00Z"), Instant::MAX)]);
}

#[test]
fn bare_dates_of_decks_are_midnights_of_their_zone() {
    let files = parse(FULL).unwrap().deck_files;
    let effective: Vec<_> = files[0].iter().map(|file| (file.mode, file.effective)).collect();
    let (winter, summer) = (at("2025-12-31T23:00:00Z"), at("2026-04-30T22:00:00Z"));
    assert_eq!(effective, [(VersionMode::Full, Some(winter)), (VersionMode::Delta, Some(summer))]);
    assert_eq!(files[1], [DeckFile { file: "decks/plain.csv".to_owned(), mode: VersionMode::Full, effective: None }]);
}

#[test]
fn the_canonical_text_reads_back_and_is_one_per_content() {
    let mut spec = parse(FULL).unwrap().spec;
    spec.decks[0].versions = vec![1, 3, 2];
    let text = to_canonical(&spec);
    assert_eq!(from_canonical(&text).unwrap(), spec);
    assert_eq!(to_canonical(&from_canonical(&text).unwrap()), text);
    assert_eq!(from_canonical(&to_canonical(&CatalogSpec::default())).unwrap(), CatalogSpec::default());
    let spaced = FULL.replace(" = ", "=").replace("decimals=4", "decimals=0x4 # hexadecimal");
    let mut same = parse(&spaced).unwrap().spec;
    same.decks[0].versions = vec![1, 3, 2];
    assert_eq!(to_canonical(&same), text);
}

#[test]
fn each_named_thing_is_compared_by_itself() {
    let mut spec = parse(FULL).unwrap().spec;
    spec.quotes.push(spec.quotes[0].clone());
    let keys: Vec<_> = canonical_items(&spec).into_iter().map(|(key, _)| key).collect();
    let expected = [
        "base_currency",
        "holidays",
        "fx 2026-06-01 EUR USD",
        "fx 2026-06-01 EUR USD #2",
        "origin_set near",
        "time_class weekend",
        "country_lists eea",
        "deck base-out",
        "deck plain",
        "plan retail",
        "plan defaults",
        "carrier acme",
        "interconnect acme-in",
        "interconnect out",
        "service acme-premium",
        "service acme-old",
    ];
    assert_eq!(keys, expected);
}

/// What to replace in the full example, by what, and what is said about it.
const BAD: &[(&str, &str, &str)] = &[
    ("\"USD\"\nholidays", "\"usd\"\nholidays", "base_currency: \"usd\" is not a currency"),
    ("2026-12-25", "2026-12-32", "holidays: \"2026-12-32\" is not a day"),
    (
        "holidays = [\"2026-12-25\"]",
        "holidays = \"2026-12-25\"",
        "holidays: is a string; expected an array in brackets",
    ),
    ("day = \"2026-06-01\"", "day = 2026-06-01", "fx 1: day: is a datetime; expected text in quotes"),
    ("rate = \"1.0834\"", "rate = 1.0834", "fx 1: rate: is a float; expected text in quotes"),
    ("rate = \"1.0834\"", "rate = \"0.000\"", "fx 1: rate: \"0.000\" is not a rate"),
    ("rate = \"1.0834\"", "rate = \"-1\"", "fx 1: rate: \"-1\" is not a rate"),
    (
        "rate = \"1.0834\"",
        "rate = \"1234567890.1234567890\"",
        "is not a rate; expected a positive decimal of at most 18 digits",
    ),
    ("rate = \"1.0834\"\n", "", "fx 1: rate: is missing"),
    ("[\"33\", \"49\"]", "[\"33\", \"+49\"]", "origin_set 1 (near): prefixes: \"+49\" is not 1 to 15 digits"),
    ("\"holiday\"]", "\"holidays\"]", "time_class 1 (weekend), bands 1: days: \"holidays\" is none of mon, tue"),
    ("to = \"24:00\"", "to = \"24:01\"", "bands 1: to: \"24:01\" is not a time from 00:00 to 24:00"),
    ("from = \"00:00\"", "from = \"24:00\"", "bands 1: from: \"24:00\" is not a time from 00:00 to 23:59"),
    ("from = \"00:00\"", "from = \"7:00\"", "bands 1: from: \"7:00\" is not a time"),
    (
        "direction = \"customer\"",
        "direction = \"ingress\"",
        "deck 1 (base-out): direction: \"ingress\" is none of customer, supplier",
    ),
    ("Europe/Berlin", "Europe/Bonn", "deck 1 (base-out): zone: \"Europe/Bonn\" is not a zone"),
    ("60/1", "60", "deck 1 (base-out): increments: \"60\" is not an increment"),
    ("60/1", "0/0", "deck 1 (base-out): increments: \"0/0\" is not an increment"),
    (
        "effective = \"2026-05-01\"",
        "effective = \"1.5.2026\"",
        "deck 1 (base-out), versions 2: effective: \"1.5.2026\" is not a time",
    ),
    (", mode = \"delta\"", "", "deck 1 (base-out), versions 2: mode: is missing; only the first version"),
    (", effective = \"2026-05-01\"", "", "deck 1 (base-out), versions 2: effective: is missing; only the first"),
    ("\"decks/plain.csv\"", "\"\"", "deck 2 (plain), versions 1: file: is empty"),
    (
        "file = \"decks/plain.csv\"",
        "path = \"decks/plain.csv\"",
        "deck 2 (plain), versions 1: path: is not a key here; expected one of file, mode, effective",
    ),
    (
        "duration_rounding = \"down\"",
        "duration_rounding = \"even\"",
        "plan 1 (retail): duration_rounding: \"even\" is none of up, down, half_up, half_down",
    ),
    ("grace_s = 3", "grace_s = -3", "plan 1 (retail): grace_s: -3 is out of range"),
    ("decimals = 4", "decimals = 7", "plan 1 (retail): decimals: 7 is out of range; expected an integer from 0 to 6"),
    (
        "min_charge = \"0.01\"",
        "min_charge = \"0.0000001\"",
        "plan 1 (retail): min_charge: \"0.0000001\" has more than 6 decimals",
    ),
    ("max_charge = \"100\"", "max_charge = \"-1\"", "plan 1 (retail): max_charge: \"-1\" is negative"),
    ("use_lrn = true", "use_lrn = \"yes\"", "plan 1 (retail): use_lrn: is a string; expected true or false"),
    ("fx_lag_days = 2", "fx_lag_days = 70000", "plan 1 (retail): fx_lag_days: 70000 is out of range"),
    ("fx_lag_days = 2", "fx_lagdays = 2", "plan 1 (retail): fx_lagdays: is not a key here"),
    (
        "kind = \"customer\"",
        "kind = \"client\"",
        "carrier 1 (acme): kind: \"client\" is none of customer, supplier, bilateral",
    ),
    ("billing_model = \"wholesaler\"\n", "", "carrier 1 (acme): billing_model: is missing"),
    ("name = \"acme\"\n", "", "carrier 1: name: is missing"),
    (
        "direction = \"egress\"",
        "direction = \"supplier\"",
        "interconnect 2 (out): direction: \"supplier\" is none of ingress, egress",
    ),
    ("national = \"+1\"", "national = \"+49\"", "interconnect 1 (acme-in): national: \"+49\" is none of \"\", \"+1\""),
    (", add = \"49\"", "", "interconnect 1 (acme-in), translations 1: add: is missing"),
    ("plan = \"retail\"\n", "", "service 1 (acme-premium): plan: is missing; expected plan, or plans"),
    ("plan = \"retail\"\n", "plan = \"retail\"\nplans = []\n", "service 1 (acme-premium): plan: stands beside plans"),
    (
        "to = \"2026-03-01\"",
        "to = \"2026-02-30\"",
        "service 2 (acme-old), plans 1 (retail): to: \"2026-02-30\" is not a time",
    ),
    ("[[service]]", "[[services]]", "services: is not a key here"),
    ("[[carrier]]", "[carrier]", "carrier: is a table; expected an array in brackets"),
];

#[test]
fn every_kind_of_mistake_is_named_with_its_place() {
    for (from, to, said) in BAD {
        assert!(FULL.contains(from), "{from}");
        let text = FULL.replacen(from, to, 1);
        let found = parse(&text).expect_err(to).to_string();
        assert!(found.contains(said), "{to}: {found}");
        assert!(found.starts_with("line "), "{found}");
    }
}

#[test]
fn all_mistakes_are_told_at_once_in_the_order_of_the_text() {
    let text = "base_currency = 1\nnew = 2\n[[carrier]]\nkind = \"x\"\ncurrency = \"EURO\"\n[[plan]]\nname = \"ä\"\ngrace_s = \"3\"\n";
    let found = parse(text).unwrap_err().0;
    let places: Vec<_> = found.iter().map(|x| (x.line, x.column, x.place.as_str(), x.key.as_str())).collect();
    let expected = [
        (1, 17, "", "base_currency"),
        (2, 1, "", "new"),
        (3, 1, "carrier 1", "name"),
        (3, 1, "carrier 1", "billing_model"),
        (4, 8, "carrier 1", "kind"),
        (5, 12, "carrier 1", "currency"),
        (6, 1, "plan 1 (ä)", "decks"),
        (8, 11, "plan 1 (ä)", "grace_s"),
    ];
    assert_eq!(places, expected);
}

#[test]
fn text_that_is_no_toml_is_told_with_line_and_column() {
    let found = parse("base_currency = \"USD\"\n[[plan]]\nname = \"a\"\nname = \"b\"\nx = \n").unwrap_err().0;
    let places: Vec<_> = found.iter().map(|x| (x.line, x.column)).collect();
    assert_eq!(places, [(4, 1), (5, 5)], "{found:?}");
}
