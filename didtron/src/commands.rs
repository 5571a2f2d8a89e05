//! One file per command: its words, and what it does.

pub(crate) mod audit;
pub(crate) mod batch;
pub(crate) mod calls;
pub(crate) mod catalog;
pub(crate) mod config;
pub(crate) mod day;
pub(crate) mod deck;
pub(crate) mod demo;
pub(crate) mod differences;
pub(crate) mod explain;
pub(crate) mod kept;
pub(crate) mod ledger;
pub(crate) mod mapping;
pub(crate) mod price;
pub(crate) mod rate;
pub(crate) mod report;
pub(crate) mod rerate;
pub(crate) mod shell;
pub(crate) mod sql;
pub(crate) mod suspense;
pub(crate) mod waiting;
pub(crate) mod world;
