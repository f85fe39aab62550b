//! Row 1: requests return repeated 401 after prior success.

use super::{Case, Reading, Row, Status, list};
use crate::classify::claims::value;
use crate::classify::cliproxy::{Request, Story, What};
use crate::classify::vocabulary;
use std::collections::BTreeMap;

pub const ROW: Row = Row {
    row: 1,
    id: "repeated_401",
    symptom: "Requests return repeated 401 after prior success",
    condition: "one credential served requests, then its requests end in 401 again and again, with no success between",
    confirms: "access lines with 401 joined by request id to the credential that served them and to the upstream's own refusal; at least 3 earlier successes and 4 failures",
    refutes: "every upstream 401 is followed by a success of the same request with another credential, or the 401s are the proxy's own key check",
    near_misses: "client keys that the proxy refuses (0s, no credential chosen) · a 401 that the same request survives · management 401s · 403, 429",
    fix: "Log in again for this credential, send one canary request, then reopen traffic. A forced refresh helps only while the refresh token still works.",
    correction: "The table's POST /v0/management/auths/{provider}/refresh is documented but not implemented in public builds (404 there says nothing about keys); a revoked token needs a new login, not a refresh.",
    read,
};

/// Successes that must come first, and failures that must follow, for the row to count as confirmed.
const SUCCESSES: usize = 3;
const FAILURES: usize = 4;

/// Below this a 401 never left the proxy: microseconds.
const LOCAL_LATENCY: u64 = 20_000;

/// One answered request of one credential.
struct Outcome<'s> {
    ok: bool,
    request: &'s Request,
    access: usize,
    upstream: bool,
}

/// The longest run of failures that follows a success.
struct Run<'s> {
    key: String,
    before: Vec<&'s Outcome<'s>>,
    failed: Vec<&'s Outcome<'s>>,
    after: Option<&'s Outcome<'s>>,
}

fn read(case: &Case<'_>) -> Reading {
    let story = case.story;
    let by_file = outcomes(story, |request, _| story.file_of(request).map(str::to_owned));
    let runs: Vec<Run<'_>> = by_file.iter().filter_map(|(key, all)| run(key, all)).collect();
    let Some(best) = runs.iter().max_by_key(|r| (r.failed.len(), std::cmp::Reverse(&r.key))) else {
        return by_path(case);
    };
    let denied = best.failed.iter().filter(|o| o.upstream).count();
    let enough = best.before.len() >= SUCCESSES && best.failed.len() >= FAILURES;
    let status = match (enough, denied >= FAILURES.min(best.failed.len())) {
        (true, true) => Status::Confirmed,
        (true, false) => Status::Likely,
        (false, _) => Status::Possible,
    };
    let mut reading = cite(story, best, status);
    for other in runs.iter().filter(|r| r.key != best.key && r.before.len() >= SUCCESSES && r.failed.len() >= FAILURES)
    {
        reading.evidence.extend(other.failed.iter().take(2).map(|o| o.access));
        reading.found.push_str(&format!(" {} shows the same with {} failures.", value(&other.key), other.failed.len()));
    }
    explain(case, best, &mut reading);
    reading
}

/// Answered AI requests by key, in time order.
fn outcomes<'s>(
    story: &'s Story,
    key: impl Fn(&Request, usize) -> Option<String>,
) -> BTreeMap<String, Vec<Outcome<'s>>> {
    let mut all: BTreeMap<String, Vec<Outcome<'s>>> = BTreeMap::new();
    for request in &story.requests {
        let Some(access) = request.access else { continue };
        let What::Access(line) = &story.facts[access].what else { continue };
        let upstream = request.denied.iter().any(|&n| matches!(&story.facts[n].what, What::Denied { status: 401, .. }));
        if (line.is_ok() || line.status == 401)
            && let Some(key) = key(request, access)
        {
            all.entry(key).or_default().push(Outcome { ok: line.is_ok(), request, access, upstream });
        }
    }
    for outcomes in all.values_mut() {
        outcomes.sort_by_key(|o| o.access);
    }
    all
}

fn run<'s>(key: &str, all: &'s [Outcome<'s>]) -> Option<Run<'s>> {
    let mut best: Option<(usize, usize)> = None;
    let mut at = 0;
    while at < all.len() {
        let end = all[at..].iter().position(|o| o.ok != all[at].ok).map_or(all.len(), |n| at + n);
        if !all[at].ok && at > 0 && best.is_none_or(|(from, to)| end - at > to - from) {
            best = Some((at, end));
        }
        at = end;
    }
    let (from, to) = best.filter(|(from, to)| to - from >= 2)?;
    Some(Run {
        key: key.to_owned(),
        before: all[..from].iter().filter(|o| o.ok).collect(),
        failed: all[from..to].iter().collect(),
        after: all.get(to),
    })
}

fn cite(story: &Story, run: &Run<'_>, status: Status) -> Reading {
    let mut reading = Reading::new(status);
    reading.evidence.extend(run.before.last().map(|o| o.access));
    for outcome in run.failed.iter().take(3).chain(run.failed.last()) {
        reading.evidence.push(outcome.access);
        reading.evidence.extend(outcome.request.denied.last());
    }
    reading.evidence.extend(run.after.map(|o| o.access));
    let first = crate::record::time::format(story.facts[run.failed[0].access].at);
    reading.found = format!(
        "{}: {} requests in a row ended in 401 from {first}, after {} successes.",
        value(&run.key),
        run.failed.len(),
        run.before.len()
    );
    if let Some(after) = run.after {
        let at = crate::record::time::format(story.facts[after.access].at);
        reading.found.push_str(&format!(" It serves again since {at}."));
    }
    reading
}

/// What the upstream said, and what the credential's file adds or cannot add.
fn explain(case: &Case<'_>, run: &Run<'_>, reading: &mut Reading) {
    let texts = run.failed.iter().flat_map(|o| &o.request.denied).filter_map(|&n| match &case.story.facts[n].what {
        What::Denied { text, .. } if !text.is_empty() => Some(text),
        _ => None,
    });
    let mut classes: Vec<&str> = texts
        .filter_map(|text| vocabulary::look_up(text, vocabulary::Place::Resource(401)))
        .map(|m| m.class())
        .collect();
    classes.sort_unstable();
    classes.dedup();
    match classes.as_slice() {
        [] => reading.missing.push("the upstream's error body, which would tell expiry from revocation".to_owned()),
        [class] => reading.found.push_str(&format!(" The upstream's words mean {class}.")),
        several => reading.found.push_str(&format!(" The upstream's words mean {}.", several.join(" or "))),
    }
    match case.outside.file(&run.key) {
        None if case.outside.files.is_empty() => {}
        None => reading.missing.push(format!("the credential file {}", value(&run.key))),
        Some(file) => {
            let first = case.story.facts[run.failed[0].access].at;
            let sentence = if file.newer_than(first) {
                "Its file was written after the incident, so its state at the time is unknown."
            } else if file.expired_at(first) {
                "Its file was already expired when the failures began."
            } else {
                "Its file looks healthy and does not show the cause."
            };
            reading.found.push_str(&format!(" {sentence}"));
        }
    }
}

/// Without debug lines no request names its credential: runs per path, which can never be confirmed.
fn by_path(case: &Case<'_>) -> Reading {
    let story = case.story;
    let paths = outcomes(story, |request, access| match &story.facts[access].what {
        What::Access(line) if request.selected.is_empty() && (line.is_ok() || line.latency >= LOCAL_LATENCY) => {
            Some(format!("{} {}", story.facts[access].place, line.path))
        }
        _ => None,
    });
    let runs: Vec<Run<'_>> = paths.iter().filter_map(|(key, all)| run(key, all)).collect();
    let found = runs.iter().filter(|r| r.before.len() >= SUCCESSES && r.failed.len() >= FAILURES);
    let Some(best) = found.max_by_key(|r| (r.failed.len(), std::cmp::Reverse(&r.key))) else {
        return not_shown(case);
    };
    let mut reading = cite(story, best, Status::Likely);
    reading
        .missing
        .push("debug lines that name the credential of a request (Use OAuth provider=... auth_file=...)".to_owned());
    reading
}

/// One credential that the upstream refused again and again, without the lines that would make a run of it.
fn incomplete(case: &Case<'_>) -> Option<Reading> {
    let story = case.story;
    let mut refused: BTreeMap<&str, Vec<&Request>> = BTreeMap::new();
    for request in &story.requests {
        let denied = request.denied.iter().any(|&n| matches!(&story.facts[n].what, What::Denied { status: 401, .. }));
        let ended = request.access.is_none_or(|n| matches!(&story.facts[n].what, What::Access(a) if a.status == 401));
        if let Some(file) = story.file_of(request).filter(|_| denied && ended) {
            refused.entry(file).or_default().push(request);
        }
    }
    let most = refused.into_iter().filter(|(_, all)| all.len() >= FAILURES).max_by_key(|(_, all)| all.len());
    let Some((file, requests)) = most else { return unexplained(story) };
    let mut reading = Reading::new(Status::Possible);
    reading.evidence.extend(requests.iter().take(4).filter_map(|r| r.access.or(r.denied.last().copied())));
    reading.found = format!("{}: the upstream refused {} requests with 401.", value(file), requests.len());
    if requests.iter().all(|r| r.access.is_none()) {
        reading.missing.push("the access lines of these requests, which tell how they ended".to_owned());
    } else {
        reading.missing.push("an earlier success of this credential".to_owned());
    }
    Some(reading)
}

/// 401s that took longer than the proxy's own key check takes, and of which no line tells more.
fn unexplained(story: &Story) -> Option<Reading> {
    let ended = story.requests.iter().filter(|r| r.denied.is_empty()).filter_map(|r| r.access);
    let slow: Vec<usize> = ended
        .filter(|&n| matches!(&story.facts[n].what, What::Access(a) if a.status == 401 && a.latency >= LOCAL_LATENCY))
        .collect();
    if slow.len() < FAILURES {
        return None;
    }
    let mut reading = Reading::new(Status::Possible);
    reading.found = format!("{} requests ended in 401, later than the proxy's own key check answers.", slow.len());
    reading.evidence = slow.into_iter().take(4).collect();
    reading.missing.push("debug lines that name the credential and the upstream's refusal".to_owned());
    Some(reading)
}

fn not_shown(case: &Case<'_>) -> Reading {
    if let Some(reading) = incomplete(case) {
        return reading;
    }
    let mut reading = Reading::none(case);
    let mut survived: Vec<String> = Vec::new();
    let (mut local, mut local_at) = (0_usize, Vec::new());
    for request in &case.story.requests {
        let Some(access) = request.access else { continue };
        let What::Access(line) = &case.story.facts[access].what else { continue };
        if line.is_ok() && !request.denied.is_empty() {
            survived.extend(case.story.file_of(request).map(str::to_owned));
            reading.counter.push(access);
        } else if line.status == 401 && request.denied.is_empty() && line.latency < LOCAL_LATENCY {
            local += 1;
            local_at.push(access);
        }
    }
    if !reading.counter.is_empty() {
        reading.found =
            format!("Upstream 401s were each followed by a success of the same request ({}).", list(survived));
    }
    if local > 0 {
        reading.counter.extend(local_at.iter().take(2));
        reading
            .found
            .push_str(&format!(" {local} requests were refused by the proxy's own key check; no upstream was asked."));
    }
    reading.found = reading.found.trim_start().to_owned();
    if !reading.found.is_empty() {
        reading.fix = "Nothing to refresh; check the callers' keys if they are ours.".to_owned();
        reading.status = Status::Refuted;
    }
    reading
}
