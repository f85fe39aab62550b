//! Row 7: Kiro IDC refresh fails with 400/401 repeatedly.

use super::{Case, FileFact, Reading, Row, Status, list};
use crate::classify::cliproxy::{Attempt, Branch, Step, Story, What};
use crate::classify::vocabulary;
use std::collections::{BTreeMap, BTreeSet};

pub const ROW: Row = Row {
    row: 7,
    id: "kiro_idc_refused",
    symptom: "Kiro IDC refresh fails with 400/401 repeatedly",
    condition: "two or more refreshes of one Kiro IDC credential are answered 400 or 401",
    confirms: "the refresh lines, and the file: auth_method idc; all of client_id, client_secret, region and refresh_token present (the upstream refuses) or one missing (the request went to the social endpoint)",
    refutes: "Builder ID or social accounts only, 5xx or 429 answers, or one failure followed by a success",
    near_misses: "a pending device login (400 authorization_pending) · bans and quotas · a Builder ID refresh that fails",
    fix: "Log in again for the IDC account: --kiro-idc-login --kiro-idc-start-url <url> [--kiro-idc-region <region>], or --kiro-aws-login and choose IDC; then check that the file holds client_id, client_secret, region and refresh_token.",
    correction: "The table's --kiro-aws-authcode is Builder ID only: for an IDC account it creates a second file and leaves the broken one. Which endpoint was used shows in the log: \"Kiro OAuth refresh endpoint\" for an idc file means a missing member. All members present and still invalid_request points to the build.",
    read,
};

const MINIMUM: usize = 2;

/// One credential's refused refreshes.
struct Refused<'s> {
    file: Option<&'s str>,
    attempts: Vec<&'s Attempt>,
    idc_branch: bool,
    social_branch: bool,
}

fn read(case: &Case<'_>) -> Reading {
    let story = case.story;
    let all = refused(story);
    let idc: Vec<&Refused<'_>> = all.iter().filter(|r| is_idc(case, r) && r.attempts.len() >= MINIMUM).collect();
    if idc.is_empty() {
        return not_shown(case, &all);
    }
    let mut reading = Reading::new(Status::Likely);
    let mut known = 0;
    for credential in &idc {
        for attempt in credential.attempts.iter().take(2).chain(credential.attempts.last()) {
            reading.evidence.extend(&attempt.facts);
        }
        reading.evidence.extend(branch_line(story, credential));
        reading.found.push_str(&describe(story, credential));
        let file = credential.file.and_then(|f| case.outside.file(f));
        known += usize::from(file.is_some());
        match file {
            Some(file) => reading.found.push_str(&cause(story, credential, file)),
            None => reading.missing.push(format!(
                "the file {} (--auths): its IDC members tell a dead token from a missing member",
                credential.file.unwrap_or("of the failing credential")
            )),
        }
    }
    if known > 0 {
        reading.status = Status::Confirmed;
    }
    reading.found = reading.found.trim_start().to_owned();
    reading
}

fn refused(story: &Story) -> Vec<Refused<'_>> {
    let mut by_file: BTreeMap<Option<&str>, Refused<'_>> = BTreeMap::new();
    for attempt in
        story.attempts.iter().filter(|a| !a.ok && &*a.provider == "kiro" && matches!(a.status, Some(400 | 401)))
    {
        let file = attempt.file.as_deref();
        let empty = || Refused { file, attempts: Vec::new(), idc_branch: false, social_branch: false };
        let entry = by_file.entry(file).or_insert_with(empty);
        entry.idc_branch |= attempt.branch == Some(Branch::Idc) || has_step(story, attempt, Step::Idc);
        entry.social_branch |= attempt.branch == Some(Branch::Social);
        entry.attempts.push(attempt);
    }
    by_file.into_values().collect()
}

fn has_step(story: &Story, attempt: &Attempt, wanted: Step) -> bool {
    attempt.facts.iter().any(|&n| matches!(story.facts[n].what, What::Failed { step, .. } if step == wanted))
}

/// An IDC credential by its own file, else by the branch that was taken, else by its name.
fn is_idc(case: &Case<'_>, refused: &Refused<'_>) -> bool {
    match refused.file.and_then(|name| case.outside.file(name)) {
        Some(file) if !file.method.is_empty() => {
            matches!(file.method.to_ascii_lowercase().as_str(), "idc" | "iam" | "enterprise")
        }
        _ => refused.idc_branch || refused.file.is_some_and(|name| name.starts_with("kiro-idc-")),
    }
}

fn branch_line(story: &Story, refused: &Refused<'_>) -> Option<usize> {
    let first = refused.attempts[0].facts[0];
    let place = &story.facts[first].place;
    let at = story.facts[first].at;
    story.facts[..first]
        .iter()
        .enumerate()
        .rev()
        .take_while(|(_, f)| at - f.at <= 10 * crate::record::time::SECOND)
        .find(|(_, f)| f.place == *place && matches!(f.what, What::Endpoint { .. }))
        .map(|(n, _)| n)
}

fn describe(story: &Story, refused: &Refused<'_>) -> String {
    let statuses: BTreeSet<u16> = refused.attempts.iter().filter_map(|a| a.status).collect();
    let statuses = list(statuses.iter().map(u16::to_string));
    let texts = refused.attempts.iter().flat_map(|a| &a.facts).filter_map(|&n| match &story.facts[n].what {
        What::Failed { text, .. } => vocabulary::look_up(text, vocabulary::Place::TokenEndpoint),
        _ => None,
    });
    let classes: BTreeSet<&str> = texts.map(|m| m.class()).collect();
    let endpoint = match (refused.idc_branch, refused.social_branch) {
        (true, false) => " at the OIDC endpoint",
        (false, true) => " at the social endpoint",
        _ => "",
    };
    let meaning = if classes.is_empty() {
        String::new()
    } else {
        format!(" (meaning {})", list(classes.iter().map(|&c| c.to_owned())))
    };
    format!(
        " {}: {} refreshes answered {statuses}{endpoint}{meaning}.",
        refused.file.unwrap_or("a credential without a name in the log"),
        refused.attempts.len()
    )
}

/// Each file has its own cause.
fn cause(story: &Story, refused: &Refused<'_>, file: &FileFact) -> String {
    let last = refused.attempts[refused.attempts.len() - 1];
    if file.newer_than(story.facts[last.facts[0]].at) {
        return " Its file was written after these lines, so its state at the time is unknown.".to_owned();
    }
    let missing: Vec<String> = file
        .missing
        .iter()
        .filter(|m| ["client_id", "client_secret", "region", "refresh_token"].contains(&m.as_str()))
        .cloned()
        .collect();
    if missing.is_empty() {
        if refused.social_branch && !refused.idc_branch {
            return " Its file holds all IDC members, yet the social endpoint was used: check the spelling of auth_method.".to_owned();
        }
        return " Its file holds all IDC members: the upstream refuses the token, a new login is needed.".to_owned();
    }
    format!(
        " Its file lacks {}: the request cannot reach the IDC endpoint, a new login must write the member.",
        list(missing)
    )
}

fn not_shown(case: &Case<'_>, all: &[Refused<'_>]) -> Reading {
    let mut reading = Reading::none(case);
    for refused in all {
        reading.counter.push(refused.attempts[0].facts[0]);
        if refused.attempts.len() < MINIMUM && is_idc(case, refused) {
            reading.status = Status::Possible;
            reading.evidence.push(refused.attempts[0].facts[0]);
            reading.missing.push("a second refusal of the same credential".to_owned());
        } else {
            reading.found = "Only credentials that are not IDC were refused.".to_owned();
        }
    }
    if reading.status == Status::Possible {
        reading.counter.clear();
        reading.found.clear();
    } else if !reading.counter.is_empty() {
        reading.status = Status::Refuted;
    }
    reading
}
