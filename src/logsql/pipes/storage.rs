//! `block_stats`, `blocks_count`: questions about the store's own files, which a dump cannot answer.

use super::{Pipe, PipeSpec, Stage, grammar};
use crate::logsql::exec::{Env, RunError};
use crate::logsql::needed::Needed;
use std::any::Any;
use std::sync::Arc;

pub static BLOCK_STATS: PipeSpec = PipeSpec {
    names: &["block_stats"],
    words: &[],
    example: "* | block_stats",
    help: "sizes of storage blocks; a dump has none, so this is refused",
    parse: |_| Ok(Arc::new(Storage { name: "block_stats", result: None })),
};

pub static BLOCKS_COUNT: PipeSpec = PipeSpec {
    names: &["blocks_count"],
    words: &["as"],
    example: "* | blocks_count as n",
    help: "number of storage blocks; a dump has none, so this is refused",
    parse: |parser| Ok(Arc::new(Storage { name: "blocks_count", result: grammar::optional_as(parser)? })),
};

#[derive(Debug, Clone)]
pub struct Storage {
    name: &'static str,
    result: Option<String>,
}

impl Pipe for Storage {
    fn print(&self, out: &mut String) {
        out.push_str(self.name);
        if let Some(result) = self.result.as_deref().filter(|r| *r != "blocks_count") {
            out.push_str(" as ");
            crate::logsql::names::print_word(result, out);
        }
    }

    fn needs(&self, _needed: &mut Needed) {}

    fn start(&self, _env: &Env<'_>) -> Result<Stage, RunError> {
        Err(RunError::Unsupported(format!(
            "`{}` asks about the store's own files, which a dump does not have",
            self.name
        )))
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
