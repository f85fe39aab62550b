//! Quotas told as denials: refusals of one host with 403, of which one says that it is a limit and when it resets, and which
//! end at that time. The ones that say nothing are likely the same limit.

use super::classes::{self as c, Group};
use super::detectors::release;
use super::{Attempt, Decided, Sym, Symbols};
use crate::finding::{Confidence, Role};
use crate::record::time::{Nanos, SECOND};
use std::collections::BTreeMap;

/// The last refusal comes this near to the reset.
pub const NEAR: Nanos = 60 * SECOND;
/// After the reset there is no refusal for so long, and before the first one that speaks none is older than this.
pub const QUIET: Nanos = 600 * SECOND;

/// Refusals of one host that end at a reset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    pub host: Sym,
    pub reset: Nanos,
    /// Those that say nothing of a limit themselves.
    pub silent: Vec<usize>,
}

/// The runs of a case, by host as text and time. Attempts are in order of time.
pub fn runs(attempts: &[Attempt], symbols: &Symbols) -> Vec<Run> {
    let mut hosts: BTreeMap<(&str, Sym), Vec<usize>> = BTreeMap::new();
    for (n, a) in attempts.iter().enumerate().filter(|(_, a)| a.status == Some(403)) {
        if let Some(host) = a.texts.host {
            hosts.entry((symbols.get(Some(host)), host)).or_default().push(n);
        }
    }
    let run = |((_, host), all): ((&str, Sym), Vec<usize>)| {
        let quota = all.iter().map(|n| &attempts[*n]).filter(|a| a.class.group == Group::Quota);
        let mut resets = quota.filter_map(|a| release(symbols.get(a.texts.message), a.at).map(|reset| (a.at, reset)));
        let (from, reset) = resets.find(|(_, reset)| {
            let at = |n: &usize| attempts[*n].at;
            let ends = all.iter().map(at).any(|at| (at - reset).abs() <= NEAR);
            ends && !all.iter().map(at).any(|at| at > reset + NEAR && at <= reset + NEAR + QUIET)
        })?;
        let inside = |a: &Attempt| a.at >= from - QUIET && a.at <= reset + NEAR;
        let bare = |a: &Attempt| a.rule.is_some_and(Decided::is_bare_refusal);
        let silent = all.iter().copied().filter(|n| inside(&attempts[*n]) && bare(&attempts[*n])).collect();
        Some(Run { host, reset, silent })
    };
    hosts.into_iter().filter_map(run).collect()
}

/// Gives the silent refusals of every run the class of the one that speaks.
pub fn apply(attempts: &mut [Attempt], symbols: &Symbols) {
    for n in runs(attempts, symbols).into_iter().flat_map(|run| run.silent) {
        let a = &mut attempts[n];
        (a.class, a.subtype, a.confidence, a.role) = (&c::MASKED_AS_DENIAL, None, Confidence::Likely, Role::Root);
    }
}
