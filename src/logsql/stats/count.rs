//! `count()`: rows. `count(a, b)`: rows where at least one of the fields is not empty.

use super::{Acc, StatsFunc, StatsSpec};
use crate::logsql::batch::Fields;
use crate::logsql::names::Patterns;
use crate::logsql::needed::Needed;
use crate::logsql::parse::{Parsed, Parser};
use crate::logsql::pipes::Seq;
use crate::record::time::Nanos;
use std::any::Any;
use std::sync::Arc;

pub static SPEC: StatsSpec = StatsSpec {
    names: &["count"],
    example: "* | stats count() as rows, count(audit.status_code) as audited",
    help: "rows; with fields, rows where at least one of them is not empty",
    parse,
};

fn parse(parser: &mut Parser) -> Parsed<Arc<dyn StatsFunc>> {
    let fields = parser.patterns_in_parens()?;
    Ok(Arc::new(Count { fields: if fields.0.is_empty() || fields.is_all() { Patterns::all() } else { fields } }))
}

#[derive(Debug, Clone)]
pub struct Count {
    pub fields: Patterns,
}

impl StatsFunc for Count {
    fn print(&self, out: &mut String) {
        out.push_str("count(");
        self.fields.print(out);
        out.push(')');
    }

    fn needs(&self, needed: &mut Needed) {
        if !self.fields.is_all() {
            self.fields.needs(needed);
        }
    }

    fn counts_rows(&self) -> bool {
        self.fields.is_all()
    }

    fn start(&self, _range: (Nanos, Nanos)) -> Box<dyn Acc> {
        Box::new(Counting { fields: (!self.fields.is_all()).then(|| self.fields.clone()), rows: 0 })
    }
}

struct Counting {
    /// `None` counts every row.
    fields: Option<Patterns>,
    rows: u64,
}

impl Acc for Counting {
    fn observe(&mut self, row: &dyn Fields, seq: Seq) {
        self.observe_many(row, seq, 1);
    }

    fn observe_many(&mut self, row: &dyn Fields, _seq: Seq, times: u64) {
        let counted = match &self.fields {
            None => true,
            Some(fields) => {
                let mut found = false;
                fields.each(row, &mut |_, value| found |= !value.is_empty());
                found
            }
        };
        self.rows += if counted { times } else { 0 };
    }

    fn merge(&mut self, other: Box<dyn Acc>) {
        if let Ok(other) = other.into_any().downcast::<Counting>() {
            self.rows += other.rows;
        }
    }

    fn finish(self: Box<Self>) -> String {
        self.rows.to_string()
    }

    fn into_any(self: Box<Self>) -> Box<dyn Any> {
        self
    }
}
