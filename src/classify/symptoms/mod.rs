//! Symptoms: the nine rows of the auth refresh table, one file each.
//!
//! Belongs here: a row's condition, what confirms and refutes it, its near misses and its fix. Elsewhere: reading lines
//! ([`super::cliproxy`]); reading files, configs and saved answers (they arrive as the plain facts of [`Outside`]).
//!
//! A row is claimed from log lines. Files, snapshots, configs and saved answers raise or explain a claim; alone they
//! never make one, because a file cannot show what the proxy did.

mod outside;
mod row1_repeated_401;
mod row2_manual_refresh_401;
mod row3_manual_refresh_404;
mod row4_refresh_stays_expired;
mod row5_failures_after_config_change;
mod row6_oauth_refresh_error;
mod row7_kiro_idc_refused;
mod row8_kiro_account_selection;
mod row9_stale_status;

pub use outside::{AnswerFact, ConfigFact, FileFact, ManagementKey, Outside, PairFact};
pub use row4_refresh_stays_expired::{Ineffective, MINIMUM as RAPID_MIN, RAPID, ineffective};

use super::Case as Run;
use super::cliproxy::{Story, What};
use crate::finding::{Evidence, words};
use crate::record::time::{Nanos, SECOND};
use crate::redact::{Redactor, Safe};
use serde::Serialize;

words! {
    /// What may be said of a row.
    Status {
        Confirmed = "confirmed",
        Likely = "likely",
        Possible = "possible",
        /// The records show the opposite.
        Refuted = "refuted",
        /// The lines that would show it are there, and it is not among them.
        NotShown = "not_shown",
        /// Nothing in the evidence could show it.
        NotTestable = "not_testable",
    }
}

/// One row of the table: data, and the function that holds it against a case.
#[derive(Debug, Clone, Copy)]
pub struct Row {
    /// 1 to 9.
    pub row: u8,
    /// Named after what is seen.
    pub id: &'static str,
    pub symptom: &'static str,
    pub condition: &'static str,
    pub confirms: &'static str,
    pub refutes: &'static str,
    pub near_misses: &'static str,
    /// The table's fix, corrected where it is known to be wrong or incomplete.
    pub fix: &'static str,
    /// What was corrected, and why.
    pub correction: &'static str,
    pub read: fn(&Case<'_>) -> Reading,
}

/// The table, in its order.
pub const ROWS: &[Row] = &[
    row1_repeated_401::ROW,
    row2_manual_refresh_401::ROW,
    row3_manual_refresh_404::ROW,
    row4_refresh_stays_expired::ROW,
    row5_failures_after_config_change::ROW,
    row6_oauth_refresh_error::ROW,
    row7_kiro_idc_refused::ROW,
    row8_kiro_account_selection::ROW,
    row9_stale_status::ROW,
];

/// What a row is held against.
#[derive(Debug, Clone, Copy)]
pub struct Case<'c> {
    pub story: &'c Story,
    pub outside: &'c Outside,
}

/// A row's answer, its texts not yet redacted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    pub status: Status,
    /// Indices of facts.
    pub evidence: Vec<usize>,
    pub counter: Vec<usize>,
    pub missing: Vec<String>,
    /// What was found, in a sentence; empty when nothing was.
    pub found: String,
    /// What to do about it; empty means the row's own fix.
    pub fix: String,
}

impl Reading {
    fn new(status: Status) -> Reading {
        Reading {
            status,
            evidence: Vec::new(),
            counter: Vec::new(),
            missing: Vec::new(),
            found: String::new(),
            fix: String::new(),
        }
    }

    /// Nothing seen: `not_shown`, or `not_testable` when no line of the family was read at all.
    fn none(case: &Case<'_>) -> Reading {
        if case.story.is_empty() {
            let mut reading = Reading::new(Status::NotTestable);
            reading.missing.push("no line of a CLIProxyAPI process was found in the evidence".to_owned());
            return reading;
        }
        Reading::new(Status::NotShown)
    }
}

/// What a symptom row says about a run: located and redacted.
#[derive(Debug, Clone)]
pub struct Symptom {
    pub row: u8,
    pub id: &'static str,
    pub status: Status,
    pub evidence: Vec<Evidence>,
    pub counter_evidence: Vec<Evidence>,
    pub missing: Vec<Safe>,
    pub fix: Safe,
}

/// At most this many records stand behind a row, first and last ones kept.
const EVIDENCE_LIMIT: usize = 16;

/// Holds every row of the table against a run, in the order of the table.
pub fn evaluate(run: &Run, outside: &Outside, redactor: &mut Redactor) -> Vec<Symptom> {
    let case = Case { story: &run.notes.cliproxy.story, outside };
    ROWS.iter().map(|row| symptom(row, (row.read)(&case), &case, run, redactor)).collect()
}

fn symptom(row: &Row, reading: Reading, case: &Case<'_>, run: &Run, redactor: &mut Redactor) -> Symptom {
    let status = cap(row, &reading, case, run);
    // The row's own words may name a header that carries a key, as evidence does; they hold none.
    let advice = if reading.fix.is_empty() { Safe::own(row.fix) } else { redactor.text(&reading.fix) };
    let fix = match reading.found.is_empty() {
        true => advice,
        false => Safe::own(format!("{} {advice}", redactor.text(&reading.found))),
    };
    Symptom {
        row: row.row,
        id: row.id,
        status,
        evidence: cite(case, run, reading.evidence, redactor),
        counter_evidence: cite(case, run, reading.counter, redactor),
        missing: reading.missing.iter().map(|text| redactor.text(text)).collect(),
        fix,
    }
}

/// Refutations and claims that rest on what is absent say less when the export was cut or sampled.
fn cap(row: &Row, reading: &Reading, case: &Case<'_>, run: &Run) -> Status {
    let by_absence = reading.status == Status::Refuted || (row.row == 4 && case.outside.files.is_empty());
    match reading.status {
        Status::Refuted if run.censored => Status::NotShown,
        Status::Likely if run.censored && by_absence => Status::Possible,
        status => status,
    }
}

fn cite(case: &Case<'_>, run: &Run, mut facts: Vec<usize>, redactor: &mut Redactor) -> Vec<Evidence> {
    facts.sort_unstable();
    facts.dedup();
    if facts.len() > EVIDENCE_LIMIT {
        facts.drain(EVIDENCE_LIMIT * 3 / 4..facts.len() - EVIDENCE_LIMIT / 4);
    }
    facts.into_iter().map(|n| evidence(case, run, n, redactor)).collect()
}

/// A kept line with its fields; of healthy traffic, whose lines are not kept, the parts that were read.
fn evidence(case: &Case<'_>, run: &Run, n: usize, redactor: &mut Redactor) -> Evidence {
    let fact = &case.story.facts[n];
    let kept = fact.line.as_deref().and_then(|line| run.evidence_of(&fact.locator, line, redactor));
    kept.unwrap_or_else(|| {
        let mut fields = indexmap::IndexMap::new();
        fields.insert("_time".to_owned(), Safe::own(crate::record::time::format(fact.at)));
        for (name, value) in parts(&fact.what) {
            fields.insert(name.to_owned(), redactor.field(name, &value));
        }
        Evidence {
            id: run.evidence_id(&fact.locator),
            input: run.inputs.get(fact.locator.input as usize).map_or_else(String::new, |i| i.name.clone()),
            line: fact.locator.line,
            offset: fact.locator.offset,
            fields,
        }
    })
}

fn parts(what: &What) -> Vec<(&'static str, String)> {
    match what {
        What::Access(a) => {
            vec![("status", a.status.to_string()), ("method", a.method.to_string()), ("path", a.path.to_string())]
        }
        What::Selected { provider, file } => vec![("provider", provider.to_string()), ("auth_file", file.to_string())],
        _ => Vec::new(),
    }
}

/// One minute.
const MINUTE: Nanos = 60 * SECOND;

/// The part of a file name that is shown: names embed addresses, so the redactor sees them like all other text.
fn list(names: impl IntoIterator<Item = String>) -> String {
    let mut names: Vec<String> = names.into_iter().filter(|name| !name.is_empty()).collect();
    names.sort();
    names.dedup();
    let more = names.len().saturating_sub(5);
    names.truncate(5);
    let mut text = names.join(", ");
    if more > 0 {
        text.push_str(&format!(" and {more} more"));
    }
    text
}

#[cfg(test)]
mod tests;
