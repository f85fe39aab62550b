//! `sort by (a, b desc) [partition by (…)] [offset N] [limit N] [rank as x]`, and `first`, `last`: the same in short.

use super::grammar::{print_rank, rank};
use super::key::{self, Keeper, Keyed, Order, SortField};
use super::limit::LimitPipe;
use super::offset::OffsetPipe;
use super::{Blocks, Emit, Gather, Pipe, PipeSpec, Seq, Stage};
use crate::logsql::batch::{Fields, Row};
use crate::logsql::columns::Columns;
use crate::logsql::exec::{Env, RunError};
use crate::logsql::names::print_list;
use crate::logsql::needed::Needed;
use crate::logsql::parse::{Parsed, Parser};
use std::any::Any;
use std::collections::BTreeMap;
use std::sync::Arc;

pub static SORT: PipeSpec = PipeSpec {
    names: &["sort", "order"],
    words: &["by", "asc", "desc", "offset", "limit", "partition", "rank"],
    example: "* | sort by (_time desc) limit 10",
    help: "sort rows; with a limit only the best are kept",
    parse: parse_sort,
};

pub static FIRST: PipeSpec = PipeSpec {
    names: &["first"],
    words: &["by", "asc", "desc", "partition", "rank"],
    example: "* | first 3 by (_time) partition by (user)",
    help: "the first N rows in the order of some fields",
    parse: |parser| parse_short(parser, Form::First),
};

pub static LAST: PipeSpec = PipeSpec {
    names: &["last"],
    words: &["by", "asc", "desc", "partition", "rank"],
    example: "* | last 3 by (_time)",
    help: "the last N rows in the order of some fields",
    parse: |parser| parse_short(parser, Form::Last),
};

/// How it was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Sort,
    First,
    Last,
}

#[derive(Debug, Clone)]
pub struct Sort {
    form: Form,
    by: Vec<SortField>,
    desc: bool,
    partition: Vec<String>,
    offset: u64,
    /// 0 is no limit.
    limit: u64,
    rank: Option<String>,
    /// Whether it puts [its own fields](Sort::first_columns) first, as the store does.
    moves: bool,
}

fn parse_sort(parser: &mut Parser) -> Parsed<Arc<dyn Pipe>> {
    let start = parser.mark();
    let mut sort = Sort::new(Form::Sort);
    if parser.eat("by") || parser.is("(") {
        sort.by = key::parse_fields(parser)?;
    }
    sort.desc = key::direction(parser);
    loop {
        let (mark, offset) = (parser.mark(), parser.is("offset"));
        if offset || parser.is("limit") {
            parser.next();
            let count = if offset { &mut sort.offset } else { &mut sort.limit };
            let twice = std::mem::replace(count, parser.plain_count("a number of rows")?) > 0;
            if twice {
                return Err(parser.error_since(mark, "this was said before").expected("one limit and one offset"));
            }
        } else if parser.eat("partition") {
            sort.partition = partition(parser)?;
        } else if parser.is("rank") {
            sort.rank = rank(parser)?;
        } else {
            break;
        }
    }
    if !sort.partition.is_empty() && sort.limit == 0 {
        return Err(parser.error_since(start, "`partition by` without a limit").expected("`limit N`"));
    }
    Ok(Arc::new(sort))
}

fn partition(parser: &mut Parser) -> Parsed<Vec<String>> {
    parser.eat("by");
    parser.names_in_parens()
}

fn parse_short(parser: &mut Parser, form: Form) -> Parsed<Arc<dyn Pipe>> {
    let limit = if parser.is_any(&["by", "(", "partition", "rank"]) || parser.at_pipe_end() {
        1
    } else {
        let mark = parser.mark();
        let limit = parser.plain_count("a number of rows")?;
        if limit == 0 {
            return Err(parser.error_since(mark, "no row is asked for").expected("a number from 1 on"));
        }
        limit
    };
    let by = if parser.eat("by") || parser.is("(") { key::parse_fields(parser)? } else { Vec::new() };
    let mut sort = Sort { by, desc: form == Form::Last, limit, ..Sort::new(form) };
    loop {
        if parser.eat("partition") {
            sort.partition = partition(parser)?;
        } else if parser.is("rank") {
            sort.rank = rank(parser)?;
        } else {
            return Ok(Arc::new(sort));
        }
    }
}

impl Sort {
    fn new(form: Form) -> Sort {
        Sort { form, by: Vec::new(), desc: false, partition: Vec::new(), offset: 0, limit: 0, rank: None, moves: false }
    }

    fn wanted(&self) -> Option<usize> {
        let end = self.limit.saturating_add(self.offset);
        (self.limit > 0).then(|| usize::try_from(end).unwrap_or(usize::MAX))
    }

    /// The same, separately for every value of `_time`, when only the best rows are kept.
    #[must_use]
    pub fn by_time(&self) -> Sort {
        let mut sort = self.clone();
        if sort.limit > 0 && !sort.partition.iter().any(|name| name == "_time") {
            sort.partition.push("_time".to_owned());
        }
        sort
    }

    /// The fields that come first behind it.
    fn first_columns(&self) -> impl DoubleEndedIterator<Item = &str> {
        self.rank.iter().map(String::as_str).chain(self.by.iter().map(|field| field.name.as_str()))
    }

    fn print_options(&self, out: &mut String) {
        if !self.partition.is_empty() {
            out.push_str(" partition by (");
            print_list(&self.partition, out);
            out.push(')');
        }
        if self.form == Form::Sort && self.offset > 0 {
            out.push_str(&format!(" offset {}", self.offset));
        }
        if self.form == Form::Sort && self.limit > 0 {
            out.push_str(&format!(" limit {}", self.limit));
        }
        print_rank(self.rank.as_deref(), out);
    }
}

impl Pipe for Sort {
    fn print(&self, out: &mut String) {
        match self.form {
            Form::Sort => out.push_str("sort"),
            Form::First => out.push_str("first"),
            Form::Last => out.push_str("last"),
        }
        if self.form != Form::Sort && self.limit != 1 {
            out.push_str(&format!(" {}", self.limit));
        }
        if !self.by.is_empty() {
            out.push_str(" by ");
            key::print_fields(&self.by, out);
        }
        if self.form == Form::Sort && self.desc {
            out.push_str(" desc");
        }
        self.print_options(out);
    }

    fn needs(&self, needed: &mut Needed) {
        // Nothing is looked at behind it, not even what it sorts: the store then does not read its fields either.
        if needed.is_nothing() {
            return;
        }
        if let Some(rank) = &self.rank {
            needed.remove(rank);
        }
        if self.by.is_empty() {
            needed.add_all();
        }
        self.by.iter().for_each(|field| needed.add(&field.name));
        self.partition.iter().for_each(|name| needed.add(name));
    }

    fn loses_fields(&self) -> bool {
        !self.partition.is_empty()
    }

    fn shows_order(&self, columns: &Columns) -> bool {
        self.by.is_empty() && columns.names().is_none()
    }

    fn columns(&self, before: Columns) -> Columns {
        before.behind(self.first_columns())
    }

    fn start(&self, env: &Env<'_>) -> Result<Stage, RunError> {
        let columns = env.columns.names().map(<[String]>::to_vec);
        let order = Order { by: self.by.clone(), desc: self.desc, typed: self.limit > 0, columns };
        let plan = Arc::new((Sort { moves: env.order_shows, ..self.clone() }, order));
        Ok(Stage::Gather(Box::new(Sorting { plan, parts: BTreeMap::new() })))
    }

    fn absorb(&self, next: &dyn Pipe) -> Option<Arc<dyn Pipe>> {
        if self.form != Form::Sort {
            return None;
        }
        if let Some(next) = next.as_any().downcast_ref::<LimitPipe>() {
            // As in the store, `limit 0` behind a sort is no limit.
            let limit = if self.limit == 0 { next.limit } else { self.limit.min(next.limit) };
            return Some(Arc::new(Sort { limit, ..self.clone() }));
        }
        // As in the store, an offset behind another offset or behind a limit of the sort itself is lost.
        let next = next.as_any().downcast_ref::<OffsetPipe>()?;
        let offset = if self.offset == 0 && self.limit == 0 { next.offset } else { self.offset };
        Some(Arc::new(Sort { offset, ..self.clone() }))
    }

    fn blocks(&self) -> Option<Blocks> {
        Some(Blocks::All)
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// The rows so far, by partition. Partitions come out in the order of their keys, shorter texts first.
struct Sorting {
    plan: Arc<(Sort, Order)>,
    parts: BTreeMap<Vec<(usize, String)>, Keeper>,
}

impl Gather for Sorting {
    fn fork(&self) -> Box<dyn Gather> {
        Box::new(Sorting { plan: self.plan.clone(), parts: BTreeMap::new() })
    }

    fn observe(&mut self, row: &dyn Fields, seq: Seq) {
        let (sort, order) = &*self.plan;
        let part = sort.partition.iter().map(|name| row.get(name).into_owned()).map(|v| (v.len(), v)).collect();
        let keyed = Keyed { key: order.key(row), seq, row: row.to_row() };
        self.parts.entry(part).or_default().push(keyed, order, sort.wanted());
    }

    fn merge(&mut self, other: Box<dyn Gather>) {
        let Ok(other) = other.into_any().downcast::<Sorting>() else { return };
        let (sort, order) = &*self.plan;
        for (part, keeper) in other.parts {
            self.parts.entry(part).or_default().merge(keeper, order, sort.wanted());
        }
    }

    fn finish(self: Box<Self>, _env: &Env<'_>, emit: &mut Emit<'_>) -> Result<(), RunError> {
        let (sort, order) = &*self.plan;
        let offset = usize::try_from(sort.offset).unwrap_or(usize::MAX);
        for keeper in self.parts.into_values() {
            for (place, mut row) in keeper.sorted(order, sort.wanted()).into_iter().enumerate().skip(offset) {
                add_rank(&mut row, sort.rank.as_deref(), place);
                if sort.moves {
                    row.move_to_front(sort.first_columns());
                }
                if emit(row).is_break() {
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    fn into_any(self: Box<Self>) -> Box<dyn Any> {
        self
    }
}

fn add_rank(row: &mut Row, name: Option<&str>, place: usize) {
    if let Some(name) = name {
        row.set(name, (place + 1).to_string());
    }
}
