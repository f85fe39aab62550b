//! `authopsy events`: one row per classified attempt or change: the table behind the report.

use super::{CliError, Exit, Io};

/// Arguments of `authopsy events`.
#[derive(Debug, clap::Args)]
pub struct Args {}

/// Runs the command.
pub fn run(_args: &Args, _io: &mut Io<'_>) -> Result<Exit, CliError> {
    Err(CliError::Unbuilt("events"))
}
