//! `uniq_values(a) [limit N]`, `values(a) [limit N]`, `json_values(f*) [limit N]`: JSON arrays of values.

use super::frame::{Args, State, fields, function, limit, print_call, print_limit};
use super::{StatsFunc, StatsSpec};
use crate::logsql::batch::Fields;
use crate::logsql::names::Patterns;
use crate::logsql::needed::Needed;
use crate::logsql::parse::{Parsed, Parser};
use crate::logsql::pipes::Seq;
use crate::logsql::values::{json, order};
use crate::record::time::Nanos;
use std::collections::BTreeMap;
use std::sync::Arc;

pub static UNIQ_VALUES: StatsSpec = StatsSpec {
    names: &["uniq_values"],
    example: "* | stats uniq_values(level) as levels",
    help: "distinct values that are not empty, sorted, as a JSON array",
    parse: |parser| parse(parser, "uniq_values", Kind::Uniq),
};

pub static VALUES: StatsSpec = StatsSpec {
    names: &["values"],
    example: "* | stats values(level) as levels",
    help: "all values, row by row, as a JSON array",
    parse: |parser| parse(parser, "values", Kind::All),
};

pub static JSON_VALUES: StatsSpec = StatsSpec {
    names: &["json_values"],
    example: "* | stats json_values(user, ip) as rows",
    help: "fields of all rows as JSON objects, in a JSON array",
    parse: |parser| parse(parser, "json_values", Kind::Objects),
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Uniq,
    All,
    Objects,
}

#[derive(Debug, Clone)]
pub struct Values {
    name: &'static str,
    kind: Kind,
    fields: Patterns,
    limit: u64,
}

fn parse(parser: &mut Parser, name: &'static str, kind: Kind) -> Parsed<Arc<dyn StatsFunc>> {
    Ok(function(Values { name, kind, fields: fields(parser)?, limit: limit(parser)? }))
}

impl Args for Values {
    type State = Collected;

    fn print(&self, out: &mut String) {
        print_call(self.name, &self.fields, out);
        print_limit(self.limit, out);
    }

    fn needs(&self, needed: &mut Needed) {
        self.fields.needs(needed);
    }

    fn copies(&self) -> Vec<&str> {
        self.fields.names().collect()
    }
}

/// Values by the place where they were (first) seen.
#[derive(Debug, Default)]
pub struct Collected {
    in_order: BTreeMap<(Seq, u32), String>,
    /// First place of each distinct value, for `uniq_values`.
    distinct: hashbrown::HashMap<String, (Seq, u32)>,
}

impl Collected {
    fn add(&mut self, kind: Kind, at: (Seq, u32), value: String) {
        if kind != Kind::Uniq {
            self.in_order.insert(at, value);
            return;
        }
        match self.distinct.get_mut(&value) {
            Some(first) => *first = at.min(*first),
            None => drop(self.distinct.insert(value, at)),
        }
    }
}

/// A row's chosen fields, in the order of their names.
fn object(fields: &Patterns, row: &dyn Fields) -> String {
    let mut chosen = BTreeMap::new();
    fields.each(row, &mut |name, value| drop(chosen.insert(name.to_owned(), value.to_owned())));
    json::object(chosen.iter().map(|(n, v)| (n.as_str(), v.as_str())))
}

impl State<Values> for Collected {
    fn new(_args: &Values, _range: (Nanos, Nanos)) -> Self {
        Collected::default()
    }

    fn observe(&mut self, args: &Values, row: &dyn Fields, seq: Seq) {
        if args.limit > 0 && self.in_order.len() as u64 >= args.limit {
            return;
        }
        if args.kind == Kind::Objects {
            self.add(args.kind, (seq, 0), object(&args.fields, row));
            return;
        }
        let mut nth = 0;
        args.fields.each(row, &mut |_, value| {
            nth += 1;
            if args.kind == Kind::All || !value.is_empty() {
                self.add(args.kind, (seq, nth), value.to_owned());
            }
        });
    }

    fn merge(&mut self, args: &Values, other: Self) {
        self.in_order.extend(other.in_order);
        for (value, at) in other.distinct {
            self.add(args.kind, at, value);
        }
    }

    fn finish(self, args: &Values) -> String {
        let limit = if args.limit == 0 { usize::MAX } else { usize::try_from(args.limit).unwrap_or(usize::MAX) };
        if args.kind != Kind::Uniq {
            return json::array(self.in_order.values().take(limit).map(String::as_str));
        }
        let mut first: Vec<((Seq, u32), String)> = self.distinct.into_iter().map(|(value, at)| (at, value)).collect();
        first.sort();
        first.truncate(limit);
        let mut values: Vec<String> = first.into_iter().map(|(_, value)| value).collect();
        values.sort();
        let values = order::merge_sort(values, &|a, b| order::typed(a, b));
        json::array(values.iter().map(String::as_str))
    }
}
