//! Row 4: refresh appears to run but the token stays expired.

use super::{Case, Reading, Row, Status};
use crate::classify::claims::{count, value};
use crate::classify::cliproxy::{Story, What};
use crate::classify::detectors::limit::span;
use crate::record::time::{Nanos, SECOND};
use std::collections::BTreeMap;

pub const ROW: Row = Row {
    row: 4,
    id: "refresh_stays_expired",
    symptom: "Refresh appears to run but token stays expired",
    condition: "the scheduler logs `refreshed P, ID, <nil>` again and again within two minutes, and the file is never written",
    confirms: "the file: expiry in the past and an empty refresh token (silent no-op), or a snapshot pair that did not move",
    refutes: "each `<nil>` is followed by a write of the file",
    near_misses: "one refresh per hour with a write after it · a lost write line between distant refreshes · cancelled refreshes",
    fix: "Log in again with the provider's own flow so that the file gets a refresh token; a management refresh cannot help. Confirm that the file is written and its expiry moves.",
    correction: "`refreshed ..., <nil>` is also printed for silent no-ops, so these lines are no proof of a refresh. A far-future expiry (\"token is still valid\") and a read-only volume give the same picture; both show in the file, not in the log.",
    read,
};

/// Two successes of one credential this close are one too many: an effective refresh lasts longer.
pub const RAPID: Nanos = 120 * SECOND;

/// A write belongs to the refresh before it within this time.
const WRITE_SPAN: Nanos = 60 * SECOND;

/// Rapid repetitions that must be seen.
pub const MINIMUM: usize = 3;

/// Repetitions that no coincidence explains, even without the file.
const MANY: usize = 6;

/// What to do where no log line could have shown a write.
const UNSEEN: &str = "Look at the file: an expiry in the past and an empty refresh token mean that these were no refreshes; then log in again with the provider's own flow. An expiry that moves means that nothing is wrong.";

struct Loop {
    place: String,
    file: String,
    facts: Vec<usize>,
}

fn read(case: &Case<'_>) -> Reading {
    let story = case.story;
    let loops = loops(story);
    let Some(best) = loops.iter().max_by_key(|l| (l.facts.len(), std::cmp::Reverse(&l.file))) else {
        return not_shown(case);
    };
    let watched = watched(story, &best.place);
    let logged = if best.facts.len() >= MANY && watched { Status::Likely } else { Status::Possible };
    let mut reading = Reading::new(logged);
    reading.evidence.extend(best.facts.iter().take(4).chain(best.facts.last()));
    reading.found = format!(
        "{}: the scheduler reported \"no error\" {} times at most {} apart, and {}",
        value(&best.file),
        best.facts.len(),
        span(RAPID),
        if watched {
            "the file was not written. These are not successful refreshes."
        } else {
            "no write of the file is on record; no watcher line of this process is, so whether they did anything is not known."
        }
    );
    if !watched {
        reading.fix = UNSEEN.to_owned();
        reading.missing.push(
            "watcher lines of this process (debug level), which would show whether the file was written".to_owned(),
        );
    }
    with_file(case, best, &mut reading);
    if reading.status == Status::Confirmed {
        reading.fix.clear();
    }
    reading
}

/// The watcher of the process says what it sees, so a write would show.
fn watched(story: &Story, place: &str) -> bool {
    let seen = |what: &What| matches!(what, What::FileChanged { .. } | What::FileUnchanged { .. });
    story.facts.iter().any(|f| *f.place == *place && seen(&f.what))
}

/// Runs of rapid `<nil>` lines of one credential in one place that no write interrupts.
fn loops(story: &Story) -> Vec<Loop> {
    let mut runs: BTreeMap<(&str, &str), Vec<Vec<usize>>> = BTreeMap::new();
    for (index, fact) in story.facts.iter().enumerate() {
        match &fact.what {
            What::Refreshed { file, .. } => {
                let runs = runs.entry((&fact.place, file)).or_default();
                match runs.last_mut().filter(|run| run.last().is_some_and(|&n| fact.at - story.facts[n].at <= RAPID)) {
                    Some(run) => run.push(index),
                    None => runs.push(vec![index]),
                }
            }
            What::FileChanged { file } => {
                // The write makes the refresh before it real; a new run begins after it.
                if let Some(runs) = runs.get_mut(&(&*fact.place, &**file))
                    && let Some(run) = runs.last_mut()
                    && run.last().is_some_and(|&n| fact.at - story.facts[n].at <= WRITE_SPAN)
                {
                    run.pop();
                    runs.push(Vec::new());
                }
            }
            _ => {}
        }
    }
    let mut found = Vec::new();
    for ((place, file), runs) in runs {
        if let Some(facts) = runs.into_iter().filter(|r| r.len() >= MINIMUM).max_by_key(Vec::len) {
            found.push(Loop { place: place.to_owned(), file: file.to_owned(), facts });
        }
    }
    found
}

fn with_file(case: &Case<'_>, found: &Loop, reading: &mut Reading) {
    let first = case.story.facts[found.facts[0]].at;
    let last = case.story.facts[found.facts[found.facts.len() - 1]].at;
    let pair = case.outside.pair(&found.file).filter(|p| p.row4);
    let Some(file) = case.outside.file(&found.file) else {
        reading
            .missing
            .push(format!("the file {} (--auths): its refresh token and expiry would settle it", value(&found.file)));
        if pair.is_some() {
            reading.status = Status::Confirmed;
        }
        return;
    };
    if file.newer_than(last) {
        reading.found.push_str(" The file was written after these lines, so its state at the time is unknown.");
    } else if file.has_refresh_token == Some(false) {
        reading.status = Status::Confirmed;
        let expired = if file.expired_at(first) { "expired and " } else { "" };
        reading
            .found
            .push_str(&format!(" The file is {expired}without a refresh token: every refresh is a silent no-op."));
    } else if file.expired_at(first) || pair.is_some() {
        reading.status = Status::Confirmed;
        reading.found.push_str(
            " The file was expired before these lines and has not moved since, although it holds a refresh token.",
        );
    } else {
        reading.found.push_str(" The file is not expired.");
    }
}

/// At most this many healthy refreshes are looked at.
const LOOKS_MAX: usize = 100;

fn not_shown(case: &Case<'_>) -> Reading {
    let mut reading = Reading::none(case);
    let unsaved = case.story.each(|w| matches!(w, What::Unsaved { .. }).then_some(()));
    reading.evidence = unsaved.map(|(n, ..)| n).collect();
    if !reading.evidence.is_empty() {
        reading.status = Status::Possible;
        reading.found = format!(
            "{} could not be written: the file keeps the old token and its expiry.",
            count(reading.evidence.len(), "refreshed credential", "refreshed credentials")
        );
        reading.fix = "Make the auth directory writable, then refresh once more and see that the file's expiry moves; a new login is only needed where the old refresh token no longer works.".to_owned();
        return reading;
    }
    let mut written = 0;
    for attempt in case.story.renewals.iter().filter(|a| a.ok).take(LOOKS_MAX) {
        let Some(file) = &attempt.file else { continue };
        let next = case.story.between(attempt.at, attempt.at + WRITE_SPAN);
        written +=
            usize::from(next.into_iter().any(|(_, f)| matches!(&f.what, What::FileChanged { file: f } if f == file)));
    }
    if written > 0 {
        reading.status = Status::Refuted;
        reading.found = format!("Reported refreshes were followed by a write of their file ({written} looked at).");
        reading.fix = "Nothing to do.".to_owned();
    }
    reading
}

/// A credential whose refreshes are reported again and again without a write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ineffective {
    pub file: String,
    pub times: usize,
    /// The process logs what its watcher sees: a write would show.
    pub watched: bool,
}

/// Such credentials, worst first.
pub fn ineffective(story: &Story) -> Vec<Ineffective> {
    let of = |l: Loop| Ineffective { watched: watched(story, &l.place), times: l.facts.len(), file: l.file };
    let mut found: Vec<Ineffective> = loops(story).into_iter().map(of).collect();
    found.sort_by(|a, b| b.times.cmp(&a.times).then_with(|| a.file.cmp(&b.file)));
    found
}
