//! What the built-in mappings say, and which mappings are refused.

use super::*;
use didtron_domain::{Increment, Price};

#[test]
fn every_built_in_mapping_is_valid_and_is_called_as_its_file() {
    assert_eq!(builtin_names().next(), Some("plain"));
    for name in builtin_names() {
        let mapping =
            DeckMapping::parse(builtin_text(name).expect("its text")).unwrap_or_else(|e| panic!("{name}: {e}"));
        assert_eq!(mapping.name, name);
        assert!(!mapping.description.is_empty(), "{name}");
        assert_eq!(builtin(name), Some(mapping));
    }
    assert_eq!(builtin("nobody"), None);
    assert!(DeckMapping::automatic().recognises());
}

#[test]
fn reads_every_kind_of_setting() {
    let mapping = DeckMapping::parse(
        r#"
        name = "all"
        mode = "delta"
        optional = ["status"]
        [layout]
        separator = "\t"
        header = 7
        [columns]
        prefix = { letter = "AB" }
        destination = ["Name", "Destination"]
        rate = 4
        status = "Change"
        [prices]
        unit = "0.0001"
        decimal_sign = "comma"
        markup = { percent = "11" }
        [increments]
        zero = "1/1"
        rules = [{ destination = "Brazil", increment = "30/6" }]
        [dates]
        order = "day_first"
        past = "now"
        zone = "Europe/Berlin"
        patterns = ["%d-%b-%Y"]
        [codes]
        hyphen = "country_area"
        "#,
    )
    .expect("a mapping");
    assert_eq!(mapping.columns[&DeckField::Prefix], ColumnRef::Position(28));
    assert_eq!((mapping.layout.header, mapping.mode), (Header::Row(7), Some(VersionMode::Delta)));
    assert_eq!((mapping.prices.unit, mapping.prices.max_price), (Price(100_000), Price(30_000_000_000)));
    assert_eq!(mapping.increments.zero, Increment::new(1, 1));
    assert_eq!(mapping.increments.rules[0].increment, Increment::new(30, 6).expect("legal"));
    assert!(!mapping.recognises());
}

#[test]
fn refuses_contradictions_with_their_line() {
    let columns = "[columns]\nprefix = 1\ndestination = 2\nrate = 3\n";
    let cases = [
        ("name = 'a b'".to_owned(), 1, "is no name"),
        ("name = 'a'\ncolour = 1".to_owned(), 2, "colour"),
        ("name = 'a'\nmode = 'whole'".to_owned(), 2, "full or delta"),
        ("name = 'a'\n[columns]\nprefix = 1".to_owned(), 2, "destination"),
        ("name = 'a'\n[columns]\nprefix = 1\ndestination = 2".to_owned(), 2, "price"),
        ("name = 'a'\n[columns]\nprefix = 0\ndestination = 2\nrate = 3".to_owned(), 3, "column 0"),
        ("name = 'a'\n[columns]\nprefix = 1.5\ndestination = 2\nrate = 3".to_owned(), 3, "a column is"),
        (format!("name = 'a'\noptional = ['status']\n{columns}"), 2, "no column"),
        (format!("name = 'a'\n{columns}[constants]\nrate = '1'"), 6, "no constant"),
        (format!("name = 'a'\n{columns}status = 'join:x'"), 6, "joins none"),
        (format!("name = 'a'\n{columns}group = 'x'\n[layout]\nheader = 'none'"), 6, "positions only"),
        (format!("name = 'a'\n{columns}[prices]\nunit = '0'"), 7, "not above 0"),
        (format!("name = 'a'\n{columns}[increments]\nzero = '0/0'"), 7, "no increment"),
        (format!("name = 'a'\n{columns}[dates]\npatterns = ['%d %H']"), 7, "cannot be used"),
        (format!("name = 'a'\n{columns}[dates]\nzone = 'Mars'"), 7, "time zone"),
        (format!("name = 'a'\n{columns}[[keep]]\ncolumn = 1"), 6, "neither words"),
        (format!("name = 'a'\nform = 'plain'\n{columns}"), 3, "its own columns"),
    ];
    for (text, line, word) in cases {
        let error = DeckMapping::parse(&text).expect_err(&text);
        assert!(error.message.contains(word), "{text}: {error}");
        assert_eq!(error.line, line, "{text}: {error}");
    }
}
