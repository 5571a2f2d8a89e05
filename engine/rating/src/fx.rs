//! R13: exact ratios between currencies, by the quotes that the catalog pins.

use didtron_domain::catalog::Quote;
use didtron_domain::{Amount, Currency, Day};
use rustc_hash::FxHashMap;

/// How old a quote may be, by the plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Reach {
    /// Days between the answer and the latest usable quote.
    pub(crate) lag_days: u16,
    /// How much older it may be.
    pub(crate) max_age_days: u16,
}

/// A quote of one pair, in lowest terms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Fix {
    day: Day,
    numerator: u64,
    denominator: u64,
    source: u32,
}

/// The quotes of one pair in the direction in which they are given, by day.
#[derive(Debug, Default)]
struct Pair {
    fixes: Vec<Fix>,
}

impl Pair {
    /// The latest quote dated within `first..=last`.
    fn latest(&self, first: Day, last: Day) -> Option<Fix> {
        let after = self.fixes.partition_point(|fix| fix.day <= last);
        self.fixes[..after].last().copied().filter(|fix| fix.day >= first)
    }
}

/// One step of a conversion: a pair, read forwards or backwards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Leg {
    pair: u32,
    inverse: bool,
}

/// The way from one currency to another, found once for each pair that the catalog needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Route(Way);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Same,
    One(Leg),
    /// Through the base currency.
    Cross(Leg, Leg),
    None,
}

/// An exact ratio and the day of its quote (the older one of a cross; `None` without a conversion).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ratio {
    pub(crate) numerator: u128,
    pub(crate) denominator: u128,
    pub(crate) day: Option<Day>,
    /// In units of 10^-12, half-even, for reading only; `None` without a conversion, and when it does not fit.
    pub(crate) shown: Option<i128>,
    /// Who said so, of each leg: positions for [`FxBook::source`].
    sources: [Option<u32>; 2],
}

impl Ratio {
    const SAME: Self = Self { numerator: 1, denominator: 1, day: None, shown: None, sources: [None; 2] };

    fn of(fix: Fix, leg: Leg) -> Self {
        let (a, b) = (u128::from(fix.numerator), u128::from(fix.denominator));
        let (numerator, denominator) = if leg.inverse { (b, a) } else { (a, b) };
        Self { numerator, denominator, day: Some(fix.day), shown: None, sources: [Some(fix.source), None] }
    }

    /// The product of two legs: each part is below 10^18, so the products are below 10^36.
    fn times(self, other: Self) -> Self {
        Self {
            numerator: self.numerator * other.numerator,
            denominator: self.denominator * other.denominator,
            day: self.day.min(other.day),
            shown: None,
            sources: [self.sources[0], other.sources[0]],
        }
    }

    /// An amount converted, rounded half-even at 10^-6. `None` when no [`Amount`] holds it.
    #[inline]
    pub(crate) fn convert(&self, amount: Amount) -> Option<Amount> {
        if self.numerator == self.denominator {
            return Some(amount);
        }
        let magnitude = scale_half_even(amount.0.unsigned_abs().into(), self.numerator, self.denominator)?;
        let magnitude = i64::try_from(magnitude).ok()?;
        Some(Amount(if amount.0 < 0 { -magnitude } else { magnitude }))
    }

    /// With what is shown of it.
    fn with_shown(self) -> Self {
        const UNIT: u128 = 1_000_000_000_000;
        let units = scale_half_even(UNIT, self.numerator, self.denominator);
        Self { shown: units.and_then(|units| i128::try_from(units).ok()), ..self }
    }
}

/// `value x numerator / denominator`, half-even; `None` beyond 128 bits.
#[inline]
fn scale_half_even(value: u128, numerator: u128, denominator: u128) -> Option<u128> {
    let (quotient, remainder) = match narrow_product(value, numerator).zip(u64::try_from(denominator).ok()) {
        Some((product, denominator)) => ((product / denominator).into(), (product % denominator).into()),
        None => match value.checked_mul(numerator) {
            Some(product) => (product / denominator, product % denominator),
            None => divide_wide(widening_mul(value, numerator), denominator)?,
        },
    };
    let rest = denominator - remainder;
    let away = remainder > rest || (remainder == rest && quotient % 2 == 1);
    Some(quotient + u128::from(away))
}

/// A product of 64 bits: most are, and a processor divides them several times as fast as wider ones.
#[inline]
fn narrow_product(a: u128, b: u128) -> Option<u64> {
    u64::try_from(a).ok()?.checked_mul(u64::try_from(b).ok()?)
}

/// The 256-bit product as (high, low).
fn widening_mul(a: u128, b: u128) -> (u128, u128) {
    const LOW: u128 = u64::MAX as u128;
    let (a1, a0, b1, b0) = (a >> 64, a & LOW, b >> 64, b & LOW);
    let (low, cross1, cross2, high) = (a0 * b0, a1 * b0, a0 * b1, a1 * b1);
    let middle = (low >> 64) + (cross1 & LOW) + (cross2 & LOW);
    (high + (cross1 >> 64) + (cross2 >> 64) + (middle >> 64), (middle << 64) | (low & LOW))
}

/// Quotient and remainder of a 256-bit number, digit by digit; `None` when the quotient needs more than 128 bits.
/// The divisor is below 2^127, so that twice a remainder fits.
#[cold]
fn divide_wide((high, low): (u128, u128), divisor: u128) -> Option<(u128, u128)> {
    if high >= divisor {
        return None;
    }
    let (mut quotient, mut remainder) = (0u128, high);
    for bit in (0..128).rev() {
        remainder = (remainder << 1) | ((low >> bit) & 1);
        quotient <<= 1;
        if remainder >= divisor {
            remainder -= divisor;
            quotient |= 1;
        }
    }
    Some((quotient, remainder))
}

/// All quotes of a catalog.
#[derive(Debug, Default)]
pub(crate) struct FxBook {
    base: Option<Currency>,
    pairs: Vec<Pair>,
    by_currencies: FxHashMap<(Currency, Currency), u32>,
    sources: Vec<String>,
}

impl FxBook {
    /// Sorts the quotes by pair and day. Their legality (positive, one per pair and day) is checked before.
    pub(crate) fn new(base: Option<Currency>, quotes: &[Quote]) -> Self {
        let mut book = Self { base, ..Self::default() };
        for quote in quotes {
            book.add(quote);
        }
        for pair in &mut book.pairs {
            pair.fixes.sort_unstable_by_key(|fix| fix.day);
        }
        book
    }

    fn add(&mut self, quote: &Quote) {
        let (Ok(numerator), Ok(denominator)) = (u64::try_from(quote.numerator), u64::try_from(quote.denominator))
        else {
            return;
        };
        if numerator == 0 || denominator == 0 {
            return;
        }
        let divisor = greatest_common_divisor(numerator, denominator);
        let source = self.source_id(&quote.source);
        let fix = Fix { day: quote.day, numerator: numerator / divisor, denominator: denominator / divisor, source };
        let next = u32::try_from(self.pairs.len()).expect("fewer pairs than 2^32");
        let at = *self.by_currencies.entry((quote.from, quote.to)).or_insert(next);
        if at == next {
            self.pairs.push(Pair::default());
        }
        self.pairs[at as usize].fixes.push(fix);
    }

    fn source_id(&mut self, source: &str) -> u32 {
        let at = self.sources.iter().rposition(|known| known == source).unwrap_or_else(|| {
            self.sources.push(source.to_owned());
            self.sources.len() - 1
        });
        u32::try_from(at).expect("fewer sources than 2^32")
    }

    /// The way from one currency to another: the pair as given, else its inverse, else both through base.
    pub(crate) fn route(&self, from: Currency, to: Currency) -> Route {
        Route(if from == to {
            Way::Same
        } else if let Some(leg) = self.leg(from, to) {
            Way::One(leg)
        } else {
            let base = self.base.filter(|base| ![from, to].contains(base));
            let legs = base.and_then(|base| self.leg(from, base).zip(self.leg(base, to)));
            legs.map_or(Way::None, |(there, on)| Way::Cross(there, on))
        })
    }

    fn leg(&self, from: Currency, to: Currency) -> Option<Leg> {
        let pair = |a, b| self.by_currencies.get(&(a, b)).copied();
        let forwards = pair(from, to).map(|pair| Leg { pair, inverse: false });
        forwards.or_else(|| pair(to, from).map(|pair| Leg { pair, inverse: true }))
    }

    /// The ratio of a call answered on `day` (R13); `None` where no quote is in reach.
    pub(crate) fn ratio(&self, route: Route, day: Day, reach: Reach) -> Option<Ratio> {
        let last = day.plus(-i32::from(reach.lag_days));
        self.ratio_within(route, last.plus(-i32::from(reach.max_age_days)), last)
    }

    /// The ratio of a fee that is due whatever the quotes' age (R1): the one in reach, else the latest before, else
    /// the latest there is.
    pub(crate) fn ratio_at_any_age(&self, route: Route, day: Day, reach: Reach) -> Option<Ratio> {
        let last = day.plus(-i32::from(reach.lag_days));
        let before = || self.ratio_within(route, Day(i32::MIN), last);
        let any = || self.ratio_within(route, Day(i32::MIN), Day(i32::MAX));
        self.ratio(route, day, reach).or_else(before).or_else(any)
    }

    /// Whether any quote leads from one currency to the other.
    pub(crate) fn leads(&self, route: Route) -> bool {
        route.0 != Way::None
    }

    fn ratio_within(&self, route: Route, first: Day, last: Day) -> Option<Ratio> {
        let one = |leg: Leg| self.pairs[leg.pair as usize].latest(first, last).map(|fix| Ratio::of(fix, leg));
        match route.0 {
            Way::Same => Some(Ratio::SAME),
            Way::One(leg) => one(leg).map(Ratio::with_shown),
            Way::Cross(there, on) => Some(one(there)?.times(one(on)?).with_shown()),
            Way::None => None,
        }
    }

    /// Who gave a ratio, in words.
    pub(crate) fn source(&self, ratio: &Ratio) -> String {
        let names: Vec<&str> = ratio.sources.iter().flatten().map(|&at| self.sources[at as usize].as_str()).collect();
        names.join(" and ")
    }
}

const fn greatest_common_divisor(mut a: u64, mut b: u64) -> u64 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

#[cfg(test)]
mod tests {
    use super::*;
    use didtron_domain::{RoundingMode, round_ratio};
    use proptest::prelude::*;

    const REACH: Reach = Reach { lag_days: 1, max_age_days: 7 };

    fn currency(text: &str) -> Currency {
        Currency::parse(text).expect("a currency")
    }

    fn day(text: &str) -> Day {
        Day::parse(text).expect("a day")
    }

    /// Lines of `day from to rate`, with USD as base.
    fn book(lines: &str) -> FxBook {
        let quotes: Vec<Quote> = lines
            .lines()
            .filter(|line| !line.is_empty())
            .map(|line| {
                let cells: Vec<&str> = line.split(' ').collect();
                let (whole, fraction) = cells[3].split_once('.').expect("a decimal");
                Quote {
                    day: day(cells[0]),
                    from: currency(cells[1]),
                    to: currency(cells[2]),
                    numerator: format!("{whole}{fraction}").parse().expect("digits"),
                    denominator: 10i64.pow(u32::try_from(fraction.len()).expect("short")),
                    source: "ecb".to_owned(),
                }
            })
            .collect();
        FxBook::new(Some(currency("USD")), &quotes)
    }

    const QUOTES: &str = "2026-03-06 EUR USD 1.1000
2026-03-05 EUR USD 1.2000
2026-03-04 USD GBP 0.7500
";

    #[test]
    fn takes_the_latest_quote_in_reach() {
        let book = book(QUOTES);
        let route = book.route(currency("EUR"), currency("USD"));
        let cases = [
            ("2026-03-05", None),
            ("2026-03-06", Some("2026-03-05")),
            ("2026-03-07", Some("2026-03-06")),
            ("2026-03-09", Some("2026-03-06")),
            ("2026-03-14", Some("2026-03-06")),
            ("2026-03-15", None),
        ];
        for (answer, quote) in cases {
            let found = book.ratio(route, day(answer), REACH).and_then(|ratio| ratio.day);
            assert_eq!(found, quote.map(day), "{answer}");
        }
        let found = |answer| book.ratio_at_any_age(route, day(answer), REACH).and_then(|ratio| ratio.day);
        assert_eq!(found("2027-01-01"), Some(day("2026-03-06")));
        assert_eq!(found("2020-01-01"), Some(day("2026-03-06")));
    }

    #[test]
    fn inverse_and_cross_are_exact() {
        let book = book(QUOTES);
        let convert = |from, to, amount| {
            let ratio =
                book.ratio(book.route(currency(from), currency(to)), day("2026-03-07"), REACH).expect("a quote");
            (ratio.convert(Amount(amount)).expect("small").0, ratio.shown, ratio.day)
        };
        assert_eq!(convert("EUR", "EUR", 5), (5, None, None));
        assert_eq!(convert("EUR", "USD", 1_000_000), (1_100_000, Some(1_100_000_000_000), Some(day("2026-03-06"))));
        assert_eq!(convert("USD", "EUR", 1_100_001), (1_000_001, Some(909_090_909_091), Some(day("2026-03-06"))));
        assert_eq!(convert("EUR", "GBP", 1_000_000), (825_000, Some(825_000_000_000), Some(day("2026-03-04"))));
        assert_eq!(convert("GBP", "EUR", -825_000), (-1_000_000, Some(1_212_121_212_121), Some(day("2026-03-04"))));
        assert!(!book.leads(book.route(currency("EUR"), currency("CHF"))));
    }

    proptest! {
        #[test]
        fn scales_like_the_one_rounding(value in 0u128..1 << 60, numerator in 1u128..1 << 60, denominator in 1u128..1 << 60) {
            let product = i128::try_from(value * numerator).expect("below 2^120");
            let expected = round_ratio(product, i128::try_from(denominator).expect("small"), RoundingMode::HalfEven);
            let found = scale_half_even(value, numerator, denominator).expect("below 2^120");
            prop_assert_eq!(i128::try_from(found).expect("small"), expected);
        }

        #[test]
        fn wide_division_inverts_wide_multiplication(a in 0u128..1 << 127, b in 1u128..1 << 120, rest in 0u128..1 << 120) {
            let rest = rest % b;
            let (high, low) = widening_mul(a, b);
            let (low, carry) = low.overflowing_add(rest);
            prop_assert_eq!(divide_wide((high + u128::from(carry), low), b), Some((a, rest)));
        }
    }
}
