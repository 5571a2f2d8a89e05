//! The country of a number (R12): E.164 country codes as ITU-T assigns them, and the longer codes that a deck's lists
//! add to them.
//!
//! Source: the list of country codes annexed to ITU-T E.164. Codes of global services (toll-free, satellite, networks,
//! premium) belong to no country and are not here.

use didtron_domain::catalog::CountryLists;
use didtron_domain::{DialPrefix, E164};

/// The country lists of a deck, ready to be asked.
#[derive(Clone, Debug, Default)]
pub(crate) struct Countries {
    /// The codes of both lists, longest first.
    own: Box<[DialPrefix]>,
    caller: Box<[DialPrefix]>,
    called: Box<[DialPrefix]>,
}

impl Countries {
    pub(crate) fn new(lists: &CountryLists) -> Self {
        let mut own: Vec<DialPrefix> = lists.caller.iter().chain(&lists.called).copied().collect();
        own.sort_unstable_by_key(|code| (std::cmp::Reverse(code.length()), code.value()));
        own.dedup();
        Self { own: own.into(), caller: lists.caller.as_slice().into(), called: lists.called.as_slice().into() }
    }

    /// The longest code that begins the number, of the lists' own and the ITU's.
    pub(crate) fn of(&self, number: E164) -> Option<DialPrefix> {
        let own = self.own.iter().copied().find(|code| code.begins(number));
        let itu = itu_code(number);
        match (own, itu) {
            (Some(own), Some(itu)) if itu.length() > own.length() => Some(itu),
            (Some(own), _) => Some(own),
            (None, itu) => itu,
        }
    }

    /// Whether `country` is one of the callers' countries.
    pub(crate) fn lists_caller(&self, country: DialPrefix) -> bool {
        self.caller.contains(&country)
    }

    /// Whether `country` is one of the countries called.
    pub(crate) fn lists_called(&self, country: DialPrefix) -> bool {
        self.called.contains(&country)
    }
}

/// The country code that begins a number: no code begins another.
fn itu_code(number: E164) -> Option<DialPrefix> {
    (1..=3u8.min(number.digit_count())).map(|length| number.prefix(length)).find(|front| {
        let value = usize::try_from(front.value()).expect("at most three digits");
        IS_CODE[usize::from(front.length()) - 1][value]
    })
}

const IS_CODE: [[bool; 1000]; 3] = {
    let mut table = [[false; 1000]; 3];
    let mut at = 0;
    while at < CODES.len() {
        let length = match CODES[at] {
            0..10 => 0,
            10..100 => 1,
            _ => 2,
        };
        table[length][CODES[at] as usize] = true;
        at += 1;
    }
    table
};

#[rustfmt::skip]
const CODES: [u16; 207] = [
    1, 7,
    20, 211, 212, 213, 216, 218, 220, 221, 222, 223, 224, 225, 226, 227, 228, 229, 230, 231, 232, 233, 234, 235, 236,
    237, 238, 239, 240, 241, 242, 243, 244, 245, 246, 247, 248, 249, 250, 251, 252, 253, 254, 255, 256, 257, 258, 260,
    261, 262, 263, 264, 265, 266, 267, 268, 269, 27, 290, 291, 297, 298, 299,
    30, 31, 32, 33, 34, 350, 351, 352, 353, 354, 355, 356, 357, 358, 359, 36, 370, 371, 372, 373, 374, 375, 376, 377,
    378, 379, 380, 381, 382, 383, 385, 386, 387, 389, 39,
    40, 41, 420, 421, 423, 43, 44, 45, 46, 47, 48, 49,
    500, 501, 502, 503, 504, 505, 506, 507, 508, 509, 51, 52, 53, 54, 55, 56, 57, 58, 590, 591, 592, 593, 594, 595, 596,
    597, 598, 599,
    60, 61, 62, 63, 64, 65, 66, 670, 672, 673, 674, 675, 676, 677, 678, 679, 680, 681, 682, 683, 685, 686, 687, 688, 689,
    690, 691, 692,
    81, 82, 84, 850, 852, 853, 855, 856, 86, 880, 886,
    90, 91, 92, 93, 94, 95, 960, 961, 962, 963, 964, 965, 966, 967, 968, 970, 971, 972, 973, 974, 975, 976, 977, 98, 992,
    993, 994, 995, 996, 998,
];

#[cfg(test)]
mod tests {
    use super::*;

    fn number(digits: &str) -> E164 {
        E164::parse(digits.as_bytes()).expect("a number")
    }

    #[test]
    fn no_code_begins_another() {
        for code in CODES {
            let code = code.to_string();
            let beginnings = CODES.iter().filter(|other| code.starts_with(&other.to_string())).count();
            assert_eq!(beginnings, 1, "{code}");
        }
    }

    #[test]
    fn finds_the_longest_code() {
        let lists = CountryLists {
            name: "x".to_owned(),
            caller: vec![DialPrefix::parse("1876").expect("a code")],
            called: vec![DialPrefix::parse("77").expect("a code"), DialPrefix::parse("3").expect("a code")],
        };
        let countries = Countries::new(&lists);
        let cases = [
            ("4930123", Some("49")),
            ("35312345", Some("353")),
            ("12125550100", Some("1")),
            ("18765550100", Some("1876")),
            ("79161234567", Some("7")),
            ("77271234567", Some("77")),
            ("38", Some("3")),
            ("88212345", None),
            ("80012345", None),
            ("2101", None),
        ];
        for (digits, code) in cases {
            let expected = code.map(|code| DialPrefix::parse(code).expect("a code"));
            assert_eq!(countries.of(number(digits)), expected, "{digits}");
        }
    }
}
