//! Row 2: manual refresh returns 401.

use super::{Case, MINUTE, Reading, Row, Status, list};
use crate::classify::claims::{quoted, value};
use crate::classify::cliproxy::{Access, Fact, Story, What};
use crate::record::time::{Nanos, SECOND};

pub const ROW: Row = Row {
    row: 2,
    id: "manual_refresh_401",
    symptom: "Manual refresh returns 401",
    condition: "POST /v0/management/auths/{provider}/refresh was answered 401",
    confirms: "the access line; the debug line `management auth rejected` tells a missing key (providedLen=0) from a wrong one",
    refutes: "management calls of other paths only (scanners), or a 403: remote management disabled, no key configured, or a banned address",
    near_misses: "401 on other management paths · 403 after five failures of one address (30 minutes) · 401 of AI paths",
    fix: "Send the management key as Authorization: Bearer <management-key> or as X-Management-Key, not both with different values.",
    correction: "Authorization wins over X-Management-Key: a client that always sends its API key in Authorization gets 401 even with a right X-Management-Key. The bcrypt hash in the config is not the key. Five failures ban the address for 30 minutes (403).",
    read,
};

/// The reason line and its access line are written within this time.
const REASON_SPAN: Nanos = 2 * SECOND;

fn read(case: &Case<'_>) -> Reading {
    let story = case.story;
    let refused: Vec<(usize, &Access)> = refreshes(story).filter(|(_, a)| a.status == 401).collect();
    if refused.is_empty() {
        return not_shown(case);
    }
    let mut reading = Reading::new(Status::Confirmed);
    let (mut reasons, mut clients) = (Vec::new(), Vec::new());
    for &(index, access) in &refused {
        reading.evidence.push(index);
        clients.push(value(&access.client));
        if let Some((line, reason)) = reason(story, index, access) {
            reading.evidence.push(line);
            reasons.push(reason);
        }
    }
    reading.found = format!(
        "{} manual refreshes from {} were answered 401 by the proxy itself; no provider was asked.",
        refused.len(),
        list(clients)
    );
    if reasons.is_empty() {
        reading
            .missing
            .push("the debug line `management auth rejected`, which tells a missing key from a wrong one".to_owned());
    } else {
        reading.found.push_str(&format!(" Reason: {}.", list(reasons)));
    }
    later_ok(story, refused[refused.len() - 1], &mut reading);
    reading
}

/// Manual refreshes, whatever their answer.
fn refreshes(story: &Story) -> impl Iterator<Item = (usize, &Access)> {
    story.each(super::row3_manual_refresh_404::refresh).map(|(index, _, access)| (index, access))
}

fn reason(story: &Story, index: usize, access: &Access) -> Option<(usize, String)> {
    let fact = &story.facts[index];
    story
        .near(index, REASON_SPAN, REASON_SPAN)
        .find_map(|(n, other)| match &other.what {
            What::KeyRefused { client, reason, provided, status: 401 }
                if *client == access.client && other.place == fact.place && n < index =>
            {
                let length = if *provided == 0 {
                    "no key sent".to_owned()
                } else {
                    format!("key of {provided} characters sent")
                };
                Some((n, format!("{} ({length})", quoted(reason))))
            }
            _ => None,
        })
        .or_else(|| nearest_after(story, index, access))
}

/// Collectors may swap the two lines; a reason just after is taken only when none stands before.
fn nearest_after(story: &Story, index: usize, access: &Access) -> Option<(usize, String)> {
    let fact = &story.facts[index];
    story.near(index, 0, SECOND / 10).find_map(|(n, other)| match &other.what {
        What::KeyRefused { client, reason, status: 401, .. }
            if *client == access.client && other.place == fact.place =>
        {
            Some((n, quoted(reason)))
        }
        _ => None,
    })
}

fn later_ok(story: &Story, (index, last): (usize, &Access), reading: &mut Reading) {
    let fact = &story.facts[index];
    let ok = story.between(fact.at, fact.at + 60 * MINUTE).find(|(_, other)| {
        other.place == fact.place
            && matches!(&other.what, What::Access(a) if a.client == last.client && a.is_ok() && a.management().is_some())
    });
    if let Some((n, _)) = ok {
        reading.evidence.push(n);
        reading.found.push_str(" The same client was let in later.");
    }
}

fn not_shown(case: &Case<'_>) -> Reading {
    let mut reading = Reading::none(case);
    let refused = |what| match what {
        &What::KeyRefused { status: 401, ref client, ref reason, .. } => Some((client, reason)),
        _ => None,
    };
    let mut alone = case.story.each(refused).filter(|(index, fact, (client, _))| {
        let answers = |other: &Fact| match &other.what {
            What::Access(a) => other.place == fact.place && a.client == **client && a.management().is_some(),
            _ => false,
        };
        !case.story.near(*index, REASON_SPAN, REASON_SPAN).any(|(_, other)| answers(other))
    });
    if let Some((index, _, (_, reason))) = alone.next() {
        reading.status = Status::Possible;
        reading.evidence.push(index);
        reading.found = format!("A management call was refused: {}.", quoted(reason));
        reading.missing.push("its access line, which tells a manual refresh from other management calls".to_owned());
        return reading;
    }
    for (index, access) in refreshes(case.story).filter(|(_, a)| a.status == 403) {
        reading.counter.push(index);
        reading.found = format!("A manual refresh from {} was answered 403, not 401.", value(&access.client));
        reading.fix = "A 403 means remote management is disabled for this address, no key is configured, or the address is banned for 30 minutes; a different key does not help.".to_owned();
        reading.status = Status::Refuted;
    }
    reading
}
