//! `authopsy fields`: field names and how many rows have them.

use super::listing::{self, ListArgs, Listing};
use super::{CliError, Exit, Io};
use crate::report::page::grouped;
use crate::store::field_names;
use comfy_table::CellAlignment::{Left, Right};

/// Arguments of `authopsy fields`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    pub list: ListArgs,
}

/// Runs the command.
pub fn run(args: &Args, io: &mut Io<'_>) -> Result<Exit, CliError> {
    listing::run(
        &args.list,
        "field_names",
        Vec::new(),
        |call| {
            let (found, tally) = field_names::found(call)?;
            let rows =
                found.iter().map(|one| vec![grouped(one.hits), call.show.name(&one.value).into_owned()]).collect();
            Ok((Listing { columns: &[("ROWS", Right), ("FIELD", Left)], rows }, tally))
        },
        io,
    )
}
