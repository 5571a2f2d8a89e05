//! R12: by which of an origin set's prefixes a caller belongs to it.

use didtron_domain::{DialPrefix, E164};

/// The prefixes of an origin set, ready to be asked.
#[derive(Debug, Default)]
pub(crate) struct OriginIndex {
    /// By length and digits.
    prefixes: Box<[DialPrefix]>,
    /// The lengths that occur, longest first.
    lengths: Box<[u8]>,
}

impl OriginIndex {
    pub(crate) fn new(prefixes: &[DialPrefix]) -> Self {
        let mut prefixes = prefixes.to_vec();
        prefixes.sort_unstable();
        prefixes.dedup();
        let mut lengths: Vec<u8> = prefixes.iter().map(|prefix| prefix.length()).collect();
        lengths.sort_unstable_by(|a, b| b.cmp(a));
        lengths.dedup();
        Self { prefixes: prefixes.into(), lengths: lengths.into() }
    }

    /// The length of the longest prefix that the caller's number begins with; `None` where none does.
    pub(crate) fn longest(&self, caller: E164) -> Option<u8> {
        let fits = |length: &u8| {
            *length <= caller.digit_count() && self.prefixes.binary_search(&caller.prefix(*length)).is_ok()
        };
        self.lengths.iter().copied().find(fits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn agrees_with_a_scan(prefixes in prop::collection::vec(1u64..2000, 0..12), caller in 1u64..100_000) {
            let prefixes: Vec<DialPrefix> = prefixes.iter().filter_map(|x| DialPrefix::parse(&x.to_string())).collect();
            let caller = E164::from_value(caller).expect("in range");
            let scan = prefixes.iter().filter(|prefix| prefix.begins(caller)).map(|prefix| prefix.length()).max();
            prop_assert_eq!(OriginIndex::new(&prefixes).longest(caller), scan);
        }
    }
}
