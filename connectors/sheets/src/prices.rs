//! The price cell: which decimal sign it proves, and its exact value in nano-units.

use crate::cell::{Cell, is_space};
use didtron_domain::{Price, RoundingMode, round_ratio};
use didtron_schemas::deck_mapping::{DecimalSign, Markup, PriceRules};

const UNIT: i128 = 1_000_000_000;

/// What the decimal sign of one price can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SignProof {
    Point,
    Comma,
    /// A point that may separate thousands.
    PointOrGroups,
    /// A comma that may separate thousands.
    CommaOrGroups,
}

/// What a price tells of the decimal sign; `None` where it tells nothing.
pub(crate) fn proof(cell: &Cell, affixes: &[String]) -> Option<SignProof> {
    let Cell::Text(text) = cell else { return None };
    let text = bare(text, affixes).trim_start_matches(['-', '+']);
    if !text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.' || byte == b',') {
        return None;
    }
    let (comma, (whole, places)) = match (text.split_once('.'), text.split_once(',')) {
        (Some(parts), None) => (false, parts),
        (None, Some(parts)) => (true, parts),
        _ => return None,
    };
    // Thousands stand in threes behind one to three digits, the first of which is not 0.
    let groups = places.split(if comma { ',' } else { '.' });
    let threes = groups.clone().all(|group| group.len() == 3);
    let may_group = (1..=3).contains(&whole.len()) && !whole.starts_with('0') && threes;
    if groups.count() > 1 && !may_group {
        return None;
    }
    Some(match (comma, may_group) {
        (false, false) => SignProof::Point,
        (false, true) => SignProof::PointOrGroups,
        (true, false) => SignProof::Comma,
        (true, true) => SignProof::CommaOrGroups,
    })
}

/// The text without the mapping's affixes and the spaces around it.
fn bare<'a>(text: &'a str, affixes: &[String]) -> &'a str {
    let mut text = text.trim_matches(is_space);
    for affix in affixes {
        text = text.strip_prefix(affix.as_str()).unwrap_or(text).trim_start_matches(is_space);
        text = text.strip_suffix(affix.as_str()).unwrap_or(text).trim_end_matches(is_space);
    }
    text
}

/// A price per minute in units of the currency.
pub(crate) fn per_minute(cell: &Cell, sign: DecimalSign, rules: &PriceRules) -> Result<Price, String> {
    let price = figure(cell, sign, rules, rules.unit)?;
    let price = match rules.markup {
        None => price,
        Some(markup) => marked_up(price, markup).ok_or("is out of range")?,
    };
    bounded(price, rules.max_price)
}

/// A fee in units of the currency.
pub(crate) fn fee(cell: &Cell, sign: DecimalSign, rules: &PriceRules) -> Result<Price, String> {
    bounded(figure(cell, sign, rules, rules.fee_unit)?, rules.max_price)
}

/// A fee that the mapping itself or a rate card gives.
pub(crate) fn constant_fee(text: &str, rules: &PriceRules) -> Result<Price, String> {
    bounded(Price::parse(text).map_err(|error| error.to_string())?, rules.max_price)
}

fn figure(cell: &Cell, sign: DecimalSign, rules: &PriceRules, unit: Price) -> Result<Price, String> {
    let value = match cell {
        Cell::Number(text) => Price::parse(text),
        cell => {
            let text = bare(cell.text(), &rules.affixes);
            match sign {
                DecimalSign::Point if text.contains(',') => {
                    return Err("has a comma, and the decimal sign of the sheet is a point".to_owned());
                }
                DecimalSign::Comma if text.contains('.') => {
                    return Err("has a point, and the decimal sign of the sheet is a comma".to_owned());
                }
                DecimalSign::Point => Price::parse(text),
                DecimalSign::Comma => Price::parse(&text.replacen(',', ".", 1)),
            }
        }
    };
    let Price(nano) = value.map_err(|error| error.to_string())?;
    let scaled = i128::from(nano) * i128::from(unit.0);
    if scaled % UNIT != 0 {
        return Err(format!("has more than {} decimals", Price::DECIMALS));
    }
    i64::try_from(scaled / UNIT).map(Price).map_err(|_| "is out of range".to_owned())
}

fn bounded(price: Price, max: Price) -> Result<Price, String> {
    if price < Price(0) {
        Err("is negative; a price is 0 or more".to_owned())
    } else if price > max {
        Err(format!("is above the highest price allowed, {max}; a mapping's max_price changes that"))
    } else {
        Ok(price)
    }
}

/// `price` with a percentage on top, rounded up, so that a margin is never below what was asked for.
fn marked_up(price: Price, markup: Markup) -> Option<Price> {
    let exact = i128::from(price.0) * (100 * UNIT + i128::from(markup.percent.0));
    let place = 10i128.pow(u32::from(Price::DECIMALS - markup.decimals));
    let rounded = round_ratio(exact, 100 * UNIT * place, RoundingMode::Up) * place;
    i64::try_from(rounded).ok().map(Price)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Cell {
        Cell::Text(text.to_owned())
    }

    #[test]
    fn knows_which_signs_prove_themselves() {
        let cases = [
            ("0.0495", Some(SignProof::Point)),
            ("0,0495", Some(SignProof::Comma)),
            ("12.34", Some(SignProof::Point)),
            ("1.234", Some(SignProof::PointOrGroups)),
            ("1,234", Some(SignProof::CommaOrGroups)),
            ("0.123", Some(SignProof::Point)),
            ("1.234.567", Some(SignProof::PointOrGroups)),
            ("1234.567", Some(SignProof::Point)),
            ("1,234.5", None),
            ("Closed", None),
            ("12", None),
            ("-1,5", Some(SignProof::Comma)),
        ];
        for (price, expected) in cases {
            assert_eq!(proof(&text(price), &[]), expected, "{price}");
        }
        assert_eq!(proof(&text("USD 0,05"), &["USD".to_owned()]), Some(SignProof::Comma));
        assert_eq!(proof(&Cell::Number("1.234".to_owned()), &[]), None, "a number has no sign to doubt");
    }

    #[test]
    fn reads_prices_exactly_or_not_at_all() {
        use DecimalSign::{Comma, Point};
        let rules = PriceRules::default();
        let shown = |cell: &Cell, sign, rules: &PriceRules| match per_minute(cell, sign, rules) {
            Ok(price) => price.to_string(),
            Err(message) => message,
        };
        assert_eq!(shown(&text("0,0120"), Comma, &rules), "0.012");
        assert_eq!(shown(&text("1.234"), Point, &rules), "1.234");
        assert_eq!(shown(&Cell::Number("0.05".to_owned()), Comma, &rules), "0.05");
        for (price, sign, word) in [
            ("1,234.5", Point, "comma"),
            ("1.234,5", Comma, "point"),
            ("-0.1", Point, "negative"),
            ("30.01", Point, "above"),
            ("0.0000000001", Point, "more than 9"),
            ("1e-3", Point, "decimal number"),
            ("0,1,2", Comma, "decimal number"),
            ("$0.1", Point, "decimal number"),
            ("", Point, "decimal number"),
        ] {
            assert!(shown(&text(price), sign, &rules).contains(word), "{price}");
        }
        let small = PriceRules { unit: Price(100_000), affixes: vec!["$".to_owned()], ..PriceRules::default() };
        assert_eq!(shown(&text("$ 2778"), Point, &small), "0.2778");
        assert!(shown(&text("0.000001"), Point, &small).contains("more than 9"));
        assert!(shown(&text("300001"), Point, &small).contains("above"));
        let dearer = |decimals| PriceRules {
            markup: Some(Markup { percent: Price(11 * 1_000_000_000), decimals }),
            ..PriceRules::default()
        };
        assert_eq!(shown(&text("0.0415"), Point, &dearer(9)), "0.046065");
        assert_eq!(shown(&text("0.0415"), Point, &dearer(4)), "0.0461");
        assert_eq!(shown(&text("0.1"), Point, &dearer(6)), "0.111");
    }
}
