//! The views, formats and reports over a small journal as the store writes it.

#![expect(clippy::unwrap_used, reason = "what fails in a test should panic, in its helpers too")]

mod current;
mod damage;
mod formats;
mod history;
mod pruning;
mod refusals;
mod reports;
mod suspense;
mod usage;
mod world;
