//! What a call costs, both sides, against one catalog version (rating.md R1 to R15, R18).
//!
//! Pure: no clock, no files, no environment, no floats; the zones of the world are compiled in. A [`Catalog`] is
//! checked and compiled once and then only read: [`Catalog::rate_batch`] for the pipeline, [`Catalog::rate`] for one
//! call, [`Catalog::explain`] for people, [`price::price`] for a price without a catalog.

#![deny(missing_docs)]

pub mod price;

mod bands;
mod batch;
mod catalog;
mod choose;
mod conversion;
mod countries;
mod explain;
mod front;
mod fx;
mod jurisdiction;
mod leg;
mod number;
mod origins;
mod rate_call;
mod sentences;
mod service;
mod trace;
mod us_states;

pub use catalog::Catalog;
pub use catalog::findings::CatalogFinding;
pub use explain::{Explanation, Step};
pub use price::{Priced, Terms};
