//! What a world is made of: its size and its seed.

use crate::error::WorldError;

/// What a world is made of. The same options give the same bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// Data rows over all call files.
    pub calls: u64,
    /// Of everything that is drawn.
    pub seed: u64,
    /// Rows of the full customer deck; the full supplier deck has a few less.
    pub prefixes: u32,
}

impl Options {
    /// Of the demo.
    pub const PREFIXES_DEFAULT: u32 = 300_000;
    const CALLS: (u64, u64) = (10, 1_000_000_000);
    const PREFIXES: (u64, u64) = (100, 3_000_000);

    /// A world with the demo's decks.
    #[must_use]
    pub const fn new(calls: u64, seed: u64) -> Self {
        Self { calls, seed, prefixes: Self::PREFIXES_DEFAULT }
    }

    pub(crate) fn check(&self) -> Result<(), WorldError> {
        let sizes = [("calls", self.calls, Self::CALLS), ("prefixes", self.prefixes.into(), Self::PREFIXES)];
        for (option, given, (least, most)) in sizes {
            if !(least..=most).contains(&given) {
                return Err(WorldError::Size { option, given, least, most });
            }
        }
        Ok(())
    }
}
