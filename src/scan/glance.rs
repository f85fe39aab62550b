//! The short answers at the head of a report, gathered from its findings: nothing is judged here, only counted and joined.

use super::nothing::Nothing;
use super::{Examined, Options};
use crate::classify::settle::Diagnosis;
use crate::classify::{Attempt, Sym};
use crate::classify::{claims, classes, detectors};
use crate::finding::{Confidence, Kind, Origin};
use crate::record::time::{self, Nanos, SECOND};
use crate::redact::Safe;
use crate::report::model::{After, Cause, Finding, Glance, Reach, Refused, Scope};
use std::collections::{BTreeMap, BTreeSet};

/// A failure this close to the end of the records counts as still going on.
const AT_END: Nanos = 600 * SECOND;

/// `findings` are those of the report, in the order in which they were settled.
pub fn glance(
    e: &Examined,
    options: &Options,
    findings: &[Finding],
    scope: &Scope,
    nothing: Option<&Nothing>,
) -> Glance {
    let auth: Vec<(&Diagnosis, &Finding)> =
        e.settled.findings.iter().zip(findings).filter(|(f, _)| e.settled.is_told(f)).collect();
    let members: Vec<&Attempt> =
        auth.iter().flat_map(|(f, _)| &f.members).map(|i| &e.case.notes.attempts[*i]).collect();
    let requests = members.iter().filter(|a| a.kind == Kind::Attempt).count() as u64;
    let causes = causes(e, &auth);
    Glance {
        requests,
        lines: members.len() as u64 - requests,
        first: members.iter().map(|a| a.at).min().map(time::format),
        last: members.iter().map(|a| a.at).max().map(time::format),
        refused: refused(&auth),
        reach: reach(e, options, &members),
        unknown: unknown(&causes, scope),
        causes,
        // Made of the program's own words.
        ask: nothing.map(|n| Safe::own(n.ask.as_str())),
    }
}

fn refused(auth: &[(&Diagnosis, &Finding)]) -> Vec<Refused> {
    let mut by: BTreeMap<Origin, u64> = BTreeMap::new();
    for (_, f) in auth {
        *by.entry(f.origin).or_default() += f.count;
    }
    let mut list: Vec<Refused> = by.into_iter().map(|(origin, failures)| Refused { origin, failures }).collect();
    list.sort_by_key(|r| (std::cmp::Reverse(r.failures), r.origin));
    list
}

fn reach(e: &Examined, options: &Options, members: &[&Attempt]) -> Vec<Reach> {
    // Requests, as whoever was hit was refused one; lines that say why only count where no request is tied to them.
    let is_request = |a: &&&Attempt| a.kind == Kind::Attempt;
    let requests = members.iter().any(|a| a.kind == Kind::Attempt);
    let counted: Vec<&&Attempt> = members.iter().filter(|a| !requests || is_request(a)).collect();
    let row = |kind: &detectors::Reach| {
        let what = kind.many;
        let failed: BTreeSet<Sym> = counted.iter().filter_map(|a| (kind.of)(a)).collect();
        // Successes are not selected, so beside selected failures their number would compare unlike things.
        let seen = options.selectors.is_empty().then(|| seen(e, what)).flatten();
        Reach { what, failed: failed.len() as u64, seen }
    };
    detectors::REACH.iter().map(row).filter(|r| r.failed > 0).collect()
}

/// Distinct hosts or pods with any request.
fn seen(e: &Examined, what: &str) -> Option<u64> {
    let notes = &e.case.notes;
    let attempts = notes.attempts.iter().filter(|a| a.kind == Kind::Attempt);
    let keys = notes.outcomes.keys();
    let all: BTreeSet<Sym> = match what {
        "hosts" => attempts.filter_map(|a| a.texts.host).chain(keys.filter_map(|k| k.host)).collect(),
        "pods" => attempts.filter_map(|a| a.texts.pod).chain(keys.filter_map(|k| k.pod)).collect(),
        _ => return None,
    };
    Some(all.len() as u64)
}

/// Findings of one class are one cause, at the place of its worst finding.
fn causes(e: &Examined, auth: &[(&Diagnosis, &Finding)]) -> Vec<Cause> {
    let mut groups: Vec<Vec<(&Diagnosis, &Finding)>> = Vec::new();
    for pair in auth {
        match groups.iter_mut().find(|g| g[0].1.class == pair.1.class) {
            Some(group) => group.push(*pair),
            None => groups.push(vec![*pair]),
        }
    }
    groups.iter().map(|group| cause(e, group)).collect()
}

fn cause(e: &Examined, group: &[(&Diagnosis, &Finding)]) -> Cause {
    let worst = group[0].1;
    let of = |pick: fn(&Finding) -> Option<&String>| group.iter().filter_map(move |(_, f)| pick(f));
    let origins: BTreeSet<Origin> = group.iter().map(|(_, f)| f.origin).collect();
    let names = |pick: fn(&Finding) -> Option<&Safe>| -> Vec<Safe> {
        group.iter().filter_map(|(_, f)| pick(f)).collect::<BTreeSet<_>>().into_iter().cloned().collect()
    };
    let (after, succeeded) = after(e, group);
    Cause {
        class: worst.class,
        meaning: Safe::own(classes::find(worst.class).map_or_else(String::new, |class| {
            let origin =
                if group.iter().all(|(_, f)| f.origin == worst.origin) { worst.origin } else { Origin::Unknown };
            let other = claims::OtherLogin::of(&e.case, group[0].0);
            let same = |f: &Diagnosis| claims::OtherLogin::of(&e.case, f).is_some();
            let other = other.filter(|_| group.iter().all(|(f, _)| same(f)));
            claims::headline(class, worst.confidence, origin, other)
        })),
        origins: origins.into_iter().collect(),
        confidence: worst.confidence,
        findings: group.iter().map(|(_, f)| f.id.clone()).collect(),
        count: group.iter().map(|(_, f)| f.count).sum(),
        first: of(|f| f.first.as_ref()).min_by_key(|at| time::parse(at)).cloned(),
        last: of(|f| f.last.as_ref()).max_by_key(|at| time::parse(at)).cloned(),
        hosts: names(|f| f.host.as_ref()),
        identities: names(|f| f.identity.as_ref()),
        after,
        succeeded: succeeded.map(time::format),
        next: worst.next.clone(),
    }
}

fn after(e: &Examined, group: &[(&Diagnosis, &Finding)]) -> (After, Option<Nanos>) {
    let works: Vec<Nanos> = group.iter().filter_map(|(f, _)| f.bracket.recovery.as_ref().map(|ok| ok.at)).collect();
    let last = |f: &Diagnosis| f.members.last().map(|i| e.case.notes.attempts[*i].at);
    let at_end = |f: &Diagnosis| {
        f.bracket.recovery.is_none() && last(f).zip(e.case.last).is_some_and(|(at, end)| end - at <= AT_END)
    };
    match works.len() {
        _ if group.iter().any(|(f, _)| at_end(f)) => (After::Failing, None),
        0 => (After::NotShown, None),
        n if n == group.len() => (After::Success, works.into_iter().max()),
        _ => (After::Partly, None),
    }
}

/// What the evidence leaves open, in words that claim nothing.
fn unknown(causes: &[Cause], scope: &Scope) -> Vec<Safe> {
    let mut out = Vec::new();
    for (confidence, words) in [
        (Confidence::Possible, "the records only make the named cause possible"),
        (Confidence::Likely, "the records make the named cause likely, not certain"),
    ] {
        let ids: Vec<&str> = causes
            .iter()
            .filter(|c| c.confidence == confidence)
            .flat_map(|c| &c.findings)
            .map(String::as_str)
            .collect();
        if !ids.is_empty() {
            out.push(Safe::own(format!("why {} failed: {words}", ids.join(", "))));
        }
    }
    if scope.rows.malformed > 0 {
        let word = if scope.rows.malformed == 1 { "row says" } else { "rows say" };
        out.push(Safe::own(format!("what {} malformed {word}", scope.rows.malformed)));
    }
    out.extend(scope.completeness.gaps.iter().cloned());
    out.extend(scope.completeness.unsafe_claims.iter().cloned());
    out
}
