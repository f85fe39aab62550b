//! `drop_empty_fields`: drops empty fields, and rows that have no others.

use super::{EachRow, Emit, Pipe, PipeSpec, Stage};
use crate::logsql::batch::Row;
use crate::logsql::columns::Columns;
use crate::logsql::exec::{Env, RunError};
use crate::logsql::needed::Needed;
use std::any::Any;
use std::ops::ControlFlow;
use std::sync::Arc;

pub static SPEC: PipeSpec = PipeSpec {
    names: &["drop_empty_fields"],
    words: &[],
    example: "* | fields user, ip | drop_empty_fields",
    help: "drop empty fields, and rows that have no others",
    parse: |_| Ok(Arc::new(DropEmptyFields)),
};

/// Rows never hold empty fields here, so only rows without any field are left to drop.
#[derive(Debug)]
pub struct DropEmptyFields;

impl Pipe for DropEmptyFields {
    fn print(&self, out: &mut String) {
        out.push_str("drop_empty_fields");
    }

    fn needs(&self, needed: &mut Needed) {
        // Whether a row is empty depends on all its fields.
        needed.add_all();
    }

    fn start(&self, _env: &Env<'_>) -> Result<Stage, RunError> {
        Ok(Stage::Each(Box::new(DropEmptyFields)))
    }

    fn columns(&self, before: Columns) -> Columns {
        before
    }

    fn limit_is_newest(&self) -> bool {
        true
    }

    fn keeps_time(&self) -> bool {
        true
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

impl EachRow for DropEmptyFields {
    fn apply(&self, row: Row, emit: &mut Emit<'_>) -> ControlFlow<()> {
        if row.is_empty() { ControlFlow::Continue(()) } else { emit(row) }
    }
}
