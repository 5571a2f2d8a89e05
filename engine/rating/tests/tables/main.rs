//! Whole calls through small catalogs, as text tables that anyone in billing could read: `fixtures/*.txt`.
//!
//! A fixture has sections, each a line at the margin with its body indented below: `catalog` (as in `catalog.toml`),
//! `deck NAME` (as a plain deck file), and `calls WORDS`, where the words are what is shown of each side. A call is
//! `key=value` words, then `->` and what is expected: each side's words, or the reason and the side that was rejected.
//! A line `with` gives what the calls below it have in common; `times` rates a call so often and sums the charges.

mod fixture;

use didtron_rating::Step;
use fixture::Fixture;

fn check(text: &str) {
    let fixture = Fixture::read(text);
    for call in &fixture.calls {
        let found = fixture.shown(call);
        assert_eq!(found, call.expected, "line {}: {}\n{:#?}", call.line, call.text, fixture.explain(call));
    }
}

/// rating.md section 3 and the table of R4, to the last digit.
#[test]
fn worked_examples() {
    check(include_str!("fixtures/worked_examples.txt"));
}

/// R9: which service and which number, clean ones too.
#[test]
fn services_and_numbers() {
    check(include_str!("fixtures/services_and_numbers.txt"));
}

#[test]
fn an_explanation_says_what_a_clean_number_skips() {
    let fixture = Fixture::read(include_str!("fixtures/services_and_numbers.txt"));
    let told = |words: &str| {
        let explanation = fixture.explain(&fixture.call(words));
        let of_r9 = |step: &&Step| step.rule == "R9";
        explanation.customer.iter().filter(of_r9).map(|step| step.text.clone()).collect::<Vec<_>>()
    };
    assert_eq!(
        told("ingress=in called=55#+4930123"),
        [
            "number \"55#+4930123\" as received begins with tech prefix 55#: service premium, in force always",
            "number 4930123 from \"55#+4930123\": tech prefix 55# taken off, international prefix + taken off",
        ]
    );
    assert_eq!(
        told("ingress=one called=+4930123 clean=yes"),
        [
            "number \"+4930123\" is clean by the mapping, so no tech prefix is asked for: service one, in force always",
            "number 4930123 from \"+4930123\": international prefix + taken off",
        ]
    );
}
