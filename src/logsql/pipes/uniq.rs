//! `uniq by (a, b) [with hits] [limit N]` and `field_values f [limit N]`: distinct values.

use super::grammar::{by_list, free_name};
use super::limit::LimitPipe;
use super::tally::Tally;
use super::{Emit, Gather, KeyField, Pipe, PipeSpec, Seq, Stage};
use crate::logsql::batch::{Fields, Row};
use crate::logsql::columns::Columns;
use crate::logsql::exec::{Env, RunError};
use crate::logsql::names::{print_list, print_word};
use crate::logsql::needed::Needed;
use crate::logsql::parse::{Parsed, Parser};
use std::any::Any;
use std::sync::Arc;

pub static UNIQ: PipeSpec = PipeSpec {
    names: &["uniq"],
    words: &["by", "with", "hits", "limit"],
    example: "* | uniq by (user) with hits",
    help: "distinct values of some fields, in first-seen order",
    parse: parse_uniq,
};

pub static FIELD_VALUES: PipeSpec = PipeSpec {
    names: &["field_values"],
    words: &["limit"],
    example: "* | field_values user",
    help: "distinct values of a field with their rows",
    parse: parse_field_values,
};

#[derive(Debug, Clone)]
pub struct Uniq {
    is_field_values: bool,
    by: Vec<String>,
    hits: bool,
    /// 0 is no limit.
    limit: u64,
}

fn parse_uniq(parser: &mut Parser) -> Parsed<Arc<dyn Pipe>> {
    let by = by_list(parser, "uniq", &["with", "hits", "limit"])?;
    let hits = if parser.eat("with") {
        parser.expect("hits", "after `with`")?;
        true
    } else {
        parser.eat("hits")
    };
    let limit = if parser.eat("limit") { parser.plain_count("a number of values")? } else { 0 };
    Ok(Arc::new(Uniq { is_field_values: false, by, hits, limit }))
}

fn parse_field_values(parser: &mut Parser) -> Parsed<Arc<dyn Pipe>> {
    let by = vec![super::grammar::name_with_optional_parens(parser)?];
    let limit = if parser.eat("limit") { parser.count("a number of values")? } else { 0 };
    Ok(Arc::new(Uniq { is_field_values: true, by, hits: true, limit }))
}

impl Uniq {
    /// `uniq by (name)`.
    pub fn of(name: &str) -> Uniq {
        Uniq { is_field_values: false, by: vec![name.to_owned()], hits: false, limit: 0 }
    }
}

impl Pipe for Uniq {
    fn print(&self, out: &mut String) {
        if self.is_field_values {
            out.push_str("field_values ");
            print_word(&self.by[0], out);
        } else {
            out.push_str("uniq by (");
            print_list(&self.by, out);
            out.push_str(if self.hits { ") with hits" } else { ")" });
        }
        if self.limit > 0 {
            out.push_str(&format!(" limit {}", self.limit));
        }
    }

    fn needs(&self, needed: &mut Needed) {
        *needed = Needed::nothing();
        self.by.iter().for_each(|name| needed.add(name));
    }

    fn columns(&self, _before: Columns) -> Columns {
        let columns = Columns::Named(self.by.clone());
        if self.hits { columns.with([free_name("hits", &self.by).as_str()]) } else { columns }
    }

    fn start(&self, _env: &Env<'_>) -> Result<Stage, RunError> {
        Ok(Stage::Gather(Box::new(Collecting { pipe: Arc::new(self.clone()), tally: Tally::default() })))
    }

    fn absorb(&self, next: &dyn Pipe) -> Option<Arc<dyn Pipe>> {
        let next = next.as_any().downcast_ref::<LimitPipe>().filter(|_| !self.is_field_values)?;
        // As in the store, `limit 0` behind it is no limit.
        let limit = if self.limit == 0 { next.limit } else { self.limit.min(next.limit) };
        Some(Arc::new(Uniq { limit, ..self.clone() }))
    }

    fn single_field(&self) -> Option<&str> {
        match self.by.as_slice() {
            [name] if !self.is_field_values => Some(name),
            _ => None,
        }
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

struct Collecting {
    pipe: Arc<Uniq>,
    tally: Tally,
}

impl Gather for Collecting {
    fn fork(&self) -> Box<dyn Gather> {
        Box::new(Collecting { pipe: self.pipe.clone(), tally: Tally::default() })
    }

    fn observe(&mut self, row: &dyn Fields, seq: Seq) {
        self.tally.add(row, &self.pipe.by, seq);
    }

    fn observe_many(&mut self, row: &dyn Fields, seq: Seq, times: u64) {
        self.tally.add_many(row, &self.pipe.by, seq, times);
    }

    fn keys(&self) -> Option<Vec<KeyField>> {
        Some(KeyField::plain(&self.pipe.by))
    }

    fn merge(&mut self, other: Box<dyn Gather>) {
        if let Ok(other) = other.into_any().downcast::<Collecting>() {
            self.tally.merge(other.tally);
        }
    }

    fn finish(self: Box<Self>, _env: &Env<'_>, emit: &mut Emit<'_>) -> Result<(), RunError> {
        let found = self.tally.by_first_seen();
        let limit = usize::try_from(self.pipe.limit).unwrap_or(usize::MAX);
        // Past the limit the store no longer counts, and says so with zeros.
        let cut = limit > 0 && found.len() > limit;
        let shown = if limit > 0 { limit } else { usize::MAX };
        let hits_name = free_name("hits", &self.pipe.by);
        for counted in found.into_iter().take(shown) {
            let mut row = Row::new();
            for (name, value) in self.pipe.by.iter().zip(counted.values) {
                row.set(name, value);
            }
            if self.pipe.hits {
                row.set(&hits_name, if cut { "0".into() } else { counted.hits.to_string() });
            }
            if emit(row).is_break() {
                break;
            }
        }
        Ok(())
    }

    fn into_any(self: Box<Self>) -> Box<dyn Any> {
        self
    }
}
