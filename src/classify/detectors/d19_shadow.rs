//! D19: one cached secret error, many refused requests.

use super::limit::Part::Text;
use super::view::{View, duration};
use super::{Detector, Said};
use crate::classify::claims::value;
use crate::classify::{Attempt, Sym};
use crate::finding::Kind;
use crate::record::time::Nanos;
use std::collections::BTreeMap;

pub const DETECTOR: Detector = Detector {
    id: "D19",
    name: "negative-cache shadow",
    finds: "requests that failed while a secret error was cached",
    needs: "`failed to fetch secret, caching error` lines with retry_in, and audit records that name the secret",
    thresholds: &[("shadow", &[Text("[t, t + retry_in) on the same pod")])],
    would_change: "error lines of other pods: each pod has its own cache",
    run,
};

/// Cached spans by secret and pod.
type Shadows = BTreeMap<(Sym, Option<Sym>), Vec<(Nanos, Nanos)>>;

fn run(view: &View<'_>) -> Said {
    let mut shadows: Shadows = BTreeMap::new();
    for line in view.case.notes.attempts.iter().filter(|a| a.kind == Kind::SecretError && a.span > 0) {
        if let Some(secret) = line.texts.secret {
            shadows.entry((secret, line.texts.pod)).or_default().push((line.at, line.at + line.span));
        }
    }
    if shadows.is_empty() {
        return Said::quiet("no cached secret error is logged");
    }
    let mut hit: BTreeMap<&str, (usize, usize, Nanos)> = BTreeMap::new();
    for ((secret, _), lines) in &shadows {
        let entry = hit.entry(view.text(Some(*secret))).or_default();
        entry.1 += lines.len();
        entry.2 = entry.2.max(lines.iter().map(|(a, b)| b - a).max().unwrap_or(0));
    }
    let shadowed = |a: &Attempt| {
        let lines = a.texts.secret.and_then(|s| shadows.get(&(s, a.texts.pod)));
        lines.is_some_and(|l| l.iter().any(|(from, to)| a.at >= *from && a.at < *to))
    };
    for attempt in view.failures.iter().filter(|a| shadowed(a)) {
        hit.entry(view.text(attempt.texts.secret)).or_default().0 += 1;
    }
    let Some((secret, (failed, lines, longest))) =
        hit.iter().max_by_key(|(name, (n, ..))| (*n, std::cmp::Reverse(**name)))
    else {
        return Said::quiet("no cached secret error is logged");
    };
    let text = format!(
        "{}: {failed} failed requests stand behind {lines} cached errors (cached for up to {})",
        value(secret),
        duration(*longest)
    );
    if *failed > 0 { Said::fired(text).with("references", hit.len()) } else { Said::quiet(text) }
}
