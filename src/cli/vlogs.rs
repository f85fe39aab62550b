//! `authopsy vlogs`: the live tool's methods, same names, same JSON arguments.

use super::{CliError, Exit, Io};

/// Arguments of `authopsy vlogs`.
#[derive(Debug, clap::Args)]
pub struct Args {}

/// Runs the command.
pub fn run(_args: &Args, _io: &mut Io<'_>) -> Result<Exit, CliError> {
    Err(CliError::Unbuilt("vlogs"))
}
