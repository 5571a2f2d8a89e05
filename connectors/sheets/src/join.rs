//! Adds the columns of a second file to each row of the first, by a key that both have.

use crate::cell::Cell;
use crate::columns::JOINED;
use crate::grid::Sheet;
use crate::header_names::normal;
use didtron_schemas::deck_file::Finding;
use didtron_schemas::deck_mapping::Join;
use std::collections::HashMap;

/// Appends to `sheet`, whose header is at `header`, the columns of `other`, whose header is its first row, as
/// `join:<name>`. A row whose key the other file lacks is marked.
pub(crate) fn join(sheet: &mut Sheet, header: usize, other: &Sheet, join: &Join) -> Result<(), Finding> {
    let width = sheet.rows[header].cells.len();
    let key = column(&sheet.rows[header].cells, &join.key)?;
    let Some((names, rows)) = other.rows.split_first() else {
        return Err(Finding::of_file("the joined file is empty"));
    };
    let joined_key = column(&names.cells, &join.joined_key)?;
    let mut by_key: HashMap<&str, &[Cell]> = HashMap::with_capacity(rows.len());
    for row in rows {
        let text = row.cell(joined_key).text();
        if !text.is_empty() && by_key.insert(text, &row.cells).is_some() {
            let message =
                format!("line {} of the joined file has the key {text:?} once more; a key is there once", row.line);
            return Err(Finding::of_file(message));
        }
    }
    let named = |cell: &Cell| Cell::Text(format!("{JOINED}{}", cell.text()));
    sheet.rows[header].cells.extend(names.cells.iter().map(named));
    for row in &mut sheet.rows[header + 1..] {
        let found = by_key.get(row.cell(key).text());
        row.lacks_joined = found.is_none() && !row.is_blank();
        row.cells.resize(width, Cell::Empty);
        row.cells.extend_from_slice(found.copied().unwrap_or(&[]));
    }
    Ok(())
}

fn column(header: &[Cell], name: &str) -> Result<usize, Finding> {
    let wanted = normal(name);
    let found = header.iter().position(|cell| normal(cell.text()) == wanted);
    found.ok_or_else(|| Finding::of_file(format!("the key column {name:?} of the join is not in the header")))
}
