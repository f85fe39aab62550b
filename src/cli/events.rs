//! `authopsy events`: one row per classified attempt or change: the table behind the report.

use super::args::ReadArgs;
use super::outdir::OutDir;
use super::triage::{self, SelectArgs};
use super::{CliError, Exit, Io};
use crate::input::Inputs;
use crate::redact::Redactor;
use crate::report::events::{Row, TableError, TableFormat};
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
    /// Write every format into this new directory, with a manifest and checksums, instead of standard output
    #[arg(long, value_name = "DIR", conflicts_with = "output")]
    pub out_dir: Option<PathBuf>,

    #[command(flatten)]
    pub read: ReadArgs,
}

/// Runs the command.
pub fn run(args: &Args, io: &mut Io<'_>) -> Result<Exit, CliError> {
    let format = report::events::named(&args.format)
        .ok_or_else(|| CliError::Usage(format!("unknown format `{}`", args.format)))?;
    for target in args.output.iter().chain(&args.out_dir) {
        super::save::refuse_evidence(target, &args.inputs)?;
    }
    let inputs = Inputs::discover(&args.inputs)?;
    let options = triage::options("events", &args.inputs, &args.select, &args.read, io, &inputs)?;
    let examined = scan::examine(&inputs, &options)?;
    let mut redactor = Redactor::new();
    let events = scan::events::events(&examined, &mut redactor);
    let table = |format: &TableFormat| -> Result<Vec<u8>, CliError> {
        let rows = events.iter().map(|event| Row { event, evidence_id: examined.case.evidence_id(&event.locator) });
        let metadata = [("authopsy.version".to_owned(), env!("CARGO_PKG_VERSION").to_owned())];
        let mut out = Vec::new();
        report::events::write(format, rows, &metadata, &mut out).map_err(|e| match e {
            TableError::Write(e) => CliError::Write(e),
            other => CliError::Usage(other.to_string()),
        })?;
        Ok(out)
    };
    match &args.out_dir {
        Some(path) => {
            let mut out = OutDir::create(path, &args.inputs)?;
            // A build without columns has every format but one.
            for format in report::events::FORMATS.iter().filter(|f| f.is_built()) {
                out.write(&format!("events.{}", format.extension), &table(format)?)?;
            }
            let argv: Vec<_> = options.argv.iter().map(|arg| redactor.text(arg)).collect();
            let inputs: Vec<_> = examined.summaries.iter().map(|s| (redactor.text(&s.name), &s.digest)).collect();
            out.finish(serde_json::json!({"tool": "authopsy", "version": env!("CARGO_PKG_VERSION"), "argv": argv, "inputs": inputs}))?;
        }
        None => triage::write(args.output.as_deref(), &table(format)?, &args.inputs, io)?,
    }
    Ok(if examined.is_incomplete() { Exit::Incomplete } else { Exit::Done })
}

/// The words of `--format`.
fn formats() -> Vec<&'static str> {
    report::events::FORMATS.iter().map(|f| f.name).collect()
}
