//! What the commands that answer over a dump share: the clock, the warning, the complaints.

use super::args::ReadArgs;
use super::{CliError, Exit, Io};
use crate::input::{Hash, Inputs, ReadOptions};
use crate::logsql::exec::Tally;
use crate::logsql::{RunError, timespec};
use crate::record::Malformed;
use crate::record::time::{Nanos, SECOND};
use crate::redact::Redactor;
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
            self.0.write_all(crate::report::escape::json_document(&text).as_bytes())?;
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
    for note in inputs.notes() {
        writeln!(io.stderr, "authopsy: {}", Redactor::new().text(note).as_str())?;
    }
    Ok(inputs)
}

/// Says what is wrong with the evidence; any of it makes the answer incomplete.
pub fn complaints(dump: &Dump, tally: &Tally, io: &mut Io<'_>) -> Result<Exit, CliError> {
    let mut exit = Exit::Done;
    for summary in dump.summaries() {
        for damage in &summary.damage {
            writeln!(io.stderr, "authopsy: {}: {damage}", summary.name)?;
            exit = Exit::Incomplete;
        }
    }
    if let Some((at, why)) = tally.first_malformed {
        let name = dump.inputs().inputs().get(at.input as usize).map_or("input", |i| &i.name);
        let lines = if tally.malformed == 1 { "line is" } else { "lines are" };
        let (count, offset, why) = (tally.malformed, at.offset, reason(why));
        writeln!(io.stderr, "authopsy: {count} {lines} no record, the first in {name} at byte {offset}: {why}")?;
        exit = Exit::Incomplete;
    }
    Ok(exit)
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
