//! `row_any(f*)`, `row_min(x, f*)`, `row_max(x, f*)`: fields of one row, as a JSON object.

use super::frame::{Args, State, fields, function};
use super::{StatsFunc, StatsSpec};
use crate::logsql::batch::Fields;
use crate::logsql::columns::{Columns, Walk};
use crate::logsql::names::{Patterns, print_word};
use crate::logsql::needed::Needed;
use crate::logsql::parse::{Parsed, Parser};
use crate::logsql::pipes::Seq;
use crate::logsql::values::{json, order};
use crate::record::time::Nanos;
use std::cmp::Ordering;
use std::sync::Arc;

pub static ANY: StatsSpec = StatsSpec {
    names: &["row_any"],
    example: "* | stats row_any(user, ip) as sample",
    help: "fields of the first row",
    parse: |parser| Ok(function(RowPick::new(None, fields(parser)?))),
};

pub static MIN: StatsSpec = StatsSpec {
    names: &["row_min"],
    example: "* | stats row_min(_time, user, ip) as first",
    help: "fields of the row with the smallest value of the first field",
    parse: |parser| parse(parser, "row_min", Ordering::Less),
};

pub static MAX: StatsSpec = StatsSpec {
    names: &["row_max"],
    example: "* | stats row_max(duration_ms, path) as slowest",
    help: "fields of the row with the largest value of the first field",
    parse: |parser| parse(parser, "row_max", Ordering::Greater),
};

#[derive(Debug, Clone)]
pub struct RowPick {
    /// Function name, field to compare, which way. `None` takes the first row.
    by: Option<(&'static str, String, Ordering)>,
    fields: Patterns,
    walk: Walk,
}

impl RowPick {
    fn new(by: Option<(&'static str, String, Ordering)>, fields: Patterns) -> RowPick {
        let walk = Walk::new(&fields, &Columns::Rows);
        RowPick { by, fields, walk }
    }

    fn pack(&self, row: &dyn Fields) -> String {
        let mut chosen: Vec<(String, String)> = Vec::new();
        self.walk.each(row, &mut |name, value| chosen.push((name.to_owned(), value.to_owned())));
        if self.by.is_none() {
            chosen.sort();
        }
        json::object(chosen.iter().map(|(n, v)| (n.as_str(), v.as_str())))
    }
}

fn parse(parser: &mut Parser, name: &'static str, better: Ordering) -> Parsed<Arc<dyn StatsFunc>> {
    parser.expect("(", &format!("after `{name}`"))?;
    let field = parser.field_name()?;
    let mut list = Vec::new();
    while parser.eat(",") && !parser.is(")") {
        list.push(parser.pattern()?);
    }
    parser.expect(")", "after the fields")?;
    let fields = Patterns(list);
    let fields = if fields.0.is_empty() || fields.is_all() { Patterns::all() } else { fields };
    Ok(function(RowPick::new(Some((name, field, better)), fields)))
}

impl Args for RowPick {
    type State = Picked;

    fn print(&self, out: &mut String) {
        match &self.by {
            None => out.push_str("row_any("),
            Some((name, field, _)) => {
                out.push_str(name);
                out.push('(');
                print_word(field, out);
                if self.fields.is_all() {
                    out.push(')');
                    return;
                }
                out.push_str(", ");
            }
        }
        self.fields.print(out);
        out.push(')');
    }

    fn over(&self, columns: &Columns) -> Option<Self> {
        Some(RowPick { walk: Walk::new(&self.fields, columns), ..self.clone() })
    }

    fn shows_order(&self, columns: &Columns) -> bool {
        self.by.is_some() && Walk::follows_rows(&self.fields, columns)
    }

    fn needs(&self, needed: &mut Needed) {
        self.fields.needs(needed);
        if let Some((_, field, _)) = &self.by {
            needed.add(field);
        }
    }
}

/// The picked row: the value it was picked for, its place, its fields.
#[derive(Debug, Default)]
pub struct Picked(Option<(String, Seq, String)>);

impl Picked {
    fn wants(&self, args: &RowPick, value: &str, seq: Seq) -> bool {
        match (&self.0, &args.by) {
            (None, _) => true,
            (Some((_, at, _)), None) => seq < *at,
            (Some((best, at, _)), Some((_, _, better))) => match order::typed(value, best) {
                Ordering::Equal => seq < *at,
                order => order == *better,
            },
        }
    }
}

impl State<RowPick> for Picked {
    fn new(_args: &RowPick, _range: (Nanos, Nanos)) -> Self {
        Picked::default()
    }

    fn observe(&mut self, args: &RowPick, row: &dyn Fields, seq: Seq) {
        let value = args.by.as_ref().map_or_else(Default::default, |(_, field, _)| row.get(field));
        if (args.by.is_none() || !value.is_empty()) && self.wants(args, &value, seq) {
            self.0 = Some((value.into_owned(), seq, args.pack(row)));
        }
    }

    fn merge(&mut self, args: &RowPick, other: Self) {
        if let Some((value, seq, row)) = other.0
            && self.wants(args, &value, seq)
        {
            self.0 = Some((value, seq, row));
        }
    }

    fn finish(self, _args: &RowPick) -> String {
        self.0.map_or_else(|| "{}".into(), |(_, _, row)| row)
    }
}
