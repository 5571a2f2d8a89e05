//! A world rated in memory by the engine's own parts: files are decoded and rated, and nothing is looked up in books or
//! kept. Every record counts, duplicates and corrections (R16) too.

use anyhow::{Context, Result, anyhow, ensure};
use didtron_domain::deck::{DeckHead, DeckVersion};
use didtron_domain::{CallBatch, NameId, RatedColumns};
use didtron_files::CallFile;
use didtron_ports::CallSource;
use didtron_rate_tables::DeckTable;
use didtron_rating::Catalog;
use didtron_schemas::catalog_file::DeckFile;
use didtron_schemas::{call_mapping, catalog_file, deck_file};
use std::cell::RefCell;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Records of a batch, as many as the program takes by default.
const BATCH_ROWS: usize = 53_248;

/// What all records came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Records that were rated, whatever they cost.
    pub calls: u64,
    /// Records that cannot be understood or rated.
    pub rejected: u64,
    /// Millionths of the base currency.
    pub revenue_micros: i128,
    /// Millionths of the base currency.
    pub cost_micros: i128,
}

/// Reads the catalog of a world and compiles it with its decks.
pub fn catalog(world: &Path) -> Result<Catalog> {
    let file = catalog_file::parse(&std::fs::read_to_string(world.join("catalog.toml"))?)?;
    let mut spec = file.spec;
    let mut tables = HashMap::new();
    for (deck, files) in spec.decks.iter_mut().zip(&file.deck_files) {
        let versions = versions(world, &deck.head, files)?;
        deck.versions = versions.iter().map(|version| version.number).collect();
        let table = DeckTable::compile(&deck.head, &versions)
            .map_err(|findings| anyhow!("the deck {} is wrong: {findings:?}", deck.head.name))?;
        tables.insert(deck.head.name.clone(), Arc::new(table));
    }
    let ids = RefCell::new(HashMap::new());
    let id_of = |name: &str| {
        let mut ids = ids.borrow_mut();
        let next = NameId(u32::try_from(ids.len()).expect("a catalog has fewer than 2^32 names"));
        *ids.entry(name.to_owned()).or_insert(next)
    };
    Catalog::compile(1, &spec, &|deck| tables.get(deck).cloned(), &id_of)
        .map_err(|findings| anyhow!("the catalog is wrong: {findings:?}"))
}

fn versions(world: &Path, head: &DeckHead, files: &[DeckFile]) -> Result<Vec<DeckVersion>> {
    let version = |(number, DeckFile { file, mode, effective }): (u32, &DeckFile)| {
        let bytes = std::fs::read(world.join(file)).with_context(|| format!("could not read {file}"))?;
        let plain = deck_file::read_rows(&bytes, head, None);
        ensure!(plain.findings.is_empty(), "{file} is wrong: {:?}", plain.findings);
        Ok(DeckVersion { number, mode: *mode, effective: *effective, rows: plain.rows })
    };
    (1..).zip(files).map(version).collect()
}

/// The call files of a world, in the order of their names.
pub fn call_files(world: &Path) -> Result<Vec<PathBuf>> {
    let entries = world.join("calls").read_dir()?.collect::<std::io::Result<Vec<_>>>()?;
    let mut files: Vec<_> = entries.into_iter().map(|entry| entry.path()).collect();
    files.sort();
    Ok(files)
}

/// Decodes and rates every record of these plain call files.
pub fn rate(catalog: &Catalog, files: &[PathBuf]) -> Result<Totals> {
    let mapping = call_mapping::builtin("plain").context("the plain mapping is built in")?;
    let (mut totals, mut room, mut rated) = (Totals::default(), CallBatch::default(), RatedColumns::default());
    for path in files {
        let mut file = CallFile::open(path, &mapping, None)?;
        loop {
            file.leave(room);
            let Some(decoded) = file.next_decoded(BATCH_ROWS)? else { break };
            room = decoded.batch;
            rated.resize(0);
            catalog.rate_batch(&room, 0..room.len(), &mut rated);
            totals.add(&rated);
        }
        room = CallBatch::default();
    }
    Ok(totals)
}

impl Totals {
    fn add(&mut self, rated: &RatedColumns) {
        let mut rejected = rated.rejected.iter().map(|(row, _)| *row).peekable();
        for (row, (revenue, cost)) in rated.customer.base_amount.iter().zip(&rated.supplier.base_amount).enumerate() {
            if rejected.next_if_eq(&row).is_some() {
                self.rejected += 1;
                continue;
            }
            self.calls += 1;
            self.revenue_micros += i128::from(*revenue);
            self.cost_micros += i128::from(*cost);
        }
    }
}
