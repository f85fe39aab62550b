//! `offset N`: without the first N rows.

use super::{Emit, Pipe, PipeSpec, Serial, Stage};
use crate::logsql::batch::Row;
use crate::logsql::columns::Columns;
use crate::logsql::exec::{Env, RunError};
use crate::logsql::needed::Needed;
use std::any::Any;
use std::ops::ControlFlow;
use std::sync::Arc;

pub static SPEC: PipeSpec = PipeSpec {
    names: &["offset", "skip"],
    words: &[],
    example: "* | sort by (_time) | offset 10",
    help: "without the first N rows",
    parse: |parser| Ok(Arc::new(OffsetPipe { offset: parser.count("a number of rows")? })),
};

#[derive(Debug, Clone)]
pub struct OffsetPipe {
    pub offset: u64,
}

impl Pipe for OffsetPipe {
    fn print(&self, out: &mut String) {
        out.push_str(&format!("offset {}", self.offset));
    }

    fn needs(&self, _needed: &mut Needed) {}

    fn start(&self, _env: &Env<'_>) -> Result<Stage, RunError> {
        Ok(Stage::Serial(Box::new(Skipping { left: self.offset })))
    }

    fn columns(&self, before: Columns) -> Columns {
        before
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

struct Skipping {
    left: u64,
}

impl Serial for Skipping {
    fn push(&mut self, row: Row, emit: &mut Emit<'_>) -> ControlFlow<()> {
        if self.left == 0 {
            return emit(row);
        }
        self.left -= 1;
        ControlFlow::Continue(())
    }
}
