//! R9: from a number as received to E.164 digits, by the habits of its interconnect.

use didtron_domain::E164;
use didtron_domain::catalog::{Interconnect, Translation};

/// How numbers arrive on an interconnect.
#[derive(Clone, Debug, Default)]
pub(crate) struct Treatment {
    pub(crate) international_prefixes: Box<[String]>,
    pub(crate) translations: Box<[Translation]>,
    pub(crate) national_plus_one: bool,
    /// Whether `+` is an international prefix, and nothing else here begins with one.
    plain_plus: bool,
    /// Whether nothing here begins with 1 to 9.
    plain_digits: bool,
}

/// A number and what was done to it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Treated {
    /// `None` where no 1 to 15 digits that do not begin with 0 remain.
    pub(crate) number: Option<E164>,
    /// The translation that applied, by its position.
    pub(crate) translation: Option<usize>,
    /// The international prefix that was taken off, by its position.
    pub(crate) international: Option<usize>,
    /// Whether 1 was put before ten digits.
    pub(crate) national: bool,
}

/// Room for a number after its translation; what is longer is still treated, on the heap.
const STACK_BYTES: usize = 64;

impl Treatment {
    pub(crate) fn new(interconnect: &Interconnect) -> Self {
        let prefixes = &interconnect.international_prefixes;
        let strips = interconnect.translations.iter().map(|rule| &rule.strip);
        let fronts: Vec<&String> = prefixes.iter().chain(strips).collect();
        let about = |first: u8| fronts.iter().filter(move |front| begins_with(&[first], front.get(..1).unwrap_or("")));
        Self {
            international_prefixes: prefixes.as_slice().into(),
            translations: interconnect.translations.as_slice().into(),
            national_plus_one: interconnect.national_plus_one,
            plain_plus: about(b'+').count() == 1 && prefixes.iter().any(|prefix| prefix == "+"),
            plain_digits: (b'1'..=b'9').all(|digit| about(digit).next().is_none()),
        }
    }

    /// The number after all steps where the text is in a usual form: digits behind `+` or nothing, which no rule here
    /// is about. `None`: it may be none or in another form.
    #[inline]
    pub(crate) fn usual(&self, text: &[u8]) -> Option<E164> {
        let national = self.national_plus_one && text.len() == 10;
        match text {
            [b'+', rest @ ..] if self.plain_plus => E164::parse(rest),
            [b'1'..=b'9', ..] if self.plain_digits && !national => E164::parse(text),
            _ => None,
        }
    }

    /// All steps for a called number whose tech prefix is off: translations, then the last steps.
    pub(crate) fn treat(&self, text: &str) -> Treated {
        let Some(at) = self.translations.iter().position(|rule| begins_with(text.as_bytes(), &rule.strip)) else {
            return self.last_steps(text.as_bytes());
        };
        let rule = &self.translations[at];
        let (front, rest) = (rule.add.as_bytes(), &text.as_bytes()[rule.strip.len()..]);
        let length = front.len() + rest.len();
        let mut buffer = [0u8; STACK_BYTES];
        let treated = if length <= STACK_BYTES {
            buffer[..front.len()].copy_from_slice(front);
            buffer[front.len()..length].copy_from_slice(rest);
            self.last_steps(&buffer[..length])
        } else {
            self.last_steps(&[front, rest].concat())
        };
        Treated { translation: Some(at), ..treated }
    }

    /// The international prefix and `national`: all that LRN and caller take.
    pub(crate) fn last_steps(&self, text: &[u8]) -> Treated {
        let international = self.international_prefixes.iter().position(|prefix| begins_with(text, prefix));
        let rest = international.map_or(text, |at| &text[self.international_prefixes[at].len()..]);
        let national = self.national_plus_one
            && international.is_none()
            && rest.len() == 10
            && rest.iter().all(u8::is_ascii_digit);
        let number = if national {
            let mut digits = *b"1..........";
            digits[1..].copy_from_slice(rest);
            E164::parse(&digits)
        } else {
            E164::parse(rest)
        };
        Treated { number, translation: None, international, national }
    }
}

/// Whether `text` begins with `front`. Most fronts differ by their first byte; comparing only that one spares a call
/// for each.
pub(crate) fn begins_with(text: &[u8], front: &str) -> bool {
    match front.as_bytes() {
        [] => true,
        front => text.first() == front.first() && text.starts_with(front),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use didtron_domain::Side;

    fn treatment(prefixes: &[&str], translations: &[(&str, &str)], national_plus_one: bool) -> Treatment {
        Treatment::new(&Interconnect {
            name: String::new(),
            carrier: String::new(),
            direction: Side::Customer,
            international_prefixes: prefixes.iter().map(|&prefix| prefix.to_owned()).collect(),
            national_plus_one,
            tech_prefix_required: false,
            translations: translations
                .iter()
                .map(|&(strip, add)| Translation { strip: strip.to_owned(), add: add.to_owned() })
                .collect(),
        })
    }

    #[test]
    fn walks_the_steps_of_r9() {
        let plain = treatment(&["+", "00"], &[], false);
        let trunk = treatment(&["+", "00", "011"], &[("00", "+"), ("0", "+49")], false);
        let us = treatment(&["+", "011"], &[], true);
        let cases = [
            (&plain, "+4930123", Some("4930123")),
            (&plain, "004930123", Some("4930123")),
            (&plain, "4930123", Some("4930123")),
            (&plain, "0114930123", None),
            (&plain, "+", None),
            (&plain, "", None),
            (&plain, "++49", None),
            (&plain, "49x", None),
            (&plain, "1234567890123456", None),
            (&plain, "+123456789012345", Some("123456789012345")),
            (&plain, "00049", None),
            (&trunk, "030123", Some("4930123")),
            (&trunk, "004930123", Some("4930123")),
            (&trunk, "0114930", Some("49114930")),
            (&us, "2125550100", Some("12125550100")),
            (&us, "+2125550100", Some("2125550100")),
            (&us, "12125550100", Some("12125550100")),
            (&us, "0114930123456", Some("4930123456")),
            (&us, "212555010", Some("212555010")),
            (&us, "0125550100", Some("10125550100")),
        ];
        for (treatment, text, expected) in cases {
            let number = treatment.treat(text).number;
            assert_eq!(number.map(|x| x.to_string()).as_deref(), expected, "{text}");
            let usual = treatment.usual(text.as_bytes());
            assert!(usual.is_none() || usual == number, "{text}");
        }
    }

    #[test]
    fn treats_texts_of_any_length() {
        let long = treatment(&["+"], &[("x", &"9".repeat(80))], false);
        assert_eq!(long.treat("x1").number, None);
        let tail = treatment(&[&"y".repeat(70)], &[("x", &"y".repeat(70))], false);
        assert_eq!(tail.treat("x49").number, E164::parse(b"49"));
    }

    #[test]
    fn caller_and_lrn_skip_the_translations() {
        let trunk = treatment(&["+", "00"], &[("0", "+49")], false);
        assert_eq!(trunk.last_steps(b"030123").number, None);
        assert_eq!(trunk.last_steps(b"+4930123").number, E164::parse(b"4930123"));
    }
}
