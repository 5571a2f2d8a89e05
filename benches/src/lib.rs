//! What the measuring program, the benches and the tests of this package share.

pub mod in_memory;
