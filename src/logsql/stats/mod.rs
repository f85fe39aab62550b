//! Functions of the `stats` pipe. One file per function, one line in [`STATS`].
//!
//! Belongs here: what a function and its accumulator are, the registry. Elsewhere: grouping
//! ([`super::pipes::stats`]).

use super::batch::Fields;
use super::columns::Columns;
use super::needed::Needed;
use super::parse::{Parsed, Parser};
use super::pipes::Seq;
use crate::record::time::Nanos;
use std::any::Any;
use std::fmt::Debug;
use std::sync::Arc;

pub mod column;
pub mod count;
pub mod count_empty;
pub mod count_uniq;
pub mod exact_sum;
pub mod extreme;
pub mod frame;
pub mod histogram;
pub mod quantile;
pub mod rate;
pub mod row;
pub mod sum;
pub mod sum_len;
pub mod values;

/// A parsed function with its arguments.
pub trait StatsFunc: Debug + Send + Sync {
    /// Appends the function in normal form: `count(a, b)`.
    fn print(&self, out: &mut String);

    /// Adds the fields it looks at.
    fn needs(&self, needed: &mut Needed);

    /// The function over rows that have these columns, when that makes a difference.
    fn over(&self, _columns: &Columns) -> Option<Arc<dyn StatsFunc>> {
        None
    }

    /// Whether the order of a row's fields shows in the result, where rows have these columns.
    fn shows_order(&self, _columns: &Columns) -> bool {
        false
    }

    /// The fields whose values the result holds as they are and without their names.
    fn copies(&self) -> Vec<&str> {
        Vec::new()
    }

    /// Whether the answer depends on which rows the store holds together in a block, and on their order there. Then
    /// [`Acc::observe_in_block`] is called where that is known.
    fn reads_columns(&self) -> bool {
        false
    }

    /// Whether the function only counts rows, whatever they hold.
    fn counts_rows(&self) -> bool {
        false
    }

    /// An empty accumulator. `range` is the time range that rates are per second of.
    fn start(&self, range: (Nanos, Nanos)) -> Box<dyn Acc>;
}

/// What one function knows of one group.
///
/// The result must not depend on how rows were split over accumulators: whatever is "first" is decided by [`Seq`].
/// Within one accumulator rows come in ascending order.
pub trait Acc: Send {
    fn observe(&mut self, row: &dyn Fields, seq: Seq);

    /// Observes rows that are the same in all that the function looks at; `seq` is the first of them.
    fn observe_many(&mut self, row: &dyn Fields, seq: Seq, times: u64) {
        for _ in 0..times {
            self.observe(row, seq);
        }
    }

    /// Observes the next row of a block. A row that is not `taken` does not count: it is only there.
    fn observe_in_block(&mut self, row: &dyn Fields, seq: Seq, taken: bool) {
        if taken {
            self.observe(row, seq);
        }
    }

    /// The block is over; `alone` if all of its rows were in this group. Comes before any merging.
    fn end_block(&mut self, _alone: bool) {}

    /// Takes over what the other saw. It was started by the same function, so it has the same type.
    fn merge(&mut self, other: Box<dyn Acc>);

    fn finish(self: Box<Self>) -> String;

    fn into_any(self: Box<Self>) -> Box<dyn Any>;
}

/// A function of the language, as the registry lists it.
pub struct StatsSpec {
    pub names: &'static [&'static str],
    /// A complete query that uses it.
    pub example: &'static str,
    /// One line.
    pub help: &'static str,
    /// Parses from after the name: the arguments in parentheses and what may follow them, up to `if`, `as` or the name.
    pub parse: fn(&mut Parser) -> Parsed<Arc<dyn StatsFunc>>,
}

/// Every function.
pub static STATS: &[&StatsSpec] = &[
    &sum::AVG,
    &count::SPEC,
    &count_empty::SPEC,
    &count_uniq::EXACT,
    &count_uniq::HASH,
    &histogram::SPEC,
    &values::JSON_VALUES,
    &extreme::MAX,
    &quantile::MEDIAN,
    &extreme::MIN,
    &quantile::QUANTILE,
    &rate::SPEC,
    &sum::RATE_SUM,
    &row::ANY,
    &row::MAX,
    &row::MIN,
    &sum::SUM,
    &sum_len::SPEC,
    &values::UNIQ_VALUES,
    &values::VALUES,
];

/// The function of this name, in any letter case.
pub fn find(word: &str) -> Option<&'static StatsSpec> {
    STATS.iter().find(|s| s.names.iter().any(|n| n.eq_ignore_ascii_case(word))).copied()
}
