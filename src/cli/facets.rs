//! `authopsy facets`: most frequent values of every field.

use super::listing::{self, ListArgs, Listing};
use super::{CliError, Exit, Io};
use crate::report::page::grouped;
use crate::store::facets;
use comfy_table::CellAlignment::{Left, Right};

/// Arguments of `authopsy facets`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// At most this many values per field
    #[arg(long, value_name = "N", default_value_t = 5)]
    pub limit: u64,

    /// Fields with one value in all rows too
    #[arg(long)]
    pub keep_const: bool,

    #[command(flatten)]
    pub list: ListArgs,
}

/// Runs the command.
pub fn run(args: &Args, io: &mut Io<'_>) -> Result<Exit, CliError> {
    let keep = if args.keep_const { "1" } else { "" };
    let extra = vec![("limit".to_owned(), args.limit.to_string()), ("keep_const_fields".to_owned(), keep.to_owned())];
    listing::run(
        &args.list,
        "facets",
        extra,
        |call| {
            let (found, tally) = facets::found(call)?;
            let mut rows = Vec::new();
            // The id of a stream says nothing to a person; its labels are fields of their own.
            for facet in found.iter().filter(|facet| facet.name != "_stream_id") {
                for (i, one) in facet.values.iter().enumerate() {
                    let name = if i == 0 { call.show.name(&facet.name).into_owned() } else { String::new() };
                    rows.push(vec![name, grouped(one.hits), call.show.value(&facet.name, &one.value).into_owned()]);
                }
            }
            Ok((Listing { columns: &[("FIELD", Left), ("ROWS", Right), ("VALUE", Left)], rows }, tally))
        },
        io,
    )
}
