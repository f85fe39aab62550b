//! What the commands that answer over a dump share: the clock, the warning, the complaints.

use super::args::ReadArgs;
use super::{CliError, Exit, Io};
use crate::input::{Hash, Inputs, ReadOptions, Summary};
use crate::logsql::exec::Tally;
use crate::logsql::{RunError, timespec};
use crate::record::time::{Nanos, SECOND};
use crate::record::{MAX_FIELDS, Malformed};
use crate::redact::Redactor;
use crate::report::escape;
use crate::report::page::grouped;
use crate::scan::Examined;
use crate::store::dump::Dump;
use crate::store::{Show, StoreError};
use std::path::PathBuf;

/// How evidence is read when no digest will be printed.
pub fn options(read: &ReadArgs) -> ReadOptions {
    ReadOptions { hash: Hash::None, ..read.options() }
}

/// `--as-of`, as given.
#[derive(Debug, Clone, Copy)]
pub struct AsOf<'a>(pub Option<&'a str>);

/// The instant that stands for now: `--as-of`, else `SOURCE_DATE_EPOCH`, else the newest time of the dump.
pub fn clock(as_of: AsOf<'_>, dump: &Dump, io: &Io<'_>) -> Result<Nanos, CliError> {
    if let Some(text) = as_of.0 {
        return timespec::calendar(text)
            .map(|span| span.first)
            .or_else(|| timespec::start_arg(text, 0).filter(|_| !timespec::is_relative(text)))
            .ok_or_else(|| CliError::Usage(format!("--as-of: `{text}` is not a time")));
    }
    if let Some(seconds) = io.terminal.epoch()? {
        return Ok(seconds.saturating_mul(SECOND));
    }
    let newest = dump.newest().map_err(StoreError::Run).map_err(failed)?;
    // `_time:24h` ends just before now; the newest row itself must not fall out of it.
    Ok(newest.map_or(io.terminal.now, |at| at.saturating_add(1)))
}

/// How values are shown; says so when they are shown as they are.
pub fn show(unredacted: bool, io: &mut Io<'_>) -> Result<Show, CliError> {
    if !unredacted {
        return Ok(Show::redacted());
    }
    writeln!(io.stderr, "authopsy: --unredacted: values are shown as they are, secrets included")?;
    Ok(Show::unredacted())
}

/// Writes JSON with what could disturb a terminal escaped. Every piece it is given is whole text.
pub struct JsonOut<W>(pub W);

impl<W: std::io::Write> std::io::Write for JsonOut<W> {
    fn write(&mut self, piece: &[u8]) -> std::io::Result<usize> {
        if piece.is_ascii() {
            self.0.write_all(piece)?;
        } else {
            let text = String::from_utf8_lossy(piece);
            self.0.write_all(escape::json_document(&text).as_bytes())?;
        }
        Ok(piece.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.0.flush()
    }
}

/// A refused request is the caller's mistake, anything else is about the evidence.
pub fn failed(error: StoreError) -> CliError {
    match error {
        StoreError::Refused(text) | StoreError::Run(RunError::Unsupported(text) | RunError::Refused(text)) => {
            CliError::Usage(text)
        }
        StoreError::Run(error) => CliError::Evidence(error.to_string()),
        StoreError::Write(error) => CliError::Write(error),
    }
}

/// Finds the inputs, and says what was not taken for one.
pub fn inputs(paths: &[PathBuf], io: &mut Io<'_>) -> Result<Inputs, CliError> {
    let inputs = Inputs::discover(paths)?;
    tell(inputs.notes(), io)?;
    Ok(inputs)
}

/// Says something about the evidence, whose names are evidence too.
fn tell(sentences: &[String], io: &mut Io<'_>) -> Result<(), CliError> {
    let mut redactor = Redactor::new();
    for sentence in sentences {
        writeln!(io.stderr, "authopsy: {}", escape::terminal(redactor.text(sentence).as_str()))?;
    }
    Ok(())
}

/// Says what is wrong with the evidence; any of it makes the answer incomplete.
pub fn complaints(dump: &Dump, tally: &Tally, io: &mut Io<'_>) -> Result<Exit, CliError> {
    let first = tally.first_malformed.map(|(at, why)| (at.input, at.offset, why));
    let faults = faults(&dump.summaries(), tally.malformed, first);
    tell(&faults, io)?;
    Ok(if faults.is_empty() { Exit::Done } else { Exit::Incomplete })
}

/// The same of evidence that was classified. Returns what was said.
pub fn complaints_of(examined: &Examined, io: &mut Io<'_>) -> Result<Vec<String>, CliError> {
    let ledger = &examined.ledger;
    let first = ledger.bad_lines.first().map(|bad| (bad.input, bad.offset, bad.reason));
    let mut faults = faults(&examined.summaries, ledger.malformed, first);
    if ledger.crowded > 0 {
        let rows = if ledger.crowded == 1 { "row has" } else { "rows have" };
        faults.push(format!("{} {rows} more than {MAX_FIELDS} fields: the rest was not looked at", ledger.crowded));
    }
    tell(&faults, io)?;
    Ok(faults)
}

/// What is wrong with the evidence: the damage of every input, and the lines that are no records with the input, the
/// offset and the reason of the first.
fn faults(summaries: &[Summary], malformed: u64, first: Option<(u32, u64, Malformed)>) -> Vec<String> {
    let damage = |s: &Summary| s.damage.iter().map(|d| format!("{}: {d}", s.name)).collect::<Vec<_>>();
    let mut out: Vec<String> = summaries.iter().flat_map(damage).collect();
    if let Some((input, offset, why)) = first {
        let name = summaries.get(input as usize).map_or("input", |s| &s.name);
        let lines = if malformed == 1 { "line is" } else { "lines are" };
        out.push(format!(
            "{} {lines} no record, the first in {name} at byte {offset}: {}",
            grouped(malformed),
            reason(why)
        ));
    }
    out
}

fn reason(why: Malformed) -> String {
    match why {
        Malformed::NotAnObject => "not an object".to_owned(),
        Malformed::Syntax(at) => format!("syntax error at byte {at} of the line"),
        Malformed::Truncated => "the line is cut".to_owned(),
        Malformed::TooDeep => "nested too deep".to_owned(),
        Malformed::Hole => "it begins with NUL bytes, a hole in the file".to_owned(),
    }
}
