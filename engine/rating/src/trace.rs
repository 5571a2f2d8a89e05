//! The one code path for rating and for explaining it (R18): rating tells a trace what it does, and the trace that
//! keeps nothing compiles away.

use didtron_domain::Side;

/// Who listens to the steps of a rating.
pub(crate) trait Trace {
    /// Whether steps are kept; costly sentences are only made then.
    const KEEPS: bool;

    /// The side that the next steps are about; `None`: the call as a whole.
    fn side(&mut self, side: Option<Side>);

    /// One step by its rule.
    fn step(&mut self, rule: &'static str, sentence: impl FnOnce() -> String);
}

/// Keeps nothing.
pub(crate) struct Silent;

impl Trace for Silent {
    const KEEPS: bool = false;

    #[inline]
    fn side(&mut self, _side: Option<Side>) {}

    #[inline]
    fn step(&mut self, _rule: &'static str, _sentence: impl FnOnce() -> String) {}
}
