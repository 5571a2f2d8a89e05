//! Catalog versions compiled from the books for rating.

use crate::deck_table::DeckCache;
use didtron_books::Books;
use didtron_domain::NameId;
use didtron_domain::catalog::CatalogSpec;
use didtron_ports::Error;
use didtron_rating::Catalog;
use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::Arc;

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

    async fn compile(&self, number: u32, spec: &CatalogSpec) -> Result<Catalog, Error> {
        let mut loading = Vec::with_capacity(spec.decks.len());
        for deck in &spec.decks {
            loading.push((deck, self.decks.begin(self.books, deck).await?));
        }
        let mut tables = HashMap::with_capacity(spec.decks.len());
        for (deck, loading) in loading {
            tables.insert(deck.head.name.as_str(), Arc::new(self.decks.finish(self.books, deck, loading).await?));
        }
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
