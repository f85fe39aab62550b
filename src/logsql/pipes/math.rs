//! `math expr [as x], …`: arithmetic over fields. Later expressions see earlier results.

use super::per_row::{RowPipe, per_row};
use super::{Pipe, PipeSpec};
use crate::logsql::batch::Row;
use crate::logsql::columns::Columns;
use crate::logsql::math::eval::{Scope, eval};
use crate::logsql::math::{Expr, parse as expression};
use crate::logsql::names::print_word;
use crate::logsql::needed::Needed;
use crate::logsql::number;
use crate::logsql::parse::{Parsed, Parser};
use crate::record::time::Nanos;
use std::sync::Arc;

pub static SPEC: PipeSpec = PipeSpec {
    names: &["math", "eval"],
    words: &["as"],
    example: "* | math round(duration_ms / 1000, 0.1) as seconds",
    help: "arithmetic over fields",
    parse,
};

#[derive(Debug, Clone)]
pub struct Math {
    entries: Vec<(Expr, String)>,
    now: Nanos,
}

fn parse(parser: &mut Parser) -> Parsed<Arc<dyn Pipe>> {
    let mut entries = Vec::new();
    loop {
        let expr = expression::parse(parser)?;
        let name = if parser.is(",") || parser.at_pipe_end() {
            let mut text = String::new();
            expr.print(&mut text);
            text
        } else {
            parser.eat("as");
            parser.field_name()?
        };
        entries.push((expr, name));
        if !parser.eat(",") {
            break;
        }
    }
    let uses_now = entries.iter().any(|(expr, _): &(Expr, String)| expr.calls("now"));
    let now = if uses_now { parser.now() } else { 0 };
    Ok(per_row(Math { entries, now }))
}

impl Math {
    /// The fields it sets.
    pub fn results(&self) -> impl Iterator<Item = &str> {
        self.entries.iter().map(|(_, name)| name.as_str())
    }
}

impl RowPipe for Math {
    fn print(&self, out: &mut String) {
        out.push_str("math ");
        for (i, (expr, name)) in self.entries.iter().enumerate() {
            if i > 0 {
                out.push_str(", ");
            }
            let parens = matches!(expr, Expr::Binary { .. });
            out.push_str(if parens { "(" } else { "" });
            expr.print(out);
            out.push_str(if parens { ") as " } else { " as " });
            print_word(name, out);
        }
    }

    fn needs(&self, needed: &mut Needed) {
        for (expr, name) in self.entries.iter().rev() {
            if needed.has(name) {
                needed.remove(name);
                expr.each_field(&mut |field| needed.add(field));
            }
        }
    }

    fn columns(&self, before: Columns) -> Columns {
        before.with(self.results())
    }

    fn rewrite(&self, row: &mut Row) {
        // Random numbers follow from the row alone, so that the answer does not depend on threads.
        let seed = std::cell::Cell::new(if self.entries.iter().any(|(e, _)| e.calls("rand")) {
            super::grammar::row_seed(row)
        } else {
            0
        });
        for (expr, name) in &self.entries {
            let value = eval(expr, &Scope { row, now: self.now, seed: &seed });
            row.set(name, number::print_float(value));
        }
    }
}
