//! `_time:…`: the row's instant.

use super::Filter;
use crate::logsql::batch::Fields;
use crate::logsql::needed::Needed;
use crate::record::time::{self, Nanos};
use std::any::Any;

/// The instant of a row: the time column, or its text after it was rewritten.
pub fn instant(row: &dyn Fields) -> Option<Nanos> {
    row.time().or_else(|| time::parse(&row.get("_time")))
}

/// Instants between two others, both included: the arguments `start` and `end`.
#[derive(Debug, Clone, Copy)]
pub struct Between {
    pub from: Nanos,
    pub to: Nanos,
}

impl Filter for Between {
    fn print(&self, out: &mut String) {
        out.push_str(&format!("_time:[{},{}]", time::format(self.from), time::format(self.to)));
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
