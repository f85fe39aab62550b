//! `authopsy query`: answer a LogsQL query over a dump as the store would.

use super::args::ReadArgs;
use super::evidence::{self, AsOf, clock, complaints};
use super::memory::MemoryArgs;
use super::rows::{RowFormat, RowWriter};
use super::save::{self, Saved};
use super::{CliError, Exit, Io};
use crate::input::{Hash, ReadOptions};
use crate::logsql::exec::Tally;
use crate::logsql::request::{self, Request};
use crate::logsql::{Query, Row, RunError};
use crate::report::page::grouped;
use crate::store::Show;
use crate::store::dump::Dump;
use std::borrow::Cow;
use std::io::Write;
use std::ops::ControlFlow;
use std::path::PathBuf;

/// LogsQL may begin with a dash, which negates; what looks like a mistyped option is not taken for two of them.
fn no_option(text: &str) -> Result<String, String> {
    let name = text.strip_prefix("--").map(|rest| rest.split('=').next().unwrap_or_default());
    match name {
        Some(name) if name.starts_with(|c: char| c.is_ascii_lowercase()) && !name.contains(char::is_whitespace) => {
            Err(format!("there is no option --{name}, see --help; as a query it is written !!{name}"))
        }
        _ => Ok(text.to_owned()),
    }
}

/// Arguments of `authopsy query`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Without a sort, rows come in dump order and groups in first-seen order.\n\
    Relative times (`_time:5m`) refer to --as-of, else SOURCE_DATE_EPOCH, else the newest time of the dump.")]
pub struct Args {
    /// The query, as it would be sent to the store
    #[arg(value_name = "LOGSQL", allow_hyphen_values = true, value_parser = no_option)]
    pub query: String,

    /// Dump files or directories, or - for standard input
    #[arg(value_name = "INPUT", required = true)]
    pub inputs: Vec<PathBuf>,

    /// First instant: RFC 3339 (partial forms too), unix time, or a duration before now
    #[arg(long, value_name = "T", allow_hyphen_values = true)]
    pub start: Option<String>,

    /// Last instant; a whole second covers that second
    #[arg(long, value_name = "T", allow_hyphen_values = true)]
    pub end: Option<String>,

    /// At most this many rows: the newest ones, if the rows still have their time
    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true)]
    pub limit: u64,

    /// Output format (default: table on a terminal, else ndjson)
    #[arg(long, value_enum)]
    pub format: Option<RowFormat>,

    /// Write to this file instead of standard output (also written -); an earlier output is replaced, evidence never
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,

    /// The instant that stands for now
    #[arg(long, value_name = "T")]
    pub as_of: Option<String>,

    /// Show values as they are, secrets included
    #[arg(long)]
    pub unredacted: bool,

    /// Nothing on standard error but warnings and errors
    #[arg(short, long)]
    pub quiet: bool,

    #[command(flatten)]
    pub memory: MemoryArgs,

    #[command(flatten)]
    pub read: ReadArgs,
}

/// Runs the command.
pub fn run(args: &Args, io: &mut Io<'_>) -> Result<Exit, CliError> {
    let output = save::file(args.output.as_ref());
    let to_terminal = io.terminal.stdout_is_terminal && output.is_none();
    let format = args.format.unwrap_or(match to_terminal {
        true => RowFormat::Table,
        false => RowFormat::Ndjson,
    });
    if format == RowFormat::Parquet && to_terminal {
        return Err(CliError::Usage("query: format parquet is not for a terminal; use --output FILE".into()));
    }
    let wanted = request::Args {
        query: args.query.clone(),
        start: args.start.clone(),
        end: args.end.clone(),
        limit: args.limit,
        ..request::Args::default()
    };
    let refused = |e: request::RequestError| CliError::Usage(e.render());
    // The query is judged before any evidence is opened.
    wanted.request(io.terminal.now).map_err(refused)?;
    output.map_or(Ok(()), |path| save::refuse_evidence(path, &args.inputs))?;
    let options = ReadOptions { hash: Hash::None, ..args.read.options() };
    let dump = Dump::new(evidence::inputs(&args.inputs, io)?, options).within(args.memory.limit());
    let now = if wanted.uses_clock() { clock(AsOf(args.as_of.as_deref()), &dump, io)? } else { 0 };
    let request = wanted.request(now).map_err(refused)?;
    for note in request.query.notes.iter().filter(|_| !args.quiet) {
        writeln!(io.stderr, "authopsy: query: {note}")?;
    }
    if args.unredacted {
        writeln!(io.stderr, "authopsy: --unredacted: values are shown as they are, secrets included")?;
    }
    let tally = match output {
        None => {
            let width = to_terminal.then_some(io.terminal.width);
            answer(&request, &dump, format, args.unredacted, width, io.stdout, io.stderr)?
        }
        Some(path) => {
            let mut file = Saved::create(path, &args.inputs)?;
            let tally = answer(&request, &dump, format, args.unredacted, None, &mut file, io.stderr)?;
            file.finish()?;
            tally
        }
    };
    complaints(&dump, &tally, io)
}

fn failed(error: RunError) -> CliError {
    match error {
        RunError::Unsupported(_) | RunError::Refused(_) => CliError::Usage(format!("query: {error}")),
        RunError::Source(_) | RunError::Limit(_) => CliError::Evidence(error.to_string()),
    }
}

fn answer(
    request: &Request,
    dump: &Dump,
    format: RowFormat,
    unredacted: bool,
    width: Option<usize>,
    out: &mut dyn Write,
    notes: &mut dyn Write,
) -> Result<Tally, CliError> {
    let mut shown = Shown::new(unredacted, &request.query);
    if format == RowFormat::Parquet {
        return parquet(request, dump, &mut shown, out);
    }
    let columns = if format.needs_columns() { columns(request, dump, &mut shown)? } else { Vec::new() };
    let mut writer = RowWriter::new(out, format, columns, width);
    writer.begin()?;
    let mut broken = None;
    let tally = request
        .run(dump, &mut |row| match shown.write(&row, &mut writer) {
            Ok(()) => ControlFlow::Continue(()),
            Err(e) => {
                broken = Some(e);
                ControlFlow::Break(())
            }
        })
        .map_err(failed)?;
    if let Some(error) = broken {
        return Err(error.into());
    }
    writer.end()?;
    if writer.hidden() > 0 {
        let hidden = grouped(writer.hidden());
        writeln!(notes, "authopsy: {hidden} more rows are not shown; use --format ndjson for all of them")?;
    }
    let (hidden, all) = writer.columns_hidden();
    if hidden > 0 {
        writeln!(
            notes,
            "authopsy: {hidden} of {all} columns do not fit; choose some with `| fields a, b`, or use --format ndjson"
        )?;
    }
    Ok(tally)
}

/// Writes the answer as one Parquet table. The query runs twice: for the columns and their types, then for the rows.
#[cfg(feature = "columns")]
fn parquet(request: &Request, dump: &Dump, shown: &mut Shown, out: &mut dyn Write) -> Result<Tally, CliError> {
    use crate::aggregate::typing::Seen;
    use crate::report::convert::COLUMNS_MAX;
    use crate::report::escape;
    use crate::report::parquet::Table;
    use std::collections::{BTreeMap, HashMap};
    let mut seen = Seen::default();
    let first = request.run(dump, &mut |row| {
        shown.fields(&row).iter().for_each(|(name, value)| seen.observe(name, value, COLUMNS_MAX));
        ControlFlow::Continue(())
    });
    first.map_err(failed)?;
    if seen.dropped {
        let message = format!("query: more than {COLUMNS_MAX} columns; choose some with `| fields a, b`");
        return Err(CliError::Usage(message));
    }
    let mut columns = seen.in_order();
    let index: HashMap<String, usize> = columns.iter().enumerate().map(|(n, (name, _))| (name.clone(), n)).collect();
    // Names of columns are evidence too, and a viewer shows them.
    columns.iter_mut().for_each(|(name, _)| *name = escape::terminal(name).into_owned());
    let mut names: Vec<&str> = columns.iter().map(|(name, _)| name.as_str()).collect();
    names.sort_unstable();
    if let Some(twice) = names.windows(2).find(|pair| pair[0] == pair[1]) {
        return Err(CliError::Usage(format!("query: two columns would be called `{}`; choose one of them", twice[0])));
    }
    let cannot = |e: crate::report::events::TableError| CliError::Usage(format!("query: {e}"));
    let metadata = [("authopsy.version".to_owned(), env!("CARGO_PKG_VERSION").to_owned())];
    let mut table = Table::new(out, &columns, &metadata).map_err(cannot)?;
    let mut broken = None;
    let tally = request.run(dump, &mut |row| {
        // Redacted names may be the same.
        let fields: BTreeMap<usize, String> = shown
            .fields(&row)
            .into_iter()
            .filter_map(|(name, value)| Some((*index.get(&*name)?, value.into_owned())))
            .collect();
        for (column, text) in fields {
            table.row().put(column, &text);
        }
        match table.end_row() {
            Ok(()) => ControlFlow::Continue(()),
            Err(e) => {
                broken = Some(e);
                ControlFlow::Break(())
            }
        }
    });
    let tally = tally.map_err(failed)?;
    broken.map_or(Ok(()), Err).and_then(|()| table.finish()).map_err(cannot)?;
    Ok(tally)
}

#[cfg(not(feature = "columns"))]
fn parquet(_: &Request, _: &Dump, _: &mut Shown, _: &mut dyn Write) -> Result<Tally, CliError> {
    Err(CliError::Usage("this build has no columns: parquet needs the feature `columns`".to_owned()))
}

/// All column names of an answer, in first-seen order: a run of its own, so that no row needs to be kept.
fn columns(request: &Request, dump: &Dump, shown: &mut Shown) -> Result<Vec<String>, CliError> {
    let mut columns: indexmap::IndexSet<String> = indexmap::IndexSet::new();
    let run = request.run(dump, &mut |row| {
        for (name, _) in row.iter() {
            if !columns.contains(name) {
                columns.insert(name.to_owned());
            }
        }
        ControlFlow::Continue(())
    });
    run.map_err(failed)?;
    Ok(columns.into_iter().map(|name| shown.0.name(&name).into_owned()).collect())
}

/// Rows on their way out: redacted, unless a person asked for the raw ones.
struct Shown(Show);

impl Shown {
    fn new(unredacted: bool, query: &Query) -> Self {
        let mut show = if unredacted { Show::unredacted() } else { Show::redacted() };
        show.answers(query);
        Shown(show)
    }

    /// The names and values of a row.
    fn fields<'r>(&mut self, row: &'r Row) -> Vec<(Cow<'r, str>, Cow<'r, str>)> {
        row.iter().map(|(name, value)| (self.0.name(name), self.0.value(name, value))).collect()
    }

    fn write(&mut self, row: &Row, writer: &mut RowWriter<'_>) -> std::io::Result<()> {
        if self.0.is_unredacted() {
            return writer.row(&row.iter().collect::<Vec<_>>());
        }
        let fields = self.fields(row);
        writer.row(&fields.iter().map(|(name, value)| (&**name, &**value)).collect::<Vec<_>>())
    }
}
