//! `min(a, b)`, `max(a, b)`: the smallest or largest value, as it is written. A missing value is the smallest there is.

use super::frame::{Args, State, fields, function, print_call};
use super::{StatsFunc, StatsSpec};
use crate::logsql::batch::Fields;
use crate::logsql::columns::{Columns, Walk};
use crate::logsql::names::Patterns;
use crate::logsql::needed::Needed;
use crate::logsql::parse::{Parsed, Parser};
use crate::logsql::pipes::Seq;
use crate::logsql::values::order;
use crate::record::time::Nanos;
use std::cmp::Ordering;
use std::sync::Arc;

pub static MIN: StatsSpec = StatsSpec {
    names: &["min"],
    example: "* | stats min(_time) as since",
    help: "smallest value: numbers, durations, instants and sizes by value, text in natural order",
    parse: |parser| parse(parser, "min", Ordering::Less),
};

pub static MAX: StatsSpec = StatsSpec {
    names: &["max"],
    example: "* | stats max(duration_ms) as slowest",
    help: "largest value: numbers, durations, instants and sizes by value, text in natural order",
    parse: |parser| parse(parser, "max", Ordering::Greater),
};

#[derive(Debug, Clone)]
pub struct Extreme {
    name: &'static str,
    better: Ordering,
    fields: Patterns,
    walk: Walk,
}

fn parse(parser: &mut Parser, name: &'static str, better: Ordering) -> Parsed<Arc<dyn StatsFunc>> {
    let fields = fields(parser)?;
    let walk = Walk::new(&fields, &Columns::Rows);
    Ok(function(Extreme { name, better, fields, walk }))
}

impl Args for Extreme {
    type State = Best;

    fn print(&self, out: &mut String) {
        print_call(self.name, &self.fields, out);
    }

    fn needs(&self, needed: &mut Needed) {
        self.fields.needs(needed);
    }

    fn copies(&self) -> Vec<&str> {
        self.fields.names().collect()
    }

    fn over(&self, columns: &Columns) -> Option<Self> {
        Some(Extreme { walk: Walk::new(&self.fields, columns), ..self.clone() })
    }

    fn shows_order(&self, columns: &Columns) -> bool {
        Walk::follows_rows(&self.fields, columns)
    }
}

/// The best value so far and where it was first seen.
#[derive(Debug, Default)]
pub struct Best(Option<(String, Seq)>);

impl Best {
    fn offer(&mut self, value: &str, seq: Seq, better: Ordering) {
        let replace = match &self.0 {
            None => true,
            Some((best, _)) if best == value => false,
            Some((best, at)) => match order::typed(value, best) {
                // Equal in value but not in spelling: the first one seen stays.
                Ordering::Equal => seq < *at,
                order => order == better,
            },
        };
        if replace {
            self.0 = Some((value.to_owned(), seq));
        }
    }
}

impl State<Extreme> for Best {
    fn new(_args: &Extreme, _range: (Nanos, Nanos)) -> Self {
        Best::default()
    }

    fn observe(&mut self, args: &Extreme, row: &dyn Fields, seq: Seq) {
        args.walk.each(row, &mut |_, value| self.offer(value, seq, args.better));
    }

    fn merge(&mut self, args: &Extreme, other: Self) {
        if let Some((value, seq)) = other.0 {
            self.offer(&value, seq, args.better);
        }
    }

    fn finish(self, _args: &Extreme) -> String {
        self.0.map_or_else(String::new, |(value, _)| value)
    }
}
