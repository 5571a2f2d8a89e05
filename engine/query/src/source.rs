//! What a session looks at: live files and what the books say around them, all of one moment.

use didtron_domain::catalog::{BillingModel, CarrierKind};
use didtron_domain::deck::VersionMode;
use didtron_domain::{Currency, Instant, NameId, Side};
use didtron_ports::StoredFile;
use std::path::PathBuf;

/// One consistent view of the books and the usage store.
#[derive(Clone, Debug, Default)]
pub struct Source {
    /// The folder that the paths of `files` are relative to.
    pub root: PathBuf,
    /// The live files of both journals and all partitions.
    pub files: Vec<StoredFile>,
    /// All names; their ids are 1, 2, 3 and so on, in any order.
    pub names: Vec<(NameId, String)>,
    /// The rows of `carriers`, from the newest catalog.
    pub carriers: Vec<CarrierRow>,
    /// The rows of `decks`, one per version.
    pub decks: Vec<DeckRow>,
    /// Where the batches come from that may have usage rows.
    pub batches: Vec<BatchCause>,
}

/// Where a batch comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BatchCause {
    pub partition: u32,
    /// Its number in the partition.
    pub seq: u64,
    pub kind: BatchKind,
    /// That of the re-rate or undo; `None` where it is of neither.
    pub id: Option<String>,
}

/// What a batch does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BatchKind {
    /// It rates records as they come.
    File,
    /// It rates what waited in suspense.
    Redrive,
    /// It rates calls again.
    Rerate,
    /// It takes a re-rate back.
    Undo,
}

/// A row of the view `carriers`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CarrierRow {
    pub name: String,
    pub kind: CarrierKind,
    pub billing_model: BillingModel,
    /// Of its account.
    pub currency: Currency,
}

/// A row of the view `decks`: one version of one deck.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeckRow {
    pub deck: String,
    /// Whose side it prices.
    pub direction: Side,
    pub currency: Currency,
    /// Of its bare dates and time classes.
    pub zone: String,
    /// Counted from 1 in order of publication.
    pub version: u32,
    pub mode: VersionMode,
    /// From when it changes the versions before; `None`: always.
    pub effective: Option<Instant>,
    /// How many rows it has.
    pub rows: u64,
    pub imported_at: Instant,
    /// The file that it was read from.
    pub source_file: String,
    /// Whether the newest catalog version holds it.
    pub in_catalog: bool,
}
