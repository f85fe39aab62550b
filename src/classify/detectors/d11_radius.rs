//! D11: how many of everything were hit.

use super::view::View;
use super::{Detector, Said};
use crate::classify::{Attempt, Sym};
use std::collections::{HashMap, HashSet};

pub const DETECTOR: Detector = Detector {
    id: "D11",
    name: "blast radius",
    finds: "distinct threads, executions, tools, hosts, pods, services and credentials among the failures",
    needs: "failures",
    thresholds: &[("counts", "exact")],
    would_change: "records without the key: their number is given beside each count",
    run,
};

/// One kind of thing that may be hit.
type Pick = (&'static str, fn(&Attempt) -> Option<Sym>);

fn run(view: &View<'_>) -> Said {
    if view.failures.is_empty() {
        return Said::quiet("no failure");
    }
    let keys: [Pick; 7] = [
        ("threads", |a| a.texts.thread),
        ("executions", |a| a.texts.execution),
        ("tools", |a| a.texts.tool),
        ("hosts", |a| a.texts.host),
        ("pods", |a| a.texts.pod),
        ("services", |a| a.texts.service),
        ("credentials", |a| super::view::identity(a).0),
    ];
    let mut said = Said::fired(String::new());
    let mut words = Vec::new();
    for (name, pick) in keys {
        let values: HashSet<Sym> = view.failures.iter().filter_map(|a| pick(a)).collect();
        let without = view.failures.iter().filter(|a| pick(a).is_none()).count();
        if !values.is_empty() {
            words.push(format!("{} {name}", values.len()));
        }
        said = said.with(name, format!("{} (not named in {without} records)", values.len()));
    }
    let last: HashMap<Sym, &&Attempt> =
        view.failures.iter().filter_map(|a| a.texts.execution.map(|e| (e, a))).collect();
    let oks = view.case.notes.outcomes.total();
    said.statement = format!("{} failures hit {}", view.failures.len(), words.join(", "));
    said.with("executions_with_failures", last.len()).with("successes_seen", oks)
}
