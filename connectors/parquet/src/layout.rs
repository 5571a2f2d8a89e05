//! The columns of both journals: name, type, how each is stored, and what it means. Writers, readers and the
//! documentation all follow this one list; the order here is the order in the files.

use arrow::datatypes::{DECIMAL64_MAX_PRECISION, DataType, Field, Schema, SchemaRef, TimeUnit};
use std::sync::{Arc, LazyLock};

/// A column of a journal as stored.
#[derive(Clone, Debug)]
pub struct Column {
    /// Its name in the file.
    pub name: String,
    /// Its type as readers see it.
    pub data_type: DataType,
    /// Whether a row may have no value.
    pub nullable: bool,
    /// What it means, for a person to read.
    pub about: &'static str,
    pub(crate) coding: Coding,
}

/// One look-up in this many reads a row group of a [`Coding::Sought`] column in vain.
pub(crate) const BLOOM_FALSE_POSITIVES: f64 = 0.01;

/// How a column is stored, chosen by measuring.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Coding {
    /// Integers, delta-packed, without statistics.
    Packed,
    /// Integers, delta-packed, with least and greatest value per row group and page, for pruning.
    Ranged,
    /// Integers that hardly ever change: compression leaves nothing of them, and packing takes longer.
    Same,
    /// Integers that look random: nothing packs them.
    Plain,
    /// Texts that differ from row to row.
    Text,
    /// Likewise, with a bloom filter per row group: one call is found without reading the others.
    Sought,
    /// Few different values: a dictionary pays.
    Words,
    /// True or false.
    Flag,
}

/// Money in micro-units, 18 digits.
const AMOUNT: DataType = DataType::Decimal128(DECIMAL64_MAX_PRECISION, 6);
/// Prices in nano-units, 18 digits.
const PRICE: DataType = DataType::Decimal128(DECIMAL64_MAX_PRECISION, 9);
/// FX in units of 10^-12.
const FX: DataType = DataType::Decimal128(38, 12);

fn instant() -> DataType {
    DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()))
}

type Line = (&'static str, DataType, bool, Coding, &'static str);
const NEVER: bool = false;
const MAYBE: bool = true;

fn columns(prefix: &str, lines: Vec<Line>) -> Vec<Column> {
    let column = |(name, data_type, nullable, coding, about): Line| Column {
        name: format!("{prefix}{name}"),
        data_type,
        nullable,
        about,
        coding,
    };
    lines.into_iter().map(column).collect()
}

fn head() -> Vec<Line> {
    use Coding::{Packed, Plain, Ranged, Same};
    vec![
        ("partition", DataType::UInt32, NEVER, Same, "the partition whose list holds the row's batch"),
        ("seq", DataType::UInt64, NEVER, Ranged, "the batch"),
        ("row", DataType::UInt32, NEVER, Packed, "the row's number among the batch's rows of this journal, from 0"),
        ("sign", DataType::Int8, NEVER, Ranged, "+1 puts in, -1 takes back"),
        ("identity_high", DataType::UInt64, NEVER, Plain, "upper half of the identity's key (R16)"),
        ("identity_low", DataType::UInt64, NEVER, Plain, "lower half of the identity's key (R16)"),
        ("content", DataType::UInt64, NEVER, Plain, "hash of the record's content (R16)"),
        ("version", DataType::Int64, MAYBE, Packed, "the source's version of the record, the greater the newer"),
    ]
}

fn usage_lines() -> Vec<Line> {
    use Coding::{Flag, Packed, Ranged, Same, Sought, Text, Words};
    vec![
        ("reverses_seq", DataType::UInt64, MAYBE, Packed, "batch of the row that this one takes back"),
        ("reverses_row", DataType::UInt32, MAYBE, Packed, "number of the row that this one takes back"),
        ("posting_day", DataType::Date32, NEVER, Ranged, "the day whose accruals hold the row's amounts"),
        ("catalog_version", DataType::UInt32, NEVER, Same, "the catalog that it was rated with"),
        ("base_currency", DataType::UInt32, NEVER, Same, "currency of the base amounts, as bits"),
        ("source", DataType::UInt32, NEVER, Same, "name id of the switch"),
        ("call_id", DataType::Utf8, MAYBE, Sought, "the switch's id of the call"),
        ("branch", DataType::Utf8, MAYBE, Text, "what tells legs of one call apart"),
        ("start", instant(), NEVER, Ranged, "when the attempt began"),
        ("answer", instant(), NEVER, Ranged, "the instant of every choice by time (R11)"),
        ("duration_ms", DataType::UInt64, NEVER, Packed, "talk time in milliseconds"),
        ("marked_answered", DataType::Boolean, NEVER, Flag, "answered by the mapping's word, whatever it lasted"),
        ("last_attempt", DataType::Boolean, NEVER, Flag, "the source marks it as the last attempt"),
        ("clean", DataType::Boolean, NEVER, Flag, "the mapping calls its numbers clean (R9)"),
        ("ingress", DataType::Utf8, MAYBE, Words, "the customer's party as received"),
        ("egress", DataType::Utf8, MAYBE, Words, "the supplier's party as received"),
        ("caller", DataType::Utf8, MAYBE, Text, "the caller's own number as received"),
        ("called", DataType::Utf8, MAYBE, Text, "the number called as received"),
        ("called_egress", DataType::Utf8, MAYBE, Text, "the number as it went to the supplier"),
        ("lrn", DataType::Utf8, MAYBE, Text, "the location routing number as received"),
        ("stated_revenue", PRICE, MAYBE, Packed, "the switch's own charge to the customer"),
        ("stated_cost", PRICE, MAYBE, Packed, "the switch's own cost"),
    ]
}

fn side_lines() -> Vec<Line> {
    use Coding::{Flag, Packed, Words};
    vec![
        ("carrier", DataType::UInt32, MAYBE, Packed, "name id of the party"),
        ("interconnect", DataType::UInt32, MAYBE, Packed, "name id of its interconnect"),
        ("service", DataType::UInt32, MAYBE, Packed, "name id of the service that R9 chose"),
        ("number", DataType::UInt64, MAYBE, Packed, "the number after R9, as the integer that it spells"),
        ("looked_up", DataType::UInt64, MAYBE, Packed, "the number looked up where it is another (an LRN)"),
        ("prefix_length", DataType::UInt8, MAYBE, Packed, "digits of the looked-up number that matched (R10)"),
        ("destination", DataType::UInt32, MAYBE, Packed, "name id of the prefix's destination"),
        ("group", DataType::UInt32, MAYBE, Packed, "name id of the destination's group"),
        ("deck", DataType::UInt32, MAYBE, Packed, "name id of the deck"),
        ("deck_version", DataType::UInt32, MAYBE, Packed, "version of the deck that brought the row, from 1"),
        ("rate", PRICE, MAYBE, Packed, "price per minute that the answer met, deck's currency"),
        ("jurisdiction", DataType::UInt8, MAYBE, Packed, "which of the row's prices (R12), as its number"),
        ("currency", DataType::UInt32, MAYBE, Packed, "the deck's currency, as bits"),
        ("blocked", DataType::Boolean, MAYBE, Flag, "the best candidate was blocked (R10); null: absent side"),
        ("whole_s", DataType::UInt64, MAYBE, Packed, "whole seconds (R2); null: absent side"),
        ("billed_s", DataType::UInt64, MAYBE, Packed, "billed seconds (R4); null: absent side"),
        ("charge", AMOUNT, MAYBE, Packed, "signed, deck's currency (R7); null: absent side"),
        ("amount", AMOUNT, MAYBE, Packed, "signed, account's currency (R13); null: absent side"),
        ("account_currency", DataType::UInt32, MAYBE, Packed, "the account's currency, as bits"),
        ("fx_rate", FX, MAYBE, Words, "deck to account; null without a conversion"),
        ("fx_day", DataType::Date32, MAYBE, Packed, "day of that quote"),
        ("base_amount", AMOUNT, MAYBE, Packed, "signed, base currency (R13); null: absent side"),
    ]
}

fn suspense_lines() -> Vec<Line> {
    use Coding::{Packed, Ranged, Sought, Text, Words};
    vec![
        ("cause", DataType::UInt8, NEVER, Packed, "why it went in or out, as its number"),
        ("takes_out_seq", DataType::UInt64, MAYBE, Packed, "batch of the row that this one takes out"),
        ("takes_out_row", DataType::UInt32, MAYBE, Packed, "number of the row that this one takes out"),
        ("record", DataType::Binary, NEVER, Text, "the text as received, without its line end"),
        ("mapping", DataType::Utf8, MAYBE, Words, "the mapping that decodes it"),
        ("header", DataType::Utf8, MAYBE, Words, "the header line of its file"),
        ("at", DataType::Utf8, MAYBE, Text, "file:line"),
        ("source", DataType::UInt32, MAYBE, Packed, "name id of the switch; null where malformed"),
        ("call_id", DataType::Utf8, MAYBE, Sought, "the switch's id of the call"),
        ("branch", DataType::Utf8, MAYBE, Text, "what tells legs of one call apart"),
        ("start", instant(), MAYBE, Ranged, "when the attempt began"),
        ("reason", DataType::UInt8, NEVER, Packed, "why it waits (R15), as its number"),
        ("side", DataType::UInt8, NEVER, Packed, "0 none, 1 customer, 2 supplier"),
        ("customer_charge", AMOUNT, MAYBE, Packed, "at stake, deck's currency"),
        ("supplier_charge", AMOUNT, MAYBE, Packed, "at stake, deck's currency"),
        ("note", DataType::Utf8, MAYBE, Words, "what is wrong with it, or the note of a dismissal"),
        ("first_seen", instant(), NEVER, Packed, "claim time of the batch in which the content first came"),
    ]
}

/// The columns of the usage journal.
#[must_use]
pub fn usage_columns() -> Vec<Column> {
    let mut all = columns("", head());
    all.extend(columns("", usage_lines()));
    all.extend(columns("customer_", side_lines()));
    all.extend(columns("supplier_", side_lines()));
    all
}

/// The columns of the suspense journal.
#[must_use]
pub fn suspense_columns() -> Vec<Column> {
    let mut all = columns("", head());
    all.extend(columns("", suspense_lines()));
    all
}

/// The usage journal's schema as any Parquet reader sees it.
#[must_use]
pub fn usage_schema() -> SchemaRef {
    schema(&usage_columns(), DataType::clone)
}

/// The suspense journal's schema as any Parquet reader sees it.
#[must_use]
pub fn suspense_schema() -> SchemaRef {
    schema(&suspense_columns(), DataType::clone)
}

fn schema(columns: &[Column], data_type: fn(&DataType) -> DataType) -> SchemaRef {
    let field = |column: &Column| Field::new(&column.name, data_type(&column.data_type), column.nullable);
    Arc::new(Schema::new(columns.iter().map(field).collect::<Vec<_>>()))
}

/// Decimals of 18 digits are 64-bit integers in the files; here they stay what they are.
fn in_memory(data_type: &DataType) -> DataType {
    match data_type {
        DataType::Decimal128(precision, scale) if *precision <= DECIMAL64_MAX_PRECISION => {
            DataType::Decimal64(*precision, *scale)
        }
        other => other.clone(),
    }
}

/// The usage journal as this crate holds it in memory.
pub(crate) static USAGE: LazyLock<SchemaRef> = LazyLock::new(|| schema(&usage_columns(), in_memory));
/// The suspense journal as this crate holds it in memory.
pub(crate) static SUSPENSE: LazyLock<SchemaRef> = LazyLock::new(|| schema(&suspense_columns(), in_memory));
/// The usage journal as a scan holds it in memory: words by their codes, as the files have them.
pub(crate) static SCANNED: LazyLock<SchemaRef> = LazyLock::new(|| {
    let by_code = DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
    let fields =
        USAGE.fields().iter().zip(usage_columns()).map(|(field, column)| match (column.coding, field.data_type()) {
            (Coding::Words, DataType::Utf8) => Arc::new(field.as_ref().clone().with_data_type(by_code.clone())),
            _ => Arc::clone(field),
        });
    Arc::new(Schema::new(fields.collect::<Vec<_>>()))
});
