//! `authopsy api`: answer a request of the store's HTTP API without a server.

use super::args::ReadArgs;
use super::evidence::{self, AsOf};
use super::memory::MemoryArgs;
use super::{CliError, Exit, Io};
use crate::store::dump::Dump;
use crate::store::{self, Call, ENDPOINTS, Request};
use std::path::PathBuf;

/// Arguments of `authopsy api`.
#[derive(Debug, clap::Args)]
#[command(after_help = paths())]
pub struct Args {
    /// Path and arguments as they would be sent: '/select/logsql/hits?query=error&step=1h'
    #[arg(value_name = "PATH?ARGS")]
    pub request: String,

    /// Dump files or directories, or - for standard input
    #[arg(value_name = "INPUT", required = true)]
    pub inputs: Vec<PathBuf>,

    /// The instant that stands for the store's clock
    #[arg(long, value_name = "T")]
    pub as_of: Option<String>,

    /// Show values as they are, secrets included
    #[arg(long)]
    pub unredacted: bool,

    #[command(flatten)]
    pub memory: MemoryArgs,

    #[command(flatten)]
    pub read: ReadArgs,
}

fn paths() -> String {
    let lines: Vec<String> = ENDPOINTS.iter().map(|e| format!("  {:34} {}", e.path, e.help)).collect();
    format!("Paths:\n{}", lines.join("\n"))
}

/// Runs the command.
pub fn run(args: &Args, io: &mut Io<'_>) -> Result<Exit, CliError> {
    let request = Request::parse(&args.request);
    let dump =
        Dump::new(evidence::inputs(&args.inputs, io)?, evidence::options(&args.read)).within(args.memory.limit());
    // A query that does not parse is refused before any evidence is opened.
    let uses_clock = match request.query_args() {
        Ok(query) => {
            query.request(io.terminal.now).map_err(|e| CliError::Usage(e.render()))?;
            query.uses_clock() || request.path.ends_with("/stats_query")
        }
        Err(_) => false,
    };
    let clock = if uses_clock { evidence::clock(AsOf(args.as_of.as_deref()), &dump, io)? } else { 0 };
    let mut show = evidence::show(args.unredacted, io)?;
    let mut out = evidence::JsonOut(std::io::BufWriter::new(&mut *io.stdout));
    let mut call = Call { request: &request, source: &dump, clock, show: &mut show, out: &mut out };
    let answered = store::answer(&mut call);
    std::io::Write::flush(&mut out)?;
    drop(out);
    let tally = answered.map_err(evidence::failed)?;
    evidence::complaints(&dump, &tally, io)
}
