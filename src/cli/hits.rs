//! `authopsy hits`: rows per time bucket.

use super::{CliError, Exit, Io};

/// Arguments of `authopsy hits`.
#[derive(Debug, clap::Args)]
pub struct Args {}

/// Runs the command.
pub fn run(_args: &Args, _io: &mut Io<'_>) -> Result<Exit, CliError> {
    Err(CliError::Unbuilt("hits"))
}
