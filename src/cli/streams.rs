//! `authopsy streams`: log streams with their row counts.

use super::listing::{self, ListArgs, Listing, shown};
use super::{CliError, Exit, Io};
use crate::report::page::grouped;
use crate::store::values;
use comfy_table::CellAlignment::{Left, Right};

/// Arguments of `authopsy streams`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    pub list: ListArgs,
}

/// Runs the command.
pub fn run(args: &Args, io: &mut Io<'_>) -> Result<Exit, CliError> {
    listing::run(
        &args.list,
        "streams",
        Vec::new(),
        |call| {
            let (found, tally) = values::of_field(call, "_stream", 0)?;
            let show = &mut *call.show;
            let rows =
                found.iter().map(|one| vec![grouped(one.hits), shown(&show.value("_stream", &one.value))]).collect();
            Ok((Listing { columns: &[("ROWS", Right), ("STREAM", Left)], rows }, tally))
        },
        io,
    )
}
