//! A whole catalog document, or everything that is wrong with it.

use super::read::{ReadVersion, Reader};
use super::{CatalogError, tables};
use didtron_domain::catalog::CatalogSpec;
use toml::de::DeTable;

/// Reads a whole document. The versions stand beside the decks of the spec, in their order.
pub(super) fn document<V>(text: &str, version: ReadVersion<V>) -> Result<(CatalogSpec, Vec<Vec<V>>), CatalogError> {
    let reader = Reader::new(text);
    let (document, errors) = DeTable::parse_recoverable(text);
    if !errors.is_empty() {
        return Err(CatalogError(errors.iter().map(|error| reader.syntax(error)).collect()));
    }
    let read = tables::catalog(&reader.top(document.get_ref()), version);
    let findings = reader.into_findings();
    match (read, findings.is_empty()) {
        (Some(read), true) => Ok(read),
        _ => Err(CatalogError(findings)),
    }
}
