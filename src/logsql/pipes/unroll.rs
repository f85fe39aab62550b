//! `unroll [if (filter)] by (a, b)`: one row per item of the JSON arrays in the fields.

use super::condition::Condition;
use super::{Blocks, EachRow, Emit, Pipe, PipeSpec, Stage, grammar};
use crate::logsql::batch::Row;
use crate::logsql::columns::Columns;
use crate::logsql::exec::{Env, RunError};
use crate::logsql::names::print_list;
use crate::logsql::needed::Needed;
use crate::logsql::parse::{Parsed, Parser};
use crate::logsql::values::json;
use std::any::Any;
use std::ops::ControlFlow;
use std::sync::Arc;

pub static SPEC: PipeSpec = PipeSpec {
    names: &["unroll"],
    words: &["if", "by"],
    example: "* | unroll by (tags)",
    help: "one row per item of the JSON arrays in the fields",
    parse,
};

/// Shorter arrays are padded with nothing; a value that is no array is one empty item.
#[derive(Debug, Clone)]
pub struct Unroll {
    condition: Condition,
    fields: Vec<String>,
}

fn parse(parser: &mut Parser) -> Parsed<Arc<dyn Pipe>> {
    let condition = Condition::parse(parser)?;
    parser.eat("by");
    let mark = parser.mark();
    let fields = grammar::names(parser)?;
    if fields.is_empty() {
        return Err(parser.error_since(mark, "no field to unroll").expected("at least one field"));
    }
    Ok(Arc::new(Unroll { condition, fields }))
}

impl Pipe for Unroll {
    fn print(&self, out: &mut String) {
        out.push_str("unroll");
        self.condition.print(out);
        out.push_str(" by (");
        print_list(&self.fields, out);
        out.push(')');
    }

    fn needs(&self, needed: &mut Needed) {
        self.fields.iter().for_each(|name| needed.add(name));
        self.condition.needs(needed);
    }

    fn columns(&self, before: Columns) -> Columns {
        before
    }

    fn limit_is_newest(&self) -> bool {
        true
    }

    fn keeps_time(&self) -> bool {
        !self.fields.iter().any(|name| name == "_time")
    }

    fn start(&self, env: &Env<'_>) -> Result<Stage, RunError> {
        let mut running = self.clone();
        running.condition.bind(env)?;
        Ok(Stage::Each(Box::new(running)))
    }

    fn blocks(&self) -> Option<Blocks> {
        Some(Blocks::Origins)
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

fn items(value: &str) -> Vec<String> {
    json::items(value).unwrap_or_default()
}

impl EachRow for Unroll {
    fn apply(&self, row: Row, emit: &mut Emit<'_>) -> ControlFlow<()> {
        if !self.condition.holds(&row) {
            return emit(row);
        }
        let columns: Vec<Vec<String>> = self.fields.iter().map(|name| items(row.get(name))).collect();
        let rows = columns.iter().map(Vec::len).max().unwrap_or(0).max(1);
        for i in 0..rows {
            let mut one = row.clone();
            for (name, column) in self.fields.iter().zip(&columns) {
                one.set(name, column.get(i).map_or("", String::as_str));
            }
            emit(one)?;
        }
        ControlFlow::Continue(())
    }
}
