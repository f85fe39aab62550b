//! `authopsy convert`: write a dump as Parquet, for DuckDB, polars, Spark, ClickHouse.

use super::args::ReadArgs;
use super::{CliError, Exit, Io, evidence};
use crate::input::Inputs;
use std::path::{Path, PathBuf};

/// Arguments of `authopsy convert`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Dumps or directories; they are read twice, so standard input must be saved first
    #[arg(value_name = "INPUT", required = true)]
    pub inputs: Vec<PathBuf>,

    /// Directory for the tables; made if it is not there, never inside an input
    #[arg(short, long, value_name = "DIR")]
    pub output: PathBuf,

    /// How tables are split
    #[arg(long, value_enum, value_name = "BY", default_value_t = By::None)]
    pub partition: By,

    #[command(flatten)]
    pub read: ReadArgs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum By {
    /// One file per input
    None,
    /// A folder per input with a folder per hour
    Hour,
}

/// Runs the command.
pub fn run(args: &Args, io: &mut Io<'_>) -> Result<Exit, CliError> {
    if args.inputs.iter().any(|input| input.as_os_str() == "-") {
        return Err(CliError::Usage("convert reads its input twice: save standard input to a file first".to_owned()));
    }
    for input in &args.inputs {
        if inside(&args.output, input) {
            let (output, input) = (args.output.display(), input.display());
            return Err(CliError::Usage(format!("{output} is inside the evidence {input}: choose another directory")));
        }
    }
    let inputs = evidence::inputs(&args.inputs, io)?;
    convert(args, &inputs, io)
}

/// Whether a path that may not exist yet lies below a directory.
fn inside(path: &Path, dir: &Path) -> bool {
    let Ok(dir) = std::fs::canonicalize(dir) else { return false };
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
    dir.is_dir()
        && absolute.ancestors().any(|part| std::fs::canonicalize(part).is_ok_and(|real| real.starts_with(&dir)))
}

#[cfg(feature = "columns")]
fn convert(args: &Args, inputs: &Inputs, io: &mut Io<'_>) -> Result<Exit, CliError> {
    use crate::report::convert::{ConvertError, Partition, convert};
    let partition = match args.partition {
        By::None => Partition::None,
        By::Hour => Partition::Hour,
    };
    let done = convert(inputs, &args.output, partition, &args.read.options()).map_err(|e| match e {
        ConvertError::Input(e) => CliError::Input(e),
        other => CliError::Usage(other.to_string()),
    })?;
    let mut whole = true;
    for table in &done {
        let name = crate::report::escape::terminal(&table.input.name).into_owned();
        writeln!(io.stdout, "{}: {} rows, {} columns, from {name}", table.path.display(), table.rows, table.columns)?;
        let lost = if table.malformed > 0 {
            Some(format!("{} malformed lines are not in the table", table.malformed))
        } else {
            None
        };
        let changed = table.changed.then(|| "the input changed while it was read".to_owned());
        for why in table.input.damage.iter().cloned().chain(lost).chain(changed) {
            whole = false;
            writeln!(io.stderr, "authopsy: {name}: {}", crate::report::escape::terminal(&why))?;
        }
    }
    Ok(if whole { Exit::Done } else { Exit::Incomplete })
}

#[cfg(not(feature = "columns"))]
fn convert(_args: &Args, _inputs: &Inputs, _io: &mut Io<'_>) -> Result<Exit, CliError> {
    Err(CliError::Usage("this build has no columns: convert needs the feature `columns`".to_owned()))
}
