//! `sample N`: about one row in N.

use super::{Emit, Pipe, PipeSpec, Serial, Stage};
use crate::logsql::batch::Row;
use crate::logsql::columns::Columns;
use crate::logsql::exec::{Env, RunError};
use crate::logsql::needed::Needed;
use std::any::Any;
use std::ops::ControlFlow;
use std::sync::Arc;

pub static SPEC: PipeSpec = PipeSpec {
    names: &["sample"],
    words: &[],
    example: "* | sample 100",
    help: "about one row in N; the same rows in every run",
    parse: |parser| {
        let mark = parser.mark();
        let every = parser.count("a number of rows")?;
        if every == 0 {
            return Err(parser.error_since(mark, "a sample of one row in 0").expected("1 or more"));
        }
        Ok(Arc::new(Sample { every }))
    },
};

#[derive(Debug, Clone)]
pub struct Sample {
    every: u64,
}

impl Pipe for Sample {
    fn print(&self, out: &mut String) {
        out.push_str(&format!("sample {}", self.every));
    }

    fn needs(&self, _needed: &mut Needed) {}

    fn start(&self, _env: &Env<'_>) -> Result<Stage, RunError> {
        Ok(Stage::Serial(Box::new(Sampling { every: self.every, seen: 0 })))
    }

    fn columns(&self, before: Columns) -> Columns {
        before
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// Draws by the row's number, so that any run over the same dump draws the same rows.
struct Sampling {
    every: u64,
    seen: u64,
}

impl Serial for Sampling {
    fn push(&mut self, row: Row, emit: &mut Emit<'_>) -> ControlFlow<()> {
        self.seen += 1;
        if xxhash_rust::xxh64::xxh64(&self.seen.to_le_bytes(), 0).is_multiple_of(self.every) {
            return emit(row);
        }
        ControlFlow::Continue(())
    }
}
