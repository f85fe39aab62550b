//! `rate()`: rows per second of the query's own time range.

use super::frame::{Args, State, function};
use super::{StatsFunc, StatsSpec};
use crate::logsql::batch::Fields;
use crate::logsql::needed::Needed;
use crate::logsql::number;
use crate::logsql::parse::{Parsed, Parser};
use crate::logsql::pipes::Seq;
use crate::record::time::Nanos;
use std::sync::Arc;

pub static SPEC: StatsSpec = StatsSpec {
    names: &["rate"],
    example: "_time:5m | stats rate() as per_second",
    help: "rows per second of the query's time range; without one, rows",
    parse,
};

fn parse(parser: &mut Parser) -> Parsed<Arc<dyn StatsFunc>> {
    let mark = parser.mark();
    if !parser.patterns_in_parens()?.0.is_empty() {
        return Err(parser.error_since(mark, "`rate` takes no arguments").expected("`rate()`"));
    }
    Ok(function(Rate))
}

/// Seconds of a range of instants, both ends included; 1 when an end is open.
pub fn seconds((from, to): (Nanos, Nanos)) -> f64 {
    if from == Nanos::MIN || to == Nanos::MAX || to < from {
        return 1.0;
    }
    (i128::from(to) - i128::from(from) + 1) as f64 / 1e9
}

#[derive(Debug, Clone)]
pub struct Rate;

impl Args for Rate {
    type State = Counting;

    fn print(&self, out: &mut String) {
        out.push_str("rate()");
    }

    fn needs(&self, _needed: &mut Needed) {}
}

#[derive(Debug)]
pub struct Counting {
    rows: u64,
    range: (Nanos, Nanos),
}

impl State<Rate> for Counting {
    fn new(_args: &Rate, range: (Nanos, Nanos)) -> Self {
        Counting { rows: 0, range }
    }

    fn observe(&mut self, _args: &Rate, _row: &dyn Fields, _seq: Seq) {
        self.rows += 1;
    }

    fn merge(&mut self, _args: &Rate, other: Self) {
        self.rows += other.rows;
    }

    fn finish(self, _args: &Rate) -> String {
        number::print_float(self.rows as f64 / seconds(self.range))
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn open_ranges_count_as_a_second() {
        assert_eq!(super::seconds((i64::MIN, 5)), 1.0);
        assert_eq!(super::seconds((0, 299_999_999_999)), 300.0);
    }
}
