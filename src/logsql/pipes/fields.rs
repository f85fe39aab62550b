//! `fields a, b*`: keeps the named fields.

use super::{EachRow, Emit, Pipe, PipeSpec, Stage};
use crate::logsql::batch::Row;
use crate::logsql::exec::{Env, RunError};
use crate::logsql::names::Patterns;
use crate::logsql::needed::Needed;
use std::any::Any;
use std::ops::ControlFlow;
use std::sync::Arc;

pub static SPEC: PipeSpec = PipeSpec {
    names: &["fields", "keep"],
    words: &[],
    example: "* | fields _time, audit.*",
    help: "keeps the named fields, in this order; names may end in a star",
    parse: |parser| Ok(Arc::new(FieldsPipe { keep: parser.patterns()? })),
};

#[derive(Debug, Clone)]
pub struct FieldsPipe {
    pub keep: Patterns,
}

impl Pipe for FieldsPipe {
    fn print(&self, out: &mut String) {
        out.push_str("fields ");
        if self.keep.is_all() { out.push('*') } else { self.keep.print(out) }
    }

    fn needs(&self, needed: &mut Needed) {
        let mut wanted = Needed::nothing();
        self.keep.0.iter().filter(|field| needed.has_pattern(field)).for_each(|field| wanted.add_pattern(field));
        *needed = wanted;
    }

    fn start(&self, _env: &Env<'_>) -> Result<Stage, RunError> {
        Ok(Stage::Each(Box::new(self.clone())))
    }

    fn limit_is_newest(&self) -> bool {
        self.keeps_time()
    }

    fn keeps_time(&self) -> bool {
        self.keep.matches("_time")
    }

    fn single_field(&self) -> Option<&str> {
        match self.keep.plain()?.as_slice() {
            [name] => Some(name),
            _ => None,
        }
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

impl EachRow for FieldsPipe {
    fn apply(&self, mut row: Row, emit: &mut Emit<'_>) -> ControlFlow<()> {
        match self.keep.plain() {
            Some(names) => row.select(names.into_iter()),
            None => row.retain(|name| self.keep.matches(name)),
        }
        emit(row)
    }
}
