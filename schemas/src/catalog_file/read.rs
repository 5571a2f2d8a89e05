//! Walks a TOML document table by table and collects everything that is wrong, with line and column.

use super::Finding;
use std::cell::RefCell;
use std::ops::{Range, RangeInclusive};
use toml::Spanned;
use toml::de::{DeTable, DeValue, Error};

/// The text, and what was found wrong with it so far.
pub(super) struct Reader<'t> {
    text: &'t str,
    findings: RefCell<Vec<Finding>>,
}

/// One table, and how to name it in a finding.
pub(super) struct Item<'a, 't> {
    reader: &'a Reader<'t>,
    table: &'a DeTable<'t>,
    span: Range<usize>,
    place: String,
}

/// A value under its key in an item.
#[derive(Clone, Copy)]
pub(super) struct Cell<'a, 't> {
    item: &'a Item<'a, 't>,
    key: &'a str,
    value: &'a Spanned<DeValue<'t>>,
}

/// Reads one element of a deck's `versions`; the number is its place, counted from 0.
pub(super) type ReadVersion<V> = fn(&Cell<'_, '_>, usize, Option<&jiff::tz::TimeZone>) -> Option<V>;

impl<'t> Reader<'t> {
    pub(super) const fn new(text: &'t str) -> Self {
        Self { text, findings: RefCell::new(Vec::new()) }
    }

    /// The whole document as one item.
    pub(super) const fn top<'a>(&'a self, table: &'a DeTable<'t>) -> Item<'a, 't> {
        Item { reader: self, table, span: 0..0, place: String::new() }
    }

    /// What was found wrong, in the order of the text.
    pub(super) fn into_findings(self) -> Vec<Finding> {
        let mut findings = self.findings.into_inner();
        findings.sort_by_key(|finding| (finding.line, finding.column));
        findings
    }

    pub(super) fn syntax(&self, error: &Error) -> Finding {
        let (line, column) = self.line_and_column(error.span().map_or(0, |span| span.start));
        let message = error.message().replace('\n', ", ");
        Finding { line, column, place: String::new(), key: String::new(), message }
    }

    fn line_and_column(&self, offset: usize) -> (usize, usize) {
        let before = self.text.get(..offset).unwrap_or(self.text);
        let begin = before.rfind('\n').map_or(0, |at| at + 1);
        (before.matches('\n').count() + 1, before[begin..].chars().count() + 1)
    }

    fn add(&self, span: &Range<usize>, place: &str, key: &str, message: String) {
        let (line, column) = self.line_and_column(span.start);
        self.findings.borrow_mut().push(Finding {
            line,
            column,
            place: place.to_owned(),
            key: key.to_owned(),
            message,
        });
    }
}

impl<'a, 't> Item<'a, 't> {
    /// Refuses every key but these.
    pub(super) fn only(&self, keys: &[&str]) {
        for key in self.table.keys().filter(|key| !keys.contains(&key.get_ref().as_ref())) {
            let message = format!("is not a key here; expected one of {}", keys.join(", "));
            self.reader.add(&key.span(), &self.place, key.get_ref(), message);
        }
    }

    /// The value of a key, where there is one.
    pub(super) fn get(&'a self, key: &'a str) -> Option<Cell<'a, 't>> {
        self.table.get(key).map(|value| Cell { item: self, key, value })
    }

    /// The value of a key that must be there.
    pub(super) fn need(&'a self, key: &'a str) -> Option<Cell<'a, 't>> {
        let cell = self.get(key);
        if cell.is_none() {
            self.wrong(key, "is missing");
        }
        cell
    }

    /// Adds a finding about a key that is not there.
    pub(super) fn wrong(&self, key: &str, message: impl Into<String>) {
        self.reader.add(&self.span, &self.place, key, message.into());
    }

    /// A value that may be absent and then is `default`; `None` where it is wrong.
    pub(super) fn or<T>(&'a self, key: &'a str, default: T, read: impl FnOnce(Cell<'a, 't>) -> Option<T>) -> Option<T> {
        self.get(key).map_or(Some(default), read)
    }

    /// The tables of an array of tables, each read with its place; wrong ones are left out.
    pub(super) fn each<T>(&'a self, kind: &'a str, mut read: impl FnMut(&Item<'_, 't>) -> Option<T>) -> Vec<T> {
        let Some(elements) = self.or(kind, Vec::new(), |cell| cell.array()) else { return Vec::new() };
        let numbered = elements.into_iter().enumerate();
        numbered.filter_map(|(at, cell)| read(&cell.table(&format!("{kind} {}", at + 1))?)).collect()
    }
}

impl<'a, 't> Cell<'a, 't> {
    /// Adds a finding about this value.
    pub(super) fn wrong(&self, message: impl Into<String>) {
        self.item.reader.add(&self.value.span(), &self.item.place, self.key, message.into());
    }

    fn expected<T>(&self, value: Option<T>, what: &str) -> Option<T> {
        if value.is_none() {
            self.wrong(format!("is {}; expected {what}", article(self.value.get_ref().type_str())));
        }
        value
    }

    /// Quoted text.
    pub(super) fn text(&self) -> Option<&'a str> {
        self.expected(self.value.get_ref().as_str(), "text in quotes")
    }

    /// Quoted text that is not empty.
    pub(super) fn name(&self) -> Option<String> {
        let text = self.text()?;
        if text.is_empty() {
            self.wrong("is empty");
            return None;
        }
        Some(text.to_owned())
    }

    /// Quoted text in a form of its own.
    pub(super) fn parse<T, E: ToString>(&self, read: impl FnOnce(&str) -> Result<T, E>) -> Option<T> {
        read(self.text()?).map_err(|error| self.wrong(error.to_string())).ok()
    }

    /// One of a few words.
    pub(super) fn word<T>(&self, read: fn(&str) -> Option<T>, words: &[&str]) -> Option<T> {
        self.parse(|text| read(text).ok_or_else(|| format!("{text:?} is none of {}", words.join(", "))))
    }

    /// `true` or `false`.
    pub(super) fn boolean(&self) -> Option<bool> {
        self.expected(self.value.get_ref().as_bool(), "true or false")
    }

    /// An integer within bounds.
    pub(super) fn integer(&self, bounds: RangeInclusive<u32>) -> Option<u32> {
        let what = format!("an integer from {} to {}", bounds.start(), bounds.end());
        let integer = self.expected(self.value.get_ref().as_integer(), &what)?;
        let value = u32::from_str_radix(integer.as_str(), integer.radix()).ok().filter(|value| bounds.contains(value));
        if value.is_none() {
            self.wrong(format!("{integer} is out of range; expected {what}"));
        }
        value
    }

    /// The elements of an array.
    pub(super) fn array(&self) -> Option<Vec<Self>> {
        let array = self.expected(self.value.get_ref().as_array(), "an array in brackets")?;
        Some(array.iter().map(|value| Self { value, ..*self }).collect())
    }

    /// The elements of an array, each read; `None` where one is wrong.
    pub(super) fn list<T>(&self, mut read: impl FnMut(usize, &Self) -> Option<T>) -> Option<Vec<T>> {
        let elements: Vec<_> = self.array()?.iter().enumerate().map(|(at, cell)| read(at, cell)).collect();
        elements.into_iter().collect()
    }

    /// A table, to be called `place` and its own name in findings.
    pub(super) fn table(&self, place: &str) -> Option<Item<'a, 't>> {
        let table = self.expected(self.value.get_ref().as_table(), "a table")?;
        let name = table.get("name").and_then(|name| name.get_ref().as_str());
        let place = name.map_or_else(|| place.to_owned(), |name| format!("{place} ({name})"));
        Some(Item { reader: self.item.reader, table, span: self.value.span(), place })
    }

    /// A table within this one's item.
    pub(super) fn nested(&self, at: usize) -> Option<Item<'a, 't>> {
        self.table(&format!("{}, {} {}", self.item.place, self.key, at + 1))
    }
}

fn article(kind: &str) -> String {
    let an = if kind.starts_with(['a', 'i', 'o']) { "an" } else { "a" };
    format!("{an} {kind}")
}
