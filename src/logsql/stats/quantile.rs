//! `median(x)`, `quantile(phi, x)`: a value of the sorted sample, without interpolation. Empty values count.

use super::frame::{Args, State, fields, function};
use super::{StatsFunc, StatsSpec};
use crate::logsql::batch::Fields;
use crate::logsql::columns::{Columns, Walk};
use crate::logsql::names::Patterns;
use crate::logsql::needed::Needed;
use crate::logsql::number;
use crate::logsql::parse::{Parsed, Parser};
use crate::logsql::pipes::Seq;
use crate::logsql::values::order;
use crate::record::time::Nanos;
use hashbrown::HashMap;
use std::cmp::Ordering;
use std::sync::Arc;

pub static MEDIAN: StatsSpec = StatsSpec {
    names: &["median"],
    example: "* | stats median(duration_ms) as typical",
    help: "the middle value",
    parse: |parser| Ok(function(Quantile::new(None, fields(parser)?))),
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
    walk: Walk,
}

impl Quantile {
    fn new(phi: Option<(String, f64)>, fields: Patterns) -> Quantile {
        let walk = Walk::new(&fields, &Columns::Rows);
        Quantile { phi, fields, walk }
    }
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
    Ok(function(Quantile::new(Some((text, phi)), fields)))
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

    fn over(&self, columns: &Columns) -> Option<Self> {
        Some(Quantile { walk: Walk::new(&self.fields, columns), ..self.clone() })
    }

    fn shows_order(&self, columns: &Columns) -> bool {
        Walk::follows_rows(&self.fields, columns)
    }
}

/// Where a value was seen: its row, and which of the row's values it is.
type Place = (Seq, u32);

/// Values of so few are kept one by one: the store's sort leaves these in the order of arrival where they compare equal.
const FEW: usize = 12;

/// Every value with its count and first place: exact where the store begins to sample, and mergeable.
#[derive(Debug, Default)]
pub struct Sample {
    values: HashMap<String, (u64, Place)>,
    /// All of them, as long as they are few.
    few: Vec<(Place, String)>,
    total: u64,
}

impl Sample {
    fn add(&mut self, value: &str, place: Place) {
        match self.values.get_mut(value) {
            Some((count, first)) => (*count, *first) = (*count + 1, place.min(*first)),
            None => drop(self.values.insert(value.to_owned(), (1, place))),
        }
        self.total += 1;
        if self.total <= FEW as u64 {
            self.few.push((place, value.to_owned()));
        }
    }

    /// The values with their counts, as they arrived.
    fn arrivals(self) -> Vec<(String, u64)> {
        if self.total <= FEW as u64 {
            let mut few = self.few;
            few.sort();
            return few.into_iter().map(|(_, value)| (value, 1)).collect();
        }
        let mut values: Vec<_> = self.values.into_iter().collect();
        values.sort_by_key(|(_, (_, first))| *first);
        values.into_iter().map(|(value, (count, _))| (value, count)).collect()
    }
}

/// The first of the values that none before it is less than, or, the other way round, greater.
fn first_best(values: Vec<(String, u64)>, better: Ordering) -> String {
    let best = values.into_iter().reduce(|a, b| if order::typed(&b.0, &a.0) == better { b } else { a });
    best.map_or_else(String::new, |(value, _)| value)
}

impl State<Quantile> for Sample {
    fn new(_args: &Quantile, _range: (Nanos, Nanos)) -> Self {
        Sample::default()
    }

    fn observe(&mut self, args: &Quantile, row: &dyn Fields, seq: Seq) {
        let mut nth = 0;
        args.walk.each(row, &mut |_, value| {
            self.add(value, (seq, nth));
            nth += 1;
        });
    }

    fn merge(&mut self, _args: &Quantile, other: Self) {
        for (value, (count, first)) in other.values {
            let (sum, place) = self.values.entry(value).or_insert((0, first));
            (*sum, *place) = (*sum + count, first.min(*place));
        }
        self.few.extend(other.few);
        self.total += other.total;
    }

    fn finish(self, args: &Quantile) -> String {
        let (total, phi) = (self.total, args.phi.as_ref().map_or(0.5, |(_, phi)| *phi));
        let few = total <= FEW as u64;
        let values = self.arrivals();
        // The ends are what the store saw pass by, before any sorting.
        if phi <= 0.0 {
            return first_best(values, Ordering::Less);
        }
        let mut left = (phi * total as f64) as u64;
        if left >= total {
            return first_best(values, Ordering::Greater);
        }
        let compare = |a: &(String, u64), b: &(String, u64)| order::typed(&a.0, &b.0);
        let values = if few { order::insertion_sort(values, &compare) } else { order::merge_sort(values, &compare) };
        for (value, count) in values {
            if left < count {
                return value;
            }
            left -= count;
        }
        String::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::logsql::names::Pattern;

    fn quantile(phi: f64, values: &[&str], parts: usize) -> String {
        let args = Quantile::new(Some((phi.to_string(), phi)), Patterns(vec![Pattern::Name("l".into())]));
        let mut samples: Vec<Sample> = (0..parts).map(|_| Sample::default()).collect();
        for (i, value) in values.iter().enumerate() {
            let row: crate::logsql::Row = [("l", *value)].into_iter().collect();
            samples[i % parts].observe(&args, &row, Seq { offset: i as u64, ..Seq::default() });
        }
        let mut samples = samples.into_iter().rev();
        let mut all = samples.next().expect("a sample");
        samples.for_each(|sample| all.merge(&args, sample));
        all.finish(&args)
    }

    #[test]
    fn equal_values_stay_as_they_arrived() {
        for (phi, values, want) in [
            (1.0, &["5", "5.0", "5.00"][..], "5"),
            (0.0, &["5.0", "5", "7"], "5.0"),
            (0.1, &["5.0", "5", "7"], "5.0"),
            (0.5, &["1s", "1000ms", "1e9", "2s"], "1e9"),
            (0.7, &["5", "5.0", "5"], "5"),
            (0.5, &["5", "5.0", "5"], "5.0"),
            (0.99, &["", "b", "a"], "b"),
            (0.5, &[], ""),
        ] {
            for parts in 1..4 {
                assert_eq!(quantile(phi, values, parts), want, "{phi} {values:?} {parts}");
            }
        }
        let many: Vec<&str> = ["2", "1.0", "1", "2.0"].into_iter().cycle().take(40).collect();
        let ends = |parts| [0.0, 0.1, 0.4, 0.6, 1.0].map(|phi| quantile(phi, &many, parts));
        assert_eq!((ends(1), ends(3)), (["1.0", "1.0", "1", "2", "2"].map(String::from), ends(1)));
    }
}
