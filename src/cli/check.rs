//! `authopsy check`: one verdict per credential file, with the reason.

use super::args::FailOn;
use super::outdir::OutDir;
use super::output::{OutDirArgs, OutputArgs};
use super::{CliError, Exit, Io, beside};
use crate::auth::{self, Examination, Instant, Key, Options, Perms, Request, baseline, expiry};
use crate::finding::Severity;
use crate::logsql::number;
use crate::record::time::SECOND;
use crate::redact::Safe;
use crate::report::RenderOptions;
use crate::report::check::model::{self, AsOf};
use crate::report::check::{self as report, CheckFormat};
use std::hash::{BuildHasher as _, Hasher as _};
use std::path::{Path, PathBuf};

/// Arguments of `authopsy check`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Auth directories or files
    #[arg(value_name = "PATH", required = true)]
    pub paths: Vec<PathBuf>,
    /// The same directories at an earlier time: say what moved
    #[arg(long, value_name = "DIR")]
    pub before: Vec<PathBuf>,
    /// Call a credential expiring when it lapses within this time
    #[arg(long, value_name = "TIME", default_value = "7d")]
    pub warn_within: String,
    /// Whether file modes are the server's own or those of a copy
    #[arg(long, value_enum, default_value_t = PermsName::Auto)]
    pub perms: PermsName,
    /// Accepted findings: an earlier report in JSON, or a list with reasons and ends
    #[arg(long, value_name = "FILE")]
    pub baseline: Option<PathBuf>,
    /// The proxy's config.yaml
    #[arg(long, value_name = "FILE")]
    pub config: Vec<PathBuf>,
    /// A saved answer of the management API
    #[arg(long, value_name = "FILE")]
    pub saved: Vec<PathBuf>,
    /// The instant of judgement (default: SOURCE_DATE_EPOCH, else the clock)
    #[arg(long, value_name = "TIME")]
    pub as_of: Option<String>,
    /// Exit with 1 when a finding is at least this severe
    #[arg(long, value_enum, default_value_t = FailOn::Error)]
    pub fail_on: FailOn,
    /// Show account names instead of user#N
    #[arg(long)]
    pub show_accounts: bool,
    /// Mask e-mail addresses in paths
    #[arg(long)]
    pub pseudonymize: bool,
    /// An empty directory is in order
    #[arg(long)]
    pub allow_empty: bool,
    /// Print nothing unless there are findings at or above --fail-on
    #[arg(short, long)]
    pub quiet: bool,
    /// Worker threads (default: one per core). The output never depends on it
    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true)]
    pub threads: usize,

    /// Output format
    #[arg(long, value_enum, default_value_t = FormatName::Text, help_heading = "Output")]
    pub format: FormatName,
    #[command(flatten)]
    pub output: OutputArgs,
    #[command(flatten)]
    pub every: OutDirArgs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum PermsName {
    Live,
    Copy,
    Auto,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum FormatName {
    Text,
    Json,
    Markdown,
    Csv,
    Html,
    Sarif,
    Junit,
}

/// Runs the command.
pub fn run(args: &Args, io: &mut Io<'_>) -> Result<Exit, CliError> {
    let evidence = [&args.paths, &args.before, &args.config, &args.saved].into_iter().flatten();
    let evidence: Vec<PathBuf> = evidence.chain(&args.baseline).cloned().collect();
    for target in args.output.file().into_iter().chain(args.every.out_dir.as_deref()) {
        super::save::refuse_evidence(target, &evidence)?;
    }
    let look = args.output.render_options(io)?;
    let (as_of, as_of_source) = as_of(args, io)?;
    let options = options(args, as_of)?;
    let request = Request {
        auths: args.paths.clone(),
        before: args.before.clone(),
        configs: beside::configs(&args.config)?,
        saved: beside::saved(&args.saved)?,
    };
    let accepted = args.baseline.as_deref().map(read_baseline).transpose()?;
    let seen = request.examine(&options, accepted.as_ref()).map_err(|e| CliError::Evidence(e.to_string()))?;
    let ended = (seen.ended > 0).then(|| Safe::own(format!("{} entries of the baseline have ended", seen.ended)));
    let parts = model::Parts {
        seen: &seen,
        paths: args.paths.iter().map(|p| Safe::own(p.to_string_lossy())).collect(),
        as_of,
        as_of_source,
        show_accounts: args.show_accounts,
        mask_paths: args.pseudonymize,
        notes: ended.into_iter().collect(),
    };
    let exit = exit(args, &seen);
    let finished = model::build(&parts);
    match &args.every.out_dir {
        Some(path) => write_all(path, &evidence, &finished, &look)?,
        None if args.quiet && exit == Exit::Done => {}
        None => print(args, &evidence, &finished, &look, io)?,
    }
    Ok(exit)
}

/// Findings outrank gaps; a gap outranks nothing found.
fn exit(args: &Args, seen: &Examination) -> Exit {
    let threshold = match args.fail_on {
        FailOn::Error => Some(Severity::Error),
        FailOn::Warning => Some(Severity::Warning),
        FailOn::Info => Some(Severity::Info),
        FailOn::None => None,
    };
    let gaps = seen.missed().next().is_some();
    let empty = !args.allow_empty && !seen.directory.files.iter().any(|f| f.provider.is_some());
    if threshold.zip(seen.counts.worst).is_some_and(|(threshold, worst)| worst <= threshold) {
        Exit::Findings
    } else if gaps || empty {
        Exit::Incomplete
    } else {
        Exit::Done
    }
}

fn as_of(args: &Args, io: &Io<'_>) -> Result<(Instant, AsOf), CliError> {
    if let Some(text) = &args.as_of {
        let json = serde_json::Value::from(text.as_str()).to_string();
        let parsed = auth::json::parse(json.as_bytes()).ok().and_then(|p| match expiry::value(&p.value) {
            expiry::Parsed::At(at, _) => Some(at),
            _ => expiry::person(&p.value),
        });
        let at = parsed.ok_or_else(|| {
            CliError::Usage(format!("cannot read --as-of {text:?}: no instant such as 2026-02-21T12:00:00Z"))
        })?;
        return Ok((at, AsOf::Option));
    }
    match io.terminal.epoch()? {
        Some(seconds) => Ok((Instant { seconds, nanos: 0 }, AsOf::Environment)),
        None => Ok((Instant::from_nanos(io.terminal.now), AsOf::Clock)),
    }
}

fn options(args: &Args, as_of: Instant) -> Result<Options, CliError> {
    let warn_within_seconds = seconds(&args.warn_within).ok_or_else(|| {
        CliError::Usage(format!("cannot read --warn-within {:?}: no duration such as 7d or 36h", args.warn_within))
    })?;
    let perms = match args.perms {
        PermsName::Live => Perms::Live,
        PermsName::Copy => Perms::Copy,
        PermsName::Auto => Perms::Auto,
    };
    Ok(Options {
        as_of,
        warn_within_seconds,
        perms,
        threads: super::args::capped(args.threads),
        key: fresh_key(),
        mask_paths: args.pseudonymize,
    })
}

/// `7d`, `1h30m` and what else the store calls a duration, or a number of seconds.
fn seconds(text: &str) -> Option<i64> {
    let is_number = text.bytes().all(|b| b.is_ascii_digit());
    if is_number { text.parse().ok() } else { number::duration(text).filter(|n| *n >= 0).map(|n| n / SECOND) }
}

/// A key that nobody knows and that never leaves the process: digests made with it are compared and never shown, so no
/// output depends on it.
fn fresh_key() -> Key {
    Key::new(fresh_key_bytes())
}

/// The bytes of such a key.
pub fn fresh_key_bytes() -> [u8; 32] {
    let mut bytes = [0; 32];
    for chunk in bytes.chunks_mut(8) {
        chunk.copy_from_slice(&std::collections::hash_map::RandomState::new().build_hasher().finish().to_le_bytes());
    }
    bytes
}

fn read_baseline(path: &Path) -> Result<baseline::Baseline, CliError> {
    // A baseline is configuration, whose faults are the caller's.
    let bytes = beside::read_given(path, 1 << 30)?;
    baseline::read(&bytes).map_err(|e| CliError::Usage(format!("cannot use baseline {}: {e}", path.display())))
}

fn print(
    args: &Args,
    evidence: &[PathBuf],
    finished: &model::CheckReport<'_>,
    look: &RenderOptions,
    io: &mut Io<'_>,
) -> Result<(), CliError> {
    let format = match args.format {
        FormatName::Text => CheckFormat::Text,
        FormatName::Json => CheckFormat::Json,
        FormatName::Markdown => CheckFormat::Markdown,
        FormatName::Csv => CheckFormat::Csv,
        FormatName::Html => CheckFormat::Html,
        FormatName::Sarif => CheckFormat::Sarif,
        FormatName::Junit => CheckFormat::Junit,
    };
    let mut bytes = Vec::new();
    report::write(finished, format, look, &mut bytes)?;
    args.output.write(&bytes, evidence, io)
}

/// Every format, what made them, and their checksums.
fn write_all(
    path: &Path,
    evidence: &[PathBuf],
    finished: &model::CheckReport<'_>,
    look: &RenderOptions,
) -> Result<(), CliError> {
    let plain = look.plain();
    let mut out = OutDir::create(path, evidence)?;
    for (format, _, extension, _) in report::FORMATS {
        let mut bytes = Vec::new();
        report::write(finished, *format, &plain, &mut bytes)?;
        out.write(&format!("check.{extension}"), &bytes)?;
    }
    out.finish(serde_json::json!({"tool": "authopsy", "version": env!("CARGO_PKG_VERSION")}))
}

#[cfg(test)]
mod tests {
    use super::seconds;

    #[test]
    fn durations() {
        assert_eq!(
            (seconds("7d"), seconds("36h"), seconds("90"), seconds("soon")),
            (Some(604_800), Some(129_600), Some(90), None)
        );
        assert_eq!(
            (seconds("1h30m"), seconds("2w"), seconds("-1h"), seconds("")),
            (Some(5400), Some(1_209_600), None, None)
        );
    }
}
