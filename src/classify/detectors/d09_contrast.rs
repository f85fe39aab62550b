//! D09: why some and not others: the one field that splits failures from successes.

use super::limit::Part::{Count, Number, Text};
use super::stats::{Table, fisher_two_sided, p_text};
use super::view::{Key, View, identity};
use super::{Detector, Said};
use crate::classify::claims::value;
use crate::classify::{Attempt, Sym};
use std::collections::BTreeMap;

pub const DETECTOR: Detector = Detector {
    id: "D09",
    name: "contrast",
    finds: "the pod, node or credential that the failures of a host have in common",
    needs: "failures and successes at one host",
    thresholds: &[
        ("p adjusted", &[Number(P_MAX)]),
        ("explains", &[Count(EXPLAINED), Text(" % of the failures")]),
        ("failures and successes", &[Count(FEWEST), Text(" each")]),
        ("rows per value", &[Count(ROWS)]),
    ],
    would_change: "successes are thinned to two per two seconds or more, so shares are rough; a field that records leave out cannot be tested",
    run,
};

const P_MAX: f64 = 0.01;
/// Percent of the failures that a value has to hold.
const EXPLAINED: u64 = 80;
/// Failures, and successes, that a host needs.
const FEWEST: u64 = 5;
/// Rows that a value needs.
const ROWS: u64 = 3;

/// The best split found.
struct Split {
    host: String,
    field: &'static str,
    value: String,
    adjusted: f64,
    inside: (u64, u64),
    outside: (u64, u64),
}

impl std::fmt::Display for Split {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "at {} the {}", value(&self.host), self.told())
    }
}

impl Split {
    /// Without the host.
    fn told(&self) -> String {
        format!(
            "failures follow {} {}: {} of {} there, {} of {} elsewhere (p_adj={})",
            self.field,
            value(&self.value.replace(super::super::LIST, "+")),
            self.inside.0,
            self.inside.1,
            self.outside.0,
            self.outside.1,
            p_text(self.adjusted)
        )
    }
}

/// Failures and total per value, for pod, node and credential.
type Fields = [BTreeMap<Option<Sym>, (u64, u64)>; 3];

/// Failures and total per value of one field.
type Counts = BTreeMap<String, (u64, u64)>;

fn splits(view: &View<'_>) -> Vec<Split> {
    let asked = view.failures.iter().filter(|a| !a.tunnel).filter_map(|a| a.texts.host);
    let mut hosts: BTreeMap<Sym, Fields> = asked.map(|host| (host, Fields::default())).collect();
    for a in view.all.iter().filter(|a| !a.tunnel) {
        let Some(fields) = a.texts.host.and_then(|host| hosts.get_mut(&host)) else { continue };
        for (field, value) in fields.iter_mut().zip([a.texts.pod, a.texts.node, identity(a).0]) {
            let entry = field.entry(value).or_default();
            *entry = (entry.0 + 1, entry.1 + 1);
        }
    }
    let outcomes = &view.case.notes.outcomes;
    for (key, rows) in outcomes.by_key() {
        if let Some(fields) = key.host.and_then(|h| hosts.get_mut(&h)) {
            for (field, value) in fields.iter_mut().zip([key.pod, key.node, key.names]) {
                field.entry(value).or_default().1 += rows.len() as u64;
            }
        }
    }
    let mut tested = Vec::new();
    for (host, fields) in hosts {
        for (name, values) in ["pod", "node", "credential"].into_iter().zip(fields) {
            let counts: Counts = values.into_iter().map(|(v, n)| (view.text(v).to_owned(), n)).collect();
            tested.extend(test(view.text(Some(host)), name, &counts));
        }
    }
    adjusted(tested)
}

/// The pod or node that the failures of one credential at one host follow, compared with its own successes.
pub fn within(view: &View<'_>, key: &Key) -> Option<String> {
    let text = |sym| view.text(sym);
    let mut fields: [BTreeMap<Option<Sym>, (u64, u64)>; 2] = Default::default();
    let mut add = |places: [Option<Sym>; 2], failed: u64, all: u64| {
        for (field, value) in fields.iter_mut().zip(places) {
            let entry = field.entry(value).or_default();
            *entry = (entry.0 + failed, entry.1 + all);
        }
    };
    let own = |a: &&&Attempt| text(a.texts.host) == key.host && text(identity(a).0) == key.identity;
    for a in view.all.iter().filter(|a| !a.tunnel).filter(own) {
        add([a.texts.pod, a.texts.node], 1, 1);
    }
    for (place, rows) in view.case.notes.outcomes.by_key().filter(|(place, _)| text(place.host) == key.host) {
        if key.identity.is_empty() || text(place.names) == key.identity {
            add([place.pod, place.node], 0, rows.len() as u64);
        }
    }
    let mut tested = Vec::new();
    for (name, values) in ["pod", "node"].into_iter().zip(fields) {
        let counts: Counts = values.into_iter().map(|(v, n)| (text(v).to_owned(), n)).collect();
        tested.extend(test(&key.host, name, &counts));
    }
    best_of(adjusted(tested)).map(|split| split.told())
}

/// Corrected for the number of tests.
fn adjusted(mut tested: Vec<Split>) -> Vec<Split> {
    let tests = tested.len() as f64;
    for split in &mut tested {
        split.adjusted = (split.adjusted * tests).min(1.0);
    }
    tested
}

fn test(host: &str, field: &'static str, counts: &Counts) -> Vec<Split> {
    let (failed, total) = counts.values().fold((0, 0), |sum, n| (sum.0 + n.0, sum.1 + n.1));
    if failed < FEWEST || total - failed < FEWEST || counts.len() < 2 {
        return Vec::new();
    }
    // Where no success names its credential, a name sets failures apart from nothing.
    if field == "credential" && !counts.iter().any(|(value, n)| !value.is_empty() && n.1 > n.0) {
        return Vec::new();
    }
    let rows = counts.iter().filter(|(value, n)| n.1 >= ROWS && !value.is_empty());
    rows.map(|(value, n)| {
        let table = Table { failed1: failed - n.0, total1: total - n.1, failed2: n.0, total2: n.1 };
        Split {
            host: host.to_owned(),
            field,
            value: value.clone(),
            // Tables beyond this size are as good as certain, and the exact sum would only be slow.
            adjusted: if total > 2_000_000 { 0.0 } else { fisher_two_sided(table) },
            inside: *n,
            outside: (failed - n.0, total - n.1),
        }
    })
    .collect()
}

/// The split that explains most.
fn best_of(splits: Vec<Split>) -> Option<Split> {
    let found = splits.into_iter().filter(|s| {
        let failed = s.inside.0 + s.outside.0;
        let worse = s.inside.0 * s.outside.1.max(1) > s.outside.0 * s.inside.1;
        s.adjusted <= P_MAX && worse && 100 * s.inside.0 >= EXPLAINED * failed
    });
    found.min_by(|a, b| {
        a.adjusted.total_cmp(&b.adjusted).then_with(|| (&a.host, a.field, &a.value).cmp(&(&b.host, b.field, &b.value)))
    })
}

fn run(view: &View<'_>) -> Said {
    match best_of(splits(view)) {
        Some(split) => Said::fired(split.to_string()),
        None => Said::quiet("no pod, node or credential separates failures from successes"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pod_split_is_seen() {
        let counts = Counts::from([("a".to_owned(), (0, 12)), ("b".to_owned(), (9, 10))]);
        let splits = test("h", "pod", &counts);
        assert_eq!(splits.len(), 2);
        assert!(splits.iter().all(|s| s.adjusted < 1e-4));
        assert!(test("h", "pod", &Counts::from([("a".to_owned(), (9, 20))])).is_empty());
    }
}
