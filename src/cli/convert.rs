//! `authopsy convert`: write a dump as Parquet, for DuckDB, polars, Spark, ClickHouse.

use super::{CliError, Exit, Io};

/// Arguments of `authopsy convert`.
#[derive(Debug, clap::Args)]
pub struct Args {}

/// Runs the command.
pub fn run(_args: &Args, _io: &mut Io<'_>) -> Result<Exit, CliError> {
    Err(CliError::Unbuilt("convert"))
}
