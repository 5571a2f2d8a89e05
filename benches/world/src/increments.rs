//! Billing increments.

/// The seconds that are billed first, and then at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Increments {
    pub(crate) initial_s: u32,
    pub(crate) next_s: u32,
}
