//! `authopsy redact`: write a copy of a dump that is safe to hand on.
//!
//! Workers find what is to be masked and leave holes; the sink, which sees the chunks in evidence order, fills in the
//! labels. So ordinals follow first appearance whatever the number of threads, the dump is read once, and the sink's own
//! work is proportional to the number of secrets. (Numbering per chunk and renumbering afterwards would need a second
//! pass over the output, labels from a shared table would follow the threads' timing.)
//!
//! A dump that gets shorter while it is copied leads to no copy: what stood for the bytes that vanished would be in it.

use super::args::{KeyArgs, ReadArgs};
use super::save::{self, Saved};
use super::{CliError, Exit, Io};
use crate::input::{Inputs, Summary};
use crate::redact::{FingerprintKey, Holed, Labels, People, Redactor, Span, find};
use crate::report::escape;
use crate::report::page::grouped;
use std::io::Write;
use std::ops::ControlFlow;
use std::path::PathBuf;

/// Arguments of `authopsy redact`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Dumps, directories, or - for standard input
    #[arg(value_name = "INPUT", required = true)]
    pub inputs: Vec<PathBuf>,
    /// Where the redacted dump goes: compressed when the name ends in .gz or .zst, - for standard output
    #[arg(short, long, value_name = "PATH")]
    pub output: PathBuf,
    /// Report of what was masked: text on standard error, or json (on standard output when the dump goes to a file)
    #[arg(long, value_name = "FORMAT", default_value = "text", value_parser = ["text", "json"])]
    pub format: String,
    /// Mask people too: email, user, account, ip, host (separated by commas)
    #[arg(long, value_name = "KINDS", value_delimiter = ',')]
    pub pseudonymize: Vec<String>,
    #[command(flatten)]
    pub key: KeyArgs,
    /// No report unless something is wrong
    #[arg(short, long)]
    pub quiet: bool,

    #[command(flatten)]
    pub read: ReadArgs,
}

/// Runs the command.
pub fn run(args: &Args, io: &mut Io<'_>) -> Result<Exit, CliError> {
    let people = people(&args.pseudonymize)?;
    let key = args.key.read()?;
    let evidence: Vec<PathBuf> = args.inputs.iter().chain(&args.key.fp_key_file).cloned().collect();
    let output = save::file(Some(&args.output));
    output.map_or(Ok(()), |path| save::refuse_evidence(path, &evidence))?;
    let inputs = Inputs::discover(&args.inputs)?;
    let (labels, summaries) = match output {
        None => write_all(&inputs, args, people, key.as_deref(), io.stdout)?,
        Some(path) => {
            let mut file = Saved::create(path, &evidence)?;
            let done = write_packed(&inputs, args, people, key.as_deref(), &mut file)?;
            file.finish()?;
            done
        }
    };
    let report = Report { labels, summaries, notes: inputs.notes().to_vec(), key: key.map(|k| k.id()) };
    report.print(args, output.is_none(), io)?;
    Ok(if report.damaged() { Exit::Incomplete } else { Exit::Done })
}

/// The kinds of people to mask.
pub fn people(words: &[String]) -> Result<People, CliError> {
    let mut people = People::default();
    match words.iter().find(|word| !people.add(word)) {
        None => Ok(people),
        Some(word) => {
            let known = crate::redact::people::WORDS.join(", ");
            Err(CliError::Usage(format!("unknown kind `{word}` for --pseudonymize: want {known}")))
        }
    }
}

fn write_packed(
    inputs: &Inputs,
    args: &Args,
    people: People,
    key: Option<&FingerprintKey>,
    file: &mut Saved,
) -> Result<(Labels, Vec<Summary>), CliError> {
    match args.output.extension().and_then(|e| e.to_str()) {
        Some("gz") => {
            let mut packer = flate2::GzBuilder::new().write(file, flate2::Compression::new(3));
            let done = write_all(inputs, args, people, key, &mut packer)?;
            packer.finish()?;
            Ok(done)
        }
        Some("zst") => {
            let mut packer = zstd::Encoder::new(file, 3)?;
            let done = write_all(inputs, args, people, key, &mut packer)?;
            packer.finish()?;
            Ok(done)
        }
        _ => write_all(inputs, args, people, key, file),
    }
}

fn write_all(
    inputs: &Inputs,
    args: &Args,
    people: People,
    key: Option<&FingerprintKey>,
    out: &mut dyn Write,
) -> Result<(Labels, Vec<Summary>), CliError> {
    let mut labels = Labels::default();
    let mut failed = None;
    // Inputs are joined line by line, also when one of them lacks its last line end.
    let (mut last_input, mut open_line) = (0, false);
    let work = |spans: &mut Vec<Span>, chunk: crate::input::Chunk<'_>| {
        spans.clear();
        find::dirty(chunk.bytes, people, spans);
        Holed::of(chunk.bytes, spans, key)
    };
    let scanned = inputs.scan(&args.read.options(), Vec::new, work, |place, chunk| {
        if place.is_torn {
            return ControlFlow::Break(());
        }
        let mut write = || -> std::io::Result<()> {
            if place.input != last_input && open_line {
                out.write_all(b"\n")?;
            }
            chunk.write(chunk.whole(), &mut labels, out)
        };
        match write() {
            Ok(()) => {
                last_input = place.input;
                open_line = !chunk.ends_its_line();
                ControlFlow::Continue(())
            }
            Err(e) => {
                failed = Some(e);
                ControlFlow::Break(())
            }
        }
    })?;
    if let Some(e) = failed {
        return Err(CliError::Write(e));
    }
    out.flush()?;
    match scanned.summaries.iter().find(|summary| summary.has_shrunk) {
        Some(cut) => Err(CliError::Evidence(format!("cannot copy {}: {}", cut.name, cut.damage.join(", ")))),
        None => Ok((labels, scanned.summaries)),
    }
}

/// What was done, for the person who hands the dump on.
struct Report {
    labels: Labels,
    summaries: Vec<Summary>,
    notes: Vec<String>,
    key: Option<String>,
}

impl Report {
    fn damaged(&self) -> bool {
        self.summaries.iter().any(|s| !s.damage.is_empty())
    }

    fn print(&self, args: &Args, to_stdout: bool, io: &mut Io<'_>) -> Result<(), CliError> {
        let mut redactor = Redactor::new();
        let mut safe = |text: &str| escape::terminal(redactor.text(text).as_str()).into_owned();
        for summary in &self.summaries {
            for damage in &summary.damage {
                writeln!(io.stderr, "authopsy: {}: {}", safe(&summary.name), safe(damage))?;
            }
        }
        for note in &self.notes {
            writeln!(io.stderr, "authopsy: {}", safe(note))?;
        }
        if args.format == "json" {
            let text = format!("{:#}\n", self.json(&mut safe));
            let sink: &mut dyn Write = if to_stdout { io.stderr } else { io.stdout };
            return Ok(sink.write_all(text.as_bytes())?);
        }
        if args.quiet {
            return Ok(());
        }
        let by_kind = self.labels.by_kind();
        let total: u64 = by_kind.values().sum();
        let lines: u64 = self.summaries.iter().map(|s| s.lines).sum();
        let kinds = by_kind.len();
        let (total, lines) = (grouped(total), grouped(lines));
        writeln!(io.stderr, "masked {total} values of {kinds} kinds in {lines} lines")?;
        let width = by_kind.values().max().map_or(1, |n| grouped(*n).len());
        for (kind, count) in by_kind {
            let count = grouped(*count);
            writeln!(io.stderr, "  {count:>width$}  {kind}")?;
        }
        if let Some(id) = &self.key {
            writeln!(io.stderr, "labels are fingerprints of key {id}")?;
        }
        Ok(())
    }

    fn json(&self, safe: &mut impl FnMut(&str) -> String) -> serde_json::Value {
        let input = |s: &Summary| {
            serde_json::json!({"name": safe(&s.name), "digest": s.digest, "bytes": s.bytes, "lines": s.lines, "format": s.format,
                "damage": s.damage.iter().map(|d| safe(d)).collect::<Vec<_>>()})
        };
        let by_kind = self.labels.by_kind();
        serde_json::json!({
            "schema": "authopsy.redaction/1",
            "inputs": self.summaries.iter().map(input).collect::<Vec<_>>(),
            "by_kind": by_kind,
            "total": by_kind.values().sum::<u64>(),
            "distinct": self.labels.distinct(),
            "key_id": self.key,
        })
    }
}
