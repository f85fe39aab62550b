//! `collapse_nums [if (filter)] [at field] [prettify]`: numbers of a field become `<N>`.

use super::condition::Condition;
use super::per_row::{RowPipe, per_row};
use super::{Pipe, PipeSpec};
use crate::logsql::batch::Row;
use crate::logsql::columns::Columns;
use crate::logsql::names::print_word;
use crate::logsql::needed::Needed;
use crate::logsql::parse::{Parsed, Parser};
use crate::logsql::values::collapse;
use std::sync::Arc;

pub static SPEC: PipeSpec = PipeSpec {
    names: &["collapse_nums"],
    words: &["if", "at", "prettify"],
    example: "* | collapse_nums at _msg prettify",
    help: "numbers become <N>, groups of them <UUID>, <IP4>, <TIME>, <DATE>, <DATETIME>",
    parse,
};

/// See [`collapse`] for what counts as a number.
#[derive(Debug, Clone)]
pub struct CollapseNums {
    condition: Condition,
    field: String,
    prettify: bool,
}

fn parse(parser: &mut Parser) -> Parsed<Arc<dyn Pipe>> {
    let condition = Condition::parse(parser)?;
    let field = if parser.eat("at") { parser.field_name()? } else { "_msg".into() };
    let prettify = parser.eat("prettify");
    Ok(per_row(CollapseNums { condition, field, prettify }))
}

impl RowPipe for CollapseNums {
    fn print(&self, out: &mut String) {
        out.push_str("collapse_nums");
        self.condition.print(out);
        if self.field != "_msg" {
            out.push_str(" at ");
            print_word(&self.field, out);
        }
        if self.prettify {
            out.push_str(" prettify");
        }
    }

    fn needs(&self, needed: &mut Needed) {
        if needed.has(&self.field) {
            self.condition.needs(needed);
        }
    }

    fn condition(&mut self) -> Option<&mut Condition> {
        Some(&mut self.condition)
    }

    fn keeps_time(&self) -> bool {
        self.field != "_time"
    }

    fn columns(&self, before: Columns) -> Columns {
        before
    }

    fn rewrite(&self, row: &mut Row) {
        if self.condition.holds(row) {
            let text = collapse::numbers(row.get(&self.field));
            row.set(&self.field, if self.prettify { collapse::prettify(&text) } else { text });
        }
    }
}
