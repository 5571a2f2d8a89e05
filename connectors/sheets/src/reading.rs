//! A rate sheet from bytes to deck rows with their places: which form a file has, and what is read of it.

use crate::deck_reading::{DeckReading, Place, SheetFile};
use crate::tables::Source;
use crate::{encoding, overlap, rate_card, workbook};
use didtron_domain::Instant;
use didtron_domain::deck::{DeckHead, DeckRow};
use didtron_schemas::deck_file::{self, Finding, Scope};
use didtron_schemas::deck_mapping::{self, DeckForm, DeckMapping};
use std::borrow::Cow;
use std::collections::HashSet;
use std::path::Path;

/// A file that could not be opened or read.
#[derive(Debug, thiserror::Error)]
#[error("reading the rate sheet {path:?} failed: {source}")]
pub struct OpenError {
    /// The file.
    pub path: std::path::PathBuf,
    /// What the system says.
    pub source: std::io::Error,
}

/// Reads the rate sheet at `path`, and the file beside it that its mapping joins.
pub fn read_deck_at(
    path: &Path,
    mapping: Option<&DeckMapping>,
    head: &DeckHead,
    now: Instant,
) -> Result<DeckReading, OpenError> {
    let open = |path: &Path| std::fs::read(path).map_err(|source| OpenError { path: path.to_owned(), source });
    let bytes = open(path)?;
    let folder = path.parent().unwrap_or_else(|| Path::new(""));
    let names = mapping.and_then(|mapping| mapping.join.as_ref()).map_or(&[][..], |join| &join.files);
    let found = names.iter().find(|name| folder.join(name).is_file());
    let beside = found.map(|name| open(&folder.join(name)).map(|bytes| (name, bytes))).transpose()?;
    let name = path.file_name().map_or(Cow::Borrowed(""), |name| name.to_string_lossy());
    let file = SheetFile { name: &name, bytes: &bytes };
    let beside: Vec<SheetFile<'_>> = beside.iter().map(|(name, bytes)| SheetFile { name, bytes }).collect();
    Ok(read_deck(&file, &beside, mapping, head, now))
}

/// Reads a rate sheet. Everything wrong is in the findings of what is returned.
///
/// Without a mapping, a file whose header is that of the plain deck is read as one, JSON as an open rate card, and
/// anything else by what its columns are called and its cells prove. `beside` holds the file that a mapping joins.
/// `now` is what "as soon as possible" means. The increments of `head` stand where neither row nor mapping has any.
///
/// ```
/// use didtron_domain::deck::DeckHead;
/// use didtron_domain::{Currency, Instant, Side};
/// use didtron_sheets::{SheetFile, read_deck};
///
/// let head = DeckHead {
///     name: "acme".into(), direction: Side::Supplier, currency: Currency::parse("USD").unwrap(),
///     zone: "UTC".into(), increment: None, country_lists: None,
/// };
/// let bytes = b"Acme rates\nDestination;Codes;Price;Billing\nGermany;49, 4930;0,01;60/1\n";
/// let reading = read_deck(&SheetFile { name: "acme.csv", bytes }, &[], None, &head, Instant(0));
/// assert!(reading.findings.is_empty());
/// assert_eq!(reading.rows[1].0.prefix.to_string(), "4930");
/// assert_eq!(reading.rows[1].1.row, 3);
/// ```
#[must_use]
pub fn read_deck(
    file: &SheetFile<'_>,
    beside: &[SheetFile<'_>],
    mapping: Option<&DeckMapping>,
    head: &DeckHead,
    now: Instant,
) -> DeckReading {
    let mapping = mapping.map_or_else(|| Cow::Owned(mapping_of(file.bytes)), Cow::Borrowed);
    let mut reading = DeckReading { mapping: mapping.name.clone(), mode: mapping.mode, ..DeckReading::default() };
    match mapping.form {
        DeckForm::Plain => plain(&mut reading, file, &mapping, head),
        DeckForm::Table | DeckForm::RateCard => {
            let source = Source { file, beside, mapping: &mapping, head, now };
            if let Err(findings) = source.read(&mut reading) {
                reading.findings.extend(findings);
            }
        }
    }
    refuse_overlaps(&mut reading);
    if reading.findings.iter().any(|finding| finding.scope == Scope::File) {
        reading.rows.clear();
    }
    reading
}

/// The mapping of a file that comes without one.
fn mapping_of(bytes: &[u8]) -> DeckMapping {
    let builtin = |name| deck_mapping::builtin(name).expect("the name of a built-in mapping");
    if workbook::is_workbook(bytes) {
        return DeckMapping::automatic();
    }
    let Ok((text, _)) = encoding::decode(bytes, None) else { return DeckMapping::automatic() };
    let header = text.lines().next().unwrap_or("").trim_start_matches('\u{feff}');
    let names: Vec<&str> = header.split(',').map(str::trim).collect();
    let is_plain = ["prefix", "destination"].iter().all(|needed| names.contains(needed))
        && names.iter().all(|name| deck_file::COLUMNS.contains(name));
    match (is_plain, rate_card::is_json(&text)) {
        (true, _) => builtin("plain"),
        (false, true) => builtin("open-rate-card"),
        (false, false) => DeckMapping::automatic(),
    }
}

fn plain(reading: &mut DeckReading, file: &SheetFile<'_>, mapping: &DeckMapping, head: &DeckHead) {
    let deck = deck_file::read_rows(file.bytes, head, Some(mapping.prices.max_price));
    reading.findings = deck.findings;
    let places = deck.lines.into_iter().map(|row| Place { sheet: None, row });
    reading.rows = deck.rows.into_iter().zip(places).collect();
}

/// Refuses rows that meet another of their prefix: all of them, for nobody can say which is meant.
fn refuse_overlaps(reading: &mut DeckReading) {
    let rows: Vec<&DeckRow> = reading.rows.iter().map(|(row, _)| row).collect();
    let pairs = overlap::overlaps(&rows);
    if pairs.is_empty() {
        return;
    }
    let mut refused = HashSet::new();
    for &(earlier, later) in &pairs {
        for (at, other) in [(earlier, later), (later, earlier)] {
            if refused.insert(at) {
                let finding = meeting(&reading.rows[at], &reading.rows[other].1);
                reading.findings.push(finding);
            }
        }
    }
    // A row of the file goes whole, with every prefix that it stands for.
    let places: HashSet<Place> = refused.into_iter().map(|at| reading.rows[at].1.clone()).collect();
    reading.rows.retain(|(_, place)| !places.contains(place));
}

fn meeting((row, place): &(DeckRow, Place), other: &Place) -> Finding {
    let there = match &other.sheet {
        Some(sheet) if other.sheet != place.sheet => format!("row {} of sheet {sheet}", other.row),
        _ => format!("row {}", other.row),
    };
    let message = format!("is on {there} too, for the same callers, hours and dates; keep one of the two");
    let finding = Finding::of_row(place.row, "prefix", row.prefix.to_string(), message);
    Finding { sheet: place.sheet.as_deref().map(str::to_owned), ..finding }
}
