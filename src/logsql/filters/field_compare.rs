//! `a:eq_field(b)`, `a:le_field(b)`, `a:lt_field(b)`: two fields of the same row.

use super::{Filter, FilterSpec, Form};
use crate::logsql::ast::Expr;
use crate::logsql::batch::Fields;
use crate::logsql::names::{print_field, print_word};
use crate::logsql::needed::Needed;
use crate::logsql::number::full;
use crate::logsql::parse::{Parsed, Parser};
use std::any::Any;

pub static EQ: FilterSpec = FilterSpec {
    names: &["eq_field"],
    form: Form::Function,
    example: "user:eq_field(owner)",
    help: "both fields hold the same text",
    parse: |parser, field| parse(parser, field, Kind::Eq),
};

pub static LE: FilterSpec = FilterSpec {
    names: &["le_field"],
    form: Form::Function,
    example: "used:le_field(quota)",
    help: "this field is less than or equal to the other: as numbers if both are, otherwise as bytes",
    parse: |parser, field| parse(parser, field, Kind::Le),
};

pub static LT: FilterSpec = FilterSpec {
    names: &["lt_field"],
    form: Form::Function,
    example: "quota:lt_field(used)",
    help: "this field is less than the other: as numbers if both are, otherwise as bytes",
    parse: |parser, field| parse(parser, field, Kind::Lt),
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Eq,
    Le,
    Lt,
}

#[derive(Debug)]
struct Compare {
    field: String,
    other: String,
    kind: Kind,
}

fn parse(parser: &mut Parser, field: &str, kind: Kind) -> Parsed<Expr> {
    let name = ["eq_field", "le_field", "lt_field"][kind as usize];
    let [other] = parser.args_of::<1>(name)?;
    let field = if field.is_empty() { "_msg" } else { field }.to_owned();
    let other = if other.text.is_empty() { "_msg".to_owned() } else { other.text };
    Ok(Expr::leaf(Compare { field, other, kind }))
}

impl Filter for Compare {
    fn print(&self, out: &mut String) {
        print_field(&self.field, out);
        out.push_str(match self.kind {
            Kind::Eq => "eq_field(",
            Kind::Le => "le_field(",
            Kind::Lt => "lt_field(",
        });
        print_word(&self.other, out);
        out.push(')');
    }

    fn matches(&self, row: &dyn Fields) -> bool {
        let (a, b) = (row.get(&self.field), row.get(&self.other));
        if self.kind == Kind::Eq {
            return a == b;
        }
        let equal = self.kind == Kind::Le;
        match (full(&a), full(&b)) {
            (Some(a), Some(b)) => a < b || (equal && a == b),
            _ => a < b || (equal && a == b),
        }
    }

    fn needs(&self, needed: &mut Needed) {
        needed.add(&self.field);
        needed.add(&self.other);
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
