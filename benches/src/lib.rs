//! What the benches share: a world rated in memory, and decks with traffic drawn by a seed.

pub mod in_memory;
pub mod synthetic;
