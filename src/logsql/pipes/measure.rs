//! `len(f) as x`, `json_array_len(f) as x`, `hash(f) as x`: a number told of one field.

use super::per_row::{RowPipe, per_row};
use super::{Pipe, PipeSpec};
use crate::logsql::batch::Row;
use crate::logsql::columns::Columns;
use crate::logsql::names::print_word;
use crate::logsql::needed::Needed;
use crate::logsql::parse::{Parsed, Parser};
use crate::logsql::values::json;
use std::sync::Arc;

pub static LEN: PipeSpec = PipeSpec {
    names: &["len"],
    words: &["as"],
    example: "* | len(_msg) as bytes",
    help: "length of a value in bytes",
    parse: |parser| parse(parser, "len", |value| value.len() as u64),
};

pub static JSON_ARRAY_LEN: PipeSpec = PipeSpec {
    names: &["json_array_len"],
    words: &["as"],
    example: "* | json_array_len(tags) as n",
    help: "number of items of a JSON array; 0 for anything else",
    parse: |parser| parse(parser, "json_array_len", |value| json::items(value).map_or(0, |items| items.len() as u64)),
};

pub static HASH: PipeSpec = PipeSpec {
    names: &["hash"],
    words: &["as"],
    example: "* | hash(user) as h",
    help: "a 53-bit hash of a value",
    parse: |parser| parse(parser, "hash", |value| xxhash_rust::xxh64::xxh64(value.as_bytes(), 0) >> 11),
};

#[derive(Debug, Clone)]
pub struct Measure {
    name: &'static str,
    of: fn(&str) -> u64,
    field: String,
    target: String,
}

fn parse(parser: &mut Parser, name: &'static str, of: fn(&str) -> u64) -> Parsed<Arc<dyn Pipe>> {
    let field = super::grammar::name_with_optional_parens(parser)?;
    let target = super::grammar::optional_as(parser)?.unwrap_or_else(|| "_msg".into());
    Ok(per_row(Measure { name, of, field, target }))
}

impl RowPipe for Measure {
    fn print(&self, out: &mut String) {
        out.push_str(self.name);
        out.push('(');
        print_word(&self.field, out);
        out.push(')');
        if self.target != "_msg" {
            out.push_str(" as ");
            print_word(&self.target, out);
        }
    }

    fn needs(&self, needed: &mut Needed) {
        if needed.has(&self.target) {
            needed.remove(&self.target);
            needed.add(&self.field);
        }
    }

    fn columns(&self, before: Columns) -> Columns {
        before.with([self.target.as_str()])
    }

    fn rewrite(&self, row: &mut Row) {
        let n = (self.of)(row.get(&self.field));
        row.set(&self.target, n.to_string());
    }
}
