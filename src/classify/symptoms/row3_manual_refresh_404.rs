//! Row 3: manual refresh returns 404.

use super::{Case, ConfigFact, MINUTE, ManagementKey, Reading, Row, Status, list};
use crate::classify::claims::{named, value};
use crate::classify::cliproxy::{Access, Story, What};
use crate::record::time::Nanos;

pub const ROW: Row = Row {
    row: 3,
    id: "manual_refresh_404",
    symptom: "Manual refresh returns 404",
    condition: "POST /v0/management/auths/{provider}/refresh was answered 404, and so was every other management path of the same process",
    confirms: "404 on a second management path, no `management routes registered` line since the start, and a config with an empty or misspelt remote-management.secret-key",
    refutes: "another management path of the same process answers 200, 401 or 403: management is on, the route or the provider name is what is missing",
    near_misses: "404 on a mistyped path · one 404 for an unknown provider · 404 on AI paths",
    fix: "Set remote-management.secret-key (kebab-case, not empty) or MANAGEMENT_PASSWORD; current builds pick it up by hot reload, old ones need a restart.",
    correction: "The route of the table is not registered in any public build: where other management paths answer, setting a key changes nothing. Use the Kiro web refresh or log in again instead. A wrong key on a missing route also reads 404.",
    read,
};

/// Other management calls are compared within this time on both sides.
const WINDOW: Nanos = 60 * MINUTE;

/// At most this many 404s are looked at one by one.
const LOOKS_MAX: usize = 64;

/// The access line of a manual refresh.
pub fn refresh(what: &What) -> Option<&Access> {
    match what {
        What::Access(access)
            if matches!(access.management(), Some(crate::classify::cliproxy::Management::Refresh(_))) =>
        {
            Some(access)
        }
        _ => None,
    }
}

/// What the other management calls of the place say about one 404.
struct Look {
    index: usize,
    others_404: Vec<usize>,
    answered: Vec<usize>,
    switched_off: Option<usize>,
    switched_on: Option<usize>,
    started: Option<usize>,
}

fn read(case: &Case<'_>) -> Reading {
    let story = case.story;
    let missing: Vec<usize> = story.each(refresh).filter(|(_, _, a)| a.status == 404).map(|(n, _, _)| n).collect();
    if missing.is_empty() {
        return Reading::none(case);
    }
    let looks: Vec<Look> = missing.iter().take(LOOKS_MAX).map(|&n| look(story, n)).collect();
    let off: Vec<&Look> = looks
        .iter()
        .filter(|l| l.answered.is_empty() && (!l.others_404.is_empty() || l.switched_off.is_some()))
        .collect();
    let mut reading = if off.is_empty() { route_missing(case, &looks) } else { management_off(case, &off, &looks) };
    saved(case, off.is_empty(), &mut reading);
    reading
}

const UNKNOWN_NAME: &str = "Do not change the management key: the saved 404 came from behind the key check, so management is on. The provider or file name is unknown to it: use a name of its list of auth files, the provider's own login, or the Kiro web refresh.";

/// What the headers of a saved 404 add: answers from behind the key check carry the server's version, the router's do not.
fn saved(case: &Case<'_>, is_answered: bool, reading: &mut Reading) {
    for answer in &case.outside.not_found {
        let words = match (answer.from_handler, is_answered) {
            (true, true) => {
                reading.fix = UNKNOWN_NAME.to_owned();
                "came from behind the key check: management is on, and the provider or file name is unknown there"
            }
            (true, false) => {
                "came from behind the key check: it is of another process, or of a time when management was on"
            }
            (false, _) => "came from the router: management is off, or this build has no such route",
        };
        reading.found.push_str(&format!(" The saved 404 {} {words}.", value(&answer.path)));
    }
}

fn look(story: &Story, index: usize) -> Look {
    let fact = &story.facts[index];
    let mut found = Look {
        index,
        others_404: Vec::new(),
        answered: Vec::new(),
        switched_off: None,
        switched_on: None,
        started: None,
    };
    for (n, other) in
        story.between(fact.at - WINDOW, fact.at + WINDOW).filter(|(n, o)| o.place == fact.place && *n != index)
    {
        match &other.what {
            What::Access(a) if a.management().is_some() && refresh(&other.what).is_none() => {
                if a.status == 404 {
                    found.others_404.push(n)
                } else {
                    found.answered.push(n)
                }
            }
            What::Access(a) if refresh(&other.what).is_some() && a.status != 404 => found.answered.push(n),
            _ => {}
        }
    }
    for (n, other) in story.facts[..index].iter().enumerate().filter(|(_, o)| o.place == fact.place) {
        match &other.what {
            What::Started { .. } => (found.started, found.switched_on, found.switched_off) = (Some(n), None, None),
            What::RoutesOn => (found.switched_on, found.switched_off) = (Some(n), None),
            What::RoutesOff => (found.switched_on, found.switched_off) = (None, Some(n)),
            _ => {}
        }
    }
    found
}

fn management_off(case: &Case<'_>, off: &[&Look], all: &[Look]) -> Reading {
    let first = off[0];
    let config = case.outside.configs.iter().find(|c| is_off(c));
    let mut reading =
        Reading::new(if config.is_some() || first.switched_off.is_some() { Status::Confirmed } else { Status::Likely });
    for look in off {
        reading.evidence.push(look.index);
        reading.evidence.extend(&look.others_404);
        reading.evidence.extend(look.switched_off);
    }
    let place = &case.story.facts[first.index].place;
    reading.found = format!(
        "{}{} manual refreshes and {} other management calls were answered 404.",
        named("", &value(place), ": "),
        off.len(),
        first.others_404.len()
    );
    if let Some(started) = first.started.filter(|_| first.switched_on.is_none()) {
        reading.evidence.push(started);
        reading.found.push_str(" Since its start no line says that management routes were registered.");
    }
    match config {
        Some(c) => reading.found.push_str(&format!(" {} {}.", value(&c.path), key_words(c))),
        None if case.outside.configs.is_empty() => reading.missing.push("the config.yaml of this process (--config): an empty or misspelt remote-management.secret-key would settle the cause".to_owned()),
        None if case.outside.configs.iter().any(|c| c.management != ManagementKey::Set) => {
            reading.missing.push("the given configs do not show whether a management key is set: the config.yaml as the server reads it".to_owned());
        }
        None => reading.missing.push("the given configs all set a management key; the config of this very process is needed".to_owned()),
    }
    for look in all.iter().filter(|l| !l.answered.is_empty()) {
        let place = &case.story.facts[look.index].place;
        let place = named(" on ", &value(place), "");
        reading.found.push_str(&format!(" The 404{place} has another cause: management answers there."));
    }
    reading
}

fn route_missing(case: &Case<'_>, looks: &[Look]) -> Reading {
    let mut reading = Reading::new(Status::Possible);
    reading.evidence.extend(looks.iter().map(|l| l.index));
    reading.counter.extend(looks.iter().flat_map(|l| l.answered.iter().take(2)));
    let places = named(" on ", &list(looks.iter().map(|l| value(&case.story.facts[l.index].place))), "");
    if reading.counter.is_empty() {
        reading.found = format!(
            "A manual refresh{places} was answered 404, and no other management call shows whether management is on."
        );
        reading.missing.push("any other management call of the same process, or its config.yaml".to_owned());
        if case.outside.configs.iter().any(is_off) {
            reading.missing.push("which process uses the config without a management key".to_owned());
        }
    } else {
        reading.found = format!(
            "A manual refresh{places} was answered 404 while other management calls there were answered: management is on."
        );
        reading.fix = "Do not change the management key. The route is not registered in this build, or the provider name is unknown: use the provider's own login, or the Kiro web refresh.".to_owned();
    }
    reading
}

fn is_off(config: &ConfigFact) -> bool {
    matches!(config.management, ManagementKey::Empty | ManagementKey::Misspelt)
}

fn key_words(config: &ConfigFact) -> &'static str {
    match config.management {
        ManagementKey::Misspelt => "writes the management key under a name that is not read (keys are kebab-case)",
        _ => "leaves remote-management.secret-key empty",
    }
}
