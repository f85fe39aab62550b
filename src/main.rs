//! The door: hand the process's arguments and streams to [`authopsy::cli::run`] and return its exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(authopsy::cli::main())
}
