//! `authopsy fields`: field names and how many rows have them.

use super::{CliError, Exit, Io};

/// Arguments of `authopsy fields`.
#[derive(Debug, clap::Args)]
pub struct Args {}

/// Runs the command.
pub fn run(_args: &Args, _io: &mut Io<'_>) -> Result<Exit, CliError> {
    Err(CliError::Unbuilt("fields"))
}
