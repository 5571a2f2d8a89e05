//! The worked examples of rating.md section 3, and what must hold for every policy.

use super::columns::{ChargeRules, Charged, RateTerms};
use super::*;
use didtron_domain::catalog::Policies;
use didtron_domain::deck::RowPrice;
use didtron_rate_tables::RowTerms;
use proptest::prelude::*;

fn amount(text: &str) -> Amount {
    Amount::parse(text).expect("an amount")
}

fn terms(rate: &str, increment: &str) -> Terms {
    let (initial, next) = increment.split_once('/').expect("initial/next");
    let seconds = |text: &str| text.parse().expect("seconds");
    Terms {
        rate: Price::parse(rate).expect("a price"),
        initial_rate: None,
        connect_fee: Price(0),
        increment: Increment::new(seconds(initial), seconds(next)).expect("legal increments"),
        grace_s: 0,
        grace_mode: GraceMode::FromStart,
        increment_origin: IncrementOrigin::AfterInitial,
        duration_rounding: DurationRounding::Up,
        decimals: 6,
        mode: RoundingMode::HalfUp,
        min_charge: None,
        max_charge: None,
    }
}

/// Applies words such as `fee=0.05 mode=up decimals=4` to terms.
fn with(mut terms: Terms, words: &str) -> Terms {
    for (key, value) in words.split_whitespace().filter_map(|word| word.split_once('=')) {
        match key {
            "fee" => terms.connect_fee = Price::parse(value).expect("a price"),
            "initial" => terms.initial_rate = Some(Price::parse(value).expect("a price")),
            "grace" => terms.grace_s = value.parse().expect("seconds"),
            "grace_mode" => terms.grace_mode = GraceMode::parse(value).expect("a policy"),
            "origin" => terms.increment_origin = IncrementOrigin::parse(value).expect("a policy"),
            "seconds" => terms.duration_rounding = DurationRounding::parse(value).expect("a policy"),
            "decimals" => terms.decimals = value.parse().expect("decimals"),
            "mode" => terms.mode = RoundingMode::parse(value).expect("a policy"),
            "min" => terms.min_charge = Some(amount(value)),
            "max" => terms.max_charge = Some(amount(value)),
            _ => panic!("unknown word {key}"),
        }
    }
    terms
}

/// increments | price per minute | policies | milliseconds -> whole, billed, exact, charge
const EXAMPLES: &str = "
30/6  | 0.006   |                                    | 1000    -> 1 30 0.003 0.003
30/6  | 0.006   |                                    | 30000   -> 30 30 0.003 0.003
30/6  | 0.006   |                                    | 31000   -> 31 36 0.0036 0.0036
30/6  | 0.006   |                                    | 57000   -> 57 60 0.006 0.006
30/6  | 0.006   |                                    | 61000   -> 61 66 0.0066 0.0066
30/6  | 0.006   |                                    | 75000   -> 75 78 0.0078 0.0078
60/1  | 0.06    |                                    | 5000    -> 5 60 0.06 0.06
60/1  | 0.06    |                                    | 61000   -> 61 61 0.061 0.061
90/60 | 0.6     |                                    | 91000   -> 91 150 1.5 1.5
90/60 | 0.6     | origin=from_zero                   | 66000   -> 66 120 1.2 1.2
90/60 | 0.6     | origin=from_zero                   | 91000   -> 91 120 1.2 1.2
30/20 | 0.6     | origin=from_zero                   | 31000   -> 31 40 0.4 0.4
6/6   | 0.00137 |                                    | 205000  -> 205 210 0.004795 0.004795
1/1   | 0.0101  |                                    | 60000   -> 60 60 0.0101 0.0101
1/1   | 0.0003  |                                    | 60000   -> 60 60 0.0003 0.0003
1/1   | 0.2     | decimals=4 mode=up                 | 4000    -> 4 4 1/75 0.0134
60/1  | 0.06    | fee=0.05                           | 1000    -> 1 60 0.11 0.11
60/1  | 0.06    | fee=0.05                           | 61000   -> 61 61 0.111 0.111
60/60 | 0.6     |                                    | 61200   -> 62 120 1.2 1.2
60/60 | 0.01    | fee=0.05                           | 120000  -> 120 120 0.07 0.07
1/1   | 0.005   | seconds=down decimals=4 mode=up    | 9100    -> 9 9 0.00075 0.0008
60/0  | 0.6     |                                    | 600000  -> 600 60 0.6 0.6
60/0  | 0.6     | origin=from_zero fee=1             | 1       -> 1 60 1.6 1.6
0/60  | 0.6     |                                    | 1000    -> 1 60 0.6 0.6
30/6  | 0.6     | initial=0.06                       | 31000   -> 31 36 0.09 0.09
6/6   | 0.6     | grace=6 fee=1                      | 6000    -> 6 0 0 0
6/6   | 0.6     | grace=6 fee=1                      | 6001    -> 7 12 1.12 1.12
6/6   | 0.6     | grace=6 fee=1 grace_mode=after_grace | 7000  -> 7 6 1.06 1.06
6/6   | 0.6     | seconds=half_up fee=1              | 499     -> 0 0 0 0
6/6   | 0.6     | seconds=half_up fee=1              | 500     -> 1 6 1.06 1.06
6/6   | 0.6     | seconds=half_down fee=1            | 500     -> 0 0 0 0
1/1   | 0.6     | seconds=half_up                    | 60500   -> 61 61 0.61 0.61
1/1   | 0.6     | seconds=half_down                  | 60500   -> 60 60 0.6 0.6
1/1   | 0.6     | min=0.5                            | 1000    -> 1 1 0.01 0.5
1/1   | 0.6     | min=0.5 grace=3                    | 1000    -> 1 0 0 0
1/1   | 0.6     | max=0.5                            | 100000  -> 100 100 1 0.5
1/1   | 0.03    | decimals=3 mode=half_even          | 1000    -> 1 1 0.0005 0
1/1   | 0.03    | decimals=3 mode=half_up            | 1000    -> 1 1 0.0005 0.001
1/1   | 0.03    | decimals=3 mode=half_down          | 1000    -> 1 1 0.0005 0
1/1   | 0.03    | decimals=3 mode=down               | 1999    -> 2 2 0.001 0.001
1/1   | 100     | max=2                              | 18000000000000000000 -> 18000000000000000 18000000000000000 30000000000000000 2
";

#[test]
fn walks_the_worked_examples() {
    for line in EXAMPLES.lines().filter(|line| !line.is_empty()) {
        let (case, expected) = line.split_once("->").expect("an expectation");
        let cells: Vec<&str> = case.split('|').map(str::trim).collect();
        let [increment, rate, words, milliseconds] = cells[..] else { panic!("four cells: {line}") };
        let found = price(&with(terms(rate, increment), words), milliseconds.parse().expect("milliseconds"));
        let found = found.unwrap_or_else(|error| panic!("{line}: {error}"));
        let expected: Vec<&str> = expected.split_whitespace().collect();
        let shown = [found.whole_s.to_string(), found.billed_s.to_string(), found.exact.to_string()];
        assert_eq!(shown, expected[..3], "{line}");
        assert_eq!(found.charge, amount(expected[3]), "{line}");
        if let Ok(duration_ms) = milliseconds.parse() {
            assert_eq!(in_columns(&with(terms(rate, increment), words), duration_ms), Some(charged(found)), "{line}");
        }
    }
}

/// What the loop over columns makes of a call; `None`: it is not for these terms.
fn in_columns(terms: &Terms, duration_ms: u32) -> Option<Charged> {
    let policies = Policies {
        grace_s: terms.grace_s / 2,
        grace_mode: terms.grace_mode,
        increment_origin: terms.increment_origin,
        duration_rounding: terms.duration_rounding,
        decimals: terms.decimals,
        mode: terms.mode,
        min_charge: terms.min_charge,
        max_charge: terms.max_charge,
        ..Policies::default()
    };
    let row = RowTerms {
        price: Some(RowPrice::One { rate: terms.rate, initial_rate: terms.initial_rate }),
        connect_fee: terms.connect_fee,
        increment: Some(terms.increment),
        grace_s: (terms.grace_s != policies.grace_s).then_some(terms.grace_s),
    };
    let mut out = Vec::new();
    ChargeRules::new(&policies).price_all(&[RateTerms::new(&row)?], &[duration_ms], &mut out);
    out.pop()
}

fn charged(priced: Priced) -> Charged {
    let seconds = |seconds| u32::try_from(seconds).expect("a call of less than 50 days");
    Charged { whole_s: seconds(priced.whole_s), billed_s: seconds(priced.billed_s), charge: priced.charge.0 }
}

#[test]
fn a_hundred_small_charges_sum_to_what_they_were_rounded_to() {
    let each = price(&with(terms("0.005", "1/1"), "seconds=down decimals=4 mode=up"), 9_100).expect("small").charge;
    assert_eq!((0..100).map(|_| each.0).sum::<i64>(), amount("0.08").0);
}

#[test]
fn refuses_a_charge_beyond_the_limit() {
    assert_eq!(price(&terms("1000000000", "60/60"), 60_000).map(|p| p.charge), Ok(Amount::CHARGE_MAX));
    assert_eq!(price(&terms("1000000000.000001", "60/60"), 60_000), Err(ChargeOverflow));
    assert_eq!(price(&terms("9000000000", "60/60"), u64::MAX), Err(ChargeOverflow));
}

fn any_terms() -> impl Strategy<Value = Terms> {
    let policies = (0usize..4, 0usize..2, 0usize..2, 0usize..5, 0u8..=6);
    let figures = (0i64..3_000_000_000, prop::option::of(0i64..3_000_000_000), 0i64..1_000_000_000, 0u32..40);
    (figures, (0u32..120, 0u32..120), policies).prop_map(|((rate, initial, fee, grace_s), (first, next), policies)| {
        let (seconds, grace, origin, mode, decimals) = policies;
        Terms {
            rate: Price(rate),
            initial_rate: initial.map(Price),
            connect_fee: Price(fee),
            increment: Increment::new(first, next).unwrap_or_else(|| Increment::new(1, 1).expect("legal")),
            grace_s,
            grace_mode: GraceMode::parse(GraceMode::WORDS[grace]).expect("a word of the list"),
            increment_origin: IncrementOrigin::parse(IncrementOrigin::WORDS[origin]).expect("a word of the list"),
            duration_rounding: DurationRounding::parse(DurationRounding::WORDS[seconds]).expect("a word of the list"),
            decimals,
            mode: RoundingMode::parse(RoundingMode::WORDS[mode]).expect("a word of the list"),
            min_charge: None,
            max_charge: None,
        }
    })
}

proptest! {
    /// Negative prices, the greatest of both kinds, and the longest calls too.
    #[test]
    fn columns_price_like_one_call(
        terms in any_terms(),
        (times, sign) in (prop::sample::select(vec![1i64, 1000, 1_000_000]), prop::sample::select(vec![1i64, -1])),
        limits in prop::option::of((0i64..2_000_000, 0i64..2_000_000)),
        ms in prop_oneof![0u32..4_000_000, any::<u32>(), Just(u32::MAX)],
    ) {
        let scaled = |price: Price| Price((price.0 % 1_000_001) * times * sign);
        let terms = Terms {
            rate: scaled(terms.rate),
            initial_rate: terms.initial_rate.map(scaled),
            connect_fee: Price(terms.connect_fee.0 * times),
            min_charge: limits.map(|(least, _)| Amount(least)),
            max_charge: limits.map(|(least, more)| Amount(least + more)),
            ..terms
        };
        let expected = price(&terms, ms.into()).expect("within what a call may cost");
        prop_assert_eq!(in_columns(&terms, ms), Some(charged(expected)));
    }

    #[test]
    fn never_bills_less_than_was_talked_nor_falls_with_time(terms in any_terms(), ms in 1u64..4_000_000, more in 0u64..100_000) {
        let (short, long) = (price(&terms, ms).expect("small"), price(&terms, ms + more).expect("small"));
        prop_assert!(short.charge <= long.charge);
        prop_assert!(short.whole_s <= long.whole_s && short.billed_s <= long.billed_s);
        if short.billed_s > 0 && terms.increment.next_s() > 0 {
            let free = if terms.grace_mode == GraceMode::AfterGrace { u64::from(terms.grace_s) } else { 0 };
            prop_assert!(short.billed_s + free >= short.whole_s);
        }
    }

    #[test]
    fn the_fee_is_due_exactly_once(terms in any_terms(), ms in 1u64..4_000_000) {
        let free = price(&Terms { connect_fee: Price(0), ..terms }, ms).expect("small");
        let with = price(&terms, ms).expect("small");
        let due = if with.billed_s > 0 { ExactPrice::fee(terms.connect_fee) } else { ExactPrice(0) };
        prop_assert_eq!(with.exact, free.exact.plus(due));
    }

    /// However bands split the later increments, and whatever each of them costs.
    #[test]
    fn no_split_charges_the_fee_again(terms in any_terms(), ms in 1u64..4_000_000, rates in prop::collection::vec(0i64..1_000_000_000, 1..5)) {
        let billed = |terms: &Terms| bill(terms, ms, |mut later| {
            let mut exact = ExactPrice::default();
            for rate in rates.iter().cycle() {
                if later.seconds() == 0 { break; }
                let end = later.end_of_those_begun_before(later.from_s + 1);
                exact = exact.plus(ExactPrice::over(Price(*rate), end - later.from_s));
                later = later.after(end);
            }
            Ok::<_, Infallible>(exact)
        }).expect("infallible");
        let (with, free) = (billed(&terms), billed(&Terms { connect_fee: Price(0), ..terms }));
        let due = if with.billed_s > 0 { ExactPrice::fee(terms.connect_fee) } else { ExactPrice(0) };
        prop_assert_eq!(with.exact, free.exact.plus(due));
    }

    #[test]
    fn a_reversal_cancels(terms in any_terms(), ms in 1u64..4_000_000) {
        let minus = Terms {
            rate: Price(-terms.rate.0),
            initial_rate: terms.initial_rate.map(|x| Price(-x.0)),
            connect_fee: Price(-terms.connect_fee.0),
            ..terms
        };
        let (there, back) = (price(&terms, ms).expect("small"), price(&minus, ms).expect("small"));
        prop_assert_eq!(there.charge.0 + back.charge.0, 0);
    }

    #[test]
    fn later_increments_tile_the_billed_seconds(terms in any_terms(), ms in 1u64..900_000, stride in 1u64..300) {
        let mut seconds = 0;
        bill(&terms, ms, |mut later| {
            while later.seconds() > 0 {
                let end = later.end_of_those_begun_before(later.from_s + stride);
                assert!(end > later.from_s);
                seconds += end - later.from_s;
                later = later.after(end);
            }
            Ok::<_, Infallible>(ExactPrice(0))
        }).expect("infallible");
        let billed = price(&terms, ms).expect("small").billed_s;
        prop_assert_eq!(seconds, billed.saturating_sub(terms.increment.initial_s().into()));
    }
}
