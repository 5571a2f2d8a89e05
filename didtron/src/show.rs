//! How results are shown: aligned tables for people, figures in words, JSON for scripts.

use comfy_table::presets::NOTHING;
use comfy_table::{CellAlignment, Table};
use didtron_domain::decimal::format_fixed;
use std::io::{BufWriter, Stdout, Write};

/// Standard output, buffered.
pub(crate) type Out = BufWriter<Stdout>;

/// An aligned table without lines. Columns named in `right` are aligned to the right.
pub(crate) fn table(header: &[&str], right: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let mut table = Table::new();
    table.load_preset(NOTHING).set_header(header);
    for row in rows {
        table.add_row(row);
    }
    for (at, name) in header.iter().enumerate() {
        if let Some(column) = table.column_mut(at) {
            column.set_padding((0, 2));
            if right.contains(name) {
                column.set_cell_alignment(CellAlignment::Right);
            }
        }
    }
    table.trim_fmt()
}

/// An amount of any size in micro-units, with its six decimals.
pub(crate) fn money(micros: i128) -> String {
    format_fixed(micros, 6)
}

/// Pretty JSON and a line end.
pub(crate) fn json(out: &mut Out, value: &serde_json::Value) -> anyhow::Result<()> {
    serde_json::to_writer_pretty(&mut *out, value)?;
    Ok(writeln!(out)?)
}

/// A digest as lower-case hexadecimal text.
pub(crate) fn hex(digest: &[u8]) -> String {
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}
