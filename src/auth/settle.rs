//! The last step of an inspection: state, due times and verdict of a file, from everything that all files together show.

use super::case::Finding;
use super::expiry::Instant;
use super::facts::{FileFact, Options};
use super::providers;
use super::verdict::{Refresh, Standing, State, Verdict, verdict};
use crate::finding::Severity;

/// The last step: state, due times and verdict, from everything that is known by now.
pub(super) fn settle(fact: &mut FileFact, options: &Options) {
    let as_of = options.as_of;
    let refreshable = fact.refresh == Refresh::Possible || fact.refresh == Refresh::Unknown;
    if let Some(end) = fact.expires_at {
        fact.state = state(end, as_of, fact.links.lead_seconds);
        fact.lapses_at = if refreshable { fact.links.renewal_end } else { Some(end) };
        remark_on_state(fact, end);
    } else if refreshable {
        fact.lapses_at = fact.links.renewal_end;
    }
    fact.refresh_due = if refreshable && !fact.disabled { refresh_due(fact) } else { None };
    let within = |end: Instant| end.seconds_since(as_of) <= options.warn_within_seconds;
    // What cannot be refreshed lapses with its access token, however far off that is; an end that cannot be true says nothing.
    let doomed = fact.refresh == Refresh::Impossible && fact.expires_at.is_some();
    let untrue = fact.has("expiry-far-future") && fact.state == State::Valid;
    fact.verdict = verdict(Standing {
        readable: fact.links.readable,
        loads: fact.loads,
        disabled: fact.disabled,
        state: if untrue { State::Unknown } else { by_own_interval(fact, as_of) },
        refresh: if fact.links.hopeless { Refresh::Impossible } else { fact.refresh },
        usable: fact.links.usable && !fact.links.hopeless,
        lapses_soon: doomed || fact.lapses_at.is_some_and(within),
    });
    if fact.links.is_store && fact.links.readable {
        fact.verdict = store_verdict(fact, untrue);
    }
    fact.findings.sort_by(|a, b| (a.severity, a.rule.id, &a.pointer).cmp(&(b.severity, b.rule.id, &b.pointer)));
}

/// When the scheduler begins to refresh: the provider's lead counts back from the expiry, else on from the last refresh.
/// An interval of the file's own replaces the lead and counts both ways, whichever comes first.
fn refresh_due(fact: &FileFact) -> Option<Instant> {
    let own = fact.links.interval_seconds.filter(|n| *n > 0.0).map(|n| (n as i64).min(100 * 365 * providers::DAY));
    let lead = own.unwrap_or(fact.links.lead_seconds);
    let from_end = fact.expires_at.map(|end| end.plus_seconds(-lead));
    let from_last = fact.last_refresh.map(|last| last.plus_seconds(lead));
    match (own, from_end, from_last) {
        _ if lead <= 0 => None,
        (Some(_), Some(end), Some(last)) => Some(end.min(last)),
        (_, Some(end), _) => Some(end),
        (_, None, last) => last,
    }
}

/// The state as the scheduler sees it: a file's own interval takes the place of the provider's lead.
fn by_own_interval(fact: &FileFact, as_of: Instant) -> State {
    let own = fact.links.interval_seconds.is_some_and(|n| n > 0.0);
    match (fact.state, fact.refresh_due) {
        (State::Valid | State::Expiring, Some(due)) if own => match due <= as_of {
            true => State::Expiring,
            false => State::Valid,
        },
        (state, _) => state,
    }
}

fn state(end: Instant, as_of: Instant, lead_seconds: i64) -> State {
    let left = end.seconds_since(as_of);
    if left <= 0 {
        State::Expired
    } else if left <= lead_seconds {
        State::Expiring
    } else {
        State::Valid
    }
}

fn remark_on_state(fact: &mut FileFact, end: Instant) {
    // Google logins are refreshed at request time, and other programs look after their own stores.
    let everyday = matches!(fact.links.provider, Some("gemini")) || fact.links.is_store;
    let hopeless = matches!(fact.refresh, Refresh::Impossible | Refresh::NotApplicable);
    let severity = match (fact.state, hopeless) {
        _ if fact.links.is_store => Severity::Info,
        (State::Expired, true) => Severity::Error,
        (State::Expired, false) if everyday => Severity::Info,
        (State::Expired, false) => Severity::Warning,
        (_, true) => Severity::Warning,
        (_, false) => Severity::Info,
    };
    let id = match fact.state {
        State::Expired => "expiry-expired",
        State::Expiring => "expiry-soon",
        _ => return,
    };
    let mut finding = Finding::new(id);
    finding.severity(if fact.loads { severity } else { Severity::Info }).say(format!("it says {}", end.text()));
    if fact.state == State::Expired && hopeless {
        finding.say("no refresh is possible");
    }
    fact.findings.push(finding);
}

/// The proxy never loads a store, but the store's own program does.
fn store_verdict(fact: &FileFact, untrue: bool) -> Verdict {
    verdict(Standing {
        readable: true,
        loads: true,
        disabled: false,
        state: if untrue { State::Unknown } else { fact.state },
        refresh: fact.refresh,
        usable: fact.links.usable,
        lapses_soon: false,
    })
}
