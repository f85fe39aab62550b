//! `authopsy api`: answer a request of the store's HTTP API without a server.

use super::{CliError, Exit, Io};

/// Arguments of `authopsy api`.
#[derive(Debug, clap::Args)]
pub struct Args {}

/// Runs the command.
pub fn run(_args: &Args, _io: &mut Io<'_>) -> Result<Exit, CliError> {
    Err(CliError::Unbuilt("api"))
}
