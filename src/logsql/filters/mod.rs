//! Filters: tests of one row. One file per construct, one line in [`FILTERS`].
//!
//! Belongs here: what a filter is, the registry, the frame for tests of a single field. Elsewhere: the boolean tree
//! ([`super::ast::Expr`]) and the grammar around filters ([`super::parse`]).

use super::ast::Expr;
use super::batch::Fields;
use super::exec::{Env, RunError};
use super::names::print_field;
use super::needed::Needed;
use super::parse::{Parsed, Parser};
use crate::record::time::Nanos;
use std::any::Any;
use std::fmt::Debug;

pub mod anycase;
pub mod compare;
pub mod daytime;
pub mod exact;
pub mod field_compare;
pub mod intervals;
pub mod list;
pub mod phrase;
pub mod prefix;
pub mod regexp;
pub mod seq;
pub mod stream;
pub mod stream_id;
pub mod time;
pub mod value_type;

/// A test of one row.
pub trait Filter: Debug + Send + Sync {
    /// Appends the filter in normal form.
    fn print(&self, out: &mut String);

    fn matches(&self, row: &dyn Fields) -> bool;

    /// Adds the fields that [`Filter::matches`] looks at.
    fn needs(&self, needed: &mut Needed);

    /// Rough cost of one test; a byte comparison is 1. Cheaper filters of an And run first.
    fn cost(&self) -> u32 {
        10
    }

    /// Text that every matching row holds in one field, when there is such text.
    fn literal(&self) -> Option<Literal<'_>> {
        None
    }

    /// The field and the test, for filters of a single value.
    fn on_value(&self) -> Option<(&str, &dyn Test)> {
        None
    }

    /// The instants that can match, both included, for `_time` filters.
    fn time_range(&self) -> Option<(Nanos, Nanos)> {
        None
    }

    /// The filter with its subqueries answered; `None` when it has none.
    fn bind(&self, _env: &Env<'_>) -> Result<Option<Expr>, RunError> {
        Ok(None)
    }

    /// The filter as the store tests rows that a pipe was handed, where that differs from how it selects rows.
    fn in_a_pipe(&self) -> Option<Expr> {
        None
    }

    fn as_any(&self) -> &dyn Any;
}

/// A mandatory piece of one field's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Literal<'a> {
    pub field: &'a str,
    pub text: &'a str,
    pub place: Place,
}

/// Where in the value a [`Literal`] stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// The value is the literal.
    Whole,
    /// The value begins with it.
    Start,
    /// Somewhere.
    Anywhere,
}

/// How a filter is written, which decides when its name is one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// `name(...)`; without the parenthesis the name is a word like any other.
    Function,
    /// `name(...)` or `name[...]`.
    Interval,
    /// A sign: `=`, `~`, `>`.
    Sign,
    /// Whatever follows `name:`; the name is a field's.
    Field,
    /// Written without any name: words, prefixes, `{...}`.
    Bare,
}

/// A construct of the language, as the registry lists it.
pub struct FilterSpec {
    pub names: &'static [&'static str],
    pub form: Form,
    /// A complete query that uses it.
    pub example: &'static str,
    /// One line.
    pub help: &'static str,
    /// Parses from after the name (for [`Form::Bare`] from the start). The empty field is "none said", the default one.
    pub parse: fn(&mut Parser, &str) -> Parsed<Expr>,
}

/// Every filter.
pub static FILTERS: &[&FilterSpec] = &[
    &phrase::SPEC,
    &prefix::SPEC,
    &exact::EQUALS,
    &exact::NOT_EQUALS,
    &exact::EXACT,
    &list::IN,
    &list::CONTAINS_ALL,
    &list::CONTAINS_ANY,
    &anycase::SPEC,
    &seq::SPEC,
    &regexp::LIKE,
    &regexp::UNLIKE,
    &regexp::RE,
    &compare::GREATER,
    &compare::LESS,
    &compare::RANGE,
    &intervals::STRING,
    &intervals::LEN,
    &intervals::IPV4,
    &field_compare::EQ,
    &field_compare::LE,
    &field_compare::LT,
    &value_type::SPEC,
    &stream::SPEC,
    &stream::STREAM,
    &stream_id::SPEC,
    &time::SPEC,
];

/// The filter whose name or sign begins with this token.
pub fn find(word: &str) -> Option<&'static FilterSpec> {
    FILTERS
        .iter()
        .find(|f| !matches!(f.form, Form::Field | Form::Bare) && f.names.iter().any(|n| n.eq_ignore_ascii_case(word)))
        .copied()
}

/// The filter that a special field takes.
pub fn of_field(field: &str) -> Option<&'static FilterSpec> {
    FILTERS.iter().find(|f| f.form == Form::Field && f.names.contains(&field)).copied()
}

impl FilterSpec {
    /// Whether the current token, which has this filter's name, is meant as the filter.
    pub fn applies(&self, parser: &Parser) -> bool {
        match self.form {
            Form::Sign => true,
            Form::Function => parser.ahead(1).is("("),
            Form::Interval => parser.ahead(1).is("(") || parser.ahead(1).is("["),
            Form::Field | Form::Bare => false,
        }
    }
}

/// A test of one value.
pub trait Test: Debug + Send + Sync + 'static {
    /// Appends the test as it follows `field:`.
    fn print(&self, out: &mut String);

    fn test(&self, value: &str) -> bool;

    fn cost(&self) -> u32 {
        10
    }

    fn literal(&self) -> Option<(&str, Place)> {
        None
    }

    /// Whether the undecoded bytes of a quoted value alone show that the test passes. Never true for one that would fail.
    fn accepts_raw(&self, _raw: &[u8]) -> bool {
        false
    }

    /// Whether the undecoded bytes alone show that the test fails. Never true for a value that would pass.
    fn rejects_raw(&self, _raw: &[u8]) -> bool {
        false
    }

    /// The phrase, for tests that are one: several of the same field are looked for together.
    fn as_phrase(&self) -> Option<&phrase::Phrase> {
        None
    }
}

/// A [`Test`] bound to a field.
#[derive(Debug)]
pub struct OnField<T> {
    pub field: String,
    pub test: T,
}

/// The filter of a test on a field; the empty field is the default one.
pub fn on_field(field: &str, test: impl Test) -> Expr {
    let field = if field.is_empty() { "_msg" } else { field }.to_owned();
    Expr::leaf(OnField { field, test })
}

impl<T: Test> Filter for OnField<T> {
    fn print(&self, out: &mut String) {
        print_field(&self.field, out);
        self.test.print(out);
    }

    fn matches(&self, row: &dyn Fields) -> bool {
        self.test.test(&row.get(&self.field))
    }

    fn needs(&self, needed: &mut Needed) {
        needed.add(&self.field);
    }

    fn cost(&self) -> u32 {
        self.test.cost()
    }

    fn literal(&self) -> Option<Literal<'_>> {
        self.test.literal().map(|(text, place)| Literal { field: &self.field, text, place })
    }

    fn on_value(&self) -> Option<(&str, &dyn Test)> {
        Some((&self.field, &self.test))
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
