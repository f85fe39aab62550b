//! `authopsy triage`: explain why authentication failed: the main report over one or more dumps.

use super::args::ReadArgs;
use super::outdir::OutDir;
use super::save::Saved;
use super::when::{self, When};
use super::{CliError, Exit, Io};
use crate::classify::select::{Filter, Selectors};
use crate::classify::symptoms::Files;
use crate::input::Inputs;
use crate::logsql::{self, Expr};
use crate::record::time::{self, Nanos, SECOND};
use crate::report::zone::Zone;
use crate::report::{self, Format, RenderOptions};
use crate::scan::{self, Options, ScanError};
use std::io::Write as _;
use std::path::PathBuf;

/// Which rows the question is about. All selectors combine with AND.
#[derive(Debug, Clone, Default, clap::Args)]
#[command(next_help_heading = "Selectors")]
pub struct SelectArgs {
    /// Upstream host, without port
    #[arg(long, value_name = "HOST")]
    pub host: Option<String>,
    /// Thread key
    #[arg(long, value_name = "KEY")]
    pub thread: Option<String>,
    /// Execution id
    #[arg(long, value_name = "ID")]
    pub execution: Option<String>,
    /// Pod name
    #[arg(long, value_name = "POD")]
    pub pod: Option<String>,
    /// Service name
    #[arg(long, value_name = "SERVICE")]
    pub service: Option<String>,
    /// Tool name
    #[arg(long, value_name = "TOOL")]
    pub tool: Option<String>,
    /// Part of a tool name, host or secret reference
    #[arg(long, value_name = "NAME")]
    pub integration: Option<String>,
    /// Part of a credential name, account or principal
    #[arg(long, value_name = "NAME")]
    pub identity: Option<String>,
    /// LogsQL filter: rows that it does not match are not looked at
    #[arg(long, value_name = "LOGSQL")]
    pub query: Option<String>,
    /// From this instant (RFC 3339, unix time, or a duration before the as-of instant)
    #[arg(long, value_name = "T")]
    pub start: Option<String>,
    /// Until this instant
    #[arg(long, value_name = "T")]
    pub end: Option<String>,
    /// The instant that durations refer to (default: the newest row of the evidence)
    #[arg(long, value_name = "T")]
    pub as_of: Option<String>,
}

/// Arguments of `authopsy triage`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Dumps, directories, or - for standard input
    #[arg(value_name = "INPUT", required = true)]
    pub inputs: Vec<PathBuf>,

    #[command(flatten)]
    pub select: SelectArgs,

    /// Directory of credential files
    #[arg(long, value_name = "DIR")]
    pub auths: Vec<PathBuf>,
    /// The same directory as it was before
    #[arg(long, value_name = "DIR")]
    pub before: Vec<PathBuf>,
    /// Configuration of the LLM proxy
    #[arg(long, value_name = "FILE")]
    pub config: Vec<PathBuf>,
    /// Saved answer of the management API
    #[arg(long, value_name = "FILE")]
    pub saved: Vec<PathBuf>,

    /// Output format: text, json, markdown, html
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub format: String,
    /// Colours of the text report
    #[arg(long, value_name = "WHEN", default_value = "auto")]
    pub color: Color,
    /// A second reading of every instant beside UTC, in this time zone
    #[arg(long, value_name = "ZONE")]
    pub tz: Option<String>,
    /// Write to this file instead of standard output
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Write every format into this new directory, with a manifest and checksums, instead of standard output
    #[arg(long, value_name = "DIR", conflicts_with = "output")]
    pub out_dir: Option<PathBuf>,
    /// What the examiner says about the case (TOML): copied into the report with its digest
    #[arg(long, value_name = "FILE")]
    pub case: Option<PathBuf>,
    /// End with code 1 when something at or above this severity was found
    #[arg(long, value_name = "LEVEL", default_value = "none")]
    pub fail_on: FailOn,

    #[command(flatten)]
    pub read: ReadArgs,
}

/// When the text report is coloured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Color {
    Auto,
    Always,
    Never,
}

/// When a run that worked ends with code 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum FailOn {
    Error,
    Warning,
    Info,
    None,
}

/// Runs the command.
pub fn run(args: &Args, io: &mut Io<'_>) -> Result<Exit, CliError> {
    let format = Format::named(&args.format).ok_or_else(|| {
        CliError::Usage(format!("unknown format `{}`: want text, json, markdown or html", args.format))
    })?;
    let case = args.case.as_deref().map(super::case::read).transpose()?;
    let evidence = [&args.inputs, &args.auths, &args.before, &args.config, &args.saved].into_iter().flatten();
    let evidence: Vec<PathBuf> = evidence.chain(&args.case).cloned().collect();
    for target in args.output.iter().chain(&args.out_dir) {
        super::save::refuse_evidence(target, &evidence)?;
    }
    let inputs = Inputs::discover(&args.inputs)?;
    let mut options = options("triage", &args.inputs, &args.select, &args.read, io, &inputs)?;
    options.files = files(args)?;
    options.key = super::check::fresh_key_bytes();
    let (mut report, incomplete) = scan::triage(&inputs, &mut options).map_err(|e| match e {
        ScanError::Input(e) => CliError::Input(e),
        ScanError::Files(text) => CliError::Evidence(text),
    })?;
    report.manifest.case = case;
    match &args.out_dir {
        Some(path) => write_all(path, &evidence, &report, &render_options(args, io)?)?,
        None => {
            let bytes = report::render(&report, format, &render_options(args, io)?);
            write(args.output.as_deref(), &bytes, &evidence, io)?;
        }
    }
    Ok(match (incomplete, fails(args.fail_on, &report)) {
        (true, _) => Exit::Incomplete,
        (false, true) => Exit::Findings,
        (false, false) => Exit::Done,
    })
}

/// What the terminal allows, and what was asked for.
fn render_options(args: &Args, io: &Io<'_>) -> Result<RenderOptions, CliError> {
    let tz = args.tz.as_deref().map(Zone::named).transpose().map_err(CliError::Usage)?;
    let to_terminal = io.terminal.stdout_is_terminal && args.output.is_none();
    let color = match args.color {
        Color::Always => true,
        Color::Never => false,
        Color::Auto => to_terminal && !io.terminal.no_color,
    };
    let width = if to_terminal { io.terminal.width } else { RenderOptions::default().width };
    Ok(RenderOptions { width, color, tz })
}

/// A confirmed root is an error, any other root a warning, everything else that is listed an information.
fn fails(level: FailOn, report: &report::model::Report) -> bool {
    use crate::finding::{Confidence, Role};
    let root = |f: &&report::model::Finding| f.role == Role::Root;
    match level {
        FailOn::None => false,
        FailOn::Error => report.findings.iter().filter(root).any(|f| f.confidence == Confidence::Confirmed),
        FailOn::Warning => report.findings.iter().any(|f| root(&f)),
        FailOn::Info => !report.findings.is_empty() || !report.nearby.is_empty(),
    }
}

/// Writes a finished output, to a file only once it is whole, and never over what it was made from.
pub fn write(
    path: Option<&std::path::Path>,
    bytes: &[u8],
    evidence: &[PathBuf],
    io: &mut Io<'_>,
) -> Result<(), CliError> {
    let Some(path) = path else { return Ok(io.stdout.write_all(bytes)?) };
    let mut file = Saved::create(path, evidence)?;
    file.write_all(bytes)?;
    file.finish()
}

/// Every format, what made them, and their checksums.
fn write_all(
    path: &std::path::Path,
    evidence: &[PathBuf],
    report: &report::model::Report,
    options: &RenderOptions,
) -> Result<(), CliError> {
    let plain = RenderOptions { color: false, width: RenderOptions::default().width, tz: options.tz.clone() };
    let mut out = OutDir::create(path, evidence)?;
    for format in report::FORMATS {
        let bytes = report::render(report, format.format, &plain);
        out.write(&format!("report.{}", format.extension), &bytes)?;
    }
    out.finish(&report.manifest)
}

fn files(args: &Args) -> Result<Files, CliError> {
    let read = |paths: &[PathBuf]| -> Result<Vec<(String, Vec<u8>)>, CliError> {
        let one = |path: &PathBuf| {
            let name = path.to_string_lossy().into_owned();
            let bytes = std::fs::read(path).map_err(|e| CliError::Evidence(format!("cannot read {name}: {e}")))?;
            Ok((name, bytes))
        };
        paths.iter().map(one).collect()
    };
    Ok(Files {
        auths: args.auths.clone(),
        before: args.before.clone(),
        configs: read(&args.config)?,
        saved: read(&args.saved)?,
        check: None,
    })
}

/// What `triage` and `events` share: selectors with their instants resolved, and the command line worth recording.
pub fn options(
    command: &str,
    paths: &[PathBuf],
    select: &SelectArgs,
    read: &ReadArgs,
    io: &Io<'_>,
    inputs: &Inputs,
) -> Result<Options, CliError> {
    let as_of = match &select.as_of {
        Some(text) => Some(instant("--as-of", text, false)?.resolve(io.terminal.now)),
        None => io.terminal.source_date_epoch.map(|s| s.saturating_mul(SECOND)),
    };
    let start = select.start.as_deref().map(|text| instant("--start", text, false)).transpose()?;
    let end = select.end.as_deref().map(|text| instant("--end", text, true)).transpose()?;
    let relative = [start, end].iter().flatten().any(|w| matches!(w, When::Ago(_)));
    let now = match (as_of, relative || select.query.as_deref().is_some_and(|text| text.contains("_time:"))) {
        (Some(at), _) => at,
        (None, true) => newest(inputs, read)?,
        (None, false) => 0,
    };
    let query = select.query.as_deref().map(|text| filter(text, now)).transpose()?;
    let selectors = Selectors {
        query,
        host: select.host.clone(),
        thread: select.thread.clone(),
        execution: select.execution.clone(),
        pod: select.pod.clone(),
        service: select.service.clone(),
        tool: select.tool.clone(),
        integration: select.integration.clone(),
        identity: select.identity.clone(),
        start: start.map(|w| w.resolve(now)),
        end: end.map(|w| w.resolve(now)),
    };
    let mut argv = vec![command.to_owned()];
    argv.extend(paths.iter().map(|p| p.to_string_lossy().into_owned()));
    for (name, value) in selectors.named() {
        argv.extend([format!("--{name}"), value.to_owned()]);
    }
    for (name, value) in [("--start", &select.start), ("--end", &select.end), ("--as-of", &select.as_of)] {
        argv.extend(value.iter().flat_map(|value| [name.to_owned(), value.clone()]));
    }
    let hash = format!("{:?}", read.hash).to_lowercase();
    Ok(Options { read: read.options(), selectors, as_of, argv, shown: vec![("hash", hash)], ..Options::default() })
}

fn filter(text: &str, now: Nanos) -> Result<Filter, CliError> {
    let expr = Expr::parse(text, logsql::Options { now })
        .map_err(|e| CliError::Usage(format!("--query: {}", e.render(text))))?;
    Ok(Filter { text: text.to_owned(), expr })
}

fn instant(name: &str, text: &str, end: bool) -> Result<When, CliError> {
    when::parse(text, end).map_err(|e| CliError::Usage(format!("{name}: {e}")))
}

/// The newest instant of the evidence: durations refer to it, so it has to be known before anything is selected.
fn newest(inputs: &Inputs, read: &ReadArgs) -> Result<Nanos, CliError> {
    let options = Options { read: read.options(), ..Options::default() };
    let examined = scan::examine(inputs, &options)?;
    examined.ledger.seen_last.ok_or_else(|| {
        let at = time::format(0);
        CliError::Evidence(format!(
            "no row has a readable _time, so a duration has nothing to refer to (would be {at})"
        ))
    })
}
