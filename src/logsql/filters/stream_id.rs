//! `_stream_id:hex`, `_stream_id:in(hex, …)`: the identity of the row's stream.

use super::list::{Subquery, one_of};
use super::{Filter, FilterSpec, Form};
use crate::logsql::ast::Expr;
use crate::logsql::batch::Fields;
use crate::logsql::exec::{Env, RunError};
use crate::logsql::needed::Needed;
use crate::logsql::parse::{Parsed, Parser};
use std::any::Any;
use std::sync::Arc;

pub static SPEC: FilterSpec = FilterSpec {
    names: &["_stream_id"],
    form: Form::Field,
    example: "_stream_id:00000000000000004d13b1769233df00286c46bc3397c6d9",
    help: "the stream's id, 48 hexadecimal digits, or `in(…)` of several or of a subquery",
    parse,
};

#[derive(Debug, Clone)]
enum StreamId {
    One(String),
    In(Vec<String>),
    Subquery(Arc<Subquery>),
}

fn parse(parser: &mut Parser, _field: &str) -> Parsed<Expr> {
    if !parser.is("in") || !parser.ahead(1).is("(") {
        let mark = parser.mark();
        let id = parser.word("a stream id")?;
        return match valid(&id) {
            true => Ok(Expr::leaf(StreamId::One(id))),
            false => {
                Err(parser.error_since(mark, format!("`{id}` is not a stream id")).expected("48 hexadecimal digits"))
            }
        };
    }
    parser.next();
    let mark = parser.mark();
    let star = parser.ahead(1).is("*");
    if let Some(args) = parser.args().ok().filter(|_| !star) {
        let ids: Vec<String> = args.iter().map(|a| a.text.clone()).collect();
        return match args.iter().find(|a| !valid(&a.text)) {
            None => Ok(Expr::leaf(StreamId::In(ids))),
            Some(bad) => {
                let mut error = parser.error_since(mark, format!("`{}` is not a stream id", bad.text));
                error.span = bad.span.clone();
                Err(error.expected("48 hexadecimal digits"))
            }
        };
    }
    // All streams, or what a subquery finds.
    parser.reset(mark);
    Ok(Subquery::parse(parser)?.map_or(Expr::All, |sub| Expr::leaf(StreamId::Subquery(Arc::new(sub)))))
}

fn valid(id: &str) -> bool {
    id.len() == 48 && id.bytes().all(|b| b.is_ascii_hexdigit())
}

impl Filter for StreamId {
    fn print(&self, out: &mut String) {
        out.push_str("_stream_id:");
        match self {
            StreamId::One(id) => out.push_str(id),
            StreamId::In(ids) => out.push_str(&format!("in({})", ids.join(","))),
            StreamId::Subquery(sub) => {
                out.push_str("in(");
                sub.print(out);
                out.push(')');
            }
        }
    }

    fn matches(&self, row: &dyn Fields) -> bool {
        let id = row.get("_stream_id");
        match self {
            StreamId::One(one) => id.eq_ignore_ascii_case(one),
            StreamId::In(ids) => ids.iter().any(|one| id.eq_ignore_ascii_case(one)),
            StreamId::Subquery(_) => false,
        }
    }

    fn needs(&self, needed: &mut Needed) {
        needed.add("_stream_id");
    }

    fn cost(&self) -> u32 {
        1
    }

    fn bind(&self, env: &Env<'_>) -> Result<Option<Expr>, RunError> {
        let StreamId::Subquery(sub) = self else { return Ok(None) };
        Ok(Some(one_of("_stream_id", sub.values(env)?)))
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
