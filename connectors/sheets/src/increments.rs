//! The increments of a row: one cell or two, what `0/0` and nothing stand for, and rules by the destination's name.

use crate::header_names::normal;
use didtron_domain::Increment;
use didtron_schemas::deck_mapping::{IncrementRules, increment_pair};

/// What the cells of a row say about its increments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Given {
    Nothing,
    Increment(Increment),
}

/// Reads `60/1` in one cell, or two cells that hold seconds, or the same pair twice.
pub(crate) fn given(one: &str, initial: &str, next: &str, rules: &IncrementRules) -> Result<Given, String> {
    let pair = match (one, initial, next) {
        ("", "", "") => return Ok(Given::Nothing),
        (one, "", "") => increment_pair(one).ok_or("is not an increment: one such as 60/1, 60+1 or 60 is expected")?,
        ("", "", _) => return Err("the first interval is empty and the next is not; both are needed".to_owned()),
        ("", _, "") => return Err("the first interval is given and the next is not; both are needed".to_owned()),
        ("", initial, next) => of_two(initial, next)?,
        _ => return Err("increments are given in one column and in two; keep one way".to_owned()),
    };
    legal(pair, rules).map(Given::Increment)
}

fn of_two(initial: &str, next: &str) -> Result<(u32, u32), String> {
    let wrong = || format!("{initial:?} and {next:?} are not two counts of seconds");
    let pairs = (increment_pair(initial).ok_or_else(wrong)?, increment_pair(next).ok_or_else(wrong)?);
    let is_pair = |text: &str| text.contains(['/', '+']);
    match (is_pair(initial), is_pair(next)) {
        (false, false) => Ok((pairs.0.0, pairs.1.0)),
        (true, true) if pairs.0 == pairs.1 => Ok(pairs.0),
        _ => Err(wrong()),
    }
}

fn legal((initial, next): (u32, u32), rules: &IncrementRules) -> Result<Increment, String> {
    match (initial, next) {
        (0, 0) => rules.zero.ok_or_else(|| "0/0 is no increment; a mapping can say what it stands for".to_owned()),
        _ => Increment::new(initial, next)
            .ok_or_else(|| format!("{initial}/{next} is no increment: each is at most {} s", Increment::SECONDS_MAX)),
    }
}

/// The rules by name, and which of them were used.
#[derive(Debug)]
pub(crate) struct NameRules<'a> {
    rules: Vec<(String, Increment, bool)>,
    of: &'a IncrementRules,
}

impl<'a> NameRules<'a> {
    pub(crate) fn new(of: &'a IncrementRules) -> Self {
        let mut rules: Vec<_> =
            of.rules.iter().map(|rule| (normal(&rule.destination), rule.increment, false)).collect();
        // The longest name first: it is the one that is taken.
        rules.sort_by_key(|(name, ..)| std::cmp::Reverse(name.len()));
        Self { rules, of }
    }

    /// The increment of a row without one of its own; `None` where only the deck can say.
    pub(crate) fn of(&mut self, destination: &str) -> Option<Increment> {
        if self.rules.is_empty() {
            return self.of.default;
        }
        let destination = normal(destination);
        let fits =
            |name: &str| destination.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with(' '));
        match self.rules.iter_mut().find(|(name, ..)| fits(name)) {
            Some((_, increment, used)) => {
                *used = true;
                Some(*increment)
            }
            None => self.of.default,
        }
    }

    /// The names that fitted no destination.
    pub(crate) fn unused(&self) -> impl Iterator<Item = &str> {
        self.rules.iter().filter(|(_, _, used)| !used).map(|(name, ..)| name.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use didtron_schemas::deck_mapping::IncrementRule;

    fn shown(cells: [&str; 3], rules: &IncrementRules) -> String {
        match given(cells[0], cells[1], cells[2], rules) {
            Ok(Given::Nothing) => "nothing".to_owned(),
            Ok(Given::Increment(found)) => format!("{}/{}", found.initial_s(), found.next_s()),
            Err(message) => message,
        }
    }

    #[test]
    fn reads_one_cell_or_two() {
        let none = IncrementRules::default();
        let zero = IncrementRules { zero: Increment::new(1, 1), ..IncrementRules::default() };
        let cases = [
            (["60/1", "", ""], "60/1"),
            (["60+1", "", ""], "60/1"),
            (["60", "", ""], "60/60"),
            (["", "30", "6"], "30/6"),
            (["", "30/6", "30/6"], "30/6"),
            (["", "", ""], "nothing"),
            (["", "60", "0"], "60/0"),
            (["", "0", "1"], "0/1"),
        ];
        for (cells, expected) in cases {
            assert_eq!(shown(cells, &none), expected, "{cells:?}");
        }
        for cells in [
            ["0/0", "", ""],
            ["", "0", "0"],
            ["x", "", ""],
            ["", "60", ""],
            ["", "", "6"],
            ["", "30/6", "6"],
            ["60", "60", "60"],
            ["90000/1", "", ""],
            ["-1", "", ""],
            ["", "30/6", "60/6"],
            ["1/1/1", "", ""],
        ] {
            assert!(given(cells[0], cells[1], cells[2], &none).is_err(), "{cells:?}");
        }
        assert_eq!(shown(["", "0", "0"], &zero), "1/1");
    }

    #[test]
    fn takes_the_longest_name_that_fits() {
        let rule = |destination: &str, initial, next| IncrementRule {
            destination: destination.to_owned(),
            increment: Increment::new(initial, next).expect("legal"),
        };
        let rules = IncrementRules {
            default: Increment::new(1, 1),
            zero: None,
            rules: vec![rule("Nepal", 30, 30), rule("Nepal Ncell Mobile", 60, 1), rule("Korea South", 60, 60)],
        };
        let mut names = NameRules::new(&rules);
        assert_eq!(names.of("Nepal-Ncell Mobile"), Increment::new(60, 1));
        assert_eq!(names.of("NEPAL other"), Increment::new(30, 30));
        assert_eq!(names.of("Nepalese"), Increment::new(1, 1));
        assert_eq!(names.unused().collect::<Vec<_>>(), ["korea south"]);
    }
}
