//! `authopsy diff`: what changed between two reports.

use super::{CliError, Exit, Io};

/// Arguments of `authopsy diff`.
#[derive(Debug, clap::Args)]
pub struct Args {}

/// Runs the command.
pub fn run(_args: &Args, _io: &mut Io<'_>) -> Result<Exit, CliError> {
    Err(CliError::Unbuilt("diff"))
}
