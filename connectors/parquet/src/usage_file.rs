//! The usage rows of a batch to a file, straight from their columns, in the order of the layout.

use crate::layout::{Coding, USAGE, usage_columns};
use crate::pages::{RowGroup, Rows};
use crate::write::{GROUP_ROWS_MAX, GROUP_ROWS_MIN, PAGE_ROWS_MAX, failed, properties, runs, sorted, store_day};
use didtron_domain::{Found, SideColumns};
use didtron_ports::{Error, JournalKind, RowPlace, UsageColumns};
use parquet::arrow::ArrowSchemaConverter;
use parquet::errors::Result as ParquetResult;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::ColumnDescPtr;
use std::fs::File;
use std::ops::Range;
use std::sync::Arc;

/// Writes the rows by store day, of each day first those that take back: whoever asks for what is in force then passes
/// over their pages. Otherwise they keep their order.
pub(crate) fn write_usage(usage: &UsageColumns, file: &File) -> Result<(), Error> {
    let key = |&at: &u32| {
        let (day, sign) = (store_day(Some(usage.calls.start[at as usize].0)), usage.sign[at as usize]);
        day * 2 + i32::from(sign > 0)
    };
    let mut keys = usage.order.iter().map(key).collect();
    let order = sorted(&mut keys);
    let days: Vec<i32> = keys.iter().map(|key| key >> 1).collect();
    write_groups(usage, &order, &groups(&days), file).map_err(failed)
}

fn write_groups(usage: &UsageColumns, order: &[u32], groups: &[Range<usize>], file: &File) -> ParquetResult<()> {
    let (mut writer, columns) = usage_writer(file)?;
    for group in groups {
        let numbers = &order[group.clone()];
        let rows: Vec<u32> = numbers.iter().map(|&number| usage.order[number as usize]).collect();
        let rows = Rows { numbers, positions: &rows };
        let mut to = RowGroup::new(writer.next_row_group()?, &columns, rows, PAGE_ROWS_MAX);
        to.integers(|_| Some(usage.partition.cast_signed()))?;
        to.integers(|_| Some(usage.seq.cast_signed()))?;
        to.numbers()?;
        write_columns(usage, &mut to)?;
        to.close()?;
    }
    writer.close().map(|_| ())
}

/// A file of the layout's columns and how they are stored.
pub(crate) type UsageWriter<'f> = (SerializedFileWriter<&'f File>, Vec<(ColumnDescPtr, Coding)>);

/// Begins a file of usage rows.
pub(crate) fn usage_writer(file: &File) -> ParquetResult<UsageWriter<'_>> {
    let schema = ArrowSchemaConverter::new().convert(&USAGE)?;
    let codings = usage_columns().into_iter().map(|column| column.coding);
    let columns = schema.columns().iter().cloned().zip(codings).collect();
    let properties = Arc::new(properties(JournalKind::Usage));
    Ok((SerializedFileWriter::new(file, schema.root_schema_ptr(), properties)?, columns))
}

/// Where each row group lies: days with few rows share one.
fn groups(days: &[i32]) -> Vec<Range<usize>> {
    let mut groups = Vec::new();
    let mut begin = 0;
    for day in runs(days) {
        while day.end - begin > GROUP_ROWS_MAX {
            groups.push(begin..begin + GROUP_ROWS_MAX);
            begin += GROUP_ROWS_MAX;
        }
        if day.end - begin >= GROUP_ROWS_MIN || day.end == days.len() && day.end > begin {
            groups.push(begin..day.end);
            begin = day.end;
        }
    }
    groups
}

/// All columns behind the place.
pub(crate) fn write_columns(usage: &UsageColumns, to: &mut RowGroup<'_, '_>) -> ParquetResult<()> {
    let calls = &usage.calls;
    to.integers(|at| Some(i32::from(usage.sign[at])))?;
    to.plain(|at| (calls.identity[at].0 >> 64) as u64)?;
    to.plain(|at| calls.identity[at].0 as u64)?;
    to.plain(|at| calls.content[at].0)?;
    to.integers(|at| calls.version[at])?;
    to.integers(|at| usage.reverses.get(at).map(|place| RowPlace::unpack(place).seq.cast_signed()))?;
    to.integers(|at| usage.reverses.get(at).map(|place| RowPlace::unpack(place).row.cast_signed()))?;
    to.integers(|at| Some(usage.posting_day[at]))?;
    to.integers(|at| Some(usage.catalog_version[at].cast_signed()))?;
    to.integers(|at| Some(usage.base_currency[at].cast_signed()))?;
    to.integers(|at| Some(usage.source[at].cast_signed()))?;
    to.texts(|at| calls.call_id.get(at).as_bytes())?;
    to.texts(|at| calls.branch.get(at).as_bytes())?;
    to.integers(|at| Some(calls.start[at].0))?;
    to.integers(|at| Some(calls.answer[at].0))?;
    to.integers(|at| Some(calls.duration_ms[at].cast_signed()))?;
    to.flags(|at| Some(calls.marked_answered[at]))?;
    to.flags(|at| Some(calls.last_attempt[at]))?;
    to.flags(|at| Some(usage.clean[at]))?;
    for party in [&calls.ingress, &calls.egress] {
        let code = |at: usize| Some(party.codes[at]).filter(|&code| !party.words[code as usize].is_empty());
        to.words(code, |code, bytes| store_text(party.words[code as usize].as_bytes(), bytes))?;
    }
    for number in [&calls.caller, &calls.called, &calls.called_egress, &calls.lrn] {
        to.texts(|at| number.get(at).as_bytes())?;
    }
    to.integers(|at| calls.stated_revenue[at].map(|price| price.0))?;
    to.integers(|at| calls.stated_cost[at].map(|price| price.0))?;
    write_side(&usage.rated.customer, to)?;
    write_side(&usage.rated.supplier, to)
}

/// What an absent side has no value for is null where the side itself is; nothing else stores the absence.
fn write_side(side: &SideColumns, to: &mut RowGroup<'_, '_>) -> ParquetResult<()> {
    let of = |found: Found, row: usize| side.found[row].has(found);
    let short = |found, column: &[u32], row| side.value(found, column, row).map(u32::cast_signed);
    let long = |found, column: &[u64], row| side.value(found, column, row).map(u64::cast_signed);
    to.integers(|row| short(Found::CARRIER, &side.carrier, row))?;
    to.integers(|row| short(Found::INTERCONNECT, &side.interconnect, row))?;
    to.integers(|row| short(Found::SERVICE, &side.service, row))?;
    to.integers(|row| long(Found::NUMBER, &side.number, row))?;
    to.integers(|row| long(Found::LOOKED_UP, &side.looked_up, row))?;
    to.integers(|row| side.value(Found::ROW, &side.prefix_length, row).map(i32::from))?;
    to.integers(|row| short(Found::ROW, &side.destination, row))?;
    to.integers(|row| short(Found::GROUP, &side.group, row))?;
    to.integers(|row| short(Found::ROW, &side.deck, row))?;
    to.integers(|row| short(Found::ROW, &side.deck_version, row))?;
    to.integers(|row| side.value(Found::ROW, &side.rate, row))?;
    to.integers(|row| side.value(Found::JURISDICTION, &side.jurisdiction, row).map(i32::from))?;
    to.integers(|row| short(Found::ROW, &side.currency, row))?;
    to.flags(|row| of(Found::SIDE, row).then(|| of(Found::BLOCKED, row)))?;
    to.integers(|row| long(Found::SIDE, &side.whole_s, row))?;
    to.integers(|row| long(Found::SIDE, &side.billed_s, row))?;
    to.integers(|row| side.value(Found::SIDE, &side.charge, row))?;
    to.integers(|row| side.value(Found::SIDE, &side.amount, row))?;
    to.integers(|row| short(Found::ACCOUNT_CURRENCY, &side.account_currency, row))?;
    let fx_rate = |row| side.value(Found::FX_RATE, &side.fx_rate, row);
    to.words(fx_rate, |rate, bytes| bytes.extend_from_slice(&rate.to_be_bytes()))?;
    to.integers(|row| side.value(Found::FX_DAY, &side.fx_day, row))?;
    to.integers(|row| side.value(Found::SIDE, &side.base_amount, row))
}

/// As `PLAIN` holds a text: behind its length.
fn store_text(text: &[u8], bytes: &mut Vec<u8>) {
    let length = u32::try_from(text.len()).expect("a line has at most a mebibyte");
    bytes.extend_from_slice(&length.to_le_bytes());
    bytes.extend_from_slice(text);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_days_share_a_row_group_and_large_ones_are_cut() {
        let days = |counts: &[usize]| -> Vec<i32> {
            (0..).zip(counts).flat_map(|(day, &count)| std::iter::repeat_n(day, count)).collect()
        };
        let ends = |counts: &[usize]| groups(&days(counts)).iter().map(|group| group.end).collect::<Vec<_>>();
        assert_eq!(ends(&[5, 7]), [12]);
        assert_eq!(ends(&[GROUP_ROWS_MIN, 7]), [GROUP_ROWS_MIN, GROUP_ROWS_MIN + 7]);
        assert_eq!(ends(&[GROUP_ROWS_MAX + 1, 2]), [GROUP_ROWS_MAX, GROUP_ROWS_MAX + 3]);
        assert!(ends(&[]).is_empty());
    }
}
