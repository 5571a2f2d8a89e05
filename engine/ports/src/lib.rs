//! What crosses between the pipeline and the outside: claims, journals and settlements, and the two traits that the
//! books and the usage store implement. No behaviour lives here.

pub mod books;
pub mod claim;
pub mod error;
pub mod journal;
pub mod rerate;
pub mod source;
pub mod store;
mod stored_file;

pub use books::{Books, ClaimOutcome, ClaimedRange, KnownFeed, PartitionState, SettleOutcome};
pub use claim::{Accrual, Claim, ClaimRequest, Counts, Feed, Settlement};
pub use error::Error;
pub use journal::{Journal, RowPlace, StoredRows, SuspenseCause, SuspenseColumns, SuspenseRow, UsageColumns, UsageRow};
pub use rerate::{Kept, KeptCall, Moved, Rerate, RerateWhat, Rerated, Scope, Sides};
pub use source::{CallSource, Chunk, Decode, Decoded};
pub use store::{Fields, IdentityEntry, Scan, See, TakeEntries, TakeReversals, UsageStore};
pub use stored_file::{JournalKind, StoredFile};
