//! `>5`, `<=1h`, `>foo`: as numbers when the bound is one, otherwise as bytes. `range(a, b)`: numbers only.

use super::{FilterSpec, Form, Test, on_field};
use crate::logsql::ast::Expr;
use crate::logsql::names::print_word;
use crate::logsql::number::{full, is_number_like};
use crate::logsql::parse::{Parsed, Parser};
use crate::logsql::text;

pub static GREATER: FilterSpec = FilterSpec {
    names: &[">"],
    form: Form::Sign,
    example: "audit.status_code:>=400",
    help: "greater (`>`, `>=`), as numbers, durations, sizes or addresses; as bytes if the bound is none of these",
    parse: |parser, field| compare(parser, field, true),
};

pub static LESS: FilterSpec = FilterSpec {
    names: &["<"],
    form: Form::Sign,
    example: "audit.duration:<250ms",
    help: "less (`<`, `<=`)",
    parse: |parser, field| compare(parser, field, false),
};

pub static RANGE: FilterSpec = FilterSpec {
    names: &["range"],
    form: Form::Interval,
    example: "audit.duration:range[100ms, 2s)",
    help: "a number between two others; brackets include the bound, parentheses exclude it",
    parse: range,
};

/// Numbers between two floats, both included.
#[derive(Debug, Clone)]
pub struct Range {
    min: f64,
    max: f64,
    /// As it follows `field:`.
    text: String,
}

/// Bytes in order: after (or before) a bound.
#[derive(Debug, Clone)]
struct Ordered {
    greater: bool,
    equal: bool,
    bound: String,
}

/// A bound as a number. `nan` is one, and no value is on either side of it.
fn number(text: &str) -> Option<f64> {
    full(text).or_else(|| text.eq_ignore_ascii_case("nan").then_some(f64::NAN))
}

/// The next number above. Infinity is its own neighbour, as in the store.
fn above(number: f64) -> f64 {
    if number.is_infinite() { number } else { number.next_up() }
}

/// The next number below.
fn below(number: f64) -> f64 {
    if number.is_infinite() { number } else { number.next_down() }
}

fn sign(greater: bool, equal: bool) -> &'static str {
    match (greater, equal) {
        (true, true) => ">=",
        (true, false) => ">",
        (false, true) => "<=",
        (false, false) => "<",
    }
}

fn compare(parser: &mut Parser, field: &str, greater: bool) -> Parsed<Expr> {
    let equal = parser.eat("=");
    let bound = parser.word("a bound")?;
    let Some(number) = number(&bound) else { return Ok(on_field(field, Ordered { greater, equal, bound })) };
    let text = format!("{}{bound}", sign(greater, equal));
    let (min, max) = match (greater, equal) {
        (true, true) => (number, f64::INFINITY),
        (true, false) => (above(number), f64::INFINITY),
        (false, true) => (f64::NEG_INFINITY, number),
        (false, false) => (f64::NEG_INFINITY, below(number)),
    };
    Ok(on_field(field, Range { min, max, text }))
}

fn range(parser: &mut Parser, field: &str) -> Parsed<Expr> {
    let open = parser.eat("(");
    if !open {
        parser.expect("[", "after `range`")?;
    }
    let (min, min_text) = bound(parser)?;
    parser.expect(",", "in `range`")?;
    let (max, max_text) = bound(parser)?;
    let closed = parser.eat("]");
    if !closed {
        parser.expect(")", "at the end of `range`").map_err(|e| e.expected("`)` or `]`"))?;
    }
    let (left, right) = (if open { '(' } else { '[' }, if closed { ']' } else { ')' });
    let text = format!("range{left}{min_text}, {max_text}{right}");
    let (min, max) = (if open { above(min) } else { min }, if closed { max } else { below(max) });
    Ok(on_field(field, Range { min, max, text }))
}

fn bound(parser: &mut Parser) -> Parsed<(f64, String)> {
    let mark = parser.mark();
    let text = parser.word("a number")?;
    let number = number(&text).ok_or_else(|| {
        parser.error_since(mark, format!("`{text}` is not a number")).expected("a number, duration, size or address")
    })?;
    Ok((number, text))
}

impl Test for Range {
    fn print(&self, out: &mut String) {
        out.push_str(&self.text);
    }

    fn test(&self, value: &str) -> bool {
        full(value).is_some_and(|n| self.min <= n && n <= self.max)
    }

    fn cost(&self) -> u32 {
        5
    }
}

impl Test for Ordered {
    fn print(&self, out: &mut String) {
        out.push_str(sign(self.greater, self.equal));
        // A text that begins like a number would be read as one if it could.
        if is_number_like(&self.bound) { text::quote(&self.bound, out) } else { print_word(&self.bound, out) }
    }

    fn test(&self, value: &str) -> bool {
        let order = value.cmp(self.bound.as_str());
        (self.equal && order.is_eq()) || if self.greater { order.is_gt() } else { order.is_lt() }
    }

    fn cost(&self) -> u32 {
        1
    }
}
