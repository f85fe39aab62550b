//! What ties a proxy row to a thread, an execution and a tool: pod label to sandbox, sandbox to thread, thread and time
//! to execution and tool call.

use super::symbols::{Remap, Sym};
use crate::record::time::Nanos;
use indexmap::{IndexMap, IndexSet};
use std::collections::{BTreeMap, BTreeSet};

type Fast = rapidhash::fast::RandomState;

/// A tool call that failed, as the shim or the API wrote it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ToolCall {
    pub ended: Nanos,
    pub duration: Nanos,
    pub thread: Sym,
    pub tool: Sym,
    pub execution: Option<Sym>,
    pub node: Option<Sym>,
    /// Written inside the sandbox, so `ended` follows the clock of the sandbox's node.
    pub by_shim: bool,
}

/// First and last row of an execution.
#[derive(Debug, Clone, Copy)]
pub struct Execution {
    pub thread: Option<Sym>,
    pub first: Nanos,
    pub last: Nanos,
}

/// The facts that joins need.
#[derive(Debug, Default)]
pub struct Joins {
    /// Pairs of a sandbox and a thread that stand in one row.
    pub served: IndexSet<(Sym, Sym), Fast>,
    pub executions: IndexMap<Sym, Execution, Fast>,
    pub failed_calls: Vec<ToolCall>,
}

impl Joins {
    pub fn sandbox(&mut self, sandbox: Sym, thread: Sym) {
        self.served.insert((sandbox, thread));
    }

    pub fn execution(&mut self, execution: Sym, seen: Execution) {
        let known = self.executions.entry(execution).or_insert(seen);
        known.first = known.first.min(seen.first);
        known.last = known.last.max(seen.last);
        known.thread = known.thread.or(seen.thread);
    }

    pub fn absorb(&mut self, other: Joins, map: &Remap) {
        self.served.extend(other.served.into_iter().map(|(sandbox, thread)| (map.sym(sandbox), map.sym(thread))));
        for (id, e) in other.executions {
            self.execution(map.sym(id), Execution { thread: map.opt(e.thread), ..e });
        }
        self.failed_calls.extend(other.failed_calls.into_iter().map(|call| ToolCall {
            thread: map.sym(call.thread),
            tool: map.sym(call.tool),
            execution: map.opt(call.execution),
            node: map.opt(call.node),
            ..call
        }));
    }

    /// The thread of every sandbox that only ever served one.
    pub fn threads(&self) -> BTreeMap<Sym, Sym> {
        let mut all: BTreeMap<Sym, BTreeSet<Sym>> = BTreeMap::new();
        for (sandbox, thread) in &self.served {
            all.entry(*sandbox).or_default().insert(*thread);
        }
        all.into_iter().filter(|(_, threads)| threads.len() == 1).filter_map(|(s, t)| Some((s, *t.first()?))).collect()
    }
}

/// How far a proxy row may stand outside the span of the tool call that it belongs to.
const SLACK: Nanos = crate::record::time::SECOND;

/// Adds thread, execution and tool to every attempt that records tie to them without doubt.
pub fn apply(notes: &mut super::Notebook) {
    let mut executions: BTreeMap<Sym, Vec<(Sym, Execution)>> = BTreeMap::new();
    for (id, e) in &notes.joins.executions {
        if let Some(thread) = e.thread {
            executions.entry(thread).or_default().push((*id, *e));
        }
    }
    let mut calls: BTreeMap<Sym, Vec<ToolCall>> = BTreeMap::new();
    for call in &notes.joins.failed_calls {
        calls.entry(call.thread).or_default().push(*call);
    }
    let threads = notes.joins.threads();
    for attempt in &mut notes.attempts {
        let t = &mut attempt.texts;
        t.thread = t.thread.or_else(|| threads.get(&t.sandbox?).copied());
        let Some(thread) = t.thread else { continue };
        let near =
            |call: &&ToolCall| attempt.at >= call.ended - call.duration - SLACK && attempt.at <= call.ended + SLACK;
        let calls: Vec<&ToolCall> = calls.get(&thread).map_or_else(Vec::new, |all| all.iter().filter(near).collect());
        t.tool = t.tool.or_else(|| only(calls.iter().map(|call| call.tool)));
        t.execution = t.execution.or_else(|| only(calls.iter().filter_map(|call| call.execution)));
        t.execution = t.execution.or_else(|| {
            let running =
                executions.get(&thread)?.iter().filter(|(_, e)| e.first <= attempt.at && attempt.at <= e.last);
            only(running.map(|(id, _)| *id))
        });
    }
}

/// The one member of a list that has only one distinct member.
fn only(mut items: impl Iterator<Item = Sym>) -> Option<Sym> {
    let first = items.next()?;
    items.all(|item| item == first).then_some(first)
}

/// How far a node's clock is off, as far as the two records of one failing tool call show it: the shim's row carries the
/// node's clock, the API's row the API's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skew {
    pub node: Sym,
    /// Node minus API, nanoseconds: the median of the pairs.
    pub offset: Nanos,
    pub pairs: usize,
}

/// Longest offset that two rows of one tool call are believed to have.
const SKEW_MAX: Nanos = 3600 * crate::record::time::SECOND;

/// Offsets per node. A pair is two rows of one thread and tool whose durations are equal to the millisecond.
pub fn skews(joins: &Joins) -> BTreeMap<Sym, Skew> {
    let ms = |call: &ToolCall| call.duration / 1_000_000;
    let mut api: BTreeMap<(Sym, Sym, Nanos), Vec<Nanos>> = BTreeMap::new();
    for call in joins.failed_calls.iter().filter(|call| !call.by_shim) {
        api.entry((call.thread, call.tool, ms(call))).or_default().push(call.ended);
    }
    let mut offsets: BTreeMap<Sym, Vec<Nanos>> = BTreeMap::new();
    for call in joins.failed_calls.iter().filter(|call| call.by_shim) {
        let Some(node) = call.node else { continue };
        let Some(ends) = api.get(&(call.thread, call.tool, ms(call))) else { continue };
        let nearest = ends.iter().map(|end| call.ended - end).min_by_key(|d| (d.abs(), *d));
        offsets.entry(node).or_default().extend(nearest.filter(|d| d.abs() <= SKEW_MAX));
    }
    let median = |mut all: Vec<Nanos>| {
        all.sort_unstable();
        (all[all.len() / 2], all.len())
    };
    offsets
        .into_iter()
        .filter(|(_, all)| !all.is_empty())
        .map(|(node, all)| {
            let (offset, pairs) = median(all);
            (node, Skew { node, offset, pairs })
        })
        .collect()
}
