//! Single records decoded again for a re-drive, by the present form of the mapping that they came with.

use crate::layout::Layout;
use didtron_domain::CallBatch;
use didtron_ports::{Decode, Error};
use didtron_schemas::call_mapping::{CallMapping, builtin, builtin_names};
use std::collections::BTreeMap;

/// All known mappings by name.
#[derive(Clone, Debug, Default)]
pub struct MappingDecoder {
    mappings: BTreeMap<String, CallMapping>,
}

impl MappingDecoder {
    /// The built-in mappings, and `own` ones that take the place of those with the same name.
    #[must_use]
    pub fn new(own: impl IntoIterator<Item = CallMapping>) -> Self {
        let mappings = builtin_names().filter_map(builtin).chain(own).map(|mapping| (mapping.name.clone(), mapping));
        Self { mappings: mappings.collect() }
    }

    /// The mapping of that name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&CallMapping> {
        self.mappings.get(name)
    }

    /// The names, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.mappings.keys().map(String::as_str)
    }
}

impl Decode for MappingDecoder {
    /// The batch's `file` is the one that the places name, and empty where they name several; `lines` are theirs.
    fn decode_records(&self, mapping: &str, header: &str, records: &[(Vec<u8>, String)]) -> Result<CallBatch, Error> {
        let known = self.mappings.get(mapping).ok_or_else(|| {
            let names: Vec<&str> = self.names().collect();
            Error::Damaged(format!(
                "cannot decode records again: the mapping {mapping:?} is not known, only {}",
                names.join(", ")
            ))
        })?;
        let header = Some(header).filter(|header| !header.is_empty());
        let layout = Layout::resolve(known, header).map_err(|problem| {
            Error::Damaged(format!(
                "cannot decode records again by the present form of the mapping {mapping}: {problem}"
            ))
        })?;
        let places: Vec<(&str, u64)> = records.iter().map(|(_, place)| split_place(place)).collect();
        let file = match places.split_first() {
            Some(((file, _), rest)) if rest.iter().all(|(other, _)| other == file) => (*file).to_owned(),
            _ => String::new(),
        };
        let texts: Vec<(&[u8], u64)> =
            records.iter().zip(&places).map(|((text, _), (_, line))| (text.as_slice(), *line)).collect();
        Ok(layout.decode_single(&texts, file))
    }
}

/// File and line; a place without a line has the line 0.
fn split_place(place: &str) -> (&str, u64) {
    match place.rsplit_once(':').map(|(file, line)| (file, line.parse())) {
        Some((file, Ok(line))) => (file, line),
        _ => (place, 0),
    }
}
