//! `authopsy values`: values of one field with their row counts.

use super::listing::{self, ListArgs, Listing, shown};
use super::{CliError, Exit, Io};
use crate::report::page::grouped;
use crate::store::values;
use comfy_table::CellAlignment::{Left, Right};

/// Arguments of `authopsy values`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Name of the field
    #[arg(value_name = "FIELD")]
    pub field: String,

    /// At most this many values
    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true)]
    pub limit: u64,

    #[command(flatten)]
    pub list: ListArgs,
}

/// Runs the command.
pub fn run(args: &Args, io: &mut Io<'_>) -> Result<Exit, CliError> {
    let mut extra = vec![("field".to_owned(), args.field.clone())];
    if args.limit > 0 {
        extra.push(("limit".to_owned(), args.limit.to_string()));
    }
    listing::run(
        &args.list,
        "field_values",
        extra,
        |call| {
            let field = call.request.required("field")?.to_owned();
            let limit = usize::try_from(call.request.count("limit", 0)?).unwrap_or(usize::MAX);
            let (found, tally) = values::of_field(call, &field, 0)?;
            let shown_rows = found.iter().take(if limit == 0 { usize::MAX } else { limit });
            let rows =
                shown_rows.map(|one| vec![grouped(one.hits), shown(&call.show.value(&field, &one.value))]).collect();
            Ok((Listing { columns: &[("ROWS", Right), ("VALUE", Left)], rows }, tally))
        },
        io,
    )
}
