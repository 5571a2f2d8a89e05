//! What the naive reading needs of `catalog.toml`.

use std::collections::HashMap;
use std::fs;
use std::path::Path;
use toml::{Table, Value};

pub(crate) struct Catalog {
    pub(crate) decks: HashMap<String, Deck>,
    pub(crate) trunks: HashMap<String, Trunk>,
    /// Days with quotes, by currency.
    pub(crate) quotes: HashMap<String, Vec<String>>,
}

/// The versions of a deck, each with its rows by prefix.
pub(crate) struct Deck {
    pub(crate) direction: String,
    pub(crate) versions: Vec<HashMap<String, Row>>,
}

#[derive(Clone)]
pub(crate) struct Row {
    pub(crate) from: String,
    pub(crate) to: String,
    pub(crate) status: String,
    pub(crate) rate: String,
}

/// An interconnect with its carrier's currency.
pub(crate) struct Trunk {
    pub(crate) direction: String,
    pub(crate) currency: String,
    pub(crate) exits: Vec<String>,
    pub(crate) is_national: bool,
    pub(crate) services: Vec<Service>,
}

pub(crate) struct Service {
    pub(crate) tech_prefix: String,
    /// Decks, highest first, with the begin and end of their plan.
    pub(crate) plans: Vec<(String, String, Vec<String>)>,
}

const ALWAYS: &str = "0000-00-00T00:00:00";
const NEVER: &str = "9999-00-00T00:00:00";

impl Catalog {
    pub(crate) fn read(folder: &Path) -> Self {
        let text = fs::read_to_string(folder.join("catalog.toml")).expect("a catalog");
        assert!(text.contains("holidays = ["));
        let table: Table = text.parse().expect("TOML");
        let decks = items(&table, "deck").map(|deck| (text_of(deck, "name"), Deck::read(folder, deck))).collect();
        let trunks = items(&table, "interconnect").map(|own| (text_of(own, "name"), Trunk::read(&table, own)));
        let mut quotes: HashMap<String, Vec<String>> = HashMap::new();
        for quote in items(&table, "fx") {
            assert_eq!(text_of(quote, "to"), "USD");
            quotes.entry(text_of(quote, "from")).or_default().push(text_of(quote, "day"));
        }
        Self { decks, trunks: trunks.collect(), quotes }
    }
}

impl Deck {
    fn read(folder: &Path, deck: &Value) -> Self {
        let versions = deck["versions"].as_array().expect("versions").iter();
        let read = |version: &Value| {
            let effective = instant(version["effective"].as_str().expect("an effective time"));
            rows(&folder.join(version["file"].as_str().expect("a file")), &effective)
        };
        Self { direction: text_of(deck, "direction"), versions: versions.map(read).collect() }
    }
}

/// The rows of a deck file; two of a prefix are a mistake.
fn rows(path: &Path, effective: &str) -> HashMap<String, Row> {
    let mut reader = csv::Reader::from_path(path).expect("a deck file");
    let mut rows = HashMap::new();
    for record in reader.deserialize() {
        let record: HashMap<String, String> = record.expect("a row");
        let or = |column: &str, absent: &str| match record[column].as_str() {
            "" => absent.to_owned(),
            text => instant(text),
        };
        let row = Row {
            from: or("effective_from", effective),
            to: or("effective_to", NEVER),
            status: record["status"].clone(),
            rate: record["rate_per_min"].clone(),
        };
        assert!(row.status != "open" || !row.rate.is_empty());
        let twice = rows.insert(record["prefix"].clone(), row).is_some();
        assert!(!twice, "{}: {} is there twice", path.display(), record["prefix"]);
    }
    rows
}

impl Trunk {
    fn read(table: &Table, own: &Value) -> Self {
        let (name, carrier) = (text_of(own, "name"), text_of(own, "carrier"));
        let carrier = items(table, "carrier").find(|known| text_of(known, "name") == carrier).expect("its carrier");
        let exits = own.get("international_prefixes").and_then(Value::as_array).map(|exits| strings(exits));
        let services = items(table, "service").filter(|service| text_of(service, "interconnect") == name);
        Self {
            direction: text_of(own, "direction"),
            currency: text_of(carrier, "currency"),
            exits: exits.unwrap_or_else(|| vec!["+".to_owned(), "00".to_owned()]),
            is_national: own.get("national").is_some(),
            services: services.map(|service| Service::read(table, service)).collect(),
        }
    }
}

impl Service {
    fn read(table: &Table, own: &Value) -> Self {
        let decks_of = |name: &str| {
            let plan = items(table, "plan").find(|plan| text_of(plan, "name") == name).expect("its plan");
            strings(plan["decks"].as_array().expect("decks"))
        };
        let bound = |span: &Value, key, absent: &str| {
            span.get(key).and_then(Value::as_str).map_or_else(|| absent.to_owned(), instant)
        };
        let plans = match own.get("plan").and_then(Value::as_str) {
            Some(plan) => vec![(ALWAYS.to_owned(), NEVER.to_owned(), decks_of(plan))],
            None => own["plans"]
                .as_array()
                .expect("plans")
                .iter()
                .map(|span| (bound(span, "from", ALWAYS), bound(span, "to", NEVER), decks_of(&text_of(span, "name"))))
                .collect(),
        };
        Self { tech_prefix: own.get("tech_prefix").map_or(String::new(), |_| text_of(own, "tech_prefix")), plans }
    }
}

/// To the whole second, so that texts sort as the instants do; the zones of the world's dates are all UTC then.
pub(crate) fn instant(text: &str) -> String {
    if text.len() == 10 { format!("{text}T00:00:00") } else { text[..19].to_owned() }
}

fn items<'a>(table: &'a Table, key: &str) -> impl Iterator<Item = &'a Value> {
    table[key].as_array().expect("an array of tables").iter()
}

fn text_of(value: &Value, key: &str) -> String {
    value[key].as_str().expect("a text").to_owned()
}

fn strings(values: &[Value]) -> Vec<String> {
    values.iter().map(|value| value.as_str().expect("a text").to_owned()).collect()
}
