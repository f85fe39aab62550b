//! Who was asked with what: the hosts and credentials of a run with their failures and their last success, so that a later
//! comparison knows what the records could have shown.

use super::Examined;
use crate::classify::{LIST, Sym};
use crate::record::time::{self, Nanos};
use crate::redact::Redactor;
use crate::report::model::{TARGETS_MAX, Target};
use std::collections::BTreeMap;

/// Every host with every credential that was used there, by their texts. A request with several counts for each of them.
pub fn by_target(e: &Examined, redactor: &mut Redactor) -> Vec<Target> {
    let (notes, s) = (&e.case.notes, &e.case.notes.symbols);
    // Many attempts have few hosts and credentials: texts are compared once for all that share theirs.
    let mut failures: BTreeMap<[Option<Sym>; 3], u64> = BTreeMap::new();
    let selected = e.settled.selected.iter().map(|i| &notes.attempts[*i]);
    for a in selected.filter(|a| a.is_failed() && a.texts.host.is_some()) {
        *failures.entry([a.texts.host, a.texts.names, a.texts.secret]).or_default() += 1;
    }
    let mut by: BTreeMap<(&str, &str), (u64, Option<Nanos>)> = BTreeMap::new();
    for ([host, names, secret], count) in failures {
        let mut names: Vec<&str> = s.get(names).split(LIST).chain([s.get(secret)]).collect();
        names.sort_unstable();
        names.dedup();
        names.retain(|name| !name.is_empty());
        if names.is_empty() {
            names.push("");
        }
        for name in names {
            by.entry((s.get(host), name)).or_default().0 += count;
        }
    }
    for (key, rows) in notes.outcomes.by_key().filter(|(key, _)| key.host.is_some()) {
        let last = rows.last().map(|row| row.at);
        for name in s.get(key.names).split(LIST) {
            let target = by.entry((s.get(key.host), name)).or_default();
            target.1 = target.1.max(last);
        }
    }
    let target = |((host, name), (failed, last)): ((&str, &str), (u64, Option<Nanos>))| Target {
        host: redactor.field("host", host),
        credential: (!name.is_empty()).then(|| redactor.field("secret_ref", name)),
        failed,
        last_success: last.map(time::format),
    };
    by.into_iter().take(TARGETS_MAX).map(target).collect()
}
