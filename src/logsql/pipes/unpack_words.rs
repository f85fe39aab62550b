//! `unpack_words [from field] [as x] [drop_duplicates]`: the words of a text as a JSON array.

use super::per_row::{RowPipe, per_row};
use super::{Pipe, PipeSpec};
use crate::logsql::batch::Row;
use crate::logsql::columns::Columns;
use crate::logsql::names::print_word;
use crate::logsql::needed::Needed;
use crate::logsql::origins::Origin;
use crate::logsql::parse::{Parsed, Parser};
use crate::logsql::text;
use crate::logsql::values::json;
use std::collections::HashSet;
use std::sync::Arc;

pub static SPEC: PipeSpec = PipeSpec {
    names: &["unpack_words"],
    words: &["from", "as", "drop_duplicates"],
    example: "* | unpack_words from _msg as words",
    help: "the words of a field as a JSON array",
    parse,
};

#[derive(Debug, Clone)]
pub struct UnpackWords {
    from: String,
    target: String,
    drop_duplicates: bool,
}

fn parse(parser: &mut Parser) -> Parsed<Arc<dyn Pipe>> {
    let from = super::grammar::optional_from(parser, &["as", "drop_duplicates"])?;
    let named = parser.eat("as") || !(parser.at_pipe_end() || parser.is("drop_duplicates"));
    let target = if named { parser.field_name()? } else { from.clone() };
    let drop_duplicates = parser.eat("drop_duplicates");
    Ok(per_row(UnpackWords { from, target, drop_duplicates }))
}

impl RowPipe for UnpackWords {
    fn print(&self, out: &mut String) {
        out.push_str("unpack_words");
        if self.from != "_msg" {
            out.push_str(" from ");
            print_word(&self.from, out);
        }
        if self.target != self.from {
            out.push_str(" as ");
            print_word(&self.target, out);
        }
        if self.drop_duplicates {
            out.push_str(" drop_duplicates");
        }
    }

    fn needs(&self, needed: &mut Needed) {
        if needed.has(&self.target) {
            needed.remove(&self.target);
            needed.add(&self.from);
        }
    }

    fn origins(&self, name: &str) -> Vec<Origin> {
        vec![Origin::Field(if name == self.target { &self.from } else { name }.to_owned())]
    }

    fn columns(&self, before: Columns) -> Columns {
        before.with([self.target.as_str()])
    }

    fn rewrite(&self, row: &mut Row) {
        let mut seen = HashSet::new();
        let words = text::words(row.get(&self.from)).filter(|word| !self.drop_duplicates || seen.insert(*word));
        let packed = json::array(words);
        row.set(&self.target, packed);
    }
}
