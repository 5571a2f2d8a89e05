//! Columns of plain values as Parquet pages, encoded here: the general writer takes twice as long, most of it for levels,
//! statistics and dictionaries that these columns do not need.
//!
//! What comes out is any reader's Parquet; the crate `parquet` writes headers, metadata and indexes.

mod chunk;
mod delta;
mod pack;
mod runs;

pub(crate) use chunk::{RowGroup, Rows};
