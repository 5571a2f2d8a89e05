//! Re-rates: which calls are rated again, against what, and what came of it (R17).

use crate::journal::RowPlace;
use didtron_domain::rejection::Reason;
use didtron_domain::{Currency, Day, DialPrefix, Instant, NameId, Side};

/// Sides that a re-rate is about. The other one keeps what it has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Sides {
    #[default]
    Both,
    Customer,
    Supplier,
}

impl Sides {
    /// Whether the side is among them.
    #[must_use]
    pub const fn has(self, side: Side) -> bool {
        matches!((self, side), (Self::Both, _) | (Self::Customer, Side::Customer) | (Self::Supplier, Side::Supplier))
    }
}

/// Which calls are in scope, by their rows in force; all of them by default.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scope {
    /// Answered from here.
    pub from: Option<Instant>,
    /// Answered before.
    pub to: Option<Instant>,
    /// The customer's carrier.
    pub customer: Option<NameId>,
    /// The supplier's carrier.
    pub supplier: Option<NameId>,
    /// Of either side.
    pub destination: Option<NameId>,
    /// Of the row in force or of the new rating, on either side.
    pub deck: Option<NameId>,
    /// Of the number that either side looked up.
    pub prefix: Option<DialPrefix>,
    pub sides: Sides,
}

/// What a re-rate does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RerateWhat {
    /// Rates what is in scope by this catalog version.
    Rate { catalog_version: u32, scope: Scope },
    /// Takes back another one, by its number.
    Undo { of: i64 },
}

/// A re-rate as it stands in the books, where it never changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rerate {
    /// Counted from 1.
    pub number: i64,
    /// Its name, given or made.
    pub id: String,
    pub what: RerateWhat,
    pub begun_at: Instant,
    /// The number of the one that takes it back.
    pub undone_by: Option<i64>,
}

/// Why a call in scope keeps the rating that it has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kept {
    /// The catalog cannot rate it.
    Rejected(Reason),
    /// An undo: newer content took the place of the re-rate's row.
    Corrected,
    /// An undo: another re-rate did.
    Rerated,
}

impl Kept {
    /// The word for it: a reason's, or its own.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Rejected(reason) => reason.as_str(),
            Self::Corrected => "corrected",
            Self::Rerated => "rerated",
        }
    }

    /// What a word stands for; `None` where it is none.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "corrected" => Some(Self::Corrected),
            "rerated" => Some(Self::Rerated),
            _ => Reason::parse(word).map(Self::Rejected),
        }
    }
}

/// A call in scope that keeps the rating that it has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct KeptCall {
    /// Its row in force; of an undo the row that the re-rate gave it.
    pub place: RowPlace,
    pub why: Kept,
    /// The batch whose rating it keeps: that of the row; of an undo the one that took the row back.
    pub batch: u64,
}

/// What a re-rate moved on one account, by the day of the calls and the day that it posted to. They differ where the
/// call's day was closed: such a sum is what a credit or debit note is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Moved {
    pub carrier: NameId,
    pub side: Side,
    pub currency: Currency,
    pub answer_day: Day,
    pub posting_day: Day,
    /// Micro-units, new less old.
    pub amount: i64,
}

/// What one batch of a re-rate did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rerated {
    /// Calls in scope.
    pub calls: u64,
    /// Those whose figures changed.
    pub changed: u64,
    /// Those that keep their rating, by why; none with 0.
    pub kept: Vec<(Kept, u64)>,
    /// `None` where nothing changed.
    pub base_currency: Option<Currency>,
    /// Micro-units of the base currency, new less old.
    pub revenue: i64,
    pub cost: i64,
    /// By account and days, in order.
    pub moved: Vec<Moved>,
}
