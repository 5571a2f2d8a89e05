//! What rating the world must come to, as `truth.json` says it.

use crate::plan::{Plan, Role, Step};
use serde::Serialize;
use std::collections::BTreeMap;

/// What rating the world must come to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Truth {
    /// Data rows over all call files.
    pub rows: u64,
    /// What the rows are.
    pub kinds: Kinds,
    /// What the audit of the books must say.
    pub expect: Expect,
}

/// Rows by what they are; each row is of one kind.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Kinds {
    /// Calls in their time, the few that name an unknown party or a refused number too.
    pub plain: u64,
    /// Content that came before.
    pub duplicate: u64,
    /// Other content for a call that came before.
    pub correction: u64,
    /// Calls in a later file than their time.
    pub late: u64,
    /// Answered calls to numbers that no deck has.
    pub unknown_prefix: u64,
    /// Lines that nobody can read.
    pub malformed: u64,
}

/// Rows by what becomes of them; each row is in exactly one count.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Expect {
    /// Identities with a rating in force.
    pub calls: u64,
    /// Rows that are dropped.
    pub duplicates: u64,
    /// Contents that are neither in force nor waiting.
    pub corrections: u64,
    /// Identities that wait, by reason.
    pub suspense: BTreeMap<&'static str, u64>,
}

impl Truth {
    /// What a plan's rows come to.
    pub(crate) fn of(plan: &Plan) -> Self {
        let mut truth = Self { rows: 0, kinds: Kinds::default(), expect: Expect::default() };
        for share in plan.shares() {
            truth.add(share.role, share.steps, share.count);
        }
        let Kinds { plain, duplicate, correction, late, unknown_prefix, malformed } = truth.kinds;
        let kinds = plain + duplicate + correction + late + unknown_prefix + malformed;
        let Expect { calls, duplicates, corrections, ref suspense } = truth.expect;
        assert_eq!(truth.rows, kinds, "every row is of one kind");
        assert_eq!(truth.rows, calls + duplicates + corrections + suspense.values().sum::<u64>(), "and in one count");
        truth
    }

    fn add(&mut self, role: Role, steps: &[Step], count: u64) {
        let (kinds, expect) = (&mut self.kinds, &mut self.expect);
        self.rows += count * (1 + steps.len() as u64);
        let kind = match role {
            Role::Late => &mut kinds.late,
            Role::UnknownPrefix => &mut kinds.unknown_prefix,
            Role::Malformed => &mut kinds.malformed,
            _ => &mut kinds.plain,
        };
        *kind += count;
        for step in steps {
            match step {
                Step::Again => {
                    kinds.duplicate += count;
                    expect.duplicates += count;
                }
                Step::Change(_) | Step::Older | Step::Cure => {
                    kinds.correction += count;
                    expect.corrections += count;
                }
            }
        }
        match role.reason().filter(|_| !steps.contains(&Step::Cure)) {
            Some(reason) if count > 0 => *expect.suspense.entry(reason).or_default() += count,
            _ => expect.calls += count,
        }
    }
}
