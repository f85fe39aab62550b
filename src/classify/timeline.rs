//! The time line: last success, change, first failure, first echo, peak, recovery; at most twelve rows.

use super::claims::{count, duration, named, quoted, short, value};
use super::settle::{Finding, Settled};
use super::{Attempt, Case, Decided, Sym, Symbols};
use crate::finding::{Kind, Locator, words};
use crate::record::time::{Nanos, SECOND};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// Rows of a time line.
pub const ROWS_MAX: usize = 12;
/// A change this long before a first failure is worth a row.
pub const CHANGE_BEFORE: Nanos = 30 * 60 * SECOND;

words! {
    /// What a row of the time line marks. At one instant rows stand in this order.
    Mark {
        Change = "change",
        FirstCause = "first_cause",
        FirstEcho = "first_echo",
        FirstFailure = "first_failure",
        LastSuccess = "last_success",
        NoChange = "no_change",
        Peak = "peak",
        Recovery = "recovery",
    }
}

/// A change reaches all pods within this time.
pub const ROLLOUT: Nanos = 5 * 60 * SECOND;

/// One row: raw text of the evidence, to be redacted.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment {
    pub at: Nanos,
    pub kind: Mark,
    pub text: String,
    pub locator: Option<Locator>,
}

/// A change that was refused or could not be fetched left everything as it was.
pub fn took_effect(a: &Attempt) -> bool {
    a.kind == Kind::Change && !matches!(a.subtype, Some("refused" | "sync-failed"))
}

/// The changes of the program that failed which stand at most [`CHANGE_BEFORE`] before a finding's first failure, newest
/// last. One after which the same credential served on for longer than a change takes to reach every pod changed nothing
/// for it.
pub fn changes_before<'a>(case: &'a Case, settled: &'a Settled, finding: &Finding) -> Vec<&'a Attempt> {
    let all = &case.notes.attempts;
    let (first, line) = (all[finding.members[0]].at, all[finding.members[0]].locator);
    // A line that is both, as a stop that says why, is no change before itself.
    let before = |a: &Attempt| a.at <= first && a.at >= first - CHANGE_BEFORE && a.locator != line;
    let served = finding.bracket.last_ok.filter(|_| finding.bracket.is_named).map_or(Nanos::MIN, |ok| ok.at);
    let near = |a: &&Attempt| took_effect(a) && before(a) && served <= a.at.saturating_add(ROLLOUT);
    let lines = finding.members.iter().chain(&finding.support).map(|i| &all[*i]);
    let programs: BTreeSet<(Option<Sym>, Option<Sym>)> = lines.map(|a| (a.texts.pod, a.texts.service)).collect();
    let s = &case.notes.symbols;
    let own = |a: &&Attempt| programs.iter().any(|program| same_program(s, (a.texts.pod, a.texts.service), *program));
    settled.changes.iter().map(|i| &all[*i]).filter(near).filter(own).collect()
}

/// Whether two lines may be of one program, by their pods and services. What names neither may be anybody's.
fn same_program(s: &Symbols, one: (Option<Sym>, Option<Sym>), other: (Option<Sym>, Option<Sym>)) -> bool {
    match (one, other) {
        ((Some(a), _), (Some(b), _)) if a == b || family(s.text(a)) == family(s.text(b)) => true,
        ((_, Some(a)), (_, Some(b))) => a == b,
        ((Some(_), _), (Some(_), _)) => false,
        _ => true,
    }
}

/// A pod's name without what tells it from other pods of its deployment, set or sandbox: numbers and random parts.
fn family(pod: &str) -> &str {
    const RANDOM: std::ops::RangeInclusive<usize> = 5..=10;
    // Kubernetes draws from these, so that no word comes out; a sandbox's proxy ends in hexadecimal digits.
    const LETTERS: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";
    let mut name = pod;
    while let Some((rest, last)) = name.rsplit_once('-') {
        let numbered = last.bytes().all(|b| b.is_ascii_digit());
        let hex = last.bytes().all(|b| b.is_ascii_hexdigit()) && last.bytes().any(|b| b.is_ascii_digit());
        let random = RANDOM.contains(&last.len()) && (hex || last.bytes().all(|b| LETTERS.contains(&b)));
        if !(numbered || random) {
            break;
        }
        name = rest;
    }
    name
}

/// Rows in order of time: the worst finding's whole story, then of each next one its beginning, the change before it and
/// its recovery, until the table is full.
pub fn build(case: &Case, settled: &Settled) -> Vec<Moment> {
    let mut rows: BTreeSet<Moment> = BTreeSet::new();
    let mut add = |list: Vec<Moment>| {
        for moment in list {
            if rows.len() < ROWS_MAX {
                rows.insert(moment);
            }
        }
    };
    let findings: Vec<&Finding> = settled.told().collect();
    if let Some(main) = findings.first() {
        add(story(case, settled, main, true));
    }
    let rest = findings.get(1..).unwrap_or_default();
    for finding in rest {
        let told = |m: &Moment| matches!(m.kind, Mark::FirstFailure | Mark::FirstCause | Mark::Change | Mark::Recovery);
        add(story(case, settled, finding, false).into_iter().filter(told).collect());
    }
    rows.into_iter().collect()
}

fn story(case: &Case, settled: &Settled, f: &Finding, main: bool) -> Vec<Moment> {
    let s = &case.notes.symbols;
    let place = place(case, f);
    let mut rows = vec![first_failure(case, f)];
    rows.extend(cause(case, f));
    if let Some(ok) = &f.bracket.last_ok {
        rows.push(Moment {
            at: ok.at,
            kind: Mark::LastSuccess,
            text: format!("last success{place}"),
            locator: Some(ok.locator),
        });
    }
    match changes_before(case, settled, f).last() {
        Some(change) => rows.push(Moment {
            at: change.at,
            kind: Mark::Change,
            text: format!(
                "{}{}",
                quoted(s.get(change.texts.message)),
                named(" on ", &value(s.get(change.texts.pod)), "")
            ),
            locator: Some(change.locator),
        }),
        None if main => {
            let at = case.notes.attempts[f.members[0]].at;
            let text = unchanged(case, at);
            rows.push(Moment { at, kind: Mark::NoChange, text, locator: None });
        }
        None => {}
    }
    rows.extend(echo(case, f));
    rows.extend(peak(case, f));
    if let Some(ok) = &f.bracket.recovery {
        rows.push(Moment {
            at: ok.at,
            kind: Mark::Recovery,
            text: format!("first success after the last failure{place}"),
            locator: Some(ok.locator),
        });
    }
    rows
}

/// That no change is on record before the first failure, and how far back the records could show one.
fn unchanged(case: &Case, at: Nanos) -> String {
    let seen = case.first.map_or(0, |first| at - first).min(CHANGE_BEFORE);
    let cut = if case.censored { ", of which a cut export does not show all" } else { "" };
    let silent = match case.silence(at - seen, at) {
        0 => String::new(),
        silent => {
            format!("; in {} of them no stream has a row, so a change then could not be on record", duration(silent))
        }
    };
    match seen {
        0 if case.earlier => {
            "the window begins with the first failure: a change before it was not looked at".to_owned()
        }
        0 => "the records begin with the first failure: a change before it could not be on record".to_owned(),
        CHANGE_BEFORE => format!("no change marker of its program in the 30 min before the first failure{cut}{silent}"),
        n => format!(
            "no change marker of its program in the {} of {} before the first failure{cut}{silent}",
            duration(n),
            if case.earlier { "the window" } else { "records" }
        ),
    }
}

/// ` at api.example`, or nothing where the records name neither host, secret, identity nor transform.
fn place(case: &Case, f: &Finding) -> String {
    let name = [f.host, f.secret, f.identity, f.transform].into_iter().flatten().next();
    match case.notes.symbols.get(name) {
        "" => String::new(),
        name => format!(" at {}", value(name)),
    }
}

/// The first line that says why, where it stands before the first failure. It names no host, and may have been the first
/// for others long before this one failed.
fn cause(case: &Case, f: &Finding) -> Option<Moment> {
    let s = &case.notes.symbols;
    let first = case.notes.attempts[f.members[0]].order();
    let lines = f.support.iter().map(|i| &case.notes.attempts[*i]).filter(|a| a.order() < first);
    let a = lines.filter(|a| a.kind != Kind::Attempt).min_by_key(|a| a.order())?;
    let name = value(s.get(a.texts.secret.or(a.texts.identity).or(a.texts.transform)));
    let text = match a.kind {
        Kind::Mint => format!("first failed mint: {name}"),
        _ => format!("first secret error: {name}"),
    };
    Some(Moment { at: a.at, kind: Mark::FirstCause, text, locator: Some(a.locator) })
}

fn first_failure(case: &Case, f: &Finding) -> Moment {
    let first = &case.notes.attempts[f.members[0]];
    let first_of = if case.censored { "first failure that a cut export shows" } else { "first failure" };
    let text = format!("{first_of}: {}{}", f.class.label, place(case, f));
    Moment { at: first.at, kind: Mark::FirstFailure, text, locator: Some(first.locator) }
}

/// The first status that only echoes the finding's cause.
fn echo(case: &Case, f: &Finding) -> Option<Moment> {
    let a = f.members.iter().map(|i| &case.notes.attempts[*i]).find(|a| a.rule.is_some_and(Decided::is_echo))?;
    let text = format!("first echo: {}{}", a.status.unwrap_or_default(), place(case, f));
    Some(Moment { at: a.at, kind: Mark::FirstEcho, text, locator: Some(a.locator) })
}

/// The busiest minute, where there is more than one.
fn peak(case: &Case, f: &Finding) -> Option<Moment> {
    let mut minutes: BTreeMap<Nanos, (usize, usize)> = BTreeMap::new();
    for &i in &f.members {
        minutes.entry(case.notes.attempts[i].at.div_euclid(60 * SECOND)).or_insert((0, i)).0 += 1;
    }
    if minutes.len() < 2 {
        return None;
    }
    let (minute, (n, i)) = minutes.into_iter().max_by(|a, b| a.1.0.cmp(&b.1.0).then(b.0.cmp(&a.0)))?;
    let kind = if case.notes.attempts[i].kind == Kind::Attempt { "request" } else { "line" };
    let text =
        format!("peak: {} in the minute from {}", count(n, kind, &format!("{kind}s")), short(minute * 60 * SECOND));
    Some(Moment { at: minute * 60 * SECOND, kind: Mark::Peak, text, locator: Some(case.notes.attempts[i].locator) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pods_of_one_deployment_are_one_program() {
        for (pod, want) in [
            ("iron-proxy-7d9f8b6c5d-xkzpq", "iron-proxy"),
            ("llm-proxy-0", "llm-proxy"),
            ("centaur-proxy-0a1b2c3d4e", "centaur-proxy"),
            ("px", "px"),
        ] {
            assert_eq!(family(pod), want);
        }
        let mut s = Symbols::default();
        let mut one = |pod: &str, service: &str| (s.some(pod), s.some(service));
        let (a, b, c) = (one("px-a", "iron-proxy"), one("px-b", "iron-proxy"), one("llm-0", ""));
        let (d, e) = (one("llm-1", "codex"), one("", ""));
        assert!(same_program(&s, a, b) && same_program(&s, c, d) && same_program(&s, a, e));
        assert!(!same_program(&s, a, c) && !same_program(&s, a, d));
    }
}
