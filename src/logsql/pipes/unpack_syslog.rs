//! `unpack_syslog [if (filter)] [from field] [offset d]`: the parts of a syslog message become fields.

use super::condition::Condition;
use super::per_row::{RowPipe, per_row};
use super::results::Results;
use super::{Pipe, PipeSpec};
use crate::logsql::batch::Row;
use crate::logsql::names::print_word;
use crate::logsql::needed::Needed;
use crate::logsql::number;
use crate::logsql::parse::{Parsed, Parser};
use crate::logsql::values::syslog::{self, Clock};
use std::sync::Arc;

pub static SPEC: PipeSpec = PipeSpec {
    names: &["unpack_syslog"],
    words: &["if", "from", "offset", "result_prefix", "keep_original_fields"],
    example: "* | unpack_syslog from raw",
    help: "set fields from an RFC 5424 or RFC 3164 message in a field",
    parse,
};

#[derive(Debug, Clone)]
pub struct UnpackSyslog {
    condition: Condition,
    from: String,
    offset_text: Option<String>,
    clock: Clock,
    prefix: String,
    results: Results,
}

fn parse(parser: &mut Parser) -> Parsed<Arc<dyn Pipe>> {
    let condition = Condition::parse(parser)?;
    let from = super::grammar::optional_from(parser, &["offset", "result_prefix", "keep_original_fields"])?;
    let mut offset_text = None;
    let mut offset = 0;
    if parser.eat("offset") {
        let mark = parser.mark();
        let text = parser.word("a duration")?;
        offset = number::duration(&text).ok_or_else(|| {
            parser.error_since(mark, format!("`{text}` is not a duration")).expected("a duration such as 2h")
        })?;
        offset_text = Some(text);
    }
    let prefix = if parser.eat("result_prefix") { parser.word("a prefix")? } else { String::new() };
    let results = Results { keep_original_fields: parser.eat("keep_original_fields"), skip_empty_results: false };
    let clock = Clock { now: parser.now(), offset };
    Ok(per_row(UnpackSyslog { condition, from, offset_text, clock, prefix, results }))
}

impl RowPipe for UnpackSyslog {
    fn print(&self, out: &mut String) {
        out.push_str("unpack_syslog");
        self.condition.print(out);
        if self.from != "_msg" {
            out.push_str(" from ");
            print_word(&self.from, out);
        }
        if let Some(text) = &self.offset_text {
            out.push_str(" offset ");
            out.push_str(text);
        }
        if !self.prefix.is_empty() {
            out.push_str(" result_prefix ");
            print_word(&self.prefix, out);
        }
        self.results.print(out);
    }

    fn needs(&self, needed: &mut Needed) {
        self.results.needs(needed, &[], &self.from, &self.condition);
    }

    fn condition(&mut self) -> Option<&mut Condition> {
        Some(&mut self.condition)
    }

    fn rewrite(&self, row: &mut Row) {
        if !self.condition.holds(row) {
            return;
        }
        for (name, value) in syslog::parse(row.get(&self.from), self.clock) {
            self.results.set(row, &format!("{}{name}", self.prefix), value);
        }
    }
}
