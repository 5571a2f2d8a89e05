//! From a row of cells to deck rows: which rows are rates at all, and what each of their cells means.

use crate::cell::Cell;
use crate::codes;
use crate::columns::Columns;
use crate::conventions::{Conventions, PRICES};
use crate::dates::{self, When};
use crate::grid::{Sheet, SheetRow};
use crate::increments::{self, Given, NameRules};
use crate::{prices, status};
use didtron_domain::deck::{DeckHead, DeckRow, RowPrice, RowStatus};
use didtron_domain::{DialPrefix, Increment, Instant, Price};
use didtron_schemas::deck_file::Finding;
use didtron_schemas::deck_mapping::{DeckField, DeckMapping, PastDates};
use jiff::tz::TimeZone;

const US: [DeckField; 3] = [DeckField::Inter, DeckField::Intra, DeckField::Indeterminate];
const EEA: [DeckField; 3] = [DeckField::Local, DeckField::Eea, DeckField::International];

/// What is the same for all rows of a reading.
pub(crate) struct Rules<'a> {
    pub(crate) mapping: &'a DeckMapping,
    pub(crate) head: &'a DeckHead,
    pub(crate) conventions: Conventions,
    pub(crate) zone: TimeZone,
    pub(crate) now: Instant,
}

/// Reads the rows of one sheet.
pub(crate) struct RowReader<'a> {
    rules: &'a Rules<'a>,
    sheet: &'a Sheet,
    columns: &'a Columns,
    names: NameRules<'a>,
    pub(crate) findings: Vec<Finding>,
    /// Rows whose date lay in the past and means now.
    pub(crate) past_count: usize,
    /// The latest date of its own that a row has.
    pub(crate) newest: Option<Instant>,
}

impl<'a> RowReader<'a> {
    pub(crate) fn new(rules: &'a Rules<'a>, sheet: &'a Sheet, columns: &'a Columns) -> Self {
        let names = NameRules::new(&rules.mapping.increments);
        Self { rules, sheet, columns, names, findings: Vec::new(), past_count: 0, newest: None }
    }

    /// The names of increment rules that fitted no destination.
    pub(crate) fn unused_rules(&self) -> impl Iterator<Item = &str> {
        self.names.unused()
    }

    /// The deck rows of one row; none where something is wrong with it, which the findings then say.
    pub(crate) fn row(&mut self, row: &SheetRow) -> Vec<DeckRow> {
        let before = self.findings.len();
        let rows = self.deck_rows(row);
        match rows {
            Some(rows) if self.findings.len() == before => rows,
            _ => Vec::new(),
        }
    }

    /// Reads every cell, so that everything wrong is found; `None` only where a finding says why.
    fn deck_rows(&mut self, row: &SheetRow) -> Option<Vec<DeckRow>> {
        if row.lacks_joined {
            self.find_in(row, String::new(), "", "the joined file does not have the key of this row");
            return None;
        }
        self.currency(row);
        let prefixes = self.prefixes(row);
        let status = self.status(row);
        let price = self.price(row, status);
        let destination = self.destination(row);
        let increment = self.increment(row, destination.as_deref(), status, price.is_some());
        let connect_fee = self.connect_fee(row);
        let grace_s = self.grace(row);
        let (effective_from, effective_to) = self.effective(row);
        let named = |field| self.name(row, field);
        let (origin_set, time_class, group) =
            (named(DeckField::OriginSet), named(DeckField::TimeClass), named(DeckField::Group));
        let (prefixes, status, destination) = (prefixes?, status?, destination?);
        let one = |prefix: DialPrefix| DeckRow {
            prefix,
            destination: destination.replace("{code}", &prefix.to_string()),
            price,
            increment,
            connect_fee,
            grace_s,
            effective_from,
            effective_to,
            status,
            origin_set: origin_set.clone(),
            time_class: time_class.clone(),
            group: group.clone(),
        };
        Some(prefixes.into_iter().map(one).collect())
    }

    fn cell<'r>(&self, row: &'r SheetRow, field: DeckField) -> &'r Cell {
        self.columns.cell(row, field)
    }

    fn find(&mut self, row: &SheetRow, field: DeckField, message: impl Into<String>) {
        let value = self.cell(row, field).text().to_owned();
        self.find_in(row, self.columns.shown(field), &value, message);
    }

    #[cold]
    fn find_in(&mut self, row: &SheetRow, column: String, value: &str, message: impl Into<String>) {
        let finding = Finding::of_row(row.line, column, value, message);
        self.findings.push(Finding { sheet: self.sheet.name.as_deref().map(str::to_owned), ..finding });
    }

    /// The value, or `None` and a finding.
    fn told<T>(&mut self, row: &SheetRow, field: DeckField, read: Result<T, String>) -> Option<T> {
        read.map_err(|message| self.find(row, field, message)).ok()
    }

    fn currency(&mut self, row: &SheetRow) {
        let text = self.cell(row, DeckField::Currency).text();
        if !text.is_empty() && !text.eq_ignore_ascii_case(self.rules.head.currency.as_str()) {
            let message = format!("is not the deck's currency, {}", self.rules.head.currency);
            self.find(row, DeckField::Currency, message);
        }
    }

    fn prefixes(&mut self, row: &SheetRow) -> Option<Vec<DialPrefix>> {
        let mapping = self.rules.mapping;
        let country = match self.cell(row, DeckField::CountryCode).text() {
            "" => mapping.constant(DeckField::CountryCode),
            text => text,
        };
        let cell = self.cell(row, DeckField::Prefix).text();
        let read = codes::prefixes(cell, country, &mapping.codes, self.rules.conventions.hyphen);
        self.told(row, DeckField::Prefix, read)
    }

    fn status(&mut self, row: &SheetRow) -> Option<RowStatus> {
        let words = &self.rules.mapping.status;
        let by_word = status::of_word(self.cell(row, DeckField::Status).text(), words);
        let by_word = self.told(row, DeckField::Status, by_word);
        let mut flags = [(DeckField::Closed, RowStatus::Closed), (DeckField::Blocked, RowStatus::Blocked)].map(
            |(field, status)| {
                let set = status::flag(self.cell(row, field).text(), words);
                self.told(row, field, set).map(|set| if set { status } else { RowStatus::Open })
            },
        );
        let mut in_prices = PRICES.iter().filter_map(|&field| status::in_price(self.cell(row, field).text(), words));
        // Closed before blocked before open, whichever way it was said.
        flags.sort_unstable();
        let all = [by_word?, flags[0]?, flags[1]?, in_prices.next().unwrap_or(RowStatus::Open)];
        all.into_iter().max()
    }

    /// `country - destination`, or either of them.
    fn destination(&mut self, row: &SheetRow) -> Option<String> {
        let mapping = self.rules.mapping;
        let part = |field: DeckField| match self.cell(row, field).text() {
            "" => mapping.constant(field),
            text => text,
        };
        let (country, name) = (part(DeckField::Country), part(DeckField::Destination));
        let begins = name.to_lowercase().starts_with(&country.to_lowercase());
        match (country, name) {
            ("", "") if self.columns.has(DeckField::Destination) || self.columns.has(DeckField::Country) => {
                self.find(row, DeckField::Destination, "the destination has no name");
                None
            }
            // A sheet that names nothing: a note says so.
            ("", "") => Some("{code}".to_owned()),
            ("", name) => Some(name.to_owned()),
            (country, "") => Some(country.to_owned()),
            (_, name) if begins => Some(name.to_owned()),
            (country, name) => Some(format!("{country}{}{name}", mapping.joint)),
        }
    }

    fn price(&mut self, row: &SheetRow, status: Option<RowStatus>) -> Option<RowPrice> {
        let given = |fields: &[DeckField]| fields.iter().any(|&field| self.is_figure(row, field));
        match [given(&[DeckField::Rate, DeckField::InitialRate]), given(&US), given(&EEA)] {
            [false, false, false] => {
                if status == Some(RowStatus::Open) {
                    self.find(row, DeckField::Rate, "a row that is neither blocked nor closed needs a price");
                }
                None
            }
            [true, false, false] => {
                let rate = self.per_minute(row, DeckField::Rate);
                let initial_rate = match self.is_figure(row, DeckField::InitialRate) {
                    true => Some(self.per_minute(row, DeckField::InitialRate)?),
                    false => None,
                };
                let rate = rate?;
                Some(RowPrice::One { rate, initial_rate: initial_rate.filter(|&initial| initial != rate) })
            }
            [false, true, false] => {
                let [inter, intra, indeterminate] = US.map(|field| self.per_minute(row, field));
                Some(RowPrice::Us { inter: inter?, intra: intra?, indeterminate: indeterminate? })
            }
            [false, false, true] => {
                let [local, eea, international] = EEA.map(|field| self.per_minute(row, field));
                Some(RowPrice::Eea { local: local?, eea: eea?, international: international? })
            }
            _ => {
                self.find(row, DeckField::Rate, "the row has prices of more than one kind; keep one kind");
                None
            }
        }
    }

    /// Whether a price cell holds something other than a word for blocked or closed.
    fn is_figure(&self, row: &SheetRow, field: DeckField) -> bool {
        let cell = self.cell(row, field);
        !cell.is_empty() && status::in_price(cell.text(), &self.rules.mapping.status).is_none()
    }

    fn per_minute(&mut self, row: &SheetRow, field: DeckField) -> Option<Price> {
        if self.cell(row, field).is_empty() {
            self.find(row, field, "the price is missing");
            return None;
        }
        let read = prices::per_minute(self.cell(row, field), self.rules.conventions.sign, &self.rules.mapping.prices);
        self.told(row, field, read)
    }

    fn connect_fee(&mut self, row: &SheetRow) -> Price {
        let rules = &self.rules.mapping.prices;
        let cell = self.cell(row, DeckField::ConnectFee);
        let constant = self.rules.mapping.constant(DeckField::ConnectFee);
        let read = match (cell, constant) {
            (Cell::Empty, "") => Ok(self.sheet.defaults.connect_fee.unwrap_or(Price(0))),
            (Cell::Empty, constant) => prices::constant_fee(constant, rules),
            (cell, _) => prices::fee(cell, self.rules.conventions.sign, rules),
        };
        self.told(row, DeckField::ConnectFee, read).unwrap_or(Price(0))
    }

    fn increment(
        &mut self,
        row: &SheetRow,
        destination: Option<&str>,
        status: Option<RowStatus>,
        has_price: bool,
    ) -> Option<Increment> {
        let [one, initial, next] = [DeckField::Increment, DeckField::InitialInterval, DeckField::NextInterval]
            .map(|field| self.cell(row, field).text());
        let at = [(one, DeckField::Increment), (initial, DeckField::InitialInterval), (next, DeckField::NextInterval)];
        let field = at.into_iter().find(|(text, _)| !text.is_empty()).map_or(DeckField::Increment, |(_, field)| field);
        let read = increments::given(one, initial, next, &self.rules.mapping.increments);
        match self.told(row, field, read)? {
            Given::Increment(increment) => Some(increment),
            Given::Nothing if !has_price => None,
            Given::Nothing => {
                let by_name = self.names.of(destination.unwrap_or(""));
                let found = self.sheet.defaults.increment().or(by_name).or(self.rules.head.increment);
                // Where the sheet has no such column at all, one finding for the file says it.
                if found.is_none() && status != Some(RowStatus::Closed) && self.has_increments() {
                    let message = "the row has no increments, and neither its mapping nor its deck names any";
                    self.find(row, DeckField::Increment, message);
                }
                found
            }
        }
    }

    /// Whether the sheet has a column of increments.
    pub(crate) fn has_increments(&self) -> bool {
        [DeckField::Increment, DeckField::InitialInterval].iter().any(|&field| self.columns.has(field))
    }

    fn grace(&mut self, row: &SheetRow) -> Option<u32> {
        let text = self.cell(row, DeckField::Grace).text();
        if text.is_empty() {
            return None;
        }
        let digits = text.bytes().all(|byte| byte.is_ascii_digit());
        let seconds = if digits { text.parse().ok() } else { None };
        if seconds.is_none() {
            self.find(row, DeckField::Grace, "is not a count of whole seconds");
        }
        seconds
    }

    fn name(&self, row: &SheetRow, field: DeckField) -> Option<String> {
        let text = match self.cell(row, field).text() {
            "" => self.rules.mapping.constant(field),
            text => text,
        };
        (!text.is_empty()).then(|| text.to_owned())
    }

    fn effective(&mut self, row: &SheetRow) -> (Option<Instant>, Option<Instant>) {
        let defaults = self.sheet.defaults;
        let from = self.effective_from(row).or(defaults.effective_from);
        let to = self.effective_to(row).or(defaults.effective_to);
        if let (Some(from), Some(to)) = (from, to)
            && from >= to
        {
            let message = format!("the row ends at {to} and begins at {from}; the end lies after the begin");
            self.find(row, DeckField::EffectiveTo, message);
        }
        (from, to)
    }

    fn effective_from(&mut self, row: &SheetRow) -> Option<Instant> {
        let when = self.when(row, DeckField::EffectiveFrom)?;
        let when = self.with_time(row, when)?;
        let at = match when {
            When::Asap => return Some(self.rules.now),
            when => self.instant(row, DeckField::EffectiveFrom, when)?,
        };
        self.newest = self.newest.max(Some(at));
        if at >= self.rules.now {
            return Some(at);
        }
        match self.rules.mapping.dates.past {
            PastDates::Keep => Some(at),
            PastDates::Now => {
                self.past_count += 1;
                Some(self.rules.now)
            }
            PastDates::Refuse => {
                self.find(row, DeckField::EffectiveFrom, "lies in the past, which the mapping refuses");
                None
            }
        }
    }

    fn effective_to(&mut self, row: &SheetRow) -> Option<Instant> {
        let mut when = self.when(row, DeckField::EffectiveTo)?;
        if self.rules.mapping.dates.last_day_inclusive {
            when = when.through_last_day()?;
        }
        self.instant(row, DeckField::EffectiveTo, when)
    }

    fn when(&mut self, row: &SheetRow, field: DeckField) -> Option<When> {
        let cell = self.cell(row, field);
        if cell.is_empty() {
            return None;
        }
        let read = dates::when(cell, &self.rules.mapping.dates, self.rules.conventions.order);
        self.told(row, field, read)
    }

    /// A day with the time of its own column.
    fn with_time(&mut self, row: &SheetRow, when: When) -> Option<When> {
        let cell = self.cell(row, DeckField::EffectiveTime);
        match (when, cell) {
            (When::Day(day), cell) if !cell.is_empty() => match dates::time_of(cell) {
                Some(time) => Some(When::Clock(day.to_datetime(time))),
                None => {
                    self.find(row, DeckField::EffectiveTime, "is not a time of day such as 12:30");
                    None
                }
            },
            (when, _) => Some(when),
        }
    }

    fn instant(&mut self, row: &SheetRow, field: DeckField, when: When) -> Option<Instant> {
        let at = when.instant(&self.rules.zone);
        if at.is_none() {
            self.find(row, field, "is beyond the calendar, or names no time");
        }
        at
    }
}
