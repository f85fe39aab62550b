//! `authopsy diff`: what changed between two reports.

use super::output::OutputArgs;
use super::{CliError, Exit, Io, beside};
use crate::report::{self, Format, diff};
use serde_json::Value;
use std::path::{Path, PathBuf};

/// Largest report that is read, in bytes: a report is small whatever its dump was.
const REPORT_MAX: usize = 512 << 20;

/// Arguments of `authopsy diff`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The report from before (JSON of `triage` or of `check`)
    #[arg(value_name = "OLD.json")]
    pub old: PathBuf,

    /// The report from after
    #[arg(value_name = "NEW.json")]
    pub new: PathBuf,

    /// Format of the comparison
    #[arg(long, value_name = "FORMAT", default_value = "text", value_parser = ["text", "markdown", "html"])]
    pub format: String,

    #[command(flatten)]
    pub output: OutputArgs,
}

/// Runs the command.
pub fn run(args: &Args, io: &mut Io<'_>) -> Result<Exit, CliError> {
    let format = Format::named(&args.format).unwrap_or(Format::Text);
    let (old, new) = (read(&args.old)?, read(&args.new)?);
    let page = diff::page(&old, &new).map_err(|e| CliError::Usage(e.to_string()))?;
    let bytes = report::render_page(page, format, &args.output.render_options(io)?);
    args.output.write(&bytes, &[args.old.clone(), args.new.clone()], io)?;
    Ok(Exit::Done)
}

fn read(path: &Path) -> Result<Value, CliError> {
    let fail = |why: String| CliError::Usage(format!("cannot read {}: {why}", path.display()));
    let bytes = beside::read_given(path, REPORT_MAX)?;
    serde_json::from_slice(&bytes).map_err(|e| fail(format!("line {} column {}: not json", e.line(), e.column())))
}
