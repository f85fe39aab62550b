//! D12: one refresh token, two users.

use super::limit::Part::{By, Span, Text};
use super::view::View;
use super::{Detector, Said};
use crate::classify::claims::{short, value};
use crate::classify::classes::{self as c, Class};
use crate::classify::cliproxy::{Renewal, Story, What};
use crate::classify::vocabulary::{self, Place};
use crate::record::time::{Nanos, SECOND};
use std::collections::{BTreeMap, BTreeSet};

pub const DETECTOR: Detector = Detector {
    id: "D12",
    name: "refresh reuse",
    finds: "a refresh token that two places use",
    needs: "refresh lines that name the credential, from every instance; credential files for the possible tier",
    thresholds: &[
        ("confirmed", &[Text("reuse text and more than one place")]),
        (
            "likely",
            &[Text("success at one place, invalid_grant at another within the access token's life: "), By(lives)],
        ),
        ("possible", &[Text("one refresh token or one account in two files")]),
        ("self-race", &[Span(RACE)]),
    ],
    would_change: "lines of another instance, or of a tool outside the export that shares the token",
    run,
};

const RACE: Nanos = 60 * SECOND;

/// How long the access tokens of a provider live: a second place that still holds the old refresh token comes within this
/// time after the first one renewed it. Later a refresh token may have died of itself.
const LIVES: &[(&str, Nanos)] = &[("codex", 10 * 24), ("claude", 8), ("kiro", 1), ("antigravity", 1), ("gemini", 1)];
/// For providers whose lifetime is not known, in hours.
const LIFE: Nanos = 24;

fn lives() -> String {
    let known = LIVES.iter().map(|(provider, hours)| format!("{provider} {hours} h"));
    known.chain([format!("others {LIFE} h")]).collect::<Vec<_>>().join(", ")
}

fn life(provider: &str) -> Nanos {
    LIVES.iter().find(|(known, _)| *known == provider).map_or(LIFE, |(_, hours)| *hours) * 3600 * SECOND
}

fn class(story: &Story, attempt: &Renewal) -> Option<&'static Class> {
    attempt.facts.iter().find_map(|&n| match &story.facts[n].what {
        What::Failed { text, .. } => vocabulary::look_up(text, Place::Refresh).map(|m| m.0.classes[0]),
        _ => None,
    })
}

fn run(view: &View<'_>) -> Said {
    let story = &view.case.notes.cliproxy.story;
    let mut by_file: BTreeMap<&str, Vec<&Renewal>> = BTreeMap::new();
    for attempt in &story.renewals {
        if let Some(file) = attempt.file.as_deref() {
            by_file.entry(file).or_default().push(attempt);
        }
    }
    let mut found: Vec<(u8, String)> = by_file.iter().filter_map(|(file, all)| judge(story, file, all)).collect();
    found.extend(
        view.outside
            .files
            .iter()
            .filter(|f| f.findings.iter().any(|id| id == "shared-refresh-token"))
            .map(|f| (3, format!("possible: {} holds a refresh token that another file holds too", value(&f.name)))),
    );
    let reused = view.failures.iter().filter(|a| a.class == &c::REFRESH_REUSED).count();
    found.extend(view.outside.files.iter().filter(|f| f.findings.iter().any(|id| id == "duplicate-account")).map(
        |f| (4, format!("possible: the account of {} has another file too, and two logins may race", value(&f.name))),
    ));
    found.sort();
    match found.first() {
        Some((_, text)) => Said::fired(text.clone()).with("credentials", found.len()).with("reuse_refusals", reused),
        _ => Said::quiet("no refresh token is seen in two places").with("reuse_refusals", reused),
    }
}

fn judge(story: &Story, file: &str, all: &[&Renewal]) -> Option<(u8, String)> {
    let place = |a: &Renewal| &*story.facts[a.facts[0]].place;
    let file = value(file);
    for (n, attempt) in all.iter().enumerate().filter(|(_, a)| !a.ok) {
        let class = class(story, attempt);
        let since = all[..n].iter().rposition(|a| a.ok).unwrap_or(0);
        let places: BTreeSet<&str> = all[since..=n].iter().map(|a| place(a)).collect();
        let at = short(attempt.at);
        match class {
            Some(class) if class == &c::REFRESH_REUSED && places.len() > 1 => {
                return Some((
                    1,
                    format!(
                        "confirmed: {file}: the issuer says reused at {at}, and {} places tried to refresh it",
                        places.len()
                    ),
                ));
            }
            Some(class) if class == &c::REFRESH_REUSED => {
                let race = n > 0 && attempt.at - all[n - 1].at < RACE;
                let kind = if race {
                    "two attempts of one process at a time"
                } else {
                    "the second user is not in this evidence"
                };
                return Some((2, format!("likely: {file}: the issuer says reused at {at}; {kind}")));
            }
            Some(class) if class == &c::INVALID_GRANT => {
                let earlier = all[..n].iter().rev().find(|a| a.ok);
                let in_time = |ok: &&&Renewal| attempt.at - ok.at <= life(&attempt.provider);
                if let Some(ok) = earlier.filter(in_time).filter(|ok| place(ok) != place(attempt)) {
                    return Some((
                        2,
                        format!(
                            "likely: {file}: refreshed at {} and refused at {} at {at}",
                            value(place(ok)),
                            value(place(attempt))
                        ),
                    ));
                }
            }
            _ => {}
        }
    }
    None
}
