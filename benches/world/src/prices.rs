//! What a minute costs, in nano-units of USD: country, class, place, and the odd number of decimals.

use crate::countries::Country;
use crate::dice::Dice;

/// What kind of numbers a prefix holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Class {
    Fixed,
    Mobile,
    Premium,
}

impl Class {
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Fixed => "fixed",
            Self::Mobile => "mobile",
            Self::Premium => "premium",
        }
    }
}

/// Quantiles of a log-normal distribution (sigma 0.35) in per mille: what multiplies a country's usual price.
const LOG_NORMAL: [u64; 32] = [
    471, 556, 609, 650, 686, 718, 748, 776, 803, 830, 856, 882, 907, 933, 960, 986, 1014, 1042, 1071, 1102, 1134, 1169,
    1205, 1245, 1289, 1337, 1393, 1458, 1538, 1643, 1798, 2125,
];
/// Decks stop here, and imports usually refuse more than 30 a minute.
const PRICE_MAX: u64 = 25_000_000_000;

/// A country's base price in this world.
pub(crate) fn of_country(country: &Country, dice: &mut Dice) -> u64 {
    country.base * 10_000 * dice.pick(&LOG_NORMAL) / 1000
}

/// An area's price: fixed x1, mobile x4 to x10, premium x50.
pub(crate) fn of_area(base: u64, class: Class, dice: &mut Dice) -> u64 {
    let per_mille = match class {
        Class::Fixed => dice.within(850..1250),
        Class::Mobile => dice.within(4000..10_000),
        Class::Premium => 50_000,
    };
    rounded(base * per_mille / 1000, dice)
}

/// The price of a longer prefix: now and then its parent's, else about that.
pub(crate) fn of_longer(parent: u64, dice: &mut Dice) -> u64 {
    match dice.per_mille(160) {
        true => parent,
        false => rounded(parent * dice.within(820..1220) / 1000, dice),
    }
}

/// A supplier's price under a customer's: a few per cent of margin, and on some routes none.
pub(crate) fn of_supplier(customers: u64, dice: &mut Dice) -> u64 {
    let per_mille = match dice.per_mille(30) {
        true => dice.within(1020..1250),
        false => dice.within(830..990),
    };
    rounded(customers * per_mille / 1000, dice)
}

/// Cut to the decimals of a deck: mostly 4 to 6, at times 8 or 9. Small prices keep at least two figures.
pub(crate) fn rounded(nano: u64, dice: &mut Dice) -> u64 {
    let step = match dice.below(100) {
        0..60 => 100_000,
        60..80 => 10_000,
        80..91 => 1_000,
        91..98 => 10,
        _ => 1,
    };
    let step = if nano < step * 100 { step / 100 } else { step }.max(1);
    (nano / step * step).clamp(step, PRICE_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dice::Stream;

    #[test]
    fn prices_stay_near_what_they_come_from() {
        let mut dice = Dice::new(5, Stream::Area, 0);
        let base = 4_200_000;
        for _ in 0..2000 {
            let fixed = of_area(base, Class::Fixed, &mut dice);
            assert!((base * 8 / 10..=base * 13 / 10).contains(&fixed));
            let mobile = of_area(base, Class::Mobile, &mut dice);
            assert!((base * 39 / 10..=base * 10).contains(&mobile));
            let supplier = of_supplier(fixed, &mut dice);
            assert!((fixed * 8 / 10..=fixed * 126 / 100).contains(&supplier));
        }
        assert_eq!(of_area(4_000_000_000, Class::Premium, &mut dice), PRICE_MAX);
    }

    #[test]
    fn some_prices_have_eight_decimals_and_more() {
        let mut dice = Dice::new(6, Stream::Area, 0);
        let fine = (0..1000).filter(|_| !rounded(123_456_789, &mut dice).is_multiple_of(1000)).count();
        assert!((30..200).contains(&fine), "{fine}");
    }
}
