//! `authopsy explain`: any class, symptom row, rule, file check, mask, query construct or format, from the registry that
//! knows it.

use super::output::OutputArgs;
use super::{CliError, Exit, Io};
use crate::logsql::{Options, Query, plan};
use crate::report::{self, Format, explain};

/// Arguments of `authopsy explain`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// An id as a report prints it; without one, the list of all
    #[arg(value_name = "ID")]
    pub id: Option<String>,

    /// How a query would be run: normal form, prefilter, fields, order of filters
    #[arg(long, value_name = "LOGSQL", conflicts_with = "id")]
    pub query: Option<String>,

    /// Format of the explanation
    #[arg(long, value_name = "FORMAT", default_value = "text", value_parser = ["text", "markdown", "html"])]
    pub format: String,

    #[command(flatten)]
    pub output: OutputArgs,
}

/// Runs the command.
pub fn run(args: &Args, io: &mut Io<'_>) -> Result<Exit, CliError> {
    if let Some(text) = &args.query {
        let query =
            Query::parse(text, Options { now: io.terminal.now }).map_err(|e| CliError::Usage(e.render(text)))?;
        args.output.write(plan::explain(&query).as_bytes(), &[], io)?;
        return Ok(Exit::Done);
    }
    let page = match &args.id {
        None => explain::index(),
        Some(id) => explain::page(&found(id)?),
    };
    let format = Format::named(&args.format).unwrap_or(Format::Text);
    let bytes = report::render_page(page, format, &args.output.render_options(io)?);
    args.output.write(&bytes, &[], io)?;
    Ok(Exit::Done)
}

fn found(id: &str) -> Result<Vec<explain::Topic>, CliError> {
    let topics = explain::find(id);
    if !topics.is_empty() {
        return Ok(topics);
    }
    let shown = report::escape::terminal(id);
    let hint = explain::nearest(id).map(|near| format!(", did you mean {near}?")).unwrap_or_default();
    Err(CliError::Usage(format!("nothing is called {shown}{hint} (`authopsy explain` lists every id)")))
}
