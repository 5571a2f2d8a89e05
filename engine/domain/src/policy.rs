//! The named policies of a rating plan (rating.md R2 to R13), each with its default, and the words that files use.

use crate::rounding::RoundingMode;

/// Declares a policy: an enum whose variants are known by one word in files, tables and talk alike.
macro_rules! words {
    ($name:ident { $($variant:ident = $word:literal),+ $(,)? }) => {
        impl $name {
            /// Every word, in the order of declaration.
            pub const WORDS: &'static [&'static str] = &[$($word),+];

            /// The policy behind a word; `None` when there is none.
            #[must_use]
            pub fn parse(word: &str) -> Option<Self> {
                match word {
                    $($word => Some(Self::$variant),)+
                    _ => None,
                }
            }

            /// The word.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word),+
                }
            }
        }
    };
}
pub(crate) use words;

/// How a fraction of a second becomes a whole one, before increments (R2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum DurationRounding {
    /// 60.1 s is 61 s.
    #[default]
    Up,
    /// 60.9 s is 60 s.
    Down,
    /// 60.5 s is 61 s.
    HalfUp,
    /// 60.5 s is 60 s.
    HalfDown,
}
words!(DurationRounding { Up = "up", Down = "down", HalfUp = "half_up", HalfDown = "half_down" });
words!(RoundingMode { HalfUp = "half_up", Up = "up", Down = "down", HalfDown = "half_down", HalfEven = "half_even" });

impl DurationRounding {
    /// Whole seconds of a duration in milliseconds (R2).
    ///
    /// ```
    /// use didtron_domain::DurationRounding;
    /// assert_eq!(DurationRounding::Up.whole_seconds(60_100), 61);
    /// assert_eq!(DurationRounding::HalfDown.whole_seconds(60_500), 60);
    /// ```
    #[inline]
    #[must_use]
    pub const fn whole_seconds(self, milliseconds: u64) -> u64 {
        let rest = milliseconds % 1000;
        let up = match self {
            Self::Up => rest > 0,
            Self::Down => false,
            Self::HalfUp => rest >= 500,
            Self::HalfDown => rest > 500,
        };
        milliseconds / 1000 + up as u64
    }
}

/// What a call that outlasts its grace is charged for (R3).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum GraceMode {
    /// The whole call.
    #[default]
    FromStart,
    /// What remains once the grace seconds are taken off.
    AfterGrace,
}
words!(GraceMode { FromStart = "from_start", AfterGrace = "after_grace" });

/// Where the grid of the later increments begins (R4).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum IncrementOrigin {
    /// At the end of the first increment.
    #[default]
    AfterInitial,
    /// At the answer: billed seconds are a multiple of `next`, and at least `initial`.
    FromZero,
}
words!(IncrementOrigin { AfterInitial = "after_initial", FromZero = "from_zero" });

/// Which rate a call over several time bands takes (R11).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum BandSplit {
    /// The one met at the answer, throughout.
    #[default]
    AtAnswer,
    /// Each later increment the one in force when it begins.
    Split,
}
words!(BandSplit { AtAnswer = "at_answer", Split = "split" });

/// Billing increments `initial/next` in seconds (R4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Increment {
    initial_s: u32,
    next_s: u32,
}

impl Increment {
    /// The longest increment: a day.
    pub const SECONDS_MAX: u32 = 86_400;

    /// Checks R4: both at most a day, and `next = 0` (one flat charge) only with `initial > 0`.
    #[must_use]
    pub const fn new(initial_s: u32, next_s: u32) -> Option<Self> {
        if initial_s > Self::SECONDS_MAX || next_s > Self::SECONDS_MAX || (initial_s == 0 && next_s == 0) {
            None
        } else {
            Some(Self { initial_s, next_s })
        }
    }

    /// Seconds of the first increment; may be 0.
    #[must_use]
    pub const fn initial_s(self) -> u32 {
        self.initial_s
    }

    /// Seconds of each later increment; 0 for one flat charge per call.
    #[must_use]
    pub const fn next_s(self) -> u32 {
        self.next_s
    }

    /// Billed seconds of a call of `due_s` whole seconds (R4).
    ///
    /// | scheme | talk s -> billed s |
    /// |---|---|
    /// | 30/6 | 1 -> 30, 31 -> 36, 57 -> 60 |
    /// | 90/60 | 66 -> 90 (`from_zero`: 120), 91 -> 150 (`from_zero`: 120) |
    ///
    /// ```
    /// use didtron_domain::{Increment, IncrementOrigin};
    /// let scheme = Increment::new(30, 6).unwrap();
    /// assert_eq!(scheme.billed_seconds(31, IncrementOrigin::AfterInitial), 36);
    /// ```
    #[inline]
    #[must_use]
    pub fn billed_seconds(self, due_s: u64, origin: IncrementOrigin) -> u64 {
        let (initial, next) = (u64::from(self.initial_s), u64::from(self.next_s));
        if due_s == 0 {
            return 0;
        }
        if next == 0 {
            return initial;
        }
        match origin {
            IncrementOrigin::AfterInitial if due_s <= initial => initial,
            IncrementOrigin::AfterInitial => initial + (due_s - initial).div_ceil(next) * next,
            IncrementOrigin::FromZero => initial.max(due_s.div_ceil(next) * next),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn walks_the_increments_of_the_rules() {
        use IncrementOrigin::{AfterInitial, FromZero};
        let cases = [
            (30, 6, AfterInitial, vec![(0, 0), (1, 30), (30, 30), (31, 36), (36, 36), (37, 42), (57, 60)]),
            (60, 1, AfterInitial, vec![(5, 60), (61, 61)]),
            (90, 60, AfterInitial, vec![(66, 90), (91, 150)]),
            (90, 60, FromZero, vec![(66, 120), (91, 120)]),
            (30, 20, AfterInitial, vec![(31, 50)]),
            (30, 20, FromZero, vec![(31, 40)]),
            (60, 0, AfterInitial, vec![(1, 60), (600, 60)]),
            (60, 0, FromZero, vec![(1, 60), (600, 60)]),
            (0, 60, AfterInitial, vec![(1, 60), (61, 120)]),
        ];
        for (initial, next, origin, rows) in cases {
            let scheme = Increment::new(initial, next).expect("legal increments");
            for (talk, billed) in rows {
                assert_eq!(scheme.billed_seconds(talk, origin), billed, "{initial}/{next} {origin:?} {talk}");
            }
        }
        assert!(Increment::new(0, 0).is_none());
    }
}
