//! D07: attempts before the time that the upstream asked to wait for.

use super::limit::Part::{Count, Span};
use super::view::View;
use super::{Detector, Said};
use crate::classify::LIST;
use crate::classify::claims::{short, value};
use crate::classify::cliproxy::{Story, What};
use crate::record::time::{self, Nanos, SECOND};
use std::collections::BTreeMap;

pub const DETECTOR: Detector = Detector {
    id: "D07",
    name: "retry-after violation",
    finds: "requests with a credential before its stated release",
    needs: "a release time in the refusal (Retry-After in seconds or as a date, retry_after, resets_in_seconds, resets_at) or in a cooldown line, and records that name the credential of a request",
    thresholds: &[("attempts before release", &[Count(1)]), ("tolerance", &[Span(TOLERANCE)])],
    would_change: "release times that the records leave out; a clock offset between issuer and proxy",
    run,
};

const TOLERANCE: Nanos = 2 * SECOND;

/// The instant at which a refusal of `at` releases, as its text tells.
pub fn release(text: &str, at: Nanos) -> Option<Nanos> {
    let after = |name: &str| {
        let rest = &text[text.find(name)? + name.len()..];
        let rest = rest.trim_start_matches(['"', ':', ' ', '=', '\\']);
        let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        rest[..end].parse::<i64>().ok()
    };
    let wait = after("resets_in_seconds")
        .or_else(|| after("retry_after"))
        .or_else(|| after("Retry-After"))
        .or_else(|| after("reset_seconds"));
    if let Some(seconds) = wait.filter(|s| *s < 40 * 86400) {
        return Some(at + seconds * SECOND);
    }
    if let Some(until) = text.split_once("Retry-After: ").and_then(|(_, rest)| date(rest)) {
        return Some(until);
    }
    after("resets_at").filter(|epoch| (1_000_000_000..9_000_000_000).contains(epoch)).map(|epoch| epoch * SECOND)
}

/// The HTTP date at the beginning of a text: `Wed, 21 Oct 2026 07:28:00 GMT`.
fn date(text: &str) -> Option<Nanos> {
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let (_, rest) = text.split_once(", ")?;
    let mut words = rest.split(' ');
    let (day, month, year, clock) = (words.next()?, words.next()?, words.next()?, words.next()?);
    let month = MONTHS.iter().position(|known| *known == month)? + 1;
    words.next()?.starts_with("GMT").then(|| time::parse(&format!("{year}-{month:02}-{day}T{clock}Z"))).flatten()
}

/// Releases by place and credential file.
fn releases(story: &Story) -> BTreeMap<(&str, &str), Vec<(Nanos, Nanos)>> {
    let mut found: BTreeMap<(&str, &str), Vec<(Nanos, Nanos)>> = BTreeMap::new();
    for (_, fact, (file, wait)) in story.each(|w| match w {
        What::Cooldown { file, wait: Some(wait), .. } => Some((&**file, *wait)),
        _ => None,
    }) {
        found.entry((&fact.place, file)).or_default().push((fact.at, fact.at + wait));
    }
    for request in &story.requests {
        let Some(file) = story.file_of(request) else { continue };
        for &n in &request.denied {
            let fact = &story.facts[n];
            if let What::Denied { status: 429 | 503, text, .. } = &fact.what
                && let Some(until) = release(text, fact.at)
            {
                found.entry((&fact.place, file)).or_default().push((fact.at, until));
            }
        }
    }
    found
}

fn run(view: &View<'_>) -> Said {
    let story = &view.case.notes.cliproxy.story;
    let releases = releases(story);
    let audited = audited(view);
    let stated = releases.values().map(Vec::len).sum::<usize>() + audited.values().map(Vec::len).sum::<usize>();
    if stated == 0 {
        return Said::quiet("no refusal states a release time").censored(
            "most exports of audit records carry no Retry-After header: without it violations cannot be seen",
        );
    }
    let mut early: BTreeMap<String, (u64, Nanos)> = BTreeMap::new();
    for (_, fact, file) in story.each(|w| match w {
        What::Selected { file, .. } => Some(&**file),
        _ => None,
    }) {
        let waits = releases.get(&(&*fact.place, file));
        let broken = waits.into_iter().flatten().find(|wait| is_early(fact.at, wait));
        if let Some((_, until)) = broken {
            let entry = early.entry(value(file)).or_insert((0, *until));
            entry.0 += 1;
        }
    }
    for ((who, waits), times) in audited.iter().zip(sent(view, &audited).into_values()) {
        let broken = times.iter().filter_map(|at| waits.iter().find(|wait| is_early(*at, wait)));
        let broken: Vec<Nanos> = broken.map(|(_, until)| *until).collect();
        if let Some(until) = broken.iter().min() {
            early.insert(who.to_string(), (broken.len() as u64, *until));
        }
    }
    let worst = early.iter().max_by_key(|(who, (n, _))| (*n, std::cmp::Reverse(*who)));
    let said = match worst {
        Some((who, (n, until))) => Said::fired(format!("{who}: {n} requests before the release at {}", short(*until))),
        None => Said::quiet("no request came before a stated release"),
    };
    said.with("releases", stated).with("credentials_early", early.len())
}

/// The request came well after the refusal and well before its release.
fn is_early(at: Nanos, (from, until): &(Nanos, Nanos)) -> bool {
    at > *from + TOLERANCE && at < *until - TOLERANCE
}

/// Who sends audited requests: one pod with one credential at one host was told to wait, and nobody else.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Caller<'c> {
    names: &'c str,
    host: &'c str,
    pod: &'c str,
}

impl std::fmt::Display for Caller<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names =
            if self.names.is_empty() { "no credential".to_owned() } else { value(&self.names.replace(LIST, "+")) };
        write!(f, "{names} at {} from {}", value(self.host), value(self.pod))
    }
}

/// Releases that upstreams stated to audited requests.
fn audited<'c>(view: &View<'c>) -> BTreeMap<Caller<'c>, Vec<(Nanos, Nanos)>> {
    let mut found: BTreeMap<Caller<'_>, Vec<(Nanos, Nanos)>> = BTreeMap::new();
    let told = view.case.notes.attempts.iter().filter(|a| a.rule.is_some() && matches!(a.status, Some(429 | 503)));
    for a in told {
        if let Some(until) = release(view.text(a.texts.message), a.at) {
            let t = &a.texts;
            let caller = Caller { names: view.text(t.names), host: view.text(t.host), pod: view.text(t.pod) };
            found.entry(caller).or_default().push((a.at, until));
        }
    }
    found
}

/// When the callers that were told to wait sent requests, as far as they are kept: successes are thinned.
fn sent<'c>(view: &View<'c>, told: &BTreeMap<Caller<'c>, Vec<(Nanos, Nanos)>>) -> BTreeMap<Caller<'c>, Vec<Nanos>> {
    let notes = &view.case.notes;
    let caller = |names, host, pod| Caller { names: view.text(names), host: view.text(host), pod: view.text(pod) };
    let mut times: BTreeMap<Caller<'_>, Vec<Nanos>> = told.keys().map(|who| (who.clone(), Vec::new())).collect();
    for a in notes.attempts.iter().filter(|a| a.rule.is_some()) {
        if let Some(list) = times.get_mut(&caller(a.texts.names, a.texts.host, a.texts.pod)) {
            list.push(a.at);
        }
    }
    for (key, rows) in notes.outcomes.by_key() {
        if let Some(list) = times.get_mut(&caller(key.names, key.host, key.pod)) {
            list.extend(rows.iter().map(|row| row.at));
        }
    }
    times
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn release_times_in_their_spellings() {
        assert_eq!(release(r#"{"error":{"resets_in_seconds":90}}"#, 0), Some(90 * SECOND));
        assert_eq!(release(r#"{"resets_at": 1771700000}"#, 0), Some(1_771_700_000 * SECOND));
        assert_eq!(release("Retry-After: 30", SECOND), Some(31 * SECOND));
        assert_eq!(release("try later", 0), None);
        let until = time::parse("2026-10-21T07:28:00Z");
        assert_eq!(release("Retry-After: Wed, 21 Oct 2026 07:28:00 GMT; {}", 0), until);
        assert_eq!(release("Retry-After: soon, and more", 0), None);
    }
}
