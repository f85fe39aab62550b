//! `_time:day_range[08:00, 18:00)`, `_time:week_range[Mon, Fri]`: recurring times, in UTC, with an offset.

use super::Filter;
use super::time::{instant, offset};
use crate::logsql::ast::Expr;
use crate::logsql::batch::Fields;
use crate::logsql::needed::Needed;
use crate::logsql::parse::{Parsed, Parser};
use crate::record::time::{Nanos, SECOND};
use std::any::Any;

const MINUTE: Nanos = 60 * SECOND;
const DAY: Nanos = 86_400 * SECOND;
const MONDAY: i64 = 1;
const SATURDAY: i64 = 6;
const NAMES: [&str; 7] = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];

/// A recurring range: nanoseconds of the day, or days of the week (Sunday is 0), both ends included.
#[derive(Debug, Clone)]
struct Recurring {
    first: i64,
    last: i64,
    weekly: bool,
    offset: Nanos,
    text: String,
}

/// Parses from the word `day_range`.
pub fn day(parser: &mut Parser) -> Parsed<Expr> {
    let written = interval(parser, |parser| {
        let mark = parser.mark();
        let text = parser.word("a time of day")?;
        let nanos = minute(&text).ok_or_else(|| {
            parser.error_since(mark, format!("`{text}` is not a time of day")).expected("hours and minutes, `hh:mm`")
        })?;
        Ok((nanos, text))
    })?;
    Ok(recurring(written, false))
}

/// Parses from the word `week_range`.
pub fn week(parser: &mut Parser) -> Parsed<Expr> {
    let written = interval(parser, |parser| {
        let text = parser.word("a day of the week")?;
        let lower = text.to_ascii_lowercase();
        // An unknown name counts as Sunday, as in the store.
        let day = NAMES.iter().position(|n| *n == lower || n[..3] == lower).unwrap_or(0);
        Ok((day as i64, text))
    })?;
    Ok(recurring(written, true))
}

struct Written {
    start: i64,
    end: i64,
    open: bool,
    closed: bool,
    offset: Nanos,
    text: String,
}

fn interval(parser: &mut Parser, mut bound: impl FnMut(&mut Parser) -> Parsed<(i64, String)>) -> Parsed<Written> {
    let name = parser.token().text.to_ascii_lowercase();
    parser.next();
    let open = parser.eat("(");
    if !open {
        parser.expect("[", "in a recurring range")?;
    }
    let (start, start_text) = bound(parser)?;
    parser.expect(",", "in a recurring range")?;
    let (end, end_text) = bound(parser)?;
    let closed = parser.eat("]");
    if !closed {
        parser.expect(")", "at the end of a recurring range")?;
    }
    let (left, right) = (if open { '(' } else { '[' }, if closed { ']' } else { ')' });
    let mut text = format!("{name}{left}{start_text}, {end_text}{right}");
    let shift = offset(parser)?;
    if let Some((_, shift)) = &shift {
        text.push_str(&format!(" offset {shift}"));
    }
    Ok(Written { start, end, open, closed, offset: shift.map_or(0, |s| s.0), text })
}

/// An open end leaves out one nanosecond, or one day of the week; a closed one is that very instant, not its minute.
fn recurring(w: Written, weekly: bool) -> Expr {
    let (first, last) = (w.start + i64::from(w.open), w.end - i64::from(!w.closed));
    Expr::leaf(Recurring { first, last, weekly, offset: w.offset, text: w.text })
}

/// Nanoseconds since midnight of `hh:mm`. As in the store, whatever is not before `24:00` is the last of the day.
fn minute(text: &str) -> Option<Nanos> {
    let (hour, minute) = text.split_once(':')?;
    let two = |t: &str| (t.len() == 2 && t.bytes().all(|b| b.is_ascii_digit())).then(|| t.parse::<i64>().ok())?;
    let (hour, minute) = (two(hour)?, two(minute)?);
    (hour <= 24 && minute <= 60).then_some(((hour * 60 + minute) * MINUTE).min(DAY - 1))
}

impl Recurring {
    /// The whole day or week: not even a time is asked for, as in the store.
    fn is_always(&self) -> bool {
        match self.weekly {
            true => self.first <= 0 && self.last >= SATURDAY,
            false => self.first == 0 && self.last == DAY - 1,
        }
    }
}

impl Filter for Recurring {
    fn print(&self, out: &mut String) {
        out.push_str("_time:");
        out.push_str(&self.text);
    }

    fn matches(&self, row: &dyn Fields) -> bool {
        if self.is_always() {
            return true;
        }
        let Some(at) = instant(row) else { return false };
        let at = at.saturating_sub(self.offset);
        // 1970-01-01 was a Thursday.
        let place = if self.weekly { (at.div_euclid(DAY) + 4).rem_euclid(7) } else { at.rem_euclid(DAY) };
        self.first <= place && place <= self.last
    }

    fn needs(&self, needed: &mut Needed) {
        needed.add("_time");
    }

    /// The store takes a range of days whose last one is Sunday, the first of the week, for one without days.
    fn in_a_pipe(&self) -> Option<Expr> {
        let never = self.weekly && self.last < MONDAY;
        never.then(|| Expr::leaf(Recurring { last: -1, ..self.clone() }))
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
