//! `authopsy query`: answer a LogsQL query over a dump as the store would.

use super::{CliError, Exit, Io};

/// Arguments of `authopsy query`.
#[derive(Debug, clap::Args)]
pub struct Args {}

/// Runs the command.
pub fn run(_args: &Args, _io: &mut Io<'_>) -> Result<Exit, CliError> {
    Err(CliError::Unbuilt("query"))
}
