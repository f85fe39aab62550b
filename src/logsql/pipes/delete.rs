//! `delete a, b*`: drops fields.

use super::per_row::{RowPipe, per_row};
use super::{Pipe, PipeSpec};
use crate::logsql::batch::Row;
use crate::logsql::names::{Pattern, Patterns};
use crate::logsql::needed::Needed;
use crate::logsql::parse::{Parsed, Parser};
use std::sync::Arc;

pub static SPEC: PipeSpec = PipeSpec {
    names: &["delete", "del", "rm", "drop"],
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
        for pattern in &self.fields.0 {
            if let Pattern::Name(name) = pattern {
                needed.remove(name);
            }
        }
    }

    fn keeps_time(&self) -> bool {
        !self.fields.matches("_time")
    }

    fn rewrite(&self, row: &mut Row) {
        row.retain(|name| !self.fields.matches(name));
    }
}
