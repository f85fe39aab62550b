//! Row 6: `iflow executor: token refresh failed`, or a similar OAuth refresh error.

use super::{Case, FileFact, MINUTE, Reading, Row, Status, list};
use crate::classify::claims::{named, value};
use crate::classify::cliproxy::{Renewal, Story, What};
use crate::classify::vocabulary;
use crate::record::time::Nanos;
use std::collections::{BTreeMap, BTreeSet};

pub const ROW: Row = Row {
    row: 6,
    id: "oauth_refresh_error",
    symptom: "iflow executor: token refresh failed (or similar OAuth refresh errors)",
    condition: "a provider other than Kiro refuses the refresh, or an iFlow refresh fails and no later one succeeds",
    confirms: "the error line, and the file: a non-empty refresh token and an expiry that is past",
    refutes: "healthy lines of the same provider, or a success after a single failure",
    near_misses: "one transient 5xx · network errors after a config change (row 5) · Kiro (row 7) · a quoted error text",
    fix: "Log in again, then one management refresh, then one canary /v1/chat/completions, and only then reopen traffic.",
    correction: "The error also covers busy answers (code 500 inside HTTP 200), network errors and cookie accounts. A busy server needs patience first: a new login only when it lasts longer than an hour or the provider rejects the token. Cookie accounts need a new cookie, not a refresh token.",
    read,
};

/// A busy provider that does not recover within this time is treated like a dead session.
const PATIENCE: Nanos = 60 * MINUTE;

/// The failures of one credential in one place; of all of a provider together, where the lines name none.
struct Group<'s> {
    place: &'s str,
    provider: &'s str,
    file: Option<&'s str>,
    failed: Vec<&'s Renewal>,
    last_ok: Option<Nanos>,
    classes: BTreeSet<&'static str>,
    /// Some error says that the provider answered, if only that it is busy.
    answered: bool,
}

impl Group<'_> {
    fn terminal(&self) -> bool {
        self.classes.iter().any(|c| c.starts_with("token.") && *c != "token.refresh-network")
    }

    fn recovered(&self) -> bool {
        let last = self.failed[self.failed.len() - 1].at;
        self.last_ok.is_some_and(|ok| ok > last)
    }

    /// Whose refreshes failed.
    fn name(&self) -> String {
        match self.file {
            Some(file) => format!("{} ({})", value(file), value(self.provider)),
            None => value(self.provider),
        }
    }

    fn lasted(&self) -> Nanos {
        self.failed[self.failed.len() - 1].at - self.failed[0].at
    }

    /// iFlow's own message is the row itself; of other providers a refusal counts, a transient error does not.
    fn counts(&self) -> bool {
        (self.provider == "iflow" || self.terminal()) && !self.recovered()
    }
}

fn read(case: &Case<'_>) -> Reading {
    let groups = groups(case.story);
    let Some(best) = groups
        .iter()
        .filter(|g| g.counts())
        .max_by_key(|g| (g.provider == "iflow", g.failed.len(), std::cmp::Reverse((g.place, g.provider, g.file))))
    else {
        return not_shown(case, &groups);
    };
    let mut reading = Reading::new(Status::Likely);
    for attempt in best.failed.iter().take(4).chain(best.failed.last()) {
        reading.evidence.push(attempt.facts[0]);
    }
    let minutes = best.lasted() / MINUTE;
    reading.found = format!(
        "{}: {} refreshes failed{} over {minutes} minutes without a success after them.",
        best.name(),
        best.failed.len(),
        named(" in ", &value(best.place), "")
    );
    if !best.classes.is_empty() {
        reading.found.push_str(&format!(" The error texts mean {}.", list(best.classes.iter().map(|&c| c.to_owned()))));
    }
    if best.provider == "iflow" && !best.terminal() {
        let sentence = if !best.classes.is_empty() && !best.answered {
            " No answer came back: this is the way to the provider, not its word on the token; look at the network and the proxy settings first."
        } else if best.lasted() >= PATIENCE {
            " The provider answered busy for more than an hour: treat the session as dead."
        } else {
            " A busy answer may pass; wait up to an hour before a new login."
        };
        reading.found.push_str(sentence);
    }
    with_files(case, best, &mut reading);
    let others: Vec<&Group<'_>> = groups.iter().filter(|g| g.counts() && !std::ptr::eq(*g, best)).collect();
    if !others.is_empty() {
        reading.evidence.extend(others.iter().map(|g| g.failed[0].facts[0]));
        let name = |g: &&Group<'_>| format!("{}{}", g.name(), named(" in ", &value(g.place), ""));
        let names = list(others.iter().map(name));
        let times: usize = others.iter().map(|g| g.failed.len()).sum();
        reading.found.push_str(&format!(" So did {times} refreshes of {names}."));
    }
    reading
}

/// The last success of each credential of a provider; nothing for one that only failed.
type Served<'s> = BTreeMap<Option<&'s str>, Option<Nanos>>;

/// A success speaks for the credential it names. One that names none may be anybody's: it speaks for all failures that name
/// none either, and for a named credential only where the lines name no other of the provider.
fn groups(story: &Story) -> Vec<Group<'_>> {
    let mut groups: BTreeMap<(&str, &str, Option<&str>), Group<'_>> = BTreeMap::new();
    let mut served: BTreeMap<(&str, &str), Served<'_>> = BTreeMap::new();
    for attempt in &story.renewals {
        let place = &*story.facts[attempt.facts[0]].place;
        if &*attempt.provider == "kiro" || attempt.provider.is_empty() {
            continue;
        }
        let (provider, file) = (&*attempt.provider, attempt.file.as_deref());
        let last_ok = served.entry((place, provider)).or_default().entry(file).or_default();
        if attempt.ok {
            *last_ok = Some(attempt.at);
            continue;
        }
        let failed = Vec::new();
        let empty =
            || Group { place, provider, file, failed, last_ok: None, classes: BTreeSet::new(), answered: false };
        let group = groups.entry((place, provider, file)).or_insert_with(empty);
        group.failed.push(attempt);
        for &n in &attempt.facts {
            if let What::Failed { text, .. } = &story.facts[n].what
                && let Some(meaning) = vocabulary::look_up(text, vocabulary::Place::Refresh)
            {
                group.classes.insert(meaning.class());
                group.answered |= meaning.0.subtype != Some("transport");
            }
        }
    }
    for ((place, provider, file), group) in &mut groups {
        let served = &served[&(*place, *provider)];
        let sole = served.keys().flatten().count() < 2;
        let speaks = |whose: &Option<&str>| file.is_none() || whose == file || (whose.is_none() && sole);
        group.last_ok = served.iter().filter(|(whose, _)| speaks(whose)).filter_map(|(_, at)| *at).max();
    }
    groups.into_values().collect()
}

/// The log names no file for most providers: the candidates are the files that such a refresh could have been about.
fn with_files(case: &Case<'_>, group: &Group<'_>, reading: &mut Reading) {
    let named: BTreeSet<&str> = group.failed.iter().filter_map(|a| a.file.as_deref()).collect();
    let last = group.failed[group.failed.len() - 1].at;
    let due = |f: &&FileFact| {
        f.provider == group.provider
            && f.has_refresh_token != Some(false)
            && if named.is_empty() {
                f.has_refresh_token == Some(true) && f.expired_at(last)
            } else {
                named.contains(f.name.as_str())
            }
    };
    let files: Vec<&FileFact> = case.outside.files.iter().filter(due).collect();
    if files.is_empty() {
        let wanted = if named.is_empty() {
            format!("the {} credential file", value(group.provider))
        } else {
            list(named.iter().map(|n| value(n)))
        };
        reading
            .missing
            .push(format!("{wanted} (--auths): a non-empty refresh token and a past expiry would confirm the row"));
        return;
    }
    let expired = files.iter().filter(|f| f.expired_at(last)).count();
    reading.status = Status::Confirmed;
    reading.found.push_str(&format!(
        " {} {} a refresh token{}: the attempt was sent and the provider is the one that refuses.",
        list(files.iter().map(|f| value(&f.name))),
        if files.len() == 1 { "holds" } else { "hold" },
        if expired == files.len() { " and an expiry that is past" } else { "" },
    ));
}

fn not_shown(case: &Case<'_>, groups: &[Group<'_>]) -> Reading {
    let mut reading = Reading::none(case);
    for group in groups {
        reading.counter.push(group.failed[0].facts[0]);
        let why =
            if group.recovered() { "recovered by itself" } else { "transient or network errors, no token rejected" };
        reading.found.push_str(&format!(
            " {}{}: {} failures, {why}.",
            group.name(),
            named(" in ", &value(group.place), ""),
            group.failed.len()
        ));
    }
    let healthy = case.story.each(|w| match w {
        What::Renewed { provider, .. } | What::Skipped { provider, reason: "no refresh needed" }
            if &**provider == "iflow" =>
        {
            Some(())
        }
        _ => None,
    });
    reading.counter.extend(healthy.map(|(n, _, ())| n).take(2));
    if !reading.counter.is_empty() {
        reading.status = Status::Refuted;
        let refused = groups.iter().any(Group::terminal);
        let whole =
            if refused { "Each refresh that was refused succeeded later." } else { "No provider refused a refresh." };
        reading.found = format!("{whole}{}", reading.found);
        reading.fix = "No new login is indicated.".to_owned();
    }
    reading
}
