//! `authopsy events`: one row per classified attempt or change: the table behind the report.

use super::args::{KeyArgs, NoiseArgs, ReadArgs};
use super::outdir::OutDir;
use super::output::OutDirArgs;
use super::triage::{self, SelectArgs};
use super::{CliError, Exit, Io, evidence, save};
use crate::report::events::{Row, TableError, TableFormat};
use crate::{report, scan};
use indexmap::IndexMap;
use std::path::PathBuf;
use std::time::Instant;

/// Arguments of `authopsy events`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Dumps, directories, or - for standard input
    #[arg(value_name = "INPUT", required = true)]
    pub inputs: Vec<PathBuf>,
    #[command(flatten)]
    pub key: KeyArgs,
    #[command(flatten)]
    pub noise: NoiseArgs,
    #[command(flatten)]
    pub read: ReadArgs,

    #[command(flatten)]
    pub select: SelectArgs,
    /// Output format
    #[arg(long, value_name = "FORMAT", default_value = "ndjson", value_parser = formats(), help_heading = "Output")]
    pub format: String,
    /// Write to this file instead of standard output (also written -); an earlier output is replaced, evidence never
    #[arg(short, long, value_name = "FILE", help_heading = "Output")]
    pub output: Option<PathBuf>,
    #[command(flatten)]
    pub every: OutDirArgs,
}

/// Runs the command.
pub fn run(args: &Args, io: &mut Io<'_>) -> Result<Exit, CliError> {
    let format = report::events::named(&args.format)
        .ok_or_else(|| CliError::Usage(format!("unknown format `{}`", args.format)))?;
    let since = Instant::now();
    let evidence: Vec<PathBuf> = args.inputs.iter().chain(&args.key.fp_key_file).cloned().collect();
    let output = save::file(args.output.as_ref());
    for target in output.into_iter().chain(args.every.out_dir.as_deref()) {
        save::refuse_evidence(target, &evidence)?;
    }
    let inputs = evidence::inputs(&args.inputs, io)?;
    let options = triage::options("events", &args.inputs, &args.select, &args.key, &args.read, io, &inputs)?;
    let examined = scan::examine(&inputs, &options)?;
    let mut redactor = options.redactor();
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
    let faults = evidence::complaints_of(&examined, io)?;
    match &args.every.out_dir {
        Some(path) => {
            let mut out = OutDir::create(path, &evidence)?;
            // A build without columns has every format but one.
            for format in report::events::FORMATS.iter().filter(|f| f.is_built()) {
                out.write(&format!("events.{}", format.extension), &table(format)?)?;
            }
            let argv: Vec<_> = options.argv.iter().map(|arg| redactor.text(arg)).collect();
            let inputs: Vec<_> = examined.summaries.iter().map(|s| (redactor.text(&s.name), &s.digest)).collect();
            let shown: IndexMap<_, _> = options.shown.iter().map(|(name, value)| (*name, value)).collect();
            let missing: Vec<_> = faults.iter().map(|fault| redactor.text(fault)).collect();
            out.finish(serde_json::json!({"tool": "authopsy", "version": env!("CARGO_PKG_VERSION"), "argv": argv,
                "options": shown, "inputs": inputs, "missing": missing}))?;
        }
        None => save::write(output, &table(format)?, &evidence, io)?,
    }
    let (bytes, lines) = examined.summaries.iter().fold((0, 0), |(b, l), s| (b + s.bytes, l + s.lines));
    args.noise.tell(since, bytes, lines, &args.read, io)?;
    Ok(if examined.is_incomplete() { Exit::Incomplete } else { Exit::Done })
}

/// The words of `--format`.
fn formats() -> Vec<&'static str> {
    report::events::FORMATS.iter().map(|f| f.name).collect()
}
