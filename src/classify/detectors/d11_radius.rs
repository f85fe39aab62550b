//! D11: how many of everything were hit.

use super::limit::Part::Text;
use super::view::{View, count};
use super::{Detector, Said};
use crate::classify::{Attempt, Sym};
use std::collections::{HashMap, HashSet};

pub const DETECTOR: Detector = Detector {
    id: "D11",
    name: "blast radius",
    finds: "distinct threads, executions, tools, hosts, pods, services, credentials and identities among the failures",
    needs: "failures",
    thresholds: &[("counts", &[Text("exact")])],
    would_change: "records without the key: their number is given beside each count",
    run,
};

/// One kind of thing that a failure may hit: what several and what one of it are called, and where it stands.
pub struct Reach {
    pub many: &'static str,
    pub one: &'static str,
    pub of: fn(&Attempt) -> Option<Sym>,
}

/// What a failure can hit, as a report counts it wherever it does.
pub const REACH: [Reach; 8] = [
    Reach { many: "hosts", one: "host", of: |a| a.texts.host },
    Reach { many: "pods", one: "pod", of: |a| a.texts.pod },
    Reach { many: "services", one: "service", of: |a| a.texts.service },
    Reach { many: "threads", one: "thread", of: |a| a.texts.thread },
    Reach { many: "executions", one: "execution", of: |a| a.texts.execution },
    Reach { many: "tools", one: "tool", of: |a| a.texts.tool },
    Reach { many: "credentials", one: "credential", of: |a| a.texts.secret },
    Reach { many: "identities", one: "identity", of: |a| a.texts.identity },
];

fn run(view: &View<'_>) -> Said {
    if view.failures.is_empty() {
        return Said::quiet("no failure");
    }
    let mut said = Said::fired(String::new());
    let mut words = Vec::new();
    for Reach { many, one, of } in &REACH {
        let values: HashSet<Sym> = view.failures.iter().filter_map(|a| of(a)).collect();
        let without = view.failures.iter().filter(|a| of(a).is_none()).count();
        if !values.is_empty() {
            words.push(count(values.len(), one, many));
        }
        said = said.with(many, format!("{} (not named in {})", values.len(), count(without, "record", "records")));
    }
    let last: HashMap<Sym, &&Attempt> =
        view.failures.iter().filter_map(|a| a.texts.execution.map(|e| (e, a))).collect();
    let oks = view.case.notes.outcomes.total();
    let failures = count(view.failures.len(), "failure", "failures");
    said.statement = match words.is_empty() {
        true => format!("{failures}; no record names a host, a pod, a service, a thread, a tool or a credential"),
        false => format!("{failures} hit {}", words.join(", ")),
    };
    let said = said.with("executions_with_failures", last.len());
    // Successes are not selected.
    if view.is_narrowed() { said } else { said.with("successes_seen", oks) }
}
