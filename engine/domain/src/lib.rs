//! The ground floor of DIDTron: what the things of wholesale rating *are* and which values are legal.
//!
//! Nothing here reads a file, a clock or the environment, and nothing is a float. Rules are cited by their
//! number in `docs/rating.md` (R1 to R18).

#![deny(missing_docs)]

pub mod amount;
pub mod batch;
pub mod call;
pub mod catalog;
pub mod column;
pub mod currency;
pub mod decimal;
pub mod deck;
pub mod digest;
pub mod identity;
pub mod instant;
pub mod name;
pub mod number;
pub mod policy;
pub mod rated;
pub mod rated_columns;
pub mod rejection;
pub mod rounding;
pub mod text;

pub use amount::{Amount, ExactPrice, Price};
pub use batch::{CallBatch, Malformed};
pub use call::CallRecord;
pub use column::Optional;
pub use currency::Currency;
pub use decimal::DecimalError;
pub use digest::UsageDigest;
pub use identity::{ContentHash, IdentityKey};
pub use instant::{Day, Instant};
pub use name::NameId;
pub use number::{DialPrefix, E164};
pub use policy::{BandSplit, DurationRounding, GraceMode, Increment, IncrementOrigin};
pub use rated::{Jurisdiction, RatedCall, RatedRow, RatedSide};
pub use rated_columns::{Found, RatedColumns, SideColumns};
pub use rejection::{Reason, Rejection, Side};
pub use rounding::{RoundingMode, round_ratio};
