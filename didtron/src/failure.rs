//! What a failure means to a script: the exit codes, and how a failure is told.
//!
//! | code | meaning |
//! |---|---|
//! | 0 | done |
//! | 1 | something is wrong with the data or the books, and it was said what |
//! | 2 | wrong usage |
//! | 3 | a service or file could not be reached |

use didtron_books::LockError;
use didtron_files::FileError;
use didtron_pipeline::RunError;
use didtron_ports::Error as PortError;
use didtron_query::Error as QueryError;
use didtron_sheets::OpenError;
use std::io::{self, ErrorKind, Write as _};
use std::process::ExitCode;

/// A failure that the command itself found.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// The data is wrong: exit code 1.
    #[error("{0}")]
    Data(String),
    /// The words of the command do not go together: exit code 2.
    #[error("{0}")]
    Usage(String),
    /// Something is not there or cannot be reached: exit code 3.
    #[error("{0}")]
    Unreachable(String),
}

const DATA: u8 = 1;
const USAGE: u8 = 2;
const UNREACHABLE: u8 = 3;

/// A data failure with a message of its own.
pub(crate) fn data(message: impl Into<String>) -> anyhow::Error {
    Failure::Data(message.into()).into()
}

/// A usage failure with a message of its own.
pub(crate) fn usage(message: impl Into<String>) -> anyhow::Error {
    Failure::Usage(message.into()).into()
}

/// Something that is not there, with a message of its own.
pub(crate) fn unreachable(message: impl Into<String>) -> anyhow::Error {
    Failure::Unreachable(message.into()).into()
}

/// Reads a file whole, or says which one could not be read.
pub(crate) fn read_file(path: &std::path::Path) -> anyhow::Result<Vec<u8>> {
    std::fs::read(path).map_err(|error| unreachable(format!("could not read {}: {error}", path.display())))
}

/// Writes the failure to standard error and gives its exit code. A reader that went away (`| head`) is no failure.
pub(crate) fn tell(error: &anyhow::Error) -> ExitCode {
    if error.chain().any(is_broken_pipe) {
        return ExitCode::SUCCESS;
    }
    let mut text = error.to_string();
    for cause in error.chain().skip(1).map(ToString::to_string) {
        // Many errors show their cause themselves.
        if !text.contains(&cause) {
            text = format!("{text}: {cause}");
        }
    }
    // Standard error itself may be gone; the code still tells.
    drop(writeln!(io::stderr().lock(), "didtron: {text}"));
    ExitCode::from(error.chain().find_map(code_of).unwrap_or(DATA))
}

fn is_broken_pipe(cause: &(dyn std::error::Error + 'static)) -> bool {
    cause.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == ErrorKind::BrokenPipe)
}

fn code_of(cause: &(dyn std::error::Error + 'static)) -> Option<u8> {
    let port = |error: &PortError| match error {
        PortError::Unavailable { .. } => UNREACHABLE,
        PortError::Damaged(_) => DATA,
    };
    if let Some(failure) = cause.downcast_ref::<Failure>() {
        return Some(match failure {
            Failure::Data(_) => DATA,
            Failure::Usage(_) => USAGE,
            Failure::Unreachable(_) => UNREACHABLE,
        });
    }
    if let Some(error) = cause.downcast_ref::<RunError>() {
        return Some(if let RunError::Port(error) = error { port(error) } else { DATA });
    }
    if let Some(error) = cause.downcast_ref::<FileError>() {
        return Some(if matches!(error, FileError::Unreachable { .. }) { UNREACHABLE } else { DATA });
    }
    if let Some(error) = cause.downcast_ref::<PortError>() {
        return Some(port(error));
    }
    if let Some(error) = cause.downcast_ref::<QueryError>() {
        return Some(match error {
            QueryError::Statement(_) => USAGE,
            QueryError::Query(_) | QueryError::Damaged(_) => DATA,
            QueryError::Unavailable { .. } | QueryError::Output(_) => UNREACHABLE,
        });
    }
    let is_unreachable = cause.is::<LockError>() || cause.is::<OpenError>() || cause.is::<io::Error>();
    is_unreachable.then_some(UNREACHABLE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_failure_has_its_code() {
        let code = |error: anyhow::Error| error.chain().find_map(code_of).unwrap_or(DATA);
        assert_eq!(code(data("x")), 1);
        assert_eq!(code(usage("x")), 2);
        assert_eq!(code(unreachable("x").context("while doing y")), 3);
        assert_eq!(code(PortError::Damaged("x".into()).into()), 1);
        assert_eq!(code(PortError::unavailable("x", "y").into()), 3);
        assert_eq!(code(RunError::Port(PortError::unavailable("x", "y")).into()), 3);
        assert_eq!(code(RunError::NoBaseCurrency { version: 1 }.into()), 1);
        assert_eq!(code(anyhow::anyhow!("anything else")), 1);
    }
}
