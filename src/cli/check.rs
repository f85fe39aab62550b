//! `authopsy check`: one verdict per credential file, with the reason.

use super::{CliError, Exit, Io};

/// Arguments of `authopsy check`.
#[derive(Debug, clap::Args)]
pub struct Args {}

/// Runs the command.
pub fn run(_args: &Args, _io: &mut Io<'_>) -> Result<Exit, CliError> {
    Err(CliError::Unbuilt("check"))
}
