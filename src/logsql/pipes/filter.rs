//! `filter error`: keeps the rows that match.

use super::{EachRow, Emit, Pipe, PipeSpec, Stage};
use crate::logsql::ast::Expr;
use crate::logsql::batch::Row;
use crate::logsql::columns::Columns;
use crate::logsql::exec::{Env, RunError};
use crate::logsql::needed::Needed;
use crate::logsql::parse::{Parsed, Parser};
use std::any::Any;
use std::ops::ControlFlow;
use std::sync::Arc;

pub static SPEC: PipeSpec = PipeSpec {
    names: &["filter", "where"],
    words: &[],
    example: "* | stats by (app) count() rows | filter rows:>100",
    help: "keeps the rows that match a filter; the word `filter` may be left out",
    parse,
};

/// Parses from after the name, which is optional.
pub fn parse(parser: &mut Parser) -> Parsed<Arc<dyn Pipe>> {
    Ok(Arc::new(FilterPipe { filter: parser.pipe_filter()? }))
}

#[derive(Debug, Clone)]
pub struct FilterPipe {
    filter: Expr,
}

impl Pipe for FilterPipe {
    fn print(&self, out: &mut String) {
        out.push_str("filter ");
        self.filter.print(out);
    }

    fn needs(&self, needed: &mut Needed) {
        self.filter.needs(needed);
    }

    fn start(&self, env: &Env<'_>) -> Result<Stage, RunError> {
        Ok(Stage::Each(Box::new(FilterPipe { filter: env.bind(&self.filter)? })))
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

    fn absorb(&self, next: &dyn Pipe) -> Option<Arc<dyn Pipe>> {
        let other = next.as_filter()?;
        Some(Arc::new(FilterPipe { filter: Expr::and(vec![self.filter.clone(), other.clone()]) }))
    }

    fn as_filter(&self) -> Option<&Expr> {
        Some(&self.filter)
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

impl EachRow for FilterPipe {
    fn apply(&self, row: Row, emit: &mut Emit<'_>) -> ControlFlow<()> {
        if self.filter.matches(&row) { emit(row) } else { ControlFlow::Continue(()) }
    }
}
