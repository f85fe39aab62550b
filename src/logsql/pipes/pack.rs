//! `pack_json` and `pack_logfmt`: fields packed into one.

use super::per_row::{RowPipe, per_row};
use super::{Pipe, PipeSpec};
use crate::logsql::batch::Row;
use crate::logsql::columns::Columns;
use crate::logsql::names::{Patterns, print_word};
use crate::logsql::needed::Needed;
use crate::logsql::parse::{Parsed, Parser};
use crate::logsql::values::{json, logfmt};
use std::sync::Arc;

pub static JSON: PipeSpec = PipeSpec {
    names: &["pack_json"],
    words: &["fields", "as"],
    example: "* | pack_json fields (host, user) as packed",
    help: "pack fields into one JSON object",
    parse: |parser| {
        parse(parser, "pack_json", |fields| json::object(fields.iter().map(|(n, v)| (n.as_str(), v.as_str()))))
    },
};

pub static LOGFMT: PipeSpec = PipeSpec {
    names: &["pack_logfmt"],
    words: &["fields", "as"],
    example: "* | pack_logfmt fields (host, user) as packed",
    help: "pack fields into one logfmt line",
    parse: |parser| parse(parser, "pack_logfmt", to_logfmt),
};

#[derive(Debug, Clone)]
pub struct Pack {
    name: &'static str,
    pack: fn(&[(String, String)]) -> String,
    fields: Patterns,
    target: String,
}

fn parse(parser: &mut Parser, name: &'static str, pack: fn(&[(String, String)]) -> String) -> Parsed<Arc<dyn Pipe>> {
    let fields = if parser.eat("fields") { parser.patterns_in_parens()? } else { Patterns::all() };
    let fields = if fields.is_all() { Patterns::all() } else { fields };
    let target = super::grammar::optional_as(parser)?.unwrap_or_else(|| "_msg".into());
    Ok(per_row(Pack { name, pack, fields, target }))
}

fn to_logfmt(fields: &[(String, String)]) -> String {
    let mut out = String::new();
    for (name, value) in fields {
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(if name.is_empty() { "_msg" } else { name });
        out.push('=');
        if logfmt::needs_quotes(value) { json::quote_into(value, &mut out) } else { out.push_str(value) }
    }
    out
}

impl RowPipe for Pack {
    fn print(&self, out: &mut String) {
        out.push_str(self.name);
        if !self.fields.is_all() {
            out.push_str(" fields (");
            self.fields.print(out);
            out.push(')');
        }
        if self.target != "_msg" {
            out.push_str(" as ");
            print_word(&self.target, out);
        }
    }

    fn needs(&self, needed: &mut Needed) {
        if needed.has(&self.target) {
            needed.remove(&self.target);
            self.fields.needs(needed);
        }
    }

    fn columns(&self, before: Columns) -> Columns {
        before.with([self.target.as_str()])
    }

    fn rewrite(&self, row: &mut Row) {
        // In the order of the row, whatever the order of the list.
        let chosen = row.iter().filter(|(name, _)| self.fields.matches(name));
        let fields: Vec<(String, String)> = chosen.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        row.set(&self.target, (self.pack)(&fields));
    }

    fn shows_order(&self) -> bool {
        true
    }
}
