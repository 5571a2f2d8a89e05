//! Reads the plain deck file, cell by cell, with nothing allocated but what the rows keep.

use super::{COLUMNS, Finding, PlainDeck, Scope};
use csv::StringRecord;
use didtron_domain::deck::{DeckHead, DeckRow, RowPrice, RowStatus};
use didtron_domain::{Day, DialPrefix, Increment, Instant, Price};
use jiff::civil::Date;
use jiff::tz::TimeZone;

const PREFIX: usize = 0;
const DESTINATION: usize = 1;
const RATE: usize = 2;
const INITIAL_INTERVAL: usize = 3;
const NEXT_INTERVAL: usize = 4;
const CONNECT_FEE: usize = 5;
const INITIAL_RATE: usize = 6;
const GRACE: usize = 7;
const EFFECTIVE_FROM: usize = 8;
const EFFECTIVE_TO: usize = 9;
const STATUS: usize = 10;
const ORIGIN_SET: usize = 11;
const TIME_CLASS: usize = 12;
const GROUP: usize = 13;
const US: [usize; 3] = [14, 15, 16];
const EEA: [usize; 3] = [17, 18, 19];

pub(super) fn read_rows(bytes: &[u8], head: &DeckHead, max_price: Option<Price>) -> PlainDeck {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    match open(bytes, head, max_price) {
        Ok((mut reader, mut records)) => {
            reader.rows(&mut records);
            PlainDeck { rows: reader.rows, lines: reader.lines, findings: reader.findings }
        }
        Err(findings) => PlainDeck { findings, ..PlainDeck::default() },
    }
}

type Records<'a> = csv::Reader<&'a [u8]>;

/// Checks everything that concerns the file as a whole.
fn open<'a>(
    bytes: &'a [u8],
    head: &'a DeckHead,
    max_price: Option<Price>,
) -> Result<(Reader<'a>, Records<'a>), Vec<Finding>> {
    let of_file = |message: String| vec![Finding::of_file(message)];
    if let Err(error) = str::from_utf8(bytes) {
        let line = bytes[..error.valid_up_to()].iter().filter(|&&byte| byte == b'\n').count() + 1;
        return Err(of_file(format!("a plain deck is UTF-8 text, and line {line} is not; save it as UTF-8")));
    }
    let zone = TimeZone::get(&head.zone).map_err(|_| {
        of_file(format!("{:?} is not a zone; an IANA name such as Europe/Berlin is expected", head.zone))
    })?;
    let mut records = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(bytes);
    let mut header = StringRecord::new();
    let found = records.read_record(&mut header).map_err(|error| of_file(error.to_string()))?;
    if !found {
        return Err(of_file("the file is empty; a header that names the columns is expected".to_owned()));
    }
    let columns = columns(&header)?;
    let dates = [Dates::new(zone.clone()), Dates::new(zone)];
    let reader = Reader {
        bytes,
        columns,
        width: header.len(),
        head,
        max_price,
        dates,
        line: 0,
        rows: Vec::new(),
        lines: Vec::new(),
        findings: Vec::new(),
    };
    Ok((reader, records))
}

/// For each of [`COLUMNS`] its position in the file.
fn columns(header: &StringRecord) -> Result<[Option<usize>; COLUMNS.len()], Vec<Finding>> {
    let mut columns = [None; COLUMNS.len()];
    let mut findings = Vec::new();
    let mut find = |name: &str, message: String| {
        findings.push(Finding { scope: Scope::File, ..Finding::of_row(1, name, "", message) });
    };
    for (at, name) in header.iter().enumerate() {
        match COLUMNS.iter().position(|known| *known == name) {
            None => find(name, format!("{name:?} is not a column of a plain deck; those are {}", COLUMNS.join(", "))),
            Some(known) if columns[known].is_some() => find(name, "the column is there twice; remove one".to_owned()),
            Some(known) => columns[known] = Some(at),
        }
    }
    for required in [PREFIX, DESTINATION] {
        if columns[required].is_none() {
            find(COLUMNS[required], "the column is missing, and every deck needs it".to_owned());
        }
    }
    if findings.is_empty() { Ok(columns) } else { Err(findings) }
}

struct Reader<'a> {
    bytes: &'a [u8],
    columns: [Option<usize>; COLUMNS.len()],
    /// Cells of the header.
    width: usize,
    head: &'a DeckHead,
    max_price: Option<Price>,
    /// Of `effective_from` and `effective_to`.
    dates: [Dates; 2],
    line: u64,
    rows: Vec<DeckRow>,
    lines: Vec<u64>,
    findings: Vec<Finding>,
}

impl Reader<'_> {
    fn rows(&mut self, records: &mut Records<'_>) {
        let mut record = StringRecord::new();
        loop {
            match records.read_record(&mut record) {
                Ok(false) => return,
                Ok(true) => {
                    self.line = record.position().map_or(0, |at| line_of(self.bytes, at));
                    self.row(&record);
                }
                Err(error) => return self.findings.push(Finding::of_file(error.to_string())),
            }
        }
    }

    fn row(&mut self, record: &StringRecord) {
        if record.len() != self.width {
            let message = format!(
                "the row has {} cells and the header {}; a cell that holds a comma is quoted",
                record.len(),
                self.width
            );
            return self.findings.push(Finding::of_row(self.line, "", "", message));
        }
        let before = self.findings.len();
        let row = self.cells(record);
        match row {
            Some(row) if self.findings.len() == before => {
                self.rows.push(row);
                self.lines.push(self.line);
            }
            _ => {}
        }
    }

    /// Reads every cell, so that everything wrong is found; `None` only where a finding says why.
    fn cells(&mut self, record: &StringRecord) -> Option<DeckRow> {
        let prefix = self.prefix(record);
        let destination = self.destination(record);
        let status = self.status(record);
        let price = self.price(record, status);
        let increment = self.increment(record, status, price.is_some());
        let connect_fee = self.figure(record, CONNECT_FEE);
        let grace_s = self.seconds(record, GRACE);
        let effective_from = self.instant(record, EFFECTIVE_FROM);
        let effective_to = self.instant(record, EFFECTIVE_TO);
        if let (Some(from), Some(to)) = (effective_from, effective_to)
            && from >= to
        {
            let message = format!("is not after effective_from {from}; the end is exclusive and lies after the begin");
            self.find(record, EFFECTIVE_TO, message);
        }
        Some(DeckRow {
            prefix: prefix?,
            destination: destination?,
            price,
            increment,
            connect_fee: connect_fee.unwrap_or(Price(0)),
            grace_s,
            effective_from,
            effective_to,
            status: status?,
            origin_set: self.name(record, ORIGIN_SET),
            time_class: self.name(record, TIME_CLASS),
            group: self.name(record, GROUP),
        })
    }

    fn text<'r>(&self, record: &'r StringRecord, column: usize) -> &'r str {
        self.columns[column].map_or("", |at| &record[at])
    }

    #[cold]
    fn find(&mut self, record: &StringRecord, column: usize, message: impl Into<String>) {
        let finding = Finding::of_row(self.line, COLUMNS[column], self.text(record, column), message);
        self.findings.push(finding);
    }

    fn prefix(&mut self, record: &StringRecord) -> Option<DialPrefix> {
        let prefix = DialPrefix::parse(self.text(record, PREFIX));
        if prefix.is_none() {
            self.find(record, PREFIX, "is not a prefix: 1 to 15 digits that do not begin with 0 are expected");
        }
        prefix
    }

    fn destination(&mut self, record: &StringRecord) -> Option<String> {
        let name = self.name(record, DESTINATION);
        if name.is_none() {
            self.find(record, DESTINATION, "the destination has no name; give one");
        }
        name
    }

    fn name(&self, record: &StringRecord, column: usize) -> Option<String> {
        let text = self.text(record, column);
        (!text.is_empty()).then(|| text.to_owned())
    }

    fn status(&mut self, record: &StringRecord) -> Option<RowStatus> {
        let text = self.text(record, STATUS);
        if text.is_empty() {
            return Some(RowStatus::Open);
        }
        let status = RowStatus::parse(text);
        if status.is_none() {
            self.find(record, STATUS, "is not a status: open, blocked or closed is expected");
        }
        status
    }

    fn price(&mut self, record: &StringRecord, status: Option<RowStatus>) -> Option<RowPrice> {
        let one = [RATE, INITIAL_RATE].map(|column| self.figure(record, column));
        let us = US.map(|column| self.figure(record, column));
        let eea = EEA.map(|column| self.figure(record, column));
        let given = |columns: &[usize]| columns.iter().any(|&column| !self.text(record, column).is_empty());
        match [given(&[RATE, INITIAL_RATE]), given(&US), given(&EEA)] {
            [false, false, false] => {
                if status == Some(RowStatus::Open) {
                    self.find(record, RATE, "an open row needs a price: rate_per_min, or all three of a kind");
                }
                None
            }
            [true, false, false] => {
                if !given(&[RATE]) {
                    self.find(record, INITIAL_RATE, "initial_rate_per_min goes with rate_per_min, which is missing");
                }
                Some(RowPrice::One { rate: one[0]?, initial_rate: one[1] })
            }
            [false, true, false] => {
                self.whole_kind(record, US)?;
                Some(RowPrice::Us { inter: us[0]?, intra: us[1]?, indeterminate: us[2]? })
            }
            [false, false, true] => {
                self.whole_kind(record, EEA)?;
                Some(RowPrice::Eea { local: eea[0]?, eea: eea[1]?, international: eea[2]? })
            }
            _ => {
                self.find(record, RATE, "the row has prices of more than one kind; keep one kind");
                None
            }
        }
    }

    /// Whether all three prices of a kind are there.
    fn whole_kind(&mut self, record: &StringRecord, kind: [usize; 3]) -> Option<()> {
        let missing = kind.into_iter().find(|&column| self.text(record, column).is_empty());
        match missing {
            None => Some(()),
            Some(column) => {
                let [a, b, c] = kind.map(|column| COLUMNS[column]);
                self.find(record, column, format!("{a}, {b} and {c} go together, and this one is empty"));
                None
            }
        }
    }

    /// A price or fee; `None` where it is empty or wrong.
    fn figure(&mut self, record: &StringRecord, column: usize) -> Option<Price> {
        let text = self.text(record, column);
        if text.is_empty() {
            return None;
        }
        let wrong = match parse_price(text) {
            Ok(price) if price < Price(0) => "is negative; a price is 0 or more".to_owned(),
            Ok(price) => match self.max_price {
                Some(max) if price > max => {
                    format!("is above the highest price allowed, {max}; a mapping's max_price changes that")
                }
                _ => return Some(price),
            },
            Err(message) => message,
        };
        self.find(record, column, wrong);
        None
    }

    fn increment(&mut self, record: &StringRecord, status: Option<RowStatus>, has_price: bool) -> Option<Increment> {
        let empty = [INITIAL_INTERVAL, NEXT_INTERVAL].map(|column| self.text(record, column).is_empty());
        match empty {
            [true, true] => {
                let default = self.head.increment.filter(|_| has_price);
                if default.is_none() && has_price && status != Some(RowStatus::Closed) {
                    self.find(
                        record,
                        INITIAL_INTERVAL,
                        "the row has no increments and its deck names none; give both intervals",
                    );
                }
                default
            }
            [false, false] => {
                let initial = self.seconds(record, INITIAL_INTERVAL);
                let next = self.seconds(record, NEXT_INTERVAL);
                let increment = Increment::new(initial?, next?);
                if increment.is_none() {
                    self.find(
                        record,
                        NEXT_INTERVAL,
                        "the increments are not legal: each is at most 86400, and not both are 0",
                    );
                }
                increment
            }
            _ => {
                let missing = if empty[0] { INITIAL_INTERVAL } else { NEXT_INTERVAL };
                self.find(record, missing, "one interval is given and this one is empty; give both or none");
                None
            }
        }
    }

    /// Whole seconds; `None` where it is empty or wrong.
    fn seconds(&mut self, record: &StringRecord, column: usize) -> Option<u32> {
        let text = self.text(record, column);
        if text.is_empty() {
            return None;
        }
        let seconds = if text.bytes().all(|byte| byte.is_ascii_digit()) { text.parse().ok() } else { None };
        if seconds.is_none() {
            self.find(record, column, "is not a count of whole seconds");
        }
        seconds
    }

    fn instant(&mut self, record: &StringRecord, column: usize) -> Option<Instant> {
        let text = self.text(record, column);
        if text.is_empty() {
            return None;
        }
        match self.dates[column - EFFECTIVE_FROM].instant(text) {
            Ok(at) => Some(at),
            Err(message) => {
                self.find(record, column, message);
                None
            }
        }
    }
}

/// The line on which a record begins: its position is before the empty lines that were passed over.
fn line_of(bytes: &[u8], at: &csv::Position) -> u64 {
    let begin = usize::try_from(at.byte()).expect("a position within the bytes that are in memory");
    let passed = bytes[begin..].iter().take_while(|byte| matches!(byte, b'\n' | b'\r'));
    at.line() + passed.filter(|&&byte| byte == b'\n').count() as u64
}

/// Reads a price. Short plain decimals, which is nearly all of them, take a path without 128-bit arithmetic.
fn parse_price(text: &str) -> Result<Price, String> {
    match short_decimal(text.as_bytes()) {
        Some(nano) => Ok(Price(nano)),
        None => Price::parse(text).map_err(|error| error.to_string()),
    }
}

/// `12.345` with at most 8 digits before the point and 9 after it, in nano-units.
fn short_decimal(text: &[u8]) -> Option<i64> {
    const SCALE: [i64; 10] = [1_000_000_000, 100_000_000, 10_000_000, 1_000_000, 100_000, 10_000, 1_000, 100, 10, 1];
    let point = text.iter().position(|&byte| byte == b'.').unwrap_or(text.len());
    let places = text.len().saturating_sub(point + 1);
    if point == 0 || point > 8 || places > 9 {
        return None;
    }
    let mut value = 0i64;
    for (at, byte) in text.iter().enumerate() {
        if at == point {
            continue;
        }
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        value = value * 10 + i64::from(digit);
    }
    Some(value * SCALE[places])
}

/// Instants and bare dates, with those read last: a deck has few.
struct Dates {
    zone: TimeZone,
    known: Vec<(String, Instant)>,
}

impl Dates {
    const KNOWN_MAX: usize = 16;

    const fn new(zone: TimeZone) -> Self {
        Self { zone, known: Vec::new() }
    }

    fn instant(&mut self, text: &str) -> Result<Instant, String> {
        if let Some(found) = self.known.iter().find(|(known, _)| known == text) {
            return Ok(found.1);
        }
        let at = read_instant(text, &self.zone)?;
        if self.known.len() == Self::KNOWN_MAX {
            self.known.remove(0);
        }
        self.known.push((text.to_owned(), at));
        Ok(at)
    }
}

/// RFC 3339, or a bare date as its midnight in `zone`.
fn read_instant(text: &str, zone: &TimeZone) -> Result<Instant, String> {
    let Ok(day) = Day::parse(text) else {
        return Instant::parse(text)
            .map_err(|_| "is neither a day such as 2026-06-01 nor an instant such as 2026-06-01T12:00:00Z".to_owned());
    };
    let (year, month, of_month) = day.civil();
    let small = |part: i64| i8::try_from(part).expect("a month has at most 31 days, a year 12 months");
    let year = i16::try_from(year).expect("a day that was read has a year of four digits");
    let midnight = Date::new(year, small(month), small(of_month)).and_then(|date| date.to_zoned(zone.clone()));
    midnight.map(|at| Instant(at.timestamp().as_microsecond())).map_err(|error| error.to_string())
}
