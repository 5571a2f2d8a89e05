//! A CSV record into its cells, without an allocation per cell.
//!
//! Without a quote in it, cells are parts of the record's own text; with one, they are unescaped into one buffer.

use crate::fault::Fault;
use crate::lines::LineRules;
use didtron_schemas::call_mapping::Field;
use memchr::memchr;
use std::ops::Range;

/// Room for one record's cells, used again for the next.
#[derive(Debug, Default)]
pub(crate) struct Cells {
    pub(crate) unescaped: String,
    pub(crate) bounds: Vec<(usize, usize)>,
}

/// One record's cells.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Row<'a> {
    text: &'a str,
    places: Places<'a>,
}

/// Where the cells are in a text.
#[derive(Clone, Copy, Debug)]
enum Places<'a> {
    /// Each from its begin to its end.
    Bounds(&'a [(usize, usize)]),
    Ends(Ends<'a>),
}

/// Cells one after the other from `begin` to `end`, a separator between, and where each ends; before the last end there
/// may be a carriage return.
#[derive(Clone, Copy, Debug)]
struct Ends<'a> {
    begin: usize,
    ends: &'a [u32],
    end: usize,
    trim: bool,
}

impl Ends<'_> {
    #[inline(always)]
    fn cell(self, text: &str, index: usize) -> &str {
        let begin = if index == 0 { self.begin } else { self.ends[index - 1] as usize + 1 };
        let end = self.end.min(self.ends[index] as usize);
        without_spaces(&text[begin..end], self.trim)
    }
}

impl<'a> Row<'a> {
    pub(crate) const fn bounded(text: &'a str, bounds: &'a [(usize, usize)]) -> Self {
        Self { text, places: Places::Bounds(bounds) }
    }

    /// The record at `place` in a text, given where its cells end there.
    pub(crate) const fn marked(text: &'a str, ends: &'a [u32], place: &Range<usize>, trim: bool) -> Self {
        Self { text, places: Places::Ends(Ends { begin: place.start, ends, end: place.end, trim }) }
    }

    /// The cell at `index`, counted from 0, which must be below [`Row::len`].
    #[inline]
    pub(crate) fn cell(&self, index: usize) -> &'a str {
        match self.places {
            Places::Bounds(bounds) => {
                let (begin, end) = bounds[index];
                &self.text[begin..end]
            }
            Places::Ends(ends) => ends.cell(self.text, index),
        }
    }

    /// Puts the cell at each index at its field; the indexes must be below [`Row::len`].
    #[inline(always)]
    pub(crate) fn spread(&self, indexes: &[(Field, usize)], cells: &mut [&'a str; Field::ALL.len()]) {
        // The one test for all cells of a record is what this is for.
        match self.places {
            Places::Bounds(bounds) => {
                for &(field, index) in indexes {
                    let (begin, end) = bounds[index];
                    cells[field as usize] = &self.text[begin..end];
                }
            }
            Places::Ends(ends) => {
                for &(field, index) in indexes {
                    cells[field as usize] = ends.cell(self.text, index);
                }
            }
        }
    }

    pub(crate) const fn len(&self) -> usize {
        match self.places {
            Places::Bounds(bounds) => bounds.len(),
            Places::Ends(Ends { ends, .. }) => ends.len(),
        }
    }
}

#[inline(always)]
fn without_spaces(cell: &str, trim: bool) -> &str {
    // Most cells show by both ends that there is nothing to trim.
    match (cell.as_bytes().first(), cell.as_bytes().last()) {
        (Some(first), Some(last)) if trim && (*first <= b' ' || *last <= b' ') => cell.trim_ascii(),
        _ => cell,
    }
}

impl Cells {
    pub(crate) fn clear(&mut self) {
        self.unescaped.clear();
        self.bounds.clear();
    }

    /// Splits a record.
    pub(crate) fn split<'a>(&'a mut self, text: &'a str, rules: &LineRules) -> Result<Row<'a>, Fault> {
        self.clear();
        match rules.quote {
            Some(quote) if memchr(quote, text.as_bytes()).is_some() => {
                self.split_quoted(text, rules, quote)?;
                Ok(Row::bounded(&self.unescaped, &self.bounds))
            }
            _ => {
                self.split_simple(text, rules);
                Ok(Row::bounded(text, &self.bounds))
            }
        }
    }

    fn split_simple(&mut self, text: &str, rules: &LineRules) {
        let mut begin = 0;
        for at in memchr::memchr_iter(rules.separator, text.as_bytes()) {
            self.bounds.push((begin, at));
            begin = at + 1;
        }
        self.bounds.push((begin, text.len()));
        if rules.trim {
            for bounds in &mut self.bounds {
                *bounds = trimmed(text, *bounds);
            }
        }
    }

    fn split_quoted(&mut self, text: &str, rules: &LineRules, quote: u8) -> Result<(), Fault> {
        let separator = char::from(rules.separator);
        let mut rest = text;
        loop {
            let begin = self.unescaped.len();
            let cell = if rules.trim { rest.trim_start_matches(space(separator)) } else { rest };
            let after = if cell.as_bytes().first() == Some(&quote) {
                let after = self.unescape(&cell[1..], char::from(quote)).ok_or_else(|| self.unclosed(cell))?;
                if rules.trim { after.trim_start_matches(space(separator)) } else { after }
            } else {
                let end = rest.find(separator).unwrap_or(rest.len());
                let (from, to) = if rules.trim { trimmed(rest, (0, end)) } else { (0, end) };
                self.unescaped.push_str(&rest[from..to]);
                &rest[end..]
            };
            self.bounds.push((begin, self.unescaped.len()));
            match after.as_bytes().first() {
                None => return Ok(()),
                Some(&byte) if byte == rules.separator => rest = &after[1..],
                Some(_) => return Err(self.garbage(after)),
            }
        }
    }

    /// Adds a quoted cell's text; what follows its closing quote, or `None` without one.
    fn unescape<'a>(&mut self, mut rest: &'a str, quote: char) -> Option<&'a str> {
        loop {
            let at = rest.find(quote)?;
            self.unescaped.push_str(&rest[..at]);
            rest = &rest[at + 1..];
            let Some(doubled) = rest.strip_prefix(quote) else { return Some(rest) };
            self.unescaped.push(quote);
            rest = doubled;
        }
    }

    #[cold]
    fn unclosed(&self, cell: &str) -> Fault {
        Fault::at_position(self.bounds.len() + 1, cell, "opens with a quote that nothing closes")
    }

    #[cold]
    fn garbage(&self, after: &str) -> Fault {
        Fault::at_position(self.bounds.len(), after, "follows a closing quote where a separator is expected")
    }
}

fn space(separator: char) -> impl Fn(char) -> bool {
    move |c| matches!(c, ' ' | '\t') && c != separator
}

fn trimmed(text: &str, (begin, end): (usize, usize)) -> (usize, usize) {
    let cell = text[begin..end].trim_ascii_end();
    let kept = cell.trim_ascii_start();
    let begin = begin + cell.len() - kept.len();
    (begin, begin + kept.len())
}
