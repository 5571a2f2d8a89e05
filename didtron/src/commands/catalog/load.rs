//! From a catalog file to a published version: everything is read and checked before anything is stored.

use crate::commands::suspense::Cures;
use crate::data_dir::{self, Writing};
use crate::deck_table::{self, DeckCache};
use crate::failure::{data, read_file};
use crate::outside::now;
use crate::settings::Settings;
use crate::show::{self, Out};
use anyhow::Result;
use didtron_books::{NewDeckVersion, Published};
use didtron_domain::NameId;
use didtron_domain::catalog::{CatalogSpec, DeckRef};
use didtron_domain::deck::{DeckHead, DeckVersion};
use didtron_rate_tables::DeckTable;
use didtron_rating::Catalog;
use didtron_schemas::catalog_file::{self, CatalogFile, DeckFile};
use didtron_schemas::deck_file;
use serde_json::json;
use std::collections::{BTreeSet, HashMap};
use std::fmt::Display;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What loading did.
pub(crate) struct Loaded {
    file: String,
    pub(crate) published: Published,
    /// For each deck its name, its versions, prefixes and rows.
    decks: Vec<(String, Vec<u32>, usize, usize)>,
    /// Versions of decks that the catalog before laid and this one does not.
    dropped: Vec<String>,
    /// What of suspense the new version could rate.
    cures: Option<Cures>,
}

/// A deck of the file with its versions, read and not yet stored.
struct ReadDeck {
    head: DeckHead,
    versions: Vec<NewDeckVersion>,
    rows: Vec<DeckVersion>,
    /// For each version its file, and for each of its rows the line.
    places: Vec<(PathBuf, Vec<u64>)>,
}

/// Publishes the catalog in `file`. Wrong anywhere, and nothing is stored; everything wrong is said at once.
pub(crate) async fn load(file: &Path, settings: &Settings) -> Result<Loaded> {
    let shown = file.display();
    let text = String::from_utf8(read_file(file)?).map_err(|_| data(format!("{shown} is not UTF-8 text")))?;
    let parsed = catalog_file::parse(&text).map_err(|error| refused(file, error.0.iter()))?;
    let folder = file.parent().unwrap_or_else(|| Path::new(""));
    let mut decks = read_decks(&parsed, folder, settings.threads.value)?;
    let dir = data_dir::write(&settings.data.value, &format!("catalog load {shown}")).await?;
    for deck in &mut decks {
        let numbers = dir.books.deck_version_numbers(&deck.versions).await?;
        for (version, number) in deck.rows.iter_mut().zip(numbers) {
            version.number = number;
        }
    }
    let mut tables = compile(&decks, settings.threads.value)?;
    let before = dir.books.newest().await?.map(|(_, spec)| spec);
    let mut spec = parsed.spec;
    for (deck, read) in spec.decks.iter_mut().zip(&decks) {
        deck.versions = read.rows.iter().map(|version| version.number).collect();
    }
    keep_imported(&mut spec, before.as_ref(), &dir, &mut tables).await?;
    let dropped = before.as_ref().map_or_else(Vec::new, |before| dropped(before, &spec));
    check(&spec, &tables, file)?;
    store(&dir, decks, &tables).await?;
    let published = dir.books.publish(&spec, now()).await?;
    let sizes = |deck: &DeckRef| {
        let table = &tables[&deck.head.name];
        (deck.head.name.clone(), deck.versions.clone(), table.prefix_count(), table.row_count())
    };
    let decks = spec.decks.iter().map(sizes).collect();
    let cures = match published.is_new {
        true => Cures::of(&dir.books, &dir.store, &dir.dir).await?,
        false => None,
    };
    Ok(Loaded { file: shown.to_string(), published, decks, dropped, cures })
}

type Tables = HashMap<String, Arc<DeckTable>>;

/// Reads the files of every deck, several at a time.
fn read_decks(catalog: &CatalogFile, folder: &Path, threads: usize) -> Result<Vec<ReadDeck>> {
    let pairs: Vec<_> = catalog.spec.decks.iter().zip(&catalog.deck_files).collect();
    let read = in_parallel(&pairs, threads, |(deck, files)| read_deck(&deck.head, files, folder));
    let mut decks = Vec::with_capacity(read.len());
    let mut wrong = Vec::new();
    for deck in read {
        match deck {
            Ok(deck) => decks.push(deck),
            Err(error) if error.is::<crate::failure::Failure>() && !is_data(&error) => return Err(error),
            Err(error) => wrong.push(error.to_string()),
        }
    }
    if wrong.is_empty() { Ok(decks) } else { Err(data(wrong.join("\n"))) }
}

fn is_data(error: &anyhow::Error) -> bool {
    matches!(error.downcast_ref(), Some(crate::failure::Failure::Data(_)))
}

fn read_deck(head: &DeckHead, files: &[DeckFile], folder: &Path) -> Result<ReadDeck> {
    let mut deck = ReadDeck { head: head.clone(), versions: Vec::new(), rows: Vec::new(), places: Vec::new() };
    let mut wrong = Vec::new();
    for file in files {
        let path = folder.join(&file.file);
        let csv = read_file(&path)?;
        let read = deck_file::read_rows(&csv, head, None);
        wrong.extend(read.findings.iter().map(|finding| format!("{}: {finding}", path.display())));
        let DeckFile { mode, effective, .. } = *file;
        deck.versions.push(NewDeckVersion {
            deck: head.name.clone(),
            mode,
            effective,
            row_count: read.rows.len() as u64,
            csv,
            imported_at: now(),
            source_file: file.file.clone(),
        });
        deck.rows.push(DeckVersion { number: 0, mode, effective, rows: read.rows });
        deck.places.push((path, read.lines));
    }
    if wrong.is_empty() { Ok(deck) } else { Err(data(wrong.join("\n"))) }
}

/// Lays the versions of every deck over each other.
fn compile(decks: &[ReadDeck], threads: usize) -> Result<Tables> {
    let compiled = in_parallel(decks, threads, |deck| DeckTable::compile(&deck.head, &deck.rows));
    let mut tables = Tables::new();
    let mut wrong = Vec::new();
    for (deck, compiled) in decks.iter().zip(compiled) {
        match compiled {
            Ok(table) => drop(tables.insert(deck.head.name.clone(), Arc::new(table))),
            Err(findings) => wrong.extend(findings.iter().map(|finding| placed(deck, finding))),
        }
    }
    if wrong.is_empty() { Ok(tables) } else { Err(data(wrong.join("\n"))) }
}

/// A finding beside the file and line that its row came from.
fn placed(deck: &ReadDeck, finding: &didtron_rate_tables::Finding) -> String {
    let version = deck.rows.iter().position(|version| version.number == finding.version).unwrap_or(0);
    let (path, lines) = &deck.places[version];
    let line = |row: usize| lines.get(row).map_or_else(String::new, ToString::to_string);
    let other = finding.other.map_or_else(String::new, |other| format!(" (line {})", line(other)));
    let (field, message) = (finding.field, &finding.message);
    format!("{}: row {}, column {field}: {message}{other}", path.display(), line(finding.row))
}

/// Decks that were imported by themselves stay where the file does not name them.
async fn keep_imported(
    spec: &mut CatalogSpec,
    before: Option<&CatalogSpec>,
    dir: &Writing,
    tables: &mut Tables,
) -> Result<()> {
    for deck in before.into_iter().flat_map(|before| &before.decks) {
        if !tables.contains_key(&deck.head.name) {
            let table = DeckCache::new(&dir.dir).table(&dir.books, deck).await?;
            tables.insert(deck.head.name.clone(), Arc::new(table));
            spec.decks.push(deck.clone());
        }
    }
    Ok(())
}

fn dropped(before: &CatalogSpec, now: &CatalogSpec) -> Vec<String> {
    let laid = |name: &str| now.decks.iter().find(|deck| deck.head.name == name).map(|deck| &deck.versions);
    let gone = |deck: &DeckRef| {
        let kept = laid(&deck.head.name);
        let gone: Vec<String> = deck
            .versions
            .iter()
            .filter(|number| kept.is_none_or(|kept| !kept.contains(number)))
            .map(ToString::to_string)
            .collect();
        (!gone.is_empty()).then(|| format!("deck {}: version {}", deck.head.name, gone.join(", ")))
    };
    before.decks.iter().filter_map(gone).collect()
}

/// Everything that would keep the catalog from rating.
fn check(spec: &CatalogSpec, tables: &Tables, file: &Path) -> Result<()> {
    let compiled = Catalog::compile(0, spec, &|deck| tables.get(deck).cloned(), &|_| NameId(0));
    compiled.map(drop).map_err(|findings| refused(file, findings.iter()))
}

/// Stores deck versions, names and compiled tables; only the catalog itself is still missing then.
async fn store(dir: &Writing, decks: Vec<ReadDeck>, tables: &Tables) -> Result<()> {
    let cache = DeckCache::new(&dir.dir);
    for deck in decks {
        let mut stored = Vec::with_capacity(deck.versions.len());
        for version in deck.versions {
            stored.push(dir.books.add_deck_version(version).await?.0);
        }
        cache.keep(&deck_table::key(&deck.head, &stored), &tables[&deck.head.name]);
    }
    intern(dir, tables.values().map(Arc::as_ref)).await
}

/// Gives the names of destinations and groups their ids.
pub(crate) async fn intern(dir: &Writing, tables: impl Iterator<Item = &DeckTable>) -> Result<()> {
    let mut names = BTreeSet::new();
    for table in tables {
        names.extend(table.destinations().iter().chain(table.groups()).map(ToString::to_string));
    }
    let names: Vec<String> = names.into_iter().collect();
    didtron_ports::Books::intern(&dir.books, &names).await?;
    Ok(())
}

fn refused<F: Display>(file: &Path, findings: impl Iterator<Item = F>) -> anyhow::Error {
    let lines: Vec<String> = findings.map(|finding| format!("{}: {finding}", file.display())).collect();
    data(lines.join("\n"))
}

/// `work` over all items on several threads, results in order.
fn in_parallel<T: Sync, R: Send>(items: &[T], threads: usize, work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let next = std::sync::atomic::AtomicUsize::new(0);
    let take = || {
        let mut done = Vec::new();
        loop {
            let at = next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            let Some(item) = items.get(at) else { return done };
            done.push((at, work(item)));
        }
    };
    let mut all: Vec<(usize, R)> = std::thread::scope(|scope| {
        let running: Vec<_> = (0..threads.clamp(1, items.len().max(1))).map(|_| scope.spawn(take)).collect();
        running
            .into_iter()
            .flat_map(|thread| thread.join().expect("reading and compiling decks do not panic"))
            .collect()
    });
    all.sort_by_key(|(at, _)| *at);
    all.into_iter().map(|(_, result)| result).collect()
}

impl Loaded {
    pub(crate) fn show(&self, as_json: bool, out: &mut Out) -> Result<()> {
        let Published { number, is_new, changes } = self.published;
        if as_json {
            let decks = self.decks.iter().map(|(name, versions, prefixes, rows)| {
                json!({ "deck": name, "versions": versions, "prefixes": prefixes, "rows": rows })
            });
            let changes = json!({ "added": changes.added, "changed": changes.changed, "removed": changes.removed });
            let decks: Vec<_> = decks.collect();
            let value = json!({
                "version": number,
                "new": is_new,
                "changes": changes,
                "decks": decks,
                "no_longer_laid": self.dropped,
                "cures": self.cures.as_ref().map(Cures::json),
            });
            return show::json(out, &value);
        }
        match is_new {
            true => writeln!(
                out,
                "catalog version {number} from {}: {} added, {} changed, {} removed",
                self.file, changes.added, changes.changed, changes.removed
            )?,
            false => writeln!(out, "catalog version {number} says the same already; nothing was published")?,
        }
        for dropped in &self.dropped {
            writeln!(out, "no longer laid: {dropped}")?;
        }
        let rows = self.decks.iter().map(|(name, versions, prefixes, rows)| {
            let versions: Vec<String> = versions.iter().map(ToString::to_string).collect();
            vec![name.clone(), versions.join(", "), prefixes.to_string(), rows.to_string()]
        });
        let header = ["deck", "versions", "prefixes", "rows"];
        writeln!(out, "{}", show::table(&header, &["prefixes", "rows"], rows))?;
        self.cures.as_ref().map_or(Ok(()), |cures| cures.tell(out))
    }
}
