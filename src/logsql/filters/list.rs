//! `in(a, b)`, `contains_all(a, b)`, `contains_any(a, b)`: lists of values or phrases, or those of a subquery.

use super::phrase::Phrase;
use super::prefix::Prefix;
use super::{Filter, FilterSpec, Form, OnField, Test, on_field};
use crate::logsql::ast::{Expr, Query};
use crate::logsql::batch::Fields;
use crate::logsql::exec::{Env, RunError};
use crate::logsql::names::{print_field, print_word};
use crate::logsql::needed::Needed;
use crate::logsql::parse::{Parsed, Parser};
use crate::logsql::pipes::uniq::Uniq;
use std::any::Any;
use std::collections::HashSet;
use std::sync::Arc;

pub static IN: FilterSpec = FilterSpec {
    names: &["in"],
    form: Form::Function,
    example: "audit.status_code:in(401, 403)",
    help: "the value is one of these, or of those that a subquery gives",
    parse: |parser, field| parse(parser, field, Kind::In),
};

pub static CONTAINS_ALL: FilterSpec = FilterSpec {
    names: &["contains_all"],
    form: Form::Function,
    example: r#"contains_all("login failed", root)"#,
    help: "all of these words or phrases occur",
    parse: |parser, field| parse(parser, field, Kind::All),
};

pub static CONTAINS_ANY: FilterSpec = FilterSpec {
    names: &["contains_any"],
    form: Form::Function,
    example: "contains_any(unauthorized, forbidden)",
    help: "any of these words or phrases occurs",
    parse: |parser, field| parse(parser, field, Kind::Any),
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    In,
    All,
    Any,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Kind::In => "in",
            Kind::All => "contains_all",
            Kind::Any => "contains_any",
        }
    }
}

/// A list filter. Until it is bound a subquery stands for its values.
#[derive(Debug, Clone)]
struct List {
    field: String,
    kind: Kind,
    values: Values,
}

#[derive(Debug, Clone)]
enum Values {
    Phrases(Vec<Phrase>),
    Subquery(Arc<Subquery>),
}

/// A query whose rows have one field.
#[derive(Debug)]
pub struct Subquery {
    query: Query,
    field: String,
}

impl Subquery {
    /// Parses from the opening parenthesis. `None` is a query without pipes for any value of any field: it stands for
    /// every row.
    pub fn parse(parser: &mut Parser) -> Parsed<Option<Subquery>> {
        let mark = parser.mark();
        let query = parser.subquery()?;
        if query.pipes.is_empty() && is_star(&query.filter) {
            return Ok(None);
        }
        let field = query.pipes.last().and_then(|p| p.single_field()).map(str::to_owned);
        let field = field.ok_or_else(|| {
            let error = parser.error_since(mark, "the subquery must end in one field");
            error.expected("`| fields x` or `| uniq by (x)` as its last pipe")
        })?;
        Ok(Some(Subquery { query, field }))
    }

    pub fn print(&self, out: &mut String) {
        self.query.print_to(out);
    }

    /// The distinct values in first-seen order, the empty one included. The store asks `uniq` for them, which writes
    /// numbers in one way.
    pub fn values(&self, env: &Env<'_>) -> Result<Vec<String>, RunError> {
        let mut query = self.query.clone();
        query.pipes.push(Arc::new(Uniq::of(&self.field)));
        Ok(env.rows(&query)?.into_iter().map(|mut row| row.remove(&self.field)).collect())
    }
}

fn is_star(filter: &Expr) -> bool {
    match filter {
        Expr::All => true,
        Expr::Leaf(leaf) => {
            leaf.as_any().downcast_ref::<OnField<Prefix>>().is_some_and(|prefix| prefix.test.text().is_empty())
        }
        _ => false,
    }
}

fn parse(parser: &mut Parser, field: &str, kind: Kind) -> Parsed<Expr> {
    let field = if field.is_empty() { "_msg" } else { field };
    let mark = parser.mark();
    let error = match parser.args() {
        Ok(args) => return Ok(of_values(field, kind, args.into_iter().map(|a| a.text).collect())),
        Err(error) => error,
    };
    parser.reset(mark);
    // Not a list of values, so it should be a subquery; if it is neither, the more telling of the two errors.
    match Subquery::parse(parser) {
        Ok(None) => Ok(Expr::All),
        Ok(Some(sub)) => {
            let values = Values::Subquery(Arc::new(sub));
            Ok(Expr::leaf(List { field: field.to_owned(), kind, values }))
        }
        Err(other) => Err(if other.span.start > error.span.start { other } else { error }),
    }
}

fn of_values(field: &str, kind: Kind, values: Vec<String>) -> Expr {
    if values.len() == 1 && values[0] == "*" {
        return Expr::All;
    }
    match kind {
        Kind::In => one_of(field, values),
        Kind::All | Kind::Any => of_phrases(field, kind, values),
    }
}

/// The filter `field:in(values)`; a star among them is text.
pub fn one_of(field: &str, values: Vec<String>) -> Expr {
    on_field(field, OneOf { set: values.iter().cloned().collect(), values })
}

/// The value is one of these.
#[derive(Debug, Clone)]
struct OneOf {
    values: Vec<String>,
    set: HashSet<String, rapidhash::fast::RandomState>,
}

impl Test for OneOf {
    fn print(&self, out: &mut String) {
        print(Kind::In, self.values.iter().map(String::as_str), out);
    }

    fn test(&self, value: &str) -> bool {
        self.set.contains(value)
    }

    fn cost(&self) -> u32 {
        3
    }

    fn accepts_raw(&self, raw: &[u8]) -> bool {
        std::str::from_utf8(raw).is_ok_and(|text| self.set.contains(text) && !text.contains('\\'))
    }

    fn rejects_raw(&self, raw: &[u8]) -> bool {
        // Bytes without a backslash are the text itself, if they are text.
        std::str::from_utf8(raw).is_ok_and(|text| !self.set.contains(text) && !text.contains('\\'))
    }
}

fn print<'v>(kind: Kind, values: impl Iterator<Item = &'v str>, out: &mut String) {
    out.push_str(kind.name());
    out.push('(');
    for (i, value) in values.enumerate() {
        if i > 0 {
            out.push(',');
        }
        print_word(value, out);
    }
    out.push(')');
}

impl Filter for List {
    fn print(&self, out: &mut String) {
        print_field(&self.field, out);
        match &self.values {
            Values::Phrases(phrases) => print(self.kind, phrases.iter().map(Phrase::text), out),
            Values::Subquery(sub) => {
                out.push_str(self.kind.name());
                out.push('(');
                sub.print(out);
                out.push(')');
            }
        }
    }

    fn matches(&self, row: &dyn Fields) -> bool {
        let value = row.get(&self.field);
        match (&self.values, self.kind) {
            (Values::Phrases(phrases), Kind::All) => phrases.iter().all(|p| p.text().is_empty() || p.is_in(&value)),
            (Values::Phrases(phrases), _) => phrases.iter().any(|p| p.text().is_empty() || p.is_in(&value)),
            (Values::Subquery(_), _) => false,
        }
    }

    fn needs(&self, needed: &mut Needed) {
        needed.add(&self.field);
    }

    fn cost(&self) -> u32 {
        20
    }

    fn bind(&self, env: &Env<'_>) -> Result<Option<Expr>, RunError> {
        let Values::Subquery(sub) = &self.values else { return Ok(None) };
        let values = sub.values(env)?;
        Ok(Some(match self.kind {
            Kind::In => one_of(&self.field, values),
            kind => of_phrases(&self.field, kind, values),
        }))
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

fn of_phrases(field: &str, kind: Kind, values: Vec<String>) -> Expr {
    let phrases = values.into_iter().map(Phrase::new).collect();
    Expr::leaf(List { field: field.to_owned(), kind, values: Values::Phrases(phrases) })
}
