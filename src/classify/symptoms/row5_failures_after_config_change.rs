//! Row 5: refresh failures spike after a config change.

use super::{Case, MINUTE, Reading, Row, Status, list};
use crate::classify::claims::{named, quoted, value};
use crate::classify::cliproxy::{Renewal, Story, What};
use crate::classify::vocabulary;
use crate::record::time::Nanos;
use std::collections::BTreeSet;

pub const ROW: Row = Row {
    row: 5,
    id: "failures_after_config_change",
    symptom: "Refresh failures spike after config change",
    condition: "refresh failures of a process begin within 15 minutes after its config reload, at three times the earlier rate or more, among credentials that refreshed before",
    confirms: "the reload line, the changed fields, at least 3 failures after it in equal windows, and an earlier success of a failing credential; the end of the failures after a roll-back",
    refutes: "failures that had begun before the reload, or that begin hours later",
    near_misses: "a harmless reload · a reload inside a running burst · a failed reload (the old config stays active)",
    fix: "Roll back the changed block, let the scheduler retry, then apply the change again in steps.",
    correction: "No new login is needed as long as no refresh token was rejected. A tab or a typo makes the reload fail: then the old config is still active and the change is not the cause. At info level only the reload line exists, not the changed fields.",
    read,
};

const WINDOW: Nanos = 60 * MINUTE;
const ONSET: Nanos = 15 * MINUTE;
const MINIMUM: usize = 3;
const RATIO: usize = 3;
/// At most this many reloads are looked at.
const CHANGES_MAX: usize = 200;

struct Look<'s> {
    anchor: usize,
    fields: &'s [usize],
    before: Vec<&'s Renewal>,
    after: Vec<&'s Renewal>,
    had_success: bool,
    refused: bool,
}

/// Why a reload is not the cause; `None` when it may be.
fn excuse(story: &Story, look: &Look<'_>) -> Option<&'static str> {
    let at = story.facts[look.anchor].at;
    let Some(first) = look.after.first() else { return Some("no refresh failed in the hour after it") };
    if look.refused {
        return Some("the reload itself failed, so the old config stayed active");
    }
    if look.before.iter().any(|a| at - a.at <= ONSET) {
        return Some("refreshes were already failing before it");
    }
    if first.at - at > ONSET {
        return Some("the failures begin too long after it");
    }
    (look.after.len() < MINIMUM || look.after.len() < RATIO * look.before.len())
        .then_some("too few refreshes failed after it")
}

fn read(case: &Case<'_>) -> Reading {
    let story = case.story;
    let looks: Vec<Look<'_>> = story.changes.iter().take(CHANGES_MAX).map(|c| look(story, c)).collect();
    let blamed: Vec<&Look<'_>> = looks.iter().filter(|l| excuse(story, l).is_none()).collect();
    let Some(best) = blamed.iter().max_by_key(|l| (l.had_success, l.after.len(), std::cmp::Reverse(l.anchor))) else {
        return not_shown(case, &looks);
    };
    let mut reading = Reading::new(if best.had_success { Status::Confirmed } else { Status::Possible });
    cite(story, best, &mut reading);
    if !best.had_success {
        reading.missing.push("an earlier success of a failing credential".to_owned());
    }
    if best.fields.is_empty() {
        reading.missing.push("the changed fields (debug level), or the config before and after (--config)".to_owned());
    }
    cause(story, best, &mut reading);
    let spared = spared(story, best, &looks);
    if !spared.is_empty() {
        reading.status = Status::Possible;
        reading.counter.extend(spared.iter().take(2).map(|a| a.facts[0]));
        reading.found.push_str(&format!(
            " Meanwhile refreshes of {} went well under the same config.",
            list(spared.iter().filter_map(|a| a.file.as_deref()).map(str::to_owned))
        ));
    }
    if let Some((loaded, was, now)) = vanished(story, &loads(story), best) {
        reading.evidence.push(loaded);
        reading.found.push_str(&format!(" The process loads {now} credential files instead of {was} since then."));
    }
    rollback(story, best, &looks, &mut reading);
    configs(case, &mut reading);
    reading
}

fn look<'s>(story: &'s Story, change: &'s crate::classify::cliproxy::Change) -> Look<'s> {
    let anchor = &story.facts[change.anchor];
    let first = story.facts.first().map_or(anchor.at, |f| f.at);
    let window = WINDOW.min((anchor.at - first).max(ONSET));
    let here = |a: &&Renewal| story.facts[a.facts[0]].place == anchor.place;
    let failed =
        |from: Nanos, to: Nanos| within(story, from, to).iter().filter(here).filter(|a| !a.ok).collect::<Vec<_>>();
    let after = failed(anchor.at, anchor.at + window);
    let failing = Failing::of(&after);
    // Looking for an earlier success is only worth its time where failures follow.
    let earlier = |a: &Renewal| a.ok && a.at < anchor.at && failing.holds(&a.provider, a.file.as_deref());
    let had_success = !after.is_empty()
        && (story.renewals.iter().filter(here).any(earlier) || served_before(story, change.anchor, &failing));
    Look {
        anchor: change.anchor,
        fields: &change.fields,
        before: failed(anchor.at - window, anchor.at),
        after,
        had_success,
        refused: change.refused.is_some(),
    }
}

/// Refresh attempts in `[from, to)`.
fn within(story: &Story, from: Nanos, to: Nanos) -> &[Renewal] {
    let all = &story.renewals;
    &all[all.partition_point(|a| a.at < from)..all.partition_point(|a| a.at < to)]
}

/// Whose refreshes failed: credentials by their file, and providers of which a failure names none.
struct Failing<'s> {
    files: BTreeSet<&'s str>,
    providers: BTreeSet<&'s str>,
}

impl<'s> Failing<'s> {
    fn of(failed: &[&'s Renewal]) -> Failing<'s> {
        let unnamed = failed.iter().filter(|a| a.file.is_none());
        Failing {
            files: failed.iter().filter_map(|a| a.file.as_deref()).collect(),
            providers: unnamed.map(|a| &*a.provider).collect(),
        }
    }

    fn holds(&self, provider: &str, file: Option<&str>) -> bool {
        self.providers.contains(provider) || file.is_some_and(|file| self.files.contains(file))
    }
}

/// A failing credential served requests before the change.
fn served_before(story: &Story, anchor: usize, failing: &Failing<'_>) -> bool {
    let place = &story.facts[anchor].place;
    story.facts[..anchor].iter().any(|f| {
        f.place == *place && matches!(&f.what, What::Selected { provider, file } if failing.holds(provider, Some(file)))
    })
}

/// Refreshes of other credentials of the same providers that went well under the new config: it lets them through.
fn spared<'s>(story: &'s Story, look: &Look<'s>, all: &[Look<'s>]) -> Vec<&'s Renewal> {
    let anchor = &story.facts[look.anchor];
    let failing = Failing::of(&look.after);
    let providers: BTreeSet<&str> = look.after.iter().map(|a| &*a.provider).collect();
    let next = all.iter().map(|l| &story.facts[l.anchor]).find(|f| f.at > anchor.at && f.place == anchor.place);
    let until = next.map_or(anchor.at + WINDOW, |next| next.at.min(anchor.at + WINDOW));
    let other = |a: &&Renewal| {
        a.ok && a.file.is_some()
            && providers.contains(&*a.provider)
            && !failing.holds(&a.provider, a.file.as_deref())
            && story.facts[a.facts[0]].place == anchor.place
    };
    within(story, look.after[0].at, until).iter().filter(other).collect()
}

fn cite(story: &Story, look: &Look<'_>, reading: &mut Reading) {
    reading.evidence.push(look.anchor);
    reading.evidence.extend(look.fields);
    for attempt in look.after.iter().take(3).chain(look.after.last()) {
        reading.evidence.push(attempt.facts[0]);
    }
    let anchor = &story.facts[look.anchor];
    let fields = look.fields.iter().filter_map(|&n| match &story.facts[n].what {
        What::ConfigField { name, old, new } => Some(format!("{}: {} -> {}", value(name), quoted(old), quoted(new))),
        _ => None,
    });
    let fields: Vec<String> = fields.collect();
    let changed = if fields.is_empty() { String::new() } else { format!(" (changed: {})", fields.join("; ")) };
    reading.found = format!(
        "{}{} refreshes failed in the hour after the config reload of {}{changed}, {} in the hour before; first failure at {}. Providers: {}.",
        named("", &value(&anchor.place), ": "),
        look.after.len(),
        crate::record::time::format(anchor.at),
        look.before.len(),
        crate::record::time::format(look.after[0].at),
        list(look.after.iter().map(|a| value(&a.provider))),
    );
}

/// Network words tie the failures to the path out, not to a token.
fn cause(story: &Story, look: &Look<'_>, reading: &mut Reading) {
    let texts = look.after.iter().flat_map(|a| &a.facts).filter_map(|&n| match &story.facts[n].what {
        What::Failed { text, .. } => Some(text),
        _ => None,
    });
    let classes: BTreeSet<&str> =
        texts.filter_map(|t| vocabulary::look_up(t, vocabulary::Place::Refresh)).map(|m| m.class()).collect();
    let rejected = classes.iter().any(|c| c.starts_with("token.") && *c != "token.refresh-network");
    if !classes.is_empty() && !rejected {
        reading.found.push_str(" The failures are network failures; no token was rejected, so no new login is needed.");
    }
    if !classes.is_empty() && classes.iter().all(|c| DEAD.contains(c)) {
        reading.status = Status::Possible;
        reading
            .found
            .push_str(" The providers rejected the refresh tokens themselves, which a roll-back does not cure.");
        reading.fix = "Log in again; roll the change back only where other credentials fail too.".to_owned();
    }
}

/// What a refresh token does not come back from.
const DEAD: [&str; 3] = ["token.refresh-invalid-grant", "token.refresh-reused", "token.client-registration-expired"];

/// The failures end when the change is taken back.
fn rollback(story: &Story, look: &Look<'_>, all: &[Look<'_>], reading: &mut Reading) {
    let anchor = &story.facts[look.anchor];
    let later = all.iter().find(|l| l.anchor > look.anchor && story.facts[l.anchor].place == anchor.place);
    let Some(later) = later.filter(|l| l.after.is_empty() || l.after.len() * RATIO <= look.after.len()) else { return };
    let at = story.facts[later.anchor].at;
    if at - anchor.at <= 24 * WINDOW && look.after.iter().all(|a| a.at <= at) {
        reading.evidence.push(later.anchor);
        reading.found.push_str(&format!(" They end with the reload of {}.", crate::record::time::format(at)));
    }
}

/// Lines that tell how many credential files were loaded, and the number.
fn loads(story: &Story) -> Vec<(usize, u32)> {
    let count = |what: &What| if let What::Loaded { auth_files } = what { Some(*auth_files) } else { None };
    story.each(count).map(|(n, _, files)| (n, files)).collect()
}

/// Credential files that the process no longer loads after the reload: the line, and how many there were and are.
fn vanished(story: &Story, loads: &[(usize, u32)], look: &Look<'_>) -> Option<(usize, u32, u32)> {
    let anchor = &story.facts[look.anchor];
    let here = loads.iter().filter(|(n, _)| story.facts[*n].place == anchor.place);
    let was = here.clone().rev().find(|(n, _)| *n < look.anchor)?.1;
    let after = |n: usize| n > look.anchor && story.facts[n].at < anchor.at + ONSET;
    let &(loaded, now) = here.rev().find(|(n, _)| after(*n))?;
    (now < was && !look.refused).then_some((loaded, was, now))
}

/// The block that differs between two given configs.
fn configs(case: &Case<'_>, reading: &mut Reading) {
    let told = |name: &&String| reading.found.contains(&format!("{}: ", value(name)));
    let differing: BTreeSet<String> = case.outside.changed.iter().filter(told).cloned().collect();
    if !differing.is_empty() {
        reading.found.push_str(&format!(
            " The given configs differ in the same fields: {}.",
            list(differing.iter().map(|name| value(name)))
        ));
    }
}

fn not_shown(case: &Case<'_>, looks: &[Look<'_>]) -> Reading {
    let mut reading = Reading::none(case);
    if looks.is_empty() {
        if case.story.renewals.iter().any(|a| !a.ok) {
            reading.missing.push("a config reload line, or the time of the change".to_owned());
        }
        return reading;
    }
    let loads = loads(case.story);
    if let Some((look, loaded, was, now)) =
        looks.iter().find_map(|l| vanished(case.story, &loads, l).map(|(n, was, now)| (l, n, was, now)))
    {
        reading.status = Status::Possible;
        reading.evidence = vec![look.anchor, loaded];
        reading.evidence.extend(look.fields);
        reading.found = format!(
            "After the config reload of {} the process loaded {now} credential files instead of {was}: what is gone fails no refresh.",
            crate::record::time::format(case.story.facts[look.anchor].at)
        );
        reading.fix = "Check auth-dir and its mount, roll the change back, and see whether the files are loaded again."
            .to_owned();
        reading.missing.push("refresh failures after the reload".to_owned());
        return reading;
    }
    let mut reasons = BTreeSet::new();
    for look in looks {
        reading.counter.push(look.anchor);
        reasons.extend(excuse(case.story, look));
    }
    reading.status = Status::Refuted;
    reading.found = format!(
        "{} config reloads, none of them a cause: {}.",
        looks.len(),
        list(reasons.into_iter().map(str::to_owned))
    );
    reading.fix = "No roll-back is indicated.".to_owned();
    reading
}
