//! The usage store on disk: what is written is read again to the last field, by place, by call and after compaction;
//! what was not written by us is damage.

#![expect(clippy::unwrap_used, reason = "what fails in a test should panic, in its helpers too")]

mod damaged;
mod laid;
mod rows;
mod scanned;
mod written;
