//! What ties a proxy row to a thread, an execution and a tool: pod label to sandbox, sandbox to thread, thread and time
//! to execution and tool call.

use super::symbols::{Remap, Sym};
use crate::record::time::Nanos;
use std::collections::{BTreeMap, BTreeSet};

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
    pub threads_of: BTreeMap<Sym, BTreeSet<Sym>>,
    pub executions: BTreeMap<Sym, Execution>,
    pub failed_calls: Vec<ToolCall>,
}

impl Joins {
    pub fn sandbox(&mut self, sandbox: Sym, thread: Sym) {
        self.threads_of.entry(sandbox).or_default().insert(thread);
    }

    pub fn execution(&mut self, execution: Sym, seen: Execution) {
        let known = self.executions.entry(execution).or_insert(seen);
        known.first = known.first.min(seen.first);
        known.last = known.last.max(seen.last);
        known.thread = known.thread.or(seen.thread);
    }

    pub fn absorb(&mut self, other: Joins, map: &Remap) {
        for (sandbox, threads) in other.threads_of {
            self.threads_of.entry(map.sym(sandbox)).or_default().extend(threads.into_iter().map(|t| map.sym(t)));
        }
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

    /// The thread of a sandbox, if it only ever served one.
    pub fn thread_of(&self, sandbox: Sym) -> Option<Sym> {
        let threads = self.threads_of.get(&sandbox)?;
        if threads.len() == 1 { threads.first().copied() } else { None }
    }
}
