//! `authopsy verify`: re-derive every figure of a report from its dumps.

use super::{CliError, Exit, Io};

/// Arguments of `authopsy verify`.
#[derive(Debug, clap::Args)]
pub struct Args {}

/// Runs the command.
pub fn run(_args: &Args, _io: &mut Io<'_>) -> Result<Exit, CliError> {
    Err(CliError::Unbuilt("verify"))
}
