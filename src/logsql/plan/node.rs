//! The filter tree with fields resolved to slots, cheap tests first, on undecoded values where that is enough.

use super::memo::Memo;
use super::words::AnyPhrase;
use crate::logsql::ast::Expr;
use crate::logsql::batch::Fields;
use crate::logsql::filters::phrase::Phrase;
use crate::logsql::filters::{Filter, Test};
use crate::record::{self, Projection, Value};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// Longest message whose verdict is remembered: longer ones rarely come back.
const SHORT: usize = 16;

/// A filter ready to run on scanned rows.
pub enum Node<'q> {
    All,
    And(Vec<Node<'q>>),
    Or(Vec<Node<'q>>),
    Not(Box<Node<'q>>),
    /// A test of one value.
    Slot {
        slot: usize,
        filter: &'q dyn Filter,
        test: &'q dyn Test,
        /// Whether a row without the field passes.
        empty: bool,
        /// Number of the memo that a worker keeps of it, if remembering verdicts is cheaper than the test.
        memo: Option<usize>,
    },
    /// Any of several phrases in one value.
    Words {
        slot: usize,
        words: AnyPhrase<'q>,
        /// As above, for values so short that they come back.
        memo: usize,
    },
    /// Anything else.
    Leaf(&'q dyn Filter),
}

/// A scanned row with the names of its slots.
pub struct Scanned<'a, 'r> {
    pub row: &'a record::Row<'r>,
    pub names: &'a [String],
    /// All fields were asked for, not only those with a slot.
    pub every: bool,
}

impl Fields for Scanned<'_, '_> {
    fn get(&self, name: &str) -> Cow<'_, str> {
        match self.names.iter().position(|n| n == name) {
            Some(slot) => self.row.text(slot),
            None if self.every => {
                let mut found = Cow::Borrowed("");
                self.row.each(|n, value| {
                    if n == name {
                        found = value.text();
                    }
                });
                found
            }
            None => Cow::Borrowed(""),
        }
    }

    fn each(&self, visit: &mut dyn FnMut(&str, &str)) {
        if self.every {
            self.row.each(|name, value| visit(name, &value.text()));
            return;
        }
        for (slot, name) in self.names.iter().enumerate() {
            if let Some(value) = self.row.raw(slot) {
                visit(name, &value.text());
            }
        }
    }

    fn each_name(&self, visit: &mut dyn FnMut(&str)) {
        if self.every {
            self.row.each(|name, _| visit(name));
            return;
        }
        for (slot, name) in self.names.iter().enumerate() {
            if self.row.raw(slot).is_some() {
                visit(name);
            }
        }
    }

    fn time(&self) -> Option<record::time::Nanos> {
        match self.names.iter().position(|n| n == "_time") {
            Some(slot) => record::time::parse(&self.row.text(slot)),
            None => record::time::parse(&self.get("_time")),
        }
    }
}

impl<'q> Node<'q> {
    /// `memos` counts the tests that get a memo.
    pub fn new(expr: &'q Expr, projection: &Projection, memos: &mut usize) -> Node<'q> {
        match expr {
            Expr::All => Node::All,
            Expr::And(parts) => {
                let mut nodes: Vec<Node<'q>> = parts.iter().map(|p| Node::new(p, projection, memos)).collect();
                nodes.sort_by_key(Node::cost);
                Node::And(nodes)
            }
            Expr::Or(parts) => Node::or(parts, projection, memos),
            Expr::Not(inner) => Node::Not(Box::new(Node::new(inner, projection, memos))),
            Expr::Leaf(filter) => match filter.on_value() {
                Some((field, test)) => match projection.slot(field) {
                    Some(slot) => {
                        let memo = Self::is_worth_a_memo(field, &**filter).then(|| {
                            *memos += 1;
                            *memos - 1
                        });
                        Node::Slot { slot, filter: &**filter, test, empty: test.test(""), memo }
                    }
                    None => Node::Leaf(&**filter),
                },
                None => Node::Leaf(&**filter),
            },
        }
    }

    /// Comparing a value with another is as cheap as finding it again, and instants do not come back.
    fn is_worth_a_memo(field: &str, filter: &dyn Filter) -> bool {
        filter.cost() > 1 && field != "_time"
    }

    /// Phrases of the same field are looked for together.
    fn or(parts: &'q [Expr], projection: &Projection, memos: &mut usize) -> Node<'q> {
        let mut words: BTreeMap<usize, Vec<(Node<'q>, &'q Phrase)>> = BTreeMap::new();
        let mut nodes = Vec::new();
        for part in parts {
            let node = Node::new(part, projection, memos);
            let phrase = match &node {
                Node::Slot { slot, test, .. } => test.as_phrase().filter(|p| !p.text().is_empty()).map(|p| (*slot, p)),
                _ => None,
            };
            match phrase {
                Some((slot, phrase)) => words.entry(slot).or_default().push((node, phrase)),
                None => nodes.push(node),
            }
        }
        for (slot, group) in words {
            let (alone, phrases): (Vec<_>, Vec<_>) = group.into_iter().unzip();
            match AnyPhrase::new(phrases) {
                Some(words) if words.len() > 1 => {
                    nodes.push(Node::Words { slot, words, memo: *memos });
                    *memos += 1;
                }
                _ => nodes.extend(alone),
            }
        }
        nodes.sort_by_key(Node::cost);
        Node::Or(nodes)
    }

    fn cost(&self) -> u32 {
        match self {
            Node::All => 0,
            Node::And(parts) | Node::Or(parts) => parts.iter().map(Node::cost).sum(),
            Node::Not(inner) => inner.cost(),
            Node::Slot { filter, .. } => filter.cost(),
            Node::Words { words, .. } => 10 + u32::try_from(words.len()).unwrap_or(u32::MAX / 2),
            Node::Leaf(filter) => filter.cost().saturating_add(10),
        }
    }

    /// `memos` are the worker's own, one for each that was counted.
    pub fn matches(&self, row: &record::Row<'_>, names: &[String], memos: &mut [Memo]) -> bool {
        match self {
            Node::And(parts) => parts.iter().all(|part| part.passes(row, names, memos)),
            Node::Or(parts) => parts.iter().any(|part| part.passes(row, names, memos)),
            one => one.passes(row, names, memos),
        }
    }

    /// The same, without a call for what most parts of a filter are.
    #[inline(always)]
    fn passes(&self, row: &record::Row<'_>, names: &[String], memos: &mut [Memo]) -> bool {
        match self {
            Node::Slot { slot, test, empty, memo, .. } => match (row.raw(*slot), memo) {
                (None, _) => *empty,
                (Some(value), None) => holds(*test, value),
                (Some(value), Some(memo)) => memos[*memo].ask(value, |value| holds(*test, value)),
            },
            Node::Words { slot, words, memo } => match row.raw(*slot) {
                Some(value) if value.bytes().len() <= SHORT => memos[*memo].ask(value, |value| any_word(words, value)),
                value => value.is_some_and(|value| any_word(words, value)),
            },
            Node::All => true,
            Node::Not(inner) => !inner.matches(row, names, memos),
            Node::Leaf(filter) => filter.matches(&Scanned { row, names, every: false }),
            Node::And(_) | Node::Or(_) => self.matches(row, names, memos),
        }
    }

    pub fn explain(&self, depth: usize, out: &mut String) {
        let list = |name: &str, parts: &[Node<'_>], out: &mut String| {
            out.push_str(name);
            out.push('\n');
            for part in parts {
                out.push_str(&" ".repeat(13 + 2 * depth));
                part.explain(depth + 1, out);
            }
        };
        match self {
            Node::All => out.push_str("every row\n"),
            Node::And(parts) => list("all of, in this order:", parts, out),
            Node::Or(parts) => list("any of, in this order:", parts, out),
            Node::Not(inner) => {
                out.push_str("not ");
                inner.explain(depth, out);
            }
            Node::Words { words, .. } => out.push_str(&format!("in one pass: {}\n", words.names())),
            Node::Slot { filter, .. } => line(*filter, out),
            Node::Leaf(filter) => line(*filter, out),
        }
    }
}

fn line(filter: &dyn Filter, out: &mut String) {
    filter.print(out);
    out.push('\n');
}

fn holds(test: &dyn Test, value: Value<'_>) -> bool {
    let raw = value.bytes();
    (!value.is_decoded() && test.accepts_raw(raw)) || (!test.rejects_raw(raw) && test.test(&value.text()))
}

fn any_word(words: &AnyPhrase<'_>, value: Value<'_>) -> bool {
    words.may_be_in(value) && words.is_in(&value.text())
}
