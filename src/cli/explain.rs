//! `authopsy explain`: explain a class, detector, symptom row, file check or query construct.

use super::{CliError, Exit, Io};

/// Arguments of `authopsy explain`.
#[derive(Debug, clap::Args)]
pub struct Args {}

/// Runs the command.
pub fn run(_args: &Args, _io: &mut Io<'_>) -> Result<Exit, CliError> {
    Err(CliError::Unbuilt("explain"))
}
