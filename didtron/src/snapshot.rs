//! Catalog versions compiled from the books for rating.

use crate::deck_table::DeckCache;
use crate::failure::data;
use didtron_books::Books;
use didtron_domain::NameId;
use didtron_domain::catalog::{CatalogSpec, DeckRef};
use didtron_ports::Error;
use didtron_rate_tables::DeckTable;
use didtron_rating::Catalog;
use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::Arc;

/// A catalog that is not published, and the names that it alone has.
pub(crate) type Draft = (Arc<Catalog>, Vec<(NameId, String)>);

/// Compiles versions when they are first asked for and keeps them: nothing published ever changes.
pub(crate) struct Snapshots<'a> {
    books: &'a Books,
    pub(crate) decks: DeckCache,
    compiled: RefCell<BTreeMap<u32, Arc<Catalog>>>,
}

impl<'a> Snapshots<'a> {
    pub(crate) fn new(books: &'a Books, data_dir: &Path) -> Self {
        Self { books, decks: DeckCache::new(data_dir), compiled: RefCell::default() }
    }

    /// A version with its number; the newest for `None`.
    pub(crate) async fn spec(&self, number: Option<u32>) -> Result<(u32, CatalogSpec), Error> {
        let found = match number {
            Some(number) => self.books.catalog(number).await?.map(|spec| (number, spec)),
            None => self.books.newest().await?.map(|(version, spec)| (version.number, spec)),
        };
        found.ok_or_else(|| {
            Error::Damaged(match number {
                Some(number) => format!("there is no catalog version {number}; `didtron catalog versions` lists them"),
                None => "no catalog is published yet; load one with `didtron catalog load FILE`".to_owned(),
            })
        })
    }

    /// A compiled version; the newest for `None`.
    pub(crate) async fn catalog(&self, number: Option<u32>) -> Result<Arc<Catalog>, Error> {
        let known = |number: u32| self.compiled.borrow().get(&number).cloned();
        if let Some(found) = number.and_then(known) {
            return Ok(found);
        }
        let (number, spec) = self.spec(number).await?;
        if let Some(found) = known(number) {
            return Ok(found);
        }
        let catalog = Arc::new(self.compile(number, &spec).await?);
        self.compiled.borrow_mut().insert(number, Arc::clone(&catalog));
        Ok(catalog)
    }

    /// A catalog with other decks in it than were published, and the names that only those have, with ids for as long as
    /// this catalog is looked at.
    pub(crate) async fn draft(
        &self,
        spec: &CatalogSpec,
        drafts: Vec<(String, Arc<DeckTable>)>,
    ) -> Result<Draft, anyhow::Error> {
        let drafts: HashMap<String, Arc<DeckTable>> = drafts.into_iter().collect();
        let published = spec.decks.iter().filter(|deck| !drafts.contains_key(&deck.head.name));
        let tables = self.tables(published).await?;
        let names = self.books.names().await?;
        let first = names.iter().map(|(id, _)| id.0 + 1).max().unwrap_or(1);
        let ids: HashMap<String, NameId> = names.into_iter().map(|(id, name)| (name, id)).collect();
        let more: RefCell<Vec<(NameId, String)>> = RefCell::default();
        let id_of = |name: &str| {
            let mut more = more.borrow_mut();
            let known = ids.get(name).copied().or_else(|| more.iter().find(|(_, own)| own == name).map(|(id, _)| *id));
            known.unwrap_or_else(|| {
                let id = NameId(first + u32::try_from(more.len()).expect("fewer names than 2^32"));
                more.push((id, name.to_owned()));
                id
            })
        };
        let table = |deck: &str| drafts.get(deck).or_else(|| tables.get(deck)).cloned();
        let compiled = Catalog::compile(0, spec, &table, &id_of).map_err(|findings| {
            let lines: Vec<String> = findings.iter().map(ToString::to_string).collect();
            data(format!("the catalog with this deck would not rate:\n{}", lines.join("\n")))
        })?;
        Ok((Arc::new(compiled), more.into_inner()))
    }

    async fn tables<'d>(
        &self,
        decks: impl Iterator<Item = &'d DeckRef>,
    ) -> Result<HashMap<&'d str, Arc<DeckTable>>, Error> {
        let mut loading = Vec::new();
        for deck in decks {
            loading.push((deck, self.decks.begin(self.books, deck).await?));
        }
        let mut tables = HashMap::with_capacity(loading.len());
        for (deck, loading) in loading {
            tables.insert(deck.head.name.as_str(), Arc::new(self.decks.finish(self.books, deck, loading).await?));
        }
        Ok(tables)
    }

    async fn compile(&self, number: u32, spec: &CatalogSpec) -> Result<Catalog, Error> {
        let tables = self.tables(spec.decks.iter()).await?;
        let ids: HashMap<String, NameId> = self.books.names().await?.into_iter().map(|(id, name)| (name, id)).collect();
        // A name without an id never was published: it is found below, not rated with.
        let unknown = RefCell::new(None);
        let id_of = |name: &str| {
            ids.get(name).copied().unwrap_or_else(|| {
                unknown.replace(Some(name.to_owned()));
                NameId(0)
            })
        };
        let compiled = Catalog::compile(number, spec, &|deck| tables.get(deck).cloned(), &id_of);
        if let Some(name) = unknown.into_inner() {
            return Err(Error::Damaged(format!("catalog version {number} uses the name {name:?}, which has no id")));
        }
        compiled.map_err(|findings| {
            let first = findings.first().map(ToString::to_string).unwrap_or_default();
            Error::Damaged(format!("could not compile catalog version {number} as it was published: {first}"))
        })
    }
}
