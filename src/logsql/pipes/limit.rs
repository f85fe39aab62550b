//! `limit N`: the first N rows.

use super::{Emit, Pipe, PipeSpec, Serial, Stage};
use crate::logsql::batch::Row;
use crate::logsql::columns::Columns;
use crate::logsql::exec::{Env, RunError};
use crate::logsql::needed::Needed;
use std::any::Any;
use std::ops::ControlFlow;
use std::sync::Arc;

pub static SPEC: PipeSpec = PipeSpec {
    names: &["limit", "head"],
    words: &[],
    example: "error | sort by (_time desc) | limit 10",
    help: "the first N rows, 10 if no number is given",
    parse: |parser| {
        let limit = if parser.at_pipe_end() { 10 } else { parser.count("a number of rows")? };
        Ok(Arc::new(LimitPipe { limit }))
    },
};

#[derive(Debug, Clone)]
pub struct LimitPipe {
    pub limit: u64,
}

impl Pipe for LimitPipe {
    fn print(&self, out: &mut String) {
        out.push_str(&format!("limit {}", self.limit));
    }

    fn needs(&self, _needed: &mut Needed) {}

    fn start(&self, _env: &Env<'_>) -> Result<Stage, RunError> {
        Ok(Stage::Serial(Box::new(Running { left: self.limit })))
    }

    fn columns(&self, before: Columns) -> Columns {
        before
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

struct Running {
    left: u64,
}

impl Serial for Running {
    fn push(&mut self, row: Row, emit: &mut Emit<'_>) -> ControlFlow<()> {
        if self.left == 0 {
            return ControlFlow::Break(());
        }
        self.left -= 1;
        emit(row)?;
        if self.left == 0 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }
}
