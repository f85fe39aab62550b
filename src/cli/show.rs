//! `authopsy show`: print one evidence record, redacted, with its context.

use super::{CliError, Exit, Io};

/// Arguments of `authopsy show`.
#[derive(Debug, clap::Args)]
pub struct Args {}

/// Runs the command.
pub fn run(_args: &Args, _io: &mut Io<'_>) -> Result<Exit, CliError> {
    Err(CliError::Unbuilt("show"))
}
