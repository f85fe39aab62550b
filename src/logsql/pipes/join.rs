//! `join by (a, b) (query) [inner] [prefix p]`: adds the fields of another query's rows with the same key.

use super::{Blocks, EachRow, Emit, Pipe, PipeSpec, Stage};
use crate::logsql::ast::Query;
use crate::logsql::batch::Row;
use crate::logsql::exec::{Env, RunError};
use crate::logsql::names::{print_list, print_word};
use crate::logsql::needed::Needed;
use crate::logsql::origins::Origin;
use crate::logsql::parse::{Parsed, Parser};
use std::any::Any;
use std::collections::HashMap;
use std::ops::ControlFlow;
use std::sync::Arc;

pub static SPEC: PipeSpec = PipeSpec {
    names: &["join"],
    words: &["by", "inner", "prefix"],
    example: "* | stats by (user) count() n | join by (user) (level:error | stats by (user) count() errors)",
    help: "add the fields of another query's rows with the same key",
    parse,
};

#[derive(Debug, Clone)]
pub struct Join {
    by: Vec<String>,
    query: Arc<Query>,
    inner: bool,
    prefix: String,
}

fn parse(parser: &mut Parser) -> Parsed<Arc<dyn Pipe>> {
    if !parser.eat("by") {
        parser.eat("on");
    }
    let mark = parser.mark();
    let by = parser.names_in_parens()?;
    if by.is_empty() {
        return Err(parser.error_since(mark, "no field to join by").expected("at least one field"));
    }
    let query = Arc::new(parser.subquery()?);
    let inner = parser.eat("inner");
    let prefix = if parser.eat("prefix") { parser.word("a prefix")? } else { String::new() };
    Ok(Arc::new(Join { by, query, inner, prefix }))
}

impl Pipe for Join {
    fn print(&self, out: &mut String) {
        out.push_str("join by (");
        print_list(&self.by, out);
        out.push_str(") (");
        self.query.print_to(out);
        out.push(')');
        if self.inner {
            out.push_str(" inner");
        }
        if !self.prefix.is_empty() {
            out.push_str(" prefix ");
            print_word(&self.prefix, out);
        }
    }

    fn needs(&self, needed: &mut Needed) {
        self.by.iter().for_each(|name| needed.add(name));
    }

    fn start(&self, env: &Env<'_>) -> Result<Stage, RunError> {
        let mut rows: HashMap<Vec<String>, Vec<Row>> = HashMap::new();
        for mut row in env.rows(&self.query)? {
            let key = key(&self.by, &row);
            self.by.iter().for_each(|name| drop(row.remove(name)));
            rows.entry(key).or_default().push(row);
        }
        Ok(Stage::Each(Box::new(Joining { pipe: self.clone(), rows })))
    }

    fn origins(&self, name: &str) -> Vec<Origin> {
        let mut origins = name.strip_prefix(&self.prefix).map_or_else(Vec::new, |name| self.query.origins(name));
        origins.push(Origin::Field(name.to_owned()));
        origins
    }

    fn blocks(&self) -> Option<Blocks> {
        Some(Blocks::Origins)
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

fn key(by: &[String], row: &Row) -> Vec<String> {
    by.iter().map(|name| row.get(name).to_owned()).collect()
}

/// The other query's rows by key, without the key's fields. Only looked up, never walked through.
struct Joining {
    pipe: Join,
    rows: HashMap<Vec<String>, Vec<Row>>,
}

impl EachRow for Joining {
    fn apply(&self, row: Row, emit: &mut Emit<'_>) -> ControlFlow<()> {
        let Some(others) = self.rows.get(&key(&self.pipe.by, &row)) else {
            return if self.pipe.inner { ControlFlow::Continue(()) } else { emit(row) };
        };
        for other in others {
            let mut joined = row.clone();
            for (name, value) in other.iter() {
                let name = format!("{}{name}", self.pipe.prefix);
                // On a clash the left value wins, unless it is empty.
                if joined.get(&name).is_empty() {
                    joined.set(&name, value);
                }
            }
            emit(joined)?;
        }
        ControlFlow::Continue(())
    }
}
