//! `authopsy completions`: print shell completions.

use super::{CliError, Exit, Io, command};

/// Arguments of `authopsy completions`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The shell to complete in
    #[arg(value_enum, value_name = "SHELL")]
    pub shell: clap_complete::Shell,
}

/// Runs the command.
pub fn run(args: &Args, io: &mut Io<'_>) -> Result<Exit, CliError> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut command(), "authopsy", &mut script);
    io.stdout.write_all(&script)?;
    Ok(Exit::Done)
}
