//! One record's cells into a call record, or what is wrong with them (R1, R11, R14, R16).

use crate::cells::Row;
use crate::fault::Fault;
use crate::layout::{CellCounts, Layout};
use crate::lengths::{self, LengthError};
use didtron_domain::{CallRecord, DecimalError, IdentityKey, Instant, Price};
use didtron_schemas::call_mapping::{Answered, Field, Party, Unit};

/// The call that a record's cells are, with its identity.
pub(crate) fn understand<'a>(layout: &'a Layout, row: Row<'a>) -> Result<(IdentityKey, CallRecord<'a>), Fault> {
    check_cell_count(layout, row.len())?;
    let record = Record { layout, row, cells: cells(layout, row) };
    let call_id = record.required(Field::CallId)?;
    let start = record.instant(Field::Start, record.required(Field::Start)?)?;
    let duration_ms = record.duration()?;
    let answer = record.answer(start)?;
    let marked_answered = record.is_answered()?;
    if !marked_answered && duration_ms > 0 {
        return Err(record.talk_without_answer());
    }
    let (ingress, egress) = record.parties()?;
    let call = CallRecord {
        source: record.text(Field::Source),
        call_id,
        branch: record.text(Field::Branch),
        version: record.version()?,
        start,
        answer,
        duration_ms,
        marked_answered,
        last_attempt: record.last_attempt()?,
        clean: layout.mapping.clean,
        ingress,
        egress,
        caller: record.text(Field::Caller),
        called: record.text(Field::Called),
        called_egress: record.text(Field::CalledEgress),
        lrn: record.text(Field::Lrn),
        stated_revenue: record.stated(Field::StatedRevenue)?,
        stated_cost: record.stated(Field::StatedCost)?,
    };
    Ok((record.identity(&call), call))
}

fn check_cell_count(layout: &Layout, count: usize) -> Result<(), Fault> {
    let expected = match &layout.cell_counts {
        CellCounts::OneOf(counts) if counts.contains(&count) => return Ok(()),
        CellCounts::AtLeast(least) if count >= *least => return Ok(()),
        CellCounts::OneOf(counts) => counts.iter().map(ToString::to_string).collect::<Vec<_>>().join(" or "),
        CellCounts::AtLeast(least) => format!("at least {least}"),
    };
    Err(Fault::whole(format!("the record has {count} cells, and {expected} are expected")))
}

/// For each field its cell; empty where there is none or it stands for nothing.
#[inline]
fn cells<'a>(layout: &Layout, row: Row<'a>) -> [&'a str; Field::ALL.len()] {
    let mut cells = [""; Field::ALL.len()];
    row.spread(&layout.cells, &mut cells);
    let empty = &layout.mapping.empty_texts;
    if !empty.is_empty() {
        for cell in &mut cells {
            *cell = if empty.iter().any(|word| word == cell) { "" } else { *cell };
        }
    }
    cells
}

struct Record<'a> {
    layout: &'a Layout,
    row: Row<'a>,
    cells: [&'a str; Field::ALL.len()],
}

impl<'a> Record<'a> {
    #[inline(always)]
    const fn cell(&self, field: Field) -> &'a str {
        self.cells[field as usize]
    }

    /// The cell, else the mapping's constant.
    #[inline]
    fn text(&self, field: Field) -> &'a str {
        match self.cell(field) {
            "" => self.layout.constant(field),
            text => text,
        }
    }

    fn required(&self, field: Field) -> Result<&'a str, Fault> {
        match self.cell(field) {
            "" => Err(self.fault(field, "", "is empty, and it is required")),
            text => Ok(text),
        }
    }

    #[cold]
    fn fault(&self, field: Field, value: &str, message: &str) -> Fault {
        Fault::at_column(&self.layout.column_name(field), value, message)
    }

    fn instant(&self, field: Field, text: &str) -> Result<Instant, Fault> {
        let instants = &self.layout.instants;
        let unread = || self.fault(field, text, &format!("is not an instant: {} is expected", instants.expected()));
        instants.read(text).ok_or_else(unread)
    }

    fn duration(&self) -> Result<u64, Fault> {
        let text = self.required(Field::Duration)?;
        let layout = self.layout;
        lengths::milliseconds(text, layout.mapping.units.duration, layout.decimal_point)
            .map_err(|error| self.length_fault(Field::Duration, text, error))
    }

    #[cold]
    fn length_fault(&self, field: Field, text: &str, error: LengthError) -> Fault {
        self.fault(field, text, error.message())
    }

    /// The answer as given, else start + ring + post-dial delay (R11); a wait that is no number is a fault either way.
    fn answer(&self, start: Instant) -> Result<Instant, Fault> {
        let units = self.layout.mapping.units;
        let wait = self.wait(Field::Ring, units.ring)? + self.wait(Field::Pdd, units.pdd)?;
        match self.cell(Field::Answer) {
            "" if wait == 0 => Ok(start),
            "" => {
                let micros = lengths::micros(wait).ok().and_then(|micros| start.0.checked_add(micros));
                let beyond = || self.length_fault(Field::Ring, self.cell(Field::Ring), LengthError::OutOfRange);
                micros.map(Instant).ok_or_else(beyond)
            }
            text => self.instant(Field::Answer, text),
        }
    }

    fn wait(&self, field: Field, unit: Unit) -> Result<u128, Fault> {
        match self.cell(field) {
            "" => Ok(0),
            text => lengths::finest(text, unit, self.layout.decimal_point)
                .map_err(|error| self.length_fault(field, text, error)),
        }
    }

    fn is_answered(&self) -> Result<bool, Fault> {
        match &self.layout.mapping.answered {
            Answered::Always => Ok(true),
            Answered::AnswerGiven => Ok(!self.cell(Field::Answer).is_empty()),
            Answered::Statuses(words) => {
                let status = self.required(Field::Status)?;
                Ok(words.iter().any(|word| word == status))
            }
        }
    }

    #[cold]
    fn talk_without_answer(&self) -> Fault {
        let shown = match self.layout.mapping.answered {
            Answered::Statuses(_) => format!("the status {:?}", self.cell(Field::Status)),
            Answered::Always | Answered::AnswerGiven => "no answer time".to_owned(),
        };
        let message = format!("is talk time on a call that was not answered by {shown} (R1)");
        self.fault(Field::Duration, self.cell(Field::Duration), &message)
    }

    fn parties(&self) -> Result<(&'a str, &'a str), Fault> {
        let ingress = self.party(Field::Ingress, Party::Ingress)?;
        let egress = self.party(Field::Egress, Party::Egress)?;
        if ingress.is_empty() && egress.is_empty() {
            return Err(Fault::whole("ingress and egress are both empty, so the call has no side (R14)".to_owned()));
        }
        Ok((ingress, egress))
    }

    fn party(&self, field: Field, side: Party) -> Result<&'a str, Fault> {
        let mapping = &self.layout.mapping;
        let cell = self.cell(field);
        let is_none = cell.is_empty() || mapping.empty_parties.iter().any(|word| word == cell);
        let name = if is_none { self.layout.constant(field) } else { cell };
        match name {
            "" if !mapping.may_be_absent.contains(&side) => {
                Err(self.fault(field, self.cell(field), "is empty, and the mapping does not allow that"))
            }
            name => Ok(name),
        }
    }

    fn version(&self) -> Result<Option<i64>, Fault> {
        let text = self.cell(Field::Version);
        let digits = text.strip_prefix('-').unwrap_or(text);
        match text {
            "" => Ok(None),
            _ if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) => {
                Err(self.fault(Field::Version, text, "is not an integer"))
            }
            _ => text.parse().map(Some).map_err(|_| self.fault(Field::Version, text, "is out of range for an integer")),
        }
    }

    fn last_attempt(&self) -> Result<bool, Fault> {
        let words = &self.layout.mapping.truth;
        match self.cell(Field::LastAttempt) {
            "" => Ok(false),
            text if words.yes.iter().any(|yes| yes == text) => Ok(true),
            text if words.no.iter().any(|no| no == text) => Ok(false),
            text => {
                let expected = [words.yes.join(" or "), words.no.join(" or ")].join(" or ");
                Err(self.fault(Field::LastAttempt, text, &format!("is not {expected}")))
            }
        }
    }

    /// A stated charge is only compared, so digits beyond those that a price carries are cut.
    fn stated(&self, field: Field) -> Result<Option<Price>, Fault> {
        let text = self.cell(field);
        if text.is_empty() {
            return Ok(None);
        }
        let read = match self.layout.decimal_point {
            b'.' => cut_price(text),
            _ if text.contains('.') => Err(DecimalError::NotDecimal),
            _ => cut_price(&text.replacen(',', ".", 1)),
        };
        read.map(Some).map_err(|error| self.fault(field, text, &error.to_string()))
    }

    fn identity(&self, call: &CallRecord<'a>) -> IdentityKey {
        match self.layout.identity.as_slice() {
            [] => IdentityKey::of_call(call.source, call.call_id, call.branch, call.start),
            named => IdentityKey::of_columns(call.source, named.iter().map(|&at| self.row.cell(at))),
        }
    }
}

fn cut_price(text: &str) -> Result<Price, DecimalError> {
    match Price::parse(text) {
        Err(DecimalError::TooPrecise(decimals)) => {
            let point = text.find('.').ok_or(DecimalError::NotDecimal)?;
            Price::parse(&text[..=point + usize::from(decimals)])
        }
        read => read,
    }
}
