//! The index against a scan of all lengths, and the reading of digits against text.

use super::*;
use crate::machine::Work as _;
use proptest::prelude::*;
use std::collections::HashMap;

proptest! {
    #[test]
    fn reads_the_digits_of_any_number(left_aligned in 0u64..1_000_000_000_000_000, top in prop::sample::select(vec![100u32, 10_000])) {
        let text = format!("{left_aligned:015}0");
        let (first, mut rest) = Digits::of(left_aligned).next(top);
        let mut at = if top == 100 { 2 } else { 4 };
        prop_assert_eq!(first.to_string(), text[..at].parse::<u32>().expect("digits").to_string());
        while at < 16 {
            let pair;
            (pair, rest) = rest.next(100);
            prop_assert_eq!(format!("{pair:02}"), &text[at..at + 2]);
            at += 2;
        }
    }
}

#[test]
fn counts_digits_at_every_power_of_ten() {
    for count in 1..=15u8 {
        let power = POW10[usize::from(count) - 1];
        for value in [power, power + 1, power * 10 - 1] {
            let number = E164::from_value(value).expect("a number");
            assert_eq!(digit_count(number), number.digit_count(), "{value}");
        }
    }
}

#[test]
fn reads_the_digits_at_the_ends_of_the_range() {
    for number in [0, 1, 999_999_999_999_999, 999_999_999_999_990, 100_000_000_000_000, 99_999_999_999_999] {
        let text = format!("{number:015}0");
        let (mut read, mut rest) = (String::new(), Digits::of(number));
        for _ in 0..8 {
            let pair;
            (pair, rest) = rest.next(100);
            read += &format!("{pair:02}");
        }
        assert_eq!(read, text);
    }
}

/// A prefix of few different digits, so that prefixes begin each other and answers repeat; some are very long.
fn arb_prefix() -> impl Strategy<Value = E164> {
    let length = prop_oneof![8 => 1usize..=7, 1 => 8usize..=15];
    let digit = prop_oneof![3 => prop::sample::select(vec![b'0', b'1', b'9']), 1 => b'0'..=b'9'];
    (b'1'..=b'9', prop::collection::vec(digit, 15), length).prop_map(|(first, mut digits, length)| {
        digits[0] = first;
        E164::parse(&digits[..length]).expect("digits that do not begin with 0")
    })
}

/// The answer by trying every length, the longest first.
fn scan(known: &HashMap<(u64, u8), u32>, left_aligned: u64) -> Option<Longest> {
    (1..=15).rev().find_map(|length: u8| {
        let front = left_aligned / POW10[15 - usize::from(length)];
        known.get(&(front, length)).map(|list| Longest::new(*list, length))
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn agrees_with_a_scan(
        size in prop::sample::select(vec![0usize, 1, 30, 600, 7_000]),
        list_count in prop::sample::select(vec![1u32, 3, 7_000]),
        drawn in prop::collection::vec(arb_prefix(), 7_000),
        tails in prop::collection::vec((any::<prop::sample::Index>(), 1u64..1_000_000_000, any::<bool>()), 700),
    ) {
        let mut prefixes = drawn[..size].to_vec();
        prefixes.sort_unstable_by_key(|prefix| (prefix.left_aligned(), prefix.digit_count()));
        prefixes.dedup();
        let known: HashMap<(u64, u8), u32> =
            (0..).zip(&prefixes).map(|(at, prefix)| ((prefix.value(), prefix.digit_count()), at % list_count)).collect();
        let lists = (0..).map(|at| at % list_count);
        let index = PrefixIndex::new(prefixes.iter().zip(lists).map(|(prefix, list)| (*prefix, Longest::new(list, prefix.digit_count()))));
        prop_assert!(index.is_sound(list_count as usize));
        let numbers: Vec<E164> = tails
            .iter()
            .map(|(at, tail, built)| {
                let front = if *built { at.get(&drawn).to_string() } else { String::new() };
                let text = format!("{front}{tail}");
                E164::parse(&text.as_bytes()[..text.len().min(15)]).expect("digits that do not begin with 0")
            })
            .collect();
        let mut best = Vec::new();
        index.longest_batch(&numbers, |digits, found| best.push((digits, found)));
        let mut portable = Vec::new();
        Batch { index: &index, numbers: &numbers, found: |digits, found| portable.push((digits, found)) }.run();
        let single: Vec<_> =
            numbers.iter().map(|number| (number.digit_count(), index.longest(number.left_aligned()))).collect();
        let scanned: Vec<_> =
            numbers.iter().map(|number| (number.digit_count(), scan(&known, number.left_aligned()))).collect();
        prop_assert_eq!(&best, &scanned);
        prop_assert_eq!(&portable, &scanned);
        prop_assert_eq!(&single, &scanned);
    }
}

#[test]
fn four_first_digits_take_over_in_large_decks_only() {
    let list = |count: u64| {
        let number = |value| (E164::from_value(value).expect("a number"), Longest::new(0, 7));
        (1_000_000..1_000_000 + count).map(number)
    };
    assert_eq!(PrefixIndex::new(list(3_999)).top, 100);
    assert_eq!(PrefixIndex::new(list(4_000)).top, 10_000);
}

#[test]
fn notices_answers_that_lead_astray() {
    let prefix = |(list, text): (u32, &str)| {
        (E164::parse(text.as_bytes()).expect("a number"), Longest::new(list, text.len() as u8))
    };
    let sound = PrefixIndex::new((0..).zip(["49", "4930", "493012"]).map(prefix));
    assert!(sound.is_sound(3));
    assert!(!sound.is_sound(2));
    let spoilt = |spoil: &dyn Fn(&mut PrefixIndex)| {
        let mut index = sound.clone();
        spoil(&mut index);
        index.is_sound(3)
    };
    assert!(!spoilt(&|index| index.top = 1_000));
    assert!(!spoilt(&|index| index.blocks.truncate(99)));
    assert!(!spoilt(&|index| index.blocks.truncate(100)));
    assert!(!spoilt(&|index| index.answers.truncate(20)));
    assert!(!spoilt(&|index| index.blocks[0] = Block(0)));
    let further = sound.answers.iter().position(|answer| answer.is_block()).expect("a prefix of four digits");
    assert!(!spoilt(&|index| index.answers[further] = Answer(1)));
}
