//! `authopsy api`: answer a request of the store's HTTP API without a server.

use super::args::ReadArgs;
use super::{CliError, Exit, Io};
use crate::input::{Hash, Inputs, ReadOptions};
use crate::logsql::request;
use crate::store::{dump::Dump, query};
use std::ops::ControlFlow;
use std::path::PathBuf;

/// Arguments of `authopsy api`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Path and arguments, as the server would get them: '/select/logsql/query?query=error&limit=10'
    #[arg(value_name = "PATH?ARGS")]
    pub request: String,

    /// Dump files or directories, or - for standard input
    #[arg(value_name = "INPUT", required = true)]
    pub inputs: Vec<PathBuf>,

    /// Show values as they are, secrets included
    #[arg(long)]
    pub unredacted: bool,

    #[command(flatten)]
    pub read: ReadArgs,
}

/// Runs the command.
pub fn run(args: &Args, io: &mut Io<'_>) -> Result<Exit, CliError> {
    let (path, rest) = args.request.split_once('?').unwrap_or((&args.request, ""));
    if path != "/select/logsql/query" {
        return Err(CliError::Unbuilt("this endpoint"));
    }
    let mut wanted = request::Args::default();
    for pair in rest.split('&').filter(|p| !p.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let value = decode(value);
        match name {
            "query" => wanted.query = value,
            "start" => wanted.start = Some(value),
            "end" => wanted.end = Some(value),
            "time" => wanted.time = Some(value),
            "limit" => wanted.limit = value.parse().map_err(|_| CliError::Usage("limit is not a number".into()))?,
            "extra_filters" => wanted.extra_filters.push(value),
            "extra_stream_filters" => wanted.extra_stream_filters.push(value),
            _ => {}
        }
    }
    let options = ReadOptions { hash: Hash::None, ..args.read.options() };
    let dump = Dump::new(Inputs::discover(&args.inputs)?, options);
    let request = wanted.request(io.terminal.now).map_err(|e| CliError::Usage(e.render()))?;
    let mut buffer = Vec::new();
    let mut failed = None;
    let answer = request.run(&dump, &mut |row| {
        buffer.clear();
        query::print(&row, &mut buffer);
        match io.stdout.write_all(&buffer) {
            Ok(()) => ControlFlow::Continue(()),
            Err(e) => {
                failed = Some(e);
                ControlFlow::Break(())
            }
        }
    });
    if let Some(e) = failed {
        return Err(e.into());
    }
    answer.map_err(|e| CliError::Evidence(e.to_string()))?;
    Ok(Exit::Done)
}

fn decode(text: &str) -> String {
    let mut out = Vec::with_capacity(text.len());
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        let hex = bytes.get(at + 1..at + 3).and_then(|h| std::str::from_utf8(h).ok()).and_then(|h| u8::from_str_radix(h, 16).ok());
        match (bytes[at], hex) {
            (b'%', Some(b)) => {
                out.push(b);
                at += 2;
            }
            (b'+', _) => out.push(b' '),
            (b, _) => out.push(b),
        }
        at += 1;
    }
    String::from_utf8_lossy(&out).into_owned()
}
