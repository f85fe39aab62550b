//! `union (query)`: the rows, then the rows of another query.

use super::{Emit, Pipe, PipeSpec, Serial, Stage};
use crate::logsql::ast::Query;
use crate::logsql::batch::Row;
use crate::logsql::exec::{Env, RunError};
use crate::logsql::needed::Needed;
use crate::logsql::origins::Origin;
use std::any::Any;
use std::ops::ControlFlow;
use std::sync::Arc;

pub static SPEC: PipeSpec = PipeSpec {
    names: &["union"],
    words: &[],
    example: "app:a | fields user | union (app:b | fields user)",
    help: "the rows, then the rows of another query",
    parse: |parser| Ok(Arc::new(Union { query: Arc::new(parser.subquery()?) })),
};

#[derive(Debug, Clone)]
pub struct Union {
    query: Arc<Query>,
}

impl Pipe for Union {
    fn print(&self, out: &mut String) {
        out.push_str("union (");
        self.query.print_to(out);
        out.push(')');
    }

    fn needs(&self, _needed: &mut Needed) {}

    fn start(&self, _env: &Env<'_>) -> Result<Stage, RunError> {
        Ok(Stage::Serial(Box::new(self.clone())))
    }

    fn origins(&self, name: &str) -> Vec<Origin> {
        let mut origins = self.query.origins(name);
        origins.push(Origin::Field(name.to_owned()));
        origins
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

impl Serial for Union {
    fn push(&mut self, row: Row, emit: &mut Emit<'_>) -> ControlFlow<()> {
        emit(row)
    }

    fn finish(&mut self, env: &Env<'_>, emit: &mut Emit<'_>) -> Result<(), RunError> {
        env.answer(&self.query, emit)
    }
}
