//! D07: attempts before the time that the upstream asked to wait for.

use super::view::View;
use super::{Detector, Said};
use crate::classify::claims::short;
use crate::classify::cliproxy::{Story, What};
use crate::record::time::{Nanos, SECOND};
use std::collections::BTreeMap;

pub const DETECTOR: Detector = Detector {
    id: "D07",
    name: "retry-after violation",
    finds: "requests with a credential before its stated release",
    needs: "a release time in the refusal (Retry-After, retry_after, resets_in_seconds, resets_at) or in a cooldown line, and lines that name the credential of a request",
    thresholds: &[("attempts before release", "1"), ("tolerance", "2 s")],
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
    after("resets_at").filter(|epoch| (1_000_000_000..9_000_000_000).contains(epoch)).map(|epoch| epoch * SECOND)
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
    if releases.is_empty() {
        return Said::quiet("no refusal states a release time")
            .censored("audit records carry no Retry-After header, so violations at audited hosts cannot be seen");
    }
    let mut early: BTreeMap<&str, (u64, Nanos)> = BTreeMap::new();
    for (_, fact, file) in story.each(|w| match w {
        What::Selected { file, .. } => Some(&**file),
        _ => None,
    }) {
        let waits = releases.get(&(&*fact.place, file));
        let broken = waits
            .into_iter()
            .flatten()
            .find(|(from, until)| fact.at > *from + TOLERANCE && fact.at < *until - TOLERANCE);
        if let Some((_, until)) = broken {
            let entry = early.entry(file).or_insert((0, *until));
            entry.0 += 1;
        }
    }
    let worst = early.iter().max_by_key(|(file, (n, _))| (*n, std::cmp::Reverse(**file)));
    let said = match worst {
        Some((file, (n, until))) => {
            Said::fired(format!("{file}: {n} requests before the release at {}", short(*until)))
        }
        None => Said::quiet("no request came before a stated release"),
    };
    said.with("releases", releases.values().map(Vec::len).sum::<usize>()).with("credentials_early", early.len())
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
    }
}
