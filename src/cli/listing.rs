//! What `fields`, `values`, `streams`, `hits` and `facets` share: a query, a window, a table for people.

use super::args::ReadArgs;
use super::evidence::{self, AsOf};
use super::memory::MemoryArgs;
use super::{CliError, Exit, Io};
use crate::logsql::exec::Tally;
use crate::report::escape;
use crate::store::dump::Dump;
use crate::store::{self, Call, Request, Show, StoreError};
use comfy_table::{CellAlignment, ContentArrangement, Table, presets};
use std::path::PathBuf;

/// The rows to look at, and how to show what is found.
#[derive(Debug, clap::Args)]
pub struct ListArgs {
    /// Dump files or directories, or - for standard input
    #[arg(value_name = "INPUT", required = true)]
    pub inputs: Vec<PathBuf>,

    /// Only rows that match this filter
    #[arg(long, value_name = "LOGSQL", default_value = "*", hide_default_value = true)]
    pub query: String,

    /// First instant: RFC 3339 (partial forms too), unix time, or a duration before now
    #[arg(long, value_name = "T", allow_hyphen_values = true)]
    pub start: Option<String>,

    /// Last instant; a whole second covers that second
    #[arg(long, value_name = "T", allow_hyphen_values = true)]
    pub end: Option<String>,

    /// The instant that stands for now (default: SOURCE_DATE_EPOCH, else the newest time of the dump)
    #[arg(long, value_name = "T")]
    pub as_of: Option<String>,

    /// Table for people, or the body that the store would send
    #[arg(long, value_enum, default_value_t = ListFormat::Table)]
    pub format: ListFormat,

    #[command(flatten)]
    pub memory: MemoryArgs,

    #[command(flatten)]
    pub read: ReadArgs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum ListFormat {
    Table,
    Json,
}

/// What a table is made of: names of columns with their alignment, rows of cells.
pub struct Listing {
    pub columns: &'static [(&'static str, CellAlignment)],
    pub rows: Vec<Vec<String>>,
}

/// Answers one of the list endpoints, as a body or as a table.
pub fn run(
    args: &ListArgs,
    endpoint: &str,
    extra: Vec<(String, String)>,
    find: fn(&mut Call<'_>) -> Result<(Listing, Tally), StoreError>,
    io: &mut Io<'_>,
) -> Result<Exit, CliError> {
    let dump =
        Dump::new(evidence::inputs(&args.inputs, io)?, evidence::options(&args.read)).within(args.memory.limit());
    let request = Request::new(&format!("/select/logsql/{endpoint}"), arguments(args, extra));
    let query = request.query_args().map_err(evidence::failed)?;
    query.request(io.terminal.now).map_err(|e| CliError::Usage(e.render()))?;
    let clock = if query.uses_clock() { evidence::clock(AsOf(args.as_of.as_deref()), &dump, io)? } else { 0 };
    let mut show = Show::redacted();
    let mut body = Vec::new();
    let mut call = Call { request: &request, source: &dump, clock, show: &mut show, out: &mut body };
    let tally = match args.format {
        ListFormat::Json => {
            let tally = store::answer(&mut call).map_err(evidence::failed)?;
            let text = String::from_utf8_lossy(&body);
            writeln!(io.stdout, "{}", escape::json_document(&text))?;
            tally
        }
        ListFormat::Table => {
            let (listing, tally) = find(&mut call).map_err(evidence::failed)?;
            print(&listing, io)?;
            tally
        }
    };
    evidence::complaints(&dump, &tally, io)
}

fn arguments(args: &ListArgs, extra: Vec<(String, String)>) -> Vec<(String, String)> {
    let mut all = vec![("query".to_owned(), args.query.clone())];
    for (name, value) in [("start", &args.start), ("end", &args.end)] {
        all.extend(value.iter().map(|value| (name.to_owned(), value.clone())));
    }
    all.extend(extra.into_iter().filter(|(_, value)| !value.is_empty()));
    all
}

/// Columns of a table that is not on a terminal.
const PLAIN_WIDTH: usize = 120;

fn print(listing: &Listing, io: &mut Io<'_>) -> Result<(), CliError> {
    if listing.rows.is_empty() {
        writeln!(io.stderr, "authopsy: no rows match")?;
        return Ok(());
    }
    let width = if io.terminal.stdout_is_terminal { io.terminal.width } else { PLAIN_WIDTH };
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic);
    table.set_width(u16::try_from(width).unwrap_or(u16::MAX));
    table.set_header(listing.columns.iter().map(|(name, _)| *name));
    for (i, (_, alignment)) in listing.columns.iter().enumerate() {
        if let Some(column) = table.column_mut(i) {
            column.set_cell_alignment(*alignment);
        }
    }
    for row in &listing.rows {
        table.add_row(row.iter().map(|cell| escape::terminal(cell)));
    }
    for line in table.lines() {
        writeln!(io.stdout, "{}", line.trim_end())?;
    }
    Ok(())
}

/// A value for people: the empty one has a name.
pub fn shown(text: &str) -> String {
    if text.is_empty() { "(empty)".into() } else { text.to_owned() }
}

/// A row of numbers as a line of bars, eight heights.
pub fn sparkline(values: &[u64]) -> String {
    const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let most = values.iter().copied().max().unwrap_or(0).max(1);
    let bar = |value: u64| if value == 0 { ' ' } else { BARS[(u128::from(value) * 7 / u128::from(most)) as usize] };
    values.iter().map(|value| bar(*value)).collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn bars_grow_with_the_numbers() {
        assert_eq!(super::sparkline(&[0, 1, 4, 8, u64::MAX / 2]), " ▁▁▁█");
        assert_eq!(super::sparkline(&[1, 2, 3, 4, 5, 6, 7, 8]), "▁▂▃▄▅▆▇█");
        assert_eq!(super::sparkline(&[]), "");
    }
}
