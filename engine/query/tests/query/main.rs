//! The views, formats and reports over a small journal as the store writes it.

mod current;
mod damage;
mod formats;
mod pruning;
mod refusals;
mod reports;
mod suspense;
mod usage;
mod world;
