//! The connector's behaviour by files: what each mapping understands, and that no way of reading changes it.

#![expect(clippy::unwrap_used, reason = "what fails in a test should panic, in its helpers too")]

mod growth;
mod mappings;
mod reading;
mod samples;
mod ways_of_reading;
