//! The code cell: one code, a list, a range, a country code before them; to the prefixes it stands for.

use crate::cell::is_space;
use didtron_domain::DialPrefix;
use didtron_schemas::deck_mapping::{CodeRules, Hyphen};

/// Prefixes that one row may stand for: a longer range is a slip of the keyboard.
pub(crate) const EXPANSION_MAX: usize = 10_000;

/// The prefixes of a row, in the order of the cell.
pub(crate) fn prefixes(
    cell: &str,
    country: &str,
    rules: &CodeRules,
    hyphen: Hyphen,
) -> Result<Vec<DialPrefix>, String> {
    let country = country_code(country, rules, hyphen)?;
    let mut prefixes = Vec::new();
    let mut any = false;
    for part in parts(cell, rules) {
        any = true;
        expand(&part, &country, rules, hyphen, &mut prefixes)?;
    }
    if !any {
        // A row without an area code is for the whole country.
        if country.is_empty() {
            return Err("the row has no code".to_owned());
        }
        prefixes.push(prefix(&country, "", rules)?);
    }
    Ok(prefixes)
}

/// The codes of a list, each without spaces.
pub(crate) fn parts(cell: &str, rules: &CodeRules) -> impl Iterator<Item = String> {
    let parts = cell.split(|c| rules.separators.contains(c));
    parts
        .map(|part| part.chars().filter(|&c| !is_space(c)).map(straight).collect::<String>())
        .filter(|part| !part.is_empty())
}

/// Every kind of dash as a hyphen.
const fn straight(c: char) -> char {
    match c {
        '\u{2010}'..='\u{2015}' | '\u{2212}' => '-',
        c => c,
    }
}

fn country_code(text: &str, rules: &CodeRules, hyphen: Hyphen) -> Result<String, String> {
    let mut parts = parts(text, rules);
    let Some(code) = parts.next() else { return Ok(String::new()) };
    let code = stripped(&code, rules);
    let code = if hyphen == Hyphen::CountryArea { code.replace('-', "") } else { code.to_owned() };
    match parts.next() {
        None if is_digits(&code) => Ok(code),
        _ => Err(format!("{text:?} is not one country code")),
    }
}

fn expand(
    part: &str,
    country: &str,
    rules: &CodeRules,
    hyphen: Hyphen,
    out: &mut Vec<DialPrefix>,
) -> Result<(), String> {
    // Behind a country code a front of zeros belongs to the area.
    let code = if country.is_empty() { stripped(part, rules) } else { part };
    let code = whole(code);
    if !code.contains('-') {
        out.push(prefix(country, code, rules)?);
        return Ok(());
    }
    match hyphen {
        Hyphen::Refuse => Err(format!("{part:?} has a hyphen, which the mapping refuses")),
        Hyphen::CountryArea => {
            out.push(prefix(country, &code.replace('-', ""), rules)?);
            Ok(())
        }
        Hyphen::Range => {
            for code in range(code)? {
                if out.len() == EXPANSION_MAX {
                    return Err(format!("the row stands for more than {EXPANSION_MAX} codes; split it"));
                }
                out.push(prefix(country, &code, rules)?);
            }
            Ok(())
        }
    }
}

fn stripped<'a>(code: &'a str, rules: &CodeRules) -> &'a str {
    rules.strip.iter().find_map(|front| code.strip_prefix(front.as_str())).unwrap_or(code)
}

/// `93.0` is 93: spreadsheets show whole numbers so.
fn whole(code: &str) -> &str {
    match code.split_once('.') {
        Some((whole, zeros)) if !zeros.is_empty() && zeros.bytes().all(|byte| byte == b'0') => whole,
        _ => code,
    }
}

/// The numbers of `first-last`, both ends included and equally long, with their leading zeros.
fn range(code: &str) -> Result<impl Iterator<Item = String>, String> {
    let wrong =
        || format!("{code:?} is not a range: two ends with the same number of digits, the lesser first, are expected");
    let (first, last) = code.split_once('-').ok_or_else(wrong)?;
    let (length, fits) = (first.len(), first.len() == last.len() && is_digits(first) && is_digits(last));
    if !fits || length > 15 || first > last {
        return Err(wrong());
    }
    let number = |digits: &str| digits.parse::<u64>().map_err(|_| wrong());
    Ok((number(first)?..=number(last)?).map(move |value| format!("{value:0length$}")))
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn prefix(country: &str, code: &str, rules: &CodeRules) -> Result<DialPrefix, String> {
    let digits = format!("{country}{code}");
    let front = if digits.starts_with(&rules.prepend) { "" } else { rules.prepend.as_str() };
    DialPrefix::parse(&format!("{front}{digits}")).ok_or_else(|| {
        let rounded = code.contains(['e', 'E']) && code.bytes().any(|byte| byte.is_ascii_digit());
        match rounded {
            true => format!("{code:?} is a number that a spreadsheet has rounded; send the column as text"),
            false => format!("{code:?} is not a code: 1 to 15 digits that do not begin with 0 are expected"),
        }
    })
}

/// What a hyphenated code can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HyphenSign {
    /// A range and nothing else.
    Range,
    /// A country code and an area code and nothing else.
    Area,
    /// Either.
    Either,
}

/// What the first hyphen of a code can mean; `None` where it has none, or makes no sense either way.
pub(crate) fn hyphen_sign(part: &str, has_country: bool, rules: &CodeRules) -> Option<HyphenSign> {
    let code = if has_country { part } else { stripped(part, rules) };
    let (first, last) = code.split_once('-')?;
    let ranges = is_digits(last) && first.len() == last.len() && is_digits(first) && first <= last;
    let joins = !has_country && is_digits(first) && calling_code_length(first) == first.len();
    match (ranges, joins) {
        (true, false) => Some(HyphenSign::Range),
        (false, true) => Some(HyphenSign::Area),
        (true, true) => Some(HyphenSign::Either),
        (false, false) => None,
    }
}

/// How many digits the E.164 country code at the front of a number has (ITU-T E.164 list of assigned codes).
pub(crate) fn calling_code_length(digits: &str) -> usize {
    const TWO: [&str; 44] = [
        "20", "27", "30", "31", "32", "33", "34", "36", "39", "40", "41", "43", "44", "45", "46", "47", "48", "49",
        "51", "52", "53", "54", "55", "56", "57", "58", "60", "61", "62", "63", "64", "65", "66", "81", "82", "84",
        "86", "90", "91", "92", "93", "94", "95", "98",
    ];
    match digits.as_bytes() {
        [b'1' | b'7', ..] => 1,
        _ if digits.get(..2).is_some_and(|front| TWO.contains(&front)) => 2,
        _ => 3,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn shown(cell: &str, country: &str, hyphen: Hyphen) -> String {
        match prefixes(cell, country, &CodeRules::default(), hyphen) {
            Ok(found) => found.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "),
            Err(message) => format!("! {message}"),
        }
    }

    #[test]
    fn reads_codes_as_suppliers_write_them() {
        use Hyphen::{CountryArea, Range, Refuse};
        let cases = [
            ("49152, 49162, 49172-49174", "", Range, "49152 49162 49172 49173 49174"),
            ("1201;1202", "", Range, "1201 1202"),
            ("336 07, 336\u{a0}08", "", Range, "33607 33608"),
            ("+521", "", Range, "521"),
            ("0049 30", "", Range, "4930"),
            ("93.0", "", Range, "93"),
            ("6, 7", "34", Range, "346 347"),
            ("", "+34", Range, "34"),
            ("06", "39", Range, "3906"),
            ("08\u{2013}10", "49", Range, "4908 4909 4910"),
            ("93-76", "", CountryArea, "9376"),
            ("1-246-230", "", CountryArea, "1246230"),
            ("", "1-246", CountryArea, "1246"),
            ("\n49152\n49153\n", "", Refuse, "49152 49153"),
        ];
        for (cell, country, hyphen, expected) in cases {
            assert_eq!(shown(cell, country, hyphen), expected, "{cell:?} {country:?}");
        }
        let refused = [
            ("", "", Range, "no code"),
            ("93-76", "", Range, "not a range"),
            ("49172-4", "", Range, "not a range"),
            ("49-50", "", Refuse, "refuses"),
            ("9.37E+3", "", Range, "rounded"),
            ("*1003", "", Range, "not a code"),
            ("011 44", "", Range, "not a code"),
            ("93.7", "", Range, "not a code"),
            ("1234567890123456", "", Range, "not a code"),
            ("10000-30000", "", Range, "more than 10000"),
            ("1", "34; 35", Range, "not one country code"),
        ];
        for (cell, country, hyphen, word) in refused {
            let shown = shown(cell, country, hyphen);
            assert!(shown.starts_with('!') && shown.contains(word), "{cell:?}: {shown}");
        }
        let american = CodeRules { prepend: "1".to_owned(), ..CodeRules::default() };
        assert_eq!(prefixes("201555", "", &american, Refuse), prefixes("1201555", "", &american, Refuse));
    }

    proptest! {
        #[test]
        fn a_range_is_its_numbers_one_by_one(first in 1u64..99_999, more in 0u64..300, country in "[1-9][0-9]{0,2}") {
            let last = first + more;
            prop_assume!(first.to_string().len() == last.to_string().len());
            let naive: Vec<String> = (first..=last).map(|number| number.to_string()).collect();
            prop_assert_eq!(shown(&format!("{first}-{last}"), "", Hyphen::Range), naive.join(" "));
            let naive: Vec<String> = (first..=last).map(|number| format!("{country}{number}")).collect();
            prop_assert_eq!(shown(&format!("{first} - {last}"), &country, Hyphen::Range), naive.join(" "));
        }
    }
}
