//! `authopsy vlogs`: the live tool's methods, same names, same JSON arguments.

use super::args::ReadArgs;
use super::evidence::{self, AsOf};
use super::memory::MemoryArgs;
use super::{CliError, Exit, Io};
use crate::store::dump::Dump;
use crate::store::vlogs::{self, METHODS, ask::Ask};
use std::path::PathBuf;

/// Arguments of `authopsy vlogs`.
#[derive(Debug, clap::Args)]
#[command(after_help = methods())]
pub struct Args {
    /// Method of the live tool; `discover` lists them
    #[arg(value_name = "METHOD")]
    pub method: String,

    /// Keyword arguments as a JSON object
    #[arg(value_name = "JSON", default_value = "{}", hide_default_value = true)]
    pub arguments: String,

    /// Dump files or directories, or - for standard input
    #[arg(long, value_name = "INPUT", num_args = 1..)]
    pub dump: Vec<PathBuf>,

    /// The live tool to the letter: case as written, rows as they come, windows on the first branch only
    #[arg(long)]
    pub strict: bool,

    /// The instant that stands for now (default: SOURCE_DATE_EPOCH, else the newest time of the dump)
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

fn methods() -> String {
    let lines: Vec<String> = METHODS.iter().map(|m| format!("  {}\n      {}", m.signature(), m.help)).collect();
    format!("Methods:\n{}", lines.join("\n"))
}

/// Runs the command.
pub fn run(args: &Args, io: &mut Io<'_>) -> Result<Exit, CliError> {
    let (method, params) = vlogs::parse(&args.method, &args.arguments).map_err(evidence::failed)?;
    let needs_dump = method.name != "discover";
    if needs_dump && args.dump.is_empty() {
        return Err(CliError::Usage(format!("vlogs {}: no dump given; add --dump INPUT", method.name)));
    }
    let dump = Dump::new(evidence::inputs(&args.dump, io)?, evidence::options(&args.read)).within(args.memory.limit());
    // Whether the dump can be read has no instant, and standard input is read only once.
    let needs_clock = needs_dump && method.name != "ready";
    let clock = if needs_clock { evidence::clock(AsOf(args.as_of.as_deref()), &dump, io)? } else { 0 };
    let mut show = evidence::show(args.unredacted, io)?;
    let mut ask = Ask { source: &dump, clock, strict: args.strict, show: &mut show, tally: Default::default() };
    let value = (method.run)(&mut ask, &params).map_err(evidence::failed)?;
    let tally = ask.tally;
    writeln!(io.stdout, "{}", crate::report::escape::json_document(&value.to_string()))?;
    evidence::complaints(&dump, &tally, io)
}
