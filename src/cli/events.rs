//! `authopsy events`: one row per classified attempt or change: the table behind the report.

use super::args::ReadArgs;
use super::triage::{self, SelectArgs};
use super::{CliError, Exit, Io};
use crate::input::Inputs;
use crate::redact::Redactor;
use crate::scan;
use crate::scan::events::EventRow;
use std::path::PathBuf;

/// Arguments of `authopsy events`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Dumps, directories, or - for standard input
    #[arg(value_name = "INPUT", required = true)]
    pub inputs: Vec<PathBuf>,

    #[command(flatten)]
    pub select: SelectArgs,

    /// Output format: ndjson, csv, timesketch, ocsf, ecs
    #[arg(long, value_name = "FORMAT", default_value = "ndjson")]
    pub format: String,
    /// Write to this file instead of standard output
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,

    #[command(flatten)]
    pub read: ReadArgs,
}

/// Runs the command.
pub fn run(args: &Args, io: &mut Io<'_>) -> Result<Exit, CliError> {
    if args.format != "ndjson" {
        return Err(CliError::Usage(format!("unknown format `{}`: want ndjson", args.format)));
    }
    let inputs = Inputs::discover(&args.inputs)?;
    let options = triage::options("events", &args.inputs, &args.select, &args.read, io, &inputs)?;
    let examined = scan::examine(&inputs, &options)?;
    let events = scan::events::events(&examined, &mut Redactor::new());
    let mut out = Vec::new();
    for event in &events {
        let row = EventRow::of(event, examined.case.evidence_id(&event.locator));
        serde_json::to_writer(&mut out, &row).expect("a row holds nothing that JSON cannot say");
        out.push(b'\n');
    }
    triage::write(args.output.as_deref(), &out, io)?;
    Ok(if examined.is_incomplete() { Exit::Incomplete } else { Exit::Done })
}
