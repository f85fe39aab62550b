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

use super::cliproxy::Story;
use crate::finding::Locator;
use crate::record::time::{Nanos, SECOND};
use crate::redact::{Redactor, Safe};

/// What may be said of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Status {
    Confirmed,
    Likely,
    Possible,
    /// The records show the opposite.
    Refuted,
    /// The lines that would show it are there, and it is not among them.
    NotShown,
    /// Nothing in the evidence could show it.
    NotTestable,
}

impl Status {
    pub fn word(self) -> &'static str {
        match self {
            Status::Confirmed => "confirmed",
            Status::Likely => "likely",
            Status::Possible => "possible",
            Status::Refuted => "refuted",
            Status::NotShown => "not_shown",
            Status::NotTestable => "not_testable",
        }
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
        Reading { status, evidence: Vec::new(), counter: Vec::new(), missing: Vec::new(), found: String::new(), fix: String::new() }
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

/// A row's answer: located and redacted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    pub row: u8,
    pub id: &'static str,
    pub status: Status,
    pub evidence: Vec<Locator>,
    pub counter_evidence: Vec<Locator>,
    pub missing: Vec<Safe>,
    pub fix: Safe,
}

/// At most this many records stand behind a row, first and last ones kept.
const EVIDENCE_LIMIT: usize = 16;

/// Holds every row against a case, in the order of the table.
pub fn evaluate(case: &Case<'_>, redactor: &mut Redactor) -> Vec<Finding> {
    ROWS.iter().map(|row| finding(row, (row.read)(case), case, redactor)).collect()
}

fn finding(row: &Row, reading: Reading, case: &Case<'_>, redactor: &mut Redactor) -> Finding {
    let advice = if reading.fix.is_empty() { row.fix } else { &reading.fix };
    let fix = if reading.found.is_empty() { advice.to_owned() } else { format!("{} {advice}", reading.found) };
    Finding {
        row: row.row,
        id: row.id,
        status: reading.status,
        evidence: locators(case, reading.evidence),
        counter_evidence: locators(case, reading.counter),
        missing: reading.missing.iter().map(|text| redactor.text(text)).collect(),
        fix: redactor.text(&fix),
    }
}

fn locators(case: &Case<'_>, mut facts: Vec<usize>) -> Vec<Locator> {
    facts.sort_unstable();
    facts.dedup();
    if facts.len() > EVIDENCE_LIMIT {
        facts.drain(EVIDENCE_LIMIT * 3 / 4..facts.len() - EVIDENCE_LIMIT / 4);
    }
    facts.into_iter().map(|n| case.story.facts[n].locator).collect()
}

/// One minute.
const MINUTE: Nanos = 60 * SECOND;

/// The part of a file name that is shown: names embed addresses, so the redactor sees them like all other text.
fn list(names: impl IntoIterator<Item = String>) -> String {
    let mut names: Vec<String> = names.into_iter().collect();
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
