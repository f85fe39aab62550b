//! `_time:…`: the row's instant. Calendar text, durations before now, intervals, comparisons, all with an offset.

use super::{Filter, FilterSpec, Form, daytime};
use crate::logsql::ast::Expr;
use crate::logsql::batch::Fields;
use crate::logsql::error::QueryError;
use crate::logsql::needed::Needed;
use crate::logsql::number;
use crate::logsql::parse::{Parsed, Parser};
use crate::logsql::timespec::{self, Span};
use crate::record::time::{self, Nanos};
use std::any::Any;

pub static SPEC: FilterSpec = FilterSpec {
    names: &["_time"],
    form: Form::Field,
    example: "_time:[2025-07-04T08:00Z, 2025-07-04T18:00Z) error",
    help: "the row's instant: `5m`, `2025-07-04`, `[a, b)`, `>=a`, `offset 1h`, `day_range[a, b]`, `week_range[a, b]`",
    parse,
};

/// The instant of a row: the time column, or its text after it was rewritten.
pub fn instant(row: &dyn Fields) -> Option<Nanos> {
    row.time().or_else(|| time::parse(&row.get("_time")))
}

/// Instants between two others, both included, with the text it was written as.
#[derive(Debug, Clone)]
pub struct Between {
    pub from: Nanos,
    pub to: Nanos,
    /// As it follows `_time:`.
    pub text: String,
}

impl Between {
    /// The range of the arguments `start` and `end`.
    pub fn new(from: Nanos, to: Nanos) -> Between {
        Between { from, to, text: format!("[{},{}]", time::format(from), time::format(to)) }
    }
}

fn parse(parser: &mut Parser, _field: &str) -> Parsed<Expr> {
    if parser.is("day_range") {
        return daytime::day(parser);
    }
    if parser.is("week_range") {
        return daytime::week(parser);
    }
    let range = if parser.is("[") || parser.is("(") {
        interval(parser)?
    } else if parser.is("<") || parser.is(">") {
        comparison(parser)?
    } else if parser.is("offset") {
        let now = parser.now() - 1;
        let range = Between { from: Nanos::MIN, to: now, text: String::new() };
        let Some((nanos, text)) = offset(parser)? else { return Err(parser.error("missing offset")) };
        return Ok(Expr::leaf(Between { to: range.to.wrapping_sub(nanos), text: format!("offset {text}"), ..range }));
    } else {
        single(parser)?
    };
    Ok(Expr::leaf(with_offset(parser, range)?))
}

/// Reads `offset d` when it is there, and shifts the range back by it.
fn with_offset(parser: &mut Parser, mut range: Between) -> Parsed<Between> {
    let Some((nanos, text)) = offset(parser)? else { return Ok(range) };
    // As in the store, the open end of `<` or `>` wraps around, and such a range is empty.
    range.from = range.from.wrapping_sub(nanos);
    range.to = range.to.wrapping_sub(nanos);
    if !range.text.is_empty() {
        range.text.push(' ');
    }
    range.text.push_str(&format!("offset {text}"));
    Ok(range)
}

/// `offset d`: nanoseconds and text.
pub fn offset(parser: &mut Parser) -> Parsed<Option<(Nanos, String)>> {
    if !parser.eat("offset") {
        return Ok(None);
    }
    let mark = parser.mark();
    let text = parser.word("a duration")?;
    let nanos = number::duration(&text).ok_or_else(|| {
        parser.error_since(mark, format!("`{text}` is not a duration")).expected("a duration such as `1h30m`")
    })?;
    Ok(Some((nanos, text)))
}

/// `2025-07`, `=2025-07`, `5m`.
fn single(parser: &mut Parser) -> Parsed<Between> {
    let sign = if parser.eat("=") { "=" } else { "" };
    let mark = parser.mark();
    let text = parser.word("a time")?;
    if let Some(nanos) = number::duration(&text) {
        let now = parser.now() - 1;
        return Ok(Between {
            from: now.saturating_sub(nanos.saturating_abs()),
            to: now,
            text: format!("{sign}{text}"),
        });
    }
    let span = instant_or_calendar(parser, mark, &text)?;
    Ok(Between { from: span.first, to: span.last, text: format!("{sign}{text}") })
}

fn interval(parser: &mut Parser) -> Parsed<Between> {
    let open = parser.token().text.clone();
    parser.next();
    let (start, start_text) = bound(parser)?;
    parser.expect(",", "in a time range")?;
    let (end, end_text) = bound(parser)?;
    let close = parser.token().text.clone();
    if !parser.eat("]") {
        parser.expect(")", "at the end of a time range").map_err(|e| e.expected("`)` or `]`"))?;
    }
    Ok(Between {
        from: if open == "(" { start.first.saturating_add(1) } else { start.first },
        to: if close == ")" { end.first.saturating_sub(1) } else { end.last },
        text: format!("{open}{start_text},{end_text}{close}"),
    })
}

fn bound(parser: &mut Parser) -> Parsed<(Span, String)> {
    let mark = parser.mark();
    let text = parser.word("a time")?;
    let now = if timespec::is_relative(&text) { parser.now() - 1 } else { 0 };
    let span = timespec::point(&text, now).ok_or_else(|| not_a_time(parser, mark, &text))?;
    Ok((span, text))
}

fn comparison(parser: &mut Parser) -> Parsed<Between> {
    let less = parser.is("<");
    parser.next();
    let equal = parser.eat("=");
    let sign = match (less, equal) {
        (true, true) => "<=",
        (true, false) => "<",
        (false, true) => ">=",
        (false, false) => ">",
    };
    let mark = parser.mark();
    let text = parser.word("a time")?;
    let shown = format!("{sign}{text}");
    // A duration is an age: `_time:<1h` is younger than an hour.
    if let Some(age) = number::duration(&text).map(i64::saturating_abs) {
        let now = parser.now() - 1;
        let (from, to) = match (less, equal) {
            (true, _) => (now.saturating_sub(age - i64::from(!equal)), now),
            (false, _) => (Nanos::MIN, now.saturating_sub(age.saturating_add(i64::from(!equal)))),
        };
        return Ok(Between { from, to, text: shown });
    }
    let span = instant_or_calendar(parser, mark, &text)?;
    let (from, to) = match (less, equal) {
        (true, true) => (Nanos::MIN, span.last),
        (true, false) => (Nanos::MIN, span.first.saturating_sub(1)),
        (false, true) => (span.first, Nanos::MAX),
        (false, false) => (span.first.saturating_add(1), Nanos::MAX),
    };
    Ok(Between { from, to, text: shown })
}

/// `now-1h`, `2025-07`.
fn instant_or_calendar(parser: &mut Parser, mark: usize, text: &str) -> Parsed<Span> {
    let relative = if text.starts_with("now") { timespec::relative(text, parser.now() - 1) } else { None };
    relative.map(Span::instant).or_else(|| timespec::calendar(text)).ok_or_else(|| not_a_time(parser, mark, text))
}

/// The one slip that cannot be seen: a fraction of a second is only read with a zone.
fn not_a_time(parser: &Parser, mark: usize, text: &str) -> QueryError {
    let error = parser.error_since(mark, format!("`{text}` is not a time"));
    if timespec::calendar(&format!("{text}Z")).is_some() {
        return error.expected(format!("a zone behind the fraction: `{text}Z`"));
    }
    error.expected("a time such as `5m`, `now-1d` or `2025-07-01T03:04Z`")
}

impl Filter for Between {
    fn print(&self, out: &mut String) {
        out.push_str("_time:");
        out.push_str(&self.text);
    }

    fn matches(&self, row: &dyn Fields) -> bool {
        instant(row).is_some_and(|at| self.from <= at && at <= self.to)
    }

    fn needs(&self, needed: &mut Needed) {
        needed.add("_time");
    }

    fn cost(&self) -> u32 {
        3
    }

    fn time_range(&self) -> Option<(Nanos, Nanos)> {
        Some((self.from, self.to))
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
