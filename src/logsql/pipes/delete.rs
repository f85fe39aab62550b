//! `delete a, b*`: drops fields.

use super::per_row::{RowPipe, per_row};
use super::{Pipe, PipeSpec};
use crate::logsql::batch::Row;
use crate::logsql::columns::Columns;
use crate::logsql::names::Patterns;
use crate::logsql::needed::Needed;
use crate::logsql::parse::{Parsed, Parser};
use std::sync::Arc;

pub static SPEC: PipeSpec = PipeSpec {
    names: &["delete", "del", "rm", "drop"],
    words: &[],
    example: "* | delete _stream, audit.*",
    help: "drop fields",
    parse,
};

#[derive(Debug, Clone)]
pub struct Delete {
    pub fields: Patterns,
}

fn parse(parser: &mut Parser) -> Parsed<Arc<dyn Pipe>> {
    Ok(per_row(Delete { fields: parser.patterns()? }))
}

impl RowPipe for Delete {
    fn print(&self, out: &mut String) {
        out.push_str("delete ");
        self.fields.print(out);
    }

    fn needs(&self, needed: &mut Needed) {
        self.fields.0.iter().for_each(|pattern| needed.remove_pattern(pattern));
    }

    fn limit_is_newest(&self) -> bool {
        self.keeps_time()
    }

    fn keeps_time(&self) -> bool {
        !self.fields.matches("_time")
    }

    fn columns(&self, before: Columns) -> Columns {
        before.without(|name| self.fields.matches(name))
    }

    fn rewrite(&self, row: &mut Row) {
        row.retain(|name| !self.fields.matches(name));
    }
}
