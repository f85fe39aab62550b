//! `authopsy events`: one row per classified attempt or change: the table behind the report.

use super::args::ReadArgs;
use super::triage::{self, SelectArgs};
use super::{CliError, Exit, Io};
use crate::input::Inputs;
use crate::redact::Redactor;
use crate::report::events::{Row, TableError};
use crate::{report, scan};
use std::path::PathBuf;

/// Arguments of `authopsy events`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Dumps, directories, or - for standard input
    #[arg(value_name = "INPUT", required = true)]
    pub inputs: Vec<PathBuf>,

    #[command(flatten)]
    pub select: SelectArgs,

    /// Output format
    #[arg(long, value_name = "FORMAT", default_value = "ndjson", value_parser = formats())]
    pub format: String,
    /// Write to this file instead of standard output
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,

    #[command(flatten)]
    pub read: ReadArgs,
}

/// Runs the command.
pub fn run(args: &Args, io: &mut Io<'_>) -> Result<Exit, CliError> {
    let format = report::events::named(&args.format)
        .ok_or_else(|| CliError::Usage(format!("unknown format `{}`", args.format)))?;
    let inputs = Inputs::discover(&args.inputs)?;
    let options = triage::options("events", &args.inputs, &args.select, &args.read, io, &inputs)?;
    let examined = scan::examine(&inputs, &options)?;
    let events = scan::events::events(&examined, &mut Redactor::new());
    let mut out = Vec::new();
    let rows = events.iter().map(|event| Row { event, evidence_id: examined.case.evidence_id(&event.locator) });
    let metadata = [("authopsy.version".to_owned(), env!("CARGO_PKG_VERSION").to_owned())];
    report::events::write(format, rows, &metadata, &mut out).map_err(|e| match e {
        TableError::Write(e) => CliError::Write(e),
        other => CliError::Usage(other.to_string()),
    })?;
    triage::write(args.output.as_deref(), &out, io)?;
    Ok(if examined.is_incomplete() { Exit::Incomplete } else { Exit::Done })
}

/// The words of `--format`.
fn formats() -> Vec<&'static str> {
    report::events::FORMATS.iter().map(|f| f.name).collect()
}
