//! The order in which the store holds the columns of a block, as far as it is known before a row is seen.
//!
//! It shows where fields are packed into one, where values of several fields are listed, and where two of them are as
//! good as each other. It is found once per query, from the first step to the last; rows themselves are only put in this
//! order where a step looks at it ([`super::exec`]).

use super::batch::Fields;
use super::names::{Pattern, Patterns};
use super::needed::Needed;

/// What every row has comes first when whole rows are read.
const FIRST: [&str; 4] = ["_time", "_stream_id", "_stream", "_msg"];

/// The columns before a step.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Columns {
    /// Those of the rows, in their order.
    #[default]
    Rows,
    /// These, in this order.
    Named(Vec<String>),
    /// Those of the rows as they are read without naming each: [`FIRST`], then by name.
    Whole,
}

impl Columns {
    /// What a query reads that asks for these fields.
    pub fn read(needed: &Needed) -> Columns {
        needed.names().map_or(Columns::Whole, |names| Columns::Named(names.map(str::to_owned).collect()))
    }

    /// With columns that are set: a new one goes to the end.
    pub fn with<'n>(self, names: impl IntoIterator<Item = &'n str>) -> Columns {
        let Columns::Named(mut columns) = self else { return Columns::Rows };
        for name in names {
            if !columns.iter().any(|column| column == name) {
                columns.push(name.to_owned());
            }
        }
        Columns::Named(columns)
    }

    /// Without columns that are dropped.
    pub fn without(self, gone: impl Fn(&str) -> bool) -> Columns {
        match self {
            Columns::Named(mut columns) => {
                columns.retain(|name| !gone(name));
                Columns::Named(columns)
            }
            other => other,
        }
    }

    /// With these columns before all others.
    pub fn behind<'n>(self, first: impl IntoIterator<Item = &'n str>) -> Columns {
        let Columns::Named(columns) = self else { return Columns::Rows };
        Columns::Named(Vec::new()).with(first).with(columns.iter().map(String::as_str))
    }

    /// The names, where they are known.
    pub fn names(&self) -> Option<&[String]> {
        if let Columns::Named(names) = self { Some(names) } else { None }
    }
}

/// The place of a column among those of whole rows.
pub fn place(name: &str) -> (usize, &str) {
    (FIRST.iter().position(|first| *first == name).unwrap_or(FIRST.len()), name)
}

/// Some fields of a row, in the order of the columns, each once.
#[derive(Debug, Clone)]
pub enum Walk {
    Names(Vec<String>),
    /// Which of them there are shows only in the row; names that are not there come last, without a value.
    Matching {
        fields: Patterns,
        whole: bool,
    },
}

impl Walk {
    /// The way through the chosen fields where rows have these columns.
    pub fn new(fields: &Patterns, columns: &Columns) -> Walk {
        let missing = |there: &[String]| {
            let missing = fields.names().filter(|name| !there.iter().any(|column| column == name));
            missing.map(str::to_owned).collect::<Vec<_>>()
        };
        match (columns, fields.0.as_slice()) {
            (_, [Pattern::Name(name)]) => Walk::Names(vec![name.clone()]),
            (Columns::Named(columns), _) => {
                let there: Vec<String> = columns.iter().filter(|name| fields.matches(name)).cloned().collect();
                let missing = missing(&there);
                Walk::Names([there, missing].concat())
            }
            _ => Walk::Matching { fields: fields.clone(), whole: *columns == Columns::Whole },
        }
    }

    /// Whether the order of a row's fields decides the way.
    pub fn follows_rows(fields: &Patterns, columns: &Columns) -> bool {
        matches!(Walk::new(fields, columns), Walk::Matching { whole: false, .. })
    }

    /// Visits the fields.
    pub fn each(&self, row: &dyn Fields, visit: &mut dyn FnMut(&str, &str)) {
        let (fields, whole) = match self {
            Walk::Names(names) => return names.iter().for_each(|name| visit(name, &row.get(name))),
            Walk::Matching { fields, whole } => (fields, *whole),
        };
        let mut chosen: Vec<(String, String)> = Vec::new();
        row.each(&mut |name, value| {
            if fields.matches(name) && !chosen.iter().any(|(there, _)| there == name) {
                chosen.push((name.to_owned(), value.to_owned()));
            }
        });
        if whole {
            chosen.sort_by(|(a, _), (b, _)| place(a).cmp(&place(b)));
        }
        for name in fields.names() {
            if !chosen.iter().any(|(there, _)| there == name) {
                chosen.push((name.to_owned(), String::new()));
            }
        }
        chosen.iter().for_each(|(name, value)| visit(name, value));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::logsql::Row;

    fn patterns(texts: &[&str]) -> Patterns {
        let pattern = |text: &&str| match text.strip_suffix('*') {
            Some(prefix) => Pattern::Prefix(prefix.into()),
            None => Pattern::Name((*text).into()),
        };
        Patterns(texts.iter().map(pattern).collect())
    }

    fn named(names: &[&str]) -> Columns {
        Columns::Named(names.iter().map(|name| (*name).to_owned()).collect())
    }

    #[test]
    fn fields_are_visited_as_their_columns_stand() {
        let row: Row = [("b", "1"), ("_msg", "2"), ("a", "3"), ("c", "4")].into_iter().collect();
        for (fields, columns, want) in [
            (&["a", "x", "b", "a"][..], named(&["b", "a", "c"]), "b=1 a=3 x="),
            (&["a", "*"], named(&["b", "x", "a"]), "b=1 x= a=3"),
            (&["a", "x", "*"], Columns::Whole, "_msg=2 a=3 b=1 c=4 x="),
            (&["c", "x", "b"], Columns::Rows, "b=1 c=4 x="),
            (&["x"], Columns::Rows, "x="),
        ] {
            let mut out = Vec::new();
            let walk = Walk::new(&patterns(fields), &columns);
            walk.each(&row, &mut |name, value| out.push(format!("{name}={value}")));
            assert_eq!(out.join(" "), want, "{fields:?} {columns:?}");
        }
    }

    #[test]
    fn columns_change_places() {
        let columns = || named(&["a", "b", "c"]);
        assert_eq!(columns().with(["b", "d"]), named(&["a", "b", "c", "d"]));
        assert_eq!(columns().behind(["r", "c", "x"]), named(&["r", "c", "x", "a", "b"]));
        assert_eq!(columns().without(|name| name == "b"), named(&["a", "c"]));
        assert_eq!((Columns::Whole.with(["a"]), Columns::Whole.without(|_| true)), (Columns::Rows, Columns::Whole));
    }
}
