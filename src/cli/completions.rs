//! `authopsy completions`: print shell completions.

use super::{CliError, Exit, Io};

/// Arguments of `authopsy completions`.
#[derive(Debug, clap::Args)]
pub struct Args {}

/// Runs the command.
pub fn run(_args: &Args, _io: &mut Io<'_>) -> Result<Exit, CliError> {
    Err(CliError::Unbuilt("completions"))
}
