//! `authopsy values`: values of one field with their row counts.

use super::{CliError, Exit, Io};

/// Arguments of `authopsy values`.
#[derive(Debug, clap::Args)]
pub struct Args {}

/// Runs the command.
pub fn run(_args: &Args, _io: &mut Io<'_>) -> Result<Exit, CliError> {
    Err(CliError::Unbuilt("values"))
}
