//! `authopsy show`: print one evidence record, redacted, with its context.

use super::args::{KeyArgs, ReadArgs};
use super::{CliError, Exit, Io, evidence};
use crate::input::Hash;
use crate::record;
use crate::redact::{Redactor, Safe};
use crate::report::escape;
use std::ops::ControlFlow;
use std::path::PathBuf;

/// Arguments of `authopsy show`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Evidence id of a report: digest, offset and length, as in 0123456789ab:4096+512
    #[arg(value_name = "EVIDENCE-ID")]
    pub id: String,
    /// Dumps or directories the report was made from
    #[arg(value_name = "INPUT", required = true)]
    pub inputs: Vec<PathBuf>,
    /// Lines shown before and after the record
    #[arg(short = 'C', long, value_name = "N", default_value_t = 2, value_parser = clap::value_parser!(u64).range(..=100))]
    pub context: u64,
    /// text, or json: the record and its context as one object
    #[arg(long, value_name = "FORMAT", default_value = "text", value_parser = ["text", "json"])]
    pub format: String,

    #[command(flatten)]
    pub key: KeyArgs,
    #[command(flatten)]
    pub read: ReadArgs,
}

/// `<12 hex>:<offset>+<length>`
#[derive(Debug, PartialEq, Eq)]
struct Id {
    digest: String,
    offset: u64,
    length: u64,
}

impl Id {
    fn parse(text: &str) -> Option<Id> {
        let (digest, place) = text.split_once(':')?;
        let (offset, length) = place.split_once('+')?;
        let hex = digest.len() == 12 && digest.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        let number = |text: &str| text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse().ok()).flatten();
        hex.then_some(Id { digest: digest.to_owned(), offset: number(offset)?, length: number(length)? })
    }
}

/// A line near the record.
struct Near {
    input: usize,
    line: u64,
    offset: u64,
    bytes: Vec<u8>,
}

/// Bytes before and after the record in which context is looked for.
const REACH: u64 = 1 << 20;

/// Runs the command.
pub fn run(args: &Args, io: &mut Io<'_>) -> Result<Exit, CliError> {
    let id = Id::parse(&args.id).ok_or_else(|| {
        CliError::Usage(format!("`{}` is no evidence id: want twelve hex digits, `:`, offset, `+`, length", args.id))
    })?;
    let key = args.key.read()?;
    let redactor = || key.clone().map_or_else(Redactor::new, |key| Redactor::new().with_key(key));
    let inputs = evidence::inputs(&args.inputs, io)?;
    let mut options = args.read.options();
    if options.hash == Hash::None {
        options.hash = Hash::Sha256;
    }
    let mut near: Vec<Near> = Vec::new();
    let scanned = inputs.scan(
        &options,
        || (),
        |(), chunk| {
            let wanted = chunk.offset < id.offset + id.length + REACH
                && chunk.offset + chunk.bytes.len() as u64 + REACH > id.offset;
            if !wanted {
                return Vec::new();
            }
            let lines: Vec<_> = chunk.lines().collect();
            let first = lines.partition_point(|l| l.offset + REACH < id.offset);
            let last = lines.partition_point(|l| l.offset <= id.offset + REACH);
            lines[first..last].iter().map(|l| (l.index, l.offset, l.bytes.to_vec())).collect()
        },
        |place, lines| {
            let lines = lines.into_iter().map(|(index, offset, bytes)| Near {
                input: place.input,
                line: place.lines_before + index + 1,
                offset,
                bytes,
            });
            near.extend(lines);
            ControlFlow::Continue(())
        },
    )?;
    let input = scanned.summaries.iter().position(|s| s.digest.starts_with(&id.digest)).ok_or_else(|| {
        let seen: Vec<String> = scanned
            .summaries
            .iter()
            .map(|s| format!("{} is {}", s.name, s.digest.get(..12).unwrap_or("unread")))
            .collect();
        CliError::Evidence(format!("no input has the digest {}: {}", id.digest, seen.join(", ")))
    })?;
    near.retain(|n| n.input == input);
    let name = &scanned.summaries[input].name;
    let at = near.iter().position(|n| n.offset == id.offset && n.bytes.len() as u64 == id.length);
    let at = at.ok_or_else(|| {
        CliError::Evidence(format!("{name}: no line of {} bytes begins at byte {}", id.length, id.offset))
    })?;
    let from = at.saturating_sub(args.context as usize);
    let to = (at + 1 + args.context as usize).min(near.len());
    let shown: Vec<Shown> = {
        let mut redactor = redactor();
        near[from..to].iter().enumerate().map(|(n, near)| Shown::new(near, from + n == at, &mut redactor)).collect()
    };
    let name = escape::terminal(redactor().text(name).as_str()).into_owned();
    let text = if args.format == "json" { json(&args.id, &name, &shown) } else { text(&name, &shown) };
    io.stdout.write_all(text.as_bytes())?;
    Ok(if scanned.summaries[input].damage.is_empty() { Exit::Done } else { Exit::Incomplete })
}

/// A line, redacted: its fields, or its text when it is no record.
struct Shown {
    line: u64,
    offset: u64,
    cited: bool,
    fields: Vec<(String, Safe)>,
    text: Safe,
}

impl Shown {
    fn new(near: &Near, cited: bool, redactor: &mut Redactor) -> Shown {
        let parsed = record::wrapped::parse_any(&near.bytes);
        let fields = match parsed {
            Ok(record) => record
                .fields()
                .iter()
                .map(|f| (redactor.text(&f.name).as_str().to_owned(), redactor.field(&f.name, &f.value.text())))
                .collect(),
            Err(_) => Vec::new(),
        };
        let text = redactor.text(&String::from_utf8_lossy(&near.bytes));
        Shown { line: near.line, offset: near.offset, cited, fields, text }
    }

    /// The line in few words, for context.
    fn brief(&self) -> String {
        let field = |name: &str| self.fields.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str());
        match (field("_time"), field("_msg")) {
            (Some(time), message) => format!("{time} {}", message.unwrap_or_default()),
            _ => self.text.as_str().to_owned(),
        }
    }
}

fn text(name: &str, shown: &[Shown]) -> String {
    let mut out = String::new();
    for line in shown {
        let mark = if line.cited { '>' } else { ' ' };
        let brief: String = line.brief().chars().take(160).collect();
        out.push_str(&format!("{mark} {name}:{}: {}\n", line.line, escape::terminal(&brief)));
        if !line.cited {
            continue;
        }
        let width = line.fields.iter().map(|(name, _)| name.len()).max().unwrap_or(0).min(40);
        for (name, value) in &line.fields {
            out.push_str(&format!("    {:width$}  {}\n", escape::terminal(name), escape::terminal(value.as_str())));
        }
        if line.fields.is_empty() {
            out.push_str(&format!("    {}\n", escape::terminal(line.text.as_str())));
        }
    }
    out
}

fn json(id: &str, name: &str, shown: &[Shown]) -> String {
    let one = |line: &Shown| {
        let fields: serde_json::Map<String, serde_json::Value> =
            line.fields.iter().map(|(n, v)| (n.clone(), v.as_str().into())).collect();
        let text = if fields.is_empty() { Some(line.text.as_str()) } else { None };
        serde_json::json!({"line": line.line, "offset": line.offset, "cited": line.cited, "fields": fields, "text": text})
    };
    let value = serde_json::json!({"id": id, "input": name, "records": shown.iter().map(one).collect::<Vec<_>>()});
    escape::json_document(&format!("{value:#}\n")).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_read_strictly() {
        assert_eq!(Id::parse("0123456789ab:40+5"), Some(Id { digest: "0123456789ab".into(), offset: 40, length: 5 }));
        for text in [
            "",
            "0123456789ab",
            "0123456789ab:40",
            "0123456789aB:4+5",
            "0123456789ab:+4+5",
            "0123:4+5",
            "0123456789ab:99999999999999999999+1",
        ] {
            assert_eq!(Id::parse(text), None, "{text}");
        }
    }
}
