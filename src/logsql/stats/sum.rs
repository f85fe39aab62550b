//! `sum(a, b)`, `avg(a, b)`, `rate_sum(a, b)`: over the values that the plain number parser takes; where the store holds
//! several rows together, over those that are numbers of any kind.

use super::column;
use super::exact_sum::ExactSum;
use super::frame::{Args, State, fields, function, print_call};
use super::{StatsFunc, StatsSpec};
use crate::logsql::batch::Fields;
use crate::logsql::names::Patterns;
use crate::logsql::needed::Needed;
use crate::logsql::number;
use crate::logsql::parse::{Parsed, Parser};
use crate::logsql::pipes::Seq;
use crate::record::time::Nanos;
use std::sync::Arc;

pub static SUM: StatsSpec = StatsSpec {
    names: &["sum"],
    example: "* | stats sum(bytes) as total",
    help: "sum of the numbers; text is skipped, durations and sizes only count behind a sort",
    parse: |parser| parse(parser, "sum", |sum, _| sum.total()),
};

pub static AVG: StatsSpec = StatsSpec {
    names: &["avg"],
    example: "* | stats avg(duration_ms) as mean",
    help: "mean of the numbers",
    parse: |parser| parse(parser, "avg", |sum, _| sum.total() / sum.count as f64),
};

pub static RATE_SUM: StatsSpec = StatsSpec {
    names: &["rate_sum"],
    example: "_time:5m | stats rate_sum(bytes) as bytes_per_second",
    help: "sum of the numbers per second of the query's time range",
    parse: |parser| parse(parser, "rate_sum", |sum, range| sum.total() / super::rate::seconds(range)),
};

#[derive(Debug, Clone)]
pub struct Sum {
    name: &'static str,
    fields: Patterns,
    result: fn(&ExactSum, (Nanos, Nanos)) -> f64,
}

fn parse(
    parser: &mut Parser,
    name: &'static str,
    result: fn(&ExactSum, (Nanos, Nanos)) -> f64,
) -> Parsed<Arc<dyn StatsFunc>> {
    Ok(function(Sum { name, fields: fields(parser)?, result }))
}

impl Args for Sum {
    type State = Summing;

    fn print(&self, out: &mut String) {
        print_call(self.name, &self.fields, out);
    }

    fn needs(&self, needed: &mut Needed) {
        self.fields.needs(needed);
    }

    fn reads_columns(&self) -> bool {
        true
    }
}

/// Each block is added up in its own order; the order of blocks is not known, and no matter.
#[derive(Debug)]
pub struct Summing {
    sum: ExactSum,
    block: column::Block,
    range: (Nanos, Nanos),
}

impl State<Sum> for Summing {
    fn new(_args: &Sum, range: (Nanos, Nanos)) -> Self {
        Summing { sum: ExactSum::default(), block: column::Block::default(), range }
    }

    fn observe(&mut self, args: &Sum, row: &dyn Fields, _seq: Seq) {
        args.fields.each(row, &mut |_, value| {
            if let Some(number) = number::plain(value) {
                self.sum.add(number);
            }
        });
    }

    fn observe_in_block(&mut self, args: &Sum, row: &dyn Fields, _seq: Seq, taken: bool) {
        self.block.next_row();
        args.fields.each(row, &mut |name, value| self.block.see(name, value, taken));
    }

    fn end_block(&mut self, _args: &Sum, alone: bool) {
        let sum = self.block.end(alone);
        if sum.count > 0 {
            self.sum.add_sum(sum.total, sum.count);
        }
    }

    fn merge(&mut self, _args: &Sum, other: Self) {
        self.sum.merge(other.sum);
    }

    fn finish(self, args: &Sum) -> String {
        number::print_float((args.result)(&self.sum, self.range))
    }
}
