//! `fields a, b*`: keeps the named fields.

use super::{EachRow, Emit, Pipe, PipeSpec, Stage};
use crate::logsql::batch::Row;
use crate::logsql::columns::Columns;
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

/// Running.
struct Keeping {
    keep: Patterns,
    /// As the store does it: what is kept stays where it is. People get what they list in the order of their list.
    in_place: bool,
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

    fn columns(&self, before: Columns) -> Columns {
        let kept = before.without(|name| !self.keep.matches(name));
        if kept.names().is_some() { kept.with(self.keep.names()) } else { kept }
    }

    fn start(&self, env: &Env<'_>) -> Result<Stage, RunError> {
        Ok(Stage::Each(Box::new(Keeping { keep: self.keep.clone(), in_place: env.order_shows })))
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

impl EachRow for Keeping {
    fn apply(&self, mut row: Row, emit: &mut Emit<'_>) -> ControlFlow<()> {
        match self.keep.plain().filter(|_| !self.in_place) {
            Some(names) => row.select(names.into_iter()),
            None => row.retain(|name| self.keep.matches(name)),
        }
        emit(row)
    }
}
