//! The frame for pipes that rewrite one row at a time.

use super::condition::Condition;
use super::{EachRow, Emit, Pipe, Stage};
use crate::logsql::batch::Row;
use crate::logsql::columns::Columns;
use crate::logsql::exec::{Env, RunError};
use crate::logsql::needed::Needed;
use crate::logsql::origins::Origin;
use std::any::Any;
use std::fmt::Debug;
use std::ops::ControlFlow;
use std::sync::Arc;

/// A pipe that turns a row into a row.
pub trait RowPipe: Debug + Clone + Send + Sync + 'static {
    /// Appends the pipe in normal form, name first.
    fn print(&self, out: &mut String);

    /// Turns what later steps need into what this pipe needs from its input.
    fn needs(&self, needed: &mut Needed);

    /// See [`Pipe::loses_fields`].
    fn loses_fields(&self) -> bool {
        false
    }

    /// See [`Pipe::shows_order`].
    fn shows_order(&self) -> bool {
        false
    }

    /// See [`Pipe::columns`].
    fn columns(&self, _before: Columns) -> Columns {
        Columns::Rows
    }

    /// Told before the first row whether a step looks at the order of fields ([`Env::order_shows`]).
    fn keep_order(&mut self, _shows: bool) {}

    fn rewrite(&self, row: &mut Row);

    /// See [`Pipe::origins`].
    fn origins(&self, name: &str) -> Vec<Origin> {
        vec![Origin::Field(name.to_owned())]
    }

    /// Its `if (filter)`, which may hold subqueries.
    fn condition(&mut self) -> Option<&mut Condition> {
        None
    }

    /// See [`Pipe::limit_is_newest`].
    fn limit_is_newest(&self) -> bool {
        true
    }

    /// Whether `_time` stays what it was.
    fn keeps_time(&self) -> bool {
        true
    }
}

/// The pipe of a row rewriter.
pub fn per_row(rewriter: impl RowPipe) -> Arc<dyn Pipe> {
    Arc::new(PerRow(rewriter))
}

#[derive(Debug)]
struct PerRow<T>(T);

impl<T: RowPipe> Pipe for PerRow<T> {
    fn print(&self, out: &mut String) {
        self.0.print(out);
    }

    fn needs(&self, needed: &mut Needed) {
        self.0.needs(needed);
    }

    fn loses_fields(&self) -> bool {
        self.0.loses_fields()
    }

    fn shows_order(&self, _columns: &Columns) -> bool {
        self.0.shows_order()
    }

    fn columns(&self, before: Columns) -> Columns {
        self.0.columns(before)
    }

    fn start(&self, env: &Env<'_>) -> Result<Stage, RunError> {
        let mut running = self.0.clone();
        if let Some(condition) = running.condition() {
            condition.bind(env)?;
        }
        running.keep_order(env.order_shows);
        Ok(Stage::Each(Box::new(PerRow(running))))
    }

    fn limit_is_newest(&self) -> bool {
        self.0.limit_is_newest()
    }

    fn origins(&self, name: &str) -> Vec<Origin> {
        self.0.origins(name)
    }

    fn keeps_time(&self) -> bool {
        self.0.keeps_time()
    }

    fn as_any(&self) -> &dyn Any {
        &self.0
    }
}

impl<T: RowPipe> EachRow for PerRow<T> {
    fn apply(&self, mut row: Row, emit: &mut Emit<'_>) -> ControlFlow<()> {
        self.0.rewrite(&mut row);
        emit(row)
    }
}
