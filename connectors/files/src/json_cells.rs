//! A line of JSON into the cells of the keys that a mapping names. Numbers keep the digits they were written with.

use crate::cells::{Cells, Row};
use crate::fault::Fault;
use serde::de::IgnoredAny;
use std::borrow::Cow;

impl Cells {
    /// The values of `keys` in their order; empty where the object has none or null.
    pub(crate) fn split_json<'a>(&'a mut self, text: &str, keys: &[String]) -> Result<Row<'a>, Fault> {
        serde_json::from_str::<IgnoredAny>(text)
            .map_err(|error| Fault::whole(format!("the line is not one JSON value: {error}")))?;
        let mut values = vec![None; keys.len()];
        for (key, value) in Members::of(text.trim_ascii())? {
            let key = string(key);
            let Some(at) = keys.iter().position(|known| *known == key) else { continue };
            if values[at].replace(value).is_some() {
                return Err(Fault::whole(format!("the key {key:?} is there twice")));
            }
        }
        self.clear();
        for (key, value) in keys.iter().zip(values) {
            let begin = self.unescaped.len();
            self.unescaped.push_str(&cell(key, value.unwrap_or("null"))?);
            self.bounds.push((begin, self.unescaped.len()));
        }
        Ok(Row::bounded(&self.unescaped, &self.bounds))
    }
}

/// The members of an object's top level, in text that is valid JSON.
pub(crate) struct Members<'t> {
    rest: &'t str,
}

impl<'t> Members<'t> {
    pub(crate) fn of(text: &'t str) -> Result<Self, Fault> {
        match text.strip_prefix('{').and_then(|inside| inside.strip_suffix('}')) {
            Some(rest) => Ok(Self { rest }),
            None => Err(Fault::whole("the line is not a JSON object".to_owned())),
        }
    }

    fn value(&mut self) -> &'t str {
        self.rest = self.rest.trim_ascii_start();
        let (value, rest) = self.rest.split_at(value_length(self.rest.as_bytes()));
        self.rest = rest.trim_ascii_start();
        value
    }
}

impl<'t> Iterator for Members<'t> {
    type Item = (&'t str, &'t str);

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.trim_ascii_start().is_empty() {
            return None;
        }
        let key = self.value();
        self.rest = self.rest.strip_prefix(':').unwrap_or(self.rest);
        let value = self.value();
        self.rest = self.rest.strip_prefix(',').unwrap_or(self.rest);
        Some((key, value))
    }
}

/// How long the value is that begins here, in text that is valid JSON.
fn value_length(text: &[u8]) -> usize {
    let (mut depth, mut in_string, mut escaped) = (0u32, false, false);
    for (at, &byte) in text.iter().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => {
                in_string = !in_string;
                if !in_string && depth == 0 {
                    return at + 1;
                }
            }
            _ if in_string => {}
            b'{' | b'[' => depth += 1,
            b'}' | b']' => {
                depth -= 1;
                if depth == 0 {
                    return at + 1;
                }
            }
            b',' | b':' | b' ' | b'\t' | b'\r' if depth == 0 => return at,
            _ => {}
        }
    }
    text.len()
}

fn string(literal: &str) -> Cow<'_, str> {
    let plain = literal.trim_matches('"');
    if !literal.contains('\\') {
        return Cow::Borrowed(plain);
    }
    Cow::Owned(serde_json::from_str(literal).expect("the whole line was valid JSON, so each string in it is"))
}

fn cell<'t>(key: &str, value: &'t str) -> Result<Cow<'t, str>, Fault> {
    match value.as_bytes().first() {
        Some(b'"') => Ok(string(value)),
        Some(b'{' | b'[') => Err(Fault::at_column(key, value, "is no text, number or truth value")),
        _ if value == "null" => Ok(Cow::Borrowed("")),
        Some(b'-' | b'0'..=b'9') if value.contains(['e', 'E']) => written_out(value)
            .map(Cow::Owned)
            .ok_or_else(|| Fault::at_column(key, value, "has an exponent beyond what can be written out")),
        _ => Ok(Cow::Borrowed(value)),
    }
}

/// A number with an exponent as decimal text: `1.5e-3` is `0.0015`.
fn written_out(number: &str) -> Option<String> {
    const EXPONENT_MAX: i32 = 30;
    let (mantissa, exponent) = number.split_once(['e', 'E'])?;
    let exponent: i32 = exponent.parse().ok().filter(|e: &i32| e.abs() <= EXPONENT_MAX)?;
    let (sign, mantissa) = mantissa.strip_prefix('-').map_or(("", mantissa), |rest| ("-", rest));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let point = whole.len() as i32 + exponent;
    let pad = |count: i32| "0".repeat(count.max(0) as usize);
    let digits = format!("{}{whole}{fraction}{}", pad(1 - point), pad(point - (whole.len() + fraction.len()) as i32));
    let (before, after) = digits.split_at(point.max(1) as usize);
    Some(if after.is_empty() { format!("{sign}{before}") } else { format!("{sign}{before}.{after}") })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<String>, String> {
        let keys = ["a", "b", "q\"k"].map(str::to_owned);
        let mut cells = Cells::default();
        let row = cells.split_json(text, &keys).map_err(|fault| fault.to_string())?;
        Ok((0..row.len()).map(|at| row.cell(at).to_owned()).collect())
    }

    #[test]
    fn keys_of_the_top_level_are_cells() {
        let table = [
            (r#"{"a":"x","b":1.10}"#, ["x", "1.10", ""]),
            (r#" { "b" : true , "z" : {"a":"no","c":[1,{"b":2}]} , "a" : null } "#, ["", "true", ""]),
            (r#"{"a":"\u00e9\"},{","q\"k":"-3","b":""}"#, ["é\"},{", "", "-3"]),
            (r#"{"a":1e-05,"b":-1.25E3}"#, ["0.00001", "-1250", ""]),
            (r#"{"a":12.345e1,"b":1.5e0}"#, ["123.45", "1.5", ""]),
            ("{}", ["", "", ""]),
        ];
        for (text, expected) in table {
            assert_eq!(read(text).unwrap(), expected, "{text}");
        }
    }

    #[test]
    fn what_is_no_record_is_refused() {
        let table = [
            ("[1]", "not a JSON object"),
            ("{\"a\":1", "not one JSON value"),
            ("{\"a\":1} {}", "not one JSON value"),
            ("{\"a\":1,\"a\":2}", "twice"),
            ("{\"a\":[1]}", "is no text"),
            ("{\"a\":1e99}", "exponent"),
        ];
        for (text, message) in table {
            assert!(read(text).unwrap_err().contains(message), "{text}");
        }
    }
}
