//! R12: which of a row's prices the two ends of a call choose.

use crate::catalog::decks::Deck;
use crate::us_states::UsState;
use didtron_domain::deck::RowPrice;
use didtron_domain::{E164, Jurisdiction, Price};

/// The price that a row has for a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ChosenPrice {
    pub(crate) rate: Price,
    pub(crate) initial_rate: Option<Price>,
    /// `None` for a row with one price.
    pub(crate) jurisdiction: Option<Jurisdiction>,
}

/// Chooses by the number that was looked up and the caller's own.
///
/// | row | both ends | price |
/// |---|---|---|
/// | US | a state each, the same | intra |
/// | US | a state each, two | inter |
/// | US | anything else | indeterminate |
/// | EEA | one country | local |
/// | EEA | each in its list | eea |
/// | EEA | anything else | international |
#[inline]
pub(crate) fn choose(price: RowPrice, deck: &Deck, called: E164, caller: Option<E164>) -> ChosenPrice {
    let of = |rate, jurisdiction| ChosenPrice { rate, initial_rate: None, jurisdiction: Some(jurisdiction) };
    match price {
        RowPrice::One { rate, initial_rate } => ChosenPrice { rate, initial_rate, jurisdiction: None },
        RowPrice::Us { inter, intra, indeterminate } => match UsState::of(called).zip(caller.and_then(UsState::of)) {
            Some((there, here)) if there == here => of(intra, Jurisdiction::Intra),
            Some(_) => of(inter, Jurisdiction::Inter),
            None => of(indeterminate, Jurisdiction::Indeterminate),
        },
        RowPrice::Eea { local, eea, international } => {
            let countries = &deck.countries;
            match countries.of(called).zip(caller.and_then(|caller| countries.of(caller))) {
                Some((there, here)) if there == here => of(local, Jurisdiction::Local),
                Some((there, here)) if countries.lists_called(there) && countries.lists_caller(here) => {
                    of(eea, Jurisdiction::Eea)
                }
                _ => of(international, Jurisdiction::International),
            }
        }
    }
}
