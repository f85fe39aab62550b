//! `authopsy triage`: explain why authentication failed: the main report over one or more dumps.

use super::args::{FailOn, FileArgs, KeyArgs, NoiseArgs, ReadArgs};
use super::outdir::OutDir;
use super::output::{OutDirArgs, OutputArgs};
use super::when::{self, When};
use super::{CliError, Exit, Io, beside, evidence};
use crate::auth::Request;
use crate::classify::select::{Filter, Selectors};
use crate::input::Inputs;
use crate::logsql::{self, Expr};
use crate::record::time::{self, Nanos, SECOND};
use crate::report::check::model::AsOf;
use crate::report::{self, Format, RenderOptions};
use crate::scan::{self, Options, ScanError};
use std::path::PathBuf;
use std::time::Instant;

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

impl SelectArgs {
    /// The options that were given, in the order of the help.
    pub fn given(&self) -> Vec<(&'static str, &str)> {
        let all = [
            ("--host", &self.host),
            ("--thread", &self.thread),
            ("--execution", &self.execution),
            ("--pod", &self.pod),
            ("--service", &self.service),
            ("--tool", &self.tool),
            ("--integration", &self.integration),
            ("--identity", &self.identity),
            ("--query", &self.query),
            ("--start", &self.start),
            ("--end", &self.end),
            ("--as-of", &self.as_of),
        ];
        all.into_iter().filter_map(|(name, value)| Some((name, value.as_deref()?))).collect()
    }
}

/// Arguments of `authopsy triage`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Dumps, directories, or - for standard input
    #[arg(value_name = "INPUT", required = true)]
    pub inputs: Vec<PathBuf>,
    /// What the examiner says about the case (TOML): copied into the report with its digest
    #[arg(long, value_name = "FILE")]
    pub case: Option<PathBuf>,
    /// End with code 1 when this was found: error, a confirmed root cause; warning, any root cause; info, anything
    #[arg(long, value_name = "LEVEL", default_value = "none")]
    pub fail_on: FailOn,
    #[command(flatten)]
    pub key: KeyArgs,
    #[command(flatten)]
    pub noise: NoiseArgs,
    #[command(flatten)]
    pub read: ReadArgs,

    #[command(flatten)]
    pub select: SelectArgs,
    #[command(flatten)]
    pub files: FileArgs,
    /// Output format: text, json, markdown, html
    #[arg(long, value_name = "FORMAT", default_value = "text", help_heading = "Output")]
    pub format: String,
    #[command(flatten)]
    pub output: OutputArgs,
    #[command(flatten)]
    pub every: OutDirArgs,
}

/// Runs the command.
pub fn run(args: &Args, io: &mut Io<'_>) -> Result<Exit, CliError> {
    let format = Format::named(&args.format).ok_or_else(|| {
        CliError::Usage(format!("unknown format `{}`: want text, json, markdown or html", args.format))
    })?;
    let since = Instant::now();
    let evidence = args.inputs.iter().chain(args.files.named().map(|(_, path)| path));
    let evidence: Vec<PathBuf> = evidence.chain(&args.case).chain(&args.key.fp_key_file).cloned().collect();
    for target in args.output.file().into_iter().chain(args.every.out_dir.as_deref()) {
        super::save::refuse_evidence(target, &evidence)?;
    }
    let look = args.output.render_options(io)?;
    let inputs = evidence::inputs(&args.inputs, io)?;
    let mut options = options("triage", &args.inputs, &args.select, &args.key, &args.read, io, &inputs)?;
    let case = args.case.as_deref().map(|path| super::case::read(path, &mut options.redactor())).transpose()?;
    options.files = files(&args.files)?;
    let beside = args.files.named().chain(args.case.iter().map(|path| ("--case", path)));
    options.argv.extend(beside.flat_map(|(name, path)| [name.to_owned(), path.to_string_lossy().into_owned()]));
    options.key = super::check::fresh_key_bytes();
    let (mut report, incomplete) = scan::triage(&inputs, &options).map_err(|e| match e {
        ScanError::Input(e) => CliError::Input(e),
        ScanError::Files(e) => CliError::Evidence(e.to_string()),
    })?;
    report.manifest.case = case;
    match &args.every.out_dir {
        Some(path) => write_all(path, &evidence, &report, &look)?,
        None => args.output.write(&report::render(&report, format, &look), &evidence, io)?,
    }
    let (bytes, lines) = report.scope.inputs.iter().fold((0, 0), |(b, l), i| (b + i.bytes, l + i.lines));
    args.noise.tell(since, bytes, lines, &args.read, io)?;
    Ok(match (incomplete, fails(args.fail_on, &report)) {
        (true, _) => Exit::Incomplete,
        (false, true) => Exit::Findings,
        (false, false) => Exit::Done,
    })
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

/// Every format, what made them, and their checksums.
fn write_all(
    path: &std::path::Path,
    evidence: &[PathBuf],
    report: &report::model::Report,
    options: &RenderOptions,
) -> Result<(), CliError> {
    let plain = options.plain();
    let mut out = OutDir::create(path, evidence)?;
    for format in report::FORMATS {
        let bytes = report::render(report, format.format, &plain);
        out.write(&format!("report.{}", format.extension), &bytes)?;
    }
    out.finish(&report.manifest)
}

fn files(args: &FileArgs) -> Result<Request, CliError> {
    Ok(Request {
        auths: args.auths.clone(),
        before: args.before.clone(),
        configs: beside::configs(&args.config)?,
        saved: beside::saved(&args.saved)?,
    })
}

/// Under this name the options of a report tell which key made its labels. It names the key and does not give it away.
pub const KEY_ID: &str = "key_id";

/// What `triage` and `events` share: selectors with their instants resolved, and the command line worth recording.
pub fn options(
    command: &str,
    paths: &[PathBuf],
    select: &SelectArgs,
    key: &KeyArgs,
    read: &ReadArgs,
    io: &Io<'_>,
    inputs: &Inputs,
) -> Result<Options, CliError> {
    // An unset variable of a script would select the rows without a value, or none at all.
    if let Some((name, _)) = select.given().into_iter().find(|(_, value)| value.trim().is_empty()) {
        return Err(CliError::Usage(format!("{name}: empty; leave it out to select every row")));
    }
    let as_of = match &select.as_of {
        Some(text) => Some((instant("--as-of", when::start(text))?.resolve(io.terminal.now), AsOf::Option)),
        None => io.terminal.epoch()?.map(|s| (s.saturating_mul(SECOND), AsOf::Environment)),
    };
    let start = select.start.as_deref().map(|text| instant("--start", when::start(text))).transpose()?;
    let end = select.end.as_deref().map(|text| instant("--end", when::end(text))).transpose()?;
    let relative = [start, end.map(|end| end.shown)].iter().flatten().any(|w| matches!(w, When::Ago(_)));
    let now = match (as_of, relative || select.query.as_deref().is_some_and(|text| text.contains("_time:"))) {
        (Some((at, _)), _) => at,
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
        end: end.map(|end| end.behind(now)),
        shown_end: end.map(|end| end.shown.resolve(now)),
    };
    if let (Some(from), Some(to)) = (selectors.start, selectors.end)
        && from >= to
    {
        let (start, end) = (select.start.as_deref().unwrap_or_default(), select.end.as_deref().unwrap_or_default());
        return Err(CliError::Usage(format!("--start {start} is not before --end {end}")));
    }
    let mut argv = vec![command.to_owned()];
    argv.extend(paths.iter().map(|p| p.to_string_lossy().into_owned()));
    for (name, value) in selectors.named() {
        argv.extend([format!("--{name}"), value.to_owned()]);
    }
    for (name, value) in [("--start", &select.start), ("--end", &select.end), ("--as-of", &select.as_of)] {
        argv.extend(value.iter().flat_map(|value| [name.to_owned(), value.clone()]));
    }
    let labels = key.read()?;
    let mut shown = vec![("hash", format!("{:?}", read.hash).to_lowercase())];
    shown.extend(labels.iter().map(|key| (KEY_ID, key.id())));
    Ok(Options { read: read.options(), selectors, as_of, labels, argv, shown, ..Options::default() })
}

fn filter(text: &str, now: Nanos) -> Result<Filter, CliError> {
    let expr = Expr::parse(text, logsql::Options { now })
        .map_err(|e| CliError::Usage(format!("--query: {}", e.render(text))))?;
    Ok(Filter { text: text.to_owned(), expr })
}

fn instant<T>(name: &str, parsed: Result<T, String>) -> Result<T, CliError> {
    parsed.map_err(|e| CliError::Usage(format!("{name}: {e}")))
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
