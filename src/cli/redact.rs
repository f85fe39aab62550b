//! `authopsy redact`: write a copy of a dump that is safe to hand on.

use super::{CliError, Exit, Io};

/// Arguments of `authopsy redact`.
#[derive(Debug, clap::Args)]
pub struct Args {}

/// Runs the command.
pub fn run(_args: &Args, _io: &mut Io<'_>) -> Result<Exit, CliError> {
    Err(CliError::Unbuilt("redact"))
}
