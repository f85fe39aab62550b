//! The planner: how a query reads a dump with the least work.
//!
//! Belongs here: which fields are decoded, in which order filters run, which literal is looked for in raw bytes before
//! anything is parsed, and counting on undecoded values. Elsewhere: what filters and pipes mean. The plain worker of
//! [`super::exec`] is the judge: with and without a plan every query gives the same rows.

pub mod counter;
pub mod mandatory;
pub mod memo;
pub mod names;
pub mod needle;
pub mod node;
pub mod words;
pub mod worker;

#[cfg(test)]
mod tests;

use super::ast::{Expr, Query};
use super::needed::Needed;
use super::pipes::{Gather, KeyField};
use crate::record::{Needle, Projection};
use node::Node;
use std::collections::BTreeSet;

/// How one scan is done.
pub struct Plan<'q> {
    pub projection: Projection,
    /// Whether rows are needed with all their fields.
    pub every: bool,
    pub node: Node<'q>,
    /// Memos that a worker needs for the node.
    pub memos: usize,
    /// A literal without which no line can match.
    pub needle: Option<Needle>,
    /// Set when rows need not be looked at one by one: the fields whose values are counted.
    pub keys: Option<Vec<KeyField>>,
}

impl<'q> Plan<'q> {
    /// `needed` is what the steps after the filter look at.
    pub fn new(filter: &'q Expr, needed: &Needed, gather: Option<&dyn Gather>) -> Plan<'q> {
        let mut fields = needed.clone();
        filter.needs(&mut fields);
        let mut of_filter = Needed::nothing();
        filter.needs(&mut of_filter);
        let projection = match fields.names() {
            Some(names) => Projection::new(&names.collect::<Vec<_>>()),
            None => Projection::with_every_field(&of_filter.names().into_iter().flatten().collect::<Vec<_>>()),
        };
        let keys = gather.and_then(Gather::keys).filter(|keys| keys.iter().all(|k| projection.slot(&k.name).is_some()));
        let mut memos = 0;
        let node = Node::new(filter, &projection, &mut memos);
        let every = fields.names().is_none();
        Plan { every, node, memos, needle: needle::of(filter), keys, projection }
    }
}

/// What the pipes of a query look at in the rows that its filter lets through.
pub fn needed_by_pipes(query: &Query) -> Needed {
    let mut needed = Needed::everything();
    for pipe in query.pipes.iter().rev() {
        pipe.needs(&mut needed);
    }
    needed
}

/// The plan of a query in words, for people.
pub fn explain(query: &Query) -> String {
    let needed = needed_by_pipes(query);
    let plan = Plan::new(&query.filter, &needed, None);
    let needle = match &plan.needle {
        Some(needle) => format!("lines without `{}` are skipped unparsed, if that is most of them", needle.text()),
        None => "none, no literal is mandatory".to_owned(),
    };
    let mut fields = needed;
    query.filter.needs(&mut fields);
    let names = fields.names().map(|names| names.collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>().join(", "));
    let fields = match names {
        Some(names) if names.is_empty() => "none is decoded".to_owned(),
        Some(names) => names,
        None => "all of the rows that match".to_owned(),
    };
    let mut out = format!("query      {}\nprefilter  {needle}\nfields     {fields}\nfilter     ", query.print());
    plan.node.explain(0, &mut out);
    for pipe in &query.pipes {
        out.push_str("then       ");
        pipe.print(&mut out);
        out.push('\n');
    }
    out
}
