//! Cli: the words of the user, and the only room that prints, exits or asks the machine.
//!
//! Belongs here: one file per command (its arguments, its help, a short `run`), shared option groups, exit codes. The
//! work is elsewhere.

pub mod api;
pub mod args;
mod beside;
pub mod case;
pub mod check;
pub mod complaint;
pub mod completions;
pub mod convert;
pub mod diff;
pub mod events;
pub mod evidence;
pub mod examples;
pub mod exit;
pub mod explain;
pub mod facets;
pub mod fields;
pub mod hits;
pub mod io;
pub mod listing;
pub mod man;
pub mod memory;
pub mod outdir;
pub mod output;
pub mod progress;
pub mod query;
pub mod redact;
pub mod rows;
pub mod save;
pub mod show;
pub mod streams;
pub mod triage;
mod unfinished;
pub mod values;
pub mod verify;
pub mod vlogs;
pub mod when;

pub use exit::Exit;
pub use io::{Io, Terminal};

use clap::{CommandFactory as _, FromArgMatches as _};
use std::ffi::OsString;

/// Offline forensic analyzer for authentication failures.
#[derive(Debug, clap::Parser)]
#[command(name = "authopsy", version, about, after_help = exit::HELP)]
pub struct Cli {
    /// A line on standard error that tells how far long work has come
    #[arg(long, global = true, value_enum, value_name = "WHEN", default_value = "auto")]
    pub progress: progress::When,

    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Explain why authentication failed: the main report over one or more dumps
    Triage(triage::Args),
    /// One row per classified attempt or change: the table behind the report
    Events(events::Args),
    /// One verdict per credential file, with the reason
    Check(Box<check::Args>),
    /// Answer a LogsQL query over a dump as the store would
    Query(query::Args),
    /// Answer a request of the store's HTTP API without a server
    Api(api::Args),
    /// The live tool's methods, same names, same JSON arguments
    Vlogs(vlogs::Args),
    /// Field names and how many rows have them
    Fields(fields::Args),
    /// Values of one field with their row counts
    Values(values::Args),
    /// Log streams with their row counts
    Streams(streams::Args),
    /// Rows per time bucket
    Hits(hits::Args),
    /// Most frequent values of every field
    Facets(facets::Args),
    /// Write a copy of a dump that is safe to hand on
    Redact(redact::Args),
    /// Re-derive every figure of a report from its dumps
    Verify(verify::Args),
    /// Print one evidence record, redacted, with its context
    Show(show::Args),
    /// What changed between two reports
    Diff(diff::Args),
    /// Write a dump as Parquet, for DuckDB, polars, Spark, ClickHouse
    Convert(convert::Args),
    /// Explain a class, detector, symptom row, file check or query construct
    Explain(explain::Args),
    /// Print shell completions
    Completions(completions::Args),
    /// Write the manual pages
    Man(man::Args),
}

impl Command {
    /// Whether `--quiet` was given to a command that has it.
    fn is_quiet(&self) -> bool {
        match self {
            Command::Triage(args) => args.noise.quiet,
            Command::Events(args) => args.noise.quiet,
            Command::Check(args) => args.quiet,
            Command::Redact(args) => args.quiet,
            Command::Query(args) => args.quiet,
            _ => false,
        }
    }
}

/// What a command can die of. Only this room turns it into words and an exit code.
#[derive(Debug, thiserror::Error)]
pub enum CliError {
    #[error("{0}")]
    Usage(String),
    #[error("{0}")]
    Evidence(String),
    #[error(transparent)]
    Input(#[from] crate::input::InputError),
    /// Of a file the error tells the path.
    #[error("cannot write {}", unwritten(.0))]
    Write(#[from] std::io::Error),
    #[error("{0} is not built yet")]
    Unbuilt(&'static str),
}

fn unwritten(error: &std::io::Error) -> String {
    let reason = crate::input::reason(error);
    if error.raw_os_error().is_some() { format!("standard output: {reason}") } else { error.to_string() }
}

impl CliError {
    /// A file that cannot be written.
    fn unwritten(path: &std::path::Path, error: &std::io::Error) -> CliError {
        CliError::Evidence(format!("cannot write {}: {}", path.display(), crate::input::reason(error)))
    }

    fn exit(&self) -> Exit {
        match self {
            CliError::Usage(_) => Exit::Usage,
            CliError::Evidence(_) | CliError::Input(_) | CliError::Write(_) => Exit::Incomplete,
            CliError::Unbuilt(_) => Exit::Bug,
        }
    }
}

/// The process's own arguments and streams. Returns the exit code.
pub fn main() -> u8 {
    let mut io = Io {
        stdin: &mut std::io::stdin(),
        stdout: &mut std::io::stdout(),
        stderr: &mut std::io::stderr(),
        terminal: Terminal::ask(),
    };
    run(std::env::args_os(), &mut io) as u8
}

/// The command line, with the examples at the foot of every help.
pub fn command() -> clap::Command {
    let whole = Cli::command();
    let names: Vec<String> = whole.get_subcommands().map(|c| c.get_name().to_owned()).collect();
    names.iter().fold(whole, |whole, name| whole.mut_subcommand(name, |sub| sub.after_help(examples::help(name))))
}

/// Parses the arguments (the first is the program's name) and runs the command. Tests call this.
pub fn run(args: impl IntoIterator<Item = OsString>, io: &mut Io<'_>) -> Exit {
    let parsed = command().try_get_matches_from(args).and_then(|matches| Cli::from_arg_matches(&matches));
    let cli = match parsed {
        Ok(cli) => cli,
        Err(e) => {
            let text = e.render().to_string();
            if !e.use_stderr() {
                let _ = write!(io.stdout, "{text}");
                return Exit::Done;
            }
            // Help that stands for a missing command holds nothing of the user's.
            let said = text.strip_prefix("error: ").map(|said| format!("authopsy: {}\n", complaint::shown(said)));
            let _ = write!(io.stderr, "{}", said.unwrap_or(text));
            return Exit::Usage;
        }
    };
    let wanted = cli.progress == progress::When::Auto && !cli.command.is_quiet();
    let shown = wanted && io.terminal.stderr_is_terminal && progress::can_show();
    let watch = progress::Watch::start(shown, io.terminal.width);
    let ended = {
        let mut stdout = progress::Clearing { out: &mut *io.stdout, watch: &watch };
        let mut stderr = progress::Clearing { out: &mut *io.stderr, watch: &watch };
        let terminal = io.terminal.clone();
        let mut quiet = Io { stdin: &mut *io.stdin, stdout: &mut stdout, stderr: &mut stderr, terminal };
        dispatch(&cli.command, &mut quiet)
    };
    drop(watch);
    match ended {
        Ok(code) => code,
        Err(CliError::Write(e)) if e.kind() == std::io::ErrorKind::BrokenPipe => Exit::Done,
        Err(e) => {
            let _ = writeln!(io.stderr, "authopsy: {}", complaint::shown(&e.to_string()));
            e.exit()
        }
    }
}

fn dispatch(command: &Command, io: &mut Io<'_>) -> Result<Exit, CliError> {
    match command {
        Command::Triage(args) => triage::run(args, io),
        Command::Events(args) => events::run(args, io),
        Command::Check(args) => check::run(args, io),
        Command::Query(args) => query::run(args, io),
        Command::Api(args) => api::run(args, io),
        Command::Vlogs(args) => vlogs::run(args, io),
        Command::Fields(args) => fields::run(args, io),
        Command::Values(args) => values::run(args, io),
        Command::Streams(args) => streams::run(args, io),
        Command::Hits(args) => hits::run(args, io),
        Command::Facets(args) => facets::run(args, io),
        Command::Redact(args) => redact::run(args, io),
        Command::Verify(args) => verify::run(args, io),
        Command::Show(args) => show::run(args, io),
        Command::Diff(args) => diff::run(args, io),
        Command::Convert(args) => convert::run(args, io),
        Command::Explain(args) => explain::run(args, io),
        Command::Completions(args) => completions::run(args, io),
        Command::Man(args) => man::run(args, io),
    }
}
