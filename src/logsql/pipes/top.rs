//! `top [N] by (a, b) [hits as x] [rank as y]`: the most frequent values.

use super::grammar::{by_list, free_name, print_rank, rank, whole_part};
use super::tally::Tally;
use super::{Blocks, Emit, Gather, KeyField, Pipe, PipeSpec, Seq, Stage};
use crate::logsql::batch::{Fields, Row};
use crate::logsql::columns::Columns;
use crate::logsql::exec::{Env, RunError};
use crate::logsql::names::{print_list, print_word};
use crate::logsql::needed::Needed;
use crate::logsql::number;
use crate::logsql::parse::{Parsed, Parser};
use std::any::Any;
use std::sync::Arc;

pub static SPEC: PipeSpec = PipeSpec {
    names: &["top"],
    words: &["by", "hits", "as", "rank"],
    example: "* | top 5 by (audit.status_code)",
    help: "the most frequent values of some fields, 10 if no number is given",
    parse,
};

/// How many values are given if no number is.
const DEFAULT_LIMIT: u64 = 10;

#[derive(Debug, Clone)]
pub struct Top {
    limit: u64,
    /// The limit as written.
    limit_text: String,
    by: Vec<String>,
    hits: String,
    rank: Option<String>,
}

fn parse(parser: &mut Parser) -> Parsed<Arc<dyn Pipe>> {
    let (limit, limit_text) = limit(parser)?;
    let by = by_list(parser, "top", &["hits", "rank"])?;
    let mut top = Top { limit, limit_text, hits: "hits".into(), rank: None, by };
    loop {
        if parser.eat("hits") {
            parser.eat("as");
            top.hits = parser.field_name()?;
        } else if parser.is("rank") {
            top.rank = rank(parser)?.map(|name| free_name(&name, &top.by));
        } else {
            top.hits = free_name(&top.hits, &top.by);
            return Ok(Arc::new(top));
        }
    }
}

/// The number of values and its text: any number of one and more, of which the whole part counts.
fn limit(parser: &mut Parser) -> Parsed<(u64, String)> {
    if !number::is_number_like(&parser.token().text) {
        return Ok((DEFAULT_LIMIT, DEFAULT_LIMIT.to_string()));
    }
    whole_part(parser, "a number of values", 1.0)
}

impl Pipe for Top {
    fn print(&self, out: &mut String) {
        out.push_str("top");
        if self.limit != DEFAULT_LIMIT {
            out.push(' ');
            print_word(&self.limit_text, out);
        }
        out.push_str(" by (");
        print_list(&self.by, out);
        out.push(')');
        if self.hits != free_name("hits", &self.by) {
            out.push_str(" hits as ");
            print_word(&self.hits, out);
        }
        print_rank(self.rank.as_deref(), out);
    }

    fn needs(&self, needed: &mut Needed) {
        *needed = Needed::nothing();
        self.by.iter().for_each(|name| needed.add(name));
    }

    fn columns(&self, _before: Columns) -> Columns {
        Columns::Named(self.by.clone()).with([self.hits.as_str()]).with(self.rank.as_deref())
    }

    fn start(&self, _env: &Env<'_>) -> Result<Stage, RunError> {
        Ok(Stage::Gather(Box::new(Counting { pipe: Arc::new(self.clone()), tally: Tally::default() })))
    }

    fn blocks(&self) -> Option<Blocks> {
        Some(Blocks::All)
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

struct Counting {
    pipe: Arc<Top>,
    tally: Tally,
}

impl Gather for Counting {
    fn fork(&self) -> Box<dyn Gather> {
        Box::new(Counting { pipe: self.pipe.clone(), tally: Tally::default() })
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

    fn best(&self) -> Option<usize> {
        usize::try_from(self.pipe.limit).ok()
    }

    fn merge(&mut self, other: Box<dyn Gather>) {
        if let Ok(other) = other.into_any().downcast::<Counting>() {
            self.tally.merge(other.tally);
        }
    }

    fn finish(self: Box<Self>, _env: &Env<'_>, emit: &mut Emit<'_>) -> Result<(), RunError> {
        let limit = usize::try_from(self.pipe.limit).unwrap_or(usize::MAX);
        for (place, counted) in self.tally.by_hits(limit).into_iter().enumerate() {
            let mut row = Row::new();
            for (name, value) in self.pipe.by.iter().zip(counted.values) {
                row.set(name, value);
            }
            row.set(&self.pipe.hits, counted.hits.to_string());
            if let Some(name) = &self.pipe.rank {
                row.set(name, (place + 1).to_string());
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
