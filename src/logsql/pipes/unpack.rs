//! `unpack_json` and `unpack_logfmt`: the pairs inside a text become fields.

use super::condition::Condition;
use super::per_row::{RowPipe, per_row};
use super::results::Results;
use super::{Pipe, PipeSpec};
use crate::logsql::batch::Row;
use crate::logsql::names::{Pattern, Patterns, print_word};
use crate::logsql::needed::Needed;
use crate::logsql::parse::{Parsed, Parser};
use crate::logsql::values::{json, logfmt};
use std::sync::Arc;

pub static JSON: PipeSpec = PipeSpec {
    names: &["unpack_json"],
    words: &["if", "from", "fields", "result_prefix", "keep_original_fields", "skip_empty_results"],
    example: "* | unpack_json from payload fields (user, ip)",
    help: "set fields from a JSON object in a field",
    parse: |parser| {
        parse(parser, "unpack_json", |text| text.starts_with('{').then(|| json::flatten(text).unwrap_or_default()))
    },
};

pub static LOGFMT: PipeSpec = PipeSpec {
    names: &["unpack_logfmt"],
    words: &["if", "from", "fields", "result_prefix", "keep_original_fields", "skip_empty_results"],
    example: "* | unpack_logfmt fields (user, ip)",
    help: "set fields from k=v pairs in a field",
    parse: |parser| parse(parser, "unpack_logfmt", |text| Some(logfmt::parse(text))),
};

type Pairs = Vec<(String, String)>;

#[derive(Debug, Clone)]
pub struct Unpack {
    name: &'static str,
    /// `None` when the text is of another kind and the row stays as it is.
    read: fn(&str) -> Option<Pairs>,
    condition: Condition,
    from: String,
    fields: Patterns,
    prefix: String,
    results: Results,
}

fn parse(parser: &mut Parser, name: &'static str, read: fn(&str) -> Option<Pairs>) -> Parsed<Arc<dyn Pipe>> {
    let condition = Condition::parse(parser)?;
    let from = super::grammar::optional_from(
        parser,
        &["fields", "result_prefix", "keep_original_fields", "skip_empty_results"],
    )?;
    let fields = if parser.eat("fields") { parser.patterns_in_parens()? } else { Patterns::all() };
    let fields = if fields.is_all() { Patterns::all() } else { fields };
    let prefix = if parser.eat("result_prefix") { parser.word("a prefix")? } else { String::new() };
    let results = Results::parse(parser);
    Ok(per_row(Unpack { name, read, condition, from, fields, prefix, results }))
}

impl Unpack {
    /// The chosen pairs, then listed names that are not there, emptied.
    fn chosen(&self, mut pairs: Pairs) -> Pairs {
        pairs.retain(|(name, _)| self.fields.matches(name));
        for pattern in &self.fields.0 {
            if let Pattern::Name(name) = pattern
                && !pairs.iter().any(|(n, _)| n == name)
            {
                pairs.push((name.clone(), String::new()));
            }
        }
        pairs
    }
}

impl RowPipe for Unpack {
    fn print(&self, out: &mut String) {
        out.push_str(self.name);
        self.condition.print(out);
        if self.from != "_msg" {
            out.push_str(" from ");
            print_word(&self.from, out);
        }
        if !self.fields.is_all() {
            out.push_str(" fields (");
            self.fields.print(out);
            out.push(')');
        }
        if !self.prefix.is_empty() {
            out.push_str(" result_prefix ");
            print_word(&self.prefix, out);
        }
        self.results.print(out);
    }

    fn needs(&self, needed: &mut Needed) {
        // The store forgets the prefix here.
        self.results.needs(needed, &self.fields.0, &self.from, &self.condition);
    }

    fn loses_fields(&self) -> bool {
        let names = self.fields.0.iter().any(|field| matches!(field, Pattern::Name(_)));
        !self.prefix.is_empty() || (names && self.results.overwrites())
    }

    fn condition(&mut self) -> Option<&mut Condition> {
        Some(&mut self.condition)
    }

    fn rewrite(&self, row: &mut Row) {
        if !self.condition.holds(row) {
            return;
        }
        let Some(pairs) = (self.read)(row.get(&self.from)) else { return };
        for (name, value) in self.chosen(pairs) {
            self.results.set(row, &format!("{}{name}", self.prefix), value);
        }
    }
}
