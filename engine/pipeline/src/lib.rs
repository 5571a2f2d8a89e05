//! The loop that turns records into money exactly once: claim, rate, write, settle (ARCHITECTURE.md, the batch protocol).
//!
//! Time, ids, catalogs, books and stores come from the [`Outside`]; nothing here knows a clock, a file, SQL or a
//! runtime. [`Pipeline`] works one partition: [`Pipeline::rate`] for a feed of records, [`Pipeline::redrive`] and
//! [`Pipeline::dismiss`] for suspense, [`Pipeline::resume`] and [`Pipeline::void`] after trouble.

#![deny(missing_docs)]

mod aside;
mod build;
#[doc(hidden)]
pub mod columns;
mod decide;
mod desk;
mod dismiss;
mod error;
mod feed;
mod feeder;
mod finish;
mod flight;
mod index;
mod outside;
mod plan;
mod rate_rows;
mod redo;
mod redrive;
mod redriven;
mod report;
mod rerate;
mod run;
mod void;
mod waiting;

pub use error::RunError;
pub use feed::{FeedName, Feeds, NamedFeed};
pub use outside::{Fault, Outside, Rate, Settings};
pub use redrive::Redrive;
pub use report::{Progress, RunReport};
pub use rerate::{
    Change, ChangedCall, Differences, KeptOf, MovedAccount, SeeChanged, SeeKept, Trial, kept_calls, try_rerate,
};
pub use run::Pipeline;
pub use void::VoidedInput;
