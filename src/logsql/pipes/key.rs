//! Sort keys of rows, and the keeper of the best N.

use crate::logsql::batch::{Fields, Row};
use crate::logsql::names::print_word;
use crate::logsql::number;
use crate::logsql::parse::{Parsed, Parser};
use crate::logsql::pipes::Seq;
use crate::logsql::values::json;
use crate::logsql::values::order::{self, PlainKey};
use crate::record::time::Nanos;
use std::cmp::Ordering;
use std::collections::{HashMap, VecDeque};

/// A field to sort by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SortField {
    pub name: String,
    pub desc: bool,
}

/// `(a, b desc, c asc)`; the list may be empty.
pub fn parse_fields(parser: &mut Parser) -> Parsed<Vec<SortField>> {
    parser.list_in_parens(|p| {
        let name = p.field_name()?;
        let desc = direction(p);
        Ok(SortField { name, desc })
    })
}

/// Reads an optional `desc` or `asc`.
pub fn direction(parser: &mut Parser) -> bool {
    let desc = parser.eat("desc");
    if !desc {
        parser.eat("asc");
    }
    desc
}

/// Appends `(a, b desc)`.
pub fn print_fields(fields: &[SortField], out: &mut String) {
    out.push('(');
    for (i, field) in fields.iter().enumerate() {
        if i > 0 {
            out.push_str(", ");
        }
        print_word(&field.name, out);
        if field.desc {
            out.push_str(" desc");
        }
    }
    out.push(')');
}

/// What is compared, and which way.
#[derive(Debug, Clone)]
pub struct Order {
    pub by: Vec<SortField>,
    /// Turns every field's direction around.
    pub desc: bool,
    /// The comparison of a sort that keeps only the best.
    pub typed: bool,
    /// The columns of the rows, where they are known: a row as a whole has them all.
    pub columns: Option<Vec<String>>,
}

/// One value of a key.
#[derive(Debug, Clone)]
pub enum Part {
    /// The untouched time column.
    Time(Nanos),
    Plain(PlainKey),
    Typed(TypedKey),
}

/// A value with what a total order needs.
#[derive(Debug, Clone)]
pub struct TypedKey {
    text: String,
    float: Option<f64>,
    integer: Option<i64>,
}

impl Order {
    /// The key of a row. Without fields to sort by it is the whole row.
    pub fn key(&self, row: &dyn Fields) -> Vec<Part> {
        if self.by.is_empty() {
            return vec![self.part(&self.whole(row))];
        }
        self.by
            .iter()
            .map(|field| match row.time() {
                Some(time) if field.name == "_time" => Part::Time(time),
                _ => self.part(&row.get(&field.name)),
            })
            .collect()
    }

    /// A row as text. A column without a value is there too.
    fn whole(&self, row: &dyn Fields) -> String {
        let mut text = String::new();
        let mut add = |name: &str, value: &str| {
            json::quote_into(name, &mut text);
            text.push(':');
            json::quote_into(value, &mut text);
            text.push(',');
        };
        match &self.columns {
            Some(names) => names.iter().for_each(|name| add(name, &row.get(name))),
            None => row.each(&mut add),
        }
        text
    }

    fn part(&self, text: &str) -> Part {
        if !self.typed {
            return Part::Plain(PlainKey::new(text));
        }
        let float = number::amount(text);
        Part::Typed(TypedKey { integer: float.and_then(|_| number::plain_i64(text)), float, text: text.to_owned() })
    }

    /// The store's comparison, which is no total order on mixed data. Of typed values that are as good as each other but
    /// not the same (`60s`, `1m`) neither comes first, whatever the fields behind say.
    pub fn compare(&self, a: &[Part], b: &[Part]) -> Ordering {
        self.directed(a, b, |a, b| match (a, b) {
            (Part::Time(a), Part::Time(b)) => differ(a.cmp(b)),
            (Part::Plain(a), Part::Plain(b)) => differ(order::plain(a, b)),
            (Part::Typed(a), Part::Typed(b)) => (a.text != b.text).then(|| order::typed(&a.text, &b.text)),
            (a, b) => differ(order::natural(&text_of(a), &text_of(b))),
        })
    }

    /// A total order that agrees with it on values of one kind: numbers by value, then everything else.
    fn total(&self, a: &[Part], b: &[Part]) -> Ordering {
        self.directed(a, b, |a, b| match (a, b) {
            (Part::Time(a), Part::Time(b)) => differ(a.cmp(b)),
            (Part::Typed(a), Part::Typed(b)) => differ(a.total(b)),
            (a, b) => differ(text_of(a).cmp(&text_of(b))),
        })
    }

    /// The order by the first fields that `compare` tells apart.
    fn directed(&self, a: &[Part], b: &[Part], compare: impl Fn(&Part, &Part) -> Option<Ordering>) -> Ordering {
        let decided = a.iter().zip(b).enumerate().find_map(|(i, (a, b))| Some((i, compare(a, b)?)));
        let Some((i, order)) = decided else { return Ordering::Equal };
        let desc = self.by.get(i).is_some_and(|field| field.desc) != self.desc;
        if desc { order.reverse() } else { order }
    }
}

fn differ(order: Ordering) -> Option<Ordering> {
    order.is_ne().then_some(order)
}

fn text_of(part: &Part) -> String {
    match part {
        Part::Time(time) => crate::record::time::format(*time),
        Part::Plain(key) => key.text().to_owned(),
        Part::Typed(key) => key.text.clone(),
    }
}

impl TypedKey {
    fn total(&self, other: &TypedKey) -> Ordering {
        let by_number = match (self.float, other.float) {
            (Some(a), Some(b)) => order::by_value(a, b).then(self.integer.cmp(&other.integer)),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => Ordering::Equal,
        };
        by_number.then_with(|| order::natural(&self.text, &other.text)).then_with(|| self.text.cmp(&other.text))
    }
}

/// A row with its key and place.
#[derive(Debug, Clone)]
pub struct Keyed {
    pub key: Vec<Part>,
    pub seq: Seq,
    pub row: Row,
}

/// Rows of this many are sorted as they are; beyond it only the best are kept.
const SMALL: usize = 10_000;

/// Rows in no order yet, of which at most the best N are wanted.
///
/// As long as there are few rows, all are kept, so that the store's own comparison decides. Beyond that the best N by
/// the total order are kept: that set does not depend on how the rows were split over keepers.
#[derive(Debug, Clone, Default)]
pub struct Keeper {
    rows: Vec<Keyed>,
    seen: usize,
}

impl Keeper {
    /// `wanted` is `None` when all rows are.
    pub fn push(&mut self, row: Keyed, order: &Order, wanted: Option<usize>) {
        self.seen += 1;
        self.rows.push(row);
        self.shrink(order, wanted);
    }

    pub fn merge(&mut self, other: Keeper, order: &Order, wanted: Option<usize>) {
        self.seen += other.seen;
        self.rows.extend(other.rows);
        self.shrink(order, wanted);
    }

    fn shrink(&mut self, order: &Order, wanted: Option<usize>) {
        let Some(wanted) = wanted else { return };
        if self.rows.len() > SMALL.max(2 * wanted) {
            self.cut(order, wanted);
        }
    }

    fn cut(&mut self, order: &Order, wanted: usize) {
        if wanted < self.rows.len() {
            self.rows.select_nth_unstable_by(wanted, |a, b| order.total(&a.key, &b.key).then(a.seq.cmp(&b.seq)));
            self.rows.truncate(wanted);
        }
    }

    /// The rows in order; `wanted` best ones at most. Rows with the same key keep their order.
    pub fn sorted(mut self, order: &Order, wanted: Option<usize>) -> Vec<Row> {
        if let Some(wanted) = wanted.filter(|_| self.seen > SMALL) {
            self.cut(order, wanted);
        }
        self.rows.sort_by_key(|row| row.seq);
        let compare = |a: &Keyed, b: &Keyed| order.compare(&a.key, &b.key);
        let Some(wanted) = wanted else {
            return order::merge_sort(self.rows, &compare).into_iter().map(|keyed| keyed.row).collect();
        };
        let keys = order::heap_sort(self.rows.iter(), wanted, &|a, b| compare(a, b));
        let keys: Vec<Vec<String>> = keys.into_iter().map(Keyed::texts).collect();
        let mut by_key: HashMap<Vec<String>, VecDeque<Row>> = HashMap::new();
        for keyed in self.rows {
            by_key.entry(keyed.texts()).or_default().push_back(keyed.row);
        }
        keys.into_iter().filter_map(|key| by_key.get_mut(&key)?.pop_front()).collect()
    }
}

impl Keyed {
    fn texts(&self) -> Vec<String> {
        self.key.iter().map(text_of).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn best(values: &[String], parts: usize, wanted: usize) -> Vec<String> {
        let order =
            Order { by: vec![SortField { name: "x".into(), desc: false }], desc: false, typed: true, columns: None };
        let mut keepers = vec![Keeper::default(); parts];
        for (i, value) in values.iter().enumerate() {
            let row: Row = [("x", value.as_str())].into_iter().collect();
            let seq = Seq { offset: i as u64, ..Seq::default() };
            keepers[i % parts].push(Keyed { key: order.key(&row), seq, row }, &order, Some(wanted));
        }
        let mut all = Keeper::default();
        keepers.into_iter().rev().for_each(|k| all.merge(k, &order, Some(wanted)));
        all.sorted(&order, Some(wanted)).iter().map(|row| row.get("x").to_owned()).collect()
    }

    #[test]
    fn the_best_do_not_depend_on_the_split() {
        let mixed: Vec<String> = (0..25_000_u64)
            .map(|i| match i % 4 {
                0 => (i * 7919 % 10_007).to_string(),
                1 => format!("{}ms", i * 31 % 977),
                2 => format!("v{}", i % 300),
                _ => format!("2025-07-{}", i % 40),
            })
            .collect();
        let one = best(&mixed, 1, 7);
        assert_eq!(one, best(&mixed, 2, 7));
        assert_eq!(one, best(&mixed, 5, 7));
    }
}
