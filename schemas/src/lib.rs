//! Contracts at rest: the forms of files, mappings, the catalog and the tables, and nothing that opens one.

pub mod call_mapping;
pub mod catalog_file;
pub mod deck_file;
pub mod deck_mapping;
