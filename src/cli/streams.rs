//! `authopsy streams`: log streams with their row counts.

use super::{CliError, Exit, Io};

/// Arguments of `authopsy streams`.
#[derive(Debug, clap::Args)]
pub struct Args {}

/// Runs the command.
pub fn run(_args: &Args, _io: &mut Io<'_>) -> Result<Exit, CliError> {
    Err(CliError::Unbuilt("streams"))
}
