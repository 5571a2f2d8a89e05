//! Which calls: the words of the command line against what the books know.

use crate::commands::rerate::Only;
use crate::failure::usage;
use anyhow::Result;
use didtron_books::Books;
use didtron_domain::catalog::CatalogSpec;
use didtron_domain::{DialPrefix, NameId};
use didtron_ports::{Rerate, RerateWhat, Scope, Sides};

/// What needs no books to be understood.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Checked {
    sides: Sides,
    prefix: Option<DialPrefix>,
}

impl Only {
    /// Whether it leaves nothing out.
    pub(crate) fn is_all(&self) -> bool {
        let Self { from, to, customer, supplier, prefix, destination, deck, side } = self;
        let names = [customer, supplier, prefix, destination, deck];
        from.is_none() && to.is_none() && names.into_iter().all(Option::is_none) && side == "both"
    }
}

/// Refuses what cannot be meant.
pub(crate) fn check(only: &Only) -> Result<Checked> {
    if let (Some(from), Some(to)) = (only.from, only.to)
        && from >= to
    {
        return Err(usage(format!("--from {from} is not before --to {to}; a span begins before it ends")));
    }
    let sides = match only.side.as_str() {
        "both" => Sides::Both,
        "customer" => Sides::Customer,
        "supplier" => Sides::Supplier,
        other => return Err(usage(format!("--side {other:?} is no side; there are customer, supplier and both"))),
    };
    let prefix = only.prefix.as_deref().map(|text| {
        let why = || usage(format!("--prefix {text:?} is none; 1 to 15 digits that do not begin with 0 are expected"));
        DialPrefix::parse(text).ok_or_else(why)
    });
    Ok(Checked { sides, prefix: prefix.transpose()? })
}

/// The names of the books, and the catalogs whose carriers and decks may be meant.
pub(crate) struct Names {
    ids: Vec<(NameId, String)>,
    carriers: Vec<String>,
    decks: Vec<String>,
}

impl Names {
    /// Those of the catalog that rates, and of the newest: calls may be older than the one and newer than the other.
    pub(crate) async fn read(books: &Books, spec: &CatalogSpec) -> Result<Self> {
        let newest = books.newest().await?.map(|(_, spec)| spec);
        let specs = || std::iter::once(spec).chain(&newest);
        let sorted = |mut names: Vec<String>| {
            names.sort_unstable();
            names.dedup();
            names
        };
        let carriers = specs().flat_map(|spec| spec.carriers.iter().map(|carrier| carrier.name.clone())).collect();
        let decks = specs().flat_map(|spec| spec.decks.iter().map(|deck| deck.head.name.clone())).collect();
        Ok(Self { ids: books.names().await?, carriers: sorted(carriers), decks: sorted(decks) })
    }

    pub(crate) fn scope(&self, only: &Only, checked: Checked) -> Result<Scope> {
        Ok(Scope {
            from: only.from,
            to: only.to,
            customer: self.among("--customer", &only.customer, &self.carriers)?,
            supplier: self.among("--supplier", &only.supplier, &self.carriers)?,
            destination: self.known("--destination", &only.destination)?,
            deck: self.among("--deck", &only.deck, &self.decks)?,
            prefix: checked.prefix,
            sides: checked.sides,
        })
    }

    fn among(&self, option: &str, name: &Option<String>, legal: &[String]) -> Result<Option<NameId>> {
        match name {
            Some(name) if !legal.contains(name) => {
                Err(usage(format!("{option} {name:?} is not in the catalog; there are {}", shortened(legal))))
            }
            name => self.known(option, name),
        }
    }

    fn known(&self, option: &str, name: &Option<String>) -> Result<Option<NameId>> {
        let Some(name) = name else { return Ok(None) };
        let found = self.ids.iter().find(|(_, known)| known == name);
        let found =
            found.ok_or_else(|| usage(format!("{option} {name:?} is unknown: no catalog has had that name")))?;
        Ok(Some(found.0))
    }

    /// The entry under a name that was given before, if it means the same.
    pub(crate) fn same(&self, known: Rerate, what: &RerateWhat, names_catalog: bool) -> Result<Rerate> {
        let is_same = match (&known.what, what) {
            (
                RerateWhat::Rate { catalog_version: own, scope: own_scope },
                RerateWhat::Rate { catalog_version, scope },
            ) => own_scope == scope && (!names_catalog || own == catalog_version),
            _ => false,
        };
        if is_same {
            return Ok(known);
        }
        Err(usage(format!(
            "there is a re-rate {} already: {}; leave its options out to go on with it, or choose another --id",
            known.id,
            self.told(&known.what)
        )))
    }

    /// What a re-rate does, in words.
    pub(crate) fn told(&self, what: &RerateWhat) -> String {
        let (version, scope) = match what {
            RerateWhat::Undo { of } => return format!("takes back number {of}"),
            RerateWhat::Rate { catalog_version, scope } => (catalog_version, scope),
        };
        let name = |id: &NameId| {
            self.ids.iter().find(|(known, _)| known == id).map_or_else(|| id.0.to_string(), |(_, name)| name.clone())
        };
        let parts = [
            scope.from.map(|from| format!("from {from}")),
            scope.to.map(|to| format!("before {to}")),
            scope.customer.map(|id| format!("customer {}", name(&id))),
            scope.supplier.map(|id| format!("supplier {}", name(&id))),
            scope.destination.map(|id| format!("destination {}", name(&id))),
            scope.deck.map(|id| format!("deck {}", name(&id))),
            scope.prefix.map(|prefix| format!("prefix {prefix}")),
            match scope.sides {
                Sides::Both => None,
                Sides::Customer => Some("customer side only".to_owned()),
                Sides::Supplier => Some("supplier side only".to_owned()),
            },
        ];
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        let which = if parts.is_empty() { "all calls".to_owned() } else { parts.join(", ") };
        format!("catalog {version}, {which}")
    }
}

/// As many as a person reads.
fn shortened(names: &[String]) -> String {
    const SHOWN_MAX: usize = 12;
    let shown = names.iter().take(SHOWN_MAX).cloned().collect::<Vec<_>>().join(", ");
    if names.len() > SHOWN_MAX { format!("{shown} and {} more", names.len() - SHOWN_MAX) } else { shown }
}
