//! How many rows of each kind there are, and which call of the month is which: decided before a row is written.

use crate::dice::{Dice, Spread, Stream};
use crate::options::Options;

/// What a call's first row is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    Plain,
    /// In a later file than its time.
    Late,
    UnknownPrefix,
    Blocked,
    UnknownCustomer,
    UnknownSupplier,
    InvalidNumber,
    Malformed,
}

impl Role {
    /// Why it waits; `None` where it can be rated. These are answered: what is not is never refused.
    pub(crate) const fn reason(self) -> Option<&'static str> {
        match self {
            Self::Plain | Self::Late => None,
            Self::UnknownPrefix => Some("no_rate"),
            Self::Blocked => Some("blocked_destination"),
            Self::UnknownCustomer => Some("unknown_customer"),
            Self::UnknownSupplier => Some("unknown_supplier"),
            Self::InvalidNumber => Some("invalid_number"),
            Self::Malformed => Some("malformed_record"),
        }
    }
}

/// What comes after a call's first row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// The first row's content.
    Again,
    /// Other content; the number tells the changes of one call apart.
    Change(u8),
    /// Other content that the source says is older.
    Older,
    /// A call that could not be rated, with a number that can.
    Cure,
}

/// Calls that are alike.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Share {
    pub(crate) role: Role,
    pub(crate) steps: &'static [Step],
    pub(crate) count: u64,
}

const fn of(role: Role, steps: &'static [Step], count: u64) -> Share {
    Share { role, steps, count }
}

/// Of 100,000 rows.
const SPECIAL: [Share; 16] = [
    of(Role::Plain, &[Step::Again], 1400),
    of(Role::Plain, &[Step::Change(1)], 700),
    of(Role::Plain, &[Step::Change(1), Step::Change(2)], 100),
    of(Role::Plain, &[Step::Change(1), Step::Again], 50),
    of(Role::Plain, &[Step::Older], 50),
    of(Role::Late, &[], 900),
    of(Role::Late, &[Step::Change(1)], 100),
    of(Role::UnknownPrefix, &[], 300),
    of(Role::UnknownPrefix, &[Step::Again], 20),
    of(Role::UnknownPrefix, &[Step::Cure], 30),
    of(Role::Blocked, &[], 60),
    of(Role::UnknownCustomer, &[], 30),
    of(Role::UnknownSupplier, &[], 30),
    of(Role::InvalidNumber, &[], 30),
    of(Role::Malformed, &[], 150),
    of(Role::Malformed, &[Step::Again], 10),
];
/// A smaller world has plain rows only; from here on each share has a call at least.
const ALL_KINDS_FROM: u64 = 200;
const FILES_MAX: u64 = 10;
/// Of a small world.
const ROWS_PER_FILE: u64 = 50;

/// The rows of a world.
#[derive(Debug)]
pub(crate) struct Plan {
    special: Vec<Share>,
    special_count: u64,
    /// How many calls (identities) there are.
    pub(crate) count: u64,
    pub(crate) file_count: u64,
    spread: Spread,
}

impl Plan {
    pub(crate) fn new(options: &Options) -> Self {
        let rows = options.calls;
        let least = u64::from(rows >= ALL_KINDS_FROM);
        let scaled = |share: &Share| Share { count: (rows * share.count / 100_000).max(least), ..*share };
        let special: Vec<Share> = SPECIAL.iter().map(scaled).collect();
        let more: u64 = special.iter().map(|share| share.count * share.steps.len() as u64).sum();
        let count = rows - more;
        Self {
            special_count: special.iter().map(|share| share.count).sum(),
            special,
            count,
            file_count: (rows / ROWS_PER_FILE).clamp(2, FILES_MAX),
            spread: Spread::new(count, &mut Dice::new(options.seed, Stream::Call, u64::MAX)),
        }
    }

    /// All calls, the ordinary ones last.
    pub(crate) fn shares(&self) -> impl Iterator<Item = Share> {
        let ordinary = of(Role::Plain, &[], self.count - self.special_count);
        self.special.iter().copied().chain([ordinary])
    }

    /// What the call of that number is.
    pub(crate) fn of_call(&self, index: u64) -> (Role, &'static [Step]) {
        let mut at = self.spread.index_of(index);
        if at >= self.special_count {
            return (Role::Plain, &[]);
        }
        for share in &self.special {
            if at < share.count {
                return (share.role, share.steps);
            }
            at -= share.count;
        }
        (Role::Plain, &[])
    }

    /// The file of a call's time.
    pub(crate) const fn file_of(&self, index: u64) -> u64 {
        index * self.file_count / self.count
    }

    /// The first call whose time is in a file.
    pub(crate) const fn first_of_file(&self, file: u64) -> u64 {
        (file * self.count).div_ceil(self.file_count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::truth::Truth;

    #[test]
    fn a_plan_has_exactly_the_rows_that_were_asked_for() {
        for calls in [10, 11, 57, 199, 200, 201, 999, 20_000, 1_000_000] {
            let plan = Plan::new(&Options { calls, seed: calls, prefixes: 100 });
            let truth = Truth::of(&plan);
            assert_eq!(truth.rows, calls);
            assert!(truth.expect.calls * 10 >= calls * 8, "{truth:?}");
            assert_eq!(truth.expect.suspense.is_empty(), calls < ALL_KINDS_FROM);
        }
    }

    #[test]
    fn each_share_is_met_as_often_as_it_says() {
        let plan = Plan::new(&Options { calls: 3000, seed: 1, prefixes: 100 });
        for share in plan.shares() {
            let met = (0..plan.count).filter(|&index| plan.of_call(index) == (share.role, share.steps)).count();
            assert_eq!(met as u64, share.count, "{share:?}");
        }
    }

    #[test]
    fn files_hold_calls_from_first_to_last() {
        for calls in [10, 57, 123, 5000] {
            let plan = Plan::new(&Options { calls, seed: 1, prefixes: 100 });
            for file in 0..plan.file_count {
                let first = plan.first_of_file(file);
                assert_eq!(plan.file_of(first), file);
                assert!(first == 0 || plan.file_of(first - 1) == file - 1);
            }
        }
    }
}
