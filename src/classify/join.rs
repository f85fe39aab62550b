//! What ties a proxy row to a thread, an execution and a tool: pod label to sandbox, sandbox to thread, thread and time
//! to execution and tool call.

use super::symbols::{Remap, Sym, Symbols};
use crate::record::time::Nanos;
use indexmap::{IndexMap, IndexSet};
use std::collections::{BTreeMap, BTreeSet};

type Fast = rapidhash::fast::RandomState;

/// A tool call that failed, as the shim or the API wrote it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct ToolCall {
    pub ended: Nanos,
    pub duration: Nanos,
    pub thread: Option<Sym>,
    pub tool: Option<Sym>,
    pub execution: Option<Sym>,
    pub node: Option<Sym>,
    /// Who wrote the row.
    pub service: Option<Sym>,
    pub pod: Option<Sym>,
    /// Written inside the sandbox, so `ended` follows the clock of the sandbox's node.
    pub by_shim: bool,
    /// The status that its error text names.
    pub says: Option<u16>,
    /// The row did not pass the filter of `--query`: it explains others and is counted nowhere.
    pub context: bool,
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
    /// A sandbox, its thread and its pod that stand in one row.
    pub served: IndexSet<(Sym, Sym, Option<Sym>), Fast>,
    pub executions: IndexMap<Sym, Execution, Fast>,
    pub failed_calls: Vec<ToolCall>,
}

impl Joins {
    pub fn sandbox(&mut self, sandbox: Sym, thread: Sym, pod: Option<Sym>) {
        self.served.insert((sandbox, thread, pod));
    }

    pub fn execution(&mut self, execution: Sym, seen: Execution) {
        let known = self.executions.entry(execution).or_insert(seen);
        known.first = known.first.min(seen.first);
        known.last = known.last.max(seen.last);
        known.thread = known.thread.or(seen.thread);
    }

    pub fn absorb(&mut self, other: Joins, map: &Remap) {
        let served = other.served.into_iter();
        self.served.extend(served.map(|(sandbox, thread, pod)| (map.sym(sandbox), map.sym(thread), map.opt(pod))));
        for (id, e) in other.executions {
            self.execution(map.sym(id), Execution { thread: map.opt(e.thread), ..e });
        }
        self.failed_calls.extend(other.failed_calls.into_iter().map(|call| ToolCall {
            thread: map.opt(call.thread),
            tool: map.opt(call.tool),
            execution: map.opt(call.execution),
            node: map.opt(call.node),
            service: map.opt(call.service),
            pod: map.opt(call.pod),
            ..call
        }));
    }

    /// The thread of every sandbox that only ever served one.
    pub fn threads(&self) -> BTreeMap<Sym, Sym> {
        let mut all: BTreeMap<Sym, BTreeSet<Sym>> = BTreeMap::new();
        for (sandbox, thread, _) in &self.served {
            all.entry(*sandbox).or_default().insert(*thread);
        }
        all.into_iter().filter(|(_, threads)| threads.len() == 1).filter_map(|(s, t)| Some((s, *t.first()?))).collect()
    }

    /// The sandboxes whose programs ran in a pod. Their requests are logged by the pod of their proxy.
    pub fn sandboxes_in(&self, pod: &str, symbols: &Symbols) -> BTreeSet<Sym> {
        let here = |pod_of: Option<Sym>| pod_of.is_some_and(|p| symbols.text(p) == pod);
        self.served.iter().filter(|(_, _, at)| here(*at)).map(|(sandbox, ..)| *sandbox).collect()
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
        if let Some(thread) = call.thread {
            calls.entry(thread).or_default().push(*call);
        }
    }
    let threads = notes.joins.threads();
    for attempt in &mut notes.attempts {
        let t = &mut attempt.texts;
        t.thread = t.thread.or_else(|| threads.get(&t.sandbox?).copied());
        let Some(thread) = t.thread else { continue };
        let near =
            |call: &&ToolCall| attempt.at >= call.ended - call.duration - SLACK && attempt.at <= call.ended + SLACK;
        let calls: Vec<&ToolCall> = calls.get(&thread).map_or_else(Vec::new, |all| all.iter().filter(near).collect());
        t.tool = t.tool.or_else(|| only(calls.iter().filter_map(|call| call.tool)));
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

/// Two rows of one failing tool call, seen by two clocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Pair {
    /// When the call ended, by the node's clock.
    pub at: Nanos,
    /// Node minus API.
    pub offset: Nanos,
    pub node: Sym,
    pub call: Call,
}

/// A thread and the tool that it called.
pub type Call = (Sym, Sym);

/// Longest offset that two rows of one tool call are believed to have.
const SKEW_MAX: Nanos = 3600 * crate::record::time::SECOND;

/// Two rows of one thread and tool whose durations are equal to the millisecond, by the node's clock.
pub fn pairs(joins: &Joins) -> Vec<Pair> {
    let ms = |call: &ToolCall| call.duration / 1_000_000;
    let named = |call: &ToolCall| call.thread.zip(call.tool);
    let mut api: BTreeMap<(Call, Nanos), Vec<Nanos>> = BTreeMap::new();
    for call in joins.failed_calls.iter().filter(|call| !call.by_shim) {
        if let Some(name) = named(call) {
            api.entry((name, ms(call))).or_default().push(call.ended);
        }
    }
    let mut pairs = Vec::new();
    for call in joins.failed_calls.iter().filter(|call| call.by_shim) {
        let Some((node, name)) = call.node.zip(named(call)) else { continue };
        let Some(ends) = api.get(&(name, ms(call))) else { continue };
        let nearest = ends.iter().map(|end| call.ended - end).min_by_key(|d| (d.abs(), *d));
        let believed = nearest.filter(|d| d.abs() <= SKEW_MAX);
        pairs.extend(believed.map(|offset| Pair { at: call.ended, offset, node, call: name }));
    }
    pairs.sort_unstable();
    pairs
}

/// The offset of a node's clock, by these tool calls as far as they ended while it read `from` to `until`. A clock may have
/// been right before and after.
pub fn skew(pairs: &[Pair], node: Sym, calls: &BTreeSet<Call>, from: Nanos, until: Nanos) -> Option<Skew> {
    let near = |p: &&Pair| p.node == node && calls.contains(&p.call) && p.at >= from && p.at <= until;
    let mut offsets: Vec<Nanos> = pairs.iter().filter(near).map(|p| p.offset).collect();
    offsets.sort_unstable();
    let offset = *offsets.get(offsets.len() / 2)?;
    Some(Skew { node, offset, pairs: offsets.len() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classify::Symbols;
    use crate::record::time::SECOND;

    #[test]
    fn a_clock_that_was_right_earlier_is_off_in_its_window() {
        let mut s = Symbols::default();
        let (thread, tool, node) = (s.intern("t"), s.intern("x"), s.intern("n"));
        let mut joins = Joins::default();
        for (n, offset) in [0, 0, 0, -437, -437].into_iter().enumerate() {
            let at = 1000 * SECOND * (n as Nanos + 1);
            let call = ToolCall {
                ended: at,
                duration: 1_000_000 * n as Nanos,
                thread: Some(thread),
                tool: Some(tool),
                ..ToolCall::default()
            };
            joins.failed_calls.push(call);
            let seen = ToolCall { ended: at + offset * SECOND, node: Some(node), by_shim: true, ..call };
            joins.failed_calls.push(seen);
        }
        let pairs = pairs(&joins);
        let mine = BTreeSet::from([(thread, tool)]);
        let whole = skew(&pairs, node, &mine, 0, 9000 * SECOND).expect("pairs");
        assert_eq!((whole.offset, whole.pairs), (0, 5));
        let late = skew(&pairs, node, &mine, 3500 * SECOND, 9000 * SECOND).expect("pairs");
        assert_eq!((late.offset, late.pairs), (-437 * SECOND, 2));
        assert_eq!(skew(&pairs, node, &mine, 0, 1), None);
        assert_eq!(skew(&pairs, node, &BTreeSet::new(), 0, 9000 * SECOND), None);
    }
}
