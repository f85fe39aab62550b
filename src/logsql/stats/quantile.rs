//! `median(x)`, `quantile(phi, x)`: a value of the sorted sample, without interpolation. Empty values count.

use super::frame::{Args, State, fields, function};
use super::{StatsFunc, StatsSpec};
use crate::logsql::batch::Fields;
use crate::logsql::names::Patterns;
use crate::logsql::needed::Needed;
use crate::logsql::number;
use crate::logsql::parse::{Parsed, Parser};
use crate::logsql::pipes::Seq;
use crate::logsql::values::order;
use crate::record::time::Nanos;
use hashbrown::HashMap;
use std::sync::Arc;

pub static MEDIAN: StatsSpec = StatsSpec {
    names: &["median"],
    example: "* | stats median(duration_ms) as typical",
    help: "the middle value",
    parse: |parser| Ok(function(Quantile { phi: None, fields: fields(parser)? })),
};

pub static QUANTILE: StatsSpec = StatsSpec {
    names: &["quantile"],
    example: "* | stats quantile(0.99, duration_ms) as p99",
    help: "the value below which a share of all values lies",
    parse: parse_quantile,
};

#[derive(Debug, Clone)]
pub struct Quantile {
    /// The share as written and as a number; `None` for `median`.
    phi: Option<(String, f64)>,
    fields: Patterns,
}

fn parse_quantile(parser: &mut Parser) -> Parsed<Arc<dyn StatsFunc>> {
    parser.expect("(", "after `quantile`")?;
    let mark = parser.mark();
    let text = parser.word("a share between 0 and 1")?;
    let phi = number::plain(&text).filter(|phi| (0.0..=1.0).contains(phi)).ok_or_else(|| {
        parser.error_since(mark, format!("`{text}` is not a share")).expected("a number between 0 and 1")
    })?;
    let mut list = Vec::new();
    while parser.eat(",") && !parser.is(")") {
        list.push(parser.pattern()?);
    }
    parser.expect(")", "in `quantile(…)`")?;
    let fields = Patterns(list);
    let fields = if fields.0.is_empty() || fields.is_all() { Patterns::all() } else { fields };
    Ok(function(Quantile { phi: Some((text, phi)), fields }))
}

impl Args for Quantile {
    type State = Sample;

    fn print(&self, out: &mut String) {
        match &self.phi {
            None => out.push_str("median("),
            Some((text, _)) => out.push_str(&format!("quantile({text}, ")),
        }
        self.fields.print(out);
        out.push(')');
    }

    fn needs(&self, needed: &mut Needed) {
        self.fields.needs(needed);
    }

    fn copies(&self) -> Vec<&str> {
        self.fields.names().collect()
    }
}

/// Every value with its count: exact where the store begins to sample, and mergeable.
#[derive(Debug, Default)]
pub struct Sample(HashMap<String, u64>);

impl State<Quantile> for Sample {
    fn new(_args: &Quantile, _range: (Nanos, Nanos)) -> Self {
        Sample::default()
    }

    fn observe(&mut self, args: &Quantile, row: &dyn Fields, _seq: Seq) {
        args.fields.each(row, &mut |_, value| match self.0.get_mut(value) {
            Some(count) => *count += 1,
            None => drop(self.0.insert(value.to_owned(), 1)),
        });
    }

    fn merge(&mut self, _args: &Quantile, other: Self) {
        for (value, count) in other.0 {
            *self.0.entry(value).or_default() += count;
        }
    }

    fn finish(self, args: &Quantile) -> String {
        let total: u64 = self.0.values().sum();
        if total == 0 {
            return String::new();
        }
        let mut values: Vec<(String, u64)> = self.0.into_iter().collect();
        values.sort();
        let values = order::merge_sort(values, &|a, b| order::typed(&a.0, &b.0));
        let phi = args.phi.as_ref().map_or(0.5, |(_, phi)| *phi);
        let mut left = ((phi * total as f64) as u64).min(total - 1);
        for (value, count) in values {
            if left < count {
                return value;
            }
            left -= count;
        }
        String::new()
    }
}
