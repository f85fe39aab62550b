//! D10: one credential or all of them, one host or all of them.

use super::view::{Outcome, View};
use super::{Detector, Said};
use std::collections::BTreeMap;

pub const DETECTOR: Detector = Detector {
    id: "D10",
    name: "outage scope",
    finds: "whether a failure hits one credential, all credentials, one host or all hosts",
    needs: "3 credentials with 3 attempts each at a host, or 3 hosts per credential",
    thresholds: &[("failing", "80 % of the attempts"), ("compared", "3 credentials or hosts with 3 attempts each")],
    would_change: "more credentials or hosts in the evidence: below three the scope stays undetermined",
    run,
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scope {
    Single,
    All,
    Partial,
    Undetermined,
}

fn scope(members: &[&[Outcome]]) -> Scope {
    let counted: Vec<&&[Outcome]> = members.iter().filter(|all| all.len() >= 3).collect();
    let failing = counted.iter().filter(|all| 10 * all.iter().filter(|o| !o.ok).count() >= 8 * all.len()).count();
    match (failing, counted.len()) {
        (_, 0..=2) => Scope::Undetermined,
        (1, _) => Scope::Single,
        (f, a) if f == a => Scope::All,
        _ => Scope::Partial,
    }
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
    let mut hosts: BTreeMap<&str, Vec<&[Outcome]>> = BTreeMap::new();
    let mut people: BTreeMap<&str, Vec<&[Outcome]>> = BTreeMap::new();
    // What no record names is neither one credential nor one host.
    for (k, all) in &view.series {
        if !k.host.is_empty() {
            hosts.entry(&k.host).or_default().push(all);
        }
        if !k.identity.is_empty() {
            people.entry(&k.identity).or_default().push(all);
        }
    }
    let members = |of: &BTreeMap<&str, Vec<&[Outcome]>>, name: &str| scope(of.get(name).map_or(&[], Vec::as_slice));
    let told = keys.iter().find_map(|(key, _)| {
        verdict(members(&hosts, &key.host), members(&people, &key.identity)).map(|verdict| format!("{key}: {verdict}"))
    });
    let said = match told {
        Some(text) => Said::fired(text),
        None => Said::quiet("undetermined: nowhere three credentials or three hosts to compare"),
    };
    said.with("hosts", hosts.len()).with("credentials", people.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes() {
        let ok = [Outcome { at: 0, ok: true, token: false, named: false }; 3];
        let bad = [Outcome { at: 0, ok: false, token: false, named: false }; 3];
        assert_eq!(scope(&[&ok, &ok, &bad]), Scope::Single);
        assert_eq!(scope(&[&bad, &bad, &bad]), Scope::All);
        assert_eq!(scope(&[&bad, &bad, &ok]), Scope::Partial);
        assert_eq!(scope(&[&bad, &bad]), Scope::Undetermined);
    }
}
