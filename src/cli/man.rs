//! `authopsy man`: write the manual pages.

use super::{CliError, Exit, Io};

/// Arguments of `authopsy man`.
#[derive(Debug, clap::Args)]
pub struct Args {}

/// Runs the command.
pub fn run(_args: &Args, _io: &mut Io<'_>) -> Result<Exit, CliError> {
    Err(CliError::Unbuilt("man"))
}
