//! What rating found: one record per side, in integers and ids.

use crate::amount::{Amount, Price};
use crate::currency::Currency;
use crate::instant::Day;
use crate::name::NameId;
use crate::number::{DialPrefix, E164};
use crate::policy::words;

/// Which of a row's prices the two ends of the call chose (R12).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Jurisdiction {
    /// US: two states.
    Inter = 1,
    /// US: the same state.
    Intra,
    /// US: an end without a state.
    Indeterminate,
    /// EEA-style: both in one country.
    Local,
    /// EEA-style: each end in its list.
    Eea,
    /// EEA-style: anything else.
    International,
}
words!(Jurisdiction {
    Inter = "inter",
    Intra = "intra",
    Indeterminate = "indeterminate",
    Local = "local",
    Eea = "eea",
    International = "international",
});

impl Jurisdiction {
    /// The jurisdiction behind its number in stored rows; `None` when there is none.
    #[must_use]
    pub fn from_code(code: u8) -> Option<Self> {
        Self::WORDS.get(usize::from(code.checked_sub(1)?)).and_then(|word| Self::parse(word))
    }

    /// Its number in stored rows.
    #[must_use]
    pub const fn code(self) -> u8 {
        self as u8
    }
}

/// The row that prices one side of a call, and what it made of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RatedRow {
    /// How many digits of the number looked up matched.
    pub prefix_length: u8,
    /// Its destination's name.
    pub destination: NameId,
    /// Its destination group, where the deck gives one.
    pub group: Option<NameId>,
    /// The deck that holds the row.
    pub deck: NameId,
    /// The deck's version that brought the row, counted from 1 in order of publication.
    pub deck_version: u32,
    /// The price per minute that the answer met.
    pub rate: Price,
    /// Which of its prices that is (R12); `None` for a row with one price.
    pub jurisdiction: Option<Jurisdiction>,
    /// The deck's currency.
    pub currency: Currency,
}

/// One side of a call that is not absent (R14). On a call that is not billable whatever was found is here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RatedSide {
    /// The party; `None` where the record names nobody that the catalog knows (unanswered calls only).
    pub carrier: Option<NameId>,
    /// Its interconnect.
    pub interconnect: Option<NameId>,
    /// The service that R9 chose.
    pub service: Option<NameId>,
    /// The number after R9.
    pub number: Option<E164>,
    /// The number that was looked up, or would have been: the LRN where the plan took it, else `number`.
    pub looked_up: Option<E164>,
    /// The row that prices the call.
    pub row: Option<RatedRow>,
    /// The best candidate was blocked; a supplier carried the call all the same (R10).
    pub blocked: bool,
    /// Whole seconds after R2.
    pub whole_s: u64,
    /// Billed seconds after R4.
    pub billed_s: u64,
    /// In the deck's currency, after R7.
    pub charge: Amount,
    /// In the account's currency (R13).
    pub amount: Amount,
    /// The account's currency.
    pub account_currency: Option<Currency>,
    /// Deck to account, in units of 10^-12, half-even, for reading only; `None` without a conversion.
    pub fx_rate: Option<i128>,
    /// The day of that quote; the older one of a cross.
    pub fx_day: Option<Day>,
    /// In the base currency (R13).
    pub base_amount: Amount,
}

impl RatedSide {
    /// The matched prefix.
    #[must_use]
    pub fn prefix(&self) -> Option<DialPrefix> {
        Some(self.looked_up?.prefix(self.row?.prefix_length))
    }
}

/// A call with a rating: both sides, independently (R14).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RatedCall {
    /// `None` where the customer's side is absent.
    pub customer: Option<RatedSide>,
    /// `None` where the supplier's side is absent.
    pub supplier: Option<RatedSide>,
}

impl RatedCall {
    /// Base currency; an absent side counts as 0 (R14).
    #[must_use]
    pub fn margin(&self) -> Amount {
        let base = |side: &Option<RatedSide>| side.as_ref().map_or(0, |s| s.base_amount.0);
        Amount(base(&self.customer) - base(&self.supplier))
    }
}
