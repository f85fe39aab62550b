//! D10: one credential or all of them, one host or all of them.

use super::limit::Part::{Count, Text};
use super::view::View;
use super::{Detector, Said};
use crate::classify::outcomes::Key;
use std::collections::{BTreeMap, BTreeSet};

pub const DETECTOR: Detector = Detector {
    id: "D10",
    name: "outage scope",
    finds: "whether a failure hits one credential, all credentials, one host or all hosts",
    needs: "several credentials at a host, or several hosts per credential, with several attempts each",
    thresholds: &[
        ("failing", &[Count(FAILING as u64), Text(" % of the attempts")]),
        (
            "compared",
            &[Count(FEWEST as u64), Text(" credentials or hosts with "), Count(TRIES as u64), Text(" attempts each")],
        ),
    ],
    would_change: "more credentials or hosts in the evidence: with fewer the scope stays undetermined",
    run,
};

/// Percent of its attempts that a failing one fails.
const FAILING: usize = 80;
/// Attempts that make a credential or host one to compare, and how many of these it takes.
const TRIES: usize = 3;
const FEWEST: usize = 3;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scope {
    Single,
    All,
    Partial,
    Undetermined,
}

/// Failed attempts and all attempts of one credential at one host.
type Tried = (usize, usize);

fn scope(members: &[Tried]) -> Scope {
    let counted: Vec<&Tried> = members.iter().filter(|(_, all)| *all >= TRIES).collect();
    let failing = counted.iter().filter(|(failed, all)| 100 * failed >= FAILING * all).count();
    match (failing, counted.len()) {
        (_, few) if few < FEWEST => Scope::Undetermined,
        (1, _) => Scope::Single,
        (f, a) if f == a => Scope::All,
        _ => Scope::Partial,
    }
}

/// Every named credential at every named host with its attempts, those that never fail too: they are what a failing one
/// is compared with.
fn tried<'v>(view: &'v View<'_>) -> BTreeMap<(&'v str, &'v str), Tried> {
    let mut found: BTreeMap<(&str, &str), Tried> = BTreeMap::new();
    for (k, all) in view.whole().iter().filter(|(k, _)| !k.identity.is_empty() && !k.host.is_empty()) {
        found.insert((&k.host, &k.identity), (all.iter().filter(|o| !o.ok).count(), all.len()));
    }
    let failing: BTreeSet<(&str, &str)> = found.keys().copied().collect();
    let outcomes = &view.case.notes.outcomes;
    let healthy = |key: &Key| {
        let place = (view.text(key.host), view.text(key.names));
        (!place.0.is_empty() && !place.1.is_empty() && !failing.contains(&place)).then_some(place)
    };
    for (place, rows) in outcomes.by_key().filter_map(|(key, rows)| Some((healthy(key)?, rows))) {
        found.entry(place).or_default().1 += rows.len();
    }
    found
}

/// What the two scopes say together, or nothing where both are undetermined.
fn verdict(credentials: Scope, places: Scope) -> Option<&'static str> {
    Some(match (credentials, places) {
        (Scope::Single, Scope::All) => "one credential at all hosts: the credential or its account",
        (Scope::All, Scope::Single) => "all credentials at one host: the upstream, or configuration the clients share",
        (Scope::All, Scope::All) => "all credentials at all hosts: egress, proxy, clock or secret store",
        (Scope::Single, Scope::Single) => "one credential at one host: a grant or scope of that pair",
        (Scope::Single, _) => "one of several credentials at the host",
        (Scope::All, _) => "all credentials at the host",
        (_, Scope::Single) => "one of several hosts for the credential",
        (_, Scope::All) => "all hosts of the credential",
        (Scope::Partial, _) | (_, Scope::Partial) => "some credentials or hosts, not all",
        _ => return None,
    })
}

fn run(view: &View<'_>) -> Said {
    let keys = view.failing();
    if keys.is_empty() {
        return Said::quiet("no failing credential");
    }
    let tried = tried(view);
    let mut hosts: BTreeMap<&str, Vec<Tried>> = BTreeMap::new();
    let mut people: BTreeMap<&str, Vec<Tried>> = BTreeMap::new();
    for ((host, who), n) in tried {
        hosts.entry(host).or_default().push(n);
        people.entry(who).or_default().push(n);
    }
    let members = |of: &BTreeMap<&str, Vec<Tried>>, name: &str| scope(of.get(name).map_or(&[], Vec::as_slice));
    let told = keys.iter().find_map(|(key, _)| {
        verdict(members(&hosts, &key.host), members(&people, &key.identity)).map(|verdict| format!("{key}: {verdict}"))
    });
    let said = match told {
        Some(text) => Said::fired(text),
        None => Said::quiet(format!("undetermined: nowhere {FEWEST} credentials or {FEWEST} hosts to compare")),
    };
    said.with("hosts", hosts.len()).with("credentials", people.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes() {
        let (ok, bad) = ((0, 3), (3, 3));
        assert_eq!(scope(&[ok, ok, bad]), Scope::Single);
        assert_eq!(scope(&[bad, bad, bad]), Scope::All);
        assert_eq!(scope(&[bad, bad, ok]), Scope::Partial);
        assert_eq!(scope(&[bad, bad]), Scope::Undetermined);
        assert_eq!(scope(&[ok, ok, (2, 2)]), Scope::Undetermined);
    }
}
