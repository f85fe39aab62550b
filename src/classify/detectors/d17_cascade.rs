//! D17: which failures only echo another.

use super::limit::Part::{Span, Text};
use super::view::{View, count};
use super::{Detector, Said};
use crate::classify::claims::short;
use crate::classify::classes::{self as c, Group};
use crate::classify::{Attempt, Case, Decided, Sym};
use crate::finding::Kind;
use crate::record::time::{Nanos, SECOND};
use std::collections::{BTreeSet, HashMap};

pub const DETECTOR: Detector = Detector {
    id: "D17",
    name: "cascade",
    finds: "the local cause behind an upstream's refusal, and the root that put a credential aside before `no auth available` or a proxy without a configuration",
    needs: "requests sent on without their credential, or derived failures and earlier refusals of the same process or pod",
    thresholds: &[(
        "window",
        &[
            Span(REFUSED),
            Text(" after 401, 402, 403 or invalid_grant · "),
            Span(NOT_FOUND),
            Text(" after 404 · "),
            Span(BANNED),
            Text(" after a ban · "),
            Span(FAULT),
            Text(" after a fault of server or network · the stated release after 429, else "),
            Span(REFUSED),
        ],
    )],
    would_change: "a root before the evidence begins: its echo then stays unlinked",
    run,
};

const REFUSED: Nanos = 30 * 60 * SECOND;
const NOT_FOUND: Nanos = 12 * 3600 * SECOND;
const BANNED: Nanos = 24 * 3600 * SECOND;
const FAULT: Nanos = 60 * SECOND;

/// An echo is held against at most this many roots before it.
const ROOTS_MAX: usize = 1000;

/// How long a root keeps its credential out of the pool.
fn cooldown(root: &Attempt, text: &str) -> Nanos {
    match (root.class, root.status) {
        (class, _) if class == &c::ACCOUNT_SUSPENDED => BANNED,
        (class, _) if class == &c::REFRESH_NETWORK => FAULT,
        (_, Some(404)) => NOT_FOUND,
        (_, Some(429)) => super::d07_retry_after::release(text, root.at).map_or(REFUSED, |until| until - root.at),
        (class, _) if class.group == Group::Avail => FAULT,
        _ => REFUSED,
    }
}

/// Every echo of a pool without credentials with its latest root of the same process, as indices into the attempts; and
/// every refusal of a proxy without a configuration whose control plane had refused the proxy.
pub fn links(case: &Case) -> Vec<(usize, Option<usize>)> {
    let all = &case.notes.attempts;
    let symbols = &case.notes.symbols;
    let of_proxy = |a: &Attempt| a.subtype == Some("control-plane");
    let root = |a: &Attempt| {
        matches!(a.kind, Kind::Attempt)
            && !of_proxy(a)
            && matches!(a.class.group, Group::Upstream | Group::Token | Group::Quota | Group::Avail)
    };
    let echo = |a: &Attempt| a.class == &c::NO_CREDENTIAL_AVAILABLE;
    let mut roots: HashMap<Option<Sym>, Vec<usize>> = HashMap::new();
    let mut refused: HashMap<Option<Sym>, usize> = HashMap::new();
    let mut found = Vec::new();
    for (n, attempt) in all.iter().enumerate() {
        if of_proxy(attempt) {
            refused.insert(attempt.texts.pod, n);
        } else if attempt.class == &c::NOT_READY {
            let cause = refused.get(&attempt.texts.pod).filter(|m| attempt.at - all[**m].at <= REFUSED);
            found.extend(cause.map(|m| (n, Some(*m))));
        } else if echo(attempt) {
            let known = roots.get(&attempt.texts.pod).map_or(&[][..], Vec::as_slice);
            let cause = known.iter().rev().take(ROOTS_MAX).find(|&&m| {
                let y = &all[m];
                attempt.at - y.at <= cooldown(y, symbols.get(y.texts.message))
            });
            found.push((n, cause.copied()));
        } else if root(attempt) {
            roots.entry(attempt.texts.pod).or_default().push(n);
        }
    }
    found
}

/// Requests that were sent on without their credential and refused for it: the attempt is one row, class the cause and
/// status the echo.
fn unarmed<'v>(view: &'v View<'_>) -> Vec<&'v Attempt> {
    view.failures.iter().copied().filter(|a| a.rule.is_some_and(Decided::is_echo)).collect()
}

fn run(view: &View<'_>) -> Said {
    let mut links = links(view.case);
    links.retain(|(echo, _)| view.is_selected(*echo));
    let unarmed = unarmed(view);
    let all = &view.case.notes.attempts;
    let mut told: Vec<String> = Vec::new();
    if let Some(first) = unarmed.first() {
        let hosts: BTreeSet<&str> = unarmed.iter().map(|a| view.text(a.texts.host)).collect();
        told.push(format!(
            "{} of {} only echo a credential that the proxy could not attach, the first at {} ({})",
            count(unarmed.len(), "refusal", "refusals"),
            count(hosts.len(), "upstream", "upstreams"),
            short(first.at),
            first.class.label
        ));
    }
    let linked: Vec<(usize, usize)> = links.iter().filter_map(|(echo, root)| Some((*echo, (*root)?))).collect();
    let unlinked = links.len() - linked.len();
    if let Some((echo, root)) = linked.first() {
        told.push(format!(
            "{}, the first at {}, follow {} at {}",
            count(linked.len(), "echo", "echoes"),
            short(all[*echo].at),
            all[*root].class.label,
            short(all[*root].at)
        ));
    }
    let said = match (told.is_empty(), unlinked) {
        (false, _) => Said::fired(told.join("; ")),
        (true, 0) => Said::quiet("no failure that only echoes another"),
        (true, _) => Said::quiet("echoes without a root in the evidence: the pool was empty for another reason"),
    };
    said.with("linked", linked.len() + unarmed.len()).with("unlinked", unlinked)
}
