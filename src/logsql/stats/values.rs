//! `uniq_values(a) [limit N]`, `values(a) [limit N]`, `json_values(f*) [limit N]`: JSON arrays of values.

use super::frame::{Args, State, fields, function, limit, print_call, print_limit};
use super::{StatsFunc, StatsSpec};
use crate::logsql::batch::Fields;
use crate::logsql::columns::{Columns, Walk};
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
    help: "all values, as a JSON array: row by row, behind a sort field by field",
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
    walk: Walk,
    limit: u64,
}

fn parse(parser: &mut Parser, name: &'static str, kind: Kind) -> Parsed<Arc<dyn StatsFunc>> {
    let fields = fields(parser)?;
    let walk = Walk::new(&fields, &Columns::Rows);
    Ok(function(Values { name, kind, fields, walk, limit: limit(parser)? }))
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

    fn over(&self, columns: &Columns) -> Option<Self> {
        Some(Values { walk: Walk::new(&self.fields, columns), ..self.clone() })
    }

    fn shows_order(&self, columns: &Columns) -> bool {
        self.kind == Kind::All && Walk::follows_rows(&self.fields, columns)
    }

    fn reads_columns(&self) -> bool {
        match self.kind {
            Kind::All => !matches!(&self.walk, Walk::Names(names) if names.len() == 1),
            Kind::Uniq => self.limit > 0,
            Kind::Objects => false,
        }
    }
}

/// Where a value was seen: the row, or the first row of the block that the store looks at as a whole; which of the values
/// that are found there it is.
type Place = (Seq, u32);

/// Values by the place where they were (first) seen.
#[derive(Debug, Default)]
pub struct Collected {
    in_order: BTreeMap<Place, String>,
    /// First place of each distinct value, for `uniq_values`.
    distinct: hashbrown::HashMap<String, Place>,
    block: Block,
}

/// The values of a block's rows that count, by column.
#[derive(Debug, Default)]
struct Block {
    rows: Vec<Seq>,
    /// Of each column the values with the number of their row.
    columns: Vec<(String, Vec<(usize, String)>)>,
}

impl Block {
    fn add(&mut self, walk: &Walk, row: &dyn Fields, seq: Seq) {
        let nth = self.rows.len();
        self.rows.push(seq);
        walk.each(row, &mut |name, value| {
            let found = self.columns.iter().position(|(column, _)| column == name);
            let at = found.unwrap_or_else(|| {
                self.columns.push((name.to_owned(), Vec::new()));
                self.columns.len() - 1
            });
            self.columns[at].1.push((nth, value.to_owned()));
        });
    }

    /// The values as the store comes by them: column by column where all rows are in one group, else row by row.
    fn end(&mut self, alone: bool) -> Vec<(Place, String)> {
        let Block { rows, columns } = std::mem::take(self);
        let mut out = Vec::new();
        for (column, (_, values)) in columns.into_iter().enumerate() {
            let mut values = values.into_iter().peekable();
            for (nth, seq) in rows.iter().enumerate() {
                let value = values.next_if(|(row, _)| *row == nth).map(|(_, value)| value);
                let place = if alone { (rows[0], out.len() as u32) } else { (*seq, column as u32) };
                // A column without a value is there all the same.
                out.push((place, value.unwrap_or_default()));
            }
        }
        out
    }
}

impl Collected {
    /// Whether values in order are as many as are wanted.
    fn is_full(&self, args: &Values) -> bool {
        args.limit > 0 && self.in_order.len() as u64 >= args.limit
    }

    fn add(&mut self, kind: Kind, at: Place, value: String) {
        if kind != Kind::All && value.is_empty() {
            return;
        }
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
        if self.is_full(args) {
            return;
        }
        if args.kind == Kind::Objects {
            self.add(args.kind, (seq, 0), object(&args.fields, row));
            return;
        }
        let mut nth = 0;
        args.walk.each(row, &mut |_, value| {
            nth += 1;
            self.add(args.kind, (seq, nth), value.to_owned());
        });
    }

    fn observe_in_block(&mut self, args: &Values, row: &dyn Fields, seq: Seq, taken: bool) {
        if !args.reads_columns() {
            if taken {
                self.observe(args, row, seq);
            }
        } else if taken && !self.is_full(args) {
            self.block.add(&args.walk, row, seq);
        }
    }

    fn end_block(&mut self, args: &Values, alone: bool) {
        for (place, value) in self.block.end(alone) {
            self.add(args.kind, place, value);
        }
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
        let mut found: Vec<(Place, String)> = self.distinct.into_iter().map(|(value, at)| (at, value)).collect();
        found.sort();
        // Before each row, or each block, the store asks whether it holds more than it needs.
        let starts = (0..found.len()).filter(|&at| at == 0 || found[at - 1].0.0 != found[at].0.0);
        let held = starts.into_iter().find(|&held| held > limit).unwrap_or(found.len());
        found.truncate(held);
        let mut values: Vec<String> = found.into_iter().map(|(_, value)| value).collect();
        values.sort();
        let mut values = order::merge_sort(values, &|a, b| order::typed(a, b));
        values.truncate(limit);
        json::array(values.iter().map(String::as_str))
    }
}
