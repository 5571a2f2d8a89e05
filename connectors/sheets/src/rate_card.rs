//! The open rate card ("Interconnect Made Easy", schema version 1): JSON with cards, each a list of fields and rows.

use crate::cell::{Cell, decimal_of};
use crate::grid::{Defaults, Sheet, SheetRow};
use crate::prices;
use didtron_domain::deck::DeckHead;
use didtron_domain::{Instant, Price};
use didtron_schemas::deck_file::Finding;
use didtron_schemas::deck_mapping::DeckMapping;
use jiff::tz::TimeZone;
use serde_json::{Map, Value};

/// What a rate card says.
pub(crate) struct RateCard {
    /// One for each card that is read.
    pub(crate) sheets: Vec<Sheet>,
    /// The zone of its dates, where it names one.
    pub(crate) zone: Option<TimeZone>,
    pub(crate) notes: Vec<String>,
}

/// Whether a text can only be JSON.
pub(crate) fn is_json(text: &str) -> bool {
    text.trim_start().starts_with('{')
}

/// Reads the cards that the mapping names, else the only one.
pub(crate) fn read(text: &str, mapping: &DeckMapping, head: &DeckHead) -> Result<RateCard, Vec<Finding>> {
    let one = |message: String| vec![Finding::of_file(message)];
    let root: Value = serde_json::from_str(text).map_err(|error| one(format!("the rate card is not JSON: {error}")))?;
    let cards = root.get("cards").and_then(Value::as_object).ok_or_else(|| one("the JSON has no cards".to_owned()))?;
    let mut reader = CardReader { root: &root, mapping, head, findings: Vec::new(), notes: Vec::new() };
    let zone = reader.zone();
    let sheets: Vec<Sheet> = reader.chosen(cards).into_iter().map(|(name, card)| reader.card(name, card)).collect();
    if reader.findings.is_empty() { Ok(RateCard { sheets, zone, notes: reader.notes }) } else { Err(reader.findings) }
}

struct CardReader<'a> {
    root: &'a Value,
    mapping: &'a DeckMapping,
    head: &'a DeckHead,
    findings: Vec<Finding>,
    notes: Vec<String>,
}

impl<'a> CardReader<'a> {
    fn find(&mut self, card: Option<&str>, message: String) {
        self.findings.push(Finding { sheet: card.map(str::to_owned), ..Finding::of_file(message) });
    }

    fn zone(&mut self) -> Option<TimeZone> {
        let name = self.root.get("timezone")?.as_str().unwrap_or_default();
        let zone = TimeZone::get(name).ok();
        if zone.is_none() {
            self.find(None, format!("timezone {name:?} is not a zone; an IANA name such as Europe/Berlin is expected"));
        }
        zone
    }

    fn chosen(&mut self, cards: &'a Map<String, Value>) -> Vec<(&'a str, &'a Value)> {
        let wanted = &self.mapping.layout.sheets;
        if wanted.is_empty() && cards.len() != 1 {
            let names = cards.keys().map(String::as_str).collect::<Vec<_>>().join(", ");
            self.find(None, format!("the file has {} cards ({names}); name those to read in a mapping", cards.len()));
            return Vec::new();
        }
        for missing in wanted.iter().filter(|name| !cards.contains_key(*name)) {
            self.find(None, format!("there is no card {missing:?}"));
        }
        let is_wanted = |name: &str| wanted.is_empty() || wanted.iter().any(|known| known == name);
        cards.iter().map(|(name, card)| (name.as_str(), card)).filter(|(name, _)| is_wanted(name)).collect()
    }

    fn card(&mut self, name: &str, card: &Value) -> Sheet {
        self.currency(name, card);
        if let Some(tech_prefix) = card.get("tech_prefix").and_then(Value::as_str) {
            self.notes.push(format!(
                "card {name} is for calls with the tech prefix {tech_prefix}; set it on the interconnect"
            ));
        }
        let header = self.fields(name, card);
        let mut rows = vec![SheetRow::new(0, header)];
        match card.get("rates").and_then(Value::as_array) {
            None => self.find(Some(name), "the card has no list of rates".to_owned()),
            Some(rates) => {
                for (number, rate) in (1..).zip(rates) {
                    let cells = rate.as_array().map(|values| values.iter().map(cell).collect());
                    rows.push(SheetRow::new(number, cells.unwrap_or_default()));
                    if rate.as_array().is_none_or(|values| values.len() != rows[0].cells.len()) {
                        self.find(Some(name), format!("rate {number} does not have one value for each field"));
                    }
                }
            }
        }
        Sheet { name: Some(name.into()), rows, lettered: false, defaults: self.defaults(name, card) }
    }

    fn currency(&mut self, name: &str, card: &Value) {
        let currency = card.get("currency").and_then(Value::as_str);
        match currency {
            Some(code) if code == self.head.currency.as_str() => {}
            Some(code) => {
                self.find(Some(name), format!("the card is in {code} and the deck in {}", self.head.currency))
            }
            None => self.find(Some(name), "the card names no currency".to_owned()),
        }
    }

    fn fields(&mut self, name: &str, card: &Value) -> Vec<Cell> {
        let fields = card.get("fields").and_then(Value::as_array);
        let names: Option<Vec<Cell>> =
            fields.map(|list| list.iter().filter_map(|field| field.get("name")).map(cell).collect());
        names.unwrap_or_else(|| {
            self.find(Some(name), "the card has no list of fields".to_owned());
            Vec::new()
        })
    }

    fn defaults(&mut self, name: &str, card: &Value) -> Defaults {
        let rate = card.get("rate");
        let mut seconds = |key: &str| {
            let value = rate?.get(key).filter(|value| !value.is_null())?;
            let seconds = value.as_u64().and_then(|seconds| u32::try_from(seconds).ok());
            if seconds.is_none() {
                self.find(Some(name), format!("rate.{key} is {value} and no count of seconds"));
            }
            seconds
        };
        Defaults {
            initial_s: seconds("default_initial"),
            next_s: seconds("default_pulse"),
            connect_fee: self.connect_fee(name, rate),
            effective_from: self.instant("effective_date"),
            effective_to: self.instant("expiry_date"),
        }
    }

    fn connect_fee(&mut self, name: &str, rate: Option<&Value>) -> Option<Price> {
        let value = rate?.get("connection").filter(|value| !value.is_null())?;
        match prices::constant_fee(cell(value).text(), &self.mapping.prices) {
            Ok(fee) => Some(fee),
            Err(message) => {
                self.find(Some(name), format!("rate.connection {value} {message}"));
                None
            }
        }
    }

    fn instant(&mut self, key: &str) -> Option<Instant> {
        let text = self.root.get(key).filter(|value| !value.is_null())?.as_str().unwrap_or_default();
        match Instant::parse(text) {
            Ok(at) => Some(at),
            Err(error) => {
                self.find(None, format!("{key}: {error}"));
                None
            }
        }
    }
}

fn cell(value: &Value) -> Cell {
    match value {
        Value::Null => Cell::Empty,
        Value::String(text) => Cell::of_text(text),
        Value::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(whole), _) => Cell::Number(whole.to_string()),
            (None, Some(stored)) => decimal_of(stored),
            (None, None) => Cell::Text(number.to_string()),
        },
        other => Cell::Text(other.to_string()),
    }
}
