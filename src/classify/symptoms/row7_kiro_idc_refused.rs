//! Row 7: Kiro IDC refresh fails with 400/401 repeatedly.

use super::{Case, FileFact, Reading, Row, Status, list};
use crate::classify::claims::value;
use crate::classify::cliproxy::{Branch, Renewal, Step, Story, What};
use crate::classify::vocabulary;
use std::collections::{BTreeMap, BTreeSet};

pub const ROW: Row = Row {
    row: 7,
    id: "kiro_idc_refused",
    symptom: "Kiro IDC refresh fails with 400/401 repeatedly",
    condition: "two or more refreshes of one Kiro IDC credential are answered 400 or 401",
    confirms: "the refresh lines, and the file: auth_method idc; all of client_id, client_secret, region and refresh_token present (the upstream refuses) or one missing (the request went to the social endpoint)",
    refutes: "accounts known as Builder ID or social only, 5xx or 429 answers, or one failure followed by a success",
    near_misses: "a pending device login (400 authorization_pending) · bans and quotas · a Builder ID refresh that fails",
    fix: "Log in again for the IDC account: --kiro-idc-login --kiro-idc-start-url <url> [--kiro-idc-region <region>], or --kiro-aws-login and choose IDC; then check that the file holds client_id, client_secret, region and refresh_token.",
    correction: "The table's --kiro-aws-authcode is Builder ID only: for an IDC account it creates a second file and leaves the broken one. Which endpoint was used shows in the log: \"Kiro OAuth refresh endpoint\" for an idc file means a missing member. All members present and still invalid_request points to the build.",
    read,
};

const MINIMUM: usize = 2;

/// One credential's refused refreshes.
struct Refused<'s> {
    file: Option<&'s str>,
    attempts: Vec<&'s Renewal>,
    idc_branch: bool,
    builder_branch: bool,
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
                credential.file.map_or_else(|| "of the failing credential".to_owned(), value)
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
    let counts = |a: &&Renewal| matches!(a.status, Some(400 | 401)) || lacks_token(story, a);
    for attempt in story.renewals.iter().filter(|a| !a.ok && &*a.provider == "kiro").filter(counts) {
        let file = attempt.file.as_deref();
        let empty =
            || Refused { file, attempts: Vec::new(), idc_branch: false, builder_branch: false, social_branch: false };
        let entry = by_file.entry(file).or_insert_with(empty);
        entry.idc_branch |= attempt.branch == Some(Branch::Idc) || has_step(story, attempt, Step::Idc);
        entry.builder_branch |= attempt.branch == Some(Branch::Builder);
        entry.social_branch |= attempt.branch == Some(Branch::Social);
        entry.attempts.push(attempt);
    }
    by_file.into_values().collect()
}

/// Nothing was sent, as the file holds no refresh token: one of the members that an IDC file needs.
fn lacks_token(story: &Story, attempt: &Renewal) -> bool {
    let texts = attempt.facts.iter().filter_map(|&n| match &story.facts[n].what {
        What::Failed { text, .. } => vocabulary::look_up(text, vocabulary::Place::Refresh),
        _ => None,
    });
    attempt.status.is_none() && texts.into_iter().any(|meaning| meaning.class() == "token.refresh-missing")
}

fn has_step(story: &Story, attempt: &Renewal, wanted: Step) -> bool {
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

/// A Builder ID or social credential by its own file, else by the branch that was taken, else by its name. The social
/// branch alone says nothing: an IDC file that lacks a member takes it too.
fn is_another(case: &Case<'_>, refused: &Refused<'_>) -> bool {
    match refused.file.and_then(|name| case.outside.file(name)) {
        Some(file) if !file.method.is_empty() => !is_idc(case, refused),
        _ if is_idc(case, refused) => false,
        _ => {
            let named = |name: &str| OTHERS.iter().any(|other| name.starts_with(other));
            refused.builder_branch || refused.file.is_some_and(named)
        }
    }
}

/// How the names of files begin that are no IDC credentials.
const OTHERS: [&str; 5] = ["kiro-builder", "kiro-aws-", "kiro-social", "kiro-google", "kiro-github"];

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
        What::Failed { text, .. } => vocabulary::look_up(text, vocabulary::Place::Refresh),
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
    let name = refused.file.map_or_else(|| "a credential without a name in the log".to_owned(), value);
    let unsent = refused.attempts.iter().filter(|a| a.status.is_none()).count();
    match (refused.attempts.len() - unsent, unsent) {
        (0, n) => format!(" {name}: {n} refreshes were not sent{meaning}."),
        (n, 0) => format!(" {name}: {n} refreshes answered {statuses}{endpoint}{meaning}."),
        (n, unsent) => format!(" {name}: {n} refreshes answered {statuses}{endpoint}{meaning}, {unsent} not sent."),
    }
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
    let (others, maybe): (Vec<&Refused<'_>>, Vec<&Refused<'_>>) = all.iter().partition(|r| is_another(case, r));
    if maybe.is_empty() {
        if !others.is_empty() {
            reading.found = "Only credentials that are not IDC were refused.".to_owned();
            reading.counter.extend(others.iter().map(|refused| refused.attempts[0].facts[0]));
            reading.status = Status::Refuted;
        }
        return reading;
    }
    reading.status = Status::Possible;
    for refused in maybe {
        reading.evidence.push(refused.attempts[0].facts[0]);
        if refused.attempts.len() < MINIMUM {
            reading.missing.push("a second refusal of the same credential".to_owned());
        }
        if !is_idc(case, refused) {
            reading.missing.push(format!(
                "the file {} (--auths): its auth_method tells an IDC credential from others",
                refused.file.map_or_else(|| "of the failing credential".to_owned(), value)
            ));
        }
    }
    reading.missing.dedup();
    reading
}

#[cfg(test)]
mod tests {
    use super::super::Outside;
    use super::*;
    use crate::classify::cliproxy::testing::line;
    use crate::record::time::SECOND;

    const D: &str = "[2026-02-21 08:42:00] [--------] [debug] [kiro_oauth.go:1] ";

    fn status(lines: &[(i64, &str)]) -> Status {
        let facts = lines.iter().enumerate().filter_map(|(n, (at, text))| line(at * SECOND, n as u64 + 1, "pod", text));
        let story = Story::new(facts.collect());
        read(&Case { story: &story, outside: &Outside::default() }).status
    }

    #[test]
    fn a_refusal_of_an_unknown_kind_refutes_nothing() {
        let refused = format!(r#"{D}token refresh failed (status 401): {{"message":"Bad credentials"}}"#);
        let three: Vec<(i64, &str)> = [0, 300, 600].map(|at| (at, refused.as_str())).to_vec();
        assert_eq!(status(&three), Status::Possible);
        let social = format!("{D}kiro executor: using Kiro OAuth refresh endpoint");
        let of = |name: &str| format!("{D}kiro executor: refresh called for auth {name}");
        let google = of("kiro-google-a.json");
        assert_eq!(status(&[(0, &google), (1, &social), (2, &refused)]), Status::Refuted);
        let builder = format!("{D}kiro executor: using SSO OIDC refresh for AWS Builder ID");
        let plain = of("kiro-a.json");
        assert_eq!(status(&[(0, &plain), (1, &builder), (2, &refused)]), Status::Refuted);
        assert_eq!(status(&[(0, &plain), (1, &social), (2, &refused)]), Status::Possible);
    }

    #[test]
    fn an_idc_file_without_a_refresh_token_is_the_row() {
        let missing = format!("{D}refreshed kiro, kiro-idc-a.json, kiro executor: refresh token not found");
        assert_eq!(status(&[(0, &missing), (300, &missing)]), Status::Likely);
    }
}
