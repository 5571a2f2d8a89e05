//! The usage store on disk: two journals of signed rows as Parquet files, one file per batch and journal, compacted
//! into larger ones later. Which files are live is the books' word; no directory is ever listed to read.
//!
//! Layout below the root: `usage/p<partition>/<seq>-<claim id>.parquet`, `suspense/…` alike, and
//! `<seq>-<seq>-<digest>.parquet` for what compaction made; `laid-<number>/<shelf>.parquet` for rows that a scan laid
//! aside, until it is over. Nothing of a clock or the machine is in a file: the same
//! claim and rows leave the same bytes.

mod audit;
mod call;
mod columns;
mod compact;
mod damage;
mod decode;
mod durable;
mod encode;
mod file;
mod identities;
mod laid;
mod layout;
mod pages;
mod parallel;
mod places;
mod plan;
mod presence;
mod reversals;
mod scan;
mod store;
mod sweep;
mod usage_file;
mod write;

pub use audit::{AccrualKey, AuditSums, BatchSums, CurrencyTotals};
pub use laid::Laid;
pub use layout::{Column, suspense_columns, suspense_schema, usage_columns, usage_schema};
pub use plan::plan;
pub use store::ParquetStore;
