//! Where records begin and end in bytes: line ends, quoted cells that hold line ends, and the lines that are no records.
//!
//! A record may span lines only where its quoting is proper: each quote opens at the begin of a cell and closes before
//! a separator or line end, all within [`QUOTED_BYTES_MAX`]. Otherwise it ends with its first line, so that a stray
//! quote costs one record and not the rest of the file. Cutting bytes behind a record never moves a record's end.

use didtron_schemas::call_mapping::{CallMapping, Format};
use memchr::{memchr, memchr2};
use std::ops::Range;

/// The longest record that may span lines.
pub(crate) const QUOTED_BYTES_MAX: usize = 64 * 1024;
/// The longest line; a longer one is no call record.
pub(crate) const LINE_BYTES_MAX: usize = 1024 * 1024;
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// What a mapping says about lines.
#[derive(Clone, Debug)]
pub(crate) struct LineRules {
    pub(crate) separator: u8,
    pub(crate) quote: Option<u8>,
    pub(crate) trim: bool,
    comment: Option<Vec<u8>>,
    skip_lines: usize,
    header: bool,
}

/// A record, or a line that is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Line {
    /// Without its line end.
    pub(crate) text: Range<usize>,
    /// Behind its line end.
    pub(crate) end: usize,
    /// How many line ends it holds; an unterminated last line counts too.
    pub(crate) line_count: u64,
    /// Neither blank nor a comment.
    pub(crate) is_record: bool,
}

/// What lies before the first record.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Prelude {
    /// Where the first record may begin.
    pub(crate) end: usize,
    /// How many lines lie before that.
    pub(crate) line_count: u64,
    /// The header and its line, counted from 1.
    pub(crate) header: Option<(Range<usize>, u64)>,
}

enum Quoted {
    /// The record ends there.
    Ends(usize),
    /// More bytes would tell.
    Open,
    /// The quoting is improper.
    Broken,
}

impl LineRules {
    pub(crate) fn of(mapping: &CallMapping) -> Self {
        let csv = &mapping.csv;
        match mapping.format {
            Format::Csv => Self {
                separator: csv.separator.0,
                quote: csv.quote.0,
                trim: csv.trim,
                comment: csv.comment.as_ref().map(|prefix| prefix.as_bytes().to_owned()),
                skip_lines: csv.skip_lines,
                header: csv.header,
            },
            Format::Jsonl => {
                Self { separator: b',', quote: None, trim: true, comment: None, skip_lines: 0, header: false }
            }
        }
    }

    /// The record or other line that begins at `from`; `None` at the end, and where more bytes than there are would
    /// be needed to see its end. With `at_end` there are no more.
    pub(crate) fn line_at(&self, bytes: &[u8], from: usize, at_end: bool) -> Option<Line> {
        let rest = &bytes[from..];
        let first_end = match memchr(b'\n', rest) {
            Some(at) => at + 1,
            None if at_end && !rest.is_empty() => rest.len(),
            None => return None,
        };
        let first = without_line_end(&rest[..first_end]);
        let is_record = self.is_record(first);
        let quoted = is_record && self.quote.is_some_and(|quote| memchr(quote, first).is_some());
        if !quoted {
            return Some(Line { text: from..from + first.len(), end: from + first_end, line_count: 1, is_record });
        }
        let end = match self.quoted_end(rest, at_end) {
            Quoted::Ends(end) => end,
            Quoted::Open => return None,
            Quoted::Broken => first_end,
        };
        let text = without_line_end(&rest[..end]);
        Some(Line { text: from..from + text.len(), end: from + end, line_count: line_count(&rest[..end]), is_record })
    }

    /// Whether a line without a quote is neither blank nor a comment.
    pub(crate) fn is_record(&self, text: &[u8]) -> bool {
        !self.is_blank(text) && !self.is_comment(text)
    }

    fn is_blank(&self, text: &[u8]) -> bool {
        // Most lines show by their first byte that they are not.
        match text.first() {
            None => true,
            Some(first) if first.is_ascii_whitespace() => self.trim && text.iter().all(u8::is_ascii_whitespace),
            Some(_) => false,
        }
    }

    fn is_comment(&self, text: &[u8]) -> bool {
        self.comment.as_ref().is_some_and(|prefix| text.starts_with(prefix))
    }

    fn quoted_end(&self, rest: &[u8], at_end: bool) -> Quoted {
        let window = &rest[..rest.len().min(QUOTED_BYTES_MAX)];
        // Only the true end of the bytes may close a record without a line end.
        let is_whole = at_end && window.len() == rest.len();
        let unseen = || match window.len() < QUOTED_BYTES_MAX && !at_end {
            true => Quoted::Open,
            false => Quoted::Broken,
        };
        let mut at = 0;
        loop {
            let cell = at + self.spaces(&window[at..]);
            let after = if window.get(cell).copied() == self.quote && self.quote.is_some() {
                let Some(closed) = self.closing_quote(window, cell + 1) else { return unseen() };
                closed + self.spaces(&window[closed..])
            } else {
                memchr2(self.separator, b'\n', &window[at..]).map_or(window.len(), |found| at + found)
            };
            match window.get(after..).unwrap_or_default() {
                [b'\n', ..] => return Quoted::Ends(after + 1),
                [b'\r', b'\n', ..] => return Quoted::Ends(after + 2),
                [] | [b'\r'] if is_whole => return Quoted::Ends(window.len()),
                [] | [b'\r'] => return unseen(),
                [byte, ..] if *byte == self.separator => at = after + 1,
                _ => return Quoted::Broken,
            }
        }
    }

    /// Behind the quote that closes a cell; `None` where the bytes end before that can be told.
    fn closing_quote(&self, window: &[u8], from: usize) -> Option<usize> {
        let quote = self.quote?;
        let mut at = from;
        loop {
            at += memchr(quote, window.get(at..)?)? + 1;
            if window.get(at).copied() != Some(quote) {
                return Some(at);
            }
            at += 1;
        }
    }

    /// How many spaces that are no part of a cell stand at the begin.
    fn spaces(&self, text: &[u8]) -> usize {
        let is_space = |byte: &&u8| matches!(byte, b' ' | b'\t') && **byte != self.separator;
        if self.trim { text.iter().take_while(is_space).count() } else { 0 }
    }

    /// What lies before the first record; `None` where more bytes are needed.
    pub(crate) fn prelude(&self, bytes: &[u8], at_end: bool) -> Option<Prelude> {
        if bytes.len() < BYTE_ORDER_MARK.len() && BYTE_ORDER_MARK.starts_with(bytes) && !at_end {
            return None;
        }
        let mut prelude = Prelude::default();
        if bytes.starts_with(BYTE_ORDER_MARK) {
            prelude.end = BYTE_ORDER_MARK.len();
        }
        for _ in 0..self.skip_lines {
            match memchr(b'\n', &bytes[prelude.end..]) {
                Some(at) => prelude.end += at + 1,
                None if at_end => prelude.end = bytes.len(),
                None => return None,
            }
            prelude.line_count += 1;
        }
        while self.header && prelude.header.is_none() {
            match self.line_at(bytes, prelude.end, at_end) {
                Some(line) => {
                    prelude.header = line.is_record.then(|| (line.text.clone(), prelude.line_count + 1));
                    prelude.end = line.end;
                    prelude.line_count += line.line_count;
                }
                None if at_end => break,
                None => return None,
            }
        }
        Some(prelude)
    }
}

/// Line ends in `bytes`, and one more where the last line has none.
pub(crate) fn line_count(bytes: &[u8]) -> u64 {
    let ends = memchr::memchr_iter(b'\n', bytes).count() as u64;
    ends + u64::from(bytes.last().is_some_and(|&last| last != b'\n'))
}

pub(crate) fn without_line_end(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line)
}
