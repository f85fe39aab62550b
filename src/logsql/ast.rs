//! The parsed query: a boolean tree of filters, then pipes.

use super::batch::Fields;
use super::filters::{Filter, prefix::is_star};
use super::needed::Needed;
use super::pipes::Pipe;
use super::pipes::offset::OffsetPipe;
use crate::record::time::Nanos;
use std::convert::Infallible;
use std::sync::Arc;

/// A boolean tree of filters. Built with the functions below it is always in normal form: no nested And in And, no `*`
/// beside other filters, no double negation.
#[derive(Debug, Clone)]
pub enum Expr {
    /// `*`: every row.
    All,
    And(Vec<Expr>),
    Or(Vec<Expr>),
    Not(Box<Expr>),
    Leaf(Arc<dyn Filter>),
}

impl Expr {
    pub fn leaf(filter: impl Filter + 'static) -> Expr {
        Expr::Leaf(Arc::new(filter))
    }

    pub fn and(parts: Vec<Expr>) -> Expr {
        let mut flat = Vec::with_capacity(parts.len());
        for part in parts {
            match part {
                Expr::And(inner) => flat.extend(inner),
                Expr::All => {}
                other => flat.push(other),
            }
        }
        match flat.len() {
            0 => Expr::All,
            1 => flat.remove(0),
            _ => Expr::And(flat),
        }
    }

    pub fn or(parts: Vec<Expr>) -> Expr {
        let mut flat = Vec::with_capacity(parts.len());
        for part in parts {
            match part {
                Expr::Or(inner) => flat.extend(inner),
                Expr::All => return Expr::All,
                other => flat.push(other),
            }
        }
        if flat.len() == 1 { flat.remove(0) } else { Expr::Or(flat) }
    }

    /// Negation; `not not x` is `x`.
    #[must_use]
    pub fn negated(self) -> Expr {
        match self {
            Expr::Not(inner) => *inner,
            other => Expr::Not(Box::new(other)),
        }
    }

    pub fn matches(&self, row: &dyn Fields) -> bool {
        match self {
            Expr::All => true,
            Expr::And(parts) => parts.iter().all(|p| p.matches(row)),
            Expr::Or(parts) => parts.iter().any(|p| p.matches(row)),
            Expr::Not(inner) => !inner.matches(row),
            Expr::Leaf(filter) => filter.matches(row),
        }
    }

    pub fn needs(&self, needed: &mut Needed) {
        self.each_leaf(&mut |filter| filter.needs(needed));
    }

    pub fn each_leaf<'a>(&'a self, visit: &mut dyn FnMut(&'a Arc<dyn Filter>)) {
        match self {
            Expr::All => {}
            Expr::And(parts) | Expr::Or(parts) => parts.iter().for_each(|p| p.each_leaf(visit)),
            Expr::Not(inner) => inner.each_leaf(visit),
            Expr::Leaf(filter) => visit(filter),
        }
    }

    /// Rebuilds the tree with some leaves replaced.
    pub fn map<E>(&self, replace: &mut Replace<'_, E>) -> Result<Expr, E> {
        Ok(match self {
            Expr::All => Expr::All,
            Expr::And(parts) => Expr::and(parts.iter().map(|p| p.map(replace)).collect::<Result<_, E>>()?),
            Expr::Or(parts) => Expr::or(parts.iter().map(|p| p.map(replace)).collect::<Result<_, E>>()?),
            Expr::Not(inner) => inner.map(replace)?.negated(),
            Expr::Leaf(filter) => replace(filter)?.unwrap_or_else(|| self.clone()),
        })
    }

    /// The filter of a query, in which a star is every row, with or without a message.
    fn without_stars(&self) -> Expr {
        let star = |filter: &Arc<dyn Filter>| Ok::<_, Infallible>(is_star(&**filter).then_some(Expr::All));
        match self.map(&mut { star }) {
            Ok(filter) => filter,
        }
    }

    /// The instants that top-level `_time` filters leave, both ends included.
    pub fn time_range(&self) -> (Nanos, Nanos) {
        match self {
            Expr::And(parts) => parts.iter().map(Expr::time_range).fold(EVER, intersect),
            Expr::Leaf(filter) => filter.time_range().unwrap_or(EVER),
            _ => EVER,
        }
    }

    pub fn print(&self, out: &mut String) {
        match self {
            Expr::All => out.push('*'),
            Expr::And(parts) => print_joined(parts, " ", |p| matches!(p, Expr::Or(_)), out),
            Expr::Or(parts) => print_joined(parts, " or ", |_| false, out),
            Expr::Not(inner) => {
                out.push('!');
                print_in_parens(inner, matches!(**inner, Expr::And(_) | Expr::Or(_)), out);
            }
            Expr::Leaf(filter) => filter.print(out),
        }
    }
}

/// What stands for a leaf in a rebuilt tree; `None` keeps it.
pub type Replace<'r, E> = dyn FnMut(&Arc<dyn Filter>) -> Result<Option<Expr>, E> + 'r;

/// All of time.
pub const EVER: (Nanos, Nanos) = (Nanos::MIN, Nanos::MAX);

/// The instants in both ranges; an empty one has its end before its start.
fn intersect(a: (Nanos, Nanos), b: (Nanos, Nanos)) -> (Nanos, Nanos) {
    (a.0.max(b.0), a.1.min(b.1))
}

fn print_joined(parts: &[Expr], between: &str, parens: impl Fn(&Expr) -> bool, out: &mut String) {
    for (i, part) in parts.iter().enumerate() {
        if i > 0 {
            out.push_str(between);
        }
        print_in_parens(part, parens(part), out);
    }
}

fn print_in_parens(expr: &Expr, parens: bool, out: &mut String) {
    if parens {
        out.push('(');
    }
    expr.print(out);
    if parens {
        out.push(')');
    }
}

/// `options(...)` at the start of a query.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct QueryOptions {
    /// A hint to the store; here threads are the caller's business.
    pub concurrency: Option<u64>,
    /// The query does not see the global time range (`start`, `end`).
    pub ignore_global_time_filter: Option<bool>,
}

/// A parsed query in the store's normal form.
#[derive(Debug, Clone)]
pub struct Query {
    pub options: QueryOptions,
    pub filter: Expr,
    pub pipes: Vec<Arc<dyn Pipe>>,
    /// The instant that relative times refer to.
    pub now: Nanos,
    /// Whether the text says anything relative to `now`.
    pub uses_now: bool,
    /// What the store would do silently and a person may not have meant.
    pub notes: Vec<String>,
}

impl Query {
    /// The query's text in normal form; parsing it gives the same query.
    pub fn print(&self) -> String {
        let mut out = String::new();
        self.print_to(&mut out);
        out
    }

    pub fn print_to(&self, out: &mut String) {
        print_options(&self.options, out);
        self.filter.print(out);
        for pipe in &self.pipes {
            out.push_str(" | ");
            pipe.print(out);
        }
    }

    /// The fields that the query looks at in its source rows.
    pub fn needed(&self) -> Needed {
        let mut needed = Needed::everything();
        for pipe in self.pipes.iter().rev() {
            pipe.needs(&mut needed);
        }
        self.filter.needs(&mut needed);
        needed
    }

    /// Merges neighbours as the store does: `| filter` into the filter, `sort | limit` into one pipe. Offsets come first:
    /// in `sort | limit | offset` the offset then stands alone.
    pub(super) fn normalise(&mut self) {
        let mut pipes = std::mem::take(&mut self.pipes);
        let is_offset = |pipe: &dyn Pipe| pipe.as_any().is::<OffsetPipe>();
        for offsets in [true, false] {
            let mut merged: Vec<Arc<dyn Pipe>> = Vec::with_capacity(pipes.len());
            for pipe in pipes {
                let last = merged.last().filter(|_| is_offset(&*pipe) == offsets);
                match last.and_then(|last| last.absorb(&*pipe)) {
                    Some(both) => *merged.last_mut().expect("just looked at it") = both,
                    None => merged.push(pipe),
                }
            }
            pipes = merged;
        }
        while let Some(filter) = pipes.first().and_then(|p| p.as_filter()) {
            self.filter = Expr::and(vec![self.filter.clone(), filter.clone()]);
            pipes.remove(0);
        }
        self.filter = self.filter.without_stars();
        self.pipes = pipes;
    }
}

fn print_options(options: &QueryOptions, out: &mut String) {
    let mut parts = Vec::new();
    if let Some(n) = options.concurrency.filter(|n| *n > 0) {
        parts.push(format!("concurrency={n}"));
    }
    if let Some(on) = options.ignore_global_time_filter {
        parts.push(format!("ignore_global_time_filter={on}"));
    }
    if !parts.is_empty() {
        out.push_str("options(");
        out.push_str(&parts.join(", "));
        out.push_str(") ");
    }
}
