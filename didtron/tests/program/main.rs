//! The built program as a person or a script drives it. Everything here goes through the command line.

mod driver;
mod faults;
mod history;
mod rerate;
mod whole;
