//! R13 for one side of a call: its charge in the account's currency and in base.

use crate::catalog::decks::Deck;
use crate::fx::{FxBook, Ratio, Reach};
use crate::service::Interconnect;
use didtron_domain::{Amount, Day};

/// From a deck's currency to the account's and to base.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Conversion {
    pub(crate) to_account: Ratio,
    pub(crate) to_base: Ratio,
    /// Whether both are the same one.
    is_one: bool,
}

impl Conversion {
    fn new(book: &FxBook, interconnect: &Interconnect, deck: &Deck, day: Day, reach: Reach) -> Option<Self> {
        let route = interconnect.to_account[deck.currency_at];
        let to_account = book.ratio(route, day, reach)?;
        let to_base = book.ratio(deck.to_base, day, reach)?;
        Some(Self { to_account, to_base, is_one: route == deck.to_base })
    }

    /// A charge in the account's currency and in base, each `None` where no [`Amount`] holds it.
    #[inline]
    pub(crate) fn amounts(&self, charge: Amount) -> [Option<Amount>; 2] {
        let amount = self.to_account.convert(charge);
        [amount, if self.is_one { amount } else { self.to_base.convert(charge) }]
    }
}

/// Conversions that were asked for: those of one day and two currencies are asked for over and over.
#[derive(Debug)]
pub(crate) struct Conversions<'a> {
    book: &'a FxBook,
    known: [(Asked, Option<Conversion>); CONVERSIONS_MAX],
}

/// How many of them are remembered.
const CONVERSIONS_MAX: usize = 32;

/// What a conversion depends on, base apart: the currencies of the deck and the account, then day and reach.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Asked(u64, u64);

impl Asked {
    #[inline]
    fn new(interconnect: &Interconnect, deck: &Deck, day: Day, reach: Reach) -> Self {
        let pair = |high: u32, low: u32| u64::from(high) << 32 | u64::from(low);
        let reach = u32::from(reach.lag_days) << 16 | u32::from(reach.max_age_days);
        Self(pair(deck.currency.to_bits(), interconnect.currency.to_bits()), pair(day.0.cast_unsigned(), reach))
    }

    /// Where it is remembered: the upper bits of a product, which depend on all below them.
    #[inline]
    const fn place(self) -> usize {
        ((self.0 ^ self.1).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32) as usize % CONVERSIONS_MAX
    }
}

impl<'a> Conversions<'a> {
    /// No currency has the bits of what is remembered at first.
    pub(crate) fn new(book: &'a FxBook) -> Self {
        Self { book, known: [(Asked::default(), None); CONVERSIONS_MAX] }
    }

    /// The conversion of a call answered on `day`; `None` where no quote is in reach.
    #[inline]
    pub(crate) fn get(
        &mut self,
        interconnect: &Interconnect,
        deck: &Deck,
        day: Day,
        reach: Reach,
    ) -> Option<&Conversion> {
        let asked = Asked::new(interconnect, deck, day, reach);
        let (own, known) = &mut self.known[asked.place()];
        if *own != asked {
            (*own, *known) = (asked, Conversion::new(self.book, interconnect, deck, day, reach));
        }
        known.as_ref()
    }
}
