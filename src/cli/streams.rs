//! `authopsy streams`: log streams with their row counts.

use super::listing::{self, ListArgs, Listing};
use super::{CliError, Exit, Io};
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
            let rows = found
                .iter()
                .map(|one| vec![one.hits.to_string(), show.value("_stream", &one.value).into_owned()])
                .collect();
            Ok((Listing { columns: &[("ROWS", Right), ("STREAM", Left)], rows }, tally))
        },
        io,
    )
}
