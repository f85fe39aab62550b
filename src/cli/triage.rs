//! `authopsy triage`: explain why authentication failed: the main report over one or more dumps.

use super::{CliError, Exit, Io};

/// Arguments of `authopsy triage`.
#[derive(Debug, clap::Args)]
pub struct Args {}

/// Runs the command.
pub fn run(_args: &Args, _io: &mut Io<'_>) -> Result<Exit, CliError> {
    Err(CliError::Unbuilt("triage"))
}
