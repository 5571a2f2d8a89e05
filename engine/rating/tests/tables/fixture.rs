//! Reads a fixture, rates its calls and shows what came of them.

use didtron_domain::deck::DeckVersion;
use didtron_domain::{Amount, CallRecord, E164, Instant, NameId, RatedCall, RatedSide, Rejection};
use didtron_rate_tables::DeckTable;
use didtron_rating::{Catalog, Explanation};
use didtron_schemas::{catalog_file, deck_file};
use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;

pub struct Fixture {
    catalog: Catalog,
    names: Names,
    pub calls: Vec<Call>,
}

/// A call of a table, or any other.
#[derive(Debug, Default)]
pub struct Call {
    pub line: usize,
    pub text: String,
    /// In the fixture's spacing.
    pub expected: String,
    shows: Vec<String>,
    words: HashMap<String, String>,
}

/// Names as the books would number them.
#[derive(Default)]
struct Names(RefCell<Vec<String>>);

impl Names {
    fn id(&self, name: &str) -> NameId {
        let names = &mut *self.0.borrow_mut();
        let at = names.iter().position(|known| known == name).unwrap_or_else(|| {
            names.push(name.to_owned());
            names.len() - 1
        });
        NameId(u32::try_from(at).expect("few names"))
    }
}

/// The head of a section and its body, each line with its number.
type Section<'a> = (&'a str, Vec<(usize, &'a str)>);

fn sections(text: &str) -> Vec<Section<'_>> {
    let mut sections: Vec<Section<'_>> = Vec::new();
    for (number, line) in (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty() && !line.starts_with('#'))
    {
        match (line.strip_prefix("  "), sections.last_mut()) {
            (None, _) => sections.push((line, Vec::new())),
            (Some(body), Some(section)) => section.1.push((number, body.trim())),
            (Some(_), None) => panic!("line {number} belongs to no section"),
        }
    }
    sections
}

fn whole(body: &[(usize, &str)]) -> String {
    body.iter().map(|(_, line)| format!("{line}\n")).collect()
}

impl Fixture {
    pub fn read(text: &str) -> Self {
        let (mut spec, mut tables, mut calls) = (None, HashMap::new(), Vec::new());
        for (head, body) in sections(text) {
            match head.split_once(' ').unwrap_or((head, "")) {
                ("catalog", _) => spec = Some(catalog_file::parse(&whole(&body)).expect("a catalog").spec),
                ("deck", name) => {
                    let spec: &didtron_domain::catalog::CatalogSpec = spec.as_ref().expect("the catalog comes first");
                    let head = &spec.decks.iter().find(|deck| deck.head.name == name).expect("a deck").head;
                    let rows = deck_file::read(whole(&body).as_bytes(), head).expect("a plain deck");
                    let version = DeckVersion { number: 1, mode: Default::default(), effective: None, rows };
                    tables.insert(name, Arc::new(DeckTable::compile(head, &[version]).expect("a legal deck")));
                }
                ("calls", shows) => calls.extend(read_calls(shows, &body)),
                (other, _) => panic!("{other} is no section"),
            }
        }
        let names = Names::default();
        let spec = spec.expect("a catalog");
        let catalog = Catalog::compile(1, &spec, &|name| tables.get(name).cloned(), &|name| names.id(name));
        Self { catalog: catalog.unwrap_or_else(|findings| panic!("{findings:#?}")), names, calls }
    }

    /// A call that is in no table.
    pub fn call(&self, words: &str) -> Call {
        let mut common = self.calls.first().expect("a table").words.clone();
        common.extend(read_words(words));
        Call { words: common, ..Call::default() }
    }

    pub fn explain(&self, call: &Call) -> Explanation {
        self.catalog.explain(&call.record())
    }

    /// What comes of a call, in the words of its table.
    pub fn shown(&self, call: &Call) -> String {
        let outcome = self.catalog.rate(&call.record());
        assert_eq!(self.explain(call).outcome, outcome, "an explanation rates what it explains");
        let times = call.word("times").map_or(1, |times| times.parse().expect("a count"));
        match outcome {
            Ok(RatedCall { customer, supplier }) => {
                let sides = [customer, supplier].into_iter().flatten();
                sides.map(|side| self.shown_side(call, &side, times)).collect::<Vec<_>>().join(" | ")
            }
            Err(Rejection { reason, side, .. }) => [Some(reason.as_str()), side.map(|side| side.as_str())]
                .into_iter()
                .flatten()
                .collect::<Vec<_>>()
                .join(" "),
        }
    }

    fn shown_side(&self, call: &Call, side: &RatedSide, times: i64) -> String {
        let or_dash = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
        let number = |number: Option<E164>| or_dash(number.map(|number| number.to_string()));
        let name = |id: Option<NameId>| or_dash(id.map(|id| self.names.0.borrow()[id.0 as usize].clone()));
        let word = |word: &String| match word.as_str() {
            "service" => name(side.service),
            "number" => number(side.number),
            "looked_up" => number(side.looked_up),
            "prefix" => or_dash(side.prefix().map(|prefix| prefix.to_string())),
            "seconds" => side.whole_s.to_string(),
            "billed" => side.billed_s.to_string(),
            "charge" => decimal((0..times).map(|_| side.charge.0).sum()),
            other => panic!("{other} is not shown"),
        };
        call.shows.iter().map(word).collect::<Vec<_>>().join(" ")
    }
}

/// Without zeros at the end.
fn decimal(micros: i64) -> String {
    let text = Amount(micros).to_string();
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn read_words(text: &str) -> HashMap<String, String> {
    let word = |word: &str| {
        let (key, value) = word.split_once('=').unwrap_or_else(|| panic!("{word} is not key=value"));
        (key.to_owned(), value.to_owned())
    };
    text.split_whitespace().map(word).collect()
}

fn read_calls(shows: &str, body: &[(usize, &str)]) -> Vec<Call> {
    let mut common = HashMap::new();
    let mut calls = Vec::new();
    for (line, text) in body {
        if let Some(words) = text.strip_prefix("with ") {
            common.extend(read_words(words));
            continue;
        }
        let (words, expected) = text.split_once("->").unwrap_or_else(|| panic!("line {line} expects nothing"));
        let mut all = common.clone();
        all.extend(read_words(words));
        calls.push(Call {
            line: *line,
            text: (*text).to_owned(),
            expected: expected.split_whitespace().collect::<Vec<_>>().join(" "),
            shows: shows.split_whitespace().map(str::to_owned).collect(),
            words: all,
        });
    }
    calls
}

impl Call {
    fn word(&self, key: &str) -> Option<&str> {
        self.words.get(key).map(String::as_str)
    }

    fn text_of(&self, key: &str) -> &str {
        self.word(key).unwrap_or("")
    }

    fn record(&self) -> CallRecord<'_> {
        let answer = Instant::parse(self.text_of("answer")).expect("an answer");
        CallRecord {
            source: "plain",
            call_id: "c",
            start: answer,
            answer,
            duration_ms: milliseconds(self.text_of("s")),
            marked_answered: true,
            clean: self.word("clean") == Some("yes"),
            ingress: self.text_of("ingress"),
            egress: self.text_of("egress"),
            caller: self.text_of("caller"),
            called: self.text_of("called"),
            called_egress: self.text_of("called_egress"),
            lrn: self.text_of("lrn"),
            ..CallRecord::PLACEHOLDER
        }
    }
}

/// Seconds with at most three decimals.
fn milliseconds(text: &str) -> u64 {
    let (whole, rest) = text.split_once('.').unwrap_or((text, ""));
    format!("{whole}{rest:0<3}").parse().expect("seconds")
}
