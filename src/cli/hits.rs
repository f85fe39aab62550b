//! `authopsy hits`: rows per time bucket.

use super::listing::{self, ListArgs, Listing, shown, sparkline};
use super::{CliError, Exit, Io};
use crate::record::time::{self, Nanos};
use crate::report::page::grouped;
use crate::store::{Call, StoreError, hits};
use comfy_table::CellAlignment::{Left, Right};

/// Arguments of `authopsy hits`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Width of a bucket
    #[arg(long, value_name = "D", default_value = "1h")]
    pub step: String,

    /// One line per value of this field
    #[arg(long, value_name = "FIELD")]
    pub by: Vec<String>,

    #[command(flatten)]
    pub list: ListArgs,
}

/// Runs the command.
pub fn run(args: &Args, io: &mut Io<'_>) -> Result<Exit, CliError> {
    let mut extra = vec![("step".to_owned(), args.step.clone())];
    extra.extend(args.by.iter().map(|field| ("field".to_owned(), field.clone())));
    listing::run(&args.list, "hits", extra, table, io)
}

/// Bars of a sparkline; wider spans share a bar among several buckets.
const BARS: usize = 60;

fn table(call: &mut Call<'_>) -> Result<(Listing, crate::logsql::exec::Tally), StoreError> {
    let (found, tally) = hits::found(call)?;
    let step = call.request.duration("step", 0)?;
    let first = found.iter().filter_map(|series| series.buckets.keys().next()).min().copied();
    let last = found.iter().filter_map(|series| series.buckets.keys().next_back()).max().copied();
    let (Some(first), Some(last)) = (first, last) else {
        return Ok((Listing { columns: COLUMNS, rows: Vec::new() }, tally));
    };
    let mut rows = Vec::new();
    for series in &found {
        let group: Vec<String> = series
            .fields
            .iter()
            .map(|(name, value)| format!("{}={}", call.show.name(name), shown(&call.show.value(name, value))))
            .collect();
        let group = if group.is_empty() { "all rows".to_owned() } else { group.join(" ") };
        let bars = sparkline(&spread(series, first, last, step));
        rows.push(vec![
            grouped(series.total()),
            peak(series),
            format!("{} … {}", shown_at(first), shown_at(last)),
            bars,
            group,
        ]);
    }
    Ok((Listing { columns: COLUMNS, rows }, tally))
}

const COLUMNS: &[(&str, comfy_table::CellAlignment)] =
    &[("ROWS", Right), ("PEAK", Left), ("BUCKETS", Left), ("OVER TIME", Left), ("OF", Left)];

/// The fullest bucket.
fn peak(series: &hits::Series) -> String {
    let most = series.buckets.iter().max_by(|a, b| a.1.cmp(b.1).then(b.0.cmp(a.0)));
    most.map_or_else(String::new, |(at, hits)| format!("{} at {}", grouped(*hits), shown_at(*at)))
}

/// An instant for people, without seconds when it has none.
fn shown_at(at: Nanos) -> String {
    let text = time::format(at).replace('T', " ");
    let text = text.trim_end_matches('Z');
    format!("{}Z", text.strip_suffix(":00").unwrap_or(text))
}

/// The buckets on an even grid, empty ones included, joined until they fit.
fn spread(series: &hits::Series, first: Nanos, last: Nanos, step: Nanos) -> Vec<u64> {
    let buckets = (i128::from(last) - i128::from(first)) / i128::from(step.max(1)) + 1;
    let bars = buckets.min(BARS as i128);
    let mut out = vec![0_u64; bars as usize];
    for (at, hits) in &series.buckets {
        let nth = (i128::from(*at) - i128::from(first)) / i128::from(step.max(1));
        out[(nth * bars / buckets) as usize] += hits;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_share_bars_when_there_are_many() {
        let series = hits::Series { fields: vec![], buckets: [(0, 1), (119, 5)].into() };
        let bars = spread(&series, 0, 119, 1);
        assert_eq!((bars.len(), bars[0], bars[59]), (60, 1, 5));
        assert_eq!(spread(&series, 0, 119, 60), [1, 5]);
    }
}
